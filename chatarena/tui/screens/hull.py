"""Hull analysis on the screen: whether what she wants lies between what the agents want, as text and plots in text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Size
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker, WorkerState

from chatarena.authoring.text import clean, one_line
from chatarena.report.hull.text import WHY
from chatarena.tui.cells import crop
from chatarena.tui.hull_lines import Mark, answers, course, sentences, spots, weights
from chatarena.tui.messages import Failed
from chatarena.tui.widgets.key_line import KeyLine

if TYPE_CHECKING:
    from chatarena.arena.session import Session
    from chatarena.report.hull.study import Question
    from chatarena.report.hull.view import View

WIDEST = 110
# Behind the line of what was asked about, or of what holds for every single agent.
SIGN = " ◂"
Line = Content
Choice = TypeVar("Choice")


class Account(Widget):
    """The analysis as lines, as wide as there is room; before there is one, what is going on."""

    ALLOW_SELECT = True
    DEFAULT_CSS = """
    Account { height: auto; padding: 0 1; }
    """

    def __init__(self) -> None:
        super().__init__(id="account")
        self._view: View | None = None
        self._waiting = ""
        self._lines: list[Line] = []
        self._of = (-1, -1)
        self._edition = 0

    def wait(self, text: str) -> None:
        """Say what is going on instead of an analysis."""
        self._view, self._waiting = None, clean(text)
        self._renew()

    def show(self, view: View) -> None:
        """Show this analysis."""
        self._view = view
        self._renew()

    def _renew(self) -> None:
        self._edition += 1
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._made(width))

    def render(self) -> RenderResult:
        return Content("\n").join(self._made(self.size.width))

    def _made(self, cells: int) -> list[Line]:
        if self._of != (cells, self._edition):
            room = max(20, min(cells, WIDEST))
            self._of = (cells, self._edition)
            self._lines = (
                [Content(line) for line in sentences(self._waiting.splitlines() or [""], room, sign="")]
                if self._view is None
                else list(_told(self._view, room))
            )
        return self._lines


def _told(view: View, cells: int) -> Iterator[Line]:
    """Every line of the account, the answer and what is to be known with it first."""
    yield Content.styled(crop(f"Hull analysis: {view.title}", cells), "$text-muted")
    yield Content("")
    answer, *question = view.verdict
    yield from (Content.styled(line, "bold") for line in sentences([answer], cells, sign=""))
    if view.alarms:
        yield Content.styled(crop(f"{WHY[view.answer]}:", cells), "$warning")
    for line in sentences(view.alarms, cells, sign="! "):
        yield Content.styled(line, "$warning")
    yield Content("")
    yield from map(Content, sentences(question, cells, sign=""))
    yield from (Content.styled(line, "$text-muted") for line in sentences([_setting(view)], cells, sign=""))
    kept = any(one.held_out is not None for one in view.answers)
    what = "largest error" if view.largest and kept else "root mean square error"
    where = "on instances kept out" if kept else "on the instances that were fitted, which flatters"
    yield from _plot(f"How far off each answer is: {what} {where}", answers(view, cells - len(SIGN)), cells)
    yield from _plot("Who carries weight", weights(view.weights, cells - len(SIGN)), cells)
    if view.silent:
        yield from _quiet([f"Without weight: {', '.join(view.silent)}."], cells)
    if view.without_note:
        yield from _quiet([view.without_note], cells)
    agents = view.curve[0].steps[-1].agents if view.curve else 0
    yield from _plot(
        f"More agents, from 1 to {agents}: root mean square error on instances kept out",
        course(view, cells - len(SIGN)),
        cells,
    )
    if view.bands:
        lines = [f"{band.name}: {band.words}." for band in view.bands]
        yield from _said("Would agents that know nothing fit as well?", lines, cells)
    title = f"Where the agents together are off ({SIGN.strip()} every single one is, to that side)"
    yield from _plot(title, spots(view.spots, cells - len(SIGN)), cells)
    yield from _said("Proof, for the largest error", view.proof, cells)
    yield from _said("What this does not say", view.scope, cells)
    yield from _said("With care", (*view.cautions, *(f"Not made: {line}." for line in view.missing)), cells)
    yield from _said("What was read", (*view.read, *view.left_out), cells)


def _setting(view: View) -> str:
    return "; ".join(f"{name.lower()}: {value}" for name, value in view.setting)


def _heading(title: str, cells: int) -> Iterator[Line]:
    yield Content("")
    yield Content.styled(crop(title, cells), "bold")


def _plot(title: str, marks: Sequence[Mark], cells: int) -> Iterator[Line]:
    if not marks:
        return
    yield from _heading(title, cells)
    for mark in marks:
        drawn = (mark.drawn, "$accent" if mark.strong else "$primary")
        label = (mark.label, "bold") if mark.strong else mark.label
        yield Content.assemble(label, " ", drawn, " ", mark.number, SIGN if mark.strong else "")


def _said(title: str, lines: Sequence[str], cells: int) -> Iterator[Line]:
    if lines:
        yield from _heading(title, cells)
        yield from map(Content, sentences(lines, cells))


def _quiet(lines: Sequence[str], cells: int) -> Iterator[Line]:
    yield from (Content.styled(line, "$text-muted") for line in sentences(lines, cells, sign=""))


def analysed(session: Session, name: str, question: Question) -> View | str:
    """The view of one session, or why there is none; takes seconds, so it is called in a thread."""
    from numpy.random import PCG64, Generator

    from chatarena import __version__
    from chatarena.arena.utilities import Held, utilities
    from chatarena.report.hull.study import study
    from chatarena.report.hull.subject import subject_of_sessions
    from chatarena.report.hull.telling import telling

    held = Held(id=name, session=session)
    try:
        subject = subject_of_sessions(utilities([held]), [held])
    except ValueError as error:
        return f"There is nothing to analyse: {one_line(str(error))}."
    return telling(study(subject, question, Generator(PCG64(question.seed))), __version__)


class HullScreen(Screen[None]):
    """The analysis of one session, made anew whenever another question is asked of it."""

    CSS_PATH = "hull.tcss"
    HELP = (
        "Is what the person wants a mixture of what the agents want? Then their pulls can balance, although none means "
        "it. Errors are on a scale of 0 to 1; dots stand on lines as long as their uncertainty. One short session can "
        "hardly tell anything, and the lines that begin with ! say so. K asks for other combinations of the agents, O "
        "for another constant, E lets the largest error decide instead of the mean."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "ask('kind')", "Kind", id="hull.kind"),
        Binding("o", "ask('offset')", "Offset", id="hull.offset"),
        Binding("e", "ask('norm')", "Error", id="hull.norm"),
        Binding("escape,q", "back", "Back", id="hull.back"),
    ]

    def __init__(
        self,
        session: Session,
        *,
        name: str = "",
        analyse: Callable[[Session, str, Question], View | str] = analysed,
    ) -> None:
        super().__init__()
        from chatarena.report.hull.study import Question

        self.session, self._named, self._analyse = session, name or "this session", analyse
        self.question = Question()

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="page"):
            yield Account()
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one("#page").focus()
        self._begin()

    def _begin(self) -> None:
        self.query_one(Account).wait(f"Analysing ({self._asked()}) …")
        self.run_worker(self._compute(self.question), group="hull", exclusive=True, exit_on_error=False)

    def _asked(self) -> str:
        return f"{self.question.kind}, offset {self.question.offset}, {self.question.norm}"

    async def _compute(self, question: Question) -> None:
        found = await asyncio.to_thread(self._analyse, self.session, self._named, question)
        account = self.query_one(Account)
        if isinstance(found, str):
            account.wait(found)
        else:
            account.show(found)
        self.query_one("#page").scroll_home(animate=False)

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self.query_one(Account).wait("The analysis failed.")
            self.app.post_message(Failed(message.worker.error))

    def action_ask(self, what: str) -> None:
        """Ask the next question of this sort."""
        from chatarena.hull.kinds import KINDS
        from chatarena.hull.verdict import NORMS

        question = self.question
        match what:
            case "kind":
                self.question = replace(question, kind=_after(KINDS, question.kind))
            case "offset":
                self.question = replace(question, offset="none" if question.offset == "free" else "free")
            case _:
                self.question = replace(question, norm=_after(NORMS, question.norm))
        self._begin()

    def action_back(self) -> None:
        self.dismiss()


def _after(choices: Sequence[Choice], now: Choice) -> Choice:
    return choices[(list(choices).index(now) + 1) % len(choices)]
