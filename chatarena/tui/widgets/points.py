"""Sentences one below the other, each with a hanging indent."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from chatarena.authoring.text import clean
from chatarena.tui.cells import wrap

BULLET = "· "


class Points(Widget):
    """Plain text; a line of `lines` that begins with blanks keeps them as its indent."""

    DEFAULT_CSS = """
    Points { height: auto; }
    """

    def __init__(
        self, lines: Sequence[str], *, bullet: str = BULLET, id: str | None = None, classes: str | None = None
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._bullet, self._indent = bullet, " " * len(bullet)
        self._points = [clean(line) for line in lines]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._wrapped(width))

    def render(self) -> RenderResult:
        return Content("\n".join(self._wrapped(self.size.width)))

    def _wrapped(self, cells: int) -> list[str]:
        lines = []
        for point in self._points:
            words = point.lstrip(" ")
            margin = point[: len(point) - len(words)]
            first, *rest = wrap(words, cells - len(margin) - len(self._bullet))
            lines += [f"{margin}{self._bullet}{first}", *(f"{margin}{self._indent}{line}" for line in rest)]
        return lines
