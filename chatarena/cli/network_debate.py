"""`chatarena network debate`: hidden-profile decisions put to agents on networks, and to one agent that knows all."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from chatarena.arena.protocol import Protocol
from chatarena.cli.ending import run_endable, said
from chatarena.cli.stage import Plan, Stage, plan_session
from chatarena.cli.verbs import wants_json
from chatarena.errors import UsageError

if TYPE_CHECKING:
    from chatarena.arena.session import Session
    from chatarena.authoring.profiles import Profile
    from chatarena.cli.home import Paths
    from chatarena.cli.settings import Settings
    from chatarena.networks.judging import Fitted, Judged, Native, Score
    from chatarena.networks.network import Network

COMPARED: Final = "star,chain,complete"
AGENT: Final = "aligned"
TAG: Final = "network-debate"
# What agents say before they have heard anybody, and what one says that holds all the evidence.
ALONE: Final = "hearing nobody"
WHOLE: Final = "one agent, all evidence"


def configure(parser: argparse.ArgumentParser) -> None:
    """The verb's words."""
    parser.set_defaults(kept=said)
    parser.add_argument("profile", nargs="*", metavar="PROFILE", help="hidden profiles, by name or file (default: all)")
    parser.add_argument("--topologies", default=COMPARED, metavar="A,B", help=f"networks to compare ({COMPARED})")
    parser.add_argument("--agents", type=_agents, default=4, metavar="N", help="among whom the evidence is dealt (4)")
    parser.add_argument(
        "--mode",
        choices=("both", "native", "fitted"),
        default="both",
        help="agents talk and state numbers themselves, or logistic nodes combine what each scored alone",
    )
    parser.add_argument("--model", metavar="NAME", help="embedded/..., or any name LiteLLM knows")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="fixes order, draws and the models' seed (0)")
    parser.add_argument("--cache", choices=("off", "on", "only"), help="use replies again; only: never call a model")
    parser.add_argument("--no-log", action="store_true", help="keep nothing of these sessions")


def _agents(text: str) -> int:
    count = int(text)
    if not 2 <= count <= 12:
        raise argparse.ArgumentTypeError(f"{text}: 2 to 12")
    return count


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from chatarena.authoring.hearing import NETWORKS
    from chatarena.authoring.profiles import load_profile, load_profiles
    from chatarena.cli.home import find_paths
    from chatarena.cli.network_sweep import named_topologies
    from chatarena.cli.settings_loading import load_settings
    from chatarena.cli.stage import open_stage

    paths = find_paths()
    own = (paths.own_prompts,)
    profiles = tuple(load_profile(name, own) for name in args.profile) or load_profiles(own)
    names = named_topologies(args.topologies)
    if unknown := [name for name in names if name not in NETWORKS]:
        raise UsageError(f"a debate cannot be held on {unknown[0]!r}", remedy=f"Choose of {', '.join(NETWORKS)}.")
    if args.mode == "fitted" and len(profiles) < 2:
        raise UsageError("nodes cannot be fitted to one decision", remedy="Name several, or --mode native.")
    settings = load_settings({"models.default": args.model, "cache.policy": args.cache}, paths=paths)
    arrangements = [WHOLE, ALONE, *(names if args.mode != "fitted" else ())]

    async def main() -> int:
        async with open_stage(settings, paths, keep_log=not args.no_log) as stage:
            held = await hold_all(stage, profiles, arrangements, settings, paths, args)
        report(args, profiles, names, held, settings.session.precision, settings.models.default)
        return 0

    return run_endable(main())


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A session that was held: what it was about and what came of it. `why` it broke off, if it did."""

    profile: str
    arrangement: str
    session_id: str
    session: Session
    why: str = ""


async def hold_all(
    stage: Stage,
    profiles: Sequence[Profile],
    arrangements: Sequence[str],
    settings: Settings,
    paths: Paths,
    args: argparse.Namespace,
) -> list[Held]:
    """Every profile in every arrangement, one session after the other, said on stderr."""
    from chatarena.cli.output import narrate

    held = []
    for number, profile in enumerate(profiles, 1):
        for arrangement in arrangements:
            narrate(f"{number} of {len(profiles)}: {profile.name}, {arrangement}")
            plan = _plan(profile, arrangement, settings, paths, args)
            held.append(await _hold(stage, plan, profile.name, arrangement))
    return held


def _plan(profile: Profile, arrangement: str, settings: Settings, paths: Paths, args: argparse.Namespace) -> Plan:
    from chatarena.arena.settings import Settings as SessionSettings

    agents = 1 if arrangement == WHOLE else args.agents
    apart = arrangement in (WHOLE, ALONE)
    protocol = Protocol(name="simultaneous" if apart else "network", rounds=1)
    return plan_session(
        profile.decision(),
        # A single name without a comma would be a cast.
        f"{AGENT}," * agents,
        protocol,
        SessionSettings(
            appraise=("logprob",) if arrangement == ALONE else (),
            precision=settings.session.precision,
            budget=settings.session.budget,
            token_budget=settings.session.token_budget,
            time_budget=settings.session.time_budget,
            participant=False,
        ),
        model=settings.models.default,
        seed=args.seed,
        paths=paths,
        network="" if apart else arrangement,
    )


async def _hold(stage: Stage, plan: Plan, profile: str, arrangement: str) -> Held:
    """One session from its opening to its end; nothing of it is printed."""
    from chatarena.arena.events import Entry, SessionLeft

    moderator, opening = await stage.begin(plan, None)
    why = ""
    async with aclosing(moderator.run(opening)) as stream:
        async for item in stream:
            if isinstance(item, Entry) and isinstance(item.event, SessionLeft):
                why = item.event.reason
    if stage.log is not None:
        stage.log.rename(moderator.session_id, f"{profile}: {arrangement}")
        stage.log.tag(moderator.session_id, add=(TAG,))
    return Held(
        profile=profile, arrangement=arrangement, session_id=moderator.session_id, session=moderator.session, why=why
    )


# -- from sessions to numbers ------------------------------------------------------------------------------------------


def judged(held: Sequence[Held], profiles: Sequence[Profile], arrangement: str) -> list[Judged]:
    """What agents stated in the sessions of one arrangement, decision by decision, on [0, 1]."""
    return _judged(held, profiles, arrangement, _claimed)


def scored(held: Sequence[Held], profiles: Sequence[Profile]) -> tuple[list[Judged], str]:
    """What agents that hear nobody score in private, and what that is read from.

    Logits of token probabilities where the model gives any. They and claims are different units, so they are never
    mixed: claims are taken for all decisions, or for none.
    """
    private = _judged(held, profiles, ALONE, _logits)
    if any(row is not None for one in private for row in one.stated):
        return private, "token probabilities"
    return judged(held, profiles, ALONE), "claims"


def _judged(
    held: Sequence[Held],
    profiles: Sequence[Profile],
    arrangement: str,
    numbers: Callable[[Session, str], dict[str, float | None]],
) -> list[Judged]:
    from chatarena.networks.judging import Judged

    best = {profile.name: [option for option, _, _ in profile.options].index(profile.best()) for profile in profiles}
    found = []
    for one in held:
        if one.arrangement != arrangement:
            continue
        rows = [[numbers(one.session, label).get(option) for option in _options(one)] for label in one.session.labels]
        # All options or none: half a row compares with nothing.
        stated = tuple(None if any(v is None for v in row) else tuple(v for v in row if v is not None) for row in rows)
        found.append(Judged(best=best[one.profile], stated=stated))
    return found


def _options(one: Held) -> tuple[str, ...]:
    return one.session.head.decision.option_ids


def _claimed(session: Session, label: str) -> dict[str, float | None]:
    made = session.latest_claims().get(label)
    return {} if made is None else {r.option: None if r.value is None else r.value / 100.0 for r in made.ratings}


def _logits(session: Session, label: str) -> dict[str, float | None]:
    made = session.latest_appraisals("logprob").get(label)
    return {} if made is None else {r.option: r.logit for r in made.ratings}


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What came of all sessions: answers without a network, on networks, and of nodes fitted to scores.

    `source` says what the scores are read from, `broken` which sessions broke off and why.
    """

    apart: dict[str, Score]
    natives: dict[str, Native]
    nodes: dict[str, Fitted]
    source: str
    broken: list[str]


def findings(
    args: argparse.Namespace,
    profiles: Sequence[Profile],
    topologies: Sequence[str],
    held: Sequence[Held],
    precision: float,
) -> Findings:
    """All numbers of sessions that were held."""
    from chatarena.networks.judging import fitted, guessing, native, pooled

    nets = {name: _network(name, args.agents) for name in topologies}
    on = nets if args.mode != "fitted" else {}
    scores, source = scored(held, profiles)
    mean, vote, best = pooled(judged(held, profiles, ALONE), precision)
    return Findings(
        apart={
            "guessing": guessing([len(profile.options) for profile in profiles]),
            WHOLE: native(_network("empty", 1), judged(held, profiles, WHOLE), precision).output,
            "mean of all, hearing nobody": mean,
            "vote of all": vote,
            "best of them alone": best,
        },
        natives={name: native(net, judged(held, profiles, name), precision) for name, net in on.items()},
        nodes={name: fitted(net, scores) for name, net in nets.items()}
        if args.mode != "native" and len(profiles) > 1
        else {},
        source=source,
        broken=[f"{one.profile}, {one.arrangement}: {one.why}" for one in held if one.why],
    )


def report(
    args: argparse.Namespace,
    profiles: Sequence[Profile],
    topologies: Sequence[str],
    held: Sequence[Held],
    precision: float,
    model: str,
) -> None:
    """All numbers, in words or as a document."""
    from chatarena.cli.output import emit_json, say_wrapped
    from chatarena.hull.words import counted

    found = findings(args, profiles, topologies, held, precision)
    if wants_json(args):
        how = {"model": model, "agents": args.agents, "seed": args.seed, "precision": precision}
        emit_json(how | _plain(found, profiles, held, args.agents), warnings=found.broken)
        return
    open_to_one = [profile.name for profile in profiles if not profile.hidden(args.agents)]
    say_wrapped(f"{counted(len(profiles), 'decision')} among {args.agents} agents, {model}.")
    say_wrapped(
        "No agent can see the best option alone."
        if not open_to_one
        else f"An agent alone can see the best option of {', '.join(open_to_one)}."
    )
    say_wrapped(f"What they state becomes chances by logit response at the precision {precision:g}.")
    _print(found)
    for line in found.broken:
        say_wrapped(line, mark="! ")


def _plain(found: Findings, profiles: Sequence[Profile], held: Sequence[Held], agents: int) -> dict[str, object]:
    return {
        "profiles": [{"name": one.name, "best": one.best(), "hidden": one.hidden(agents)} for one in profiles],
        "without_a_network": {name: asdict(score) for name, score in found.apart.items()},
        "native": {name: asdict(one) for name, one in found.natives.items()},
        "scores_from": found.source,
        "fitted": {name: asdict(one) for name, one in found.nodes.items()},
        "sessions": [
            {"profile": one.profile, "arrangement": one.arrangement, "session": one.session_id} for one in held
        ],
    }


def _network(name: str, agents: int) -> Network:
    from chatarena.networks.topologies import called, topology

    shape = called(name)
    if shape is None:
        raise ValueError(f"no network is called {name!r}")
    return topology(shape, agents)


def _print(found: Findings) -> None:
    from chatarena.cli.output import emit_table, say_wrapped

    header = ("who answers", "right", "Brier", "log loss", "no answer", "hand-offs that made it worse", "slope")
    rows: list[tuple[object, ...]] = [(name, *_score(one), None, None) for name, one in found.apart.items()]
    for name, one in found.natives.items():
        worse = None if one.worse is None else f"{one.worse:.0%} of {one.hand_offs}"
        slope = None if one.slope is None else f"{one.slope:.2f}"
        rows.append((f"{name}, its output agent", *_score(one.output), worse, slope))
    emit_table(header, rows)
    if found.natives:
        say_wrapped("Log loss by depth, and how much more that is than of the agent with all evidence:")
        for name, one in found.natives.items():
            say_wrapped(f"{name}: {_course(one, found.apart[WHOLE].log_loss)}", indent="  ")
        say_wrapped(
            "Agents that talk are under no guarantee. Slope below 1: overconfident at this precision; above: too timid."
        )
    if found.nodes:
        _print_nodes(found)


def _print_nodes(found: Findings) -> None:
    from chatarena.cli.output import emit_table, say, say_wrapped

    say("")
    say_wrapped(
        f"Logistic nodes over what each agent scored alone, read from {found.source} (one row an option, nats):"
    )
    emit_table(
        ("network", "loss in sample", "excess", "edges that rise", "right, left out", "log loss, left out", ""),
        [
            (
                name,
                _number(one.loss),
                _number(one.excess),
                one.rises,
                None if one.left_out is None or one.left_out.right is None else f"{one.left_out.right:.0%}",
                None if one.left_out is None else _number(one.left_out.log_loss),
                _why(one),
            )
            for name, one in found.nodes.items()
        ],
    )


def _score(one: Score) -> tuple[object, ...]:
    right = None if one.right is None else f"{one.right:.0%}"
    return right, _number(one.brier), _number(one.log_loss), one.missing


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.3f}"


def _why(one: Fitted) -> str:
    are = (
        "1 decision that nobody scored is" if one.unscored == 1 else f"{one.unscored} decisions that nobody scored are"
    )
    unscored = f"{are} not in it" if one.unscored else ""
    return "; ".join(why for why in (one.reason, unscored) if why)


def _course(one: Native, whole: float | None) -> str:
    losses = ["-" if value is None else f"{value:.2f}" for value in one.by_depth]
    if whole is None:
        return ", ".join(losses)
    more = ["" if value is None else f" ({value - whole:+.2f})" for value in one.by_depth]
    return ", ".join(loss + excess for loss, excess in zip(losses, more, strict=True))
