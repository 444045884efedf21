"""Compose: the decision, who argues, by which rules, and what it may cost; checked beside each field as one types."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Button, Collapsible, Footer, Input, Select, Static, TextArea
from textual.worker import Worker, WorkerState

from chatarena.arena.protocol import ProtocolName
from chatarena.arena.settings import ForecastSource
from chatarena.authoring.text import one_line
from chatarena.errors import ArenaError
from chatarena.tui.cells import crop
from chatarena.tui.form import Appraising, Form, decision_of, read
from chatarena.tui.library import Library
from chatarena.tui.messages import DraftKept, Failed, RunWanted
from chatarena.tui.ports import CastChoice, Field, FieldProblem, ModelChoice, Plan, Studio
from chatarena.tui.widgets.field import FieldRow, Prose
from chatarena.tui.widgets.floor import Line
from chatarena.tui.widgets.option_rows import OptionRows

CHECK_AFTER = 0.4  # seconds without a further change before the plan is checked: after a word, not after a letter
PROTOCOLS: tuple[tuple[str, ProtocolName], ...] = (
    ("All at once: each hears the rounds before", "simultaneous"),
    ("One after the other: each hears everything said before", "round_robin"),
    ("Rebuttal: all at once, each answers what the others said last", "rebuttal"),
    ("One on one: you talk with one agent at a time", "one_on_one"),
    ("Network: who hears whom comes with the agents", "network"),
)
APPRAISING: tuple[tuple[str, Appraising], ...] = (
    ("whichever tells something with this model", "auto"),
    ("asked in words", "verbal"),
    ("read from the probabilities of its words", "logprob"),
    ("both ways", "both"),
)
SOURCES: tuple[tuple[str, ForecastSource], ...] = (
    ("your ratings, or the agents' claims where you gave none", "auto"),
    ("your ratings only", "own"),
    ("the agents' claims only", "panel"),
    ("your first ratings, moved by the agents' claims", "blend"),
)


class ComposeScreen(Screen[None]):
    """The form of a session to be."""

    CSS_PATH = "compose.tcss"
    HELP = (
        "Say what is to be decided and what can be chosen: two to twelve options. Pick who argues; their aims stay "
        "hidden until you have chosen. What is wrong stands beside its field. Nothing is sent before you start."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "start", "Start", id="compose.start"),
        Binding("f2", "save", "Save as file", id="compose.save"),
        Binding("escape", "back", "Back", id="compose.back"),
    ]

    def __init__(self, studio: Studio, library: Library, form: Form) -> None:
        super().__init__()
        self._studio, self._library, self._start = studio, library, form
        self._touched: set[str] = set()
        self._tried = False
        self._timer: Timer | None = None
        self._warming = self._news = ""

    # -- building --------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        form = self._start
        with VerticalScroll(id="form", can_focus=False):
            question = Prose(form.question, id="question", compact=True, highlight_cursor_line=False)
            question.placeholder = "What is to be decided?"
            yield FieldRow("question", "Question", question)
            context = Prose(form.context, id="context", compact=True, highlight_cursor_line=False)
            context.placeholder = "What should everybody know? (optional)"
            yield FieldRow("context", "Context", context)
            yield FieldRow(
                "options",
                "Options",
                OptionRows(form.options),
                note="Paste a list to fill several. Empty lines do not count.",
            )
            if form.base is not None and form.base.states:
                yield FieldRow("states", "Uncertain", Static(_states(form), markup=False))
            yield FieldRow("cast", "Agents", self._cast_select())
            yield FieldRow("protocol", "Talk", self._protocol_select())
            yield FieldRow("rounds", "Rounds", _short("rounds", form.rounds))
            yield FieldRow("model", "Model", self._model_select())
            yield FieldRow("budget", "Budget $", _short("budget", form.budget, "no limit"))
            with Collapsible(title="More", id="more"):
                yield from self._more()
        with Horizontal(id="bar"):
            yield Static("", id="estimate", markup=False)
            yield Button("Start (ctrl+s)", id="start", variant="primary", compact=True)
        yield Footer(show_command_palette=False)

    def _more(self) -> ComposeResult:
        form = self._start
        appraise, source = _select("appraise", APPRAISING, form.appraise), _select("source", SOURCES, form.source)
        yield FieldRow("token_budget", "Tokens", _short("token_budget", form.token_budget, "no limit"))
        yield FieldRow("appraise", "Private", appraise, note="how each agent's private numbers are obtained")
        yield FieldRow("source", "Chances", source, note="whose numbers the chances are computed from")
        note = "how sharply a lead turns into a chance; 8: 25 points ahead of one other is 88 in 100"
        yield FieldRow("precision", "Precision", _short("precision", form.precision), note=note)
        yield FieldRow(
            "seed", "Seed", _short("seed", form.seed, "drawn"), note="the same seed, the same order of speech"
        )

    def _cast_select(self) -> Select[str]:
        names = [(one_line(choice.name), choice.name) for choice in self._library.casts]
        return _select("cast", names, self._start.cast)

    def _protocol_select(self) -> Select[str]:
        return _select("protocol", PROTOCOLS, self._start.protocol)

    def _model_select(self) -> Select[str]:
        names = [(_model_line(choice), choice.name) for choice in self._library.models]
        if self._start.model not in {name for _, name in names}:
            names.insert(0, (self._start.model, self._start.model))
        return _select("model", names, self._start.model)

    def on_mount(self) -> None:
        self.query_one("#question").focus()
        self._notes()
        self._warm()
        self.check_soon()

    # -- reading ---------------------------------------------------------------------------------------------------

    @property
    def form(self) -> Form:
        """Everything as it now stands."""
        return Form(
            question=self.query_one("#question", TextArea).text,
            context=self.query_one("#context", TextArea).text,
            options=self.query_one(OptionRows).values,
            cast=self._chosen("cast"),
            protocol=cast(ProtocolName, self._chosen("protocol")),
            rounds=self._typed("rounds"),
            model=self._chosen("model"),
            budget=self._typed("budget"),
            token_budget=self._typed("token_budget"),
            precision=self._typed("precision"),
            appraise=cast(Appraising, self._chosen("appraise")),
            source=cast(ForecastSource, self._chosen("source")),
            seed=self._typed("seed"),
            base=self._start.base,
        )

    def _chosen(self, field: str) -> str:
        value = self.query_one(f"#{field}", Select).selection
        return "" if value is None else str(value)

    def _typed(self, field: str) -> str:
        return self.query_one(f"#{field}", Input).value

    # -- checking --------------------------------------------------------------------------------------------------

    @on(Input.Changed)
    @on(TextArea.Changed)
    @on(Select.Changed)
    @on(OptionRows.Changed)
    def _changed(self, message: Input.Changed | TextArea.Changed | Select.Changed | OptionRows.Changed) -> None:
        form, start = self.form, self._start
        self._touched |= {row.field for row in self.query(FieldRow) if _differs(form, start, row.field)}
        if isinstance(message, Select.Changed):
            self._warm()
            self._notes()
        self.check_soon()

    def check_soon(self) -> None:
        """Check the plan once the keys have come to rest."""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(CHECK_AFTER, self.check_now)

    def check_now(self) -> None:
        """Check the plan and estimate it, off the screen's loop."""
        self.run_worker(self._check(), group="check", exclusive=True, exit_on_error=False)

    async def _check(self) -> tuple[Plan, tuple[FieldProblem, ...]]:
        plan, found = read(self.form)
        problems = (*found, *await asyncio.to_thread(self._studio.problems, plan))
        self._show_problems(problems)
        estimate = "" if problems else await asyncio.to_thread(self._studio.estimate, plan)
        self._say(_summary(problems, self._tried) or estimate)
        return plan, problems

    def _show_problems(self, problems: tuple[FieldProblem, ...]) -> None:
        """Beside each field; before the first try to start only beside fields that were touched."""
        for row in self.query(FieldRow):
            texts = [one_line(problem.text) for problem in problems if problem.field == row.field]
            row.problem("; ".join(texts) if self._tried or row.field in self._touched else "")

    def _say(self, text: str) -> None:
        self.query_one("#estimate", Static).update(Content(crop(one_line(text), max(20, self.size.width - 24))))

    def _notes(self) -> None:
        cast_ = next((choice for choice in self._library.casts if choice.name == self._chosen("cast")), None)
        model = next((choice for choice in self._library.models if choice.name == self._chosen("model")), None)
        self.query_one("#field-cast", FieldRow).note(_cast_note(cast_))
        hindrance = "" if model is None or model.ready else model.note
        notes = (self._news or hindrance, self._studio.notice(self._chosen("model")))
        self.query_one("#field-model", FieldRow).note("\n".join(filter(None, map(one_line, notes))))

    # -- the model gets ready meanwhile ----------------------------------------------------------------------------

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

    @on(Button.Pressed, "#start")
    def _start_pressed(self) -> None:
        self.action_start()

    def action_start(self) -> None:
        self._tried = True
        # A check that was due soon must neither call this one off nor talk over it.
        if self._timer is not None:
            self._timer.stop()
        self.workers.cancel_group(self, "check")
        self._say("Checking…")
        self.run_worker(self._begin(), group="begin", exclusive=True, exit_on_error=False)

    async def _begin(self) -> None:
        plan, problems = await self._check()
        if problems:
            self._focus_problem(problems[0].field)
            return
        self._say("Starting…")
        self.post_message(RunWanted(partial(self._studio.start, plan)))

    def _focus_problem(self, field: str) -> None:
        rows = self.query(f"#field-{field}")
        if not rows:
            return
        more = self.query_one("#more", Collapsible)
        more.collapsed = more.collapsed and more not in rows.first().ancestors
        focusable = [widget for widget in rows.first().query("*") if widget.focusable]
        if focusable:
            focusable[0].focus()

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self._say("")
            self.post_message(Failed(message.worker.error))

    def action_save(self) -> None:
        self.run_worker(self._save(), group="save", exclusive=True, exit_on_error=False)

    async def _save(self) -> None:
        path = await self._studio.save(decision_of(self.form))
        self.notify(f"Saved as {path}", markup=False)

    def action_back(self) -> None:
        self.post_message(DraftKept(self.form))
        self.dismiss()


def _differs(form: Form, start: Form, field: Field) -> bool:
    if field == "options":
        return [row for row in form.options if any(row)] != [row for row in start.options if any(row)]
    return field != "states" and bool(getattr(form, field) != getattr(start, field))


def _select(name: str, choices: list[tuple[str, str]] | tuple[tuple[str, str], ...], value: str) -> Select[str]:
    values = [choice for _, choice in choices]
    options = [(Content(text), choice) for text, choice in choices]
    known = value if value in values else (values[0] if values else Select.NULL)
    return Select(options, value=known, id=name, compact=True, allow_blank=not values)


def _short(name: str, value: str, placeholder: str = "") -> Line:
    return Line(value, placeholder=placeholder, id=name, classes="short", compact=True)


def _model_line(choice: ModelChoice) -> str:
    parts = [choice.name, choice.price_note, "" if choice.ready else "not ready"]
    return one_line(" · ".join(filter(None, parts)))


def _cast_note(choice: CastChoice | None) -> str:
    if choice is None:
        return ""
    return f"{', '.join(map(one_line, choice.labels))}\n{one_line(choice.note)}"


def _states(form: Form) -> str:
    states = form.base.states if form.base else ()
    return "\n".join(f"{one_line(state.label)} ({state.probability:.0%})" for state in states)


def _summary(problems: tuple[FieldProblem, ...], tried: bool) -> str:
    if not problems:
        return ""
    if not tried:
        return "Fill in the question and at least two options."
    count = len(problems)
    return f"{count} {'thing' if count == 1 else 'things'} to put right before it can start."
