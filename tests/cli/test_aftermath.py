"""This cast over her sessions: all with it are read, sessions of other casts are not, and none twice."""

from __future__ import annotations

from pathlib import Path

from chatarena.cli.aftermath import cast_view, sessions_with_cast
from chatarena.report.hull.study import Question
from chatarena.session_log.store import SessionLog
from tests.cli.test_earlier import lesson
from tests.session_log.samples import NOON, entries
from tests.support.sessions import cast


def filled(folder: Path, numbers: int, others: int = 1) -> SessionLog:
    """Sessions with one cast of two, and some with a third agent's cast in which one of them is missing."""
    log = SessionLog(folder / "log.db", environ={})
    agents = cast(3)
    for number in range(numbers):
        log.append(entries(f"C{number}", lesson(number, agents[:2]), at=NOON + 100 * number))
    for number in range(others):
        log.append(entries(f"X{number}", lesson(number, agents[1:]), at=NOON + 100 * number))
    return log


def test_the_sessions_are_all_with_this_cast_and_each_counts_once(tmp_path: Path) -> None:
    with filled(tmp_path, 4) as log:
        held, names = sessions_with_cast(log, "C1")
    assert [one.id for one in held] == ["C0", "C2", "C3", "C1"], "the one that was just held comes last"
    assert names == tuple(agent.name for agent in cast(2))


def test_the_view_is_of_all_of_them(tmp_path: Path) -> None:
    with filled(tmp_path, 6) as log:
        view = cast_view(log, "C5", Question())
    assert not isinstance(view, str), view
    assert {share.agent for share in view.weights} | set(view.silent) == {agent.name for agent in cast(2)}


def test_where_nothing_was_rated_it_says_why(tmp_path: Path) -> None:
    with SessionLog(tmp_path / "log.db", environ={}) as log:
        log.append(entries("C0", lesson(0, cast(2))[:4]))
        told = cast_view(log, "C0", Question())
    assert isinstance(told, str) and told.startswith("There is nothing to analyse")
