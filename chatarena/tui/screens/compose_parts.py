"""The parts of the compose screen that do not move: what its fields offer, and how they are built."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Button, Select, Static

from chatarena.arena.protocol import ProtocolName
from chatarena.arena.settings import ForecastSource
from chatarena.authoring.text import clean, one_line
from chatarena.tui.form import Appraising, Claiming, Form
from chatarena.tui.form_decision import states_note
from chatarena.tui.library import Library
from chatarena.tui.outlook import Outlook, brief, how
from chatarena.tui.ports import CastChoice, Field, FieldProblem, ModelChoice
from chatarena.tui.seats import same_people
from chatarena.tui.widgets.field import FieldRow, Prose
from chatarena.tui.widgets.floor import Line
from chatarena.tui.widgets.hearing_grid import HearingGrid
from chatarena.tui.widgets.option_rows import evidence_rows, option_rows, state_rows
from chatarena.tui.widgets.picture import Picture

BY_HAND = "-by-hand"
PROTOCOLS: tuple[tuple[str, ProtocolName], ...] = (
    ("All at once: each hears the rounds before", "simultaneous"),
    ("One after the other: each hears everything said before", "round_robin"),
    ("Rebuttal: all at once, each answers what the others said last", "rebuttal"),
    ("One on one: you talk with one agent at a time", "one_on_one"),
    ("Network: you say who hears whom", "network"),
)
APPRAISING: tuple[tuple[str, Appraising], ...] = (
    ("whichever tells something with this model", "auto"),
    ("asked in words", "verbal"),
    ("read from the probabilities of its words", "logprob"),
    ("both ways", "both"),
)
CLAIMING: tuple[tuple[str, Claiming], ...] = (
    ("after each turn, what it says each option is worth", "asked"),
    ("none: agents only argue", "none"),
)
SOURCES: tuple[tuple[str, ForecastSource], ...] = (
    ("your ratings, or the agents' claims where you gave none", "auto"),
    ("your ratings only", "own"),
    ("the agents' claims only", "panel"),
    ("your first ratings, moved by the agents' claims", "blend"),
)
GRID_NOTE = "Space changes one. c chain · r ring · s star · l layers · e everybody · n nobody"
UNBLINDED = "▲ Not blind: hidden aims are shown; the session is tagged “unblinded”."
NO_ESTIMATE = ("There is none yet: the question, two options and an agent at least are needed.",)
NUMBERS: tuple[Field, ...] = ("rounds", "budget", "token_budget", "time_budget", "precision", "seed")
TYPED: tuple[Field, ...] = ("question", "context", "options", "states")
UNBLIND = (
    "Show what the agents are after?",
    "For researchers. Whoever has seen their hidden objectives and the private evidence listens differently: the"
    " session will be tagged “unblinded” in the log, whether or not they are shown again. It cannot be unseen.",
    "show them",
    "stay blind",
)


def select(name: str, choices: Sequence[tuple[str, str]], value: str) -> Select[str]:
    """A list to choose from; where the value is not in it, the first counts."""
    values = [choice for _, choice in choices]
    options = [(Content(text), choice) for text, choice in choices]
    known = value if value in values else (values[0] if values else Select.NULL)
    return Select(options, value=known, id=name, compact=True, allow_blank=not values)


def short(name: str, value: str, placeholder: str = "") -> Line:
    """A line for a number."""
    return Line(value, placeholder=placeholder, id=name, classes="short", compact=True)


def cast_options(library: Library, by_hand: int) -> list[tuple[str, str]]:
    """The casts by name, and the table laid by hand where there is one."""
    names = [(one_line(f"{choice.name}{' (yours)' if choice.own else ''}"), choice.name) for choice in library.casts]
    agents = "agent" if by_hand == 1 else "agents"
    return [(f"picked by hand: {by_hand} {agents}", BY_HAND), *names] if by_hand else names


def model_options(library: Library, chosen: str) -> list[tuple[str, str]]:
    """The models by name, what they cost, and whether they are ready."""
    names = [(model_line(choice), choice.name) for choice in library.models]
    return names if chosen in {name for _, name in names} else [(one_line(chosen), chosen), *names]


def model_line(choice: ModelChoice) -> str:
    """A model in one line."""
    parts = [choice.name, choice.price_note, "" if choice.ready else "not ready"]
    return one_line(" · ".join(filter(None, parts)))


def cast_note(choice: CastChoice | None, labels: Sequence[str]) -> str:
    """Who sits at the table, and what the cast is for."""
    about = "" if choice is None else one_line(choice.note)
    return "\n".join(filter(None, [", ".join(map(one_line, labels)), about]))


def at_its_cast(form: Form, library: Library) -> Form:
    """The form, its cast named only where a table laid by hand is that cast but for models."""
    cast = next((choice for choice in library.casts if choice.name == form.cast), None)
    if not form.seats or (cast is not None and same_people(cast.seats, form.seats)):
        return form
    return replace(form, cast="")


def differs(form: Form, start: Form, field: Field) -> bool:
    """Whether a field is not as it was when the form was opened."""
    if field in ("options", "states", "evidence"):
        return [row for row in getattr(form, field) or () if any(row)] != [
            row for row in getattr(start, field) or () if any(row)
        ]
    if field == "network":
        return form.hearing != start.hearing
    return bool(getattr(form, field) != getattr(start, field))


def _empty(problems: Sequence[FieldProblem]) -> bool:
    return any("is empty" in problem.text or "at least" in problem.text for problem in problems)


def sealed(cards: int) -> str:
    """What is said of evidence that the participant must not see yet."""
    count = "Nothing of it" if not cards else "One card" if cards == 1 else f"{cards} cards"
    return f"{count}; what one agent alone is told is kept from you, too, until the reveal. Researchers: F6"


def summary(problems: Sequence[FieldProblem], tried: bool) -> str:
    """What keeps it from starting, in one line; empty where nothing does."""
    if not problems:
        return ""
    if not tried and {problem.field for problem in problems} & {"question", "options"} and _empty(problems):
        return "Fill in the question and at least two options."
    count = len(problems)
    return f"{count} {'thing' if count == 1 else 'things'} to put right before it can start."


class Over(Static):
    """Says above the estimate which limits would end the session early; else it is not there."""

    def __init__(self) -> None:
        super().__init__("", id="over", markup=False)

    def show(self, outlook: Outlook | None) -> None:
        lines = outlook.over if outlook is not None else ()
        self.display = bool(lines)
        self.update(Content("\n".join(f"! {one_line(line)}" for line in lines)))


def explained(outlook: Outlook | None) -> tuple[str, ...]:
    """The estimate and how it was arrived at."""
    return NO_ESTIMATE if outlook is None else (brief(outlook), *outlook.over, *how(outlook))


def network_note(form: Form, *, circling: bool) -> str:
    """How a network is laid out, what a circle in it means, and whose claims are the panel's where its file says so."""
    turning = "A circle: all speak at once and hear the round before." if circling else ""
    named = ", ".join(map(one_line, form.output))
    ending = f"As its file says, the panel's claims are those of {named}." if named else ""
    return "\n".join(filter(None, (GRID_NOTE, turning, ending)))


def decision_fields(form: Form) -> ComposeResult:
    """What is decided."""
    question = Prose(clean(form.question), id="question", compact=True, highlight_cursor_line=False)
    question.placeholder = "What is to be decided?"
    yield FieldRow("question", "Question", question)
    context = Prose(clean(form.context), id="context", compact=True, highlight_cursor_line=False)
    context.placeholder = "What should everybody know? (optional)"
    yield FieldRow("context", "Context", context)
    note = "F8 removes, Alt+↑/↓ moves, a paste fills. 0–100: rate all or none"
    yield FieldRow("options", "Options", option_rows(form.options), note=note)


def talk_fields(form: Form, library: Library) -> ComposeResult:
    """Who argues, how, and for how much."""
    casts = select("cast", cast_options(library, len(form.seats)), form.cast or BY_HAND)
    yield FieldRow("cast", "Agents", casts, Button("Faces (F5)", id="pick", compact=True))
    yield FieldRow("protocol", "Talk", select("protocol", PROTOCOLS, form.protocol))
    yield FieldRow("network", "Hears", HearingGrid(), note=GRID_NOTE)
    yield Picture(classes="inline")
    with Vertical(classes="tight"):
        yield FieldRow("rounds", "Rounds", short("rounds", form.rounds))
        models = model_options(library, form.model)
        yield FieldRow("model", "Model", select("model", models, form.model))
        yield FieldRow("budget", "Budget $", short("budget", form.budget, "no limit"))


def more_fields(form: Form) -> ComposeResult:
    """What most sessions leave as it is."""
    yield FieldRow("states", "Uncertain", state_rows(form.states), note=states_note(form.states))
    yield FieldRow("evidence", "Evidence", Static("", id="sealed", markup=False), evidence_rows(()))
    appraise = select("appraise", APPRAISING, form.appraise)
    source = select("source", SOURCES, form.source)
    note = "of models at work; the time you take does not count"
    with Vertical(classes="tight"):
        yield FieldRow("token_budget", "Tokens", short("token_budget", form.token_budget, "no limit"))
        yield FieldRow("time_budget", "Seconds", short("time_budget", form.time_budget, "no limit"), note=note)
    claims = select("claims", CLAIMING, form.claims)
    yield FieldRow("claims", "Claims", claims, note="what each agent says in public, in numbers")
    yield FieldRow("appraise", "Private", appraise, note="how each agent's private numbers are obtained")
    yield FieldRow("source", "Chances", source, note="whose numbers the chances are computed from")
    note = "how sharply a lead turns into a chance; 8: 25 points ahead of one other is 88 in 100"
    yield FieldRow("precision", "Precision", short("precision", form.precision), note=note)
    seed = short("seed", form.seed, "drawn")
    yield FieldRow("seed", "Seed", seed, note="the same seed, the same order of speech")
