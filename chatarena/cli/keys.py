"""`chatarena keys`: every key of the screens by its id, as it now is."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from chatarena.cli.verbs import add_json, wants_json

if TYPE_CHECKING:
    from chatarena.tui.bindings import Owner

INTRO = """\
# Keys

Made by `chatarena keys --markdown`; F1 on any screen says which of these work there now.

Every key can be changed by the id of what it does, in your settings file (`chatarena paths config`):

```toml
[keys]
arena.next = "f8"
app.help = ["f1", "ctrl+h"]
```

Keys are written like `f5`, `ctrl+e`, `alt+up` or `question_mark`. An id that there is not is refused with the nearest
one, and so are two that would have one key on the same screen: `chatarena config validate` says which. Those that share
a key by design, such as Esc that interrupts while somebody speaks and steps back while nobody does, take turns.

In every line of text: Enter sends, and pasting never does. In tmux, `set -g extended-keys on` lets Shift and Ctrl with
other keys through; `set -g set-clipboard on` lets copying through.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument("--markdown", action="store_true", help="as a page, with the keys that hold where none is set")
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every id with its keys.

    Raises:
        SettingsError: the keys in the settings do not go together.
    """
    from chatarena.cli.output import emit_json, emit_table, say
    from chatarena.cli.settings_loading import load_settings
    from chatarena.tui.bindings import defaults, keymap, owners

    if args.markdown:
        say(page(owners()))
        return 0
    own = keymap(load_settings().ui.keymap)
    rows = [
        (bound.id, own.get(bound.id, ",".join(bound.keys)), ",".join(bound.keys), bound.what)
        for bound in defaults().values()
    ]
    if wants_json(args):
        emit_json([dict(zip(("id", "keys", "default", "what"), row, strict=True)) for row in rows])
    else:
        changed = [(id_, keys, "yours" if keys != default else "", what) for id_, keys, default, what in rows]
        emit_table(("id", "keys", "", "what it does"), changed)
    return 0


def page(owners: tuple[Owner, ...]) -> str:
    """All of them as Markdown."""
    return INTRO + "\n".join(line for owner in owners for line in _section(owner))


def _section(owner: Owner) -> Iterator[str]:
    yield from ("", f"## {_TITLES.get(owner.node.__name__, owner.title.capitalize())}", "", owner.about, "")
    yield from ("| id | keys | what it does |", "|---|---|---|")
    for bound in owner.bound:
        yield f"| `{bound.id}` | {', '.join(f'`{_written(key)}`' for key in bound.keys)} | {bound.what} |"


def _written(key: str) -> str:
    """A key as people read it, where its name is no word of theirs."""
    *modifiers, last = key.split("+")
    return "+".join((*modifiers, _SIGNS.get(last, last)))


_SIGNS: Mapping[str, str] = {
    "full_stop": ".",
    "comma": ",",
    "slash": "/",
    "plus": "plus",
    "minus": "minus",
    "equals_sign": "=",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "greater_than_sign": ">",
    "less_than_sign": "<",
}
_TITLES: Mapping[str, str] = {"Frame": "Everywhere", "SpeechPane": "An agent's talk", "Lines": "Pages to read"}
