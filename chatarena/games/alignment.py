"""Weighted alignment of a game: how near a weighted sum of the leaders' utilities comes to the user's.

    epsilon = min over w >= 0 and c of max over a, y of |sum_i w_i U_i(a, y) + c - u(a, y)|

Law: the norm is the largest error over all actions and states. Weights that sum to one are the published definition;
weights of any sum (the cone), and constants that depend on the state, are enough for the guarantees (derived here).

Source: Collina et al., ICML 2026, Definition 1 (simplex, one offset). docs/theory/competition.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from chatarena.games.game import Game
from chatarena.hull.kinds import FloatArray
from chatarena.hull.sup import sup_fit
from chatarena.hull.table import UtilityTable, table

AlignmentKind: TypeAlias = Literal["simplex", "cone"]
AlignmentOffset: TypeAlias = Literal["free", "per state"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignment:
    """Weights that come nearest, in one variant.

    `epsilon` is the largest error of these weights, `lower` is proved to be undercut by none; they agree to rounding.
    `offsets` has one constant, or one a state.
    """

    kind: AlignmentKind
    offset: AlignmentOffset
    epsilon: float
    lower: float
    weights: tuple[float, ...]
    offsets: tuple[float, ...]
    norm: Literal["largest error"] = "largest error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alignments:
    """All four variants; `simplex` is the published definition, `best` the smallest one a guarantee may use."""

    simplex: Alignment
    cone: Alignment
    simplex_per_state: Alignment
    cone_per_state: Alignment

    @property
    def best(self) -> Alignment:
        """Of all four the one of the smallest epsilon."""
        return min(self.every, key=lambda one: one.epsilon)

    @property
    def every(self) -> tuple[Alignment, ...]:
        """The variants, the published one first."""
        return (self.simplex, self.cone, self.simplex_per_state, self.cone_per_state)


def alignments(game: Game) -> Alignments:
    """Epsilon and weights of a game in all variants."""
    return Alignments(
        simplex=alignment(game, "simplex", "free"),
        cone=alignment(game, "cone", "free"),
        simplex_per_state=alignment(game, "simplex", "per state"),
        cone_per_state=alignment(game, "cone", "per state"),
    )


def alignment(game: Game, kind: AlignmentKind = "simplex", offset: AlignmentOffset = "free") -> Alignment:
    """Epsilon and weights of a game in one variant.

    Args:
        game: the game.
        kind: simplex (weights sum to one) or cone.
        offset: free (one constant) or per state.

    Raises:
        ValueError: an unknown kind or offset.
        ArenaError: the linear program was not solved.
    """
    if kind not in ("simplex", "cone") or offset not in ("free", "per state"):
        raise ValueError(f"kind is simplex or cone and offset free or per state, not {kind!r} and {offset!r}")
    found = sup_fit(as_table(game), kind, offset=offset)
    return Alignment(
        kind=kind,
        offset=offset,
        epsilon=found.gap_sup,
        lower=found.lower,
        weights=found.weights,
        offsets=found.offset_values,
    )


def as_table(game: Game) -> UtilityTable:
    """Every action in every state as an instance of hull analysis; states by their numbers, in order."""
    k, n_actions, n_states = game.leaders.shape
    return table(
        game.leaders.reshape(k, -1).T,
        game.user.ravel(),
        tuple(f"{i + 1}. {name}" for i, name in enumerate(game.leader_names)),
        instances=[f"{action}, {state}" for action in game.action_names for state in game.state_names],
        states=np.tile(np.arange(n_states), n_actions),
    )


def residual(game: Game, found: Alignment) -> FloatArray:
    """sum_i w_i U_i + c - u in every action and state, (A, Y)."""
    return np.asarray(np.tensordot(found.weights, game.leaders, 1) + np.array(found.offsets) - game.user)
