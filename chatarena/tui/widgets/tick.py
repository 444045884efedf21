"""A box to tick whose mark is there or not: colour alone would not say it."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Checkbox


class Tick(Checkbox):
    """A checkbox that shows `[x]` or `[ ]`."""

    DEFAULT_CSS = """
    Tick, Tick:focus { background: transparent; border: none; padding: 0; }
    Tick > .toggle--button { color: $foreground; background: transparent; }
    """

    @property
    def _button(self) -> Content:
        style = self.get_visual_style("toggle--button")
        return Content.styled("[x]" if self.value else "[ ]", style)
