"""What the terminal UI is handed: files, models, log and clock behind plain callables."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

from chatarena.cli import archive, composing, health, saving
from chatarena.cli.aftermath import aftermath_of
from chatarena.cli.home import Paths
from chatarena.cli.outlook import Estimator
from chatarena.cli.preferences import open_preferences
from chatarena.cli.stage import Stage
from chatarena.errors import SessionNotFound
from chatarena.tui.archive import NOT_LOGGED, SessionRow
from chatarena.tui.ports import (
    Example,
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


def open_studio(stage: Stage, settings: Settings) -> Studio:
    """The studio of one run of the program."""
    paths = stage.paths

    async def start(plan: Plan, participant: Participant) -> Run:
        there = composing.noting(stage, plan, participant, lambda: moderator.session_id)
        moderator, opening = await stage.begin(composing.staged(plan, paths), there)
        return Run(moderator=moderator, opening=opening, aftermath=aftermath_of(stage, moderator.session_id))

    async def resume(session: str, participant: Participant) -> Run:
        known = await recorded(stage, session)
        acting = archive.cast_for(stage, settings, known)
        moderator, opening, entries = await acting.resume(session, participant)
        after = aftermath_of(stage, moderator.session_id)
        return Run(moderator=moderator, opening=opening, entries=entries, aftermath=after)

    return Studio(
        examples=lambda: examples(paths),
        casts=lambda: composing.casts(paths),
        models=lambda: model_choices(settings, paths),
        default_cast=settings.session.cast,
        default_model=settings.models.default,
        notice=lambda model: EMBEDDED_NOTICE if model.startswith("embedded/") else "",
        problems=lambda plan: composing.problems(plan, paths),
        estimate=Estimator(stage).estimate,
        suggestions=suggestions,
        recent=lambda: recent(stage),
        warm=lambda model, say: warm(stage, model, say),
        start=start,
        resume=resume,
        replay=lambda session: recorded(stage, session),
        agents=lambda: composing.faces(paths),
        hidden=lambda: composing.hidden(paths),
        files=saving.open_files(paths),
        archive=archive.open_archive(stage, settings) or NOT_LOGGED,
        preferences=open_preferences(paths),
        health=lambda model: health.look(model, settings, paths),
        try_out=lambda model: health.try_out(stage.models, model),
        shipped=archive.shipped,
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
        found.append(saving.example_of(file, paths, group=group))
    # The everyday one first; those in other scripts last, because most terminals show them less well.
    return tuple(sorted(found, key=lambda example: (not example.title.isascii(), FIRST_EXAMPLE not in example.title)))


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


async def suggestions() -> tuple[str, ...]:
    """Better models that are one step away, in words."""
    import asyncio

    def look() -> tuple[str, ...]:
        # The import is worth a thread, too: it brings an HTTP client.
        from chatarena.language_model.detect import detect

        return tuple(f"{hint.found}: use {hint.model}" for hint in detect(os.environ))

    return await asyncio.to_thread(look)


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
