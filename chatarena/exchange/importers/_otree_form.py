"""Which columns of an app of oTree's are a choice, ratings, beliefs or words: by their names, which is all there is."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from chatarena.arena import events as ev
from chatarena.arena.decision import MAX_LABEL, MAX_OPTIONS, MIN_OPTIONS
from chatarena.exchange.importers._otree_files import Table

_NUMBERS: Final = re.compile(r"(?:(prior|final)_)?(rating|belief)_(.+)")
_CHOICE: Final = re.compile(r"(?:final_)?(?:choice|decision|vote)")
_CONFIDENCE: Final = re.compile(r"(?:final_)?confidence")
_WORDS: Final = re.compile(r"(?:final_)?(?:reason|comment|statement)s?(?:_.+)?")
# Of a scale of 0 to 100 somebody will have used more than its lowest tenth.
_LOWEST_TENTH: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Which of the players' columns in an app is what, by its name.

    `choice`, `decision` or `vote` is the choice and `confidence` how sure of it; `rating_X` is what option X is worth,
    `belief_X` the probability of state X, and `prior_` in front of either says that it was given before the talk;
    `reason`, `comment` or `statement`, also with `_anything` behind, is what she wrote. `final_` in front of a name
    changes nothing; of two columns for one thing the first counts.

    `options` are those that were rated, else what anybody in the file chose. `refused` are columns that are named like
    this and cannot be taken for it, with the reason; `short` those whose scale may not be that of 0 to 100.
    """

    choice: str = ""
    confidence: str = ""
    options: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    ratings: dict[tuple[ev.Phase, str], str] = field(default_factory=dict)
    beliefs: dict[tuple[ev.Phase, str], str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)
    short: frozenset[str] = frozenset()

    @property
    def columns(self) -> tuple[str, ...]:
        """All that is read."""
        return (self.choice, *self.ratings.values(), *self.beliefs.values(), *self.words)


def form_of(read: Table, app: str) -> Form:
    """What the columns of an app are."""
    names = read.fields.get(app, ())
    refused: dict[str, str] = {}
    ratings = _of_each(names, "rating", refused)
    beliefs = _of_each(names, "belief", refused)
    rated = tuple(dict.fromkeys(option for _, option in ratings))
    values = _values(read, app)
    choice = next((name for name in names if _CHOICE.fullmatch(name)), "")
    chosen = tuple(sorted(set(values.get(choice, ())), key=_rank))
    if not rated and (len(chosen) > MAX_OPTIONS or any(len(value) > MAX_LABEL for value in chosen)):
        refused[choice] = "what stands in it are no options: too many different things, or too long"
        choice, chosen = "", ()
    confidence = next((name for name in names if _CONFIDENCE.fullmatch(name)), "") if choice else ""
    return Form(
        choice=choice,
        confidence=confidence,
        options=rated or chosen,
        states=tuple(dict.fromkeys(state for _, state in beliefs)),
        ratings=ratings,
        beliefs=beliefs,
        words=tuple(name for name in names if _WORDS.fullmatch(name)),
        refused=refused,
        short=frozenset(
            name for group in ([*ratings.values()], [confidence]) if _is_short(group, values) for name in group
        ),
    )


def _of_each(names: Iterable[str], what: str, refused: dict[str, str]) -> dict[tuple[ev.Phase, str], str]:
    """The columns of numbers, one for each option or state, before the talk and after it."""
    found: dict[tuple[ev.Phase, str], str] = {}
    for name in names:
        if (numbers := _NUMBERS.fullmatch(name)) and numbers[2] == what:
            found.setdefault(("prior" if numbers[1] == "prior" else "final", numbers[3]), name)
    if MIN_OPTIONS <= len({of for _, of in found}) <= MAX_OPTIONS:
        return found
    refused |= dict.fromkeys(found.values(), f"there must be {MIN_OPTIONS} to {MAX_OPTIONS} of the kind {what}_X")
    return {}


def _values(read: Table, app: str) -> dict[str, list[str]]:
    """Everything that stands in each column."""
    found: dict[str, list[str]] = {}
    for sitting in (sitting for row in read.rows for sitting in row.sittings if sitting.place.app == app):
        for name, value in sitting.parts.get("player", {}).items():
            found.setdefault(name, []).append(value)
    return found


def _rank(value: str) -> tuple[bool, float, str]:
    """Numbers by size, then words."""
    found = as_number(value)
    return found is None, found or 0.0, value


def as_number(text: str) -> float | None:
    """A finite number; None where the text is none."""
    try:
        found = float(text)
    except ValueError:
        return None
    return found if math.isfinite(found) else None


def _is_short(columns: Iterable[str], values: dict[str, list[str]]) -> bool:
    found = [number for name in columns for text in values.get(name, ()) if (number := as_number(text)) is not None]
    return bool(found) and max(found) <= _LOWEST_TENTH
