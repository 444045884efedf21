"""Changing one setting in a file that a person keeps. Law: nothing else in it changes, comments and order included.

Whatever was edited is read again before it is written: where it would not say exactly what it said before, but for this
one setting, nothing is written.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatarena.cli.toml import toml_key, toml_value
from chatarena.errors import UsageError
from chatarena.locks import alone

FILE_MODE = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statement:
    """Lines of a file that are TOML by themselves: from line `first` up to `end`, below a table, with what they say."""

    first: int
    end: int
    table: tuple[str, ...]
    said: dict[str, Any]
    header: bool


def write_setting(path: Path, section: str, key: str, value: object | None) -> None:
    """Sets one setting in a file, or takes it out where `value` is None; a file that is not there yet is made.

    Raises:
        UsageError: the file cannot be read or written, or says it in a way that only its author should touch.
    """
    from chatarena.cli.home import private_directory

    # Of two who change the file at once, the second must read what the first wrote. That takes no time: it waits.
    with alone(private_directory(path.parent), lambda: None):
        _write_setting(path, section, key, value)


def _write_setting(path: Path, section: str, key: str, value: object | None) -> None:
    from chatarena.cli.settings_template import template

    try:
        raw = path.read_bytes().decode("utf-8-sig") if path.exists() else template()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}", remedy="Check its permissions and encoding.") from error
    windows = "\r\n" in raw
    changed = changed_text(raw.replace("\r\n", "\n"), section, key, value, where=str(path))
    _replace(path, changed.replace("\n", "\r\n") if windows else changed)


def changed_text(text: str, section: str, key: str, value: object | None, *, where: str = "the file") -> str:
    """The text of a settings file with one setting changed, or taken out.

    Raises:
        UsageError: it is no TOML, or this setting stands in it together with others.
    """
    import tomllib

    try:
        before = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"{where}: this is not TOML: {error}", remedy="Find out more with: chatarena config validate"
        ) from (error)
    lines = text.split("\n")
    statements = list(_statements(lines))
    wanted = {name: dict(part) if isinstance(part, dict) else part for name, part in before.items()}
    present = key in wanted.get(section, {})
    if value is not None:
        wanted.setdefault(section, {})[key] = list(value) if isinstance(value, tuple) else value
        lines = _put(lines, statements, section, key, toml_value(value))
    elif present:
        del wanted[section][key]
        lines = _taken_out(lines, statements, section, key)
    result = "\n".join(lines)
    if not _says(result, wanted):
        raise UsageError(
            f"{where}: {section}.{key} cannot be changed from here without changing more", remedy="Edit it in the file."
        )
    return result


def _says(text: str, wanted: dict[str, Any]) -> bool:
    """Whether a text says exactly this; a table without anything in it says nothing."""
    import tomllib

    try:
        said = tomllib.loads(text)
    except ValueError:
        return False
    return {name: part for name, part in said.items() if part != {}} == {
        name: part for name, part in wanted.items() if part != {}
    }


def _statements(lines: list[str]) -> Iterator[_Statement]:
    import tomllib

    table: tuple[str, ...] = ()
    first = 0
    for number in range(len(lines)):
        try:
            said = tomllib.loads("\n".join(lines[first : number + 1]))
        except tomllib.TOMLDecodeError:
            continue
        header = lines[first].lstrip().startswith("[")
        table = _place(said) if header else table
        yield _Statement(first=first, end=number + 1, table=table, said=said, header=header)
        first = number + 1


def _place(said: Any) -> tuple[str, ...]:
    """The place of what a statement says, as far as it says a single thing."""
    place: tuple[str, ...] = ()
    while isinstance(said, dict) and len(said) == 1:
        ((name, said),) = said.items()
        place += (name,)
    return place


def _standing(statements: list[_Statement], section: str, key: str) -> _Statement | None:
    """The statement that sets this and nothing else."""
    for one in statements:
        if one.header or not one.said:
            continue
        if (*one.table, *_place(one.said))[:2] == (section, key):
            return one
    return None


def _put(lines: list[str], statements: list[_Statement], section: str, key: str, value: str) -> list[str]:
    standing = _standing(statements, section, key)
    if standing is not None:
        old = lines[standing.first]
        name = old[: old.index("=")].rstrip()
        comment = _comment(old) if standing.end == standing.first + 1 else ""
        return [*lines[: standing.first], f"{name} = {value}{comment}", *lines[standing.end :]]
    written = f"{toml_key(key)} = {value}"
    header = next((one for one in statements if one.header and one.table == (section,)), None)
    if header is None:
        tail = [] if lines[-1:] == [""] else [""]
        return [*lines, *tail, f"[{toml_key(section)}]", written, ""]
    at = _home(lines, statements, header, key)
    return [*lines[:at], written, *lines[at:]]


def _home(lines: list[str], statements: list[_Statement], header: _Statement, key: str) -> int:
    """Where in its table a new setting goes: below its own commented-out line, else below the last that is set."""
    at = header.end
    for one in statements:
        if one.first < header.end:
            continue
        if one.header:
            break
        if lines[one.first].replace(" ", "").startswith(f"#{key}="):
            return one.end
        at = one.end if one.said else at
    return at


def _comment(line: str) -> str:
    """What stands behind a setting on its line, blanks included."""
    import tomllib

    for at, character in enumerate(line):
        if character == "#":
            try:
                tomllib.loads(line[:at])
            except tomllib.TOMLDecodeError:
                continue
            bare = line[:at].rstrip()
            return line[len(bare) :]
    return ""


def _taken_out(lines: list[str], statements: list[_Statement], section: str, key: str) -> list[str]:
    standing = _standing(statements, section, key)
    return lines if standing is None else [*lines[: standing.first], *lines[standing.end :]]


def _replace(path: Path, text: str) -> None:
    """The file in one go, whatever happens on the way; where it is a link, what it leads to."""
    target = path.resolve()
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else FILE_MODE
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(mode)
            Path(name).replace(target)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror or error}", remedy="Check its permissions."
        ) from error
