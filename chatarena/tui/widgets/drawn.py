"""Lines that are made anew for every width, as high as there are lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget


class Drawn(Widget):
    """Plain text, never wrapped: `draw` makes lines that fit."""

    DEFAULT_CSS = """
    Drawn { height: auto; }
    """

    def __init__(self, draw: Callable[[int], Sequence[str]], *, id: str | None = None) -> None:
        """`draw` is given the cells of a line and returns lines that take no more."""
        super().__init__(id=id)
        self._draw = draw
        self._made: tuple[int, Sequence[str]] = (-1, ())

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> RenderResult:
        return Content("\n".join(self._lines(self.size.width)))

    def _lines(self, cells: int) -> Sequence[str]:
        if self._made[0] != cells:
            self._made = cells, self._draw(max(1, cells))
        return self._made[1]
