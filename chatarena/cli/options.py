"""The words that describe a session on the command line, shared by the commands that start one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from chatarena.arena.protocol import PROTOCOL_NAMES, Protocol
from chatarena.arena.settings import Settings as SessionSettings
from chatarena.authoring.hearing import NETWORKS
from chatarena.cli.stage import Plan, plan_session
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.arena.events import AppraisalMethod
    from chatarena.arena.protocol import Hearing
    from chatarena.authoring.casts import Cast
    from chatarena.authoring.decisions import DecisionFile, Terms
    from chatarena.cli.home import Paths
    from chatarena.cli.settings import Settings

APPRAISALS = ("verbal", "logprob", "both", "none")
T = TypeVar("T")
N = TypeVar("N", int, float)
SOURCES = ("auto", "own", "panel", "blend")


def add_session_options(parser: argparse.ArgumentParser) -> None:
    """What a session is run with; whatever is left out comes from the decision's file, then from the settings."""
    parser.add_argument("--cast", metavar="NAME", help="a cast, or agents with commas between them")
    parser.add_argument("--rounds", type=int, metavar="N", help="how many rounds")
    parser.add_argument("--protocol", choices=PROTOCOL_NAMES, help="who speaks when and hears whom")
    parser.add_argument(
        "--network", metavar="NET", help=f"for the network protocol: {', '.join(NETWORKS)} or a YAML file"
    )
    parser.add_argument(
        "--claims",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="after its turn each agent says in public what each option is worth; --no-claims: agents only argue",
    )
    parser.add_argument("--seed", type=int, metavar="N", help="fixes speaking order, draws and the models' seed")
    parser.add_argument("--model", metavar="NAME", help="embedded/..., or any name LiteLLM knows")
    parser.add_argument("--precision", type=float, metavar="X", help="how sharply utilities become probabilities")
    parser.add_argument("--appraise", choices=APPRAISALS, help="how agents' private appraisals are read")
    parser.add_argument("--source", choices=SOURCES, help="whose numbers the probabilities use")
    parser.add_argument("--budget", type=float, metavar="USD", help="stop before this many dollars are spent")
    parser.add_argument("--token-budget", type=int, metavar="N", help="stop before this many tokens are used")
    parser.add_argument(
        "--time-budget", type=float, metavar="S", help="end the talk once models were at work for this many seconds"
    )
    parser.add_argument("--cache", choices=("off", "on", "only"), help="use replies again; only: never call a model")


def overrides(args: argparse.Namespace, terms: Terms) -> dict[str, object]:
    """What the command line says, else the decision's file, by the settings' own keys; limits of a file stay out."""
    return {
        "models.default": args.model or terms.model or None,
        "session.precision": _first(args.precision, terms.precision),
        "session.budget": args.budget,
        "session.token_budget": args.token_budget,
        "session.time_budget": args.time_budget,
        "cache.policy": args.cache,
    }


def read_decision(where: str, paths: Paths) -> DecisionFile:
    """A decision from a file, from what comes in (`-`), or an example by its name.

    Raises:
        AuthoringError: there is neither, or the file is faulty.
    """
    from chatarena.authoring.decisions import load_decision, load_example

    path = Path("/dev/stdin" if where == "-" else where)
    if path.suffix in (".yaml", ".yml") or path.exists():
        return load_decision(path)
    return load_example(where, (paths.own_prompts,))


def plan_from(
    args: argparse.Namespace, file: DecisionFile, settings: Settings, paths: Paths, *, participant: bool
) -> Plan:
    """The session that the command line, the decision's file and the settings describe together, in that order.

    Of two limits that the file and the settings set, the lower one counts.
    """
    if args.network and (args.protocol or file.protocol or settings.session.protocol) != "network":
        raise UsageError("--network goes with --protocol network", remedy="add: --protocol network")
    terms = file.terms
    session = SessionSettings(
        appraise=_appraisals(args.appraise or terms.appraise, settings),
        source=args.source or terms.source or "auto",
        precision=settings.session.precision,
        budget=_limit(args.budget, terms.budget, settings.session.budget),
        token_budget=_limit(args.token_budget, terms.token_budget, settings.session.token_budget),
        time_budget=_limit(args.time_budget, terms.time_budget, settings.session.time_budget),
        fallback=settings.models.fallback,
        participant=participant,
    )
    return plan_session(
        file.decision,
        _cast(args, file, settings),
        _protocol(args, file, settings, paths),
        session,
        model=settings.models.default,
        seed=_first(args.seed, terms.seed),
        paths=paths,
        network=args.network or "",
    )


def _cast(args: argparse.Namespace, file: DecisionFile, settings: Settings) -> str | Cast:
    from chatarena.authoring.casts import laid_by_hand

    if args.cast:
        return str(args.cast)
    return laid_by_hand(file.seats, file.cast) if file.seats else file.cast or settings.session.cast


def _protocol(args: argparse.Namespace, file: DecisionFile, settings: Settings, paths: Paths) -> Protocol:
    """Who speaks when; a network of the file's is that of the seats it is written for."""
    from chatarena.authoring.hearing import check_output, written_hearing
    from chatarena.authoring.seats import seat_names
    from chatarena.cli.stage import cast_called

    name = args.protocol or file.protocol or settings.session.protocol
    rounds = _first(args.rounds, file.rounds)
    hearing: tuple[Hearing, ...] = ()
    if name == "network" and file.network and not args.network:
        wanted = _cast(args, file, settings)
        cast = cast_called(wanted, (paths.own_prompts,)) if isinstance(wanted, str) else wanted
        seats = seat_names([seat.agent for seat in cast.seats])
        hearing = written_hearing(file.network, seats, file=file.file)
        check_output(file.output, seats, file=file.file)
    return Protocol(
        name=name,
        rounds=settings.session.rounds if rounds is None else rounds,
        hearing=hearing,
        output=file.output if hearing else (),
        claims=_first(args.claims, file.terms.claims) is not False,
    )


def _first(asked: T | None, written: T | None) -> T | None:
    return written if asked is None else asked


def _limit(asked: N | None, written: N | None, usual: N | None) -> N | None:
    """What was asked for, else the lower of what the file and what the settings say."""
    if asked is not None:
        return asked
    return min((limit for limit in (written, usual) if limit is not None), default=None)


def _appraisals(word: str | None, settings: Settings) -> tuple[AppraisalMethod, ...]:
    match word:
        case "both":
            return ("verbal", "logprob")
        case "none":
            return ()
        case None:
            return settings.session.appraise or default_appraisals(settings.models.default)
        case "verbal" | "logprob":
            return (word,)
        case _:
            raise ValueError(f"no appraisal method {word!r}")


def default_appraisals(model: str) -> tuple[AppraisalMethod, ...]:
    """The method that carries a signal on this model: a small embedded model states ratings that follow nothing."""
    return ("logprob",) if model.startswith("embedded/") else ("verbal",)
