"""Games with a name: small instances in which something is exactly so, and what it is.

Law: every number that an instance states is computed again by a test.

Source: the judge is Kamenica and Gentzkow (2011), section I; all others are derived here (docs/theory/competition.md).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

import numpy as np

from chatarena.games.game import Game, game

InstanceName: TypeAlias = Literal[
    "two-epsilon",
    "hull-fails",
    "nobody-aligned",
    "fragile-best-response",
    "equilibrium-selection",
    "monopoly",
    "judge",
    "prosecutor-and-defence",
    "sellers",
]
INSTANCES: tuple[InstanceName, ...] = get_args(InstanceName)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Instance:
    """A game and what is known of it. `known` are numbers by name: those that `measured` of a test gives again."""

    name: InstanceName
    game: Game
    known: tuple[tuple[str, float], ...]
    source: str = "derived here"

    @property
    def statement(self) -> str:
        """What the instance shows, in a sentence."""
        return self.game.statement


def instance(name: InstanceName) -> Instance:
    """An instance by name.

    Raises:
        ValueError: it is none of `INSTANCES`.
    """
    if name not in INSTANCES:
        raise ValueError(f"a named game is one of {', '.join(INSTANCES)}, not {name!r}")
    return _BUILDERS[name]()


def two_epsilon(n: int = 5, epsilon: float = 0.1) -> Instance:
    """Indifferent leaders: the loss 2 epsilon (1 - 1/n) tends to the bound.

    Raises:
        ValueError: fewer than two states, or an epsilon outside (0, 0.5].
    """
    if n < 2 or not 0.0 < epsilon <= 0.5:
        raise ValueError(f"at least two states and an epsilon above 0 and up to 0.5, not {n} and {epsilon}")
    made = game(
        np.full(n, 1.0 / n),
        2.0 * epsilon * np.eye(n),
        np.full((2, n, n), epsilon),
        name="two-epsilon",
        statement="leaders who do not care may say nothing: the loss comes as near to 2 epsilon as one likes",
    )
    known = (
        ("epsilon simplex", epsilon),
        ("optimum", 2.0 * epsilon),
        ("worst talk", 2.0 * epsilon / n),
        ("worst selection", 2.0 * epsilon / n),
        ("worst settling", 2.0 * epsilon / n),
    )
    return Instance(name="two-epsilon", game=made, known=known)


def _hull_fails() -> Instance:
    user = np.eye(3)
    made = game(
        np.full(3, 1.0 / 3.0),
        user,
        np.stack([1.0 - user] * 2),
        name="hull-fails",
        statement="leaders who want the opposite may say nothing: she is left with her prior",
    )
    known = (
        ("epsilon simplex", 1.0),
        ("epsilon cone", 0.5),
        ("optimum", 1.0),
        ("prior", 1.0 / 3.0),
        ("worst talk", 1.0 / 3.0),
        ("worst selection", 1.0 / 3.0),
        ("worst settling", 1.0 / 3.0),
        ("best selection", 1.0),
    )
    return Instance(name="hull-fails", game=made, known=known)


def _nobody_aligned() -> Instance:
    user = np.array([[1.0, 0.0, 0.2], [0.0, 1.0, 0.2], [0.4, 0.4, 0.6]])
    bias = 5.0 * np.array([[1.0, 1.0, 0.0], [-1.0, 0.0, 1.0], [0.0, -1.0, -1.0]])
    made = game(
        [0.3, 0.3, 0.4],
        user,
        [user + bias, user - bias],
        name="nobody-aligned",
        scale=(-6.0, 6.0),
        statement="two leaders with biases five times as large as all she cares about, opposed: she loses nothing",
    )
    optimum = (0.84 + 6.0) / 12.0
    known = (
        ("epsilon simplex", 0.0),
        ("optimum", optimum),
        ("worst talk", optimum),
        ("worst selection", optimum),
        ("worst settling", optimum),
    )
    return Instance(name="nobody-aligned", game=made, known=known)


# Of `fragile_best_response`: what the good action is worth, how much leaders differ about its two variants, what the
# decoy is worth, and by how much one variant is better for the user than the other.
GOOD, APART, DECOY, DELTA = 0.7, 0.6, 0.45, 0.001
RARE = 0.01


def _fragile() -> Instance:
    """States (z, t): z says which pair of actions is good, t which of the pair is better, by next to nothing."""
    states = [(z, t) for z in (0, 1) for t in (0, 1)]
    user, first, second = (np.zeros((5, 4)) for _ in range(3))
    for y, (z, t) in enumerate(states):
        for c in (0, 1):
            better = DELTA * (c == t)
            user[2 * z + c, y] = GOOD + better
            first[2 * z + c, y] = GOOD + better + APART / 2.0 * (1 - 2 * c)
            second[2 * z + c, y] = GOOD + better - APART / 2.0 * (1 - 2 * c)
        user[4, y] = first[4, y] = second[4, y] = DECOY
    # What each leader sees beside z hardly tells t, but nearly always hints at the variant it does not want.
    hints = [
        np.array([[(z == y[0]) * _hint(n, y[1] == wanted) for y in states] for z in (0, 1) for n in (0, 1)])
        for wanted in (1, 0)
    ]
    made = game(
        np.full(4, 0.25),
        user,
        [first, second],
        name="fragile-best-response",
        leader_signal=hints,
        scale=(0.0, GOOD + APART / 2.0 + DELTA),
        states=[f"pair {z + 1}, variant {t + 1} better" for z, t in states],
        actions=["pair 1, variant 1", "pair 1, variant 2", "pair 2, variant 1", "pair 2, variant 2", "decoy"],
        statement="the hull holds, telling all or nothing are the rules there are, and she can learn nearly everything"
        " from each leader alone: a best response still leaves her at the decoy, a quantal one does not",
    )
    return Instance(name="fragile-best-response", game=made, known=(("epsilon simplex", 0.0),))


def _hint(signal: int, likely: bool) -> float:
    """Chance of the hint (1) that nearly always comes: surely in one variant, rarely missing in the other."""
    shown = 1.0 if likely else 1.0 - 2.0 * RARE
    return shown if signal else 1.0 - shown


def _equilibrium_selection() -> Instance:
    user = np.eye(2)
    leaders = np.stack([1.0 - user, 1.0 - user, np.array([[0.1, 1.0], [1.0, 0.0]])])
    made = game(
        [0.5, 0.5],
        user,
        leaders,
        name="equilibrium-selection",
        statement="with the hull far away, all telling everything is an equilibrium too: one good equilibrium proves"
        " nothing",
    )
    known = (
        ("optimum", 1.0),
        ("best selection", 1.0),
        ("worst selection", 0.5),
        ("best talk", 1.0),
        ("worst talk", 0.5),
    )
    return Instance(name="equilibrium-selection", game=made, known=known)


def _monopoly() -> Instance:
    made = game(
        [0.4, 0.6],
        [[0.5, 0.5], [1.0, 0.0]],
        [[[0.0, 0.0], [1.0, 1.0]]],
        name="monopoly",
        states=["it suits", "it does not"],
        actions=["leave it", "buy"],
        agents=["seller"],
        statement="one leader: nothing but its own alignment protects her, and she gets no more than her prior",
    )
    # Bought always where it suits, and as often where it does not: 0.4 + 0.4.
    known = (("optimum", 0.7), ("prior", 0.5), ("monopoly leader", 0.8), ("monopoly user", 0.5))
    return Instance(name="monopoly", game=made, known=known)


_COURT = {"prior": [0.7, 0.3], "user": np.eye(2), "states": ["innocent", "guilty"], "actions": ["acquit", "convict"]}


def _judge() -> Instance:
    made = game(
        leaders=[[[0.0, 0.0], [1.0, 1.0]]],
        agents=["prosecutor"],
        name="judge",
        statement="the prosecutor's best investigation convicts six in ten, though three in ten are guilty",
        **_COURT,  # type: ignore[arg-type]
    )
    known = (("optimum", 1.0), ("prior", 0.7), ("monopoly leader", 0.6), ("monopoly user", 0.7))
    source = "Kamenica and Gentzkow (2011), American Economic Review 101, section I"
    return Instance(name="judge", game=made, known=known, source=source)


def _prosecutor_and_defence() -> Instance:
    made = game(
        leaders=[[[0.0, 0.0], [1.0, 1.0]], [[1.0, 1.0], [0.0, 0.0]]],
        agents=["prosecutor", "defence"],
        name="prosecutor-and-defence",
        statement="two who want opposite verdicts whatever is true: far from the hull, and yet competition tells all"
        " where every rule may be chosen: the hull is enough, not necessary",
        **_COURT,  # type: ignore[arg-type]
    )
    known = (("optimum", 1.0), ("prior", 0.7), ("epsilon cone", 0.5))
    return Instance(name="prosecutor-and-defence", game=made, known=known)


def _sellers() -> Instance:
    user = np.array([[0.9, 0.1, 0.3], [0.2, 0.8, 0.3], [0.5, 0.5, 0.7]])
    sold = np.eye(3)[:, :, None]
    made = game(
        [0.4, 0.3, 0.3],
        user,
        (user + sold) / 2.0,
        name="sellers",
        agents=["seller of action 1", "seller of action 2", "seller of action 3"],
        statement="each leader half wants to sell its own action; as every action has a seller the cone holds her",
    )
    optimum = 0.4 * 0.9 + 0.3 * 0.8 + 0.3 * 0.7
    known = (
        ("epsilon cone", 0.0),
        ("optimum", optimum),
        ("worst talk", optimum),
        ("worst selection", optimum),
        ("worst settling", optimum),
    )
    return Instance(name="sellers", game=made, known=known)


_BUILDERS: dict[InstanceName, Callable[[], Instance]] = {
    "two-epsilon": two_epsilon,
    "hull-fails": _hull_fails,
    "nobody-aligned": _nobody_aligned,
    "fragile-best-response": _fragile,
    "equilibrium-selection": _equilibrium_selection,
    "monopoly": _monopoly,
    "judge": _judge,
    "prosecutor-and-defence": _prosecutor_and_defence,
    "sellers": _sellers,
}
