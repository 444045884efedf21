"""Compose: the decision, who argues, by which rules, and what it may cost; checked beside each field as one types."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, ClassVar, cast

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Button, Collapsible, Input, Select, Static, TextArea
from textual.worker import Worker, WorkerState

from chatarena.arena.protocol import ProtocolName
from chatarena.arena.settings import ForecastSource
from chatarena.authoring.text import one_line
from chatarena.errors import ArenaError
from chatarena.tui.cells import crop, width
from chatarena.tui.form import Appraising, Claiming, Form, drawn_protocol, loaded, read
from chatarena.tui.form_decision import evidence_texts, states_note
from chatarena.tui.hearing import circle, kept
from chatarena.tui.library import Library
from chatarena.tui.messages import DraftKept, Failed, RunWanted
from chatarena.tui.outlook import Outlook, fitting, how
from chatarena.tui.ports import CastChoice, FieldProblem, Plan, Studio
from chatarena.tui.prior import begin
from chatarena.tui.screens import compose_parts as parts
from chatarena.tui.screens.cast import CastScreen, Seating
from chatarena.tui.screens.drafts import ask_for_file, ask_what_to_open
from chatarena.tui.screens.note import NoteScreen, SureScreen
from chatarena.tui.seats import Hidden, SeatChoice, labels_of, same_people
from chatarena.tui.widgets.faces import Faces, faces_of
from chatarena.tui.widgets.field import FieldRow
from chatarena.tui.widgets.hearing_grid import HearingGrid
from chatarena.tui.widgets.key_line import KeyLine
from chatarena.tui.widgets.picture import Picture
from chatarena.tui.widgets.rows import Rows

CHECK_AFTER = 0.4  # seconds without a further change before the plan is checked: after a word, not after a letter
WIDE = 120  # cells from which faces and picture stand beside the form


class ComposeScreen(Screen[None]):
    """The form of a session to be."""

    CSS_PATH = "compose.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - the base class declares it so
    HELP = (
        "Say what is to be decided and what can be chosen: two to twelve options, each with your first rating if you"
        " like. Pick who argues; their aims stay hidden until you have chosen. What is wrong stands beside its field"
        " once you have left it. Paste a list to fill several rows; a paste never starts anything. Nothing is sent"
        " before you start. F6, for researchers, asks whether to show what the agents are after; the session is then"
        " tagged “unblinded” for good."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "start", "Start", id="compose.start"),
        Binding("f5", "agents", "Agents", id="compose.agents"),
        Binding("f2", "save", "Save", id="compose.save"),
        Binding("f3", "open", "Open", id="compose.open"),
        Binding("f4", "explain", "Estimate", id="compose.explain"),
        # Text areas take F6 for themselves.
        Binding("f6", "unblind", "Researcher: hidden aims", show=False, id="compose.unblind", priority=True),
        Binding("escape", "back", "Back", id="compose.back"),
        # Handled where keys are handed out, so that what is typed next finds the focus where it belongs.
        Binding("tab", "walk(1)", "Next field", show=False, id="compose.next", priority=True),
        Binding("shift+tab", "walk(-1)", "Field before", show=False, id="compose.before", priority=True),
    ]

    def __init__(self, studio: Studio, library: Library, form: Form) -> None:
        super().__init__()
        self._studio, self._library, self._start = studio, library, parts.at_its_cast(form, library)
        self._agents = {agent.name: agent for agent in library.agents}
        self._seats, self._hearing, self._unblinded = form.seats, form.hearing, form.unblinded
        self._hidden: dict[str, Hidden] | None = None
        self._left: set[str] = set()
        self._at = ""
        self._tried = False
        self._timer: Timer | None = None
        self._outlook: Outlook | None = None
        self._warming = self._news = ""

    # -- building --------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield Static(parts.UNBLINDED, id="unblinded", markup=False)
        with Horizontal(id="both"):
            with VerticalScroll(id="form", can_focus=False):
                yield from parts.decision_fields(self._start)
                yield from parts.talk_fields(self._start, self._library)
                with Collapsible(title="More: what is uncertain, private evidence, limits, numbers, seed", id="more"):
                    yield from parts.more_fields(self._start)
            with VerticalScroll(id="side", can_focus=False):
                yield Static(Content.styled("Who argues", "bold"))
                yield Faces("faces")
                yield Static(Content.styled("Who speaks when, who hears whom", "bold"), classes="heading")
                yield Picture(classes="beside")
                yield Static(Content.styled("What it will take at most", "bold"), classes="heading")
                yield Static("", id="how", markup=False)
        yield parts.Over()
        with Horizontal(id="bar"):
            yield Static("", id="estimate", markup=False)
            yield Button("Start (ctrl+s)", id="start", variant="primary", compact=True)
        yield KeyLine()

    async def on_mount(self) -> None:
        self.query_one("#question").focus()
        await self._show_evidence()
        self._notes()
        self._draw()
        self._warm()
        self.check_soon()

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def form(self) -> Form:
        """Everything as it now stands."""
        chosen = self._chosen("cast")
        numbers: dict[str, Any] = {field: self._typed(field) for field in parts.NUMBERS}
        return Form(
            question=self.query_one("#question", TextArea).text,
            context=self.query_one("#context", TextArea).text,
            options=self.query_one("#options", Rows).values,
            states=self.query_one("#states", Rows).values,
            evidence=self._evidence,
            cast="" if chosen == parts.BY_HAND else chosen,
            seats=self._seats,
            hearing=self._hearing,
            output=self._start.output,
            unblinded=self._unblinded,
            protocol=cast(ProtocolName, self._chosen("protocol")),
            model=self._chosen("model"),
            claims=cast(Claiming, self._chosen("claims")),
            appraise=cast(Appraising, self._chosen("appraise")),
            source=cast(ForecastSource, self._chosen("source")),
            base=self._start.base,
            **numbers,
        )

    @property
    def _evidence(self) -> tuple[tuple[str, ...], ...] | None:
        return self.query_one("#evidence", Rows).values if self._hidden is not None else self._start.evidence

    @property
    def _choice(self) -> CastChoice | None:
        return next((choice for choice in self._library.casts if choice.name == self._chosen("cast")), None)

    @property
    def _table(self) -> tuple[SeatChoice, ...]:
        return self._seats or (self._choice.seats if self._choice else ())

    @property
    def _labels(self) -> tuple[str, ...]:
        """Those at the table, in order."""
        if self._seats or self._choice is None:
            return labels_of(self._seats, self._agents)
        return self._choice.labels

    def _chosen(self, field: str) -> str:
        value = self.query_one(f"#{field}", Select).selection
        return "" if value is None else str(value)

    def _typed(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value

    # -- checking --------------------------------------------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Rows.Changed)
    def _changed(self) -> None:
        self.query_one("#field-states", FieldRow).note(states_note(self.query_one("#states", Rows).values))
        self._draw()
        self.check_soon()

    @on(Select.Changed)
    def _picked(self, message: Select.Changed) -> None:
        if message.select.id == "cast" and self._chosen("cast") != parts.BY_HAND and self._seats:
            chosen = self._choice
            if chosen is None or not same_people(chosen.seats, self._seats):
                self._seats = ()
        self._warm()
        self._notes()
        self._changed()

    @on(HearingGrid.Changed)
    def _rewired(self, message: HearingGrid.Changed) -> None:
        self._hearing = message.hearing
        self._changed()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A field that was left may be told what is wrong with it; one that is still being filled may not."""
        row = next((node for node in event.widget.ancestors if isinstance(node, FieldRow)), None)
        now = row.field if row is not None else ""
        if self._at and self._at != now and self._at not in self._left:
            self._left.add(self._at)
            self.check_soon()
        self._at = now

    def check_soon(self) -> None:
        """Check the plan once the keys have come to rest."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(CHECK_AFTER, self.check_now)

    def check_now(self) -> None:
        """Check the plan and estimate it, off the screen's loop."""
        self.run_worker(self._check(), group="check", exclusive=True, exit_on_error=False)

    async def _check(self) -> tuple[Plan, tuple[FieldProblem, ...]]:
        plan, problems = await self._judge()
        if not problems:
            try:
                self._outlook = await self._studio.estimate(plan)
            except ArenaError:
                self._outlook = None
            self._say_outlook()
        return plan, problems

    async def _judge(self) -> tuple[Plan, tuple[FieldProblem, ...]]:
        plan, found = read(self.form, self._labels)
        problems = (*found, *await asyncio.to_thread(self._studio.problems, plan))
        self._show_problems(problems)
        if problems:
            self._say(parts.summary(problems, self._tried))
        return plan, problems

    def _show_problems(self, problems: tuple[FieldProblem, ...]) -> None:
        """Beside each field; before the first try to start only beside fields that were filled and left."""
        for row in self.query(FieldRow):
            texts = [one_line(problem.text) for problem in problems if problem.field == row.field]
            row.problem("; ".join(dict.fromkeys(texts)) if self._tried or row.field in self._left else "")

    def _say(self, text: str) -> None:
        self.query_one("#estimate", Static).update(Content(crop(one_line(text), max(20, self.size.width - 24))))

    def _say_outlook(self) -> None:
        outlook = self._outlook
        self._say(fitting(outlook, self.size.width - 24, width) if outlook else "")
        self.query_one(parts.Over).show(outlook)
        self.query_one("#how", Static).update(Content("\n".join(how(outlook)) if outlook else ""))

    def _draw(self) -> None:
        """Faces, network and picture as the form now stands."""
        form, labels = self.form, self._labels
        self.query_one("#field-network", FieldRow).display = form.protocol == "network"
        self.query_one(HearingGrid).show(labels, self._hearing)
        network = self.query_one(HearingGrid).hearing
        self.query_one("#field-network", FieldRow).note(parts.network_note(form, circling=circle(network, labels)))
        for picture in self.query(Picture):
            picture.show(drawn_protocol(form, labels), labels)
        self.query_one(Faces).show(faces_of(self._table, self._agents, self._hidden))

    def _notes(self) -> None:
        model = next((choice for choice in self._library.models if choice.name == self._chosen("model")), None)
        self.query_one("#field-cast", FieldRow).note(parts.cast_note(self._choice, self._labels))
        hindrance = "" if model is None or model.ready else model.note
        notes = (self._news or hindrance, self._studio.notice(self._chosen("model")))
        self.query_one("#field-model", FieldRow).note("\n".join(filter(None, map(one_line, notes))))

    def _warm(self) -> None:
        model = self._chosen("model")
        if model and model != self._warming:
            self._warming, self._news = model, ""
            self.app.run_worker(self._warm_up(model), group="warm", exclusive=True, exit_on_error=False)

    async def _warm_up(self, model: str) -> None:
        try:
            await self._studio.warm(model, self._warm_news)
        except ArenaError as error:
            self._warm_news(f"{error.message} {error.remedy}")

    def _warm_news(self, text: str) -> None:
        self._news = text
        if self.is_attached:
            self._notes()

    # -- keys ------------------------------------------------------------------------------------------------------

    def action_walk(self, step: int) -> None:
        """The next field, or the one before."""
        self.focus_next() if step > 0 else self.focus_previous()

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        self._tried = True
        # A check that was due soon must neither call this one off nor talk over it.
        if self._timer is not None:
            self._timer.stop()
        self.workers.cancel_group(self, "check")
        self._say("Checking…")
        self.run_worker(self._begin(), group="begin", exclusive=True, exit_on_error=False)

    async def _begin(self) -> None:
        plan, problems = await self._judge()
        if problems:
            self._focus_problem(problems)
            return
        self._say("Starting…")
        self.post_message(RunWanted(partial(begin, self._studio, plan)))

    def _focus_problem(self, problems: tuple[FieldProblem, ...]) -> None:
        """To the first field, from the top, with which something is wrong."""
        wrong = {problem.field for problem in problems}
        row = next((row for row in self.query(FieldRow) if row.field in wrong), None)
        if row is not None:
            more = self.query_one("#more", Collapsible)
            more.collapsed = more.collapsed and more not in row.ancestors
            for widget in [widget for widget in row.query("*") if widget.focusable][:1]:
                widget.focus()

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self._say("")
            self.post_message(Failed(message.worker.error))

    def action_save(self) -> None:
        plan, found = read(self.form, self._labels)
        if found:  # it would be missing from the file without anybody seeing it
            self._left |= {problem.field for problem in found}
            self._show_problems(found)
            self._focus_problem(found)
        else:
            saving = ask_for_file(self, self._studio.files, plan)
            self.run_worker(saving, group="files", exclusive=True, exit_on_error=False)

    def action_open(self) -> None:
        self.run_worker(self._open(), group="files", exclusive=True, exit_on_error=False)

    async def _open(self) -> None:
        form = self.form
        typed = any(parts.differs(form, self._start, field) for field in parts.TYPED)
        example = await ask_what_to_open(self, self._studio.files, self._library.examples, typed=typed)
        if example is not None:
            self.app.call_later(
                self.app.switch_screen, ComposeScreen(self._studio, self._library, loaded(form, example))
            )

    def action_explain(self) -> None:
        """How the estimate was arrived at."""
        self.app.push_screen(NoteScreen("What this session will take at most", parts.explained(self._outlook)))

    def action_back(self) -> None:
        self.post_message(DraftKept(self.form))
        self.dismiss()

    @on(Button.Pressed, "#pick")
    def action_agents(self) -> None:
        """The agents' faces, and a table laid by hand."""
        cast_ = "" if self._choice is None else self._choice.name
        table = Seating(cast=cast_, seats=self._table, unblinded=self._unblinded)
        self.app.push_screen(CastScreen(self._studio, self._library, table), self._seated)

    async def _seated(self, table: Seating | None) -> None:
        if table is None:
            return
        choice = next((one for one in self._library.casts if one.name == table.cast), None)
        self._seats = () if choice is not None and choice.seats == table.seats else table.seats
        by_hand = 0 if choice is not None else len(table.seats)
        select = self.query_one("#cast", Select)
        with self.prevent(Select.Changed):
            select.set_options([(Content(text), name) for text, name in parts.cast_options(self._library, by_hand)])
            select.value = table.cast if choice is not None else parts.BY_HAND
        if table.unblinded and not self._unblinded:
            self._unblinded = True
            await self._show_evidence()
        if self._hearing is not None:
            self._hearing = kept(self._hearing, self._labels)
        self._notes()
        self._changed()

    def action_unblind(self) -> None:
        """For researchers: show what the agents are after. It cannot be unseen, so the session says so."""
        if not self._unblinded:
            self.app.push_screen(SureScreen(*parts.UNBLIND), self._unblind)

    async def _unblind(self, sure: bool | None) -> None:
        if sure:
            self._unblinded = True
            await self._show_evidence()
            self._changed()

    async def _show_evidence(self) -> None:
        """Evidence is as private as the objectives: sealed while the participant is blind."""
        form, base = self._start, self._start.base
        self.query_one("#unblinded").display = self._unblinded
        self.query_one("#sealed").display = not self._unblinded
        self.query_one("#evidence").display = self._unblinded
        sealed = parts.sealed(len(base.evidence) if base is not None else 0)
        self.query_one("#sealed", Static).update(Content(sealed))
        if self._unblinded and self._hidden is None:
            self._hidden = dict(await asyncio.to_thread(self._studio.hidden))
            labels = {agent.name: agent.label for agent in self._library.agents}
            rows = form.evidence if form.evidence is not None else evidence_texts(base, labels) if base else ()
            await self.query_one("#evidence", Rows).put(rows)
