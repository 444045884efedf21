"""The pictures in the documents are what the program shows."""

from __future__ import annotations

import re

import pytest

from chatarena.cli.home import Paths
from tests.tui.captures import PAGE, taken
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


# In the others something is another every time: what a machine has, a clock, who happened to speak last.
@pytest.mark.parametrize("name", ["examples", "verdict"])
async def test_a_picture_is_current(name: str, home: Paths) -> None:
    assert await taken(name, home) == SHOWN[name], "renew it with: python -m tests.tui.captures"
