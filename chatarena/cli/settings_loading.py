"""What is in force: every source of settings laid over the weaker ones, and where each value came from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from chatarena.cli.home import Paths, find_paths
from chatarena.cli.settings import ModelPrice, Settings, Where, dotted, leaves
from chatarena.cli.settings_sources import read_layers
from chatarena.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One value and where it came from: `default`, a file with its line, a variable, or `command line`."""

    key: str
    value: object
    source: str


def load_settings(
    overrides: Mapping[str, object] | None = None,
    *,
    paths: Paths | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """The settings in force.

    Args:
        overrides: values from the command line by dotted key (`session.rounds`); None counts as not given.
        paths: where the files are; found out by default.
        environ: the environment.

    Raises:
        SettingsError: the first fault of the strongest faulty source; its remedy lists the others.
    """
    return _load(overrides, paths, environ)[0]


def explain(
    overrides: Mapping[str, object] | None = None,
    *,
    paths: Paths | None = None,
    environ: Mapping[str, str] = os.environ,
) -> tuple[SettingRow, ...]:
    """Every setting in force with its source, in the order of the sections; tables row by row.

    Raises:
        SettingsError: as `load_settings`.
    """
    return _load(overrides, paths, environ)[1]


def schema() -> dict[str, object]:
    """JSON Schema of a settings file."""
    from chatarena.cli.settings_form import publish

    return publish()


def _load(
    overrides: Mapping[str, object] | None, paths: Paths | None, environ: Mapping[str, str]
) -> tuple[Settings, tuple[SettingRow, ...]]:
    layers, faults = read_layers(overrides or {}, find_paths(environ) if paths is None else paths, environ)
    if faults:
        head, *rest = faults
        also = "".join(f"\n  also {fault.said} ({fault.remedy})" for fault in rest)
        raise SettingsError(head.said, remedy=f"{head.remedy}{also}")
    settings, sources = Settings(), dict[Where, str]()
    # Weakest first, so that a stronger layer replaces what it names and leaves the rest.
    for layer in reversed(layers):
        settings = _overlaid(settings, layer.values)
        sources |= {where: layer.source(where) for where in leaves(layer.values)}
    rows = tuple(
        SettingRow(key=dotted(where), value=value, source=sources.get(where, "default"))
        for where, value in _values(settings)
    )
    return settings, rows


def _overlaid(settings: Settings, values: Mapping[str, Mapping[str, Any]]) -> Settings:
    sections = {}
    for name, given in values.items():
        section = getattr(settings, name)
        merged = {
            key: {**getattr(section, key), **value} if isinstance(value, Mapping) else value
            for key, value in given.items()
        }
        sections[name] = replace(section, **merged)
    return replace(settings, **sections)


def _values(settings: Settings) -> list[tuple[Where, object]]:
    found: list[tuple[Where, object]] = []
    for section in fields(settings):
        part = getattr(settings, section.name)
        for setting in fields(part):
            value = getattr(part, setting.name)
            if isinstance(value, Mapping):
                found += [((section.name, setting.name, key), _plain(entry)) for key, entry in value.items()]
            else:
                found.append(((section.name, setting.name), _plain(value)))
    return found


def _plain(value: object) -> object:
    if isinstance(value, ModelPrice):
        return {"input_per_million": value.input_per_million, "output_per_million": value.output_per_million}
    return list(value) if isinstance(value, tuple) else value
