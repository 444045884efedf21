"""Networks drawn: places apart, trees without crossings, exact or not at all."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from chatarena.networks.topologies import TOPOLOGIES, TopologyName, topology
from chatarena.report.networks.drawing import describe, lines, picture, spots, svg

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
