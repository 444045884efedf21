"""Sets a session up: from files and settings to a plan, from a plan to a moderator with its models and its log."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chatarena import __version__
from chatarena.arena.agent import Agent, Sampling
from chatarena.arena.protocol import Hearing, Protocol, sinks
from chatarena.authoring.hearing import NETWORKS, named_hearing
from chatarena.cli.home import Paths
from chatarena.errors import SessionNotFound, UsageError

# The events are many classes: whoever only opens the stage, as the first picture does, does not wait for them.
if TYPE_CHECKING:
    from chatarena.arena.decision import Decision
    from chatarena.arena.events import Entry, Event, PanelWeights, TrackRecord
    from chatarena.arena.moves import CallMove
    from chatarena.arena.session import Session
    from chatarena.arena.settings import Price
    from chatarena.arena.settings import Settings as SessionSettings
    from chatarena.authoring.casts import Cast
    from chatarena.choice.checks import Row
    from chatarena.cli.settings import Settings
    from chatarena.language_model.open import Models, ModelSettings
    from chatarena.language_model.port import LanguageModel
    from chatarena.language_model.watchdog import Timeouts
    from chatarena.language_model.wire import Endpoint
    from chatarena.moderator.moderator import Moderator
    from chatarena.moderator.world import Participant
    from chatarena.replay.fork import Change
    from chatarena.replay.memory import Memory
    from chatarena.session_log.store import SessionLog
    from chatarena.session_log.writer import LogWriter

SEED_BITS = 32
# The embedded model writes about 14 tokens a second for everybody together: short turns keep a round under a minute.
EMBEDDED_SAMPLING = Sampling(temperature=0.5, top_p=0.9, max_tokens=110, repeat_penalty=1.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A session that can be opened: everything chosen, nothing called yet. `protocol.hearing` names agents by name."""

    decision: Decision
    cast: str
    agents: tuple[Agent, ...]
    protocol: Protocol
    settings: SessionSettings
    seed: int


def plan_session(
    decision: Decision,
    cast_name: str | Cast,
    protocol: Protocol,
    settings: SessionSettings,
    *,
    model: str,
    seed: int | None,
    paths: Paths,
    network: str = "",
) -> Plan:
    """Seat a cast at a decision.

    Args:
        cast_name: the name of a cast, or agents' names with commas between them, or a cast made on the spot.
        model: speaks for seats without one whose agents have none of their own.
        network: who hears whom: one of `NETWORKS`, or a YAML file that maps an agent to those it hears.

    Raises:
        AuthoringError: no such cast or agent, or evidence for somebody who is not in the cast.
    """
    from random import Random

    from chatarena.authoring.agents import load_agents
    from chatarena.authoring.seats import seat_cast

    drawn = secrets.randbits(SEED_BITS) if seed is None else seed
    own = (paths.own_prompts,)
    cast = cast_called(cast_name, own) if isinstance(cast_name, str) else cast_name
    written = load_agents(own, names={seat.agent for seat in cast.seats})
    seated = seat_cast(cast, decision, written, Random(f"{drawn}:favours").choice)
    agents = tuple(
        _with_model(replace(agent, model=seat.model or agent.model), model)
        for agent, seat in zip(seated, cast.seats, strict=True)
    )
    names = tuple(agent.name for agent in agents)
    if protocol.name == "network":
        protocol = replace(protocol, hearing=protocol.hearing or hearing(network or "chain", names))
        protocol = replace(protocol, output=protocol.output or sinks(protocol, names))
    return Plan(decision=decision, cast=cast.name, agents=agents, protocol=protocol, settings=settings, seed=drawn)


def cast_called(name: str, directories: Sequence[Path]) -> Cast:
    """The cast of this name, or one of agents whose names stand there with commas between them.

    Raises:
        AuthoringError: there is none.
    """
    from chatarena.authoring.casts import Cast, Seat, load_cast

    if "," not in name:
        return load_cast(name, directories)
    seats = tuple(Seat(agent=word.strip()) for word in name.split(",") if word.strip())
    return Cast(name=name, description="named on the spot", seats=seats)


def _with_model(agent: Agent, model: str) -> Agent:
    chosen = agent.model or model
    plain = agent.sampling == Sampling()
    sampling = EMBEDDED_SAMPLING if plain and chosen.startswith("embedded/") else agent.sampling
    return replace(agent, model=chosen, sampling=sampling)


def hearing(network: str, names: tuple[str, ...]) -> tuple[Hearing, ...]:
    """Who hears whom: a named network over the seats in order (see `authoring.hearing`), or a YAML file.

    Raises:
        UsageError: neither a known network nor a readable file that maps agents to lists of agents.
    """
    if network in NETWORKS:
        return named_hearing(network, names)
    import yaml

    try:
        written = yaml.safe_load(Path(network).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UsageError(
            f"the network {network!r} cannot be read: {error}",
            remedy=f"name one of {', '.join(NETWORKS)}, or a YAML file that maps an agent to a list of those it hears",
        ) from error
    if not isinstance(written, dict) or not all(isinstance(parents, list) for parents in written.values()):
        raise UsageError(f"the network {network!r} is not a map from agents to lists of agents")
    return tuple(Hearing(agent=str(agent), parents=tuple(map(str, parents))) for agent, parents in written.items())


def opening_events(
    plan: Plan,
    paths: Paths,
    prices: tuple[Price, ...] = (),
    records: tuple[TrackRecord, ...] = (),
    panel: PanelWeights | None = None,
) -> tuple[Event, ...]:
    """The events that open this session.

    Raises:
        UsageError: the plan cannot be run; says everything that is wrong.
    """
    from chatarena.arena.opening import open_session
    from chatarena.authoring.rules import rule_templates

    templates = rule_templates(plan.protocol.name, (paths.own_prompts,))
    try:
        return open_session(
            plan.decision,
            plan.agents,
            plan.protocol,
            plan.settings,
            templates,
            version=__version__,
            seed=plan.seed,
            prices=prices,
            cast=plan.cast,
            records=records,
            panel=panel,
        )
    except ValueError as error:
        raise UsageError(str(error)) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where sessions run: the models, the log, the clock. Open it with `open_stage`."""

    models: Models
    log: SessionLog | None
    writer: LogWriter | None
    paths: Paths

    async def begin(self, plan: Plan, participant: Participant | None) -> tuple[Moderator, tuple[Event, ...]]:
        """A moderator for a new session, and the opening events to give to its `run`."""
        prices = await self.prices(plan.agents, plan.settings.fallback)
        records, panel = await self.records(plan.agents), await self.panel(plan.agents)
        opening = opening_events(plan, self.paths, prices, records, panel)
        return self._moderator(new_id(), participant, ()), opening

    async def resume(
        self, session: str, participant: Participant | None, *, retry_missed: bool = True
    ) -> tuple[Moderator, tuple[Event, ...], tuple[Entry, ...]]:
        """A moderator for a session that was left, its opening events, and the entries it already has.

        Raises:
            SessionNotFound: there is none, it has come to its end, or it was held by another program.
        """
        from chatarena.arena.events import SessionResumed

        if self.log is None:
            raise SessionNotFound("sessions that are not logged cannot be resumed")
        entries = self.log.entries(self.log.resolve(session))
        moderator = self._moderator(entries[0].session, participant, entries)
        if moderator.session.imported is not None:
            raise SessionNotFound(
                f"session {entries[0].session} was imported from {moderator.session.imported.source}: it was not held"
                " here and cannot go on",
                remedy=f"see it with: chatarena sessions show {entries[0].session}",
            )
        if moderator.session.closed is not None:
            raise SessionNotFound(
                f"session {entries[0].session} has come to its end",
                remedy="list those that can be resumed with: chatarena sessions list",
            )
        return moderator, (SessionResumed(version=__version__, retry_missed=retry_missed),), entries

    async def fork(
        self, entries: Sequence[Entry], at: int, change: Change, participant: Participant | None = None
    ) -> tuple[Moderator, tuple[Event, ...], Memory]:
        """A moderator for a fork of a session, whose shared entries are in the log already; what the parent knows.

        Raises:
            UsageError: the place or the change cannot be used.
        """
        from chatarena.replay.fork import forked
        from chatarena.replay.memory import Memory

        session = new_id()
        shared, event = forked(entries, at, change, session, participant=participant is not None)
        if self.writer is not None:
            await self.writer.record(shared)
        memory = Memory(entries)
        return self._moderator(session, participant, shared, memory.recall), (event,), memory

    def _moderator(
        self,
        session: str,
        participant: Participant | None,
        entries: Sequence[Entry],
        recall: Callable[[Session, CallMove], Event | None] = lambda _session, _move: None,
    ) -> Moderator:
        from chatarena.moderator.moderator import Moderator
        from chatarena.moderator.world import World

        began = time.monotonic()
        world = World(
            models=self.models,
            participant=participant,
            now=time.time,
            elapsed=lambda: time.monotonic() - began,
            record=self.writer.record if self.writer is not None else _forget,
            recall=recall,
        )
        return Moderator(session, world, entries)

    async def records(self, agents: Sequence[Agent]) -> tuple[TrackRecord, ...]:
        """How the agents' claims fared in earlier sessions of this log.

        They go into the opening of the session, so that whatever is made of them later is made of the same numbers.
        None for a scripted cast: its words were written by a person, whatever the agents' names.
        """
        if self.log is None or any(agent.model.startswith("scripted/") for agent in agents):
            return ()
        import asyncio

        history = await asyncio.to_thread(self.log.claim_history, [agent.name for agent in agents])
        return track_records(agents, history)

    async def panel(self, agents: Sequence[Agent]) -> PanelWeights | None:
        """How much each agent's claims should count, learned from earlier sessions of this log with all of them."""
        import asyncio

        from chatarena.cli.earlier import panel_of

        return None if self.log is None else await asyncio.to_thread(panel_of, self.log, agents)

    async def prices(self, agents: Sequence[Agent], fallback: str = "") -> tuple[Price, ...]:
        """The prices of the models in use, as known now."""
        models = sorted({agent.model for agent in agents} | ({fallback} - {""}))
        return tuple((await self.models.prices(models)).values())


def track_records(agents: Sequence[Agent], history: Mapping[str, Sequence[tuple[Row, Row]]]) -> tuple[TrackRecord, ...]:
    """Bias and noise of each agent that has been met before, by its label.

    Args:
        history: for each agent's name its last claims and the participant's final ratings in earlier sessions.
    """
    if not any(history.values()):
        return ()
    from chatarena.arena.events import TrackRecord
    from chatarena.choice.blend import estimate_calibration

    made = [estimate_calibration(history[agent.name], agent=agent.label) for agent in agents]
    return tuple(
        TrackRecord(agent=one.agent, bias=one.bias, noise_sd=one.noise_sd, sessions=one.sessions)
        for one in made
        if one.sessions
    )


async def _forget(entries: tuple[Entry, ...]) -> None:
    """Records nothing: for sessions that the person wants no log of."""


def new_id() -> str:
    """The id of a new session: sortable by time."""
    from ulid import ULID

    return str(ULID())


@asynccontextmanager
async def open_stage(
    settings: Settings, paths: Paths, *, scripted: LanguageModel | None = None, keep_log: bool = True
) -> AsyncIterator[Stage]:
    """Open models and log, and close both at the end whatever happens.

    Raises:
        LogError: the log cannot be opened.
    """
    from chatarena.language_model.open import open_models

    log = writer = None
    if keep_log:
        from chatarena.session_log.store import SessionLog
        from chatarena.session_log.writer import LogWriter

        log = SessionLog(paths.database)
        writer = LogWriter(log)
    models = open_models(model_settings(settings, paths), jitter=secrets.SystemRandom().random, scripted=scripted)
    try:
        yield Stage(models=models, log=log, writer=writer, paths=paths)
    finally:
        await models.aclose()
        if writer is not None:
            await writer.close()
        if log is not None:
            log.close()


def model_settings(settings: Settings, paths: Paths) -> ModelSettings:
    """What the models' room needs of the settings."""
    from chatarena.language_model.open import ModelSettings
    from chatarena.language_model.resilience import RetryPolicy

    models = settings.models
    fallbacks = {model: models.fallback for model in (models.default,) if models.fallback}
    return ModelSettings(
        endpoints=_endpoints(settings),
        embedded={"models_dir": str(paths.models_dir), **_given(settings.embedded)},
        timeouts=_timeouts(settings),
        limits=dict(settings.concurrency.providers),
        default_limit=settings.concurrency.default,
        fallbacks=fallbacks,
        retry=RetryPolicy(max_attempts=settings.retry.attempts),
        cache_directory=paths.cache_dir,
        cache=settings.cache.policy,
        log_file=paths.log_dir / "models.log",
    )


def _endpoints(settings: Settings) -> dict[str, Endpoint]:
    """Addresses, key variables and prices by model or by its beginning."""
    from chatarena.cli.settings import lookup
    from chatarena.language_model.wire import Endpoint

    models = settings.models
    found = {}
    for name in {*models.api_base, *models.api_key_env, *models.prices}:
        price = lookup(models.prices, name)
        found[name] = Endpoint(
            api_base=lookup(models.api_base, name) or "",
            api_key_env=lookup(models.api_key_env, name) or "",
            input_price=price.input_per_million if price else None,
            output_price=price.output_per_million if price else None,
        )
    return found


def _given(section: object) -> dict[str, Any]:
    """What a person set in a section; what she left open is found out elsewhere."""
    return {name: value for name, value in asdict(section).items() if value is not None}  # type: ignore[call-overload]


def _timeouts(settings: Settings) -> Callable[[str], Timeouts]:
    """A model's own defaults, with what the person set put over them."""
    from chatarena.language_model.watchdog import default_timeouts

    given = _given(settings.timeouts)
    return lambda model: replace(default_timeouts(model), **given)
