"""The figures of the pages are what the commands beside them draw."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Chatarena
from tests.support.data import data_folder

DOCS = Path(__file__).parents[2] / "docs"
FIGURES = DOCS / "figures"
# What a command without its folder reads lies among the tables that tests may use.
DATA = {"concrete.csv"}
NUMBER = re.compile(r"-?\d+\.?\d*")


def drawn() -> list[tuple[str, list[str]]]:
    """(figure, words) of every command of a page on theory that draws one of the figures."""
    found = []
    for page in sorted((DOCS / "theory").glob("*.md")):
        for line in page.read_text(encoding="utf-8").splitlines():
            words = shlex.split(line)[1:] if line.startswith("chatarena ") else []
            if "--svg" in words and (FIGURES / (name := words[words.index("--svg") + 1])).exists():
                found.append((name, words))
    return found


@pytest.mark.parametrize(("name", "words"), drawn(), ids=[name for name, _ in drawn()])
def test_a_figure_is_what_its_command_draws(chatarena: Chatarena, name: str, words: list[str]) -> None:
    words = [str(data_folder("tabular") / word) if word in DATA else word for word in words]
    assert chatarena(*words).code == 0
    made, kept = (path.read_text(encoding="utf-8") for path in (Path(name), FIGURES / name))
    assert NUMBER.sub("#", made) == NUMBER.sub("#", kept)
    # Other processors may round the last digit of a place on the page another way.
    numbers = [[float(number) for number in NUMBER.findall(text)] for text in (made, kept)]
    assert numbers[0] == pytest.approx(numbers[1], abs=0.15)


def test_every_figure_has_its_command() -> None:
    assert {name for name, _ in drawn()} == {path.name for path in FIGURES.iterdir()}
