"""The protocol as a picture, in whatever width there is."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from chatarena.arena.protocol import Protocol
from chatarena.tui.protocol_lines import draw


class Picture(Widget):
    """Who speaks when and who hears whom; `show` draws another protocol."""

    DEFAULT_CSS = """
    Picture { height: auto; width: 1fr; }
    """

    def __init__(self, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self._protocol = Protocol()
        self._labels: tuple[str, ...] = ()

    def show(self, protocol: Protocol, labels: Sequence[str]) -> None:
        """Draw this protocol among these agents."""
        if (protocol, tuple(labels)) != (self._protocol, self._labels):
            self._protocol, self._labels = protocol, tuple(labels)
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> RenderResult:
        return Content("\n".join(self._lines(self.size.width)))

    def _lines(self, cells: int) -> tuple[str, ...]:
        return draw(self._protocol, self._labels, cells)
