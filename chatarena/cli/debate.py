"""`chatarena debate`: a whole session without a terminal UI, for pipes, scripts and screen readers."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

from chatarena.cli.ending import run_endable, said
from chatarena.cli.home import find_paths
from chatarena.cli.options import add_session_options, overrides, plan_from, read_decision
from chatarena.cli.output import narrate
from chatarena.cli.stage import Plan, Stage, open_stage, opening_events

if TYPE_CHECKING:
    from chatarena.arena.events import Event
    from chatarena.cli.line import LineParticipant
    from chatarena.moderator.spending import Estimate
    from chatarena.moderator.world import Participant


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument("decision", help="a decision's YAML file, or the name of an example")
    add_session_options(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--plain", dest="form", action="store_const", const="plain", help="text, line by line (default)")
    form.add_argument(
        "--jsonl", dest="form", action="store_const", const="jsonl", help="one entry a line, as it happens"
    )
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one document at the end")
    parser.add_argument(
        "--interactive",
        action=argparse.BooleanOptionalAction,
        default=False,
        help="take part: rate, speak between rounds and choose, line by line on stderr and stdin",
    )
    parser.add_argument("--on-partial", choices=("mark", "refuse"), default="mark", help="refuse: exit 4 on gaps")
    parser.add_argument("--no-log", action="store_true", help="keep nothing of this session")
    parser.add_argument("--dry-run", action="store_true", help="check everything and print the estimate only")
    parser.set_defaults(run=run, kept=said, form="plain")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from chatarena.cli.health import lacking
    from chatarena.cli.settings_loading import load_settings

    paths = find_paths()
    file = read_decision(args.decision, paths)
    settings = load_settings(overrides(args, file.terms), paths=paths)
    plan = plan_from(args, file, settings, paths, participant=args.interactive)
    opening_events(plan, paths)  # everything that is wrong with the plan is said before any model starts
    asked = () if settings.cache.policy == "only" else tuple(agent.model for agent in plan.agents)
    lack = lacking(asked, settings, paths)
    if lack is not None and not args.dry_run:
        raise lack
    if lack is not None:
        narrate(f"it could not begin yet: {lack}")

    async def main() -> int:
        async with open_stage(settings, paths, keep_log=not args.no_log) as stage:
            return await hold(stage, plan, file.ratings, args)

    return run_endable(main())


async def hold(stage: Stage, plan: Plan, ratings: tuple[float, ...], args: argparse.Namespace) -> int:
    """Say what it will take, then run the session; who takes part is not asked for the first ratings again."""
    line: LineParticipant | None = None
    participant: Participant | None = None
    if args.interactive:
        from chatarena.cli.line import LineParticipant
        from chatarena.tui.prior import RatedBefore

        line = LineParticipant()
        participant = RatedBefore(line, ratings) if ratings else line
    elif ratings:
        narrate("nobody takes part, so the file's first ratings say nothing here (take part with --interactive)")
    if participant is None and not plan.protocol.claims:
        narrate("nobody takes part and no claims are asked for, so there are no numbers to make chances from")
    moderator, opening = await stage.begin(plan, participant)
    if line is not None:
        line.submit = moderator.submit
    await foretell(stage, plan, opening)
    if args.dry_run:
        return 0
    if not args.no_log:
        narrate(f"session {moderator.session_id}")
    from chatarena.cli.conduct import conduct

    return await conduct(moderator, opening, args.form, refuse_partial=args.on_partial == "refuse")


async def foretell(stage: Stage, plan: Plan, opening: tuple[Event, ...]) -> None:
    """Say what the session will take, and which limits would end it early."""
    from chatarena.moderator.overrun import overruns
    from chatarena.moderator.spending import estimate_session

    estimate, seconds = estimate_session(opening), None
    narrate(estimate_line(estimate, plan))
    if plan.settings.time_budget is not None:
        from chatarena.cli.outlook import Estimator

        seconds, _ = await Estimator(stage).minutes(opening, estimate)
    for sentence in overruns(estimate, plan.settings, seconds):
        narrate(sentence)


def estimate_line(estimate: Estimate, plan: Plan) -> str:
    """What a session may take at most, in one line; an unknown price is said to be unknown."""
    return (
        f"{_counted(len(plan.agents), 'agent')}, {_counted(plan.protocol.rounds, 'round')} ({plan.protocol.name}), "
        f"seed {plan.seed}: {estimate_words(estimate)}"
    )


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def estimate_words(estimate: Estimate) -> str:
    """Calls, tokens and money at most."""
    if estimate.unpriced:
        money = f"the price of {', '.join(estimate.unpriced)} is unknown"
    else:
        # Rounded up, as becomes the most that something costs.
        dollars = math.ceil((estimate.dollars or 0.0) * 10_000 - 1e-6) / 10_000
        money = "free of charge" if not estimate.dollars else f"at most ${dollars:.4f}"
    return f"{estimate.calls} calls, at most {estimate.tokens:,} tokens, {money}"
