"""The line in which the participant speaks, and the hint above it that says what it is good for now."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from chatarena.authoring.text import one_line


def addressed(text: str, labels: Sequence[str]) -> tuple[str, str]:
    """Whom words are meant for, and the words: `@Label text` is for one agent, everything else for all.

    Raises:
        ValueError: `@` is followed by nobody's label, or nothing follows the label; says which.
    """
    if not text.startswith("@"):
        return "", text
    rest = text[1:]
    for label in sorted(labels, key=len, reverse=True):
        if rest.casefold().startswith(label.casefold()) and not rest[len(label) : len(label) + 1].isalnum():
            words = rest[len(label) :].lstrip(" ,:")
            if not words:
                raise ValueError(f"Say something to {label} after the name.")
            return label, words
    raise ValueError(f"Nobody here is called {rest.split(' ')[0]!r}. There are {', '.join(labels)}.")


class Line(Input):
    """A one-line input in which a paste is only ever text: line breaks become blanks, and nothing is sent."""

    def on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(one_line(event.text), *sorted(self.selection))

    def on_blur(self) -> None:
        """Left alone, a text too long for the line is shown from its beginning."""
        self.scroll_to(x=0, animate=False, force=True)


class Floor(Vertical):
    """Hint and input line."""

    DEFAULT_CSS = """
    Floor { height: auto; padding: 0 1; }
    Floor > #hint { height: 1; color: $text-muted; }
    Floor > #hint.-problem { color: $text-error; text-style: bold; }
    Floor > #say { border: none; height: 1; padding: 0; }
    """

    class Said(Message):
        """The participant pressed enter: words (none where `text` is empty) and whom they are for."""

        def __init__(self, text: str, to: str) -> None:
            super().__init__()
            self.text, self.to = text, to

    def __init__(self, labels: Sequence[str]) -> None:
        super().__init__(id="floor")
        self._labels = tuple(labels)

    def compose(self) -> ComposeResult:
        yield Static(id="hint", markup=False)
        # Coming back to a line that was begun must not select it: the next letter would take the place of all of it.
        yield Line(placeholder="Say something…", compact=True, select_on_focus=False, id="say")

    def hint(self, text: str, *, problem: bool = False) -> None:
        """Say what the line is good for, or what was wrong with what was typed."""
        hint = self.query_one("#hint", Static)
        hint.set_class(problem, "-problem")
        hint.update(Content(one_line(f"! {text}" if problem else text)), layout=False)

    @property
    def line(self) -> Line:
        return self.query_one("#say", Line)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            to, words = addressed(one_line(event.value), self._labels)
        except ValueError as problem:
            self.hint(str(problem), problem=True)
            return
        event.input.value = ""
        self.post_message(self.Said(words, to))
