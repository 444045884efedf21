"""Networks drawn: places apart, trees without crossings, exact or not at all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.networks.topologies import TOPOLOGIES, TopologyName, topology
from chatarena.report.networks.arcs import arcs, reach
from chatarena.report.networks.drawing import describe, lines, picture, spots, svg
from chatarena.report.networks.figure import FLOOR
from chatarena.report.networks.png import tick

TREE = """\
●1 ──╮
     ├─▸ ●5 ──╮
●2 ──╯        │
              ├─▸ ◉7
●3 ──╮        │
     ├─▸ ●6 ──╯
●4 ──╯"""


def test_a_tree_is_drawn_with_agents_between_whom_they_hear() -> None:
    assert "\n".join(picture(topology("tree", 7))) == TREE
    # Lines of a window pass agents on their way, so nothing is drawn that could be misread.
    assert picture(topology("window", 4)) == []


@given(name=st.sampled_from(TOPOLOGIES), agents=st.integers(1, 20), seed=st.integers(0, 99))
def test_agents_of_a_depth_stand_apart_in_halves_and_inside(name: TopologyName, agents: int, seed: int) -> None:
    net = topology(name, agents, rng=np.random.default_rng(seed))
    placed = spots(net)
    columns: dict[int, list[float]] = {}
    for agent, spot in enumerate(placed):
        assert spot.column == net.depths[agent] - 1 and spot.row * 2 == round(spot.row * 2)
        columns.setdefault(spot.column, []).append(spot.row)
    tallest = max(map(len, columns.values()))
    for rows in columns.values():
        assert min(rows) >= 0.0 and max(rows) <= tallest - 1
        assert all(after - before >= 1.0 for before, after in zip(sorted(rows), sorted(rows)[1:], strict=False))
    assert svg(net, title="x").count("<circle") == len(net) + 1 and len(lines(net)) == len(net)


def test_a_sentence_on_size_depth_and_rounds() -> None:
    assert describe(topology("chain", 1)) == ("chain: 1 agent, nobody hears anybody, depth 1; the output agent is 1.")
    talk = describe(topology("round-robin", 3, rounds=2))
    assert "3 agents who speak 6 times in all" in talk and "the output agent is 3.2" in talk
    rng = np.random.default_rng(0)
    shallow = next(
        net for net in (topology("random", 8, chance=0.2, rng=rng) for _ in range(50)) if max(net.depths) > net.depth
    )
    assert f"depth {shallow.depth} (of {max(shallow.depths)})" in describe(shallow)


@pytest.mark.parametrize("name", ["tree", "complete", "window", "two-level-star"])
@pytest.mark.parametrize("agents", [5, 9, 14])
def test_a_hand_off_passes_nobody_on_its_way(name: TopologyName, agents: int) -> None:
    net = topology(name, agents)
    points = [(92.0 * spot.column, 46.0 * spot.row) for spot in spots(net)]
    made = arcs(net, points, 19.0)
    assert len(made) == net.edges
    for arc in made:
        way = np.array([arc.at(share) for share in np.linspace(0.0, 1.0, 200)])
        # A circle has a radius of 13, its ring one of 17.
        for other in points:
            assert other in (arc.start, arc.end) or np.hypot(*(way - other).T).min() > 17.0
    highest, lowest = reach(made)
    assert highest <= min(point[1] for point in points) and lowest >= max(point[1] for point in points)


def test_a_network_without_hand_offs_is_drawn_too() -> None:
    drawn = svg(topology("empty", 3), title="x")
    assert drawn.count("<circle") == 4 and "<path" not in drawn


@pytest.mark.parametrize(
    ("value", "said"), [(1.0, "100%"), (0.1, "10%"), (0.001, "0.1%"), (FLOOR, "≤ 0.01%"), (FLOOR / 2, "≤ 0.01%")]
)
def test_every_mark_of_a_pictures_scale_is_a_number_of_its_own(value: float, said: str) -> None:
    assert tick(value) == said
