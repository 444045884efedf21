"""`chatarena rerun`: repeat a session by the same rules, with what was said then or with another model, and compare."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from chatarena.cli.ending import run_endable, said
from chatarena.cli.home import find_paths
from chatarena.cli.reference import WHERE_HELP, LoadedSession, load
from chatarena.cli.verbs import add_json, wants_json
from chatarena.errors import NotRecorded

if TYPE_CHECKING:
    from chatarena.arena.events import Entry, Event
    from chatarena.arena.moves import CallMove
    from chatarena.arena.session import Session
    from chatarena.cli.stage import Stage
    from chatarena.replay.rerun import Difference

EXCERPT = 60


@dataclass(slots=True, kw_only=True)
class Repetition:
    """A repetition as it goes: its events so far, and how its calls were answered."""

    id: str
    events: list[Event] = field(default_factory=list)
    recalled: int = 0
    called: int = 0


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument("where", nargs="?", default="last", metavar="ID|FILE", help=f"{WHERE_HELP} (default `last`)")
    parser.add_argument("--model", metavar="NAME", help="speaks for every agent instead of its own model")
    parser.add_argument(
        "--cache", choices=("off", "on", "only"), help="use kept replies; only: never call a model (see debate)"
    )
    parser.add_argument("--fresh", action="store_true", help="ask everything again, also what was asked just so then")
    parser.add_argument("--no-log", action="store_true", help="keep nothing of the repetition")
    add_json(parser)
    parser.epilog = (
        "What the participant did is done again at the same places. Where other words are said, her ratings answer"
        " words that she was not given: nothing about her follows from them."
    )
    parser.set_defaults(run=run, kept=said)


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from chatarena.cli.demo import recast
    from chatarena.cli.settings_loading import load_settings
    from chatarena.cli.stage import open_stage
    from chatarena.replay.rerun import check_repeatable

    paths = find_paths()
    settings = load_settings({"cache.policy": args.cache}, paths=paths)
    original = load(args.where, paths)
    check_repeatable(original.entries)
    demo = recast(original.entries, paths)

    async def main() -> int:
        async with open_stage(settings, paths, scripted=demo[0] if demo else None, keep_log=not args.no_log) as stage:
            return _report(original, await _repeat(stage, original, args), args)

    return run_endable(main())


async def _repeat(stage: Stage, original: LoadedSession, args: argparse.Namespace) -> Repetition:
    from chatarena.arena.events import Entry
    from chatarena.cli.stage import new_id
    from chatarena.moderator.moderator import call
    from chatarena.replay.memory import Memory
    from chatarena.replay.rerun import rerun

    made = Repetition(id=new_id())
    memory = Memory(() if args.fresh else original.entries)

    async def perform(session: Session, move: CallMove) -> Event:
        known = memory.recall(session, move)
        if known is not None:
            made.recalled += 1
            return known
        if args.cache == "only":
            return _kept(await call(stage.models, session, move, lambda _: None), move)
        made.called += 1
        return await call(stage.models, session, move, lambda _: None)

    began = time.monotonic()
    async for event in rerun(original.entries, perform, model=args.model or ""):
        entry = Entry(
            session=made.id, seq=len(made.events), at=time.time(), elapsed=time.monotonic() - began, event=event
        )
        if stage.writer is not None:
            await stage.writer.record((entry,))
        made.events.append(event)
    return made


def _kept(event: Event, move: CallMove) -> Event:
    """A reply from the cache; where the cache has none that is an error, not a missed turn.

    Raises:
        NotRecorded: neither the log nor the cache knows what was said.
    """
    from chatarena.arena.events import AppraisalMade, ClaimMade, TurnMissed

    missed = isinstance(event, TurnMissed) and event.error == NotRecorded.__name__
    empty = isinstance(event, ClaimMade | AppraisalMade) and not event.calls
    if missed or empty:
        raise NotRecorded(
            f"neither the session nor the cache knows what {move.agent} said in round {move.round} to this prompt",
            remedy="Its prompt differs from the one of then: see `chatarena rederive`, or repeat it with a model.",
        )
    return event


def _report(original: LoadedSession, made: Repetition, args: argparse.Namespace) -> int:
    from chatarena.cli.output import emit_json, narrate, say, tell
    from chatarena.replay.rerun import differences

    before = [entry.event for entry in original.entries]
    found = differences(before, made.events)
    comparison = _chances(original.entries, made)
    if wants_json(args):
        emit_json(
            {
                "session": None if args.no_log else made.id,
                "parent": original.id,
                "recalled": made.recalled,
                "called": made.called,
                "differences": [asdict(difference) for difference in found],
                "chances": comparison,
            }
        )
        return 0
    if not args.no_log:
        narrate(f"session {made.id}")
    narrate(f"{made.recalled} calls known from then, {made.called} made now")
    if not found:
        say("The same, word for word and number for number.")
        return 0
    _print_differences(found)
    for row in comparison:
        tell(f"round {row['round']}: by the agents' claims the chances moved by {row['distance_in_words']}")
    return 0


def _print_differences(found: Sequence[Difference]) -> None:
    from chatarena.cli.output import emit_table

    rows = [
        (item.round or None, item.agent or None, item.what, _short(item.before), _short(item.after)) for item in found
    ]
    emit_table(("round", "agent", "what", "then", "now"), rows)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"


def _chances(before: Sequence[Entry], made: Repetition) -> list[dict[str, object]]:
    """How far the panel's choice probabilities moved, round by round."""
    from chatarena.arena.events import Entry
    from chatarena.replay.compare import compare

    after = [Entry(session=made.id, seq=i, at=0.0, elapsed=0.0, event=event) for i, event in enumerate(made.events)]
    return [
        {
            "round": shift.round,
            "before": shift.before,
            "after": shift.after,
            "distance": shift.distance,
            "distance_in_words": "an unknown amount" if shift.distance is None else f"{shift.distance:.0%}",
        }
        for shift in compare(before, after).shifts
        if shift.source == "panel"
    ]
