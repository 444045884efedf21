"""Words of a text that was cut into Penn Treebank tokens, put together again.

The cutting loses blanks, so this is a reading, not the original: `''word ''` may have been written in several ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

_WRITTEN: Final = {
    "``": '"',
    "''": '"',
    "`": "'",
    "-LRB-": "(",
    "-RRB-": ")",
    "-LSB-": "[",
    "-RSB-": "]",
    "-LCB-": "{",
    "-RCB-": "}",
}
_CLOSING: Final = frozenset((".", ",", ";", ":", "!", "?", "...", "''", "%", ")", "]", "}", "n't"))
_OPENING: Final = frozenset(("``", "`", "(", "[", "{", "$", "£", "#"))
# Clitics that the tokens are cut before: he 'll, Pa 's, they 're.
_CLITICS: Final = frozenset(("'s", "'S", "'ll", "'d", "'re", "'m", "'ve", "'LL", "'D", "'RE", "'M", "'VE", "N'T"))


def untokenised(tokens: Sequence[str]) -> str:
    """The tokens as running text.

    A plain `"` opens and closes in turn; a plain `'` closes. Two dashes stand close to their neighbours.
    """
    text, glue, quoted = "", True, False
    for token in tokens:
        if token == "\n":
            text, glue = text.rstrip(" ") + "\n", True
            continue
        word = _WRITTEN.get(token, token)
        closes = token in _CLOSING or word in _CLOSING or token in _CLITICS or token in ("'", "--")
        opens = token in _OPENING or word in _OPENING or token == "--"
        if token == '"':
            closes, opens, quoted = quoted, not quoted, not quoted
        text += word if glue or closes or not word else f" {word}"
        glue = opens or (glue and not word)
    return text
