"""`chatarena game solve`, `selection`, `bound` and `sweep`: compute, write, print."""

from __future__ import annotations

import argparse
from dataclasses import asdict, fields
from typing import TYPE_CHECKING

from chatarena.cli.game_input import game_of
from chatarena.cli.game_output import plain_game, print_blocks
from chatarena.cli.verbs import wants_json
from chatarena.cli.whole_file import write
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chatarena.games.bidding import Bidders, Run
    from chatarena.games.curves import LossCurve, Over
    from chatarena.games.game import Game
    from chatarena.games.quantal_leaders import QuantalLeaders
    from chatarena.games.result_two import BoundCheck
    from chatarena.games.solution import Solution


def solve(args: argparse.Namespace) -> int:
    """One game, every way; returns the exit code, 1 where a guarantee is broken."""
    from chatarena.cli.output import emit_json, narrate, say, say_wrapped
    from chatarena.games.solution import solve as solve_game
    from chatarena.report.games.text import quantal_words, solved

    given = game_of(args)
    try:
        found = solve_game(given.game, messages=args.messages, precision=args.precision)
        leaders = _quantal_leaders(args, given.game)
    except ValueError as error:
        raise UsageError(str(error), remedy="`chatarena game solve --help` says what goes together.") from error
    words = () if leaders is None else tuple(quantal_words(found, leaders))
    _write_solved(args, found, (*given.notes, *words))
    if wants_json(args):
        for note in given.notes:
            narrate(note)
        plain = {"origin": given.origin, "notes": list(given.notes), **_plain(found)}
        plain["quantal_leaders"] = None if leaders is None else asdict(leaders)
        emit_json(plain, status="failed" if found.violations else "ok")
    else:
        print_blocks(solved(found, given.notes))
        for number, line in enumerate(words):
            if not number:
                say("")
            say_wrapped(line)
    return 1 if found.violations else 0


def _quantal_leaders(args: argparse.Namespace, game: Game) -> QuantalLeaders | None:
    from chatarena.games.quantal_leaders import quantal_leaders

    if args.leaders_precision is None:
        return None
    return quantal_leaders(game, args.leaders_precision, messages=args.messages, precision=args.precision)


def _write_solved(args: argparse.Namespace, found: Solution, notes: tuple[str, ...]) -> None:
    from chatarena.report.games.figures import values_figure, values_heading
    from chatarena.report.games.page import html
    from chatarena.report.html.standalone import svg_file

    if args.html is not None:
        write(args.html, "".join(html(found, notes)))
    if args.svg is not None:
        write(args.svg, svg_file(values_figure(found), heading=values_heading(found)))


def _plain(found: Solution) -> dict[str, object]:
    return {
        "game": plain_game(found.game),
        "messages": found.messages,
        "precision": found.precision,
        "alignments": [asdict(one) for one in found.alignments.every],
        "benchmarks": asdict(found.benchmarks),
        "quantal_marks": None
        if found.quantal_marks is None
        else dict(zip(("without_advice", "knowing_everything"), found.quantal_marks, strict=True)),
        "equilibria": [{**asdict(each), "loss": each.loss} for each in found.every],
        "missing": [{"concept": concept, "reason": why} for concept, why in found.missing],
        "guarantee": found.guarantee,
        "quantal_guarantee": found.quantal_guarantee,
        "violations": list(found.violations),
    }


def selection(args: argparse.Namespace) -> int:
    """Best responses of leaders who compete to be selected, over all rules."""
    from numpy.random import PCG64, Generator, SeedSequence

    from chatarena.cli.output import emit_json, narrate
    from chatarena.games.alignment import alignments
    from chatarena.games.bidding import STARTS, bidders, compete
    from chatarena.games.settling import settling_values

    given = game_of(args)
    for note in given.notes:
        narrate(note)
    try:
        who = bidders(given.game)
        rng = Generator(PCG64(SeedSequence(args.seed)))
        runs = [
            compete(who, start, ties=ties, margin=args.margin, rng=rng)
            for start in STARTS
            for ties in ("incumbent", "deviator")
        ]
        settled = settling_values(who) if given.game.n_leaders > 1 and who.offers.common else None
    except ValueError as error:
        raise UsageError(str(error), remedy="Make the game smaller.") from error
    epsilon = alignments(given.game).best.epsilon
    if wants_json(args):
        emit_json(
            {
                "origin": given.origin,
                "game": plain_game(given.game),
                "prior": who.nothing,
                "best": who.best,
                "epsilon": epsilon,
                "settling": None if settled is None else [list(ends) for ends in settled.intervals],
                "runs": [_plain_run(run) for run in runs],
            }
        )
    else:
        _print_selection(given.game, who, epsilon, () if settled is None else settled.intervals, runs)
    return 0


def _print_selection(
    game: Game, who: Bidders, epsilon: float, spans: Sequence[tuple[float, float]], runs: Sequence[Run]
) -> None:
    from chatarena.cli.output import emit_table, say_wrapped

    low, unit = game.scale[0], game.scale[1] - game.scale[0]
    who_competes = "1 leader, a monopoly" if game.n_leaders == 1 else f"{game.n_leaders} leaders compete to be selected"
    say_wrapped(f"{game.name}: {who_competes}, every rule allowed.")
    say_wrapped(
        f"Without information she has {low + unit * who.nothing:.4g}, with all of it {low + unit * who.best:.4g}."
    )
    if who.offers.common:
        floor = low + unit * max(who.nothing, who.best - 2 * epsilon)
        why = "V* - 2 epsilon" if who.best - 2 * epsilon > who.nothing else "no more than without information"
        say_wrapped(f"Promised in every equilibrium (T3, derived here): {floor:.4g}, {why}.")
    else:
        say_wrapped("Leaders see signals of their own, so no rule is open to all and nothing is promised.")
    if spans:
        told = [
            f"{low + unit * start:.4g}" + (f" to {low + unit * end:.4g}" if end - start > 1e-6 else "")
            for start, end in spans
        ]
        say_wrapped(f"Pure equilibria give her {', or '.join(told)}.")
    emit_table(
        ("from", "ties to", "she gets", "ends", "sweeps", "largest gain left"),
        [
            (
                run.start,
                run.ties,
                f"{low + unit * run.value:.4g}",
                run.ends,
                run.sweeps,
                f"{unit * run.gains.max():.2g}",
            )
            for run in runs
        ],
    )
    say_wrapped(f"They outbid by {runs[0].margin * unit:.2g}; what is left to gain is counted without that margin.")


def _plain_run(run: Run) -> dict[str, object]:
    left = {"rules", "gains"}
    plain = {field.name: getattr(run, field.name) for field in fields(run) if field.name not in left}
    return {**plain, "gains": run.gains.tolist(), "values": [rule.value for rule in run.rules]}


def bound(args: argparse.Namespace) -> int:
    """T2 against drawn games; returns the exit code, 1 where it is broken."""
    from chatarena.cli.long_run import shown_count
    from chatarena.cli.output import emit_json, say_wrapped
    from chatarena.games.result_two import QUANTILES, check_bound
    from chatarena.hull.words import counted

    with shown_count("games") as tell:
        found = check_bound(args.games, seed=args.seed, tell=lambda done: tell(done, args.games))
    broken = found.violations + found.profile_violations
    if wants_json(args):
        emit_json({**asdict(found), "quantile_levels": list(QUANTILES)}, status="failed" if broken else "ok")
        return 1 if broken else 0
    say_wrapped("Bound for a user with logit response (T2, derived here; the constants are not the paper's):")
    say_wrapped(indent="  ", line="loss <= log|A|/lambda + 2 epsilon + (sum of w_i B_i) tanh(lambda delta / 2)")
    say_wrapped(
        f"{counted(found.games, 'game')}, seed {found.seed}: {counted(found.profiles, 'profile')} of deterministic"
        " rules, all looked at."
    )
    are = "1 is an equilibrium" if found.equilibria == 1 else f"{found.equilibria:,} are equilibria"
    have = "1 game has" if found.without == 1 else f"{found.without:,} games have"
    say_wrapped(f"{are}; {have} none among these rules.")
    say_wrapped(f"Equilibria that lose more than the bound: {found.violations}.")
    say_wrapped(f"Other profiles that lose more than it and their leaders' gains allow: {found.profile_violations}.")
    _say_tight(found)
    return 1 if broken else 0


def _say_tight(found: BoundCheck) -> None:
    """How near to the bound equilibria come."""
    from chatarena.cli.output import say_wrapped
    from chatarena.games.result_two import QUANTILES

    tight = found.tightness
    if not tight.quantiles or found.least_slack is None:
        say_wrapped("Where the bound is below 1 there is no equilibrium among them: draw more games.")
        return
    words = ", ".join(
        f"{share:.3g} ({'largest' if level == 1 else f'{level:g} quantile'})"
        for level, share in zip(QUANTILES, tight.quantiles, strict=True)
    )
    where = "one equilibrium" if tight.telling == 1 else f"{tight.telling:,} equilibria"
    say_wrapped(f"Loss as a share of the bound, in the {where} where the bound is below 1: {words}.")
    at = ", ".join(f"{name} {value:.3g}" for name, value in tight.at_largest.items())
    say_wrapped(f"The tightest: {at}. Smallest distance to the bound anywhere: {found.least_slack:.3g}.")


def sweep(args: argparse.Namespace, over: Over) -> int:
    """A curve of losses over what varies; returns the exit code, 1 where a bound is broken."""
    from chatarena.cli.output import emit_json
    from chatarena.games.curves import loss_curve
    from chatarena.report.games.figures import loss_figure
    from chatarena.report.html.standalone import svg_file

    try:
        made = loss_curve(
            over,
            args.family,
            seed=args.seed,
            count=args.games,
            concept=args.concept,
            leaders=args.agents,
            states=args.states,
            actions=args.actions,
            size=args.size,
            delta=args.delta,
        )
    except ValueError as error:
        raise UsageError(str(error), remedy="`chatarena game sweep --help` says what goes together.") from error
    if args.svg is not None:
        write(
            args.svg,
            svg_file(
                loss_figure(made), heading=f"What she loses in equilibrium: {made.family}, {made.count} games a place"
            ),
        )
    broken = sum(point.violations for point in made.points)
    if wants_json(args):
        emit_json(asdict(made), status="failed" if broken else "ok")
    else:
        _print_curve(made, args.over)
    return 1 if broken else 0


def _print_curve(made: LossCurve, over: str) -> None:
    """Losses place by place; `over` is what varies, in the words of the command."""
    from chatarena.cli.output import emit_table, say_wrapped
    from chatarena.games.amounts import RESAMPLED
    from chatarena.report.hull.text import figure

    optimum = "V*" if made.concept == "selection" else "OPT"
    say_wrapped(
        f"{made.family}: {made.count} games at each place, seed {made.seed}; what she loses against {optimum}, in the"
        " unit of her utilities (0 to 1):"
    )
    emit_table(
        (
            over,
            "worst, mean",
            "95 % resampled",
            "worst, largest",
            "mean equilibrium",
            "bound",
            "games",
            "violations",
        ),
        [
            (
                f"{point.at:g}",
                figure(point.worst_mean),
                f"{figure(point.low)} to {figure(point.high)}",
                figure(point.largest),
                figure(point.mean_equilibrium),
                None if point.bound is None else figure(point.bound),
                point.games,
                point.violations,
            )
            for point in made.points
        ],
    )
    say_wrapped("Bounds are derived here (docs/theory/competition.md); a dash: no epsilon is known of the family.")
    say_wrapped(RESAMPLED)
