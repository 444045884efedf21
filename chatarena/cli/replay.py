"""`chatarena replay`: a session once more, in time or at once, on the screen or as data. Calls no model."""

from __future__ import annotations

import argparse
import gc
import math
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from chatarena.cli.home import find_paths
from chatarena.cli.reference import WHERE_HELP, load
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.arena.events import Entry, Event
    from chatarena.cli.reference import LoadedSession
    from chatarena.replay.path import Measure, Step
    from chatarena.replay.player import Player
    from chatarena.replay.timeline import Place, Timeline

Form = Literal["screen", "plain", "jsonl", "json"]
IDLE_LIMIT = 5.0
AT_ONCE = math.inf
PLACES = "seconds (90 or 1:30), 40%, round:2, turn:5 or end"


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.epilog = "On a terminal the session opens in the player; F1 there names the keys."
    parser.add_argument("session", nargs="?", default="last", metavar="SESSION", help=f"{WHERE_HELP} (default: last)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--plain", dest="form", action="store_const", const="plain", help="text, line by line")
    form.add_argument("--jsonl", dest="form", action="store_const", const="jsonl", help="one entry a line")
    form.add_argument(
        "--json", dest="form", action="store_const", const="json", help="markers, probabilities by round, and totals"
    )
    parser.add_argument(
        "-s", "--speed", type=speed, metavar="X", help="times as fast; 0 or max: at once (as into a file or a pipe)"
    )
    parser.add_argument(
        "-i",
        "--idle-time-limit",
        type=idle_limit,
        default=IDLE_LIMIT,
        metavar="S",
        help=f"no silence is longer than this many seconds (default {IDLE_LIMIT:g}); off keeps them",
    )
    parser.add_argument(
        "-m", "--pause-on-markers", action="store_true", help="pause at every round and after each turn"
    )
    parser.add_argument(
        "--from", dest="start", default="", metavar="PLACE", help=f"begin there: {PLACES}".replace("%", "%%")
    )
    parser.set_defaults(run=run)


def speed(text: str) -> float:
    """How many times as fast; infinite for at once."""
    value = AT_ONCE if text in ("0", "max") else float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"must be above 0, or max, not {text}")
    return value


def idle_limit(text: str) -> float | None:
    """Seconds, or None for no limit."""
    if text in ("off", "none"):
        return None
    value = float(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"must be 0 or more seconds, or off, not {text}")
    return value


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    form: Form = args.form or ("screen" if terminal else "plain")
    _check(args, form)
    loaded = load(args.session, find_paths())
    # What was read stays to the end: the garbage collector would look through a long session again and again.
    gc.freeze()
    if form == "json":
        from chatarena.cli.output import emit_json

        emit_json(document(loaded, args.idle_time_limit))
        return 0
    if form == "screen":
        return _on_screen(loaded, args)
    pace = args.speed or (1.0 if sys.stdout.isatty() else AT_ONCE)
    if pace == AT_ONCE and not args.start and not args.pause_on_markers:
        # Needs no timeline, and is what a pipe gets.
        show = _lines(form)
        for entry in loaded.entries:
            show(entry)
        return 0
    return _in_time(loaded, args, pace, form)


def _check(args: argparse.Namespace, form: Form) -> None:
    """Refuse what does not go together."""
    if args.pause_on_markers and form != "screen" and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "--pause-on-markers waits for Enter, and there is no terminal to press it at",
            remedy="leave it out, or run it in a terminal",
        )
    if form == "json" and (args.speed or args.start or args.pause_on_markers):
        raise UsageError(
            "--json prints one document at the end: --speed, --from and --pause-on-markers do not go with it",
            remedy="use --jsonl for entries in time",
        )


# -- lines -------------------------------------------------------------------------------------------------------------


def _lines(form: Form, before: Sequence[Entry] = ()) -> Callable[[Entry], None]:
    """What prints an entry in this form; `before` are those that came earlier and are not shown."""
    from chatarena.cli.output import json_line, say, tell

    if form == "jsonl":
        return lambda entry: say(json_line(entry))
    account = Account(entry.event for entry in before)

    def show(entry: Entry) -> None:
        for line in account.lines(entry.event):
            tell(line)

    return show


class Account:
    """A plain account of a session, event by event, in time proportional to its length.

    Folding every event as it comes would copy, each time, all that was said before. So what is said and given is
    folded only for the lines that look back on it.
    """

    def __init__(self, before: Iterable[Event] = ()) -> None:
        """Begin after these events."""
        from chatarena.arena import events as ev
        from chatarena.arena.session import evolve, fold
        from chatarena.report.plain import plain_lines

        self._events = list(before)
        self._brief = fold(self._events)
        self._apart = (
            *(ev.TurnTaken, ev.TurnMissed, ev.ClaimMade, ev.AppraisalMade, ev.ParticipantSpoke, ev.ForecastShown),
            *(ev.RatingsGiven, ev.BeliefsGiven, ev.FloorPassed, ev.RoundStopped, ev.RebuttalAsked),
        )
        self._looking_back = (ev.RecommendationShown, ev.Revealed)
        self._evolve, self._fold, self._lines = evolve, fold, plain_lines

    def lines(self, event: Event) -> tuple[str, ...]:
        """The lines that the next event adds."""
        self._events.append(event)
        if isinstance(event, self._looking_back):
            return self._lines(self._fold(self._events), event)
        if not isinstance(event, self._apart):
            self._brief = self._evolve(self._brief, event)
        return self._lines(self._brief, event)


def _in_time(loaded: LoadedSession, args: argparse.Namespace, pace: float, form: Form) -> int:
    """Play the session to its end, waiting for Enter where it pauses; what came before the beginning is not shown."""
    from time import monotonic

    from chatarena.cli import INTERRUPTED
    from chatarena.cli.output import narrate
    from chatarena.replay.player import Playback, Player, toggled
    from chatarena.replay.timeline import lay_out

    timeline = lay_out(loaded.entries, args.idle_time_limit)
    playback = Playback(speed=pace, place=parse_place(args.start, timeline), pause_on_markers=args.pause_on_markers)
    player = Player(timeline, monotonic, playback)
    show = _lines(form, loaded.entries[: player.place.position])

    leaving = player.place == timeline.end
    try:
        while not leaving:
            player.do(toggled)
            _stretch(player, show, at_once=pace == AT_ONCE)
            leaving = player.place == timeline.end or not _enter(timeline, player.place)
    except KeyboardInterrupt:
        narrate(
            f"chatarena: interrupted; go on with: chatarena replay {args.session} --from {player.place.seconds:.1f}"
        )
        return INTERRUPTED
    return 0


def _stretch(player: Player, show: Callable[[Entry], None], *, at_once: bool) -> None:
    """Play until the end or a pause."""
    from chatarena.arena.events import Entry

    if at_once:
        for _, item in player.tick():
            if isinstance(item, Entry):
                show(item)
        return
    import asyncio

    from chatarena.replay.player import play

    async def run() -> None:
        async for item in play(player, asyncio.sleep):
            if isinstance(item, Entry):
                show(item)

    asyncio.run(run())


def _enter(timeline: Timeline, place: Place) -> bool:
    """Wait for Enter; False where the terminal's input has ended."""
    from chatarena.cli.output import narrate

    narrate(f"-- {timeline.marker(place.position - 1).label} · Enter: go on · Ctrl+D: leave")
    return sys.stdin.readline() != ""


def parse_place(text: str, timeline: Timeline) -> Place:
    """The place that a person means by seconds, a share, a marker or `end`; the beginning where she names none.

    Raises:
        UsageError: nothing of these, or not in this session; says what there is.
    """
    from chatarena.replay.timeline import Place

    if not text:
        return Place()
    kind, _, number = text.partition(":")
    if kind in ("round", "turn") and number.isdecimal():
        found = [mark for mark in timeline.markers() if mark.kind == kind]
        if kind == "round":
            found = [mark for mark in found if mark.round == int(number)]
        else:
            found = found[int(number) - 1 : int(number)] if int(number) else []
        if not found:
            raise UsageError(f"there is no {kind} {number} in this session", remedy=_extent(timeline))
        # Just before its entry, so that it is the first that is shown.
        return Place(seconds=found[0].seconds, position=found[0].entry)
    seconds = timeline.total if text == "end" else _seconds(text, timeline.total)
    if seconds is None:
        raise UsageError(f"--from {text}: this is no place in a session", remedy=f"give {PLACES}")
    if seconds > timeline.total:
        raise UsageError(f"--from {text} is after the end of this session", remedy=_extent(timeline))
    return timeline.place(seconds)


def _seconds(text: str, total: float) -> float | None:
    """Playing seconds from `90`, `1:30` or `40%`; None where it is none of these."""
    share = text.endswith("%") and ":" not in text
    minutes, _, rest = text.rpartition(":")
    try:
        value = float(rest.removesuffix("%") if share else rest) + 60 * int(minutes or "0")
    except ValueError:
        return None
    if not 0 <= value < math.inf:
        return None
    return value * total / 100 if share else value


def _extent(timeline: Timeline) -> str:
    kinds = [mark.kind for mark in timeline.markers()]
    return f"it plays {timeline.total:.0f} s and has {kinds.count('round')} rounds and {kinds.count('turn')} turns"


# -- one document ------------------------------------------------------------------------------------------------------


def document(loaded: LoadedSession, limit: float | None) -> dict[str, Any]:
    """A session as the player sees it: how long it plays, its markers, probabilities by round, and totals."""
    from dataclasses import asdict

    from chatarena.arena.session import fold
    from chatarena.replay.path import by_round, steps
    from chatarena.replay.timeline import lay_out

    timeline = lay_out(loaded.entries, limit)
    head = fold(entry.event for entry in loaded.entries).head
    ids = {"choice": head.decision.option_ids, "belief": tuple(state.id for state in head.decision.states)}
    rounds = by_round(steps(loaded.entries))
    return {
        "session": loaded.id,
        "name": loaded.name,
        "question": head.decision.question,
        "options": [{"id": option.id, "label": option.label} for option in head.decision.options],
        "states": [{"id": state.id, "label": state.label} for state in head.decision.states],
        "agents": [face.label for face in head.faces],
        "seconds": {"playing": timeline.total, "recorded": timeline.recorded, "idle_time_limit": limit},
        "markers": [{**asdict(marker), "label": marker.label} for marker in timeline.markers()],
        "rounds": [
            {"round": number, **{name: _told(timeline, found.get(name), ids[name]) for name in _MEASURES}}
            for number, found in rounds.items()
        ],
        "totals": totals(loaded.entries),
    }


_MEASURES: tuple[Measure, ...] = ("choice", "belief")


def _told(timeline: Timeline, step: Step | None, ids: Sequence[str]) -> dict[str, Any] | None:
    """One step with its probabilities by id; None where the round has none of its measure."""
    if step is None:
        return None
    return {
        "entry": step.entry,
        "seconds": timeline.seconds[step.entry],
        "probabilities": dict(zip(ids, step.probabilities, strict=False)) or None,
        "absence": step.absence,
    }


def totals(entries: Iterable[Entry]) -> dict[str, Any]:
    """How much was said and used; tokens and US dollars are None where a call did not tell, or none is recorded."""
    from chatarena.arena import events as ev

    events = [entry.event for entry in entries]
    turns = [event for event in events if isinstance(event, ev.TurnTaken)]
    calls = [turn.call for turn in turns if turn.call is not None]
    for event in events:
        if isinstance(event, ev.ClaimMade | ev.AppraisalMade):
            calls += event.calls
    tokens = [
        None
        if call.prompt_tokens is None or call.completion_tokens is None
        else call.prompt_tokens + call.completion_tokens
        for call in calls
    ]
    return {
        "entries": len(events),
        "rounds": len({event.round for event in events if isinstance(event, ev.RoundOpened)}),
        "turns": len(turns),
        "missed": sum(isinstance(event, ev.TurnMissed) for event in events),
        "claims": sum(isinstance(event, ev.ClaimMade) for event in events),
        "words": sum(len(turn.text.split()) for turn in turns),
        "tokens": _sum(tokens),
        "dollars": _sum([call.cost for call in calls]),
    }


def _sum(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) if known and len(known) == len(values) else None


# -- the screen --------------------------------------------------------------------------------------------------------


def _on_screen(loaded: LoadedSession, args: argparse.Namespace) -> int:
    """Open the player in this terminal."""
    from time import monotonic

    from chatarena.cli.collector import collect_seldom
    from chatarena.cli.settings_loading import load_settings
    from chatarena.cli.surround import surround
    from chatarena.replay.player import Playback, Player
    from chatarena.replay.timeline import lay_out
    from chatarena.tui.replay_app import ReplayApp

    collect_seldom()
    timeline = lay_out(loaded.entries, args.idle_time_limit)
    playback = Playback(
        speed=args.speed or 1.0,
        place=parse_place(args.start, timeline),
        playing=True,
        pause_on_markers=args.pause_on_markers,
    )
    app = ReplayApp(Player(timeline, monotonic, playback), surround(load_settings(), find_paths()))
    app.run()
    return app.return_code or 0
