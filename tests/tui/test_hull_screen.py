"""Hull analysis on the screen: where it is offered, what it says, and that it stays within its cells."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, Option
from chatarena.arena.session import Session, fold
from chatarena.arena.settings import Settings
from chatarena.errors import UsageError
from chatarena.report.hull.study import Question
from chatarena.report.hull.telling import NAMES
from chatarena.report.hull.text import figure
from chatarena.tui.app import ArenaApp
from chatarena.tui.cells import width
from chatarena.tui.hull_lines import answers, both_ways, course, dotted, spots, weights
from chatarena.tui.screens.dialogs import FaultScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.screens.hull import Account, HullScreen, analysed
from chatarena.tui.screens.verdict import VerdictScreen
from tests.session_log.samples import entries
from tests.support.hull import QUICK, subject, view_of
from tests.support.sessions import DECISION, opening, ratings
from tests.tui.support import Backstage, asked, press, quiet, rows, seen, settle, start_example

SIZES = [pytest.param((80, 24), id="80x24"), pytest.param((140, 40), id="140x40")]


def session_events(decision: Decision = DECISION, *, rated: bool = True) -> tuple[ev.Event, ...]:
    """A finished session of three agents, every option appraised and rated."""
    rng = np.random.default_rng(5)
    count = len(decision.options)
    made = [
        ev.AppraisalMade(
            agent=label, round=1, method="verbal", ratings=ratings(decision, rng.uniform(0, 100, count).tolist())
        )
        for label in ("Ash", "Birch", "Cedar")
    ]
    final = ev.RatingsGiven(phase="final", round=1, ratings=ratings(decision, rng.uniform(0, 100, count).tolist()))
    return (
        *opening(3, decision=decision, settings=Settings()),
        ev.RoundOpened(round=1, order=("Ash", "Birch", "Cedar")),
        *made,
        *((final,) if rated else ()),
        ev.Revealed(),
        ev.SessionClosed(status="complete"),
    )


def recorded(*events: ev.Event) -> Backstage:
    return Backstage(recorded=list(entries("s1", events)))


def quick(session: Session, name: str, question: Question) -> object:
    """The analysis with few draws."""
    return analysed(session, name, replace(question, curve=5, bootstrap=40, null=40))


def finished(app: ArenaApp) -> bool:
    """Whether the analysis stands there, laid out: its first line is painted before the others have room."""
    if not isinstance(app.screen, HullScreen) or "Hull analysis" not in seen(app):
        return False
    account = app.screen.query_one(Account)
    return account.size.height == account.get_content_height(account.size, account.size, account.size.width)


async def shown(pilot, app: ArenaApp, session: Session) -> None:
    """The screen with a finished analysis."""
    app.push_screen(HullScreen(session, analyse=quick))
    await settle(pilot, lambda: finished(app))
    await quiet(pilot)


async def whole(pilot, app: ArenaApp) -> str:
    """Everything on the page, screen by screen."""
    pages = []
    page = app.screen.query_one("#page")
    for top in range(0, page.max_scroll_y + page.size.height, page.size.height):
        page.scroll_to(y=top, animate=False, immediate=True)
        await quiet(pilot)
        pages.append(seen(app))
    return "\n".join(pages)


# -- where it is offered -----------------------------------------------------------------------------------------------


async def test_a_session_that_is_over_is_analysed_from_the_start_page() -> None:
    stage = recorded(*session_events())
    app = stage.app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, lambda: "the one before" in seen(app))
        assert "Analyse" not in rows(app)[-1], "a new decision has nothing to analyse"
        await press(pilot, "right")
        await settle(pilot, lambda: "a Analyse" in rows(app)[-1])
        await press(pilot, "a")
        await settle(pilot, lambda: finished(app))
        assert "Which city should I move to?" in seen(app)
        await press(pilot, "escape")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))


async def test_a_session_that_goes_on_is_not_analysed() -> None:
    app = recorded(*session_events()[:-2]).app()
    async with app.run_test(size=(100, 30)) as pilot:
        await settle(pilot, lambda: "the one before" in seen(app))
        await press(pilot, "right")
        await settle(pilot, lambda: "Replay" in rows(app)[-1])
        assert "Analyse" not in rows(app)[-1]
        await press(pilot, "a")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))


async def to_verdict(pilot, app: ArenaApp) -> None:
    """Through a session of two rounds to the question which option it is to be."""
    await start_example(pilot, app)
    await press(pilot, "8", "0", "down", "4", "0", "enter")
    await settle(pilot, lambda: asked(app, "floor"))
    await press(pilot, "enter")
    await settle(pilot, lambda: asked(app, "floor") and app.live is not None and app.live.session.round == 2)
    await press(pilot, "enter")
    await settle(pilot, lambda: asked(app, "ratings"))
    await press(pilot, "enter")
    await settle(pilot, lambda: isinstance(app.screen, VerdictScreen) and asked(app, "choice"))


async def test_the_verdict_offers_it_once_the_masks_are_off() -> None:
    app = Backstage().app()
    async with app.run_test(size=(120, 40)) as pilot:
        await to_verdict(pilot, app)
        assert isinstance(app.screen, VerdictScreen)
        assert "Analyse" not in rows(app)[-1]
        await press(pilot, "a")
        await settle(pilot, lambda: isinstance(app.screen, VerdictScreen))
        await press(pilot, "down", "enter")
        await settle(pilot, lambda: app.live is not None and app.live.session.revealed)
        assert "a Analyse" in rows(app)[-1]
        await press(pilot, "a")
        await settle(pilot, lambda: finished(app))
        await press(pilot, "escape")
        await settle(pilot, lambda: isinstance(app.screen, VerdictScreen))


# -- what it says ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
async def test_the_account_is_whole_and_within_its_cells(size: tuple[int, int]) -> None:
    session = fold(session_events())
    view = analysed(session, "this session", replace(Question(), curve=5, bootstrap=40, null=40))
    assert not isinstance(view, str)
    app = Backstage().app()
    async with app.run_test(size=size) as pilot:
        await shown(pilot, app, session)
        first = seen(app)
        assert view.verdict[0][:20] in first, "the answer is on the first screen"
        assert all(alarm[:40] in first for alarm in view.alarms), "and so is everything that it depends on"
        text = await whole(pilot, app)
        assert all(width(row.rstrip()) <= size[0] for row in text.splitlines())
        for name in NAMES.values():
            assert name in text
        for one in view.answers:
            assert one.held_out is not None and figure(one.held_out) in text
        words = " ".join(text.split())
        for heading in ("Who carries weight", "More agents, from 1 to 3", "Would agents that know nothing", "Proof"):
            assert heading in words
        for option in DECISION.options:
            assert option.label in text


async def test_other_questions_can_be_asked_of_it() -> None:
    questions: list[Question] = []

    def spy(session: Session, name: str, question: Question) -> object:
        questions.append(question)
        return quick(session, name, question)

    app = Backstage().app()
    async with app.run_test(size=(120, 40)) as pilot:
        app.push_screen(HullScreen(fold(session_events()), analyse=spy))
        await settle(pilot, lambda: "simplex, a weighted average" in seen(app))
        await press(pilot, "k")
        await settle(pilot, lambda: "combination: cone" in seen(app))
        await press(pilot, "o")
        await settle(pilot, lambda: "offset: none" in seen(app))
        await press(pilot, "e")
        await settle(pilot, lambda: "largest error of" in " ".join(seen(app).split()))
        await press(pilot, "k", "k")
        await settle(pilot, lambda: "combination: simplex" in seen(app))
    assert (questions[-1].kind, questions[-1].offset, questions[-1].norm) == ("simplex", "none", "largest error")
    assert [(one.kind, one.offset, one.norm) for one in questions[:4]] == [
        ("simplex", "free", "mean square"),
        ("cone", "free", "mean square"),
        ("cone", "none", "mean square"),
        ("cone", "none", "largest error"),
    ]


async def test_a_session_without_numbers_says_so() -> None:
    app = Backstage().app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(HullScreen(fold(session_events(rated=False)), analyse=quick))
        await settle(pilot, lambda: "nothing to analyse" in seen(app))  # laid out anew once it is longer
        await settle(pilot, lambda: "the participant rated no option" in " ".join(seen(app).split()))


async def test_an_analysis_that_fails_is_told() -> None:
    def broken(session: Session, name: str, question: Question) -> object:
        raise UsageError("the numbers are no numbers")

    app = Backstage().app()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(HullScreen(fold(session_events()), analyse=broken))
        await settle(pilot, lambda: isinstance(app.screen, FaultScreen))
        assert "the numbers are no numbers" in seen(app)


async def test_labels_are_no_markup_and_wide_ones_are_cut() -> None:
    decision = Decision(
        question="[b]Which[/] [/] one?",
        options=(
            Option(id="a", label="[red]Tea[/] [/"),
            Option(id="b", label="\x1b[31mCoffee"),
            Option(id="c", label="海辺の町に引っ越して静かに暮らすという選択肢" * 3),
        ),
    )
    app = Backstage().app()
    async with app.run_test(size=(80, 24)) as pilot:
        await shown(pilot, app, fold(session_events(decision)))
        text = await whole(pilot, app)
        assert "[b]Which[/] [/] one?" in text
        assert "[red]Tea[/] [/" in text
        assert "\x1b" not in text and "Coffee" in text
        assert all(width(row.rstrip()) <= 80 for row in text.splitlines())


# -- lines -------------------------------------------------------------------------------------------------------------

number = st.floats(-1e3, 1e3)


@given(st.tuples(number, number, number).map(sorted), st.integers(10, 120))
def test_a_dot_stands_on_its_interval_in_exactly_its_cells(ends: list[float], cells: int) -> None:
    low, value, high = ends
    line = dotted(value, low, high, (min(0.0, low), max(0.0, high)), cells)
    assert len(line) == cells
    assert line.count("●") == 1
    assert set(line.strip()) <= {"●", "─"}


@given(number, st.floats(0, 1e3), st.integers(11, 80))
def test_a_bar_goes_to_the_side_of_its_sign(value: float, reach: float, cells: int) -> None:
    line = both_ways(value, reach, cells)
    assert len(line) == cells and line.count("│") == 1
    middle = line.index("│")
    left, right = line[:middle].count("█"), line[middle:].count("█")
    assert (left == 0) if value >= 0 else (right == 0)


def test_what_rounding_left_has_no_bar() -> None:
    assert both_ways(1e-16, 1e-16, 21).strip() == "│"


@pytest.mark.parametrize("cells", [40, 78, 110])
@pytest.mark.parametrize("norm", ["mean square", "largest error"])
def test_plots_take_exactly_their_cells(cells: int, norm: str) -> None:
    long = [f"agent with a name of many words number {place}" for place in range(3)]
    view = view_of(subject(agents=long, groups=20), replace(QUICK, norm=norm))  # type: ignore[arg-type]
    for marks in (
        answers(view, cells),
        weights(view.weights, cells),
        spots(view.spots, cells),
        course(view, cells),
    ):
        assert marks
        assert {width(mark.label) + width(mark.drawn) + width(mark.number) + 2 for mark in marks} == {cells}


def test_courses_share_one_scale() -> None:
    view = view_of(subject(groups=20))
    marks = {mark.label.strip(): mark.drawn.strip() for mark in course(view, 78)}
    assert set(marks[NAMES["constant"]]) == {marks[NAMES["constant"]][0]}
    assert marks[NAMES["simplex"]][-1] == "▁" and marks[NAMES["simplex"]][0] != "▁"
