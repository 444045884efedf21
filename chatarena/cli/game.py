"""`chatarena game`: games of leaders who advise a user, solved, drawn by the thousand, held against the bounds."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from chatarena.cli.ending import files
from chatarena.cli.game_input import WHERE_HELP
from chatarena.cli.verbs import Verbs, add_seed, check_free, wants_json

if TYPE_CHECKING:
    from chatarena.games.curves import Over

# The names of chatarena.games.families, whose module would load numpy; a test holds them together.
FAMILIES: Final = ("exact-hull", "epsilon-hull", "random", "shared-bias", "nearly-opposed", "sellers")
OVER: Final[dict[str, Over]] = {"epsilon": "epsilon", "agents": "leaders", "lambda": "precision"}


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.set_defaults(kept=files)
    verbs = Verbs(parser)
    verbs.add("list", "list the games that have a name, and the families that games are drawn from", list_)
    show = verbs.add("show", "print the tables of a game", show_)
    _add_where(show)
    show.add_argument("--yaml", action="store_true", help="as a file that `game solve` reads")
    solve = verbs.add("solve", "what a user gets in equilibrium, against a monopoly and against knowing all", solve_)
    _add_where(solve)
    solve.add_argument("--messages", type=_count, metavar="M", help="messages of deterministic rules (enough for all)")
    solve.add_argument("--precision", type=_above_0, metavar="L", help="a user with logit response (best response)")
    solve.add_argument("--leaders-precision", type=_above_0, metavar="L", help="leaders with logit response, as well")
    solve.add_argument("--html", type=Path, metavar="FILE", help="write everything as one page of HTML")
    _add_svg(solve)
    selection = verbs.add(
        "selection", "let leaders compete to be selected: where it ends, from every start", selection_
    )
    _add_where(selection)
    selection.add_argument("--margin", type=_share, default=0.02, metavar="X", help="by how much they outbid (0.02)")
    add_seed(selection)
    bound = verbs.add("bound", "hold the bound for a quantal user against drawn games", bound_)
    bound.add_argument("--games", type=_count, default=100_000, metavar="N", help="how many (100000)")
    add_seed(bound)
    _sweep(verbs)
    _simulate(verbs)
    _evaluation(verbs)
    verbs.add("schema", "print the JSON Schema of game files", schema_)


def _add_where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("where", nargs="+", metavar="GAME", help=WHERE_HELP)
    parser.add_argument("--agents", action="append", metavar="A,B", help="session: these agents only")
    parser.add_argument(
        "--numbers", choices=("appraisals", "claims", "sides"), help="session: which of agents' numbers"
    )
    parser.add_argument("--method", choices=("verbal", "logprob"), help="session: how appraisals were made")
    parser.add_argument("--phase", choices=("final", "prior"), help="session: the ratings after or before the talk")


def _add_svg(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--svg", type=Path, metavar="FILE", help="write the figure")
    parser.add_argument("--force", action="store_true", help="replace files that are there already")


def _add_drawing(parser: argparse.ArgumentParser, games: int) -> None:
    parser.add_argument("--family", choices=FAMILIES, default="epsilon-hull", help="what games are drawn from")
    parser.add_argument("--agents", type=_count, default=2, metavar="K", help="leaders (2)")
    parser.add_argument("--states", type=_count, default=3, metavar="N", help="states (3)")
    parser.add_argument("--actions", type=_count, default=3, metavar="N", help="actions (3)")
    parser.add_argument("--size", type=_from_0, default=0.05, metavar="X", help="residual of epsilon-hull (0.05)")
    parser.add_argument("--games", type=_count, default=games, metavar="N", help=f"how many ({games})")
    add_seed(parser)


def _sweep(verbs: Verbs) -> None:
    sweep = verbs.add("sweep", "how the loss goes with epsilon, the number of agents, or the precision", sweep_)
    sweep.add_argument("--over", choices=tuple(OVER), default="epsilon", help="what varies (epsilon)")
    sweep.add_argument(
        "--concept", choices=("talk", "selection"), default="talk", help="all talk, or the best is selected"
    )
    sweep.add_argument(
        "--delta", type=_from_0, default=0.0, metavar="D", help="over lambda: largest error of learning (0)"
    )
    _add_drawing(sweep, 500)
    _add_svg(sweep)


def _simulate(verbs: Verbs) -> None:
    from chatarena.cli.game_series import played

    simulate = verbs.add(
        "simulate", "play drawn games of selection: every equilibrium, best responses, losses", simulate_
    )
    simulate.set_defaults(kept=played)
    _add_drawing(simulate, 100)
    simulate.add_argument("--out", type=Path, metavar="FILE", help="keep every game (JSON Lines); a rerun continues it")
    simulate.add_argument("--jobs", type=_count, default=1, metavar="N", help="processes (1)")
    simulate.add_argument("--dask", metavar="ADDRESS", help="a Dask scheduler instead (needs the extra `scale`)")


def _evaluation(verbs: Verbs) -> None:
    from chatarena.cli.game_evaluation import configure as configure_evaluation

    evaluation = verbs.add(
        "evaluation", "what estimating values, comparing few leaders and paying them cost her", evaluation_
    )
    _add_drawing(evaluation, 500)
    configure_evaluation(evaluation)
    _add_svg(evaluation)


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text}: a whole number, at least 1")
    return int(text)


def _above_0(text: str) -> float:
    value = _number(text)
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: a number, more than 0")
    return value


def _from_0(text: str) -> float:
    value = _number(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text}: a number, at least 0")
    return value


def _share(text: str) -> float:
    value = _number(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"{text}: a number, more than 0 and at most 1")
    return value


def _number(text: str) -> float:
    """NaN for what is none, which no range holds."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


# -- verbs -------------------------------------------------------------------------------------------------------------


def list_(args: argparse.Namespace) -> int:
    """Names and what they stand for."""
    from chatarena.cli.output import emit_json, emit_table, say
    from chatarena.games.families import STATEMENTS
    from chatarena.games.instances import INSTANCES, instance

    made = [instance(name) for name in INSTANCES]
    if wants_json(args):
        games = [{"name": one.name, "statement": one.statement, "source": one.source} for one in made]
        families = [{"name": name, "statement": words} for name, words in STATEMENTS.items()]
        emit_json({"games": games, "families": families})
        return 0
    emit_table(("game", "what it shows"), ((one.name, one.statement) for one in made))
    say("")
    emit_table(("family", "what is known of it"), STATEMENTS.items())
    return 0


def show_(args: argparse.Namespace) -> int:
    """The tables of one game."""
    from chatarena.cli.game_input import game_of
    from chatarena.cli.game_output import plain_game, print_blocks
    from chatarena.cli.output import emit_json, narrate, say
    from chatarena.report.games.text import shown

    given = game_of(args)
    if args.yaml:
        from chatarena.authoring.games import game_text

        say(game_text(given.game).rstrip("\n"))
    elif wants_json(args):
        emit_json({"origin": given.origin, "notes": list(given.notes), "game": plain_game(given.game)})
    else:
        for note in given.notes:
            narrate(note)
        print_blocks(shown(given.game))
    return 0


def solve_(args: argparse.Namespace) -> int:
    """One game."""
    from chatarena.cli.game_run import solve

    check_free(args.html, args.force)
    check_free(args.svg, args.force)
    return solve(args)


def selection_(args: argparse.Namespace) -> int:
    """Competition to be selected, over all rules."""
    from chatarena.cli.game_run import selection

    return selection(args)


def bound_(args: argparse.Namespace) -> int:
    """The bound for a quantal user."""
    from chatarena.cli.game_run import bound

    return bound(args)


def sweep_(args: argparse.Namespace) -> int:
    """A curve of losses."""
    from chatarena.cli.game_run import sweep

    check_free(args.svg, args.force)
    return sweep(args, OVER[args.over])


def simulate_(args: argparse.Namespace) -> int:
    """Games by the thousand."""
    from chatarena.cli.game_series import simulate

    return simulate(args)


def evaluation_(args: argparse.Namespace) -> int:
    """Selection by a user who does not know everything, or leaders who are paid."""
    from chatarena.cli.game_evaluation import evaluation

    check_free(args.svg, args.force)
    return evaluation(args)


def schema_(args: argparse.Namespace) -> int:
    """What a game file may hold."""
    import json

    from chatarena.authoring.games import game_schema
    from chatarena.cli.output import emit_json

    schema = game_schema()
    if wants_json(args):
        emit_json(schema)
    else:
        print(json.dumps(schema, indent=2))
    return 0
