"""Text made safe to show: no terminal escapes, no control characters, nothing that reorders a line.

Laws: `clean(clean(t)) == clean(t)`; the result holds no C0, DEL or C1 character but newline and tab; printable text
without bidi overrides, whatever its script, comes back unchanged.
"""

from __future__ import annotations

import re

# ECMA-48: CSI, then the string sequences (OSC, DCS, SOS, PM, APC) up to their terminator on the same line, then every
# other escape. A string sequence without an end loses its introducer only: a stray one must not swallow an argument.
_SEQUENCES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"
    r"|(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\n\r\x80-\x9f]*(?:\x07|\x1b\\|\x9c)"
    r"|\x1b[ -/]*[0-~]"
)
_LINE_BREAKS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# Controls; bidi embeddings, overrides and isolates (UAX 9), not the plain marks LRM, RLM and ALM that ordinary
# right-to-left text uses; deprecated format characters; byte order mark; interlinear annotations.
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb]")
# Tag characters are invisible and can carry a hidden text; only the flags of regions use them honestly.
_TAG_CHARACTERS = re.compile("(\U0001f3f4[\U000e0030-\U000e007a]{1,16}\U000e007f)|[\U000e0000-\U000e007f]")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\n]+")


def clean(text: str) -> str:
    """The text without anything that acts on a terminal instead of being read.

    Keeps newlines (all kinds become `\\n`), tabs, every script, joiners of emoji and of Arabic or Indic letters, and
    directional marks; a lone surrogate, which no file can hold, becomes U+FFFD.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _SEQUENCES.sub("", text)
    text = _LINE_BREAKS.sub("\n", text)
    text = _CONTROLS.sub("", text)
    text = _TAG_CHARACTERS.sub(r"\1", text)
    return _SURROGATES.sub("\ufffd", text)


def one_line(text: str) -> str:
    """The cleaned text on one line, without blanks at its ends: for labels, names and status lines."""
    return _BLANKS.sub(" ", clean(text)).strip()
