"""Copying: to the terminal's clipboard where it takes it, and to a file, for no terminal says whether it did."""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from pathlib import Path

# What xterm takes at most of one sequence; others take more.
LONGEST = 74_994
_DEAF = {"linux", "dumb", "vt100", "vt220"}


def osc52(text: str, environ: Mapping[str, str]) -> str:
    """The sequences that ask the terminal to copy; within tmux also one that it may pass on."""
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode("ascii")
    asked = f"\x1b]52;c;{encoded}\a"
    passed = asked.replace("\x1b", "\x1b\x1b")
    return f"{asked}\x1bPtmux;{passed}\x1b\\" if environ.get("TMUX") else asked


def doubtful(text: str, environ: Mapping[str, str]) -> str:
    """Why the clipboard may not have it; empty where there is no reason to think so."""
    if len(text.encode("utf-8", "replace")) * 4 // 3 > LONGEST:
        return "it is long for a terminal's clipboard"
    if environ.get("TERM") in _DEAF or environ.get("TERM_PROGRAM") == "Apple_Terminal" or environ.get("VTE_VERSION"):
        return "this terminal has no clipboard for programs"
    if environ.get("TMUX"):
        return "tmux passes it on only where set-clipboard is on"
    return ""


def keep(text: str, file: Path) -> bool:
    """Write what was copied, readable by its owner only; False where that cannot be done."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as opened:
            opened.write(text)
    except OSError:
        return False
    return True
