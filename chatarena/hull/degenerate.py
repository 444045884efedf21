"""Cases in which a fit says less than it seems to, found and put into words instead of a proud "inside".

All of it is read from R of [1, X - y, y], so it costs nothing beside a fit. Theory: docs/theory/hull.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from chatarena.hull.face import EPS
from chatarena.hull.kinds import FloatArray, Kind, Offset
from chatarena.hull.quadratic import active_set
from chatarena.hull.reduction import Factor, columns

FindingKind: TypeAlias = Literal[
    "nothing to reproduce",
    "two options",
    "constant target",
    "constant agent",
    "more agents than instances",
    "rank deficient",
    "opposed agents",
    "cone is everything",
    "exact by construction",
    "one session",
]

# Singular values below this share of the largest do not count towards the rank: what rounding between algebraically
# equal agents leaves stays below it, what people mean as a difference above.
RANK_TOLERANCE = 1e-9
# A column that varies by less than this share of what it could is constant; cosines this near to -1 are opposed.
ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason to read a result with care: what kind, which agents it is about, and a sentence.

    `says_nothing` is True where a small error was to be had whatever the target: then "inside" is no evidence.
    """

    kind: FindingKind
    words: str
    agents: tuple[str, ...] = ()
    says_nothing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Case:
    """Utilities as vectors modulo the offset (in coordinates of R), and how many dimensions those could have."""

    a: FloatArray
    r: FloatArray
    room: int
    rank: int
    dependent: tuple[int, ...]


def findings(
    reduced: Factor,
    kind: Kind,
    offset: Offset,
    agents: Sequence[str],
    *,
    states: int = 0,
    groups: NDArray[Any] | None = None,
) -> tuple[Finding, ...]:
    """What keeps a fit from saying much.

    Args:
        reduced: R of the rows that were fitted.
        kind: simplex, cone or affine.
        offset: none, free or per state.
        agents: k names.
        states: how many states there are where the offset is per state.
        groups: the group (session) of each row, None where every row stands for itself.
    """
    a, r = columns(reduced, "cone", offset)
    rank, dependent = _rank(a)
    taken = {"none": 0, "free": 1, "per state": states}[offset]
    case = _Case(a=a, r=r, room=reduced.rows - taken, rank=rank, dependent=dependent)
    found = [*_room(case, offset), *_constants(case, kind, offset, agents), *_counts(case, kind, agents)]
    if kind == "cone":
        found += _cone(case, agents)
    if groups is not None and len(np.unique(groups)) == 1:
        found.append(
            Finding(
                kind="one session",
                words="All instances come from one session: how the weights would do in another is unknown.",
            )
        )
    return tuple(found)


def exact_by_construction(reduced: Factor, offset: Offset, states: int = 0) -> tuple[Finding, ...]:
    """Whether unconstrained least squares has nothing left whatever the target is."""
    rank, _ = _rank(columns(reduced, "cone", offset)[0])
    room = reduced.rows - {"none": 0, "free": 1, "per state": states}[offset]
    return _exact(rank, room)


def _room(case: _Case, offset: Offset) -> list[Finding]:
    if case.room <= 0:
        words = "The offset alone reproduces every target on these instances, so any agents do."
        return [Finding(kind="nothing to reproduce", words=words, says_nothing=True)]
    if case.room == 1 and offset != "none":
        words = (
            "Two instances and a free offset leave one number to reproduce, a difference: agents on both sides of it"
            " contain everybody."
        )
        return [Finding(kind="two options", words=words, says_nothing=True)]
    return []


def _constants(case: _Case, kind: Kind, offset: Offset, agents: Sequence[str]) -> list[Finding]:
    if offset == "none":
        return []
    size = np.linalg.norm(case.a - case.r[:, None], axis=0) + float(np.linalg.norm(case.r))
    flat = np.linalg.norm(case.a, axis=0) <= ROUNDING * size
    found = []
    if np.linalg.norm(case.r) <= ROUNDING * (np.linalg.norm(case.a, axis=0).max() + float(np.linalg.norm(case.r))):
        words = "The target is the same everywhere: the offset alone reproduces it, and agents can only disturb."
        found.append(Finding(kind="constant target", words=words, says_nothing=kind == "cone"))
    if flat.any():
        who = tuple(agents[int(i)] for i in np.flatnonzero(flat))
        words = f"{_list(who)} rated everything alike: with an offset that is no direction at all."
        found.append(Finding(kind="constant agent", words=words, agents=who))
    return found


def _counts(case: _Case, kind: Kind, agents: Sequence[str]) -> list[Finding]:
    k, found = len(agents), []
    if k > case.room:
        words = (
            f"{k} agents and room for {case.room} independent directions: many weights do equally well, and which ones"
            " were found means nothing."
        )
        found.append(Finding(kind="more agents than instances", words=words))
    if case.rank < min(k, case.room):
        who = tuple(agents[i] for i in case.dependent)
        words = (
            f"Only {case.rank} of {k} agents are independent (tolerance {RANK_TOLERANCE:g}): {_list(who)} can be"
            " written by the others, so weights can be moved between them at no cost."
        )
        found.append(Finding(kind="rank deficient", words=words, agents=who))
    if kind == "affine" and case.room > 0:
        differences = case.a[:, 1:] - case.a[:, :1]
        found += _exact(_rank(differences)[0] if k > 1 else 0, case.room)
    return found


def _exact(rank: int, room: int) -> tuple[Finding, ...]:
    if rank < room:
        return ()
    words = (
        "The agents span everything these instances can hold: without signs on the weights the fit is exact by"
        " construction, whatever the target."
    )
    return (Finding(kind="exact by construction", words=words, says_nothing=True),)


def _cone(case: _Case, agents: Sequence[str]) -> list[Finding]:
    norms = np.linalg.norm(case.a, axis=0)
    scale = np.divide(1.0, norms, out=np.zeros_like(norms), where=norms > 0)
    unit = case.a * scale
    cosines = unit.T @ unit
    first, second = np.unravel_index(int(np.argmin(cosines)), cosines.shape)
    found = []
    if cosines[first, second] <= -1.0 + RANK_TOLERANCE:
        who = (agents[int(first)], agents[int(second)])
        words = (
            f"{_list(who)} rate in opposite directions: weights of any size on both cancel, so the cone contains the"
            " whole line between them."
        )
        found.append(Finding(kind="opposed agents", words=words, agents=who, says_nothing=case.room <= 1))
    if _spans(unit, case.rank):
        everything = case.rank >= case.room
        words = "Some positive weights of all agents cancel: the cone is the whole space that the agents span" + (
            ", and that is everything these instances can hold: every person is inside." if everything else "."
        )
        found.append(Finding(kind="cone is everything", words=words, says_nothing=everything))
    return found


def _spans(unit: FloatArray, rank: int) -> bool:
    """Whether weights of at least one for every agent can cancel: then the cone has no end in any direction it has."""
    if unit.shape[1] <= rank:
        return False
    total = unit.sum(axis=1)
    weights = active_set(unit.T @ unit, -(unit.T @ total), total=False).weights
    left = unit @ weights + total
    return bool(np.linalg.norm(left) <= np.sqrt(EPS) * (1.0 + weights.sum()))


def _rank(a: FloatArray) -> tuple[int, tuple[int, ...]]:
    """Numerical rank, and the columns that a pivoted QR leaves for last."""
    from scipy.linalg import qr

    if not a.size:
        return 0, ()
    root, pivots = qr(a, mode="r", pivoting=True, check_finite=False)
    own = np.abs(np.diag(root))
    rank = int((own > RANK_TOLERANCE * own[0]).sum()) if own[0] > 0 else 0
    return rank, tuple(sorted(int(i) for i in pivots[rank:]))


def _list(names: Sequence[str], most: int = 4) -> str:
    shown = list(names[:most])
    if len(names) > most:
        shown.append(f"{len(names) - most} more")
    return shown[0] if len(shown) == 1 else ", ".join(shown[:-1]) + " and " + shown[-1]
