"""The command palette: whatever can be done on this screen now, and where one can go. Text in it is never markup."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.app import App, SystemCommand
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from chatarena.authoring.text import one_line
from chatarena.tui.messages import ThemeChosen
from chatarena.tui.themes import NAMES

if TYPE_CHECKING:
    from textual.screen import Screen


class Listed(Provider):
    """Offers commands in the order in which they are given, or those that fit what is typed."""

    @abstractmethod
    def commands(self) -> Iterable[SystemCommand]:
        """What there is to choose from."""

    async def discover(self) -> Hits:
        for command in self.commands():
            if command.discover:
                yield DiscoveryHit(Content(_plain(command.title)), command.callback, help=_help(command))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command in self.commands():
            title = _plain(command.title)
            if (score := max(matcher.match(title), 0.8 * matcher.match(_plain(command.help)))) > 0:
                yield Hit(score, Content(title), command.callback, text=title, help=_help(command))


def _plain(text: str) -> str:
    return one_line(text) or " "


def _help(command: SystemCommand) -> Any:
    # Given as content, for Textual reads a text as markup.
    return Content(one_line(command.help)) if command.help else None


class Commands(Listed):
    """The commands of the app and of the screen below."""

    def commands(self) -> Iterable[SystemCommand]:
        return self.app.get_system_commands(self.screen)


class Themes(Listed):
    """Every theme, our own first; the one that is chosen stays for the next time."""

    def commands(self) -> Iterator[SystemCommand]:
        app = self.app
        others = sorted(name for name in app.available_themes if name not in NAMES)
        for name in (*NAMES, *others):
            about = "in use" if name == app.theme else _ABOUT.get(name, "")
            yield SystemCommand(name, about, partial(_choose, app, name))


def _choose(app: App[Any], name: str) -> None:
    app.post_message(ThemeChosen(name))


_ABOUT = {
    "dark": "light text on a dark ground",
    "light": "dark text on a light ground",
    "ansi": "the terminal's own sixteen colours",
    "plain": "no colour at all",
}


def of_screen(screen: Screen[Any]) -> Iterator[SystemCommand]:
    """What the screen says it offers, then everything that its keys do now, each with its key; nothing twice."""
    said: Callable[[], Iterable[SystemCommand]] = getattr(screen, "system_commands", tuple)
    seen = set()
    for command in said():
        seen.add(command.title.casefold())
        yield command
    app = screen.app
    keys: dict[str, SystemCommand] = {}
    for node, binding, enabled, _ in screen.active_bindings.values():
        title = binding.description
        if enabled and binding.id and node is not app and title and title.casefold() not in seen:
            run = partial(app.run_action, binding.action, node)
            keys.setdefault(title.casefold(), SystemCommand(title, app.get_key_display(binding), run))
    yield from keys.values()
