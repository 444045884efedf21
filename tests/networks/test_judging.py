"""Judging agents of a network by decisions whose answers are known."""

from __future__ import annotations

import math

import numpy as np
import pytest

from chatarena.networks.judging import Judged, fitted, guessing, native, pooled, score
from chatarena.networks.network import network
from chatarena.networks.topologies import topology

SURE, EVEN = (1.0, 0.0), (0.5, 0.5)


def test_scores_by_hand() -> None:
    got = score([(0, np.array([0.75, 0.25])), (1, np.array([0.5, 0.5])), (0, None)])
    assert (got.decisions, got.missing, got.right) == (3, 1, 0.75)
    assert got.brier == pytest.approx((2 * 0.25**2 + 0.5) / 2)
    assert got.log_loss == pytest.approx((math.log(4 / 3) + math.log(2)) / 2)
    nothing = score([(0, None)])
    assert (nothing.right, nothing.brier, nothing.log_loss, nothing.missing) == (None, None, None, 1)


def test_what_an_edge_did() -> None:
    # The second agent hears the first: better in the first decision, worse in the second, silent in the third.
    judged = [
        Judged(best=0, stated=(EVEN, SURE)),
        Judged(best=1, stated=(EVEN, SURE)),
        Judged(best=0, stated=(EVEN, None)),
    ]
    got = native(topology("chain", 2), judged, 8.0)
    assert got.hand_offs == 2 and got.worse == 0.5
    assert got.output.missing == 1 and got.output.right == 0.5
    assert got.by_depth[0] == pytest.approx(math.log(2)) and got.by_depth[1] == got.output.log_loss
    with pytest.raises(ValueError, match="each of 3 agents"):
        native(topology("chain", 3), judged, 8.0)


def test_the_slope_finds_overconfidence() -> None:
    """Stated log-odds twice the true ones have to be halved."""
    rng = np.random.default_rng(0)
    precision, judged = 8.0, []
    for _ in range(4000):
        odds = rng.normal()
        best = 0 if rng.random() < 1 / (1 + math.exp(-odds)) else 1
        judged.append(Judged(best=best, stated=((0.5 + odds / precision, 0.5 - odds / precision),)))
    got = native(network("one", [[]]), judged, precision)
    assert got.slope == pytest.approx(0.5, abs=0.05)


def test_fitted_nodes_keep_the_invariants_and_learn() -> None:
    rng = np.random.default_rng(1)
    judged = []
    for _ in range(60):
        worth = rng.normal(size=3)
        stated = tuple(tuple((worth + rng.normal(size=3)).tolist()) for _ in range(4))
        judged.append(Judged(best=int(np.argmax(worth)), stated=stated))
    nets = {name: topology(name, 4) for name in ("star", "chain", "complete", "empty")}  # type: ignore[arg-type]
    got = {name: fitted(net, judged) for name, net in nets.items()}
    assert all(one.rises == 0 and one.loss is not None and one.left_out is not None for one in got.values())
    # Everything reaches the output agent of a complete network, and nothing that of an empty one.
    assert got["complete"].excess == pytest.approx(0.0, abs=1e-9)
    empty, complete = got["empty"].left_out, got["complete"].left_out
    assert empty is not None and complete is not None and complete.missing == 0
    assert complete.log_loss is not None and empty.log_loss is not None and complete.log_loss < empty.log_loss
    with pytest.raises(ValueError, match="at least two decisions"):
        fitted(nets["star"], judged[:1])


def test_whoever_hears_all_knows_all_that_single_scores_say() -> None:
    """Why the excess of fitted nodes tells a chain from a star, but no star from a complete network."""
    rng = np.random.default_rng(2)
    judged = []
    for _ in range(40):
        worth = rng.normal(size=3)
        stated = tuple(tuple((worth + rng.normal(size=3)).tolist()) for _ in range(4))
        judged.append(Judged(best=int(np.argmax(worth)), stated=stated))
    star, chain = fitted(topology("star", 4), judged), fitted(topology("chain", 4), judged)
    assert star.excess == pytest.approx(0.0, abs=1e-9)
    assert chain.excess is not None and chain.excess > 1e-6


def test_decisions_that_nobody_scored_are_counted_and_cost_nothing_else() -> None:
    rng = np.random.default_rng(3)
    judged = [Judged(best=int(rng.integers(3)), stated=(tuple(rng.normal(size=3).tolist()), None)) for _ in range(12)]
    silent = Judged(best=0, stated=(None, None))
    net = topology("chain", 2)
    want, got = fitted(net, judged), fitted(net, [*judged, silent])
    assert (got.decisions, got.unscored, got.loss) == (12, 1, want.loss)
    nothing = fitted(net, [silent, silent])
    assert (nothing.loss, nothing.unscored) == (None, 2) and "fewer than two" in nothing.reason


def test_guessing() -> None:
    got = guessing([3, 2])
    assert got.right == pytest.approx((1 / 3 + 1 / 2) / 2)
    assert got.brier == pytest.approx((2 / 3 + 1 / 2) / 2) and got.log_loss == pytest.approx(math.log(6) / 2)
    with pytest.raises(ValueError, match="no decision"):
        guessing([])


def test_labels_that_can_be_told_apart_are_said() -> None:
    judged = [Judged(best=place % 2, stated=(tuple(np.eye(2)[place % 2].tolist()),)) for place in range(6)]
    got = fitted(network("one", [[]]), judged)
    assert got.loss is None and "told apart" in got.reason


def test_pools_without_a_network() -> None:
    judged = [Judged(best=0, stated=(SURE, SURE, (0.0, 1.0))), Judged(best=1, stated=((0.0, 1.0), None, EVEN))]
    mean, vote, best = pooled(judged, 8.0)
    # Two of three votes and one for each option; one and a half of two, likewise.
    assert vote.log_loss == pytest.approx((math.log(5 / 3) + math.log(4 / 2.5)) / 2)
    assert mean.right == 1.0 and best.right == 1.0 and best.missing == 0
    with pytest.raises(ValueError, match="no decision"):
        pooled([], 8.0)
