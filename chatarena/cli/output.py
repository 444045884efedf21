"""What commands print: data on stdout as a table or as one JSON envelope, narration on stderr.

Laws: nothing but data reaches stdout; text from files, logs and models never carries a control character to a
terminal; a table is cut to the terminal's width with a visible `…` and sentences are broken between words, and neither
where the output is not a terminal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from chatarena.arena.events import Entry

Status = Literal["ok", "failed"]
_COLOURS = {"ok": "32", "warn": "33", "fail": "31", "dim": "2"}
# Columns of running text, at most and at least.
_PAGE, _NARROWEST = 100, 20
_GAP = "  "


def emit_json(data: object, *, status: Status = "ok", warnings: Sequence[str] = ()) -> None:
    """Prints the envelope `{"status", "data", "warnings"}` on one document; numbers that are not finite are refused."""
    import json

    envelope = {"status": status, "data": data, "warnings": list(warnings)}
    # Escapes everything beyond ASCII: whatever the terminal's encoding, what arrives is what was stored.
    print(json.dumps(envelope, indent=2, allow_nan=False))


def json_line(entry: Entry) -> str:
    """An entry as one line of JSON, its session's id included."""
    import json

    from chatarena.session_log.codec import encode

    head = {"session": entry.session, "seq": entry.seq, "at": entry.at, "elapsed": entry.elapsed}
    return f'{json.dumps(head)[:-1]}, "event": {encode(entry.event)}}}'


def emit_table(
    header: Sequence[str], rows: Iterable[Sequence[object]], *, whole: bool = False, keep: Sequence[str] = ()
) -> None:
    """Prints aligned columns under a header; None shows as a dash.

    Args:
        header: one word a column, in lower case.
        rows: cells; text is cleaned and put on one line.
        whole: cut nothing, as for paths that somebody will copy.
        keep: columns that say little when they are cut, as times do; the others give way.
    """
    table = [list(header), *([cell(value) for value in row] for row in rows)]
    width = None if whole else terminal_width(sys.stdout)
    widths = [max(text_width(row[column]) for row in table) for column in range(len(header))]
    widths = _fit(widths, width, [place for place, name in enumerate(header) if name in keep])
    columns = [cut_apart([row[column] for row in table], wide) for column, wide in enumerate(widths)]
    for number, row in enumerate(zip(*columns, strict=True)):
        line = _GAP.join(pad(text, wide) for text, wide in zip(row, widths, strict=True)).rstrip()
        _write(sys.stdout, paint(line, "dim", sys.stdout) if number == 0 else line)


def say(text: str, *, mark: str = "", tone: str = "") -> None:
    """Prints data, cleaned, after a coloured mark; characters that the output's encoding lacks become escapes."""
    _write(sys.stdout, f"{paint(mark, tone, sys.stdout)}{shown(text)}" if mark else shown(text))


def tell(text: str, *, mark: str = "", tone: str = "") -> None:
    """Prints sentences as data, cleaned: broken between words at a terminal, under what follows the mark; else whole.

    Args:
        tone: the colour of the mark; none where it is empty.
    """
    words = _folded(text, sys.stdout, text_width(mark))
    _write(sys.stdout, f"{paint(mark, tone, sys.stdout) if tone else mark}{words}")


def say_wrapped(line: str, *, mark: str = "", indent: str = "") -> None:
    """Prints a sentence in lines as wide as a page or a narrower terminal; nothing where there is nothing to say."""
    for part in wrapped(line) if line else ():
        say(indent + part, mark=mark, tone="warn")


def wrapped(text: str) -> list[str]:
    """The text on several lines, as wide as a page, or as a narrower terminal with room for a mark."""
    import textwrap

    screen = terminal_width(sys.stdout)
    width = _PAGE if screen is None else max(_NARROWEST, min(_PAGE, screen - 2))
    return textwrap.wrap(text, width=width, break_long_words=False, break_on_hyphens=False) or [""]


def narrate(text: str) -> None:
    """Prints something beside the data, for the person who watches; cleaned like data, broken as by `tell`."""
    _write(sys.stderr, _folded(text, sys.stderr))


def _folded(text: str, stream: TextIO, indent: int = 0) -> str:
    """What is shown of a text after so many columns: in lines of a page or a narrower terminal, elsewhere as it is."""
    screen = terminal_width(stream)
    if screen is None:
        return shown(text)
    from chatarena.cli.folding import folded

    lines = folded(shown(text), max(_NARROWEST, min(_PAGE, screen) - indent))
    return lines.replace("\n", "\n" + " " * indent)


def shown(text: str) -> str:
    """Stored text over several lines, made safe to print."""
    if text.isascii() and text.isprintable():
        return text
    from chatarena.authoring.text import clean

    return clean(text)


def cell(value: object) -> str:
    """A value as one cell of a table: one line, nothing that acts on a terminal."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str) and value.isascii() and value.isprintable():
        return value
    from chatarena.authoring.text import one_line

    return one_line(str(value))


def bytes_in_words(size: int) -> str:
    """A number of bytes for people, in powers of ten."""
    if size >= 10**9:
        return f"{size / 1e9:.1f} GB"
    return f"{size / 1e6:.0f} MB" if size >= 10**6 else f"{size / 1e3:.0f} kB"


def paint(text: str, tone: str, stream: TextIO) -> str:
    """The text in a colour where the stream is a terminal that wants any; the words must say the same without it."""
    return f"\x1b[{_COLOURS[tone]}m{text}\x1b[0m" if wants_colour(stream) else text


def wants_colour(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether to colour: a terminal, `NO_COLOR` (no-color.org) unset or empty, and not a dumb one."""
    return stream.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"


def terminal_width(stream: TextIO) -> int | None:
    """Columns of the terminal behind this stream; None where there is none."""
    if not stream.isatty():
        return None
    import shutil

    return shutil.get_terminal_size().columns


def text_width(text: str) -> int:
    """How many columns a line takes: two for wide East Asian characters and emoji, none for combining marks."""
    if text.isascii():
        return len(text)
    return sum(_character_width(character) for character in text)


def _character_width(character: str) -> int:
    import unicodedata

    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def cut(text: str, width: int) -> str:
    """The text, or as much of it as fits with `…` at its end."""
    if text_width(text) <= width:
        return text
    taken, used = [], 0
    for character in text:
        used += _character_width(character)
        if used > width - 1:
            break
        taken.append(character)
    return "".join(taken).rstrip() + "…"


def cut_apart(texts: Sequence[str], width: int) -> list[str]:
    """Texts cut to a width; those that would then look alike are cut in their middle, so that they stay different."""
    alike: dict[str, list[str]] = {}
    for text in dict.fromkeys(texts):
        alike.setdefault(cut(text, width), []).append(text)
    said: dict[str, str] = {}
    for short, group in alike.items():
        said.update({group[0]: short} if len(group) == 1 else _cut_inside(group, width))
    return [said[text] for text in texts]


def _cut_inside(group: Sequence[str], width: int) -> dict[str, str]:
    """A third of the width for how all of these begin, the rest for where they begin to differ."""
    first, last = min(group), max(group)
    differ = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    begin, most = group[0].rfind(" ", 0, differ) + 1, width // 3
    if differ - begin >= width - most - 1:
        begin = differ
    head = cut(group[0][:begin].rstrip(), most) or "…"
    if not head.endswith("…"):
        head += " "
    made = {text: head + cut(text[begin:], width - text_width(head)) for text in group}
    for short in set(made.values()):
        rest = [text for text in group if made[text] == short]
        if 1 < len(rest) < len(group):
            made.update(_cut_inside(rest, width))
    return made


def pad(text: str, width: int) -> str:
    return text + " " * (width - text_width(text))


def _fit(widths: list[int], limit: int | None, kept: Sequence[int] = ()) -> list[int]:
    """Narrows the widest columns until the line fits, none below 8 and none of those that are kept."""
    if limit is None:
        return widths
    if kept:
        room = limit - sum(widths[place] + len(_GAP) for place in kept)
        others = iter(_fit([width for place, width in enumerate(widths) if place not in kept], room))
        return [width if place in kept else next(others) for place, width in enumerate(widths)]
    room = limit - len(_GAP) * (len(widths) - 1)
    fitted = list(widths)
    while sum(fitted) > room and max(fitted, default=0) > 8:
        widest = max(range(len(fitted)), key=fitted.__getitem__)
        fitted[widest] = max(8, fitted[widest] - (sum(fitted) - room), sorted(fitted)[-2] - 1 if len(fitted) > 1 else 8)
    return fitted


def _write(stream: TextIO, text: str) -> None:
    try:
        print(text, file=stream, flush=True)
    except UnicodeEncodeError:
        encoding = stream.encoding or "ascii"
        print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
