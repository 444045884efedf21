"""The words that describe a session on the command line, shared by the commands that start one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.arena.protocol import PROTOCOL_NAMES, Protocol
from chatarena.arena.settings import Settings as SessionSettings
from chatarena.authoring.hearing import NETWORKS
from chatarena.cli.stage import Plan, plan_session
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.arena.events import AppraisalMethod
    from chatarena.authoring.decisions import DecisionFile
    from chatarena.cli.home import Paths
    from chatarena.cli.settings import Settings

APPRAISALS = ("verbal", "logprob", "both", "none")
SOURCES = ("auto", "own", "panel", "blend")


def add_session_options(parser: argparse.ArgumentParser) -> None:
    """What a session is run with; whatever is left out comes from the decision's file, then from the settings."""
    parser.add_argument("--cast", metavar="NAME", help="a cast, or agents with commas between them")
    parser.add_argument("--rounds", type=int, metavar="N", help="how many rounds")
    parser.add_argument("--protocol", choices=PROTOCOL_NAMES, help="who speaks when and hears whom")
    parser.add_argument(
        "--network", metavar="NET", help=f"for the network protocol: {', '.join(NETWORKS)} or a YAML file"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="fixes speaking order, draws and the models' seed")
    parser.add_argument("--model", metavar="NAME", help="embedded/..., or any name LiteLLM knows")
    parser.add_argument("--precision", type=float, metavar="X", help="how sharply utilities become probabilities")
    parser.add_argument("--appraise", choices=APPRAISALS, help="how agents' private appraisals are read")
    parser.add_argument("--source", choices=SOURCES, default="auto", help="whose numbers the probabilities use")
    parser.add_argument("--budget", type=float, metavar="USD", help="stop before this many dollars are spent")
    parser.add_argument("--token-budget", type=int, metavar="N", help="stop before this many tokens are used")
    parser.add_argument("--cache", choices=("off", "on", "only"), help="use replies again; only: never call a model")


def overrides(args: argparse.Namespace) -> dict[str, object]:
    """What the command line says, by the settings' own keys."""
    return {
        "models.default": args.model,
        "session.precision": args.precision,
        "session.budget": args.budget,
        "session.token_budget": args.token_budget,
        "cache.policy": args.cache,
    }


def read_decision(where: str, paths: Paths) -> DecisionFile:
    """A decision from a file, or an example by its name.

    Raises:
        AuthoringError: there is neither, or the file is faulty.
    """
    from chatarena.authoring.decisions import load_decision, load_example

    path = Path(where)
    if path.suffix in (".yaml", ".yml") or path.exists():
        return load_decision(path)
    return load_example(where, (paths.own_prompts,))


def plan_from(
    args: argparse.Namespace, file: DecisionFile, settings: Settings, paths: Paths, *, participant: bool
) -> Plan:
    """The session that the command line, the decision's file and the settings describe together, in that order."""
    protocol = Protocol(
        name=args.protocol or file.protocol or settings.session.protocol,
        rounds=args.rounds if args.rounds is not None else file.rounds or settings.session.rounds,
    )
    if args.network and protocol.name != "network":
        raise UsageError("--network goes with --protocol network", remedy="add: --protocol network")
    session = SessionSettings(
        appraise=_appraisals(args.appraise, settings),
        source=args.source,
        precision=settings.session.precision,
        budget=settings.session.budget,
        token_budget=settings.session.token_budget,
        fallback=settings.models.fallback,
        participant=participant,
    )
    return plan_session(
        file.decision,
        args.cast or file.cast or settings.session.cast,
        protocol,
        session,
        model=settings.models.default,
        seed=args.seed,
        paths=paths,
        network=args.network or "",
    )


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
