"""The settings file a person starts from: every setting with its default, commented out."""

from __future__ import annotations

from collections.abc import Iterator

from chatarena.cli.settings_form import describe
from chatarena.cli.settings_sources import OWN_ONLY
from chatarena.cli.toml import toml_value


def template(*, project: bool = False) -> str:
    """A settings file in which every setting stands with its default or an example, commented out."""
    return "\n".join(_template_lines(project)) + "\n"


def _template_lines(project: bool) -> Iterator[str]:
    yield "# Settings of ChatArena. `chatarena config show` says what is in force and where it comes from."
    yield "# Keys are never stored: export them in your shell, or name the variable that holds one."
    for name, about, settings in describe():
        yield from ("", f"# {about}", f"[{name}]")
        for key, value, is_example, description in settings:
            if not (project and key in OWN_ONLY):
                yield from (f"# {description}{'; for example' if is_example else ''}", f"#{key} = {toml_value(value)}")
