"""`chatarena fork`: let a saved session go another way, asking only what must differ, and say what that did."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from chatarena.cli.ending import run_endable, said
from chatarena.cli.home import find_paths
from chatarena.cli.reference import WHERE_HELP, LoadedSession, load
from chatarena.cli.verbs import add_json, wants_json
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.arena.decision import Decision
    from chatarena.arena.events import AgentWeight, Entry, Event
    from chatarena.cli.home import Paths
    from chatarena.moderator.moderator import Moderator
    from chatarena.replay.compare import Comparison
    from chatarena.replay.fork import Change
    from chatarena.replay.memory import Memory

SOURCES = {
    "panel": "by the agents' claims",
    "blend": "by the participant's first ratings, moved by the claims",
    "own": "by the participant's own ratings",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument("where", nargs="?", default="last", metavar="ID|FILE", help=f"{WHERE_HELP} (default `last`)")
    parser.add_argument("--at", metavar="SEQ", help="the entry from which it goes another way; or `round N`'s N as rN")
    parser.add_argument("--without", action="append", default=[], metavar="AGENT", help="this agent speaks no more")
    parser.add_argument(
        "--leave-out", action="append", default=[], metavar="AGENT", help="this agent's numbers do not count"
    )
    parser.add_argument("--order", choices=("drawn", "reversed"), default="drawn", help="the speaking order")
    parser.add_argument("--lambda", dest="precision", type=float, metavar="X", help="the precision of the chances")
    parser.add_argument(
        "--weights",
        metavar="A=2,B=0",
        help="how much each agent's claims count; 1 where not named; `hull`: as other sessions teach",
    )
    parser.add_argument("--model", metavar="NAME", help="answers what must be asked anew, for agents without their own")
    parser.add_argument("--interactive", action="store_true", help="take part from the fork on, line by line")
    parser.add_argument("--show", action="store_true", help="print the fork's course too, not only what it changed")
    add_json(parser)
    parser.epilog = (
        "A change of numbers alone (--lambda, --weights, --leave-out) without --at asks nobody and makes no session:"
        " it says what the chances would have been."
    )
    parser.set_defaults(run=run, kept=said)


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    paths = find_paths()
    parent = load(args.where, paths)
    change = _change(args, parent, paths)
    if args.at is None and not change.asks:
        return _offline(args, parent, change)
    return run_endable(_fork(args, parent, change, paths))


def _change(args: argparse.Namespace, parent: LoadedSession, paths: Paths) -> Change:
    from chatarena.replay.fork import Change

    change = Change(
        without=tuple(args.without),
        unheeded=tuple(args.leave_out),
        order=args.order,
        precision=args.precision,
        weights=_weights(args.weights, parent, paths) if args.weights else (),
    )
    if args.at is None and not change.words():
        raise UsageError(
            "a fork needs a place or a change",
            remedy="Give --at SEQ, or --without, --leave-out, --order reversed, --lambda, --weights.",
        )
    return change


def _weights(text: str, parent: LoadedSession, paths: Paths) -> tuple[AgentWeight, ...]:
    from chatarena.arena.events import AgentWeight

    if text == "hull":
        return _learned(parent, paths)
    found = []
    for part in text.split(","):
        name, _, value = part.partition("=")
        try:
            found.append(AgentWeight(agent=name.strip(), weight=float(value)))
        except ValueError:
            raise UsageError(f"no weight: {part!r}", remedy="Write --weights Alder=2,Beech=0") from None
    return tuple(found)


def _learned(parent: LoadedSession, paths: Paths) -> tuple[AgentWeight, ...]:
    """Weights that sessions other than this one and its relatives teach."""
    from chatarena.arena.session import fold
    from chatarena.cli.earlier import panel_of, relatives
    from chatarena.cli.output import narrate

    remedy = "Give them by name: --weights Alder=2,Beech=0"
    agents = [made.agent for made in fold(entry.event for entry in parent.entries).commitments]
    if not paths.database.exists():
        raise UsageError("there are no earlier sessions to learn weights from", remedy=remedy)
    from chatarena.session_log.store import SessionLog

    with SessionLog(paths.database, read_only=True) as log:
        panel = panel_of(log, agents, without=relatives(log, parent.entries))
    if panel is None:
        raise UsageError("no other session with all of these agents can teach their weights", remedy=remedy)
    if not panel.weights:
        raise UsageError(f"no weights can be learned: {panel.reason}", remedy=remedy)
    narrate(f"weights learned from {panel.instances} options of {panel.sessions} other sessions")
    return panel.weights


def _offline(args: argparse.Namespace, parent: LoadedSession, change: Change) -> int:
    from chatarena.replay.compare import counterfactual

    comparison = counterfactual(parent.entries, change)
    _print(args, parent, comparison, change, {"session": None, "recalled": 0, "called": 0})
    return 0


async def _fork(args: argparse.Namespace, parent: LoadedSession, change: Change, paths: Paths) -> int:
    from chatarena.cli.demo import recast
    from chatarena.cli.line import LineParticipant
    from chatarena.cli.output import narrate
    from chatarena.cli.settings_loading import load_settings
    from chatarena.cli.stage import open_stage

    settings = load_settings({"models.default": args.model}, paths=paths)
    demo = recast(parent.entries, paths)
    line = LineParticipant() if args.interactive else None
    async with open_stage(settings, paths, scripted=demo[0] if demo else None) as stage:
        at = _place(args.at, parent.entries)
        moderator, opening, memory = await stage.fork(parent.entries, at, change, line)
        if line is not None:
            line.submit = moderator.submit
        narrate(f"session {moderator.session_id}: {at} entries shared with {parent.id}")
        entries = await _run(args, moderator, opening, parent.entries[:at])
    return _told(args, parent, change, moderator.session_id, memory, entries)


async def _run(
    args: argparse.Namespace, moderator: Moderator, opening: tuple[Event, ...], shared: Sequence[Entry]
) -> list[Entry]:
    """Run the fork to its end; returns its entries, the shared ones first."""
    from contextlib import aclosing

    from chatarena.arena.events import Entry
    from chatarena.cli.conduct import Printer

    printer = Printer("plain" if args.show and not wants_json(args) else "none")
    printer.known(shared)
    entries = list(shared)
    async with aclosing(moderator.run(opening)) as stream:
        async for item in stream:
            printer.show(item)
            if isinstance(item, Entry):
                entries.append(item)
    return entries


def _place(at: str | None, entries: Sequence[Entry]) -> int:
    """The number of an entry: as given, or where round N opens (rN), or where the talk begins."""
    from chatarena.arena.events import RoundOpened
    from chatarena.replay.fork import first_round

    if at is None:
        return first_round(entries)
    rounds = {f"r{entry.event.round}": entry.seq for entry in entries if isinstance(entry.event, RoundOpened)}
    if at in rounds:
        return rounds[at]
    if not at.isdecimal():
        raise UsageError(
            f"no place in this session: {at!r}",
            remedy=f"Give an entry's number, or one of {', '.join(rounds) or 'none'}.",
        )
    return int(at)


def _told(
    args: argparse.Namespace,
    parent: LoadedSession,
    change: Change,
    session: str,
    memory: Memory,
    entries: Sequence[Entry],
) -> int:
    from chatarena.arena.events import SessionForked, SessionLeft
    from chatarena.replay.compare import compare
    from chatarena.replay.requests import move_of

    forked_at = max(i for i, entry in enumerate(entries) if isinstance(entry.event, SessionForked))
    made = sum(move_of(entry.event) is not None for entry in entries[forked_at:])
    counts = {"session": session, "recalled": memory.recalled, "called": made - memory.recalled}
    _print(args, parent, compare(parent.entries, entries), change, counts)
    return 3 if isinstance(entries[-1].event, SessionLeft) else 0


def _print(
    args: argparse.Namespace,
    parent: LoadedSession,
    comparison: Comparison,
    change: Change,
    counts: dict[str, object],
) -> None:
    from chatarena.arena.session import fold
    from chatarena.cli.output import emit_json, emit_table, narrate, tell

    if wants_json(args):
        emit_json(
            {
                "parent": parent.id,
                "change": asdict(change),
                **counts,
                **asdict(comparison),
                "flipped": comparison.flipped,
            }
        )
        return
    decision = fold(entry.event for entry in parent.entries).head.decision
    narrate(f"changed: {change.words() or 'nothing but the draw'}")
    if counts["session"] is not None:
        narrate(f"{counts['recalled']} calls known from the parent, {counts['called']} made anew")
    rows = [
        (
            shift.round,
            SOURCES[shift.source],
            _row(shift.before),
            _row(shift.after),
            None if shift.distance is None else f"{shift.distance:.0%}",
        )
        for shift in comparison.shifts
    ]
    narrate(f"chances of {' / '.join(option.label for option in decision.options)}, then and now:")
    emit_table(("round", "from", "then", "now", "moved"), rows)
    for source, best in comparison.best_before.items():
        tell(_favourite(source, best, comparison.best_after[source], decision))


def _row(values: Sequence[float | None]) -> str:
    return " / ".join("-" if value is None else f"{value:.0%}" for value in values)


def _favourite(source: str, before: tuple[str, ...], after: tuple[str, ...], decision: Decision) -> str:
    was, is_ = (" and ".join(decision.option(option).label for option in best) or "nothing" for best in (before, after))
    where = SOURCES[source]
    return (
        f"The favourite {where} stays {was}."
        if set(before) == set(after)
        else f"The favourite {where} becomes {is_}, it was {was}."
    )
