"""The sections of a page in which things happen: rounds with their speeches side by side, words, ratings, notes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision
from chatarena.report.chapters import Believed, Chapter, Item, Note, Rated, Report, Said, Silence, Speech
from chatarena.report.html.elements import Markup, element, join, text
from chatarena.report.html.figures import bar
from chatarena.report.html.marks import named, option_mark, percent, points, state_mark, state_marks
from chatarena.report.words import CUT_UNHEARD

OWN_RATINGS = {
    "prior": "The participant's ratings before the talk",
    "round": "The participant's ratings after this round",
    "final": "The participant's ratings after the talk",
}


def chapters(report: Report) -> Iterator[Markup]:
    """A section a chapter."""
    for number, chapter in enumerate(report.chapters):
        key = chapter_key(number, chapter)
        yield element(
            "section",
            {"id": key, "class": "chapter", "aria-labelledby": f"{key}-h"},
            element("h2", {"id": f"{key}-h"}, chapter.title),
            *_items(report.session.head.decision, chapter),
        )


def chapter_key(number: int, chapter: Chapter) -> str:
    """The id of a chapter's section; rounds that are told twice, as in a fork, differ by their number."""
    return f"chapter-{number}" if chapter.round is None else f"chapter-{number}-round-{chapter.round}"


def _items(decision: Decision, chapter: Chapter) -> Iterator[Markup]:
    """Speeches that follow each other stand side by side; an agent's last speech in a round bears its claim."""
    claims = {claim.agent: claim for claim in chapter.claims}
    last = {i.agent: number for number, i in enumerate(chapter.items) if isinstance(i, Speech) and not i.unheard}
    numbered = enumerate(chapter.items)
    for spoken, group in groupby(numbered, key=lambda pair: isinstance(pair[1], Speech | Silence)):
        if spoken:
            said = [(number, item) for number, item in group if isinstance(item, Speech | Silence)]
            lanes = [
                _lane(decision, item, claims.pop(item.agent, None) if last.get(item.agent) == number else None)
                for number, item in said
                if not _unheard(item)
            ]
            if lanes:
                yield side_by_side(lanes)
            yield from (_cut_unheard(item) for _, item in said if _unheard(item))
        else:
            yield from (_between(decision, item) for _, item in group)
    if claims:
        yield side_by_side([_claim_alone(decision, claim) for claim in claims.values()])


def side_by_side(lanes: Sequence[Markup], *, most: int = 4) -> Markup:
    """Lanes in as many columns, up to `most`, as leave the fewest places of the last row empty."""
    choices = range(most, max(1, most - 2), -1)
    columns = len(lanes) if len(lanes) <= most else min(choices, key=lambda count: -len(lanes) % count)
    return element("div", {"class": f"lanes of{columns}"}, *lanes)


def _unheard(item: Speech | Silence) -> bool:
    return isinstance(item, Speech) and item.unheard


def _cut_unheard(item: Speech | Silence) -> Markup:
    return element("p", {"class": "note", "dir": "auto"}, f"{item.agent} {CUT_UNHEARD}.")


def _lane(decision: Decision, item: Speech | Silence, claim: ev.ClaimMade | None) -> Markup:
    rated = [_claim(decision, claim)] if claim is not None else []
    if isinstance(item, Silence):
        reason = item.reason or "no reason was recorded"
        arrived = [element("p", {"class": "speech cut", "dir": "auto"}, item.partial)] if item.partial else []
        return element(
            "article",
            {"class": "lane silent"},
            element("h3", {"dir": "auto"}, item.agent),
            element("p", {"class": "flag"}, f"Not heard ({item.cause}): ", element("span", {"dir": "auto"}, reason)),
            *arrived,
            *rated,
        )
    told = element("p", {"class": "flag"}, "Said to the participant alone")
    cut = element("p", {"class": "flag"}, "Interrupted here")
    return element(
        "article",
        {"class": "lane"},
        element("h3", {"dir": "auto"}, item.agent),
        *([told] if item.private else []),
        element("p", {"class": "speech", "dir": "auto"}, item.text),
        *([cut] if item.interrupted else []),
        *rated,
    )


def _claim(decision: Decision, claim: ev.ClaimMade) -> Markup:
    caption = element("caption", {}, "Claims", element("span", {"class": "unseen"}, f" of {claim.agent}"))
    return rating_table(decision, claim.ratings, caption)


def _claim_alone(decision: Decision, claim: ev.ClaimMade) -> Markup:
    return element("article", {"class": "lane"}, element("h3", {"dir": "auto"}, claim.agent), _claim(decision, claim))


def _between(decision: Decision, item: Item) -> Markup:
    match item:
        case Said():
            to = join((" to ", element("span", {"dir": "auto"}, item.to))) if item.to else text("")
            return element(
                "article",
                {"class": "own"},
                element("h3", {}, "The participant", to),
                element("p", {"class": "speech", "dir": "auto"}, item.text),
            )
        case Rated():
            caption = element("caption", {}, OWN_RATINGS[item.phase])
            return element("div", {"class": "own"}, rating_table(decision, item.ratings, caption))
        case Believed():
            return element("div", {"class": "own"}, _beliefs(decision, item))
        case Note():
            return element("p", {"class": "note", "dir": "auto"}, item.text)
        case Speech() | Silence():
            return _lane(decision, item, None)


def rating_table(decision: Decision, ratings: Sequence[ev.Rating], caption: Markup) -> Markup:
    """Ratings as bars with their numbers; why there is none stands once where all are missing for the same reason.

    Where an option was rated state by state, that it was not rated over all of them needs no row.
    """
    by_state = {rating.option for rating in ratings if rating.state and rating.value is not None}
    ratings = [r for r in ratings if r.state or r.value is not None or r.option not in by_state]
    reasons = {rating.absence for rating in ratings if rating.value is None}
    at_once = bool(ratings) and len(reasons) == 1 and all(rating.value is None for rating in ratings)
    rows = [_rating(decision, rating, explain=not at_once) for rating in ratings]
    told = [element("p", {"class": "flag", "dir": "auto"}, f"No numbers: {reasons.pop()}")] if at_once else []
    return join((element("table", {"class": "bars"}, caption, element("tbody", {}, *rows)), *told))


def _rating(decision: Decision, rating: ev.Rating, *, explain: bool) -> Markup:
    mark = option_mark(decision, rating.option)
    beside = [f"if {state_mark(decision, rating.state).label}"] if rating.state else []
    beside += [rating.absence] if rating.value is None and explain and rating.absence else []
    flags = [join((" ", element("span", {"class": "flag", "dir": "auto"}, words))) for words in beside]
    return drawn_row(join((named(mark), *flags)), bar(rating.value, mark), points(rating.value))


def drawn_row(label: Markup, drawn: Markup, *numbers: str) -> Markup:
    """A row of a table: a label with its figure beside it, or below it where there is no room, and its numbers."""
    cells = (element("td", {"class": "number"}, number) for number in numbers)
    inner = element("div", {"class": "drawn"}, element("div", {}, label), element("div", {}, drawn))
    return element("tr", {}, element("th", {"scope": "row"}, inner), *cells)


def _beliefs(decision: Decision, item: Believed) -> Markup:
    caption = element("caption", {}, OWN_RATINGS[item.phase].replace("ratings", "beliefs"))
    if not item.probabilities:
        return join((element("table", {"class": "bars"}, caption), element("p", {"class": "flag"}, "None given")))
    given = zip(state_marks(decision), item.probabilities, strict=False)
    rows = [drawn_row(named(mark), bar(100 * value, mark), percent(value)) for mark, value in given]
    return element("table", {"class": "bars"}, caption, element("tbody", {}, *rows))
