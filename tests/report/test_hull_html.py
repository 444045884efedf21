"""A hull analysis as a page: whole, safe, the same bytes every time, and honest about what it cannot tell."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.authoring.text import one_line
from chatarena.report.html.elements import element
from chatarena.report.html.plots import Curve, Dot, Level, Place, both_sides, curves, dots, figure, nice_step
from chatarena.report.hull.page import html
from chatarena.report.hull.study import Question
from chatarena.report.hull.text import WHY
from chatarena.report.hull.text import figure as in_text
from chatarena.report.hull.view import View
from tests.report.hostile import HOSTILE
from tests.report.test_html import Page
from tests.support.hull import QUICK, subject, view_of

INSIDE = view_of(subject(groups=20))
ALARMED = view_of(subject(n=3))


def source_of(view: View) -> str:
    return "".join(html(view))


# -- safe --------------------------------------------------------------------------------------------------------------


def spoiled(words: str) -> View:
    """An analysis of a table in which every name is this text."""
    given_ = subject(
        agents=[f"{words}{place}" for place in range(3)],
        labels=[f"{words} row {place}" for place in range(60)],
        title=words,
    )
    return view_of(
        replace(given_, read=(words,), left_out=(words,), origin=((words, words),), person=words),
        Question(curve=5, bootstrap=40, null=40),
    )


@pytest.mark.parametrize("words", [pytest.param(words, id=name) for name, words in HOSTILE.items()])
def test_hostile_names_add_no_element_and_no_attribute(words: str) -> None:
    plain, source = Page(source_of(spoiled("plain words"))), source_of(spoiled(words))
    hostile = Page(source)
    assert [tag for tag, _ in hostile.elements] == [tag for tag, _ in plain.elements]
    assert [[name for name, _ in attrs] for _, attrs in hostile.elements] == [
        [name for name, _ in attrs] for _, attrs in plain.elements
    ]
    assert not hostile.others
    assert not set("\x1b\x9b\x00\u202e\u2066") & set(source)
    shown = "".join(data for _, data in hostile.texts)
    assert one_line(f"{words}0") in shown


def test_the_page_needs_nothing_and_allows_only_its_own_style() -> None:
    source = source_of(INSIDE)
    page = Page(source)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "image"}
    names = {name for _, attrs in page.elements for name, _ in attrs}
    assert not {name for name in names if name.startswith("on")} | names & {"style", "src", "srcset", "xlink:href"}
    assert "http" not in re.sub(r'http-equiv="[^"]*"', "", source)
    style = re.search(r"<style>(.*?)</style>", source, re.DOTALL)
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src &#x27;sha256-{digest}&#x27;" in source
    assert {link for link in page.attributes("a", "href") if not link.startswith("#")} == set()


def test_the_same_view_makes_the_same_bytes() -> None:
    assert source_of(INSIDE) == source_of(view_of(subject(groups=20)))


# -- whole -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("view", [pytest.param(INSIDE, id="inside"), pytest.param(ALARMED, id="alarmed")])
def test_links_ids_headings_figures_and_tables(view: View) -> None:
    page = Page(source_of(view))
    ids = [value for _, attrs in page.elements for name, value in attrs if name == "id"]
    assert len(ids) == len(set(ids))
    assert {link.removeprefix("#") for link in page.attributes("a", "href")} <= set(ids)
    named = [value for attr in ("aria-labelledby",) for tag, attrs in page.elements for n, value in attrs if n == attr]
    assert {key for value in named for key in (value or "").split()} <= set(ids)
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    tags = [tag for tag, _ in page.elements]
    figures = [tag for tag, attrs in page.elements if tag == "svg" and ("role", "img") in attrs]
    assert len(figures) == 2 * tags.count("figure"), "one for wide pages, one for narrow"
    assert tags.count("desc") == len(figures)
    assert tags.count("caption") == tags.count("table") > 3


def test_every_number_of_a_figure_is_beside_its_mark_and_in_the_table() -> None:
    page = Page(source_of(INSIDE))
    labels = {data for path, data in page.texts}
    for one in INSIDE.answers:
        assert one.held_out is not None
        assert figure(one.held_out) in labels
        assert in_text(one.held_out) in labels and in_text(one.fitted) in labels
    for share in INSIDE.weights:
        assert share.agent in labels and figure(share.weight) in labels
    for spot in INSIDE.spots:
        assert spot.label in labels


def test_what_was_read_left_out_and_drawn_is_in_the_provenance() -> None:
    view = view_of(replace(subject(), read=("Read so.",), left_out=("Agent X left out, silent: X.",)))
    text = " ".join(data for _, data in Page(source_of(view)).texts)
    assert "Read so." in text and "Agent X left out" in text
    assert "Seed" in text and "Version" in text


# -- honest ------------------------------------------------------------------------------------------------------------


def test_alarms_are_read_with_the_answer() -> None:
    source = source_of(ALARMED)
    place = source.index("Why it cannot be told")
    assert source.index('class="verdict"') < place < source.index('class="setting"')
    for alarm in ALARMED.alarms:
        assert str(element("li", {"dir": "auto"}, alarm)) in source
    assert not any(why in source_of(INSIDE) for why in WHY.values())


def test_the_page_says_what_does_not_follow() -> None:
    text = " ".join(data for _, data in Page(source_of(INSIDE)).texts)
    for line in INSIDE.scope:
        assert line in text


def test_parts_that_were_not_made_leave_no_empty_section() -> None:
    view = view_of(subject(), Question(curve=0, bootstrap=0, null=0))
    page = Page(source_of(view))
    ids = {value for _, attrs in page.elements for name, value in attrs if name == "id"}
    assert not {"curve", "nulls"} & ids
    text = " ".join(data for _, data in page.texts)
    assert "Not made" in text and "curve: not asked for" in text


def test_without_anything_kept_out_the_page_says_that_errors_flatter() -> None:
    one_group = view_of(subject(n=1))
    assert all(one.held_out is None for one in one_group.answers)
    assert "which flatters" in " ".join(data for _, data in Page(source_of(one_group)).texts)


@pytest.mark.parametrize("kind", ["cone", "affine"])
def test_weights_of_other_kinds_are_drawn_too(kind: str) -> None:
    view = view_of(subject((1.4, -0.6, 0.2), groups=20), replace(QUICK, kind=kind))  # type: ignore[arg-type]
    page = Page(source_of(view))
    assert view.weights and page.by_class("interval") > 0


# -- plots -------------------------------------------------------------------------------------------------------------

finite = st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 9))


@given(st.floats(1e-9, 1e9), st.integers(1, 12))
def test_steps_are_one_two_or_five_and_few_enough(span: float, most: int) -> None:
    step = nice_step(span, most)
    assert span / step <= most * (1 + 1e-6)
    lead = float(f"{step:e}"[:3])
    assert lead in (1.0, 2.0, 5.0)


def coordinates(source: str) -> list[float]:
    found = re.findall(r'\b(?:x|x1|x2|cx)="(-?[\d.]+)"', source)
    return [float(value) for value in found]


@given(st.lists(st.tuples(finite, finite, finite).map(sorted), min_size=1, max_size=8))
def test_dots_and_their_intervals_stay_on_the_sheet(rows: list[list[float]]) -> None:
    source = dots(
        [Dot(label=f"row {i}", value=mid, low=low, high=high) for i, (low, mid, high) in enumerate(rows)],
        title="t",
        key="k",
    )
    assert "nan" not in source and "inf" not in source
    assert all(-1 <= value <= 801 for value in coordinates(source))


@given(st.lists(finite, min_size=1, max_size=8))
def test_bars_stay_on_the_sheet_and_have_their_signs(values: list[float]) -> None:
    rows = [Dot(label=f"row {i}", value=value) for i, value in enumerate(values)]
    source = both_sides(rows, title="t", key="k", less="less", more="more")
    assert all(-1 <= value <= 801 for value in coordinates(source))
    page = Page(source)
    assert len([1 for tag, attrs in page.elements if tag == "rect"]) == 2 * len(values)


@given(
    st.lists(st.floats(0, 10), min_size=1, max_size=30),
    st.floats(0, 10),
)
def test_curves_stay_on_the_sheet(values: list[float], level: float) -> None:
    places = tuple(Place(at=i + 1, value=value, low=value / 2, high=value * 1.5) for i, value in enumerate(values))
    source = curves(
        [Curve(label="one", places=places), Curve(label="two", places=places[:1], dash=1)],
        [Level(label="level", value=level), Level(label="band", value=level, low=level / 2)],
        title="t",
        key="k",
        along="agents",
    )
    assert "nan" not in source
    assert all(-1 <= value <= 801 for value in coordinates(source))
    run = re.search(r'class="line dash0" points="([^"]*)"', source)
    assert run is not None and len(run[1].split()) == len(values)


def test_numbers_under_rounding_are_zero_and_minus_is_a_minus() -> None:
    assert [figure(value) for value in (1e-15, -0.5, 0.12345, 12345.6)] == ["0", "−0.5", "0.123", "12346"]
