"""Letting a saved session go another way from one of its entries on.

Law: what stands before the fork is the parent's, entry for entry and hash for hash; nothing of the parent after it is
taken over but the replies to requests that are the very same.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from chatarena import __version__
from chatarena.arena import events as ev
from chatarena.arena.session import Session, fold
from chatarena.arena.settings import MAX_PRECISION, MIN_PRECISION
from chatarena.errors import UsageError
from chatarena.session_log.chain import chain_hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to be different from the fork on: see `SessionForked`."""

    without: tuple[str, ...] = ()
    unheeded: tuple[str, ...] = ()
    order: Literal["drawn", "reversed"] = "drawn"
    precision: float | None = None
    weights: tuple[ev.AgentWeight, ...] = ()

    @property
    def asks(self) -> bool:
        """Whether it changes what is said, and not only what is made of the numbers."""
        return bool(self.without) or self.order == "reversed"

    def words(self) -> str:
        """The change in words; empty where there is none."""
        said = []
        if self.without:
            said.append(f"without {', '.join(self.without)}")
        if self.unheeded:
            said.append(f"the numbers of {', '.join(self.unheeded)} left out")
        if self.order == "reversed":
            said.append("speaking order reversed")
        if self.precision is not None:
            said.append(f"precision {self.precision:g}")
        if self.weights:
            said.append("weights " + ", ".join(f"{item.agent} {item.weight:g}" for item in self.weights))
        return "; ".join(said)


def first_round(entries: Sequence[ev.Entry]) -> int:
    """Where the talk begins: the number of the first entry that opens a round; the end where there is none."""
    return next((entry.seq for entry in entries if isinstance(entry.event, ev.RoundOpened)), len(entries))


def forked(
    entries: Sequence[ev.Entry], at: int, change: Change, session: str, *, participant: bool = False
) -> tuple[tuple[ev.Entry, ...], ev.SessionForked]:
    """The shared entries under their new session's id, and the fact that begins the new way.

    Args:
        entries: the parent's.
        at: the number of the first entry that is not shared.
        session: the new session's id.
        participant: whether somebody is there to be asked from here on.

    Raises:
        UsageError: the place, an agent or a number cannot be used; says why.
    """
    _check_place(entries, at)
    shared = entries[:at]
    before = fold(entry.event for entry in shared)
    change = _with_earlier(before, change)
    _check_change(before, change)
    event = ev.SessionForked(
        parent=entries[0].session,
        at=at,
        prefix=chain_hash(shared),
        version=__version__,
        without=change.without,
        unheeded=change.unheeded,
        order=change.order,
        precision=change.precision,
        weights=change.weights,
        participant=participant,
        reason=change.words(),
    )
    return tuple(replace(entry, session=session) for entry in shared), event


def _check_place(entries: Sequence[ev.Entry], at: int) -> None:
    begun = 1 + max(entry.seq for entry in entries if isinstance(entry.event, ev.AgentCommitted | ev.SessionOpened))
    decided = [entry.seq for entry in entries if isinstance(entry.event, ev.RecommendationShown | ev.SessionClosed)]
    last = decided[0] if decided else len(entries)
    if any(isinstance(entry.event, ev.SessionImported) for entry in entries):
        raise UsageError(
            "an imported session cannot be forked: its agents' rules are not known",
            remedy="Leave agents' numbers out, or change the precision, without --at.",
        )
    if not begun <= at <= last:
        raise UsageError(
            f"entry {at} is no place to fork this session: its opening ends with entry {begun - 1},"
            f" its talk before entry {last}",
            remedy=f"Give a number from {begun} to {last}.",
        )


def _with_earlier(before: Session, change: Change) -> Change:
    """A fork of a fork keeps what was changed before, where it does not say otherwise."""
    earlier = before.forked
    if earlier is None:
        return change
    weights = {item.agent: item for item in (*earlier.weights, *change.weights)}
    return Change(
        without=tuple(dict.fromkeys((*earlier.without, *change.without))),
        unheeded=tuple(dict.fromkeys((*earlier.unheeded, *change.unheeded))),
        order="reversed" if change.order != earlier.order else "drawn",
        precision=earlier.precision if change.precision is None else change.precision,
        weights=tuple(weights.values()),
    )


def _check_change(before: Session, change: Change) -> None:
    named = (*change.without, *change.unheeded, *(item.agent for item in change.weights))
    unknown = sorted(set(named) - set(before.labels))
    if unknown:
        raise UsageError(
            f"there is no agent {unknown[0]!r} in this session", remedy=f"There are {', '.join(before.labels)}."
        )
    if not set(before.labels) - set(change.without):
        raise UsageError("nobody would be left to speak", remedy="Leave at least one agent in.")
    if change.precision is not None and not MIN_PRECISION <= change.precision <= MAX_PRECISION:
        raise UsageError(f"precision must be {MIN_PRECISION:g} to {MAX_PRECISION:g}, not {change.precision:g}")
    for item in change.weights:
        if not (math.isfinite(item.weight) and item.weight >= 0):
            raise UsageError(f"the weight of {item.agent} must be 0 or more, not {item.weight:g}")
