"""Where talk is read: finished pieces above, the turns that are being spoken below.

Laws: text on its way costs one paint per flush, however many tokens came; a finished piece is painted once per width,
and only where it is seen; the view stays at the end until the reader scrolls, and where she reads until she comes
back, also when the pane gets another size.
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
from chatarena.tui.cells import fit, width
from chatarena.tui.paint import BOLD, paint
from chatarena.tui.voice import Voice

NOTHING_YET = "Nothing said yet."
# How many pieces stay painted before those far from what is seen are let go, and how many of them at each side stay.
KEPT, AROUND = 256, 48
# Lines below the view are counted as far as this: to count means to paint.
COUNTED = 100

Top = tuple[int, int]
"""The first line of the view: which piece, and which of its lines. The piece after the last is what is being spoken."""


class SpeechPane(Widget, can_focus=True):
    """A Line-API pane: it does its own wrapping and scrolling, so that streaming never causes a layout.

    Several may speak in it at once: each under its name, with an equal share of the height until it is done.
    """

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
        self._voices: dict[str, Voice] = {}
        self._top: Top | None = None
        # What has been painted, for one width and style.
        self._cells, self._base = 0, Style()
        self._strips: dict[int, list[Strip]] = {}
        self._nothing = Strip.blank(0)
        self._window: list[Strip] | None = None
        self._shown: list[Strip] = []

    # -- what comes in -------------------------------------------------------------------------------------------

    def add(self, *blocks: Block, who: str = "") -> None:
        """Finished pieces; a finished speech takes the place of the text that `who` had on its way."""
        if any(block.kind in ("speech", "note") for block in blocks):
            self._voices.pop(who, None)
        if not blocks:
            return
        self._blocks += blocks
        self._repaint()

    def restart(self, blocks: Sequence[Block]) -> None:
        """These pieces in place of everything, seen from their end."""
        self._blocks, self._strips, self._voices = list(blocks), {}, {}
        self._top = None
        self._repaint()

    def say(self, text: str, who: str = "") -> None:
        """More of the turn that `who` is speaking; call it once per flush with all that has come."""
        if text and self._voices.setdefault(who, Voice()).say(text):
            self._repaint()

    @property
    def text(self) -> str:
        """Everything in the pane as plain text, the turns that are being spoken included."""
        return "\n".join([*(block.text for block in self._blocks), *(voice.text for voice in self._voices.values())])

    @property
    def follows(self) -> bool:
        """Whether the view is at the end and stays there."""
        return self._top is None

    @property
    def on_its_way(self) -> str:
        """What was said so far of the turns that are being spoken."""
        return "".join(voice.text for voice in self._voices.values())

    @property
    def last_speech(self) -> str:
        """What was said last, to the end or so far."""
        for voice in reversed(self._voices.values()):
            if voice.begun:
                return voice.text
        return next((block.text for block in reversed(self._blocks) if block.kind == "speech"), "")

    # -- scrolling ----------------------------------------------------------------------------------------------

    def action_scroll_lines(self, lines: int) -> None:
        self._scroll(lines)

    def action_scroll_pages(self, pages: int) -> None:
        self._scroll(pages * max(1, self.size.height - 1))

    def action_to_start(self) -> None:
        self._keep_painted()
        self._top = (0, 0) if self._more_than_fits((0, 0)) else None
        self._repaint()

    def action_to_end(self) -> None:
        self._top = None
        self._repaint()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._scroll(3)

    def _scroll(self, lines: int) -> None:
        self._keep_painted()
        if self._top is not None or lines < 0:
            top = self._moved(self._top or self._moved((len(self._blocks) + 1, 0), -self.size.height), lines)
            self._top = top if self._more_than_fits(top) else None
        self._repaint()

    def _moved(self, top: Top, lines: int) -> Top:
        """So many lines further down, or up, and no further than there are any."""
        piece, line = top[0], top[1] + lines
        while line < 0 and piece > 0:
            piece -= 1
            line += len(self._piece(piece))
        while piece < len(self._blocks) and line >= len(self._piece(piece)):
            line -= len(self._piece(piece))
            piece += 1
        return piece, max(0, line)

    def _more_than_fits(self, top: Top) -> bool:
        """Whether the view from here on does not show the end."""
        return len(self._from(top, self.size.height + 1)) > self.size.height

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

    def _repaint(self) -> None:
        """Paint again only the lines that differ from what is on the screen."""
        self._window = None
        if not self.size:
            for voice in self._voices.values():
                voice.rest()
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
        if not self._blocks and not any(voice.begun for voice in self._voices.values()):
            return [self._nothing][:height]
        if self._top is not None and not self._more_than_fits(self._top):
            self._top = None
        if self._top is None:
            return self._last_lines(height)
        window = self._from(self._top, height)
        window[-1] = self._finished(fit(self._below(), self._cells), Style(reverse=True))
        return window

    def _below(self) -> str:
        """How much lies below the view."""
        assert self._top is not None
        lines = len(self._from(self._top, self.size.height + COUNTED)) - self.size.height + 1
        return f"↓ {lines} more lines · End" if lines <= COUNTED else f"↓ over {COUNTED} more lines · End"

    def _keep_painted(self) -> None:
        """Throw away what was painted for another width or style; what is read stays where it is."""
        look = (max(1, self.size.width), self.visual_style.rich_style)
        if look != (self._cells, self._base):
            before = len(self._strips[self._top[0]]) if self._top and self._top[0] in self._strips else 0
            self._cells, self._base = look
            self._strips = {}
            for voice in self._voices.values():
                voice.rest()
            self._nothing = self._finished(fit(NOTHING_YET, self._cells), Style(dim=True))
            if self._top is not None and before:
                piece, line = self._top
                self._top = piece, line * len(self._piece(piece)) // before

    def _last_lines(self, wanted: int) -> list[Strip]:
        """The last `wanted` lines, or all there are. Blocks further up are not even painted."""
        parts = [self._spoken()[-wanted:] if wanted > 0 else []]
        count, index = len(parts[0]), len(self._blocks) - 1
        while count < wanted and index >= 0:
            parts.append(self._block(index))
            count, index = count + len(parts[-1]), index - 1
        self._let_go(index + 1, len(self._blocks))
        return [strip for part in reversed(parts) for strip in part][-wanted:] if wanted > 0 else []

    def _from(self, top: Top, wanted: int) -> list[Strip]:
        """`wanted` lines from here on, or as many as there are."""
        index, line = top
        lines = self._piece(index)[line:]
        while len(lines) < wanted and index < len(self._blocks):
            index += 1
            lines = lines + self._piece(index)
        self._let_go(top[0], index)
        return lines[:wanted]

    def _piece(self, index: int) -> list[Strip]:
        """The lines of a block, or of what is being spoken after the last; none further down."""
        if index == len(self._blocks):
            return self._spoken()
        return self._block(index) if index < len(self._blocks) else []

    def _spoken(self) -> list[Strip]:
        """The lines of the turns on their way. A pane that is not on the screen does not wrap them."""
        speaking = [(who, voice) for who, voice in self._voices.items() if voice.begun]
        share = max(2, self.size.height // len(speaking) - 1) if len(speaking) > 1 else 0
        lines: list[Strip] = []
        for who, voice in speaking:
            lines += [self._finished(fit(who, self._cells), BOLD)] if who else []
            lines += voice.lines(self._cells, self._finished)[-share:]
        return lines

    def _block(self, index: int) -> list[Strip]:
        if index not in self._strips:
            painted = paint(self._blocks[index], self._cells)
            self._strips[index] = [
                strip.apply_style(self._base).extend_cell_length(self._cells, self._base) for strip in painted
            ]
        return self._strips[index]

    def _let_go(self, first: int, last: int) -> None:
        """Forget how pieces look that are far from these, once there are many."""
        if len(self._strips) > KEPT:
            near = range(first - AROUND, last + AROUND)
            self._strips = {index: strips for index, strips in self._strips.items() if index in near}

    def _finished(self, line: str, style: Style | None = None) -> Strip:
        style = self._base if style is None else self._base + style
        used = width(line)
        return Strip([Segment(line + " " * (self._cells - used), style)], max(used, self._cells))
