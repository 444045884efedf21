"""The sections of a page about what came of it: the figure, the card, the choice, the reveal, the provenance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatarena.arena.session import Session
from chatarena.report.chapters import Point, Report
from chatarena.report.html.elements import Markup, element, join, text
from chatarena.report.html.figures import dumbbell, paths
from chatarena.report.html.marks import (
    MISSING,
    Mark,
    named,
    option_mark,
    option_marks,
    percent,
    points,
    state_mark,
    state_marks,
)
from chatarena.report.html.talk import drawn_row, side_by_side
from chatarena.report.provenance import provenance
from chatarena.report.third_person import of_bound, recommended, rests_on, source_of
from chatarena.report.words import NOT_ASKED, Unmasked, bound_lines, heading, qualifications, recommendation, stood

# The shapes in the figure beside, each kept on one line with its word.
_RING, _DRAWN = "○\u00a0", "◆\u00a0"


def section(key: str, title: str, *children: Markup, kind: str = "") -> Markup:
    """A part of the page with its heading."""
    attributes = {"id": key, "aria-labelledby": f"{key}-h"} | ({"class": kind} if kind else {})
    return element("section", attributes, element("h2", {"id": f"{key}-h"}, title), *children)


def figures(report: Report) -> Iterator[Markup]:
    """How the choice probabilities moved, and how the participant's beliefs did."""
    decision = report.session.head.decision
    if any(value is not None for point in report.chances for value in point.values):
        yield _figure(
            "chances",
            "Chance of each choice",
            report.chances,
            option_marks(decision),
            f"{stood(report.session)}: logit quantal response to the numbers named below.",
            with_source=True,
        )
    if report.beliefs:
        yield _figure(
            "beliefs",
            "What the participant believed",
            report.beliefs,
            state_marks(decision),
            "Her own probabilities, as she gave them.",
            with_source=False,
        )


def _figure(
    key: str, title: str, path: Sequence[Point], marks: Sequence[Mark], about: str, *, with_source: bool
) -> Markup:
    caption = element("figcaption", {}, *_headline(path, marks), about)
    drawn = element("figure", {}, paths(path, marks, title=title, key=key), caption)
    return section(key, title, drawn, _numbers(title, path, marks, with_source=with_source))


def _headline(path: Sequence[Point], marks: Sequence[Mark]) -> list[Markup]:
    """The largest move in a sentence; nothing where nothing moved by a percent."""
    moves = []
    for place, mark in enumerate(marks):
        known = [value for point in path if place < len(point.values) and (value := point.values[place]) is not None]
        if len(known) > 1:
            moves.append((abs(known[-1] - known[0]), known[-1] > known[0], -place, mark, known[0], known[-1]))
    if not moves or max(moves)[0] < 0.01:
        return []
    _, rose, _, mark, first, last = max(moves)
    return [
        element("strong", {}, named(mark), f" {'rose' if rose else 'fell'} from {percent(first)} to {percent(last)}."),
        text(" "),
    ]


def _numbers(title: str, path: Sequence[Point], marks: Sequence[Mark], *, with_source: bool) -> Markup:
    head = [element("th", {"scope": "col"}, "when")]
    head += [element("th", {"scope": "col", "class": "number"}, named(mark)) for mark in marks]
    if with_source:
        head += [
            element("th", {"scope": "col"}, "made from"),
            element("th", {"scope": "col", "class": "number"}, "precision"),
        ]
    rows = [element("tr", {}, *_row(point, marks, with_source=with_source)) for point in path]
    table = element(
        "table", {"class": "numbers"}, element("thead", {}, element("tr", {}, *head)), element("tbody", {}, *rows)
    )
    scroll = {"class": "scroll", "role": "region", "aria-label": f"{title}: the numbers", "tabindex": "0"}
    return element("details", {}, element("summary", {}, "The numbers"), element("div", scroll, table))


def _row(point: Point, marks: Sequence[Mark], *, with_source: bool) -> Iterator[Markup]:
    yield element("th", {"scope": "row"}, point.when)
    for place in range(len(marks)):
        value = point.values[place] if place < len(point.values) else None
        yield element("td", {"class": "number"}, percent(value))
    if with_source:
        yield element("td", {}, source_of(point.source) or MISSING)
        yield element("td", {"class": "number"}, MISSING if point.precision is None else f"{point.precision:g}")


def card(report: Report) -> Iterator[Markup]:
    """The recommendation with all that qualifies it."""
    made, decision = report.session.card, report.session.head.decision
    if made is None:
        return
    stated = qualifications(made, decision, report.session.head.records)
    lines = [element("li", {"dir": "auto"}, rests_on(line)) for line in stated]
    first, *rest = of_bound(bound_lines(made))
    bound = element(
        "details",
        {},
        element("summary", {}, "How far off might this be?"),
        element("p", {}, first),
        element("ul", {}, *(element("li", {"dir": "auto"}, line.strip()) for line in rest)),
    )
    yield section(
        "recommendation",
        "Recommendation",
        element("p", {"class": f"heard {made.status}"}, heading(made)),
        element("p", {"class": "verdict", "dir": "auto"}, recommended(recommendation(made, decision))),
        *([element("ul", {}, *lines)] if lines else []),
        bound,
        kind=f"card {option_mark(decision, made.recommended[0]).colour}" if len(made.recommended) == 1 else "card",
    )


def choice(report: Report) -> Iterator[Markup]:
    """What the participant chose, and what turned out."""
    session, decision = report.session, report.session.head.decision
    told = []
    if session.selected:
        told.append(
            element(
                "p",
                {},
                "The participant would take the advice of ",
                element("b", {"dir": "auto"}, session.selected),
                ".",
            )
        )
    if (made := session.choice) is not None:
        sure = "" if made.confidence is None else f", {made.confidence:.0f} of 100 sure"
        mark = option_mark(decision, made.option)
        told.append(element("p", {"class": "verdict"}, "The participant chose ", named(mark), f"{sure}."))
    if session.outcome:
        mark = state_mark(decision, session.outcome)
        told.append(element("p", {"class": "verdict"}, "It turned out: ", named(mark), "."))
    if (score := session.score) is not None:
        words = f"The participant's last belief scored {score.value:+.4f} ({score.rounds} rounds were let go on)."
        told.append(element("p", {}, words))
    if told:
        yield section("choice", ending_title(session), *told)


def ending_title(session: Session) -> str:
    """What the section of choice and outcome is called."""
    chosen = session.choice is not None or session.selected
    if session.outcome:
        return "Choice and outcome" if chosen else "Outcome"
    return "Choice"


def reveal(report: Report) -> Iterator[Markup]:
    """The objectives, folded until somebody opens them; or that they stay hidden."""
    if report.sealed:
        words = "The agents' objectives were not revealed in this session, so they are not shown here either."
        yield section("reveal", "The masks stay on", element("p", {}, words))
    if report.masks:
        marks = option_marks(report.session.head.decision)
        opened = element(
            "details",
            {"class": "masks"},
            element("summary", {}, "Show what every agent was really after"),
            side_by_side([_mask(mask, marks) for mask in report.masks], most=2),
        )
        yield section("reveal", "The masks come off", opened)


def _mask(mask: Unmasked, marks: Sequence[Mark]) -> Markup:
    after = mask.objective if mask.objective.strip() else "The record does not say what it was after."
    pieces = [
        element("h3", {"dir": "auto"}, mask.label, element("span", {"class": "was"}, " was "), mask.name),
        *([element("p", {"class": "tags", "dir": "auto"}, ", ".join(mask.tags))] if mask.tags else []),
        element("blockquote", {"dir": "auto"}, after),
    ]
    if mask.favours:
        pieces.append(element("p", {}, "Paid for: ", element("b", {"dir": "auto"}, mask.favours)))
    if any(value is not None for row in (mask.claims, *(row for _, row in mask.appraisals)) for value in row):
        pieces.append(_said_and_wanted(mask, marks))
    if mask.gap is not None:
        other = " It spoke for something else than it wanted." if mask.favourite_differs else ""
        pieces.append(element("p", {}, f"Say/think gap: {mask.gap:.0f} points on average.{other}"))
    if not mask.asked:
        pieces.append(element("p", {}, NOT_ASKED))
    pieces.append(element("p", {"class": "hash"}, f"commitment {mask.fingerprint}"))
    return element("article", {"class": "lane mask"}, *pieces)


def _said_and_wanted(mask: Unmasked, marks: Sequence[Mark]) -> Markup:
    first = mask.appraisals[0][1] if mask.appraisals else ()
    head = [element("th", {"scope": "col"}, element("span", {"class": "unseen"}, "option"))]
    if mask.asked:
        head.append(element("th", {"scope": "col", "class": "number"}, f"{_RING}said"))
    head += [
        element("th", {"scope": "col", "class": "number"}, f"{_DRAWN if place == 0 else ''}wanted ({method})")
        for place, (method, _) in enumerate(mask.appraisals)
    ]
    rows = []
    for place, mark in enumerate(marks):
        said, wanted = mask.claims[place], first[place] if first else None
        numbers = (*([points(said)] if mask.asked else []), *(points(row[place]) for _, row in mask.appraisals))
        rows.append(drawn_row(named(mark), dumbbell(said, wanted, mark), *numbers))
    caption = element("caption", {"class": "unseen"}, f"What {mask.label} said against what it wanted, 0 to 100")
    return element(
        "table",
        {"class": "bars said"},
        caption,
        element("thead", {}, element("tr", {}, *head)),
        element("tbody", {}, *rows),
    )


def origin(report: Report) -> Markup:
    """Where the session comes from."""
    pairs = join(
        element("div", {}, element("dt", {}, name), element("dd", {"dir": "auto"}, value))
        for name, value in provenance(report)
    )
    return section("provenance", "Provenance", element("dl", {}, pairs))
