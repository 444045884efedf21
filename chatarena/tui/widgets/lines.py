"""Many lines to read: only those in sight are painted, and they are made anew where the width changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import BindingType
from textual.geometry import Size
from textual.strip import Strip

from chatarena.tui.cells import fit
from chatarena.tui.laid import Laid, Look
from chatarena.tui.widgets.walked import Walked, plain, walking


class Lines(Walked):
    """Lines made by a function of the width in cells."""

    BINDING_GROUP_TITLE = "Reading"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"lines--heading", "lines--quiet", "lines--bold"}
    BINDINGS: ClassVar[list[BindingType]] = [
        *walking("lines", ("start", "To the beginning"), ("end", "To the end"), page_down="pagedown,space")
    ]
    DEFAULT_CSS = """
    Lines > .lines--heading { color: $text-accent; text-style: bold; }
    Lines > .lines--quiet { color: $text-muted; }
    Lines > .lines--bold { text-style: bold; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._make: Callable[[int], Sequence[Laid]] = lambda _: ()
        self._laid: Sequence[Laid] = ()
        self._made_for = -1

    def show(self, make: Callable[[int], Sequence[Laid]]) -> None:
        """Show what this makes of the width."""
        self._make, self._made_for = make, -1
        self._lay_out()

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        cells = self.scrollable_content_region.width
        if cells > 0 and cells != self._made_for:
            self._made_for = cells
            self._laid = [(plain(text), look) for text, look in self._make(cells)]
            self.virtual_size = Size(cells, len(self._laid))
            self.refresh()

    def action_move(self, lines: int) -> None:
        self.scroll_relative(y=lines, animate=False)

    def action_move_page(self, pages: int) -> None:
        self.scroll_relative(y=pages * max(1, self.size.height - 1), animate=False)

    def action_edge(self, direction: int) -> None:
        self.scroll_to(y=0 if direction < 0 else self.max_scroll_y, animate=False)

    def action_heading(self, direction: int) -> None:
        """To the next heading, or the one before."""
        here = self.scroll_offset.y
        places = [at for at, (_, look) in enumerate(self._laid) if look == "heading"]
        ahead = [at for at in places if at > here] if direction > 0 else [at for at in reversed(places) if at < here]
        if ahead:
            self.scroll_to(y=ahead[0], animate=False)

    def render_line(self, y: int) -> Strip:
        cells, at = self.scrollable_content_region.width, y + self.scroll_offset.y
        if at >= len(self._laid):
            return Strip.blank(cells, self.rich_style)
        text, look = self._laid[at]
        return Strip([Segment(fit(text, cells), self._style(look))], cells)

    def _style(self, look: Look) -> Style:
        if look == "plain":
            return self.rich_style
        return self.rich_style + self.get_component_rich_style(f"lines--{look}")
