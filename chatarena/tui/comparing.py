"""Two sessions side by side as lines: what came of them, how the chances went, what was said.

Law: nothing an agent hid is in here, whether it was revealed or not.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from chatarena.arena import events as ev
from chatarena.arena.audience import audience, participant_sees
from chatarena.arena.forecasting import forecast
from chatarena.arena.session import Session, fold
from chatarena.authoring.text import clean, one_line
from chatarena.replay.compare import Comparison, compare, ends_of_rounds
from chatarena.report.words import recommendation
from chatarena.tui.cells import bar, crop, fit, width, wrap
from chatarena.tui.laid import Laid, Look
from chatarena.tui.widgets.bars import percent

BETWEEN = " │ "
NUMBER, MOST_LABEL = 5, 40
APART = (
    "Apart is half the sum of the differences between left and right: 0 % where all chances are the same, 100 % where"
    " no option has a chance in both."
)
SOURCES = {"panel": "the agents' claims", "blend": "first ratings moved by the claims", "own": "own ratings"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two: what it is called, and its entries."""

    title: str
    entries: tuple[ev.Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """A line over both columns."""

    text: str
    look: Look = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """What stands left and right."""

    left: str
    right: str
    look: Look = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """The chance of one option, left and right; a label is empty where that side has no such option."""

    left: tuple[str, float | None]
    right: tuple[str, float | None]


Item = Across | Pair | Chance


def compared(one: Side, other: Side) -> tuple[Item, ...]:
    """Everything two sessions are compared by, in the order of reading."""
    before, after = (fold(entry.event for entry in side.entries) for side in (one, other))
    return (*_outcomes(one, other, before, after), *_chances(one, other, before, after), *_talk(one, other))


def same_decision(one: Session, other: Session) -> bool:
    """Whether both had the same options to choose from, so that their chances can be set against each other."""
    # The ids are only places in the list: the first of one decision is not the first of another.
    first, second = (
        [(option.id, one_line(option.label)) for option in session.head.decision.options] for session in (one, other)
    )
    return first == second


def _outcomes(one: Side, other: Side, before: Session, after: Session) -> Iterator[Item]:
    yield Pair(left=one_line(one.title), right=one_line(other.title), look="bold")
    questions = [one_line(session.head.decision.question) for session in (before, after)]
    if questions[0] == questions[1]:
        yield Across(text=questions[0])
    else:
        yield Pair(left=questions[0], right=questions[1])
    yield Across(text="")
    yield Across(text="What came of it", look="heading")
    rows = (
        [_chosen(session) for session in (before, after)],
        [_recommended(session) for session in (before, after)],
        [_made(session) for session in (before, after)],
    )
    for left, right in rows:
        yield Pair(left=left, right=right)
    yield from (Pair(left=left, right=right, look="quiet") for left, right in _changes(before, after))


def _chosen(session: Session) -> str:
    if session.choice is None:
        return "Nothing was chosen."
    sure = "" if session.choice.confidence is None else f", {session.choice.confidence:.0f} of 100 sure"
    return f"Chosen: {one_line(session.head.decision.option(session.choice.option).label)}{sure}."


def _recommended(session: Session) -> str:
    if session.card is None:
        return "There was no recommendation."
    return one_line(recommendation(session.card, session.head.decision))


def _made(session: Session) -> str:
    protocol = session.head.protocol.name.replace("_", " ")
    models = ", ".join(dict.fromkeys(face.model for face in session.head.faces))
    return one_line(f"{', '.join(session.labels)}; {protocol}, {session.round} of {session.rounds} rounds; {models}.")


def _changes(before: Session, after: Session) -> Iterator[tuple[str, str]]:
    said = [
        f"A fork: {one_line(session.forked.reason) or 'nothing was changed'}." if session.forked else ""
        for session in (before, after)
    ]
    if any(said):
        yield said[0], said[1]


# -- chances -----------------------------------------------------------------------------------------------------------


def _chances(one: Side, other: Side, before: Session, after: Session) -> Iterator[Item]:
    yield Across(text="")
    yield Across(text="Chance of each choice, round by round", look="heading")
    if same_decision(before, after):
        yield from _shifts(compare(one.entries, other.entries), before)
        return
    yield Across(text="The options are not the same, so nothing is set against each other.", look="quiet")
    for left, right in zip_longest(ends_of_rounds(one.entries), ends_of_rounds(other.entries)):
        yield Pair(left=_round(left), right=_round(right), look="bold")
        for first, second in zip_longest(_forecast(left), _forecast(right), fillvalue=("", None)):
            yield Chance(left=first, right=second)


def _round(session: Session | None) -> str:
    return "" if session is None else f"Round {session.round}"


def _forecast(session: Session | None) -> list[tuple[str, float | None]]:
    if session is None:
        return []
    labels = [one_line(option.label) for option in session.head.decision.options]
    return list(zip(labels, forecast(session).probabilities, strict=True))


def _shifts(comparison: Comparison, session: Session) -> Iterator[Item]:
    labels = [one_line(option.label) for option in session.head.decision.options]
    if not comparison.shifts:
        yield Across(text="One of the two has no round that ended.", look="quiet")
    else:
        yield Across(text=APART, look="quiet")
    for shift in comparison.shifts:
        moved = (
            "cannot be compared: numbers are missing" if shift.distance is None else f"{percent(shift.distance)} apart"
        )
        yield Across(text=f"Round {shift.round}, from {SOURCES[shift.source]}: {moved}", look="bold")
        for label, left, right in zip(labels, shift.before, shift.after, strict=True):
            yield Chance(left=(label, left), right=(label, right))
    for source in comparison.best_before:
        yield Across(text=_favourites(comparison, source, session), look="quiet")


def _favourites(comparison: Comparison, source: str, session: Session) -> str:
    options = session.head.decision
    was, is_ = (
        " and ".join(one_line(options.option(option).label) for option in best[source]) or "nothing"
        for best in (comparison.best_before, comparison.best_after)
    )
    if source in comparison.flipped:
        return f"From {SOURCES[source]} the favourite is {was} on the left, {is_} on the right."
    return f"From {SOURCES[source]} the favourite is {was} in both."


# -- what was said -----------------------------------------------------------------------------------------------------


def _talk(one: Side, other: Side) -> Iterator[Item]:
    left, right = _spoken(one.entries), _spoken(other.entries)
    for round_ in sorted({*left, *right}):
        yield Across(text="")
        yield Across(text=f"Round {round_}" if round_ else "Before round 1", look="heading")
        mine, theirs = left.get(round_, {}), right.get(round_, {})
        for speaker in dict.fromkeys((*mine, *theirs)):
            yield Pair(left=speaker if speaker in mine else "", right=speaker if speaker in theirs else "", look="bold")
            same = mine.get(speaker) == theirs.get(speaker)
            yield Pair(left=mine.get(speaker, ""), right="the same words" if same else theirs.get(speaker, ""))
            yield Across(text="")


def _spoken(entries: Sequence[ev.Entry]) -> dict[int, dict[str, str]]:
    """What the participant heard, by round and speaker."""
    found: dict[int, dict[str, str]] = {}
    for entry in entries:
        event = entry.event
        match event:
            case ev.TurnTaken() if participant_sees(audience(event), revealed=False):
                speaker, text = event.agent, clean(event.text).strip()
                text += " [cut off]" if event.status == "interrupted" else ""
            case ev.TurnMissed() if participant_sees(audience(event), revealed=False):
                speaker, text = event.agent, f"(not heard: {one_line(event.reason)})"
            case ev.ParticipantSpoke():
                speaker, text = "The participant", one_line(event.text)
            case _:
                continue
        said = found.setdefault(event.round, {})
        name = one_line(speaker)
        said[name] = f"{said[name]}\n{text}" if name in said else text
    return found


# -- lines -------------------------------------------------------------------------------------------------------------


def laid_out(items: Sequence[Item], cells: int) -> list[Laid]:
    """The items as lines of exactly `cells` cells at most, two columns of the same width."""
    column = max(8, (cells - width(BETWEEN)) // 2)
    label = min(MOST_LABEL, max(6, column - NUMBER - 10), _longest(items))
    lines: list[Laid] = []
    for item in items:
        match item:
            case Across():
                lines += [(line, item.look) for line in wrap(item.text, cells)]
            case Pair():
                lines += [(line, item.look) for line in _beside(item.left, item.right, column)]
            case Chance():
                sides = (_chance(*side, label, column) for side in (item.left, item.right))
                lines.append((BETWEEN.join(sides), "plain"))
    return lines


def _longest(items: Sequence[Item]) -> int:
    return max(
        (width(side[0]) for item in items if isinstance(item, Chance) for side in (item.left, item.right)), default=6
    )


def _beside(left: str, right: str, column: int) -> Iterator[str]:
    for one, other in zip_longest(wrap(left, column), wrap(right, column), fillvalue=""):
        yield f"{fit(one, column)}{BETWEEN}{crop(other, column)}"


def _chance(name: str, value: float | None, label: int, column: int) -> str:
    if not name:
        return " " * column
    drawn = bar(value, max(0, column - label - NUMBER - 1))
    return f"{fit(name, label)} {drawn}{fit(percent(value), NUMBER, right=True)}"
