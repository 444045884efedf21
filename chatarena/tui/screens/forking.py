"""Letting a session go another way: what is to be different, and how far the new course has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, ProgressBar, Select, Static

from chatarena.arena import events as ev
from chatarena.arena.session import Session, fold
from chatarena.authoring.text import clean, one_line
from chatarena.moderator.world import Draft
from chatarena.replay.fork import Change
from chatarena.tui.screens.asking import DIALOG_CSS, Typing
from chatarena.tui.widgets.tick import Tick

OTHER = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkWish:
    """From which entry a session goes another way, what changes, and whether the person takes part from there on."""

    at: int
    change: Change
    take_part: bool = False


def places(entries: tuple[ev.Entry, ...]) -> list[tuple[str, int]]:
    """Where a session can be forked without counting entries: where each of its rounds opens."""
    return [
        (f"round {entry.event.round} (entry {entry.seq})", entry.seq)
        for entry in entries
        if isinstance(entry.event, ev.RoundOpened)
    ]


class ForkScreen(ModalScreen[ForkWish | None]):
    """Asks without whom, from where, in which order."""

    CSS_PATH = DIALOG_CSS
    HELP = (
        "A fork shares everything before a place of its parent and goes another way from there. Only what must differ "
        "is asked of the models anew; every other reply is taken from the record. The parent stays as it is."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Leave it", id="fork.leave"),
        Binding("ctrl+s", "go", "Fork", id="fork.go"),
        Binding("up", "app.focus_previous", "Field before", show=False, id="fork.before"),
        Binding("down", "app.focus_next", "Next field", show=False, id="fork.after"),
    ]

    def __init__(self, title: str, entries: tuple[ev.Entry, ...]) -> None:
        super().__init__()
        self._title = title
        self._session: Session = fold(entry.event for entry in entries)
        self._places = places(entries)

    def compose(self) -> ComposeResult:
        rounds = [(Content(words), at) for words, at in self._places]
        others = [*rounds, (Content("another entry, by its number"), OTHER)]
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Static(Content.styled(f"Another way for: {one_line(self._title)}", "bold"))
            yield Static(
                Content("Who speaks no more? ↑ ↓ move, Space ticks. ctrl+s forks, Esc leaves it."),
                classes="text",
            )
            for place, label in enumerate(self._session.labels):
                yield Tick(Content(one_line(label)), id=f"agent-{place}", classes="agent", compact=True)
            yield Select(others, value=others[0][1], allow_blank=False, id="place", compact=True)
            yield Typing(placeholder="the number of an entry", id="entry", compact=True, type="integer")
            yield Tick(Content("the others speak in reverse order"), id="reversed", compact=True)
            yield Tick(Content("I take part from there on"), id="part", compact=True)
            yield Static("", id="problem", markup=False)
            yield Button(Content("Fork (ctrl+s)"), id="go", variant="primary", compact=True)

    def on_mount(self) -> None:
        self.query_one("#agent-0").focus()
        self._show_entry()

    def on_select_changed(self, _: Select.Changed) -> None:
        self._show_entry()

    def _show_entry(self) -> None:
        self.query_one("#entry").display = self.query_one("#place", Select).value == OTHER

    def on_button_pressed(self, _: Button.Pressed) -> None:
        self.action_go()

    def on_input_submitted(self, _: Input.Submitted) -> None:
        self.action_go()

    def action_go(self) -> None:
        ticks = [self.query_one(f"#agent-{place}", Tick) for place in range(len(self._session.labels))]
        without = tuple(label for label, tick in zip(self._session.labels, ticks, strict=True) if tick.value)
        if len(without) == len(self._session.labels):
            self._say("somebody must go on speaking")
            return
        at = self._at()
        if at is None:
            self._say("give the number of an entry")
            return
        reverse = self.query_one("#reversed", Tick).value
        change = Change(without=without, order="reversed" if reverse else "drawn")
        self.dismiss(ForkWish(at=at, change=change, take_part=self.query_one("#part", Tick).value))

    def _at(self) -> int | None:
        chosen = self.query_one("#place", Select).value
        if isinstance(chosen, int) and chosen != OTHER:
            return chosen
        typed = self.query_one("#entry", Input).value.strip()
        return int(typed) if typed.isdecimal() else None

    def _say(self, problem: str) -> None:
        self.query_one("#problem", Static).update(Content(f"✕ {problem}"))


class ForkingScreen(ModalScreen[None]):
    """How far a fork has come. Esc ends it: what was said by then stays in the log and can be gone on with."""

    CSS_PATH = DIALOG_CSS
    HELP = "The fork runs by itself. Esc ends it; what was said by then stays in the log."
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss", "End it", id="forking.end")]

    def __init__(self, shared: tuple[ev.Entry, ...], turns: int) -> None:
        super().__init__()
        self._session = fold(entry.event for entry in shared)
        self._turns = turns
        self._done = self._recalled = 0

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False):
            yield Static(Content.styled("The session goes another way", "bold"))
            yield Static("Getting ready …", id="now", classes="text", markup=False)
            yield ProgressBar(total=max(1, self._turns), show_eta=False, id="bar")
            yield Static("", id="counts", markup=False)
            yield Static(Content.styled("Esc: end it here", "$text-muted"), classes="text")

    def take(self, item: ev.Entry | Draft) -> None:
        """One more item of the stream."""
        if isinstance(item, Draft):
            self._now(f"{one_line(item.agent)} is {'speaking' if item.text else 'thinking'} …")
            return
        match item.event:
            case ev.RoundOpened(round=round_):
                self._now(f"Round {round_}")
            case ev.TurnTaken(agent=agent, call=call):
                self._done += 1
                self._recalled += call is not None and call.from_cache
                self._now(f"{one_line(agent)} spoke")
            case ev.TurnMissed(agent=agent, reason=reason):
                self._done += 1
                self._now(f"{one_line(agent)} was not heard: {one_line(reason)}")
            case _:
                return
        self.query_one("#bar", ProgressBar).update(progress=self._done)
        fresh = self._done - self._recalled
        turns = "1 turn" if self._done == 1 else f"{self._done} turns"
        counts = f"{turns}: {self._recalled} known from the record, {fresh} made anew"
        self.query_one("#counts", Static).update(Content(counts))

    def _now(self, text: str) -> None:
        self.query_one("#now", Static).update(Content(clean(text)))
