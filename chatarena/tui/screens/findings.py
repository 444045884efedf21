"""What came of a recorded session, as far as it has been played: verdict, outcome, masks; and where it comes from."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static

from chatarena.arena.session import Session
from chatarena.authoring.text import clean, one_line
from chatarena.report import words
from chatarena.report.plain import plain_lines
from chatarena.tui.masks import mask_content
from chatarena.tui.screens.verdict import VerdictScreen
from chatarena.tui.widgets.points import Points


def has_findings(session: Session) -> bool:
    """Whether there is a verdict, a choice, an outcome or a reveal to show."""
    return bool(session.card or session.choice or session.outcome or session.score or session.revealed)


class PastVerdict(VerdictScreen):
    """The verdict of a session that is played once more: nothing can be chosen."""

    HELP = "The recommendation as the participant saw it, and once she had chosen, what every agent was after."

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("leave", "sure"):
            return False
        return super().check_action(action, parameters)

    def _refresh(self) -> None:
        super()._refresh()
        for widget in ("#options", "#confidence"):
            self.query_one(widget).display = False
        question = self.query_one("#question", Static)
        session = self.live.session
        if session.choice is not None:
            question.update(Content.styled(choice_line(session), "bold"))
        elif session.attended:
            question.update("The participant has not chosen yet.")

    def _choose(self, index: int) -> None:
        """Nothing is chosen in a replay."""

    def on_option_list_option_highlighted(self, message: OptionList.OptionHighlighted) -> None:
        message.stop()


def choice_line(session: Session) -> str:
    """What the participant chose and how sure she was."""
    if session.choice is None:
        return ""
    sure = "" if session.choice.confidence is None else f", {session.choice.confidence:.0f} of 100 sure"
    return f"The participant chose: {one_line(session.head.decision.option(session.choice.option).label)}{sure}."


class ReadingScreen(ModalScreen[None]):
    """Something to read; any of the usual keys closes it."""

    CSS_PATH = "dialogs.tcss"
    DEFAULT_CSS = """
    ReadingScreen { align: center middle; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,v,i", "dismiss", "Close", id="reading.close")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()


class FindingsScreen(ReadingScreen):
    """What came of a session that has no recommendation: who imports a debate has an outcome, and no card."""

    def compose(self) -> ComposeResult:
        session = self.session
        with VerticalScroll(classes="dialog"):
            yield Static(Content.styled("What came of it · Esc closes", "bold"))
            yield Points(_findings(session), classes="text")
            if session.revealed:
                yield Static(Content.styled("What each agent was really after:", "bold"), classes="text")
                for mask in words.unmask(session):
                    yield Static(mask_content(mask, session.head.decision), classes="text")


def _findings(session: Session) -> list[str]:
    """The findings as sentences."""
    lines = [choice_line(session)] if session.choice is not None else []
    decision = session.head.decision
    if session.outcome:
        known = [state.label for state in decision.states if state.id == session.outcome]
        lines.append(f"It turned out: {one_line(known[0] if known else session.outcome)}.")
    if session.score is not None:
        lines += map(one_line, plain_lines(session, session.score))
    return lines


class AboutScreen(ReadingScreen):
    """What is decided by whom, and where the record comes from."""

    def compose(self) -> ComposeResult:
        session = self.session
        decision = session.head.decision
        with VerticalScroll(classes="dialog"):
            yield Static(Content.styled("About this session · Esc closes", "bold"))
            yield Static(Content(clean(decision.question)), classes="text")
            if decision.context:
                yield Static(Content(clean(decision.context)), classes="text")
            for heading, lines in _about(session):
                yield Static(Content.styled(heading, "bold"), classes="text")
                yield Points(lines)


def _about(session: Session) -> list[tuple[str, list[str]]]:
    """Headings, each with what stands under it."""
    decision, head = session.head.decision, session.head
    options = [f"{option.label}: {option.detail}" if option.detail else option.label for option in decision.options]
    states = [f"{state.label} ({state.probability:.0%} in advance)" for state in decision.states]
    agents = [f"{face.label} ({face.model})" for face in head.faces]
    talk = [f"{head.protocol.name.replace('_', ' ')}, {session.rounds} rounds, version {head.version}"]
    named = (("Options", options), ("Uncertain", states), ("Agents", agents), ("Protocol", talk))
    parts = [(heading, lines) for heading, lines in named if lines]
    for event in (session.imported, session.forked, session.rerun):
        if event is not None:
            first, *rest = filter(None, plain_lines(session, event))
            parts.append((one_line(first), rest))
    return [(heading, list(map(one_line, lines))) for heading, lines in parts]
