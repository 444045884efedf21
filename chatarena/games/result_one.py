"""Result 1, a user who responds best: what an aligned deviation induces, and what she gets in all pure equilibria.

T1. Assume (i) |sum_i w_i U_i + c - u| <= epsilon and (ii) a rule such that the law of action and state is the same D'
whichever leader switches to it. Then in every Nash equilibrium E[u] >= E_{D'}[u] - 2 epsilon, and with a rule that lets
her learn her best action E[u] >= OPT - 2 epsilon.

Law: a profile that is no equilibrium is told from one that is; where there is none, there is no number.

Source: that she gets her optimum in all equilibria, Collina et al., ICML 2026, abstract (result 1); T1, with its
constants and the extension to leaders who could still gain, is derived here (docs/theory/competition.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from chatarena.games.conversation import ConversationRule, Profile, Protocol
from chatarena.games.equilibria import over_equilibria
from chatarena.games.game import Game
from chatarena.games.reading import BEST, Reader
from chatarena.games.selection import GAIN
from chatarena.games.talks import TalkGames, blocks, gains, profiles
from chatarena.games.tree import Outcome, Replies, outcome
from chatarena.hull.kinds import FloatArray, IntArray

# Laws whose total variation distance is below this are the same but for rounding.
SAME_LAW = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Induced:
    """What comes of it when each leader alone switches to a rule.

    `distance` is the largest total variation distance between two of the laws; `same` says that it is none.
    `gains` is what each leader would win by switching; `value` the least that the user gets after a switch.
    """

    now: Outcome
    after: tuple[Outcome, ...]
    distance: float
    same: bool
    gains: tuple[float, ...]
    value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TalkEquilibria:
    """What the user gets in the pure equilibria of each game, all leaders talking; NaN where there is none.

    `eta` is the gain up to which a leader was taken to stay.
    """

    count: IntArray
    worst: FloatArray
    mean: FloatArray
    best: FloatArray
    eta: float
    profiles: int


def induced_by_deviation(
    game: Game,
    protocol: Protocol,
    profile: Profile,
    rule: ConversationRule,
    reader: Reader = BEST,
    *,
    replies: Replies = "best",
) -> Induced:
    """Check the identical induced distribution condition at a profile.

    Args:
        game: the game.
        protocol: the form of the conversation.
        profile: what the leaders have committed to.
        rule: what each in turn switches to.
        reader: how the user responds; one without error.
        replies: how she replies.

    Raises:
        ValueError: as chatarena.games.tree.outcome.
    """
    now = outcome(game, protocol, profile, reader, replies=replies)
    after = tuple(
        outcome(game, protocol, (*profile[:i], rule, *profile[i + 1 :]), reader, replies=replies)
        for i in range(game.n_leaders)
    )
    laws = np.stack([each.law for each in after])
    distance = float(np.abs(laws[:, None] - laws[None]).sum(axis=(2, 3)).max() / 2.0)
    return Induced(
        now=now,
        after=after,
        distance=distance,
        same=distance <= SAME_LAW,
        gains=tuple(each.leaders[i] - now.leaders[i] for i, each in enumerate(after)),
        value=min(each.user for each in after),
    )


def talk_equilibria(games: TalkGames, *, eta: float = 0.0) -> TalkEquilibria:
    """The user's value in all pure equilibria of each game.

    Args:
        games: the games, with their rules.
        eta: gain up to which a leader stays, in units of its utility; 0 for equilibria (rounding aside).

    Raises:
        ValueError: a negative eta, or too many profiles.
    """
    if not eta >= 0.0:
        raise ValueError(f"eta must be >= 0, not {eta!r}")
    _, heard = profiles(games)
    count = np.zeros(games.count, dtype=np.int64)
    worst, mean, best = (np.full(games.count, np.nan) for _ in range(3))
    for block in blocks(games, len(heard)):
        rests = gains(games, block, heard).max(axis=2) <= GAIN + eta
        values = games.user[block][:, heard]
        count[block], worst[block], mean[block], best[block] = over_equilibria(rests, values)
    return TalkEquilibria(count=count, worst=worst, mean=mean, best=best, eta=eta, profiles=len(heard))
