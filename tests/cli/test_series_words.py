"""What commands of games and networks say: one and many, narrow lines, numbers that are rounding, names."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from chatarena.cli import main
from chatarena.cli.home import Paths
from chatarena.cli.output import text_width
from chatarena.networks.instances import INSTANCES
from chatarena.networks.topologies import TOPOLOGIES, called
from chatarena.report.networks.text import share
from tests.cli.conftest import Chatarena

WRONG = re.compile(r"(?<![\d.,])1 (?!leaves|misses|is\b|has\b)[a-z-]+s\b|0 hand-offs, depth")
SWEEP = ("network", "sweep", "--data", "one.csv", "--target", "y", "--features-per-agent", "1")
SMALL = ("--states", "2", "--actions", "2")


class Terminal(io.StringIO):
    """A terminal's output stream."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def table(home: Paths) -> str:
    """Nine rows of one feature, and one that lacks it."""
    rows = [f"{place},{2 * place + place % 3}" for place in range(9)]
    Path("one.csv").write_text("\n".join(("x,y", *rows, ",4")) + "\n")
    return "one.csv"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("game", "simulate", "--family", "random", "--games", "1", "--agents", "1", *SMALL), id="series"),
        pytest.param(("game", "evaluation", "--games", "1", "--agents", "1", *SMALL), id="evaluation"),
        pytest.param(("game", "bound", "--games", "1"), id="bound, no equilibrium"),
        pytest.param(("game", "bound", "--games", "2", "--seed", "4"), id="bound"),
        pytest.param(("game", "solve", "monopoly"), id="one leader"),
        pytest.param(("network", "draw", "--agents", "1"), id="one agent"),
        pytest.param(
            ("network", "run", "--data", "one.csv", "--target", "y", "--agents", "1", "--features-per-agent", "1"),
            id="one feature",
        ),
        pytest.param(
            (*SWEEP, "--agents", "1", "--topologies", "chain", "--allocations", "1"),
            id="one draw",
        ),
    ],
)
def test_one_of_a_thing_is_not_told_as_many(chatarena: Chatarena, table: str, words: tuple[str, ...]) -> None:
    done = chatarena(*words)
    assert done.code == 0, done.err
    told = done.out + done.err
    assert not WRONG.findall(told), told


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("game", "simulate", "--family", "epsilon-hull", "--games", "5", *SMALL), id="series"),
        pytest.param(("game", "evaluation", "--games", "5", "--interactions", "4", *SMALL), id="evaluation"),
        pytest.param(("game", "sweep", "--games", "5", *SMALL), id="sweep of games"),
        pytest.param((*SWEEP, "--agents", "2", "--topologies", "chain", "--allocations", "5"), id="sweep of networks"),
    ],
)
def test_resampled_means_are_not_told_as_intervals_that_hold(
    chatarena: Chatarena, table: str, words: tuple[str, ...]
) -> None:
    """Where few games lose anything such intervals hold the mean in four of five series, not in 95 of 100."""
    out = " ".join(chatarena(*words).out.split())
    assert "Resampled: the middle 95 % of means" in out and "too narrow" in out
    assert "95% interval" not in out and "95 % interval" not in out


def test_one_game_has_a_loss_though_no_interval(chatarena: Chatarena) -> None:
    out = chatarena("game", "evaluation", "--family", "random", "--games", "1", "--interactions", "16").out
    row = next(line for line in out.splitlines() if line.startswith("16 ")).split()
    assert row[3] != "-" and row[4] == "-" and row[5] == row[3]


@pytest.mark.parametrize(
    "words",
    [
        *(pytest.param(("network", "instance", name), id=name) for name in INSTANCES),
        pytest.param(("network", "list"), id="list"),
        pytest.param(("network", "run", "--data", "one.csv", "--target", "y", "--features-per-agent", "1"), id="run"),
        pytest.param(
            (*SWEEP, "--agents", "3", "--topologies", "chain,star", "--allocations", "2"),
            id="sweep",
        ),
        pytest.param(("network", "draw", "--agents", "12"), id="draw"),
        pytest.param(("network", "design", "oblivious", "--features", "4"), id="design"),
        pytest.param(("game", "selection", "sellers"), id="selection"),
        pytest.param(("game", "solve", "sellers"), id="solve"),
    ],
)
def test_no_line_is_wider_than_the_terminal(
    monkeypatch: pytest.MonkeyPatch, table: str, words: tuple[str, ...]
) -> None:
    screen = Terminal()
    monkeypatch.setenv("COLUMNS", "72")
    monkeypatch.setattr(sys, "stdout", screen)
    assert main(list(words)) == 0
    assert [line for line in screen.getvalue().splitlines() if text_width(line) > 72] == []


def test_what_rounding_left_of_nothing_is_nothing(chatarena: Chatarena) -> None:
    out = " ".join(chatarena("network", "instance", "depth").out.split())
    assert "The output agent keeps nothing of the label's mean square, 1." in out
    assert "Bound derived here for it: 99.2 %" in out
    assert not re.search(r"\d\.\d{4}|e-\d\d", out[out.index("Excess over the best") :])


def test_an_instance_says_in_its_unit_what_its_statement_says(chatarena: Chatarena) -> None:
    out = " ".join(chatarena("network", "instance", "decoy", "--agents", "41").out.split())
    assert "keeps an excess of 0.9 for each pair" in out
    assert "The output agent keeps 0.9 (30 %) of the label's mean square, 3." in out


@pytest.mark.parametrize(
    ("value", "said"),
    [(1e-17, "0"), (-3e-16, "0"), (0.16666, "16.7 %"), (2e-9, "2.0e-07 %"), (1.0, "100 %"), (123.456, "12,346 %")],
)
def test_shares(value: float, said: str) -> None:
    assert share(value) == said


@pytest.mark.parametrize("name", ["two-level-star", "sparse-layered", "round-robin"])
def test_a_name_is_told_with_dashes_however_it_was_written(chatarena: Chatarena, name: str) -> None:
    for written in (name, name.replace("-", " "), name.replace("-", "_")):
        told = chatarena("network", "draw", "--agents", "5", "--topology", written)
        assert told.code == 0, told.err
        assert told.out.startswith(f"{name}: ")


def test_no_name_has_a_space() -> None:
    assert not any(" " in name for name in (*TOPOLOGIES, *INSTANCES))
    assert called(" Chain") is None and called("round robin") == "round-robin"
