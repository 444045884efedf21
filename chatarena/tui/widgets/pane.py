"""Where one agent's talk is read: finished pieces above, the turn that is being spoken below.

Laws: text on its way costs one paint per flush, however many tokens came; a finished piece is painted once per width;
the view stays at the end until the reader scrolls, and where she reads until she comes back.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from chatarena.tui.blocks import Block
from chatarena.tui.cells import Cleaner, Tail, fit, width
from chatarena.tui.paint import paint

NOTHING_YET = "Nothing said yet."


class SpeechPane(Widget, can_focus=True):
    """A Line-API pane: it does its own wrapping and scrolling, so that streaming never causes a layout."""

    ALLOW_SELECT = False
    BINDING_GROUP_TITLE = "Reading"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "scroll_lines(-1)", "Up", show=False, id="pane.up"),
        Binding("down", "scroll_lines(1)", "Down", show=False, id="pane.down"),
        Binding("pageup", "scroll_pages(-1)", "Page up", show=False, id="pane.page_up"),
        Binding("pagedown,space", "scroll_pages(1)", "Page down", show=False, id="pane.page_down"),
        Binding("home", "to_start", "To the beginning", show=False, id="pane.start"),
        Binding("end", "to_end", "To the end", show=False, id="pane.end"),
    ]
    DEFAULT_CSS = """
    SpeechPane { height: 1fr; padding: 0 1; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._blocks: list[Block] = []
        self._cleaner = Cleaner()
        self._said: list[str] = []
        self._above = 0
        # What has been painted, for one width and style.
        self._cells, self._base = 0, Style()
        self._strips: dict[int, list[Strip]] = {}
        self._tail: Tail | None = None
        self._tail_strips: list[Strip] = []
        self._nothing = Strip.blank(0)
        self._window: list[Strip] | None = None
        self._shown: list[Strip] = []

    # -- what comes in -------------------------------------------------------------------------------------------

    def add(self, *blocks: Block) -> None:
        """Finished pieces; a finished speech takes the place of the text that was on its way."""
        before = self._line_count() if self._above else 0
        if any(block.kind in ("speech", "note") for block in blocks):
            self._tail, self._said, self._cleaner = None, [], Cleaner()
        self._blocks += blocks
        self._changed(before)

    def restart(self, blocks: Sequence[Block]) -> None:
        """These pieces in place of everything, seen from their end."""
        self._blocks, self._strips = list(blocks), {}
        self._tail, self._said, self._cleaner = None, [], Cleaner()
        self._above = 0
        self._repaint()

    def say(self, text: str) -> None:
        """More of the turn that is being spoken; call it once per flush with all that has come."""
        cleaned = self._cleaner.feed(text)
        if not cleaned:
            return
        before = self._line_count() if self._above else 0
        if not self._said:
            cleaned = cleaned.lstrip()
        self._said.append(cleaned)
        if self._tail is not None:
            self._tail.feed(cleaned)
        self._changed(before)

    @property
    def text(self) -> str:
        """Everything in the pane as plain text, the turn that is being spoken included."""
        finished = [block.text for block in self._blocks]
        return "\n".join([*finished, "".join(self._said)])

    @property
    def last_speech(self) -> str:
        """What the agent said last, to the end or so far."""
        spoken = [block.text for block in self._blocks if block.kind == "speech"]
        return "".join(self._said) or (spoken[-1] if spoken else "")

    # -- scrolling ----------------------------------------------------------------------------------------------

    def action_scroll_lines(self, lines: int) -> None:
        self._scroll(lines)

    def action_scroll_pages(self, pages: int) -> None:
        self._scroll(pages * max(1, self.size.height - 1))

    def action_to_start(self) -> None:
        self._scroll(-self._line_count())

    def action_to_end(self) -> None:
        self._scroll(self._above)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(3)

    def _scroll(self, lines: int) -> None:
        highest = max(0, self._line_count() - self.size.height)
        self._above = min(highest, max(0, self._above - lines))
        self._repaint()

    # -- painting ------------------------------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        if self._window is None:
            self._window = self._visible()
        return self._window[y] if y < len(self._window) else Strip.blank(self.size.width, self._base)

    def on_resize(self) -> None:
        self._repaint()

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._window = None

    def _changed(self, lines_before: int) -> None:
        if self._above:
            self._above = max(0, self._above + self._line_count() - lines_before)
        self._repaint()

    def _repaint(self) -> None:
        """Paint again only the lines that differ from what is on the screen."""
        self._window = None
        if not self.size:
            self._tail = None
            return
        window, shown = self._visible(), self._shown
        fresh = [y for y, strip in enumerate(window) if y >= len(shown) or shown[y] is not strip]
        if fresh and len(window) == len(shown):
            self.refresh(Region(0, fresh[0], self.size.width, fresh[-1] - fresh[0] + 1))
        elif fresh or len(window) != len(shown):
            self.refresh()
        self._shown = self._window = window

    def _visible(self) -> list[Strip]:
        """The lines on the screen. A line that has not changed is the same object as before."""
        height = self.size.height
        self._keep_painted()
        if not self._blocks and not self._said:
            return [self._nothing][:height]
        lines = self._last_lines(height + self._above)
        end = len(lines) - self._above if len(lines) > height else len(lines)
        window = lines[max(0, end - height) : max(end, height)][:height]
        if self._above and window:
            window[-1] = self._finished(fit(f"↓ {self._above} more lines · End", self._cells), Style(reverse=True))
        return window

    def _keep_painted(self) -> None:
        """Throw away what was painted for another width or another style."""
        look = (max(1, self.size.width), self.visual_style.rich_style)
        if look != (self._cells, self._base):
            self._cells, self._base = look
            self._strips, self._tail = {}, None
            self._nothing = self._finished(fit(NOTHING_YET, self._cells), Style(dim=True))

    def _last_lines(self, wanted: int) -> list[Strip]:
        """At least `wanted` lines from the end, or all there are. Blocks further up are not even painted."""
        parts = [self._spoken()[-wanted:] if wanted > 0 else []]
        count = len(parts[0])
        for index in range(len(self._blocks) - 1, -1, -1):
            if count >= wanted:
                break
            parts.append(self._block(index))
            count += len(parts[-1])
        return [strip for part in reversed(parts) for strip in part]

    def _spoken(self) -> list[Strip]:
        """The lines of the turn on its way. A pane that is not on the screen does not wrap them."""
        if not self._said:
            return []
        if self._tail is None:
            self._tail, self._tail_strips = Tail(self._cells), []
            self._tail.feed("".join(self._said))
        *full, last = self._tail.lines[len(self._tail_strips) :]
        self._tail_strips += map(self._finished, full)
        return [*self._tail_strips, self._finished(last)]

    def _block(self, index: int) -> list[Strip]:
        if index not in self._strips:
            painted = paint(self._blocks[index], self._cells)
            self._strips[index] = [
                strip.apply_style(self._base).extend_cell_length(self._cells, self._base) for strip in painted
            ]
        return self._strips[index]

    def _finished(self, line: str, style: Style | None = None) -> Strip:
        style = self._base if style is None else self._base + style
        used = width(line)
        return Strip([Segment(line + " " * (self._cells - used), style)], max(used, self._cells))

    def _line_count(self) -> int:
        self._keep_painted()
        return len(self._spoken()) + sum(len(self._block(index)) for index in range(len(self._blocks)))
