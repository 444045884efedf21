"""The two lines at the top: what is being decided, and what is going on now."""

from __future__ import annotations

from textual.app import RenderResult
from textual.content import Content
from textual.widget import Widget

from chatarena.authoring.text import one_line
from chatarena.tui.cells import crop, spread
from chatarena.tui.live import Watched
from chatarena.tui.scene import BUSY, Meter
from chatarena.tui.wording import breath, progress, usage


class Masthead(Widget):
    """Question and status. While an agent is at work a small sign moves once a second."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Masthead { height: 2; padding: 0 1; background: $panel; dock: top; }
    """

    def __init__(self, live: Watched) -> None:
        super().__init__(id="masthead")
        self._live = live
        self._lines = ("", "")

    def show(self) -> None:
        """Bring both lines up to date; painted only where something changed."""
        lines = self._compose_lines()
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def on_resize(self) -> None:
        self.show()

    def _compose_lines(self) -> tuple[str, str]:
        live, cells, now = self._live, self.size.width, self._live.clock()
        scene, session = live.scene, live.session
        busy = bool(scene.labels(*BUSY)) and not live.over
        sign = f" {breath(now, still=self.app.animation_level == 'none')}" if busy else ""
        used = usage(scene.meter, session.head.settings) if scene.meter != Meter() else ""
        rights = [" · ".join(filter(None, (progress(scene), used))), progress(scene)]
        question = crop(one_line(session.head.decision.question), cells)
        return question, spread(f"{live.status()}{sign}", rights, cells)

    def render(self) -> RenderResult:
        return Content("\n").join([Content.styled(self._lines[0], "bold"), Content(self._lines[1])])
