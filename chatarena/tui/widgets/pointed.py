"""A list of options in which the one that is chosen is marked by a sign too, not by colour alone."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import OptionList

HERE, ELSEWHERE = "▸ ", "  "


class Pointed(OptionList):
    """An option list with a pointer."""

    # Whether the pointer stays while the focus is somewhere else: where what is chosen still counts then.
    STAYS: ClassVar[bool] = True

    def _get_left_gutter_width(self) -> int:
        return len(HERE)

    def render_line(self, y: int) -> Strip:
        line, at = super().render_line(y), self.scroll_offset.y + y
        if at >= len(self._lines):
            return line
        option, below = self._lines[at]
        here = option == self.highlighted and not below and (self.STAYS or self.has_focus)
        style = next((segment.style for segment in line), None)
        return Strip([Segment(HERE if here else ELSEWHERE, style), *line])
