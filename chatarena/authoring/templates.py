"""Markdown with front matter and `{placeholders}`: split, checked, and filled once.

Law: filling is a single pass, so braces inside a value stay plain text and nobody's words can reach a placeholder.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatarena.authoring.places import prompt_file, read_text, suggest
from chatarena.errors import AuthoringError

# `{word}`; and `{ word }` or `{two words}`, which somebody meant as one and which is refused, because blanks belong to
# the name. `{"key": 1}` and `{}` are plain text.
_PLACEHOLDER = re.compile(r"\{([ \t]*\w[\w \t-]*)\}")
_PLACE = re.compile(r"⟦([^⟦⟧\n]*)⟧")


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """The text of a template and what it leaves open, each name once, in order of appearance."""

    name: str
    text: str
    placeholders: tuple[str, ...]
    places: tuple[str, ...]
    file: str = ""


def load_template(
    name: str,
    *,
    required: Collection[str] = (),
    optional: Collection[str] = (),
    places: Collection[str] = (),
    directories: Sequence[Path] = (),
) -> Template:
    """Read `protocol/<name>.md` and check everything it leaves open.

    Args:
        required: placeholders `{...}` that must occur.
        optional: placeholders that may occur.
        places: open places `⟦...⟧` that may occur; the conversation fills them later.
        directories: a person's own directories (see `places.prompt_files`).

    Raises:
        AuthoringError: no such file, an unknown placeholder or place, or a required one that is missing.
    """
    path = prompt_file("protocol", name, directories)
    return parse_template(
        read_text(path), name=name, required=required, optional=optional, places=places, file=str(path)
    )


def parse_template(
    text: str,
    *,
    name: str,
    required: Collection[str] = (),
    optional: Collection[str] = (),
    places: Collection[str] = (),
    file: str = "text",
) -> Template:
    """Check a template's text; front matter, if any, is for its readers and not part of it.

    Raises:
        AuthoringError: an unknown placeholder or place (file, line, nearest known), a missing one, or no text at all.
    """
    _, body, first_line = split_front_matter(text, file=file)
    used = placeholders(body)
    used_places = _found(_PLACE, body)
    for found, known, what in ((used, {*required, *optional}, "placeholder"), (used_places, {*places}, "place")):
        for word, line in found:
            if word not in known:
                raise AuthoringError(
                    f"unknown {what} {word!r}",
                    file=file,
                    line=first_line + line,
                    key=word,
                    remedy=suggest(word, sorted(known)),
                )
    missing = sorted({*required} - {word for word, _ in used})
    if missing:
        raise AuthoringError(
            f"the placeholder {{{missing[0]}}} is missing",
            file=file,
            key=missing[0],
            remedy=f"write {', '.join(f'{{{word}}}' for word in missing)} where it belongs",
        )
    if not body.strip():
        raise AuthoringError("the template is empty", file=file, remedy="write the text of the prompt")
    return Template(
        name=name,
        text=body.strip(),
        placeholders=tuple(dict.fromkeys(word for word, _ in used)),
        places=tuple(dict.fromkeys(word for word, _ in used_places)),
        file=file,
    )


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """The text with every `{placeholder}` replaced, in one pass.

    Raises:
        ValueError: a placeholder without a value.
    """

    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise ValueError(f"no value for the placeholder {found[0]}; there are {', '.join(sorted(values))}")
        return values[found[1]]

    return _PLACEHOLDER.sub(value, text)


def placeholders(text: str) -> tuple[tuple[str, int], ...]:
    """Every placeholder with the number of the line it stands on, counted from 0."""
    return _found(_PLACEHOLDER, text)


def split_front_matter(text: str, *, file: str = "text") -> tuple[str, str, int]:
    """Front matter (empty where there is none), the text below it, and the line on which that text starts.

    Raises:
        AuthoringError: front matter that is opened with `---` and never closed.
    """
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        return "", text, 1
    for number, line in enumerate(lines[1:], start=2):
        if line.rstrip() == "---":
            return "\n".join(lines[1 : number - 1]) + "\n", "\n".join(lines[number:]), number + 1
    raise AuthoringError(
        "the front matter is not closed", file=file, line=1, remedy="put a line `---` between it and the text"
    )


def _found(pattern: re.Pattern[str], text: str) -> tuple[tuple[str, int], ...]:
    return tuple((found[1], text.count("\n", 0, found.start())) for found in pattern.finditer(text))
