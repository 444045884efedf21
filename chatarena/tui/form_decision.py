"""The decision in a form: what was typed, read as options, states, evidence and first ratings, with what is wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from chatarena.arena.decision import Decision, EvidenceCard, Option, State
from chatarena.authoring.decisions import option_id, state_id
from chatarena.authoring.text import clean, one_line
from chatarena.tui.ports import FieldProblem

Rows = tuple[tuple[str, ...], ...]
# Thirds typed as 33.3 come to 99.9; what is this near 100 is taken in proportion.
SUM_SLACK = 0.5


def option_texts(decision: Decision, ratings: Sequence[float] = ()) -> Rows:
    """The options as rows of label, detail and first rating; no ratings where none are given."""
    worth = [shortest(rating) for rating in ratings] or [""] * len(decision.options)
    return tuple((option.label, option.detail, rating) for option, rating in zip(decision.options, worth, strict=True))


def state_texts(decision: Decision) -> Rows:
    """The states as rows of label and chance in per cent."""
    return tuple((state.label, percent(state.probability)) for state in decision.states)


def evidence_texts(decision: Decision, labels: Mapping[str, str]) -> Rows:
    """The evidence as rows of text and owner, by label where the owner is known."""
    return tuple((card.text, labels.get(card.agent, card.agent)) for card in decision.evidence)


def shortest(value: float) -> str:
    """A number as short as it can be typed without losing a digit."""
    return str(int(value)) if value == int(value) else repr(value)


def percent(share: float) -> str:
    """A share in per cent, as short as it can be typed."""
    return f"{share * 100:.6g}"


def options_of(rows: Rows, base: Decision | None) -> tuple[Option, ...]:
    """The options typed. Empty rows are none; an option of the base decision keeps its id."""
    known = {option.label: option.id for option in base.options} if base else {}
    typed = typed_options(rows)
    taken = {known[label] for label, _, _ in typed if label in known}
    fresh = (name for name in map(option_id, range(26)) if name not in taken)
    options = []
    for label, detail, _ in typed:
        # A repeated label may use the known id once; the second one gets a fresh id, so that only the label is wrong.
        identity = known.pop(label, "") or next(fresh, label)
        options.append(Option(id=identity, label=label, detail=detail))
    return tuple(options)


def typed_options(rows: Rows) -> list[tuple[str, str, str]]:
    """Label, detail and rating of every row in which something stands."""
    texts = [(one_line(row[0]), clean(row[1]).strip(), (*row, "")[2].strip()) for row in rows]
    return [row for row in texts if any(row)]


def prior_of(rows: Rows, found: list[FieldProblem]) -> tuple[float, ...]:
    """The first ratings, in option order; empty where none was typed. All or none: a gap is told, never filled."""
    typed = typed_options(rows)
    if not any(worth for _, _, worth in typed):
        return ()
    values = [_number(worth) for _, _, worth in typed]
    wrong = [worth for (_, _, worth), value in zip(typed, values, strict=True) if worth and not _within(value)]
    missing = [label or "an option" for label, _, worth in typed if not worth]
    found += [FieldProblem(field="options", text=f"{text[:12]!r} is not a rating from 0 to 100") for text in wrong]
    if missing and not wrong:
        text = f"rate every option or none: {', '.join(missing)} has no number yet"
        found.append(FieldProblem(field="options", text=text))
    return tuple(value for value in values if value is not None) if not wrong and not missing else ()


def states_of(rows: Rows, base: Decision | None, found: list[FieldProblem]) -> tuple[State, ...]:
    """The states typed, their chances made to sum to one; none where something is wrong with them."""
    typed = _typed_states(rows)
    if not typed:
        return ()
    values = [_number(chance.removesuffix("%")) for _, chance in typed]
    said = _state_faults(typed, values)
    if said:
        found.append(FieldProblem(field="states", text=said))
        return ()
    known = {(state.label, percent(state.probability)): state for state in base.states} if base else {}
    same = [known.get((label, chance)) for label, chance in typed]
    if all(same) and len(same) == len(known):
        return tuple(state for state in same if state is not None)
    ids = {state.label: state.id for state in base.states} if base else {}
    fresh = (name for name in map(state_id, range(26)) if name not in ids.values())
    total = math.fsum(value or 0.0 for value in values)
    return tuple(
        State(id=ids.pop(label, "") or next(fresh), label=label, probability=(value or 0.0) / total)
        for (label, _), value in zip(typed, values, strict=True)
    )


def _state_faults(typed: Sequence[tuple[str, str]], values: Sequence[float | None]) -> str:
    for (label, chance), value in zip(typed, values, strict=True):
        if not label:
            return f"a chance of {chance[:12]} has no name: say what may turn out"
        if value is None or not _within(value):
            return f"how likely is {label[:40]!r}, in per cent?" if not chance else f"{chance[:12]!r} is not 0 to 100"
    if len(typed) == 1:
        return "one thing that may turn out is no uncertainty: add another, or remove it"
    total = math.fsum(value or 0.0 for value in values)
    return "" if abs(total - 100) <= SUM_SLACK else f"the chances come to {total:.4g} in 100: {_gap(total)}"


def _gap(total: float) -> str:
    return f"{100 - total:.4g} are missing" if total < 100 else f"{total - 100:.4g} are too many"


def states_note(rows: Rows) -> str:
    """What the chances come to as they stand, while they are being typed."""
    typed = _typed_states(rows)
    if not typed:
        return "Optional. Ratings can then differ by what turns out; chances in per cent."
    values = [_number(chance.removesuffix("%")) for _, chance in typed]
    total = math.fsum(value for value in values if value is not None)
    if None in values:
        return (
            f"So far {total:.4g} of 100; {100 - total:.4g} to give." if total <= 100 else f"So far {total:.4g} of 100."
        )
    if abs(total - 100) < 1e-9:
        return "Together 100."
    near = "; taken in proportion" if abs(total - 100) <= SUM_SLACK else f": {_gap(total)}"
    return f"Together {total:.4g} of 100{near}."


def evidence_of(rows: Rows, labels: Sequence[str], found: list[FieldProblem]) -> tuple[EvidenceCard, ...]:
    """The evidence typed, by label; where nobody is named it is dealt round. An owner must sit at the table."""
    known = {label.casefold(): label for label in labels}
    cards = []
    for text, owner in ((clean(row[0]).strip(), one_line((*row, "")[1])) for row in rows):
        if not text and not owner:
            continue
        if not text:
            found.append(FieldProblem(field="evidence", text=f"what is {owner[:24]} told?"))
        elif owner and owner.casefold() not in known:
            said = f"nobody here is called {owner[:24]!r}: {', '.join(labels)}, or empty for whoever is next"
            found.append(FieldProblem(field="evidence", text=said))
        else:
            cards.append(EvidenceCard(agent=known.get(owner.casefold(), ""), text=text))
    return tuple(cards)


def _typed_states(rows: Rows) -> list[tuple[str, str]]:
    texts = [(one_line(row[0]), (*row, "")[1].strip()) for row in rows]
    return [row for row in texts if any(row)]


def _within(value: float | None) -> bool:
    return value is not None and 0 <= value <= 100


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
