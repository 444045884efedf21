"""Where "inside" is no news, the result says so; where it is news, nothing is said."""

from __future__ import annotations

import numpy as np
import pytest

from chatarena.hull.certificate import certify
from chatarena.hull.fit import fit, unconstrained
from chatarena.hull.table import table

RNG = np.random.default_rng(0)
WIDE = RNG.uniform(size=(9, 3))
SQUARE = RNG.uniform(size=(3, 5))
MANY = RNG.uniform(size=9)


def kinds(found):
    return {(finding.kind, finding.says_nothing) for finding in found.warnings}


FEW = ("more agents than instances", False)
TWO = ("two options", True)
TWIN = ("rank deficient", False)
FLAT_AGENT = ("constant agent", False)
EXACT = ("exact by construction", True)
ONE_OPTION = {("nothing to reproduce", True), ("constant target", False), FLAT_AGENT, FEW}
OPPOSED = [[0, 1], [1, 0]]
ON_A_LINE = [*OPPOSED, [0.5, 0.5]]
WITH_TWIN = np.c_[WIDE, WIDE[:, 0]]
WITH_FLAT = np.c_[WIDE, np.full(9, 0.7)]
SAME = np.full(9, 0.5)
THREE = {"groups": [1, 1, 1, 2, 2, 2, 3, 3, 3]}
ALL = {TWO, FEW, ("opposed agents", True), ("cone is everything", True)}
LINE = {("opposed agents", False), ("cone is everything", False), TWIN}

CASES = [
    pytest.param(WIDE, MANY, "simplex", "free", {}, set(), id="nothing to warn of"),
    pytest.param(WIDE, MANY, "cone", "none", THREE, set(), id="three sessions"),
    pytest.param(OPPOSED, [0.3, 0.9], "simplex", "free", {}, {TWO, FEW}, id="two options"),
    pytest.param(OPPOSED, [0.3, 0.9], "simplex", "none", {}, set(), id="two options, no offset"),
    pytest.param(OPPOSED, [0.3, 0.9], "cone", "free", {}, ALL, id="two opposed agents in the cone"),
    pytest.param(ON_A_LINE, [0.3, 0.9, 0.1], "cone", "free", {}, LINE, id="opposed, not everything"),
    pytest.param([[0.1, 0.4]], [0.3], "simplex", "free", {}, ONE_OPTION, id="one option"),
    pytest.param(SQUARE, [0.1, 0.2, 0.5], "simplex", "none", {}, {FEW}, id="more agents than instances"),
    pytest.param(SQUARE, [0.1, 0.2, 0.5], "affine", "none", {}, {FEW, EXACT}, id="affine, exact by construction"),
    pytest.param(WITH_TWIN, MANY, "simplex", "free", {}, {TWIN}, id="a twin"),
    pytest.param(WITH_FLAT, MANY, "simplex", "free", {}, {FLAT_AGENT, TWIN}, id="all ratings equal"),
    pytest.param(WITH_FLAT, MANY, "simplex", "none", {}, set(), id="all ratings equal, no offset"),
    pytest.param(WIDE, SAME, "simplex", "free", {}, {("constant target", False)}, id="constant target"),
    pytest.param(WIDE, SAME, "cone", "free", {}, {("constant target", True)}, id="constant target in the cone"),
    pytest.param(WIDE, MANY, "simplex", "free", {"groups": ["s"] * 9}, {("one session", False)}, id="one session only"),
]


@pytest.mark.parametrize(("utilities", "target", "kind", "offset", "more", "expected"), CASES)
def test_findings(utilities, target, kind, offset, more, expected):
    full = table(utilities, target, **more)
    found = fit(full, kind, offset=offset)
    assert kinds(found) == expected
    assert kinds(certify(full, kind, offset=offset)) == expected
    assert all(finding.words.endswith(".") for finding in found.warnings)


def test_whatever_says_nothing_contains_everybody():
    """Findings that say so are put to the test: targets drawn at random are all inside."""
    tried = 0
    for case in CASES:
        utilities, _, kind, offset, more, expected = case.values
        if any(empty and name != "constant target" for name, empty in expected):
            for target in RNG.uniform(size=(20, len(utilities))):
                inside = fit(table(utilities, target, **more), kind, offset=offset).gap_sup
                # Two options contain everybody between their agents, not beyond.
                if {name for name, empty in expected if empty} == {"two options"} and kind == "simplex":
                    between = np.ptp(target) <= 1 and -1 <= target[0] - target[1] <= 1
                    assert not between or inside < 1e-9
                else:
                    assert inside < 1e-9
                tried += 1
    assert tried >= 60


def test_who_it_is_about():
    full = table(np.c_[WIDE, 1 - WIDE[:, 0], np.full(9, 0.2)], MANY, ("Ash", "Elm", "Oak", "Fir", "Yew"))
    about = {finding.kind: finding.agents for finding in fit(full, "cone", offset="free").warnings}
    assert set(about["opposed agents"]) == {"Ash", "Fir"}
    assert about["constant agent"] == ("Yew",)
    assert set(about["rank deficient"]) <= {"Ash", "Fir", "Yew"}


def test_unconstrained_fit_exact_by_construction():
    (finding,) = unconstrained(table(SQUARE, [0.1, 0.2, 0.5])).warnings
    assert (finding.kind, finding.says_nothing) == ("exact by construction", True)
    assert unconstrained(table(WIDE, MANY)).warnings == ()


def test_states_take_their_share_of_the_room():
    full = table(RNG.uniform(size=(6, 3)), RNG.uniform(size=6), states=[0, 0, 1, 1, 2, 2])
    assert kinds(fit(full, "cone", offset="per state")) in (set(), {("cone is everything", True)})
    assert ("more agents than instances", False) in kinds(
        fit(
            table(RNG.uniform(size=(6, 4)), RNG.uniform(size=6), states=[0, 0, 1, 1, 2, 2]),
            "simplex",
            offset="per state",
        )
    )
