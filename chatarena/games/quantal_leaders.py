"""Leaders who choose among their deterministic rules by logit response, too: the branch of logit equilibria among them.

    P_i(r) proportional to exp(mu E[U_i | i plays r, the others as they do]),    all of them talking to the user

At mu = 0 every rule is as likely as any other; as mu grows the branch from there ends in one equilibrium of the game.
Where a game has many equilibria, good ones and bad, this is one way to say which of them is come to.

Law: the user's value is the mean over profiles; nothing is sampled.

Source: McKelvey and Palfrey (1995) for the equilibrium and its branch; that leaders play it is our extension, and
nothing of it is promised by results 1 to 3.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from chatarena.games.game import Game
from chatarena.games.quantal_equilibrium import quantal_equilibrium
from chatarena.games.talks import profiles, talks_of

# Profiles of the form that the branch is followed in.
MOST_FORM = 5_000


@dataclass(frozen=True, slots=True, kw_only=True)
class QuantalLeaders:
    """What comes of it at one precision of the leaders.

    `user` is her mean value, `leaders` theirs; `mixtures[i][r]` the chance of partition `rules[r]` of the signals.
    `regret` is the most that a leader would gain by one rule instead.
    """

    precision: float
    user: float
    leaders: tuple[float, ...]
    rules: tuple[tuple[int, ...], ...]
    mixtures: tuple[tuple[float, ...], ...]
    regret: float


def quantal_leaders(
    game: Game, leaders_precision: float, *, messages: int | None = None, precision: float | None = None
) -> QuantalLeaders:
    """The logit equilibrium among leaders on the branch from even chances.

    Args:
        game: two leaders or more, who see one signal.
        leaders_precision: mu > 0, per unit of utility on [0, 1].
        messages: M; None for as many as there are signals.
        precision: of a user with logit response, likewise; None for best responses.

    Raises:
        ValueError: a precision that is not positive, a single leader, leaders with signals of their own, or more than
            `MOST_FORM` profiles.
        ArenaError: the branch could not be followed so far.
    """
    if not 0.0 < leaders_precision < np.inf:
        raise ValueError(f"the leaders' precision is above 0 and finite, not {leaders_precision!r}")
    if game.n_leaders < 2:
        raise ValueError("one leader is a monopoly")
    games = talks_of(game, messages=messages, precision=precision)
    _, heard = profiles(games)
    if len(heard) > MOST_FORM:
        raise ValueError(f"{len(heard)} profiles are more than the {MOST_FORM} that the branch is followed for")
    shape = (len(games.rules),) * game.n_leaders
    payoffs = [games.leaders[0, i, heard].reshape(shape) for i in range(game.n_leaders)]
    (found,) = quantal_equilibrium(payoffs, [leaders_precision])
    chances = reduce(np.multiply.outer, [np.array(each) for each in found.probabilities])
    return QuantalLeaders(
        precision=leaders_precision,
        user=float(chances.ravel() @ games.user[0, heard]),
        leaders=found.payoffs,
        rules=tuple(tuple(map(int, row)) for row in games.cells[games.rules]),
        mixtures=found.probabilities,
        regret=found.regret,
    )
