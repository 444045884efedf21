"""The settings as the terminal UI is handed them: each with its source, checked as it is typed, written to a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chatarena.cli.home import Paths
from chatarena.errors import SettingsError
from chatarena.tui.preferences import InForce, KeyState, Kind, Preference, Preferences

if TYPE_CHECKING:
    from chatarena.cli.settings_loading import SettingRow

# What the screens take up at once; everything else was handed out when the program started.
AT_ONCE = ("models.default", "session.cast", "ui.theme", "ui.reduced_motion")


def open_preferences(paths: Paths, environ: Mapping[str, str] = os.environ) -> Preferences:
    """The preferences of one run of the program."""

    async def read() -> tuple[Preference, ...]:
        return await asyncio.to_thread(preferences, paths, environ)

    async def write(key: str, text: str | None) -> InForce:
        return await asyncio.to_thread(written, paths, environ, key, text)

    return Preferences(
        read=read, key_states=lambda: key_states(environ), problem=problem, write=write, file=str(paths.config_file)
    )


def preferences(paths: Paths, environ: Mapping[str, str] = os.environ) -> tuple[Preference, ...]:
    """Every setting in the order of the sections, tables row by row and once where they are empty."""
    from chatarena.cli.settings import Settings
    from chatarena.cli.settings_form import choices, describe
    from chatarena.cli.settings_loading import explain
    from chatarena.cli.settings_sources import read_file

    rows: dict[str, list[SettingRow]] = {}
    for found_row in explain(paths=paths, environ=environ):
        rows.setdefault(".".join(found_row.key.split(".")[:2]), []).append(found_row)
    own = read_file(paths.config_file)[0].values if paths.config_file.is_file() else {}
    defaults = Settings()
    found = []
    for section, about, described in describe():
        for one in described:
            key = f"{section}.{one.key}"
            kinds = choices(section, one.key)
            kind: Kind = (
                "file" if kinds is None else "switch" if kinds == ("true", "false") else ("choice" if kinds else "text")
            )
            default = typed(getattr(getattr(defaults, section), one.key))
            for row in _rows_or_none(rows, key):
                mine = one.key in own.get(section, {})
                source = row.source if row is not None else "default"
                found.append(
                    Preference(
                        key=row.key if row is not None else key,
                        section=f"{section}: {about}",
                        about=one.description,
                        value=typed(row.value) if row is not None else "",
                        default=default,
                        source=source,
                        kind=kind,
                        choices=kinds or (),
                        own=mine,
                        overruled=mine and not source.startswith(str(paths.config_file)),
                        at_once=key in AT_ONCE,
                    )
                )
    return tuple(found)


def _rows_or_none(rows: Mapping[str, list[SettingRow]], key: str) -> list[SettingRow | None]:
    """The rows of a setting; of a table without any, a single None."""
    found: list[SettingRow | None] = [*rows.get(key, ())]
    return found or [None]


def typed(value: object) -> str:
    """A value as somebody would type it: text without quotes, a list with commas, nothing for nothing."""
    from chatarena.cli.toml import toml_value

    match value:
        case None:
            return ""
        case str():
            return value
        case list() | tuple():
            return ", ".join(map(str, value))
        case float():
            return repr(value).removesuffix(".0")
        case _:
            return toml_value(value)


def key_states(environ: Mapping[str, str] = os.environ) -> tuple[KeyState, ...]:
    """The variables that may hold providers' keys, and whether each is set."""
    from chatarena.language_model.providers import KEY_VARIABLES

    states = {
        name: KeyState(variable=name, provider=provider, present=bool(environ.get(name)))
        for provider, names in KEY_VARIABLES.items()
        for place, name in enumerate(names)
        if place == 0 or environ.get(name)
    }
    return tuple(sorted(states.values(), key=lambda state: (not state.present, state.provider)))


def problem(key: str, text: str) -> str:
    """What is wrong with a text typed for a setting; nothing typed takes the setting out, which is never wrong."""
    if not text.strip():
        return ""
    _, objections = _checked(key, text)
    return "; ".join(one.message if "`" in one.remedy else f"{one.message}: {one.remedy}" for one in objections)


def _checked(key: str, text: str) -> tuple[Any, tuple[Any, ...]]:
    """The value that a text stands for, and what is wrong with it."""
    from chatarena.cli.settings_form import check, from_text

    section, _, name = key.partition(".")
    values, objections = check({section: {name: from_text(section, name, text.strip())}})
    return values.get(section, {}).get(name), objections


def written(paths: Paths, environ: Mapping[str, str], key: str, text: str | None) -> InForce:
    """Writes one setting to the person's own file and says what counts from now on.

    Raises:
        SettingsError: the text is no value of this setting.
        UsageError: the file cannot be written.
    """
    from chatarena.cli.settings_file import write_setting

    section, _, name = key.partition(".")
    value = None
    if text is None or not text.strip():
        _check_known(section, name)
    else:
        value, objections = _checked(key, text)
        if objections:
            raise SettingsError(f"{key} {objections[0].message}", remedy=objections[0].remedy)
    write_setting(paths.config_file, section, name, value)
    return in_force(paths, environ)


def _check_known(section: str, name: str) -> None:
    """That there is such a setting.

    Raises:
        SettingsError: there is none; says what there is.
    """
    from chatarena.cli.settings_form import check

    _, objections = check({section: {name: None}})
    unknown = [one for one in objections if "unknown" in one.message]
    if unknown:
        raise SettingsError(f"{section}.{name} {unknown[0].message}", remedy=unknown[0].remedy)


def in_force(paths: Paths, environ: Mapping[str, str] = os.environ) -> InForce:
    """What now counts for the screens."""
    from chatarena.cli.settings_loading import load_settings

    settings = load_settings(paths=paths, environ=environ)
    return InForce(
        model=settings.models.default,
        cast=settings.session.cast,
        theme=settings.ui.theme,
        reduced_motion=settings.ui.reduced_motion,
    )
