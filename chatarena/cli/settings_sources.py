"""Where settings come from: two files, the environment, the command line; each value keeps its place.

Law: a file that came with a folder must not decide where a person's keys and words go, so addresses and the names of
key variables are taken from her own file, her environment and her command line only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatarena.cli.home import Paths
from chatarena.cli.settings import Where, dotted

PREFIX = "CHATARENA_"
MAX_BYTES = 100_000
OWN_ONLY = ("api_base", "api_key_env")
KEYS = "keys"
_TOML_LINE = re.compile(r"\(at line (\d+), column \d+\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong in one source: `place` is a file, a variable or `command line`; `key` is dotted."""

    place: str
    message: str
    remedy: str
    line: int | None = None
    key: str = ""

    @property
    def said(self) -> str:
        place = self.place if self.line is None else f"{self.place}:{self.line}"
        return f"{place}: {f'{self.key} ' if self.key else ''}{self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """What one source says: checked values by section and key, and the place of each."""

    values: Mapping[str, Mapping[str, Any]]
    places: Mapping[Where, str]

    def source(self, where: Where) -> str:
        """The place of this value, or of the table that holds it."""
        for end in range(len(where), 0, -1):
            if where[:end] in self.places:
                return self.places[where[:end]]
        raise ValueError(f"this layer says nothing of {where!r}")


def read_layers(
    overrides: Mapping[str, object], paths: Paths, environ: Mapping[str, str]
) -> tuple[tuple[Layer, ...], tuple[Fault, ...]]:
    """Every source that says anything, strongest first, and everything wrong in any of them."""
    layers, faults = [], list[Fault]()
    for layer, found in (
        _command_line(overrides),
        _environment(environ),
        *((read_file(paths.project_config, project=True),) if paths.project_config is not None else ()),
        *((read_file(paths.config_file),) if paths.config_file.is_file() else ()),
    ):
        layers.append(layer)
        faults += found
    return tuple(layer for layer in layers if layer.values), tuple(faults)


def sources_present(paths: Paths, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What is read besides the command line, strongest first; the defaults last of all."""
    files = [path for path in (paths.project_config, paths.config_file) if path is not None and path.is_file()]
    return (*(f"the variable {name}" for name in sorted(_variables(environ))), *map(str, files), "defaults")


def read_file(path: Path, *, project: bool = False) -> tuple[Layer, tuple[Fault, ...]]:
    """One settings file, and everything wrong with it."""
    import tomllib

    from chatarena.cli.toml import key_lines

    try:
        text = _text(path)
        given = tomllib.loads(text)
    except RecursionError:
        return _NOTHING, (Fault(place=str(path), message="this is nested too deeply", remedy="no setting needs that"),)
    except OSError as error:
        said, remedy = f"the file cannot be read: {error.strerror or error}", "check its permissions"
        return _NOTHING, (Fault(place=str(path), message=said, remedy=remedy),)
    except ValueError as error:
        return _NOTHING, (_not_toml(path, error),)
    given, lines = _with_keys(given, key_lines(text))
    places = {where: f"{path}:{line}" for where, line in lines.items()}
    layer, faults = _checked(given, places, str(path), lines)
    if project:
        faults += tuple(
            Fault(
                place=str(path), message=_NOT_HERE, remedy=_OWN_REMEDY, key=f"models.{key}", line=lines["models", key]
            )
            for key in OWN_ONLY
            if key in layer.values.get("models", {})
        )
    return layer, faults


def _with_keys(given: dict[str, Any], lines: dict[Where, int]) -> tuple[dict[str, Any], dict[Where, int]]:
    """The table `[keys]`, in which `arena.next = "f8"` is a table in a table, as the setting `ui.keymap` that it is."""
    if not isinstance(given.get(KEYS), dict):
        return given, lines
    own = dict(_flat(given[KEYS]))
    ui = given.get("ui", {})
    if not isinstance(ui, dict) or not isinstance(ui.get("keymap", {}), dict):
        return given, lines
    rest = {name: value for name, value in given.items() if name != KEYS}
    merged = {**rest, "ui": {**ui, "keymap": {**ui.get("keymap", {}), **own}}}
    moved: dict[Where, int] = {
        ("ui", "keymap", ".".join(where[1:])): line for where, line in lines.items() if where[0] == KEYS
    }
    return merged, {**lines, **moved}


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every value by its dotted name; several keys in a list become one text."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name}.")
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            yield f"{before}{name}", ",".join(value)
        else:
            yield f"{before}{name}", value


_NOTHING = Layer(values={}, places={})
_NOT_HERE = "is not taken from a project's file, so that no folder you open can decide where your keys and words go"
_OWN_REMEDY = "put it into your own file (`chatarena paths config`) or into the environment"


def _text(path: Path) -> str:
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise ValueError(f"the file is larger than {MAX_BYTES:,} bytes")
    # TOML knows two kinds of line end, Python many more.
    return raw.decode("utf-8-sig").replace("\r\n", "\n")


def _not_toml(path: Path, error: ValueError) -> Fault:
    if isinstance(error, UnicodeDecodeError):
        return Fault(place=str(path), message="the file is not UTF-8 text", remedy="save it in the encoding UTF-8")
    line = _TOML_LINE.search(str(error))
    said = _TOML_LINE.sub("", str(error)).strip()
    return Fault(
        place=str(path),
        message=f"this is not TOML: {said}",
        remedy='write lines such as `key = "text"` below a line such as `[session]`',
        line=int(line[1]) if line else None,
    )


def _environment(environ: Mapping[str, str]) -> tuple[Layer, tuple[Fault, ...]]:
    named = _variables(environ)
    if not named:
        return _NOTHING, ()
    from chatarena.cli.settings_form import from_text

    values: dict[str, dict[str, Any]] = {}
    places: dict[Where, str] = {}
    faults: list[Fault] = []
    for name, text in sorted(named.items()):
        section, _, key = name.removeprefix(PREFIX).lower().partition("__")
        places[section, key] = place = f"the variable {name}"
        layer, found = _checked({section: {key: from_text(section, key, text)}}, places, place, {})
        values.setdefault(section, {}).update(layer.values.get(section, {}))
        faults += found
    return Layer(values={name: given for name, given in values.items() if given}, places=places), tuple(faults)


def _variables(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in environ.items() if name.startswith(PREFIX) and "__" in name}


def _command_line(overrides: Mapping[str, object]) -> tuple[Layer, tuple[Fault, ...]]:
    given: dict[str, dict[str, object]] = {}
    for name, value in overrides.items():
        section, dot, key = name.partition(".")
        if not dot:
            raise ValueError(f"an override is named section.key, not {name!r}")
        if value is not None:
            given.setdefault(section, {})[key] = list(value) if isinstance(value, tuple) else value
    if not given:
        return _NOTHING, ()
    places: dict[Where, str] = {(section, key): "command line" for section, keys in given.items() for key in keys}
    return _checked(given, places, "command line", {})


def _checked(
    given: Mapping[str, Any], places: Mapping[Where, str], place: str, lines: Mapping[Where, int]
) -> tuple[Layer, tuple[Fault, ...]]:
    from chatarena.cli.settings_form import check

    values, objections = check(given)
    faults = [
        Fault(place=place, message=message, remedy=remedy, line=_line(lines, where), key=dotted(where))
        for where, message, remedy in objections
    ]
    faults.sort(key=lambda fault: fault.line or 0)
    return Layer(values=values, places=places), tuple(faults)


def _line(lines: Mapping[Where, int], where: Where) -> int | None:
    """The line of this key, or of the nearest table around it."""
    return next((lines[where[:end]] for end in range(len(where), 0, -1) if where[:end] in lines), None)
