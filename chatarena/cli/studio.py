"""What the terminal UI is handed: files, models, log and clock behind plain callables."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from chatarena.arena.decision import Decision
from chatarena.cli import archive, health
from chatarena.cli.aftermath import aftermath_of
from chatarena.cli.home import Paths, write_private
from chatarena.cli.options import default_appraisals
from chatarena.cli.preferences import open_preferences
from chatarena.cli.stage import Plan as StagePlan
from chatarena.cli.stage import Stage, opening_events, plan_session
from chatarena.errors import ArenaError, AuthoringError, SessionNotFound, UsageError
from chatarena.tui.archive import NOT_LOGGED, SessionRow
from chatarena.tui.ports import (
    CastChoice,
    Example,
    Field,
    FieldProblem,
    ModelChoice,
    Plan,
    Run,
    Studio,
)

if TYPE_CHECKING:
    from chatarena.arena.events import Entry
    from chatarena.cli.settings import Settings
    from chatarena.moderator.world import Participant

EMBEDDED_NOTICE = (
    "The embedded model runs on this machine and is here to show the whole flow: about every second argument it"
    " makes contains something false. Do not take its advice."
)
RECENT = 20
FIRST_EXAMPLE = "team leader"
_GROUPS = {
    "Work and study": ("job-offer", "commute-ja", "studies-ar"),
    "At home": ("fathers-care", "heating", "roof-repair", "wedding-journey"),
    "For many": ("island-ferry", "library-hours", "school-phones", "village-fete"),
}
# Words that tell to which field of the form a problem belongs, tried in order.
_FIELDS: tuple[tuple[str, Field], ...] = (
    ("question", "question"),
    ("context", "context"),
    ("option", "options"),
    ("state", "states"),
    ("token budget", "token_budget"),
    ("budget", "budget"),
    ("precision", "precision"),
    ("rounds", "rounds"),
    ("network", "protocol"),
    ("evidence", "cast"),
    ("cast", "cast"),
    ("agent", "cast"),
)


def open_studio(stage: Stage, settings: Settings) -> Studio:
    """The studio of one run of the program."""
    paths = stage.paths

    async def start(plan: Plan, participant: Participant) -> Run:
        moderator, opening = await stage.begin(staged(plan, paths), participant)
        return Run(moderator=moderator, opening=opening, aftermath=aftermath_of(stage, moderator.session_id))

    async def resume(session: str, participant: Participant) -> Run:
        known = await recorded(stage, session)
        acting = archive.cast_for(stage, settings, known)
        moderator, opening, entries = await acting.resume(session, participant)
        after = aftermath_of(stage, moderator.session_id)
        return Run(moderator=moderator, opening=opening, entries=entries, aftermath=after)

    return Studio(
        examples=lambda: examples(paths),
        casts=lambda: casts(paths),
        models=lambda: model_choices(settings, paths),
        default_cast=settings.session.cast,
        default_model=settings.models.default,
        notice=lambda model: EMBEDDED_NOTICE if model.startswith("embedded/") else "",
        problems=lambda plan: problems(plan, paths),
        estimate=lambda plan: estimate(plan, paths),
        suggestions=suggestions,
        recent=lambda: recent(stage),
        warm=lambda model, say: warm(stage, model, say),
        start=start,
        resume=resume,
        replay=lambda session: recorded(stage, session),
        save=lambda decision: save(decision),
        archive=archive.open_archive(stage, settings) or NOT_LOGGED,
        preferences=open_preferences(paths),
        health=lambda model: health.look(model, settings, paths),
        try_out=lambda model: health.try_out(stage.models, model),
        shipped=archive.shipped,
    )


def staged(plan: Plan, paths: Paths) -> StagePlan:
    """A composed plan with its cast seated; an empty choice of appraisals means what carries a signal on its model."""
    settings = plan.settings
    if not settings.appraise:
        settings = replace(settings, appraise=default_appraisals(plan.model))
    return plan_session(
        plan.decision, plan.cast, plan.protocol, settings, model=plan.model, seed=plan.seed, paths=paths
    )


def examples(paths: Paths) -> tuple[Example, ...]:
    """The decisions that ship, and the person's own."""
    from chatarena.authoring.decisions import load_decision
    from chatarena.authoring.places import prompt_files

    found = []
    for name, path in prompt_files("decisions", (paths.own_prompts,)).items():
        file = load_decision(path)
        own = path.is_relative_to(paths.own_prompts)
        group = "Your own" if own else next((group for group, names in _GROUPS.items() if name in names), "More")
        found.append(Example(title=file.decision.question, decision=file.decision, cast=file.cast, group=group))
    # The everyday one first; those in other scripts last, because most terminals show them less well.
    return tuple(sorted(found, key=lambda example: (not example.title.isascii(), FIRST_EXAMPLE not in example.title)))


def casts(paths: Paths) -> tuple[CastChoice, ...]:
    """The casts by their public faces."""
    from chatarena.authoring.agents import load_agents
    from chatarena.authoring.casts import load_casts

    own = (paths.own_prompts,)
    agents = load_agents(own)
    return tuple(
        CastChoice(
            name=cast.name,
            note=cast.description,
            labels=tuple(agents[seat.agent].agent.label for seat in cast.seats),
            network=len(cast.seats) > 1,
        )
        for cast in load_casts(own).values()
    )


def model_choices(settings: Settings, paths: Paths) -> tuple[ModelChoice, ...]:
    """The embedded model and whatever else the settings name; keys are looked at by name only."""
    from chatarena.language_model.detect import keys_present
    from chatarena.language_model.install import WEIGHTS, installed

    found = [
        ModelChoice(
            name=f"embedded/{name}",
            note="" if installed(name, paths.models_dir) else f"fetch it with: chatarena models get {name}",
            ready=installed(name, paths.models_dir),
            price_note="free, on this machine",
        )
        for name, weights in WEIGHTS.items()
        if not weights.for_tests
    ]
    named = {settings.models.default, *(hint.model for hint in keys_present(os.environ))}
    known = {choice.name for choice in found}
    found += [ModelChoice(name=name, note="") for name in sorted(named - known)]
    return tuple(sorted(found, key=lambda choice: choice.name != settings.models.default))


def problems(plan: Plan, paths: Paths) -> tuple[FieldProblem, ...]:
    """Everything that is wrong with a plan, next to the field it belongs to."""
    try:
        opening_events(staged(plan, paths), paths)
    except (UsageError, AuthoringError) as error:
        return tuple(FieldProblem(field=_field(text), text=text) for text in str(error.message).split("; "))
    return ()


def _field(text: str) -> Field:
    lowered = text.casefold()
    return next((field for word, field in _FIELDS if re.search(rf"\b{word}", lowered)), "question")


def estimate(plan: Plan, paths: Paths) -> str:
    """What the plan will take at most; prices are asked for when the session starts."""
    from chatarena.language_model.providers import runs_here
    from chatarena.moderator.spending import estimate_session

    try:
        estimate = estimate_session(opening_events(staged(plan, paths), paths))
    except ArenaError:
        return ""
    # No price is known before the start: the table that holds them is in the model process.
    free = all(runs_here(model) for model in estimate.unpriced)
    money = "free of charge" if free else "the price is looked up at the start"
    return f"{estimate.calls} calls, at most {estimate.tokens:,} tokens, {money}"


async def suggestions() -> tuple[str, ...]:
    """Better models that are one step away, in words."""
    import asyncio

    from chatarena.language_model.detect import detect

    found = await asyncio.to_thread(detect, os.environ)
    return tuple(f"{hint.found}: use {hint.model}" for hint in found)


async def recent(stage: Stage) -> tuple[SessionRow, ...]:
    """The latest sessions in the log."""
    return () if stage.log is None else await archive.sessions(stage.log, RECENT)


async def recorded(stage: Stage, session: str) -> tuple[Entry, ...]:
    """The entries of a session in the log, or of one that ships, by its name.

    Raises:
        SessionNotFound: nothing is logged, or there is no such session.
    """
    import asyncio

    from chatarena.cli.home import shipped_sessions

    if (file := shipped_sessions().get(session)) is not None:
        from chatarena.exchange.bundle import read_bundle

        return (await asyncio.to_thread(read_bundle, file)).entries
    if stage.log is None:
        raise SessionNotFound("sessions that are not logged cannot be replayed")
    return await asyncio.to_thread(stage.log.entries, session)


async def warm(stage: Stage, model: str, say: Callable[[str], None]) -> None:
    """Get a model ready while the person composes."""
    say(f"Getting {model} ready ...")
    await stage.models.warm(model)
    say(f"Ready: {model}")


async def save(decision: Decision) -> str:
    """Write a decision as YAML into the current directory; never over an existing file."""
    from pathlib import Path

    from chatarena.authoring.decisions import decision_to_yaml

    words = re.findall(r"\w+", decision.question.casefold())[:6]
    stem = "-".join(words) or "decision"
    for count in range(1, 1000):
        path = Path(f"{stem}.yaml" if count == 1 else f"{stem}-{count}.yaml")
        if not path.exists():
            write_private(path, decision_to_yaml(decision))
            return str(path)
    raise UsageError(f"there are a thousand files called {stem}-N.yaml here", remedy="remove some of them")
