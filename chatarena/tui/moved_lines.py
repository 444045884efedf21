"""How the talk moved the participant, in lines: a course for each option, then every step and what came before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatarena.arena.decision import Decision
from chatarena.authoring.text import one_line
from chatarena.replay.movement import Cause, Moved
from chatarena.tui.blocks import YOU
from chatarena.tui.cells import MISSING, crop, fit, spark, width, wrap

# A change of less than this many hundredths does not show in whole numbers.
SEEN = 0.5
MOST_STEPS, MOST_LABEL, SPARK = 40, 40, 32
_WORDS: dict[Cause, str] = {"ratings": "ratings", "beliefs": "beliefs", "precision": "precision"}


def moved_lines(decision: Decision, steps: Sequence[Moved], cells: int, person: str = YOU) -> list[str]:
    """The whole account in so many cells; empty where nothing was ever shown or rated."""
    told = [step for step in steps if any(value is not None for value in step.after)]
    if not told:
        return []
    return [*_courses(decision, told, cells), "", *_steps(decision, told, cells, person)]


def _courses(decision: Decision, steps: Sequence[Moved], cells: int) -> Iterator[str]:
    """Per option: the chances over all steps, their first and last, and so for her ratings."""
    labels = [one_line(option.label) for option in decision.options]
    label = min(max(map(width, labels)), MOST_LABEL, cells // 3)
    chances = [step.after for step in steps if step.measure == "chance"]
    ratings = [step.after for step in steps if step.measure == "rating"]
    for place, name in enumerate(labels):
        shares = [after[place] for after in chances]
        drawn = spark(shares[:: -(-len(shares) // SPARK)]) if shares else ""
        line = f"{fit(name, label)} {fit(drawn, min(SPARK, len(chances)))}  {_range(shares, 100.0, ' %')}"
        rated = _range([after[place] for after in ratings], 1.0, "")
        yield crop(f"{line} · rated {rated}" if ratings else line, cells)


def _range(values: Sequence[float | None], scale: float, unit: str) -> str:
    """The first and the last that are known: `20 → 61 %`."""
    known = [value * scale for value in values if value is not None]
    if not known:
        return MISSING
    first, last = f"{known[0]:.0f}", f"{known[-1]:.0f}"
    return f"{last}{unit}" if len(known) == 1 or first == last else f"{first} → {last}{unit}"


def _steps(decision: Decision, steps: Sequence[Moved], cells: int, person: str) -> Iterator[str]:
    """Every step that can be seen; of very many those that moved most, in the order of time."""
    seen = [step for step in steps if step.size >= SEEN]
    largest = sorted(sorted(range(len(seen)), key=lambda place: -seen[place].size)[:MOST_STEPS])
    names = [_name(seen[place], person) for place in largest]
    room = min(max(map(width, names), default=0), cells * 2 // 5)
    for place, name in zip(largest, names, strict=True):
        first, *more = wrap(_changes(decision, seen[place]), max(1, cells - room - 2)) or [""]
        yield crop(f"{fit(name, room)}  {first}", cells)
        yield from (crop(f"{' ' * room}  {line}", cells) for line in more)
    if not seen:
        yield "Nothing moved by a whole point from one step to the next."
    if len(seen) > len(largest):
        yield crop(f"These are the {len(largest)} that moved most, of {len(seen)}.", cells)


def _name(step: Moved, person: str) -> str:
    """`1 · Ash, Birch claim`, `1 · you rate after Ash`."""
    agents = ", ".join(map(one_line, step.agents)) if len(step.agents) <= 3 else f"{len(step.agents)} agents"
    if step.measure == "rating":
        rates = f"{person} rate" if person == YOU else f"{person} rates"
        return f"{step.round} · {rates} after {agents}" if agents else f"{step.round} · {rates} anew"
    parts = [f"{agents} {'claims' if len(step.agents) == 1 else 'claim'}"] if step.agents else []
    parts += [_WORDS[cause] for cause in step.causes if cause in _WORDS]
    return f"{step.round} · {' and '.join(parts) or 'anew'}"


def _changes(decision: Decision, step: Moved) -> str:
    """`Lisbon 61 % (+6), Oslo 20 % (−4)`, the largest first."""
    scale, unit = (100.0, " %") if step.measure == "chance" else (1.0, "")
    found = []
    for option, after, change in zip(decision.options, step.after, step.changes, strict=True):
        if after is not None and change is not None and abs(change) * scale >= SEEN:
            by = f"{'+' if change > 0 else '−'}{abs(change) * scale:.0f}"
            found.append((abs(change), f"{one_line(option.label)} {after * scale:.0f}{unit} ({by})"))
    return ", ".join(words for _, words in sorted(found, key=lambda pair: -pair[0]))
