"""Sweeps over topologies and allocations, and agreement with fits on the rows of real tables."""

from __future__ import annotations

import csv
import gzip
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from chatarena.networks.allocation import allocate
from chatarena.networks.linear import aggregate, held_out
from chatarena.networks.space import sample
from chatarena.networks.sweep import interval, sweep
from chatarena.networks.topologies import TopologyName, topology
from tests.support.data import data_folder

NAMES: tuple[TopologyName, ...] = ("chain", "window", "layered", "star", "complete")
LEFT_OUT = {"rownames", "instant", "dteday", "casual", "registered"}


def table(seed: int, n: int, d: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    x = rng.standard_normal((n, d)) @ (np.eye(d) + 0.5 * rng.standard_normal((d, d)))
    return x, x @ rng.standard_normal(d) + 0.5 * rng.standard_normal(n)


def test_a_sweep_is_its_runs() -> None:
    x, y = table(0, 300, 6)
    inside, outside = sample(x[:200], y[:200]), sample(x[200:], y[200:])
    got = sweep(
        inside, ["chain", "star"], agents=8, each=1, allocations=3, heldout=outside, rng=np.random.default_rng(5)
    )
    again = sweep(
        inside, ["chain", "star"], agents=8, each=1, allocations=3, heldout=outside, rng=np.random.default_rng(5)
    )
    assert got.curves == again.curves
    drawn = [allocate("random", 8, 6, 1, stream) for stream in np.random.default_rng(5).spawn(3)]
    runs = [aggregate(inside, topology("chain", 8), seen) for seen in drawn]
    everything = aggregate(inside, topology("empty", 1), [range(6)])
    assert got.explained == pytest.approx(float(y[:200].var()) - everything.benchmark_error)
    chain = got.curves[0]
    assert chain.depths == tuple(range(1, 9)) and chain.edges == 7
    for depth in chain.depths:
        want = np.mean([run.excess[depth - 1] for run in runs]) / got.explained
        assert chain.excess[depth - 1].mean == pytest.approx(want)
    assert got.heldout_explained is not None and chain.output_heldout is not None
    away = [held_out(run, outside).excess[-1] for run in runs]
    assert chain.output_heldout.mean == pytest.approx(np.mean(away) / got.heldout_explained)
    # Along a chain errors fall in sample, so do their means.
    assert all(a.mean >= b.mean - 1e-12 for a, b in zip(chain.excess, chain.excess[1:], strict=False))


def test_a_label_that_nothing_explains_is_refused() -> None:
    x, _ = table(1, 50, 2)
    with pytest.raises(ValueError, match="explain nothing"):
        sweep(sample(x, np.ones(50)), ["chain"], agents=2, each=1, rng=np.random.default_rng(0))
    with pytest.raises(ValueError, match="at least one topology"):
        sweep(sample(x, x[:, 0]), [], agents=2, each=1, rng=np.random.default_rng(0))


def test_intervals() -> None:
    rng = np.random.default_rng(0)
    assert interval([2.0], rng) == interval([2.0], rng) and interval([2.0], rng).low is None
    got = interval(np.arange(100.0), rng)
    assert got.low is not None and got.high is not None
    # Of 100 values with standard deviation 29 the mean is known to about 2 x 2.9.
    assert got.low == pytest.approx(49.5 - 5.7, abs=0.7) and got.high == pytest.approx(49.5 + 5.7, abs=0.7)
    with pytest.raises(ValueError, match="at least one value"):
        interval([], rng)


@pytest.mark.parametrize(
    "file",
    [
        "concrete.csv",
        "diabetes_unscaled.csv",
        "wine_quality_red.tsv.gz",
        "wine_quality_white.tsv.gz",
        "cal_housing.csv",
        "bike_sharing_hour.csv",
    ],
)
@pytest.mark.parametrize("name", NAMES)
def test_real_tables_agree_with_fits_of_each_agent(file: str, name: TopologyName) -> None:
    x, y = read(data_folder("tabular") / file)
    net = topology(name, 16)
    seen = allocate("random", 16, x.shape[1], 2, np.random.default_rng(0))
    got = aggregate(sample(x, y), net, seen)
    # Columns brought to one size first: the tolerance is about directions, not about units.
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    predictions = np.empty((len(y), 16))
    for agent, parents in enumerate(net.parents):
        inputs = np.column_stack([np.ones(len(y)), scaled[:, seen[agent]], predictions[:, parents]])
        inputs /= np.linalg.norm(inputs, axis=0)
        predictions[:, agent] = inputs @ np.linalg.lstsq(inputs, y, rcond=1e-10)[0]
    assert got.errors == pytest.approx(np.mean((y[:, None] - predictions) ** 2, axis=0), rel=1e-10)


@cache
def read(path: Path) -> tuple[np.ndarray, np.ndarray]:
    text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text()
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t" if ".tsv" in path.name else ","))
    names = [name for name in rows[0] if name not in LEFT_OUT]
    numbers = np.array([[float(row[name]) for name in names] for row in rows])
    return numbers[:, :-1], numbers[:, -1]
