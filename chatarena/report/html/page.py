"""A whole session as one HTML file that needs nothing else: no script, no address, no font from anywhere.

Laws: the same session makes the same bytes; nothing that people or models wrote becomes markup; the page's own policy
forbids scripts, requests and styles but the one it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from chatarena.arena.decision import Decision
from chatarena.report.chapters import Report
from chatarena.report.html.elements import Markup, element, join, text
from chatarena.report.html.ending import card, choice, ending_title, figures, origin, reveal, section
from chatarena.report.html.frame import page
from chatarena.report.html.marks import Mark, named, option_mark, option_marks, percent, state_mark, state_marks
from chatarena.report.html.talk import chapter_key, chapters
from chatarena.report.provenance import STATUSES
from chatarena.report.words import heading

_MOST_TIED: Final = 4


def html(report: Report) -> Iterator[str]:
    """The page, in pieces."""
    yield from page(
        report.session.head.decision.question,
        join(_masthead(report)),
        _contents(report),
        _parts(report),
        f"ChatArena session {report.id}. Everything here is in this one file.",
    )


def _masthead(report: Report) -> Iterator[Markup]:
    decision = report.session.head.decision
    opened = f"{report.opened_utc[:10]}, {report.opened_utc[11:16]} UTC"
    yield element(
        "p",
        {"class": "eyebrow"},
        " · ".join(part for part in ("ChatArena session", opened, STATUSES[report.status]) if part),
    )
    yield element("h1", {"dir": "auto"}, decision.question)
    if report.name or report.tags:
        yield element(
            "p",
            {"class": "eyebrow", "dir": "auto"},
            " · ".join((*((report.name,) if report.name else ()), *report.tags)),
        )
    if facts := list(_facts(report)):
        yield element("dl", {"class": "facts"}, *facts)


def _facts(report: Report) -> Iterator[Markup]:
    """The outcome at a glance."""
    session, decision = report.session, report.session.head.decision
    if (made := session.card) is not None:
        best = [option_mark(decision, option) for option in made.recommended]
        share = f"{percent(made.probability)} · " if made.probability is not None and len(best) == 1 else ""
        yield _fact("Recommended", _tied(best), f"{share}{heading(made)}")
    if session.choice is not None:
        confidence = session.choice.confidence
        chosen = named(option_mark(decision, session.choice.option))
        yield _fact("Chosen", chosen, "" if confidence is None else f"{confidence:.0f} of 100 sure")
    if session.outcome:
        score = session.score
        true = named(state_mark(decision, session.outcome))
        yield _fact("Turned out", true, "" if score is None else f"the last belief scored {score.value:+.2f}")


def _tied(best: list[Mark]) -> Markup:
    """What is recommended: one option, none, or several that tie, of which some stand for all where they are many."""
    if not best:
        return text("nothing")
    if len(best) == 1:
        return named(best[0])
    items = [element("li", {}, named(mark)) for mark in best[:_MOST_TIED]]
    more = [element("li", {}, f"and {len(best) - _MOST_TIED} more")] if len(best) > _MOST_TIED else []
    return join(("a tie between", element("ul", {"class": "tied"}, *items, *more)))


def _fact(name: str, value: Markup, beside: str) -> Markup:
    more = [element("dd", {"class": "beside", "dir": "auto"}, beside)] if beside else []
    return element("div", {}, element("dt", {}, name), element("dd", {}, value), *more)


def _contents(report: Report) -> Markup:
    """Links to all sections; the rounds stand close together, by number alone after the first."""
    links = [("decision", "Decision", "")]
    if any(value is not None for point in report.chances for value in point.values):
        links.append(("chances", "Chances", ""))
    if report.beliefs:
        links.append(("beliefs", "Beliefs", ""))
    rounds = 0
    for number, chapter in enumerate(report.chapters):
        rounds += chapter.round is not None
        short = str(chapter.round) if chapter.round is not None and rounds > 1 else chapter.title
        links.append((chapter_key(number, chapter), short, chapter.title if short != chapter.title else ""))
    session = report.session
    links += [("recommendation", "Recommendation", "")] if session.card else []
    links += [("choice", ending_title(session), "")] if session.choice or session.selected or session.outcome else []
    links += [("reveal", "Reveal", "")] if report.masks or report.sealed else []
    links.append(("provenance", "Provenance", ""))
    return element("nav", {"aria-label": "Contents"}, element("ol", {}, *_links(links)))


def _links(links: list[tuple[str, str, str]]) -> Iterator[Markup]:
    following = [*links[1:], ("", "", "")]
    for (key, short, spoken), (_, _, next_spoken) in zip(links, following, strict=True):
        attributes = {"href": f"#{key}"} | ({"aria-label": spoken} if spoken else {})
        yield element("li", {"class": "near"} if next_spoken else {}, element("a", attributes, short))


def _parts(report: Report) -> Iterator[Markup]:
    yield _decision(report)
    yield from figures(report)
    yield from chapters(report)
    yield from card(report)
    yield from choice(report)
    yield from reveal(report)
    yield origin(report)


def _decision(report: Report) -> Markup:
    decision = report.session.head.decision
    context = [element("p", {"class": "context", "dir": "auto"}, decision.context)] if decision.context.strip() else []
    return section("decision", "Decision", *context, *_options(decision), *_agents(report))


def _options(decision: Decision) -> Iterator[Markup]:
    if decision.options:
        items = [
            element("li", {}, named(mark), *([element("p", {"dir": "auto"}, option.detail)] if option.detail else []))
            for mark, option in zip(option_marks(decision), decision.options, strict=True)
        ]
        yield element("h3", {}, "Options")
        yield element("ul", {"class": "choices"}, *items)
    if decision.states:
        items = [
            element("li", {}, named(mark), f" {percent(state.probability)}")
            for mark, state in zip(state_marks(decision), decision.states, strict=True)
        ]
        yield element("h3", {}, "What is uncertain")
        yield element("ul", {"class": "choices"}, *items)


def _agents(report: Report) -> Iterator[Markup]:
    faces = report.session.head.faces
    if faces:
        items = [
            element(
                "li",
                {"dir": "auto"},
                element("b", {}, face.label),
                " ",
                element("span", {"class": "model"}, face.model),
            )
            for face in faces
        ]
        yield element("h3", {}, "Agents")
        yield element("ul", {"class": "agents"}, *items)
