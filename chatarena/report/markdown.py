"""A whole session as a Markdown transcript.

Law: what people and models wrote stands in quotes and cells with every mark of Markdown and HTML made plain, so that it
reads as it was written and the document's headings, tables and links are ours alone, whatever they wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision
from chatarena.authoring.text import clean, one_line
from chatarena.report.chapters import Believed, Chapter, Item, Note, Point, Rated, Report, Said, Silence, Speech
from chatarena.report.provenance import STATUSES, provenance
from chatarena.report.third_person import of_bound, recommended, rests_on, source_of
from chatarena.report.words import (
    CUT_UNHEARD,
    NOT_ASKED,
    Unmasked,
    bound_lines,
    heading,
    qualifications,
    recommendation,
    stood,
)

MISSING = "–"
OWN_RATINGS = {
    "prior": "The participant's ratings before the talk",
    "round": "The participant's ratings after this round",
    "final": "The participant's ratings after the talk",
}
OWN_BELIEFS = {
    "prior": "The participant's beliefs before the talk",
    "round": "The participant's beliefs after this round",
    "final": "The participant's beliefs after the talk",
}
_MARKS = re.compile(r"([\\`*_\[\]<>&~|#$])")
# At the beginning of a line these would make a list, a rule or a heading of it.
_LINE_MARKS = re.compile(r"^([+\-=:])|^(\d{1,9})([.)])")
_INDENT = re.compile(r"^[ \t]+")


def markdown(report: Report) -> Iterator[str]:
    """The transcript, in pieces of one or more lines with their line feeds."""
    for block in _blocks(report):
        yield f"{block}\n\n"


def inline(text: str) -> str:
    """A text on one line with its marks made plain: for cells, headings and the middle of a line."""
    return _MARKS.sub(r"\\\1", one_line(text))


def sentence(text: str) -> str:
    """As `inline`, for the beginning of a line."""
    return _LINE_MARKS.sub(_plain_line_mark, inline(text))


def _plain_line_mark(found: re.Match[str]) -> str:
    return f"\\{found[1]}" if found[1] else f"{found[2]}\\{found[3]}"


def quote(text: str) -> str:
    """A text as a block quote, line for line, with its marks made plain."""
    lines = [_quoted_line(line) for line in clean(text).strip("\n").split("\n")]
    broken = [
        f"{line}\\" if line and following else line for line, following in zip(lines, [*lines[1:], ""], strict=True)
    ]
    return "\n".join(f"> {line}".rstrip(" ") for line in broken)


def _quoted_line(line: str) -> str:
    line = line.rstrip()
    # A no-break space is no indentation to Markdown, where four blanks would make code of the line.
    indent = _INDENT.match(line)
    blanks = "\u00a0" * len(indent[0].expandtabs(4)) if indent else ""
    rest = line[indent.end() :] if indent else line
    return blanks + _LINE_MARKS.sub(_plain_line_mark, _MARKS.sub(r"\\\1", rest))


def table(header: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0) -> str:
    """A table; the last `numbers` columns are set to the right. Cells are taken as they are: make them plain first."""
    left = len(header) - numbers
    rule = ["---" if place < left else "---:" for place in range(len(header))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, rule, *rows))


def _blocks(report: Report) -> Iterator[str]:
    decision = report.session.head.decision
    yield f"# {inline(decision.question)}"
    yield _summary(report)
    if decision.context.strip():
        yield quote(decision.context)
    yield from _options(decision)
    yield from _agents(report)
    for chapter in report.chapters:
        yield from _chapter(report, chapter)
    yield from _paths(report)
    yield from _card(report)
    yield from _choice(report)
    yield from _reveal(report)
    yield "## Provenance"
    yield table(("what", "value"), ((name, inline(value)) for name, value in provenance(report)))


def _summary(report: Report) -> str:
    told = [
        f"Session {inline(report.id)}",
        f"opened {report.opened_utc[:16].replace('T', ' ')} UTC",
        STATUSES[report.status],
    ]
    named = f"**{inline(report.name)}** · " if report.name else ""
    return named + " · ".join(told)


def _options(decision: Decision) -> Iterator[str]:
    if decision.options:
        yield "## Options"
        yield table(
            ("", "option", "detail"),
            ((str(n), inline(o.label), inline(o.detail)) for n, o in enumerate(decision.options, 1)),
        )
    if decision.states:
        yield "## What is uncertain"
        yield table(
            ("", "state", "probability"),
            ((str(n), inline(s.label), _percent(s.probability)) for n, s in enumerate(decision.states, 1)),
            numbers=1,
        )


def _agents(report: Report) -> Iterator[str]:
    faces = report.session.head.faces
    if faces:
        yield "## Agents"
        yield table(
            ("agent", "model", "commitment"),
            ((inline(face.label), inline(face.model), f"`{face.fingerprint[:12]}`") for face in faces),
        )


# -- chapters ----------------------------------------------------------------------------------------------------------


def _chapter(report: Report, chapter: Chapter) -> Iterator[str]:
    yield f"## {chapter.title}"
    spoken = [place for place, item in enumerate(chapter.items, 1) if isinstance(item, Speech | Silence)]
    last = spoken[-1] if spoken else 0
    for item in chapter.items[:last]:
        yield from _item(report.session.head.decision, item)
    if chapter.claims:
        yield "### What they claim"
        yield _claims(report.session.head.decision, chapter.claims)
    for item in chapter.items[last:]:
        yield from _item(report.session.head.decision, item)


def _item(decision: Decision, item: Item) -> Iterator[str]:
    match item:
        case Speech():
            yield from _speech(item)
        case Silence():
            yield from _silence(item)
        case Said():
            yield f"### The participant{f', to {inline(item.to)}' if item.to else ''}"
            yield quote(item.text)
        case Rated():
            yield f"**{OWN_RATINGS[item.phase]}**"
            yield _ratings(decision, item.ratings)
        case Believed():
            yield f"**{OWN_BELIEFS[item.phase]}**"
            yield _beliefs(decision, item.probabilities)
        case Note():
            yield f"*{inline(item.text)}*"


def _speech(item: Speech) -> Iterator[str]:
    if item.unheard:
        yield f"*{inline(item.agent)} {CUT_UNHEARD}.*"
        return
    yield f"### {inline(item.agent)}{' (to the participant alone)' if item.private else ''}"
    yield quote(item.text)
    if item.interrupted:
        yield "*Interrupted here.*"


def _silence(item: Silence) -> Iterator[str]:
    yield f"### {inline(item.agent)} was not heard"
    yield f"{item.cause.capitalize()}: {inline(item.reason) or 'no reason was recorded'}"
    if item.partial:
        yield f"What had arrived:\n\n{quote(item.partial)}"


def _ratings(decision: Decision, ratings: tuple[ev.Rating, ...]) -> str:
    states = {state.id: state.label for state in decision.states}
    by_state, absent = any(rating.state for rating in ratings), any(rating.absence for rating in ratings)
    header = ("option", *(("if",) if by_state else ()), "points", *(("why none",) if absent else ()))
    rows = [
        (
            inline(_option(decision, rating.option)),
            *((inline(states.get(rating.state, rating.state)),) if by_state else ()),
            _number(rating.value),
            *((inline(rating.absence),) if absent else ()),
        )
        for rating in ratings
    ]
    return table(header, rows)


def _option(decision: Decision, option_id: str) -> str:
    return next((option.label for option in decision.options if option.id == option_id), option_id)


def _beliefs(decision: Decision, probabilities: tuple[float, ...]) -> str:
    if not probabilities:
        return "None given."
    labels = [inline(state.label) for state in decision.states]
    return table(("state", "probability"), zip(labels, map(_percent, probabilities), strict=False), numbers=1)


def _claims(decision: Decision, claims: tuple[ev.ClaimMade, ...]) -> str:
    header = ("agent", *(inline(option.label) for option in decision.options))
    rows = []
    for claim in claims:
        values = {rating.option: rating.value for rating in claim.ratings if not rating.state}
        rows.append((inline(claim.agent), *(_number(values.get(option)) for option in decision.option_ids)))
    absent = [
        f"*{inline(claim.agent)}: {inline(claim.ratings[0].absence)}*"
        for claim in claims
        if claim.ratings and all(rating.value is None for rating in claim.ratings)
    ]
    return "\n\n".join((table(header, rows, numbers=len(decision.options)), *absent))


# -- numbers -----------------------------------------------------------------------------------------------------------


def _paths(report: Report) -> Iterator[str]:
    decision = report.session.head.decision
    if report.chances:
        yield "## Chance of each choice"
        yield f"{stood(report.session)}: logit quantal response to the numbers named beside it."
        header = ("when", *(inline(option.label) for option in decision.options), "made from", "precision")
        rows = ((*_point(point), source_of(point.source) or MISSING, _precise(point)) for point in report.chances)
        yield table(header, rows)
    if report.beliefs:
        yield "## What the participant believed"
        header = ("when", *(inline(state.label) for state in decision.states))
        yield table(header, map(_point, report.beliefs), numbers=len(decision.states))


def _point(point: Point) -> tuple[str, ...]:
    return (point.when, *(MISSING if value is None else _percent(value) for value in point.values))


def _precise(point: Point) -> str:
    return MISSING if point.precision is None else f"{point.precision:g}"


def _percent(value: float) -> str:
    return f"{value:.0%}"


def _number(value: float | None) -> str:
    return MISSING if value is None else f"{value:.0f}"


# -- the end -----------------------------------------------------------------------------------------------------------


def _card(report: Report) -> Iterator[str]:
    card, decision = report.session.card, report.session.head.decision
    if card is None:
        return
    yield "## Recommendation"
    yield f"**{inline(heading(card))}**"
    yield sentence(recommended(recommendation(card, decision)))
    if lines := qualifications(card, decision, report.session.head.records):
        yield "\n".join(f"- {sentence(rests_on(line))}" for line in lines)
    yield "### How far off might this be?"
    first, *rest = of_bound(bound_lines(card))
    yield "\n".join((sentence(first), "", *(f"- {sentence(line)}" for line in rest)))


def _choice(report: Report) -> Iterator[str]:
    session = report.session
    lines = []
    if session.selected:
        lines.append(f"The participant would take the advice of {inline(session.selected)}.")
    if (choice := session.choice) is not None:
        sure = "" if choice.confidence is None else f" ({choice.confidence:.0f} of 100 sure)"
        lines.append(f"The participant chose: **{inline(_option(session.head.decision, choice.option))}**{sure}.")
    if session.outcome:
        labels = {state.id: state.label for state in session.head.decision.states}
        lines.append(f"It turned out: **{inline(labels.get(session.outcome, session.outcome))}**.")
    if (score := session.score) is not None:
        lines.append(f"The participant's last belief scored {score.value:+.4f} ({score.rounds} rounds were let go on).")
    if lines:
        yield "## Choice and outcome"
        yield "\n\n".join(lines)


def _reveal(report: Report) -> Iterator[str]:
    if report.sealed:
        yield "## The masks stay on"
        yield "The agents' objectives were not revealed in this session, so they are not shown here either."
    if report.masks:
        yield "## The masks come off"
    for mask in report.masks:
        yield from _mask(report.session.head.decision, mask)


def _mask(decision: Decision, mask: Unmasked) -> Iterator[str]:
    tags = f" ({', '.join(inline(tag) for tag in mask.tags)})" if mask.tags else ""
    yield f"### {inline(mask.label)} was {inline(mask.name)}{tags}"
    yield quote(mask.objective) if mask.objective.strip() else "The record does not say what it was after."
    if mask.favours:
        yield f"Paid for: {inline(mask.favours)}."
    rows = [("said", *map(_number, mask.claims))] if mask.asked else []
    rows += [(f"wanted ({method})", *map(_number, row)) for method, row in mask.appraisals]
    if decision.options and any(
        value is not None for row in (mask.claims, *(r for _, r in mask.appraisals)) for value in row
    ):
        yield table(("", *(inline(option.label) for option in decision.options)), rows, numbers=len(decision.options))
    if mask.gap is not None:
        other = " It spoke for something else than it wanted." if mask.favourite_differs else ""
        yield f"Say/think gap: {mask.gap:.0f} points on average.{other}"
    if not mask.asked:
        yield NOT_ASKED
    yield f"Commitment `{mask.fingerprint}`"
