"""What the screen can do with a session that is over: write it to a file, and look at its cast over all sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chatarena.authoring.text import one_line
from chatarena.tui.aftermath import Aftermath

if TYPE_CHECKING:
    from chatarena.arena.utilities import Held
    from chatarena.cli.stage import Stage
    from chatarena.report.hull.study import Question
    from chatarena.report.hull.view import View
    from chatarena.session_log.store import SessionLog


def aftermath_of(stage: Stage, session: str) -> Aftermath | None:
    """The aftermath of this session; None where nothing is logged."""
    from chatarena.cli.archive import export

    log = stage.log
    if log is None:
        return None
    return Aftermath(
        export=lambda form, folder: export(log, session, form, folder),
        cast=lambda question: cast_view(log, session, question),
    )


def cast_view(log: SessionLog, session: str, question: Question) -> View | str:
    """Whether what the participant wants lies between what this cast wants, over all finished sessions with all of it.

    Returns:
        The view, or in words why there is none.
    """
    from numpy.random import PCG64, Generator

    from chatarena import __version__
    from chatarena.arena.utilities import Reading, utilities
    from chatarena.report.hull.study import study
    from chatarena.report.hull.subject import subject_of_sessions
    from chatarena.report.hull.telling import telling

    held, names = sessions_with_cast(log, session)
    try:
        subject = subject_of_sessions(utilities(held, Reading(agents=names)), held)
    except ValueError as error:
        return f"There is nothing to analyse: {one_line(str(error))}."
    return telling(study(subject, question, Generator(PCG64(question.seed))), __version__)


def sessions_with_cast(log: SessionLog, session: str) -> tuple[tuple[Held, ...], tuple[str, ...]]:
    """This session and the earlier finished ones with all its agents, the latest last; and the agents' names."""
    from chatarena.arena.session import fold
    from chatarena.arena.utilities import Held

    now = fold(entry.event for entry in log.entries(session))
    names = tuple(made.agent.name for made in now.commitments)
    earlier = (one.session for one in log.earlier_sessions(names, without=frozenset({session})))
    held = [Held(id=one, session=fold(entry.event for entry in log.entries(one))) for one in earlier]
    return (*held, Held(id=session, session=now)), names
