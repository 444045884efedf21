"""A hull analysis as one page of HTML that needs nothing else, for people who have never heard of one.

Laws: as for every page: the same view makes the same bytes, nothing that people or models wrote becomes markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Final

from chatarena.report.html.elements import Markup, element, join
from chatarena.report.html.ending import section
from chatarena.report.html.frame import page
from chatarena.report.html.plots import Curve, Dot, Level, Place, both_sides, curves, dots
from chatarena.report.hull.text import WHY, Grid, figure, grids
from chatarena.report.hull.view import View

_STYLE: Final = Path(__file__).with_name("style.css")
ANSWERS: Final = {"inside": "Inside", "not inside": "Not inside", "cannot be told": "It cannot be told"}
SHORT: Final = {
    "constant": "one constant",
    "mean": "all alike",
    "best single": "best single",
    "least squares": "any weights",
}


def html(view: View) -> Iterator[str]:
    """The page, in pieces."""
    yield from page(
        f"Hull analysis: {view.title}",
        join(_masthead(view)),
        _contents(view),
        (markup for _, _, markup in _sections(view)),
        "A hull analysis by ChatArena. Everything here is in this one file.",
        _style(),
    )


@lru_cache(maxsize=1)
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")


def _masthead(view: View) -> Iterator[Markup]:
    yield element("p", {"class": "eyebrow"}, "ChatArena hull analysis")
    yield element("h1", {"dir": "auto"}, view.title)
    held = next((one for one in view.answers if one.chosen and one.held_out is not None), None)
    facts = [_fact("Between the agents?", ANSWERS[view.answer], f"up to an error of {figure(view.tolerance)}")]
    facts.append(_fact("Error", figure(view.error), "of the best combination, on what it was fitted to"))
    if held is not None:
        facts.append(_fact("Error where it counts", figure(held.held_out), "on instances kept out of the fit"))
    yield element("dl", {"class": "facts"}, *facts)


def _fact(name: str, value: str, beside: str) -> Markup:
    inner = (element("dt", {}, name), element("dd", {}, value), element("dd", {"class": "beside"}, beside))
    return element("div", {}, *inner)


def _contents(view: View) -> Markup:
    links = (element("li", {}, element("a", {"href": f"#{key}"}, title)) for key, title, _ in _sections(view))
    return element("nav", {"aria-label": "Contents"}, element("ol", {}, *links))


def _sections(view: View) -> Iterator[tuple[str, str, Markup]]:
    """Key, short title and markup of every part that there is something to say in."""
    yield "verdict", "Answer", _verdict(view)
    if view.whole:
        yield "whole", "On all rows", section("whole", "On all rows", *_sentences(view.whole))
    yield "answers", "Errors", _answers(view)
    if view.weights:
        yield "weights", "Weights", _weights(view)
    if view.curve:
        yield "curve", "More agents", _curve(view)
    if view.bands:
        yield "nulls", "By chance?", _nulls(view)
    if view.spots:
        yield "spots", "Blind spots", _spots(view)
    if view.proof:
        yield "proof", "Proof", section("proof", "Proof, for the largest error", *_sentences(view.proof))
    yield "meaning", "Meaning", _meaning(view)
    yield "provenance", "Provenance", _provenance(view)


# -- the answer --------------------------------------------------------------------------------------------------------


def _verdict(view: View) -> Markup:
    answer, *question = view.verdict
    pieces = [element("p", {"class": "verdict", "dir": "auto"}, answer)]
    if view.alarms:
        items = (element("li", {"dir": "auto"}, words) for words in view.alarms)
        pieces += [element("p", {"class": "heard partial"}, WHY[view.answer]), element("ul", {}, *items)]
    pieces += _sentences(question)
    setting = (element("div", {}, element("dt", {}, name), element("dd", {}, value)) for name, value in view.setting)
    miss = "largest miss" if view.largest else "typical miss"
    about = (
        f"The agents want different things. Is there a mixture of what they want that is what {view.person} wants? If"
        " so, their pulls can balance, although none of them means it; what none of them cares about, no mixture of"
        f" them can bring in. Errors are sizes of a {miss}; up to {figure(view.tolerance)} passes."
    )
    return section(
        "verdict",
        "Answer",
        element("p", {"class": "lead", "dir": "auto"}, about),
        element("div", {"class": "card"}, *pieces),
        element("dl", {"class": "setting"}, *setting),
    )


def _sentences(lines: Sequence[str]) -> list[Markup]:
    return [element("p", {"class": "prose", "dir": "auto"}, line) for line in lines]


def _answers(view: View) -> Markup:
    held = any(one.held_out is not None for one in view.answers)
    rows = [
        Dot(
            label=f"{one.name}{' ◂ asked' if one.chosen else ''}",
            value=one.held_out if one.held_out is not None else one.fitted,
            low=one.low,
            high=one.high,
            tone="c1" if one.chosen else "c0" if one.weighed else "c5",
        )
        for one in view.answers
    ]
    what = "Largest error" if view.largest else "Root mean square error"
    about = (
        f"{what} on instances kept out of the fit: farther left is nearer to {view.person}. Grey answers need no"
        " weights that are learned; a combination that does not beat them has found nothing."
        if held
        else f"Root mean square error on the instances that were fitted, which flatters: farther left is nearer to"
        f" {view.person}."
    )
    if held and not view.largest:
        about += " Bars are two standard errors either way."
    title = "How far off each answer is"
    return _figure("answers", title, dots(rows, title=title, key="answers"), about, _table(view, title))


def _weights(view: View) -> Markup:
    title = "Who carries weight"
    rows = [Dot(label=one.agent, value=one.weight, low=one.low, high=one.high) for one in view.weights]
    pieces = [_plot(dots(rows, title=title, key="weights"), view.weights_note)]
    if view.silent:
        pieces.append(element("p", {"class": "prose", "dir": "auto"}, f"Without weight: {', '.join(view.silent)}."))
    if view.without_note:
        pieces += _sentences([view.without_note])
    return section("weights", title, *pieces, _table(view, title), _table(view, "How much hangs on single agents"))


def _curve(view: View) -> Markup:
    first, *others = view.curve
    lines = [
        Curve(
            label=SHORT.get(first.key, first.key),
            places=tuple(
                Place(at=step.agents, value=step.held_out, low=step.low, high=step.high) for step in first.steps
            ),
            tone="c1",
        )
    ]
    lines += [
        Curve(
            label=SHORT.get(line.key, line.key),
            places=tuple(Place(at=step.agents, value=step.held_out) for step in line.steps),
            tone="c5",
            dash=place,
        )
        for place, line in enumerate(others)
        if line.key != "constant"
    ]
    levels = [Level(label=SHORT[line.key], value=line.steps[-1].held_out) for line in others if line.key == "constant"]
    fitted = tuple(Place(at=step.agents, value=step.fitted) for step in first.steps)
    lines.append(Curve(label="fitted", places=fitted, tone="c0", dash=2))
    chance = next((band for band in view.bands if band.key == "permuted targets"), None)
    notes = view.curve_note
    if chance is not None:
        levels.append(Level(label="fitted to chance", value=chance.typical, low=chance.low, tone="c3"))
        notes += (
            " The band without a line is where that one ends when ratings are dealt out at random: from what a"
            " twentieth of the draws stay below to what is typical of them."
        )
    title = "More agents, smaller error?"
    drawn_ = curves(lines, levels, title=title, key="curve", along="number of agents")
    return _figure("curve", title, drawn_, notes, _table(view, f"More agents: {first.name}"))


def _nulls(view: View) -> Markup:
    title = "Would agents that know nothing fit as well?"
    rows = [Dot(label="These agents", value=view.bands[0].found, tone="c1")]
    rows += [Dot(label=one.name, value=one.typical, low=one.low, high=one.typical, tone="c5") for one in view.bands]
    found = "; ".join(f"{one.name}: {one.words}" for one in view.bands)
    about = (
        "Error on fitted instances, the only one that chance can be compared in. Bars reach from what a twentieth of"
        f" the draws stay below to what is typical of them. {found}."
    )
    table = _table(view, "Agents that know nothing, on fitted instances")
    return _figure("nulls", title, dots(rows, title=title, key="nulls"), about, table)


def _spots(view: View) -> Markup:
    title = "Where the agents together are off"
    rows = [
        Dot(
            label=f"{spot.label}{' ●' if spot.one_sided else ''}",
            value=spot.residual,
            tone="c1" if spot.one_sided else "c0",
        )
        for spot in view.spots
    ]
    plot = both_sides(rows, title=title, key="spots", less="agents too low", more="agents too high")
    about = f"{view.spots_note} A dot marks where every single agent errs to that side: a blind spot they share."
    return _figure("spots", title, plot, about, _table(view, title))


def _figure(key: str, title: str, plot: Markup, about: str, table: Markup) -> Markup:
    return section(key, title, _plot(plot, about), table)


def _plot(plot: Markup, about: str) -> Markup:
    return element("figure", {}, plot, element("figcaption", {"dir": "auto"}, about))


def _table(view: View, heading: str) -> Markup:
    """The numbers of a figure, folded; nothing where there are none."""
    found = next((grid for grid in grids(view) if grid.heading == heading), None)
    if found is None:
        return join(())
    head = (element("th", {"scope": "col", "class": _kind(place)}, name) for place, name in enumerate(found.header))
    return element(
        "details",
        {},
        element("summary", {}, f"{heading}: the numbers"),
        element(
            "div",
            {"class": "scroll", "role": "region", "tabindex": 0, "aria-label": heading},
            element(
                "table",
                {"class": "numbers"},
                element("caption", {"class": "unseen"}, heading),
                element("thead", {}, element("tr", {}, *head)),
                element("tbody", {}, *(_row(found, row) for row in found.rows)),
            ),
        ),
    )


def _row(grid: Grid, row: Sequence[object]) -> Markup:
    first, *rest = map(str, row)
    cells = (element("td", {"class": "number"}, cell) for cell in rest)
    return element("tr", {}, element("th", {"scope": "row", "dir": "auto"}, first), *cells)


def _kind(place: int) -> str:
    return "number" if place else "name"


# -- what it means, and where it comes from ----------------------------------------------------------------------------


def _meaning(view: View) -> Markup:
    pieces = [
        *_sentences(view.scope),
        *(_listing("With care", view.cautions)),
        *(_listing("Not made", view.missing)),
    ]
    return section("meaning", "What this means, and what it does not", *pieces)


def _listing(heading: str, lines: Sequence[str]) -> list[Markup]:
    if not lines:
        return []
    items = (element("li", {"dir": "auto"}, line) for line in lines)
    return [element("h3", {}, heading), element("ul", {"class": "prose"}, *items)]


def _provenance(view: View) -> Markup:
    pairs = [(name, value) for name, value in view.origin if value]
    pairs += [("Read", line) for line in view.read] + [("Left out", line) for line in view.left_out]
    drawn_ = (
        element("div", {}, element("dt", {}, name), element("dd", {"dir": "auto"}, value)) for name, value in pairs
    )
    return section("provenance", "Provenance", element("dl", {}, *drawn_))
