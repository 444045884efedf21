"""What a program with a screen is told of where it runs: from the settings, the paths and the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from chatarena.cli.home import Paths

if TYPE_CHECKING:
    from chatarena.cli.settings import Settings
    from chatarena.tui.surroundings import Place, Surroundings


def surround(settings: Settings, paths: Paths, place: Place = "terminal") -> Surroundings:
    """The surroundings of one run of the program.

    Raises:
        SettingsError: the person's own keys do not go together.
    """
    from chatarena.tui.surroundings import Surroundings

    async def remember(theme: str) -> None:
        from chatarena.cli.preferences import open_preferences

        await open_preferences(paths).write("ui.theme", theme)

    return Surroundings(
        place=place,
        theme=settings.ui.theme,
        reduced_motion=settings.ui.reduced_motion,
        keys=_keys(settings.ui.keymap),
        logs=paths.log_dir,
        copies=paths.log_dir.parent / "copied.txt",
        remember=remember,
        environ=dict(os.environ),
    )


def _keys(own: Mapping[str, str]) -> Mapping[str, str]:
    if not own:
        return {}
    from chatarena.tui.bindings import keymap  # it loads every screen

    return keymap(own)
