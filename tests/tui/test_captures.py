"""The pictures in the documents are what the program shows."""

from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.tui.captures import PAGE, private, taken
from tests.tui.everywhere import PLACES

SHOWN = dict(
    re.findall(r"^```screen ([a-z ]+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
)
MAIN = {"home", "examples", "compose", "arena", "floor", "verdict", "reveal", "sessions", "replay", "settings"}


def test_every_main_screen_is_shown() -> None:
    assert set(SHOWN) == MAIN <= set(PLACES)


def test_no_picture_is_wider_than_the_terminal_or_empty() -> None:
    for name, picture in SHOWN.items():
        assert picture.strip(), name
        assert len(picture.splitlines()) <= 24


# The start page says what this machine has.
@pytest.mark.parametrize("name", sorted(MAIN - {"home"}))
async def test_a_picture_is_current(name: str) -> None:
    # Not in pytest's own folder: its name is too long for the line of the settings that says where they are.
    with TemporaryDirectory() as folder:
        assert await taken(name, private(Path(folder))) == SHOWN[name], "renew it with: python -m tests.tui.captures"
