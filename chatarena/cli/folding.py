"""Running text in lines of a terminal: broken between words, never within one; what follows stands under its beginning.

Where nothing parts words, as in Chinese and Japanese, a line may end after every character, but none begins with a mark
that closes and none ends with one that opens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from chatarena.cli.output import text_width

_WIDE: Final = "\u2e80-\u312f\u3190-\u9fff\uf900-\ufaff\uff01-\uff60"
_OPENS: Final = "\u3008\u300a\u300c\u300e\u3010\u3014\uff08\uff3b\uff5b"
_CLOSES: Final = (
    "\u3001\u3002\u3005\u3009\u300b\u300d\u300f\u3011\u3015\u30fb\u30fc"
    "\uff01\uff09\uff0c\uff0e\uff1a\uff1b\uff1f\uff3d\uff5d"
)
_PIECE: Final = re.compile(rf"\s+|[{_OPENS}]*[{_WIDE}][{_CLOSES}]*|[^\s{_WIDE}]+[{_CLOSES}]*")
# A blank beginning, the number or the bullet of an item, or the name of a row whose values stand in a column.
_HEAD: Final = re.compile(r"\s*(?:\d+\. |[-•] |[^\s:][^:]{0,20}:\s{2,})?")


def folded(text: str, width: int) -> str:
    """The text in lines of at most so many columns; a single word that is wider than that stays whole.

    Args:
        text: one or more lines; each is broken by itself, and one that fits stays as it is.
    """
    return "\n".join(part for line in text.split("\n") for part in _broken(line, width))


def _broken(line: str, width: int) -> Iterator[str]:
    if text_width(line) <= width:
        yield line
        return
    head = _HEAD.match(line)
    indent = text_width(head[0]) if head else 0
    if head is None or indent > width // 2:
        head, indent = None, 0
    made = head[0] if head else ""
    begun, gap = False, ""
    for piece in _PIECE.findall(line[len(made) :]):
        if piece.isspace():
            gap = piece
        elif begun and text_width(made) + text_width(gap) + text_width(piece) > width:
            yield made
            made, gap = " " * indent + piece, ""
        else:
            made, begun, gap = made + gap + piece, True, ""
    yield made
