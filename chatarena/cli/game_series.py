"""`chatarena game simulate`: games drawn and played one by one, kept in a file, continued, shared out, summed up."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from chatarena.cli.ending import NOTHING
from chatarena.cli.verbs import wants_json
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.games.amounts import Amount, Share
    from chatarena.games.families import FamilyName
    from chatarena.games.simulation import GameResult
    from chatarena.games.tally import Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """What a series is: all that its results depend on."""

    family: FamilyName
    leaders: int
    states: int
    actions: int
    size: float
    seed: int


def simulate(args: argparse.Namespace) -> int:
    """Play a series; returns the exit code, 1 where a guarantee is broken."""
    from chatarena.cli.long_run import run_all, shown_count, workers
    from chatarena.cli.output import emit_json
    from chatarena.games.tally import tally

    spec = Spec(
        family=args.family,
        leaders=args.agents,
        states=args.states,
        actions=args.actions,
        size=args.size,
        seed=args.seed,
    )
    try:
        with workers(args.jobs, args.dask) as pool, shown_count(f"{spec.family} games") as tell:
            raw = run_all(partial(play, spec), args.games, spec=asdict(spec), file=args.out, pool=pool, tell=tell)
    except ValueError as error:
        raise UsageError(str(error), remedy="Make the games smaller.") from error
    results = read_results(raw)
    found = tally(results, family=spec.family)
    if wants_json(args):
        emit_json({"series": asdict(spec), **asdict(found)}, status="failed" if found.violations else "ok")
    else:
        _print(found)
    return 1 if found.violations else 0


def played(args: argparse.Namespace) -> str:
    """What is kept of a series that was called off."""
    if args.out is None or not args.out.exists():
        return NOTHING
    return f"{args.out} has the games played so far; the same command goes on from there"


def play(spec: Spec, index: int) -> dict[str, Any]:
    """One game of a series as plain data."""
    from chatarena.games.families import drawn_game
    from chatarena.games.simulation import play_game

    make = partial(
        drawn_game,
        family=spec.family,
        leaders=spec.leaders,
        states=spec.states,
        actions=spec.actions,
        size=spec.size,
    )
    return asdict(play_game(make, seed=spec.seed, index=index))


def read_results(raw: Sequence[Mapping[str, Any]]) -> list[GameResult]:
    """Results as they were before they became plain data."""
    from pydantic import TypeAdapter

    from chatarena.games.simulation import GameResult

    adapter = TypeAdapter(GameResult)
    return [adapter.validate_python(dict(one)) for one in raw]


def _print(found: Tally) -> None:
    from chatarena.cli.output import emit_table, say, say_wrapped
    from chatarena.games.amounts import RESAMPLED
    from chatarena.hull.words import counted

    say_wrapped(
        f"{found.family}: {counted(found.games, 'game')} of {counted(found.leaders, 'leader')},"
        f" {counted(found.states, 'state')} and {counted(found.actions, 'action')}, seed {found.seed};"
        " losses against V*, in the unit of her utilities (0 to 1)."
    )
    rows = (
        ("epsilon (smallest variant)", found.eps),
        ("2 epsilon, what equilibria may lose (derived here)", found.guarantee),
        ("loss without information", found.prior_loss),
        ("loss under the best monopoly", found.best_monopoly_loss),
        ("loss in the worst equilibrium, every rule", found.settling_loss),
        ("loss in the worst equilibrium, deterministic rules", found.deterministic_worst_loss),
        ("loss in the mean equilibrium, deterministic rules", found.deterministic_mean_loss),
        ("worst end of best responses, deterministic rules", found.deterministic_final_loss),
    )
    emit_table(
        ("", "mean", f"{found.level:.0%} resampled", "largest", "games"), [(name, *_amount(one)) for name, one in rows]
    )
    say_wrapped(RESAMPLED)
    say("")
    say("Best responses over every rule:")
    emit_table(
        (
            "from",
            "ties to",
            "rest",
            "cycle",
            "neither",
            "loss, mean",
            "largest",
            "within 2 epsilon",
            f"lose > {found.noticed:g}",
        ),
        [
            (
                run.start,
                run.ties,
                run.rested,
                run.cycled,
                run.moving,
                _number(run.loss.mean),
                _number(run.loss.largest),
                _share(run.reached),
                _share(run.lost),
            )
            for run in found.runs
        ],
    )
    for reason in found.missing:
        say_wrapped(f"Not computed, {reason}.")
    say(f"Violations of V* - 2 epsilon: {found.violations}.")
    if found.first_violation:
        say_wrapped(found.first_violation, mark="! ")


def _amount(one: Amount) -> tuple[str, str, str, int]:
    between = "-" if one.interval is None else f"{_number(one.interval.low)} to {_number(one.interval.high)}"
    return _number(one.mean), between, _number(one.largest), one.n


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return "0" if abs(value) < 1e-7 else f"{value:.3g}"


def _share(one: Share) -> str:
    return "-" if one.share is None else f"{one.share:.1%} of {one.n}"
