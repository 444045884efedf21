"""`chatarena game evaluation`: what estimating, comparing few leaders and paying them cost a user who selects."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from chatarena.cli.verbs import wants_json
from chatarena.cli.whole_file import write
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.games.amounts import Amount
    from chatarena.games.evaluation import EvaluationPlan
    from chatarena.games.families import Tables
    from chatarena.games.relaxed import FewPoint, NoisePoint, PaidPoint

# What an epsilon of zero is planned for: no finite number of interactions makes errors vanish.
SMALL = 0.01
PERIODS = (4, 16, 64, 256, 1024)


def configure(parser: argparse.ArgumentParser) -> None:
    """The verb's words, beside those that games are drawn by."""
    parser.add_argument(
        "--interactions", type=_numbers, default=PERIODS, metavar="A,B", help="with each leader (4,16,64,256,1024)"
    )
    parser.add_argument(
        "--errors", choices=("drawn", "fixed"), default="drawn", help="drawn after commitment, or known to leaders"
    )
    parser.add_argument("--fee", type=_fee, default=0.1, metavar="X", help="what being selected pays, or costs (0.1)")


def _fee(text: str) -> float:
    try:
        fee = float(text)
    except ValueError:
        fee = 0.0
    if not 0.0 < fee < float("inf"):
        raise argparse.ArgumentTypeError(
            f"{text}: a number, more than 0; what it costs to serve is looked at beside it"
        )
    return fee


def _numbers(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isdecimal() and int(part) >= 1 for part in parts):
        raise argparse.ArgumentTypeError(f"{text}: whole numbers of at least 1, with commas between")
    return tuple(map(int, parts))


def evaluation(args: argparse.Namespace) -> int:
    """Draw games and look at all pure equilibria under each relaxation; 1 where a bound is broken."""
    import numpy as np

    from chatarena.games.evaluation import plan_evaluation
    from chatarena.games.families import tables
    from chatarena.games.relaxed import few_curve, noise_curve, paid_losses, weighted_ranges
    from chatarena.games.rules import partitions

    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(args.seed)))
    try:
        made = tables(
            args.family,
            args.games,
            rng,
            leaders=args.agents,
            states=args.states,
            actions=args.actions,
            size=args.size,
        )
        eps = None if made.epsilon is None else np.full(args.games, made.epsilon)
        drawn = made.prior, made.user, made.leaders
        weight_sum = 1.0 if made.kind == "simplex" else 2.0
        noise = noise_curve(
            *drawn,
            args.interactions,
            seed=args.seed,
            errors=args.errors,
            eps=eps,
            weight_sum=weight_sum,
        )
        few = few_curve(*drawn, seed=args.seed)
        paid = paid_losses(*drawn, fee=args.fee, seed=args.seed)
    except ValueError as error:
        raise UsageError(str(error), remedy="Take fewer agents or states, or other numbers.") from error
    plan = plan_evaluation(
        max(made.epsilon or 0.0, SMALL),
        args.agents,
        errors=args.errors,
        leader_ranges=weighted_ranges(made.leaders, weight_sum),
        rules=len(partitions(args.states, args.states)),
    )
    broken = sum(point.violations or 0 for point in noise)
    if args.svg is not None:
        from chatarena.report.games.evaluation import noise_figure
        from chatarena.report.html.standalone import svg_file

        title = f"What is lost after an evaluation period: {made.family}, {args.games} games, errors {args.errors}"
        write(args.svg, svg_file(noise_figure(noise, title=f"{title}, seed {args.seed}"), heading=title))
    if wants_json(args):
        _emit(args, made, plan, (noise, few, paid), broken)
    else:
        _print(made, plan, noise, few, paid)
    return 1 if broken else 0


def _emit(
    args: argparse.Namespace,
    made: Tables,
    plan: EvaluationPlan,
    points: tuple[tuple[NoisePoint, ...], tuple[FewPoint, ...], tuple[PaidPoint, ...]],
    broken: int,
) -> None:
    from chatarena.cli.output import emit_json

    noise, few, paid = ([asdict(point) for point in each] for each in points)
    series = {"family": made.family, "games": args.games, "leaders": args.agents, "seed": args.seed}
    emit_json(
        {"series": series, "epsilon": made.epsilon, "plan": asdict(plan), "noise": noise, "few": few, "paid": paid},
        status="failed" if broken else "ok",
    )


def _print(
    made: Tables,
    plan: EvaluationPlan,
    noise: tuple[NoisePoint, ...],
    few: tuple[FewPoint, ...],
    paid: tuple[PaidPoint, ...],
) -> None:
    from chatarena.cli.output import emit_table, say, say_wrapped
    from chatarena.games.amounts import RESAMPLED
    from chatarena.hull.words import counted

    games, k = made.leaders.shape[:2]
    say_wrapped(
        f"{made.family}: {counted(games, 'game')} of {counted(k, 'leader')}; loss against V* in the worst equilibrium"
        " of deterministic rules, in the unit of her utilities (0 to 1)."
    )
    say("")
    known = "known to leaders" if plan.errors == "fixed" else "drawn after commitment"
    say(f"She estimates what each leader is worth, errors {known}:")
    emit_table(
        (
            "interactions",
            "tau (95%)",
            "bound",
            "loss, mean",
            "95% resampled",
            "largest",
            "no equilibrium",
        ),
        [(one.n, _number(one.tau), _up(one.bound), *_amount(one.loss), one.loss.missing) for one in noise],
    )
    sure = f", with probability {plan.level:.0%}" if plan.errors == "fixed" else ""
    say_wrapped(
        f"{'No epsilon is known of this family; were it' if made.epsilon is None else 'For an epsilon of'}"
        f" {plan.eps:g}, {counted(plan.n, 'interaction')} with each ({plan.total:,} in all) are enough for errors to"
        f" cost no more than misalignment: at most {_up(plan.loss)} is lost{sure} (derived here)."
    )
    say("")
    say("She compares only some leaders:")
    emit_table(
        (
            "compared",
            "drawn by lot: loss, mean",
            "resampled",
            "largest",
            "always the first: loss, mean",
            "resampled",
            "largest",
        ),
        [(one.compared, *_amount(one.by_lot), *_amount(one.known)) for one in few],
    )
    say("")
    say(f"Leaders are paid for being selected ({paid[0].fee:g} in units of their utilities):")
    emit_table(("paid", "loss, mean", "resampled", "largest"), [(one.paid, *_amount(one.loss)) for one in paid])
    say_wrapped(RESAMPLED)


def _amount(one: Amount) -> tuple[str, str, str]:
    between = "-" if one.interval is None else f"{_number(one.interval.low)} to {_number(one.interval.high)}"
    return _number(one.mean), between, _number(one.largest)


def _up(value: float | None) -> str:
    """Three digits, rounded up, as becomes an upper bound."""
    from chatarena.hull.words import at_most

    return "-" if value is None else at_most(value)


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return "0" if abs(value) < 1e-9 else f"{value:.3g}"
