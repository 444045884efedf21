"""A game solved: alignment, benchmarks, and the user's value in equilibrium in every way that its size allows.

Law: what could not be computed is None and says why. A guarantee is stated only where its assumptions hold.

Source: docs/theory/competition.md; T1 to T3 are derived here, their constants are not the paper's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chatarena.choice.bound import quantal_loss_bound
from chatarena.games import concepts
from chatarena.games.alignment import Alignments, alignments
from chatarena.games.benchmarks import Benchmarks, benchmarks, quantal_values
from chatarena.games.concepts import Concept, Equilibria
from chatarena.games.conversation import signals_of
from chatarena.games.game import Game
from chatarena.games.observation import observe
from chatarena.games.selection import SLACK


@dataclass(frozen=True, slots=True, kw_only=True)
class Solution:
    """Everything that `solve` found; `missing` has the reason for each concept that has no number.

    `guarantee` is 2 epsilon, of the best variant: no equilibrium of best responses loses more. `quantal_guarantee` is
    T2's loss where all talk to a user with logit response, with nothing left to learn once somebody tells all; None
    where she responds best, or messages are too few. Both are None where leaders see signals of their own, since then
    no rule is open to all. `benchmarks` are of a user who responds best; `quantal_marks` are what one with this logit
    response gets without advice and knowing everything, None where she responds best. `violations` must be empty.
    """

    game: Game
    messages: int | None
    precision: float | None
    alignments: Alignments
    benchmarks: Benchmarks
    every: tuple[Equilibria, ...]
    missing: tuple[tuple[Concept, str], ...]
    guarantee: float | None
    quantal_guarantee: float | None
    violations: tuple[str, ...]
    quantal_marks: tuple[float, float] | None = None

    def of(self, concept: Concept) -> Equilibria | None:
        """What was found for a concept, or None."""
        return next((each for each in self.every if each.concept == concept), None)


def solve(game: Game, *, messages: int | None = None, precision: float | None = None) -> Solution:
    """Solve a game in every way that its size allows.

    Args:
        game: the game.
        messages: M, of deterministic rules; None for as many as leaders have signals.
        precision: lambda of a user with logit response, where all leaders talk, per unit of utility on [0, 1]; None for
            best responses. Selection is always with best responses.

    Raises:
        ValueError: no message, or a precision that is not positive.
        ArenaError: a linear program was not solved.
    """
    if messages is not None and messages < 1:
        raise ValueError(f"at least one message is needed, not {messages!r}")
    if precision is not None and not 0.0 < precision < float("inf"):
        raise ValueError(f"a precision is above 0 and finite, or left out for best responses, not {precision!r}")
    found: list[Equilibria] = []
    missing: list[tuple[Concept, str]] = []
    for concept, attempt in _attempts(game, messages, precision):
        try:
            found.append(attempt())
        except ValueError as reason:
            missing.append((concept, str(reason)))
    aligned = alignments(game)
    guarantee = None if game.own_signals else 2.0 * aligned.best.epsilon
    enough = messages is None or messages >= signals_of(game)
    quantal = None
    if guarantee is not None and precision is not None and enough:
        quantal = quantal_loss_bound(game.n_actions, precision, aligned.best.epsilon, 0.0).total
    return Solution(
        game=game,
        messages=messages,
        precision=precision,
        alignments=aligned,
        benchmarks=benchmarks(game),
        every=tuple(found),
        missing=tuple(missing),
        guarantee=guarantee,
        quantal_guarantee=quantal,
        violations=_violations(found, guarantee, quantal, best=precision is None and enough),
        quantal_marks=None if precision is None else quantal_values(observe(game), precision),
    )


def _attempts(
    game: Game, messages: int | None, precision: float | None
) -> tuple[tuple[Concept, Callable[[], Equilibria]], ...]:
    """What is tried, in the order in which it is told."""
    if game.own_signals:
        first: tuple[Concept, Callable[[], Equilibria]] = (
            "all or nothing",
            lambda: concepts.all_or_nothing(game, precision=precision),
        )
    else:
        first = ("talk", lambda: concepts.talk(game, messages=messages, precision=precision))
    # Splitting states takes messages without limit, and is solved for best responses.
    split = precision is None and messages is None and not game.own_signals
    return (
        first,
        *((("cells", lambda: concepts.cells(game)),) if split else ()),
        ("selection", lambda: concepts.selection(game, messages=messages)),
        ("settling", lambda: concepts.settling(game)),
    )


def _violations(
    found: list[Equilibria], guarantee: float | None, quantal: float | None, *, best: bool
) -> tuple[str, ...]:
    """Where an equilibrium loses more than it may."""
    limits = {"selection": guarantee, "settling": guarantee, "cells": guarantee, "talk": guarantee if best else quantal}
    broken = []
    for each in found:
        limit = limits.get(each.concept)
        if limit is not None and each.loss > limit + SLACK:
            broken.append(f"{each.concept}: the worst equilibrium loses {each.loss:.6g}, more than {limit:.6g}")
    return tuple(broken)
