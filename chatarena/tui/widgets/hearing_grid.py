"""Who hears whom as a table to be changed: a row for each listener, a column for each speaker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.widget import Widget

from chatarena.arena.protocol import Hearing
from chatarena.authoring.text import one_line
from chatarena.tui.cells import crop, fit, width
from chatarena.tui.hearing import Shape, kept, shaped, toggled

HEARS, NOT, ITSELF = "■", "·", "╲"
LEAST_CELLS, MOST_CELLS = 3, 9


class HearingGrid(Widget, can_focus=True):
    """Arrow keys move, Space changes whether the row hears the column, letters lay out a whole network."""

    ALLOW_SELECT = False
    BINDING_GROUP_TITLE = "Network"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "go(-1, 0)", "Listener above", show=False, id="network.up"),
        Binding("down", "go(1, 0)", "Listener below", show=False, id="network.down"),
        Binding("left", "go(0, -1)", "Speaker before", show=False, id="network.left"),
        Binding("right", "go(0, 1)", "Speaker after", show=False, id="network.right"),
        Binding("space,enter", "rewire", "Hears or not", id="network.toggle"),
        Binding("c", "shape('chain')", "Chain", show=False, id="network.chain"),
        Binding("r", "shape('ring')", "Ring", show=False, id="network.ring"),
        Binding("s", "shape('star')", "Star", show=False, id="network.star"),
        Binding("l", "shape('layers')", "Two layers", show=False, id="network.layers"),
        Binding("e", "shape('everybody')", "Everybody", show=False, id="network.everybody"),
        Binding("n", "shape('nobody')", "Nobody", show=False, id="network.nobody"),
    ]
    DEFAULT_CSS = """
    HearingGrid { height: auto; width: 1fr; }
    HearingGrid:focus { background: $boost; }
    """

    class Changed(Message):
        """The network was changed."""

        def __init__(self, hearing: tuple[Hearing, ...]) -> None:
            super().__init__()
            self.hearing = hearing

    def __init__(self) -> None:
        super().__init__(id="network")
        self._labels: tuple[str, ...] = ()
        self.hearing: tuple[Hearing, ...] = ()
        self._row, self._column = 1, 0

    def show(self, labels: Sequence[str], hearing: tuple[Hearing, ...] | None) -> None:
        """Show this network among these agents; without one, that to begin with."""
        fresh = shaped("chain", labels) if hearing is None else kept(hearing, labels)
        if (tuple(labels), fresh) == (self._labels, self.hearing):
            return
        self._labels, self.hearing = tuple(labels), fresh
        last = max(0, len(labels) - 1)
        self._row, self._column = min(self._row, last), min(self._column, last)
        self.refresh(layout=True)

    # -- keys and the mouse -----------------------------------------------------------------------------------------

    def action_go(self, down: int, right: int) -> None:
        count = max(1, len(self._labels))
        self._row, self._column = (self._row + down) % count, (self._column + right) % count
        self.refresh()

    def action_rewire(self) -> None:
        """Let the listener hear the speaker, or not any more; nobody hears itself."""
        if self._labels and self._row != self._column:
            listener, speaker = self._labels[self._row], self._labels[self._column]
            self._change(toggled(self.hearing, self._labels, listener, speaker))

    def action_shape(self, shape: Shape) -> None:
        self._change(shaped(shape, self._labels))

    def _change(self, hearing: tuple[Hearing, ...]) -> None:
        self.hearing = hearing
        self.refresh()
        self.post_message(self.Changed(hearing))

    def on_click(self, event: events.Click) -> None:
        names, cells, first = self._layout(self.size.width)
        row, column = event.y - 1, first + (event.x - names - 1) // cells
        if 0 <= row < len(self._labels) and event.x > names and 0 <= column < len(self._labels):
            self._row, self._column = row, column
            self.action_rewire()

    # -- painting ---------------------------------------------------------------------------------------------------

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1 + len(self._labels)

    def _layout(self, room: int) -> tuple[int, int, int]:
        """Cells of the names, cells of a column, and the first column that is shown."""
        names = min(max((width(one_line(label)) for label in self._labels), default=1), max(4, room // 4))
        count = max(1, len(self._labels))
        cells = min(MOST_CELLS, max(LEAST_CELLS, (room - names - 1) // count))
        shown = max(1, (room - names - 1) // cells)
        return names, cells, min(max(0, self._column - shown + 1), max(0, count - shown))

    def render(self) -> RenderResult:
        room = self.size.width
        names, cells, first = self._layout(room)
        columns = range(first, min(len(self._labels), first + max(1, (room - names - 1) // cells)))
        more = "›" if columns and columns[-1] + 1 < len(self._labels) else ""
        heads = "".join(fit(crop(one_line(self._labels[column]), cells - 1), cells) for column in columns)
        lines = [Content.styled(fit(f"{fit('hears ▸', names)} {heads}", room - 1) + more, "bold")]
        heard = {item.agent: set(item.parents) for item in self.hearing}
        for row, label in enumerate(self._labels):
            parts = [Content(f"{fit(one_line(label), names)} ")]
            for column in columns:
                mark = ITSELF if row == column else HEARS if self._labels[column] in heard.get(label, ()) else NOT
                chosen = self.has_focus and (row, column) == (self._row, self._column)
                text = f"▸{mark}" if chosen else f" {mark}"
                parts += [Content.styled(text, "reverse" if chosen else ""), Content(" " * (cells - 2))]
            lines.append(Content("").join(parts))
        return Content("\n").join(lines)
