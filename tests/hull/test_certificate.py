"""Certificates stand on their own: substituted into the table they prove what they say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.hull.carriers import caratheodory
from chatarena.hull.certificate import Inside, Outside, certify
from chatarena.hull.kinds import KINDS, OFFSETS
from chatarena.hull.sentences import in_words
from chatarena.hull.sup import Charge
from chatarena.hull.table import table
from tests.hull.cases import Recipe, made

DISH = (("soup", "pie", "fish"), [[0.9, 0.8, 0.7], [0.2, 0.3, 0.1], [0.5, 0.4, 0.6]])


def separates(full, found):
    """The direction's values at every agent and the person, constants cancelled, from the definition."""
    rows = [charge.row for charge in found.direction]
    masses = np.array([charge.mass for charge in found.direction])
    agents, person = masses @ full.utilities[rows], masses @ full.target[rows]
    assert np.array(found.agent_values) == pytest.approx(agents, abs=1e-9)
    assert person == pytest.approx(found.person_value, abs=1e-9)
    if found.offset == "per state":
        for state in np.unique(full.states):
            assert masses[full.states[rows] == state].sum() == pytest.approx(0, abs=1e-9)
    if found.offset == "free":
        assert masses.sum() == pytest.approx(0, abs=1e-9)
    return agents, person


@given(seed=st.integers(0, 100_000), n=st.integers(2, 25), k=st.integers(1, 10))
@settings(max_examples=60, deadline=None)
def test_a_verdict_is_proved_either_way(seed, n, k):
    rng = np.random.default_rng(seed)
    full = table(rng.uniform(0, 1, (n, k)), rng.uniform(0, 1, n), states=np.arange(n) // 3)
    for kind in KINDS:
        for offset in OFFSETS:
            found = certify(full, kind, offset=offset, epsilon=0.1)
            match found:
                case Inside():
                    assert found.gap <= 0.1 + 1e-9
                case Outside():
                    agents, person = separates(full, found)
                    assert person == pytest.approx(found.threshold - found.margin, abs=1e-8)
                    assert found.margin > 0.1
                    assert agents.min() >= found.threshold - 1e-8
                    # And so does every combination: a hundred of them.
                    weights = rng.dirichlet(np.ones(k), 100)
                    if kind == "cone":
                        weights = weights * rng.uniform(0, 5, (100, 1))
                    if kind == "affine":
                        weights = 3 * weights - 2 * rng.dirichlet(np.ones(k), 100)
                    assert (weights @ agents - person >= found.margin - 1e-8).all()


@given(seed=st.integers(0, 100_000))
@settings(max_examples=30, deadline=None)
def test_a_point_built_inside_is_inside_with_few_agents(seed):
    rng = np.random.default_rng(seed)
    n, k = int(rng.integers(2, 8)), int(rng.integers(1, 30))
    x = rng.uniform(0, 1, (n, k))
    full = table(x, x @ rng.dirichlet(np.ones(k)), states=np.arange(n) // 2)
    for kind in KINDS:
        for offset in OFFSETS:
            found = certify(full, kind, offset=offset)
            assert isinstance(found, Inside)
            assert found.gap <= 1e-9
            assert found.sparse_gap <= found.gap + 1e-9
            assert len(found.sparse) <= found.rank + 1


@given(seed=st.integers(0, 100_000), total=st.booleans())
@settings(max_examples=40, deadline=None)
def test_caratheodory_keeps_the_product(seed, total):
    rng = np.random.default_rng(seed)
    rank, k = int(rng.integers(1, 5)), int(rng.integers(1, 25))
    a = rng.standard_normal((8, rank)) @ rng.standard_normal((rank, k))
    weights = rng.dirichlet(np.ones(k))
    fewer = caratheodory(a, weights, total=total)
    assert np.count_nonzero(fewer) <= rank + total
    assert fewer.min() >= 0
    assert a @ fewer == pytest.approx(a @ weights, abs=1e-10)
    if total:
        assert fewer.sum() == pytest.approx(1)


def test_weights_of_a_certificate_of_twins():
    found = certify(made(Recipe(n=5, k=30, noise=0.0)), "simplex")
    assert isinstance(found, Inside)
    assert len(found.sparse) <= 6
    assert [finding.kind for finding in found.warnings] == ["more agents than instances"]


def test_epsilon_decides():
    full = table([[0.0, 1.0], [1.0, 0.0], [0.3, 0.2]], [1.0, 1.0, 0.0])
    gap = certify(full, "simplex", epsilon=10.0).gap
    assert certify(full, "simplex", epsilon=gap * 1.001).verdict == "inside"
    assert certify(full, "simplex", epsilon=gap * 0.999).verdict == "outside"
    for epsilon in (-1.0, float("nan")):
        with pytest.raises(ValueError, match="epsilon"):
            certify(full, "simplex", epsilon=epsilon)


def outside(target, offset="free", kind="simplex"):
    labels, utilities = DISH
    found = certify(table(utilities, target, ("Ash", "Elm", "Oak"), instances=labels), kind, offset=offset)
    assert isinstance(found, Outside)
    return found


@pytest.mark.parametrize(
    ("target", "offset", "words"),
    [
        pytest.param(
            [0.1, 0.9, 0.5],
            "free",
            ("Every agent rates soup over pie by at least 0.500.", "The person rates pie over soup by 0.800."),
            id="you the other way",
        ),
        pytest.param(
            [0.5, 0.5, 0.5],
            "free",
            ("Every agent rates soup over pie by at least 0.500.", "The person rates soup and pie alike."),
            id="you alike",
        ),
        pytest.param(
            [0.5, 0.4, 0.45],
            "free",
            ("Every agent rates soup over pie by at least 0.500.", "The person rates soup over pie by 0.100 only."),
            id="you a little",
        ),
        pytest.param(
            [1.0, 0.0, 0.5],
            "free",
            ("No agent rates soup over pie by more than 0.700.", "The person rates soup over pie by 1.000."),
            id="you more than any",
        ),
        pytest.param(
            [0.0, 0.2, 0.5],
            "none",
            ("Every agent rates soup at 0.700 or more.", "The person rates it at 0.000."),
            id="a level, too high",
        ),
        pytest.param(
            [0.8, 1.0, 0.5],
            "none",
            ("No agent rates pie above 0.300.", "The person rates it at 1.000."),
            id="a level, too low",
        ),
    ],
)
def test_in_words(target, offset, words):
    assert in_words(outside(target, offset)) == words


def test_numbers_in_words_are_rounded_to_what_is_certain():
    full = table([[0.65432], [0.12345]], [0.0, 1.0], instances=("A", "B"))
    every, _ = in_words(certify(full, "simplex", offset="free"))
    assert every == "Every agent rates A over B by at least 0.530."  # 0.53087
    _, you = in_words(certify(full, "simplex", offset="free"), digits=1)
    assert you == "The person rates B over A by 1.0."


def test_a_mix_of_instances_in_words():
    found = Outside(
        kind="cone",
        offset="free",
        epsilon=0.0,
        gap=0.2,
        margin=0.2,
        direction=tuple(
            Charge(row=i, instance=name, mass=mass)
            for i, (name, mass) in enumerate(
                [("A", -0.5), ("B", 0.3), ("C", 0.1), ("D", 0.05), ("E", 0.03), ("F", 0.02)]
            )
        ),
        agents=("Ash",),
        agent_values=(0.0,),
        threshold=0.0,
        person_value=-0.2,
        weights=(0.0,),
        n=6,
        k=1,
        excluded=(),
        warnings=(),
    )
    every, you = in_words(found)
    assert every == "No agent rates A over the mix of 60% B, 20% C, 10% D, 6% E and 1 more."
    assert you == "The person rates A over the mix of 60% B, 20% C, 10% D, 6% E and 1 more by 0.400."
