"""Text in terminal cells: cropping, bars, and wrapping text while it arrives. A wide character takes two cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rich.cells import cell_len, get_character_cell_size, set_cell_size

from chatarena.authoring.text import clean

_FULL, _HALF, _TRACK, _MARK, _KNOB = "━", "╸", "┄", "│", "●"
_LEVELS = "▁▂▃▄▅▆▇█"
MISSING = "–"
MOST_PER_CELL = 32
# An escape sequence that has begun and not ended, or half of a line break: more text may complete it.
_UNFINISHED = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*\Z"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\n\r\x80-\x9f]{0,256}\x1b?\Z"
    r"|\x1b[ -/]*\Z|\r\Z"
)
_TAB = "    "
_EMOJI_STYLE = "\ufe0f"  # makes the character before it two cells wide


def width(text: str) -> int:
    """How many cells a text takes."""
    return len(text) if text.isascii() else cell_len(text)


def crop(text: str, cells: int) -> str:
    """The text, cut with an ellipsis where it takes more than `cells`."""
    # Of a very long text only as much is looked at as can be shown, marks that take no cell included.
    looked_at = text[: MOST_PER_CELL * (cells + 1)]
    if len(looked_at) == len(text) and width(text) <= cells:
        return text
    return set_cell_size(looked_at, cells - 1).rstrip() + "…" if cells > 0 else ""


def fit(text: str, cells: int, *, right: bool = False) -> str:
    """The text in exactly `cells` cells, cropped or padded; with `right` it ends at the right edge."""
    cropped = crop(text, cells)
    padding = " " * max(0, cells - width(cropped))
    return padding + cropped if right else cropped + padding


def spread(left: str, rights: Sequence[str], cells: int) -> str:
    """`left` at the left end of a line, and at its right end the first of `rights` that leaves `left` whole."""
    for right in rights:
        room = cells - width(right) - 2
        if right and width(left) <= room:
            return f"{fit(left, room)}  {right}"
    return fit(left, cells)


def bar(share: float | None, cells: int, *, mark: float | None = None, knob: bool = False) -> str:
    """A horizontal bar of exactly `cells` cells.

    Args:
        share: 0 to 1, or None for a number that is missing: an empty track.
        mark: where a vertical mark stands, 0 to 1.
        knob: ends the bar with a knob, for a value that can be moved.
    """
    if cells <= 0:
        return ""
    halves = 0 if share is None else round(min(1.0, max(0.0, share)) * cells * 2)
    drawn = list(_FULL * (halves // 2) + _HALF * (halves % 2))
    drawn += [_TRACK] * (cells - len(drawn))
    if mark is not None:
        drawn[_cell(mark, cells)] = _MARK
    if knob and share is not None:
        drawn[_cell(share, cells)] = _KNOB
    return "".join(drawn[:cells])


def spark(shares: Sequence[float | None]) -> str:
    """A level for each of these shares of 0 to 1; a blank for one that is missing."""
    return "".join(
        " " if share is None else _LEVELS[min(len(_LEVELS) - 1, int(share * len(_LEVELS)))] for share in shares
    )


def _cell(share: float, cells: int) -> int:
    return min(cells - 1, max(0, round(share * (cells - 1))))


def wrap(text: str, cells: int) -> list[str]:
    """The lines of a text that is already complete."""
    tail = Tail(cells)
    tail.feed(text)
    return tail.lines


class Cleaner:
    """Makes streamed text safe to show, also where an escape sequence is cut in two by the stream."""

    def __init__(self) -> None:
        self._held = ""

    def feed(self, text: str) -> str:
        """The part of all text so far that is new and safe; an unfinished sequence is held back."""
        if not self._held and text.isascii() and text.isprintable():
            return text
        text = self._held + text
        found = _UNFINISHED.search(text)
        cut = found.start() if found else len(text)
        self._held = text[cut:]
        return clean(text[:cut])


class Tail:
    """Text wrapped while it arrives. Law: what was fed in pieces wraps as if it had come at once."""

    def __init__(self, cells: int) -> None:
        self.cells = max(1, cells)
        self.lines: list[str] = [""]
        self._used = 0
        self._continued = False

    def feed(self, text: str) -> None:
        """Add text at the end."""
        for index, part in enumerate(text.replace("\t", _TAB).split("\n")):
            if index:
                self.lines.append("")
                self._used, self._continued = 0, False
            if self._continued and not self.lines[-1]:
                part = part.lstrip(" ")
            if part:
                self._extend(part)

    def _extend(self, part: str) -> None:
        used = self._used + _added(part)
        if used <= self.cells:
            self.lines[-1] += part
            self._used = used
            return
        broken = list(_broken(self.lines[-1] + part, self.cells))
        self.lines[-1:] = broken
        self._used = _added(broken[-1])
        self._continued = self._continued or len(broken) > 1


def _broken(line: str, cells: int) -> Iterator[str]:
    """A line broken at blanks, and within a word only where the word alone is too long."""
    while (fits := _fitting(line, cells)) < len(line):
        blank = line.rfind(" ", 0, fits + 1)
        at = blank if blank > 0 and line[:blank].strip() else fits
        yield line[:at].rstrip(" ")
        line = line[at:].lstrip(" ")
    yield line  # also a single character wider than the line


def _fitting(line: str, cells: int) -> int:
    """How many leading characters fit into `cells`; at least one, so that wrapping always gets on."""
    if line.isascii():
        return min(len(line), max(1, cells))
    used = 0
    for index, character in enumerate(line):
        used += _added(character)
        if used > cells:
            return max(1, index)
    return len(line)


def _added(text: str) -> int:
    """Cells of a text, counted character by character so that the count of two pieces is the sum of their counts.

    Joined emoji count for more than they take, never for less: a line may end early but does not run over.
    """
    if text.isascii():
        return len(text)
    return sum(1 if character == _EMOJI_STYLE else get_character_cell_size(character) for character in text)
