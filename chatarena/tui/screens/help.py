"""What the screen below is for, and every key that works there now, with a person's own keys where she has some."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, Screen
from textual.widgets import Static

from chatarena.tui.cells import fit

KEY_CELLS, MOST_KEYS = 22, 3


class HelpScreen(ModalScreen[None]):
    """What the screen below is for and every key that works on it."""

    CSS_PATH = "dialogs.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter", "dismiss", "Close", id="help.close")]

    def __init__(self, screen: Screen[Any]) -> None:
        super().__init__()
        self._about = screen

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog"):
            yield Static(Content.styled("Help · Esc closes", "bold"))
            yield Static(Content(" ".join(str(getattr(self._about, "HELP", "")).split())), classes="text")
            for title, lines in self._groups():
                yield Static(Content.styled(title, "bold"), classes="text")
                yield Static(Content("\n".join(lines)))

    def on_mount(self) -> None:
        self.query_one(VerticalScroll).focus()

    def _groups(self) -> list[tuple[str, list[str]]]:
        """The screen's own keys, then those of what has the focus, then those of everywhere; ours have ids."""
        found: dict[str, dict[str, list[str]]] = {}
        for node, binding, enabled, _ in self._about.active_bindings.values():
            if binding.id is not None and enabled:
                title = "On this screen" if node is self._about else "Everywhere" if node is self.app else ""
                title = title or str(getattr(node, "BINDING_GROUP_TITLE", None) or "Here")
                keys = found.setdefault(title, {}).setdefault(self._words(binding), [])
                keys.append(self.app.get_key_display(binding))
        order = sorted(found, key=lambda title: (title == "Everywhere", title != "On this screen"))
        return [
            (title, [f"{fit(' '.join(keys[:MOST_KEYS]), KEY_CELLS)} {what}" for what, keys in found[title].items()])
            for title in order
        ]

    def _words(self, binding: Binding) -> str:
        return binding.description or "numbers, digit by digit"
