"""The log as the terminal UI is handed it: every look into the file, and every change of it, off the screen's loop."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from chatarena.cli.stage import Stage, model_settings
from chatarena.errors import SessionNotFound, UsageError
from chatarena.tui.archive import Archive, ExportForm, Found, Removal, SessionRow
from chatarena.tui.ports import Run, Shipped

if TYPE_CHECKING:
    from chatarena.arena.events import Entry
    from chatarena.cli.reference import LoadedSession
    from chatarena.cli.settings import Settings
    from chatarena.moderator.world import Participant
    from chatarena.replay.fork import Change
    from chatarena.session_log.listing import Listed
    from chatarena.session_log.search import Places
    from chatarena.session_log.store import SessionLog

_T = TypeVar("_T")


def open_archive(stage: Stage, settings: Settings) -> Archive | None:
    """The archive over this stage's log; None where it keeps none."""
    log = stage.log
    if log is None:
        return None

    async def rename(session: str, name: str) -> None:
        await _noting(lambda: log.rename(session, name))

    async def tag(session: str, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
        await _noting(lambda: log.tag(session, add=add, remove=remove))

    return Archive(
        sessions=lambda limit: sessions(log, limit),
        search=lambda query: search(log, query),
        beginning=lambda session, most: asyncio.to_thread(log.entries, session, most=most),
        rename=rename,
        tag=tag,
        forks=lambda session: asyncio.to_thread(log.forks, session),
        remove=lambda session, with_forks: remove(stage, log, session, with_forks=with_forks),
        export=lambda session, form, folder: export(log, session, form, folder),
        fork=lambda session, at, change, participant: fork(stage, settings, session, at, change, participant),
    )


async def sessions(log: SessionLog, limit: int | None) -> tuple[SessionRow, ...]:
    """The sessions of the log, the latest first."""
    return await asyncio.to_thread(lambda: tuple(map(row_of, log.sessions(limit))))


def row_of(listed: Listed) -> SessionRow:
    """A session as lists on the screen show it."""
    from chatarena.cli.sessions import local_time

    return SessionRow(
        id=listed.id,
        title=listed.name or listed.title,
        question=listed.question,
        name=listed.name,
        when=local_time(listed.updated_utc),
        status=listed.status,
        choice=listed.choice,
        cast=listed.cast,
        agents=listed.agents,
        models=listed.models,
        protocol=listed.protocol,
        origin=listed.origin,
        parent=listed.parent,
        tags=listed.tags,
        turns=listed.turns,
        entries=listed.events,
        resumable=listed.status in ("open", "left") and listed.origin in ("", "fork", "rerun"),
    )


async def search(log: SessionLog, query: str) -> tuple[Found, ...]:
    """Every session in which all these words stand in one place."""
    return await asyncio.to_thread(lambda: tuple(map(_found, log.search_sessions(query))))


def _found(places: Places) -> Found:
    from chatarena.cli.sessions import speaker

    hit = places.hit
    return Found(session=hit.session, where=speaker(hit), snippet=hit.snippet, spans=hit.spans, count=places.count)


async def _noting(change: Callable[[], _T]) -> _T:
    """Make a change of notes; what is no name and no tag is the person's error, not the program's."""
    try:
        return await asyncio.to_thread(change)
    except ValueError as error:
        raise UsageError(str(error)) from error


async def remove(stage: Stage, log: SessionLog, session: str, *, with_forks: bool) -> Removal:
    """Delete a session for good, and say what became of the kept replies of its models."""
    from chatarena.cli import library

    def gone() -> Removal:
        going = (session, *(log.forks(session) if with_forks else ()))
        forgotten, shared = library.remove(log, going, stage.paths)
        notes = [f"{forgotten} kept replies went with it"] if forgotten else []
        notes += [f"replies to {shared} calls stay: other sessions made the same ones"] if shared else []
        return Removal(sessions=going, note="; ".join(notes))

    return await asyncio.to_thread(gone)


async def export(log: SessionLog, session: str, form: ExportForm, folder: Path) -> str:
    """Write a session as a file into a folder and return its path; never over an existing file."""
    from chatarena.cli.export import write_session

    def written() -> str:
        return write_session(form, loaded(log, session), folder.expanduser().absolute()).path

    return await asyncio.to_thread(written)


def loaded(log: SessionLog, session: str) -> LoadedSession:
    """A session with her own name and tags for it."""
    from chatarena.cli.reference import LoadedSession

    notes = log.annotations(session)
    return LoadedSession(id=session, entries=log.entries(session), name=notes.name, tags=notes.tags)


async def fork(
    stage: Stage, settings: Settings, session: str, at: int, change: Change, participant: Participant | None
) -> Run:
    """Seat a fork of a session; that of a demo goes on by the demo's script.

    Raises:
        UsageError: the place or the change cannot be used; says why.
    """
    if stage.log is None:
        raise SessionNotFound("sessions that are not logged cannot be forked")
    entries = await asyncio.to_thread(stage.log.entries, session)
    acting = cast_for(stage, settings, entries)
    moderator, opening, _ = await acting.fork(entries, at, change, participant)
    shared = tuple(replace(entry, session=moderator.session_id) for entry in entries[:at])
    return Run(moderator=moderator, opening=opening, entries=shared)


def cast_for(stage: Stage, settings: Settings, entries: tuple[Entry, ...]) -> Stage:
    """The stage on which a session goes on: a demo's agents answer by their script, and need no process."""
    from chatarena.cli.demo import recast
    from chatarena.language_model.open import open_models

    scripted = recast(entries, stage.paths)
    if scripted is None:
        return stage
    jitter = secrets.SystemRandom().random
    models = open_models(model_settings(settings, stage.paths), jitter=jitter, scripted=scripted[0])
    return replace(stage, models=models)


async def shipped() -> tuple[Shipped, ...]:
    """The debates that come with the program, read and checked."""
    return await asyncio.to_thread(_shipped)


def _shipped() -> tuple[Shipped, ...]:
    from chatarena.arena.session import fold
    from chatarena.cli.home import shipped_sessions
    from chatarena.exchange.bundle import read_bundle

    found = []
    for name, path in shipped_sessions().items():
        bundle = read_bundle(path)
        session = fold(entry.event for entry in bundle.entries)
        head = session.head
        found.append(
            Shipped(
                id=name,
                question=head.decision.question,
                options=tuple(option.label for option in head.decision.options),
                agents=session.labels,
                rounds=session.rounds,
                choice="" if session.choice is None else head.decision.option(session.choice.option).label,
                models=tuple(dict.fromkeys(face.model for face in head.faces)),
                tags=bundle.tags,
            )
        )
    return tuple(sorted(found, key=lambda one: not one.question.isascii()))
