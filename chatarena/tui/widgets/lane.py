"""One agent on the screen: a line that says who, doing what, at what price; and its talk below."""

from __future__ import annotations

from textual.app import ComposeResult, RenderResult
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from chatarena.arena.decision import Decision
from chatarena.arena.events import Entry
from chatarena.authoring.text import one_line
from chatarena.tui.blocks import blocks
from chatarena.tui.cells import spread
from chatarena.tui.scene import LaneState, Meter
from chatarena.tui.widgets.pane import SpeechPane
from chatarena.tui.wording import brief_usage, lane_state, usage


class LaneHeader(Widget):
    """`1 Ash  » speaking            412 tokens · $0.003`."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    LaneHeader { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._left, self._rights = "", ("", "")

    def show(self, left: str, meter: Meter) -> None:
        """Say who does what; painted only where something changed."""
        rights = ("", "") if meter == Meter() else (usage(meter), brief_usage(meter))
        if (left, rights) != (self._left, self._rights):
            self._left, self._rights = left, rights
            self.refresh()

    def render(self) -> RenderResult:
        return Content(spread(self._left, self._rights, self.size.width))


class Lane(Vertical):
    """Header and speech of the agent with this label; `number` is the key that jumps to it."""

    DEFAULT_CSS = """
    Lane { height: 1fr; width: 1fr; }
    Lane > LaneHeader.-focused { background: $primary; color: $text; text-style: bold; }
    """

    def __init__(self, label: str, number: int, decision: Decision, *, person: str) -> None:
        super().__init__(id=f"lane-{number}")
        self.label, self.number = label, number
        self._decision, self._person = decision, person
        self.header = LaneHeader()
        self.pane = SpeechPane()

    def compose(self) -> ComposeResult:
        yield self.header
        yield self.pane

    # Not `:focus-within`: for what lies inside the widget it comes one change of focus too late (Textual 8.2).
    def on_descendant_focus(self) -> None:
        self.header.add_class("-focused")

    def on_descendant_blur(self) -> None:
        self.header.remove_class("-focused")

    @property
    def title(self) -> str:
        return f"{self.number} {one_line(self.label)}"

    def take(self, entry: Entry) -> None:
        """An entry that may concern this agent."""
        found = blocks(entry.event, self.label, self._decision, person=self._person)
        if found:
            self.pane.add(*found)

    def show(self, state: LaneState, now: float, *, selected: bool) -> None:
        """Bring the header up to date."""
        self.header.show(f"{'▸' if selected else ' '}{self.title}  {lane_state(state, now)}", state.meter)
