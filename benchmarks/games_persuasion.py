"""Claim: persuasion costs what its binding obedience rows cost, and over two states next to nothing. Ratios of one run.

Rows written down as they are violated against the whole linear program in scipy's linprog and against cvxpy; two states
in closed form for many games against linprog game by game; a receiver who responds by the logit rule against ten starts
of SLSQP. One thread, in turn, medians of process CPU seconds; the same optimum is asserted, for SLSQP that it is not
above the proved bound (how far it stays below is printed).

Aims (performance notes, "Games"): >= 10 x linprog at 30 x 30, >= 50 x at 60 x 60.

    python -m benchmarks.games_persuasion [--rounds 3]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._games import aim, in_turn
from chatarena.games.persuasion import persuade
from chatarena.games.softmax_receiver import persuade_softmax
from chatarena.games.softmax_value import SoftmaxValue
from chatarena.games.two_states import persuade_two_states
from chatarena.hull.threads import one_thread

Array = NDArray[np.float64]
# States x actions, games, and whether the whole program is solved once only because it takes seconds.
SHAPES = ((5, 10, 10, False), (30, 30, 3, False), (60, 60, 1, True))
AIMS = {(30, 30): 10, (60, 60): 50}
MANY, BY_LINPROG = 100_000, 100


def game(states: int, actions: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Prior, sender, receiver."""
    return rng.dirichlet(np.ones(states)), *rng.standard_normal((2, actions, states))


def whole_program(prior: Array, sender: Array, receiver: Array) -> float:
    """All obedience rows, sparse, in scipy's linprog."""
    import scipy.sparse as sp
    from scipy.optimize import linprog

    actions, states = sender.shape
    a, b = np.where(~np.eye(actions, dtype=bool))
    columns = a[:, None] * states + np.arange(states)
    rows = np.repeat(np.arange(len(a)), states)
    shape = (len(a), actions * states)
    obedience = sp.csr_matrix(((receiver[b] - receiver[a]).ravel(), (rows, columns.ravel())), shape=shape)
    sums = sp.csr_matrix(np.tile(np.eye(states), actions))
    found = linprog(
        -sender.ravel(), A_ub=obedience, b_ub=np.zeros(len(a)), A_eq=sums, b_eq=prior, bounds=(0, None), method="highs"
    )
    return float(-found.fun)


def by_cvxpy(prior: Array, sender: Array, receiver: Array) -> float:
    """The same put to cvxpy."""
    import cvxpy as cp

    x = cp.Variable(sender.shape, nonneg=True)
    limits = [cp.sum(x, axis=0) == prior]
    limits += [(receiver[a] - np.delete(receiver, a, axis=0)) @ x[a] >= 0 for a in range(len(sender))]
    problem = cp.Problem(cp.Maximize(cp.sum(cp.multiply(sender, x))), limits)
    problem.solve(solver="CLARABEL")
    return float(problem.value)


def compare(states: int, actions: int, count: int, slow: bool, rounds: int) -> None:
    """Rows as violated against whole programs."""
    rng = np.random.default_rng(0)
    games = [game(states, actions, rng) for _ in range(count)]
    runs: dict[str, Callable[[], Any]] = {
        "persuade": lambda: [persuade(*each) for each in games],
        "linprog, whole": lambda: [whole_program(*each) for each in games],
    }
    if not slow:
        runs["cvxpy CLARABEL"] = lambda: [by_cvxpy(*each) for each in games]
    took, found = in_turn(runs, 1 if slow else rounds)
    if slow:
        took |= in_turn({"persuade": runs["persuade"]}, rounds)[0]
    ours = found["persuade"]
    assert all(each.status == "optimal" for each in ours)
    print(f"\n{states} states x {actions} actions{', the whole program once' if slow else ''}")
    for name, seconds in took.items():
        values = [getattr(each, "value", each) for each in found[name]]
        off = max(abs(value - each.value) for value, each in zip(values, ours, strict=True))
        assert off < 1e-5, f"{name} finds another value, {off:.1e} off"
        ratio = seconds / took["persuade"]
        print(f"  {name:16s} {seconds / count * 1e3:10.2f} ms {ratio:8.1f} x   largest difference {off:.0e}")
    rows = [each.rows for each in ours]
    print(f"  {max(rows)} of {ours[0].rows_in_all} rows, gap at most {max(each.gap for each in ours):.0e}")
    if (states, actions) in AIMS:
        aim("against linprog", took["linprog, whole"] / took["persuade"], AIMS[states, actions])


def two_states(actions: int, rounds: int) -> None:
    """Closed form for many games."""
    rng = np.random.default_rng(1)
    prior, tables = rng.random(MANY), rng.standard_normal((2, MANY, actions, 2))
    some = [(np.array([1 - prior[g], prior[g]]), tables[0, g], tables[1, g]) for g in range(BY_LINPROG)]
    runs: dict[str, Callable[[], Any]] = {
        "numpy": lambda: persuade_two_states(prior, *tables, engine="numpy"),
        "linprog": lambda: [whole_program(*each) for each in some],
    }
    if find_spec("numba") is not None:
        persuade_two_states(prior[:2], *tables[:, :2], engine="compiled")
        runs["compiled"] = lambda: persuade_two_states(prior, *tables, engine="compiled")
    took, found = in_turn(runs, rounds)
    each = {name: took[name] / (BY_LINPROG if name == "linprog" else MANY) for name in took}
    off = np.abs(found["numpy"].value[:BY_LINPROG] - found["linprog"]).max()
    assert off < 1e-8, f"linprog finds other values, {off:.1e} off"
    print(f"\n2 states x {actions} actions, {MANY:,} games ({BY_LINPROG} by linprog), largest difference {off:.0e}")
    for name, seconds in each.items():
        ratio = each["linprog"] / seconds
        print(f"  {name:16s} {seconds * 1e6:10.2f} us a game, {1 / seconds:12,.0f} games/s, linprog / it {ratio:8,.0f}")
    if "compiled" in found:
        assert np.abs(found["compiled"].value - found["numpy"].value).max() < 1e-12


def by_slsqp(prior: Array, sender: Array, receiver: Array, precision: float, starts: int = 10) -> float:
    """As many beliefs as states, moved freely, from ten starts."""
    from scipy.optimize import minimize

    rng, states = np.random.default_rng(2), len(prior)
    value, best = SoftmaxValue(sender=sender, receiver=receiver, precision=precision), -np.inf

    def minus_value(flat: Array) -> float:
        joint = flat.reshape(states, states)
        often = joint.sum(axis=1) + 1e-15
        return -float(often @ value.at(joint / often[:, None]))

    limit = {"type": "eq", "fun": lambda flat: flat.reshape(states, states).sum(axis=0) - prior}
    for _ in range(starts):
        start = (rng.dirichlet(np.ones(states), states).T * prior).ravel()
        done = minimize(minus_value, start, bounds=[(0, 1)] * states**2, constraints=limit, method="SLSQP")
        if np.abs(limit["fun"](done.x)).max() < 1e-8:
            best = max(best, -float(done.fun))
    return best


def softmax(states: int, actions: int, count: int, rounds: int) -> None:
    """A receiver who responds by the logit rule, with the proof and without."""
    rng = np.random.default_rng(3)
    games = [game(states, actions, rng) for _ in range(count)]
    took, found = in_turn(
        {
            "without proof": lambda: [persuade_softmax(*each, 5.0, most_cells=0) for each in games],
            "proved": lambda: [persuade_softmax(*each, 5.0) for each in games],
            "SLSQP 10 starts": lambda: [by_slsqp(*each, 5.0) for each in games],
        },
        rounds,
    )
    proved = found["proved"]
    assert all(value <= each.upper + 1e-9 for value, each in zip(found["SLSQP 10 starts"], proved, strict=True))
    behind = [each.value - value for value, each in zip(found["SLSQP 10 starts"], proved, strict=True)]
    print(f"\nlogit receiver at precision 5, {states} states x {actions} actions, {count} games")
    for name, seconds in took.items():
        print(f"  {name:16s} {seconds / count * 1e3:10.2f} ms   SLSQP / it {took['SLSQP 10 starts'] / seconds:6.1f}")
    print(f"  proved in {sum(each.status == 'proved' for each in proved)}, SLSQP behind by at most {max(behind):.1e}")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    with one_thread():
        for states, actions, count, slow in SHAPES:
            compare(states, actions, count, slow, chosen.rounds)
        for actions in (5, 10):
            two_states(actions, chosen.rounds)
        for states, actions in ((2, 4), (3, 4), (4, 5)):
            softmax(states, actions, 4, chosen.rounds)


if __name__ == "__main__":
    main()
