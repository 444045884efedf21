"""The figures of docs/theory/aggregation.md on real tables are what the commands print."""

from __future__ import annotations

import argparse
import json
import re
from pathlib import Path

import numpy as np
import pytest

from chatarena.cli.network_input import spaces_of, table_of
from chatarena.networks.allocation import allocate
from chatarena.networks.linear import aggregate
from chatarena.networks.sweep import explained
from chatarena.networks.topologies import topology
from tests.cli.conftest import Chatarena
from tests.support.data import data_folder

PAGE = Path(__file__).parents[2] / "docs" / "theory" / "aggregation.md"
NAMES = ("chain", "window", "layered", "star", "complete")
WEATHER = "season,yr,mnth,hr,holiday,weekday,workingday,weathersit,temp,atemp,hum,windspeed"
TABLES = {
    "concrete": ("concrete.csv", "compressive_strength"),
    "diabetes": ("diabetes_unscaled.csv", "target"),
    "wine, red": ("wine_quality_red.tsv.gz", "target"),
    "wine, white": ("wine_quality_white.tsv.gz", "target"),
    "housing": ("cal_housing.csv", "medianHouseValue"),
    "bike sharing": ("bike_sharing_hour.csv", "cnt", "--features-of", WEATHER),
}


def cells(row: str) -> list[list[float]]:
    """The numbers in each cell of a row of the page's table."""
    line = next(line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(f"| {row} |"))
    return [[float(number) for number in re.findall(r"\d*\.?\d+", cell)] for cell in line.split("|")[2:-1]]


@pytest.mark.parametrize("row", TABLES)
def test_the_page_says_what_a_sweep_prints(chatarena: Chatarena, row: str) -> None:
    file, target, *more = TABLES[row]
    words = ("--data", str(data_folder("tabular") / file), "--target", target)
    got = json.loads(chatarena("network", "sweep", *words, *more, "--json").out)["data"]
    told = cells(row)
    for curve, cell in zip(got["curves"], told, strict=False):
        output = curve["output"]
        assert curve["topology"] in NAMES
        for number, value in zip(cell, (output["mean"], output["low"], output["high"]), strict=False):
            # Two figures, and what is below a hundredth of a per cent to its last one.
            assert number == pytest.approx(100 * value, rel=0.05, abs=0.006), (curve["topology"], cell)
        # "On rows kept out means are the same within one per cent."
        assert curve["output_heldout"]["mean"] == pytest.approx(output["mean"], abs=0.01)
    assert told[5][0] == pytest.approx(100 * got["curves"][0]["best_alone"]["mean"], abs=0.5)


def test_the_page_on_agents_that_return(chatarena: Chatarena) -> None:
    words = ("--data", str(data_folder("tabular") / "concrete.csv"), "--target", "compressive_strength", "--json")
    names = "chain,round-robin,simultaneous,star,greedy-path"
    swept = chatarena("network", "sweep", *words, "--agents", "8", "--rounds", "4", "--topologies", names)
    curves = json.loads(swept.out)["data"]["curves"]
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    sentence = page[page.index("eight agents, a chain") : page.index("a greedy path, on which")]
    told = [float(number) for number in re.findall(r"\d+\.?\d*", sentence)]
    want = [100 * curve["output"][end] for curve in curves[:4] for end in ("mean", "low", "high")]
    assert told == pytest.approx(want, rel=0.06)
    # "Features that none of the eight drew cost 3.0 %": one agent that sees what all of them see.
    rows, draws = np.random.default_rng(0).spawn(2)
    table = argparse.Namespace(data=words[1], target=words[3], features_of=None, hold_out=0.3)
    space = spaces_of(table_of(table, rows))[0]
    seen = [allocate("random", 8, space.d, 2, stream) for stream in draws.spawn(20)]
    joined = [sorted({column for own in each for column in own}) for each in seen]
    left = [aggregate(space, topology("empty", 1), [own]).output_excess for own in joined]
    assert np.mean(left) / explained(space)[0] == pytest.approx(curves[2]["output"]["mean"], rel=1e-3)
    assert 100 * curves[4]["output"]["mean"] == pytest.approx(0.6, abs=0.05)


def test_the_page_on_rounded_hubs(chatarena: Chatarena) -> None:
    words = ("--data", str(data_folder("tabular") / "concrete.csv"), "--target", "compressive_strength", "--json")
    got = chatarena("network", "run", *words, "--topology", "star", "--messages", "rounded:0")
    data = json.loads(got.out)["data"]
    assert data["excess"][-1] == pytest.approx(-0.029, abs=5e-4) and data["excess_kept_out"][-1] > 0.0
