"""The page: all of a session is in it, it needs nothing else, and nothing that was written in it becomes markup."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, Option, State
from chatarena.authoring.text import clean, one_line
from chatarena.report.chapters import Point, Report, report
from chatarena.report.html.elements import Markup, element, raw_style, text
from chatarena.report.html.figures import NARROW, WIDE, apart, ceiling, description, paths, ticks
from chatarena.report.html.marks import Mark, option_marks, shorten, state_marks, wrapped
from chatarena.report.html.page import html
from chatarena.report.html.talk import rating_table, side_by_side
from chatarena.report.markdown import markdown
from chatarena.report.words import SOURCES
from tests.report.hostile import HOSTILE, session, turns
from tests.session_log.samples import CALL, DECISION, entries, everything, opened, spoken
from tests.support.sessions import opening, play

VOID = {"meta"}
CUT = "Ash was cut off before its first word."


class Page(HTMLParser):
    """What a browser's parser finds: elements with their attributes, texts by element, and nothing left open."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, tuple[tuple[str, str | None], ...]]] = []
        self.others: list[str] = []
        self.texts: list[tuple[str, str]] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, tuple(attrs)))
        if tag not in VOID:
            self._open.append(tag)
            self.texts.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._open and self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts.append((self._open[-1], data))

    def handle_comment(self, data: str) -> None:
        self.others.append(data)

    def handle_pi(self, data: str) -> None:
        self.others.append(data)

    def unknown_decl(self, data: str) -> None:
        self.others.append(data)

    def attributes(self, tag: str, name: str) -> list[str]:
        return [value or "" for found, attrs in self.elements for key, value in attrs if found == tag and key == name]

    def by_class(self, name: str) -> int:
        return sum(
            name in (value or "").split() for _, attrs in self.elements for key, value in attrs if key == "class"
        )


def page_of(*events: ev.Event, **more: object) -> str:
    return "".join(html(report(entries("one", events), **more)))  # type: ignore[arg-type]


# -- markup ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [pytest.param(words, id=name) for name, words in HOSTILE.items()])
def test_hostile_texts_add_no_element_and_no_attribute(words: str) -> None:
    plain = Page("".join(html(report(session("plain words"), name="plain words", tags=("plain words",)))))
    source = "".join(html(report(session(words), name=words, tags=(words,))))
    hostile = Page(source)
    if words.strip():
        # A label that takes more lines of a figure makes more text elements there, and nothing else does.
        assert [found for found in hostile.elements if not _figure_text(found)] == [
            found for found in plain.elements if not _figure_text(found)
        ]
    assert not hostile.others
    assert not set("\x1b\x9b\x00\u202e\u2066") & set(source)
    shown = "".join(data for _, data in hostile.texts)
    for said in turns(session(words)):
        assert clean(said) in shown


def _figure_text(found: tuple[str, tuple[tuple[str, str | None], ...]]) -> bool:
    return found[0] == "text" and ("class", "label") in found[1]


@given(st.text(max_size=80) | st.sampled_from([*HOSTILE.values()]))
def test_any_text_comes_out_as_it_went_in(words: str) -> None:
    page = Page(element("p", {"title": words}, words, text(words)))
    assert page.elements == [("p", (("title", one_line(words)),))]
    assert "".join(data for _, data in page.texts) == clean(words) * 2


def test_markup_stays_markup_and_words_do_not() -> None:
    assert element("b", {}, Markup("<i>x</i>"), "<i>") == "<b><i>x</i>&lt;i&gt;</b>"
    assert element("rect", {"x": 1.005, "y": 2.0, "width": 3}) == '<rect x="1" y="2" width="3"></rect>'
    with pytest.raises(ValueError, match="no tag"):
        raw_style("a {}</style><script>")


# -- the page as a whole -----------------------------------------------------------------------------------------------


def test_the_page_needs_nothing_and_forbids_everything_else() -> None:
    source = page_of(*everything())
    page = Page(source)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "img", "iframe", "object", "embed", "form", "base", "video", "audio", "image"}
    names = {name for _, attrs in page.elements for name, _ in attrs}
    assert not {name for name in names if name.startswith("on")} | names & {
        "style",
        "src",
        "srcset",
        "action",
        "xlink:href",
    }
    assert all(target.startswith("#") for target in page.attributes("a", "href"))
    assert "http://" not in source and "url(" not in source and "@import" not in source
    style = next(data for tag, data in page.texts if tag == "style" and data)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = page.attributes("meta", "content")[0]
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def test_everything_that_happened_is_told() -> None:
    page = Page(page_of(*everything(), name="mine", tags=("b", "a"), origin="x.jsonl"))
    shown = " ".join("".join(data for _, data in page.texts).split())
    for expected in (
        "Should we move to the coast?",
        "We both work from home.",
        "The sea is good for you.",
        "Not heard (failed): the provider is down",
        "The participant to Ash",
        "Interrupted here",
        "Said to the participant alone",
        "Precision is now 4.",
        "Partial: 1 of 2 agents were heard to the end",
        "55 of 100 sure",
        "The participant would take the advice of Ash.",
        "Ash was ash",
        "Sell houses.",
        "not in the reply",
        "No numbers: declined",
        "mine · a · b",
        "x.jsonl",
    ):
        assert expected in shown, expected


def test_a_turn_cut_before_its_first_word_is_one_quiet_line() -> None:
    cut = ev.TurnTaken(agent="Ash", round=2, text=" ", status="interrupted")
    before, after = Page(page_of(*everything())), Page(page_of(*everything()[:-5], cut))
    assert [data for tag, data in after.texts if data.startswith("Ash was cut")] == [CUT]
    assert ("p", (("class", "note"), ("dir", "auto"))) in after.elements
    only_cut = Page(page_of(opened(), ev.RoundOpened(round=1, order=("Ash",)), replace(cut, round=1)))
    assert only_cut.by_class("lane") == only_cut.by_class("lanes") == 0
    assert [data for _, data in only_cut.texts if data.startswith("Ash was cut")] == [CUT]
    assert not [data for _, data in before.texts if data == CUT]


@pytest.mark.parametrize("form", [html, markdown], ids=["page", "transcript"])
@pytest.mark.parametrize("source", SOURCES)
def test_a_report_calls_her_the_participant_throughout(source: str, form: Callable[[Report], Iterator[str]]) -> None:
    """Whoever opens the file may be somebody else: nothing that this program says there is said to her."""
    events = [_from(event, source) for event in everything() if not isinstance(event, ev.TurnTaken | ev.AgentCommitted)]
    events.insert(-3, ev.RebuttalAsked(agent="Ash", round=2, of="樺", text="Is it?"))
    told = "".join(form(report(entries("one", tuple(events)))))
    shown = "".join(data for tag, data in Page(told).texts if tag != "style") if form is html else told
    assert not re.findall(r".{30}\b[Yy]ou\w*.{20}", shown, re.DOTALL)
    assert "participant" in shown


def _from(event: ev.Event, source: str) -> ev.Event:
    match event:
        case ev.ForecastShown():
            return replace(event, forecast=replace(event.forecast, source=source))
        case ev.RecommendationShown():
            return replace(event, card=replace(event.card, source=source))
        case _:
            return event


def test_an_option_rated_by_state_has_no_empty_row_besides() -> None:
    ratings = (
        ev.Rating(option="move", value=None, absence="not given"),
        ev.Rating(option="stay", value=None, absence="not given"),
        ev.Rating(option="move", state="sun", value=70.0),
        ev.Rating(option="move", state="rain", value=None, absence="not given"),
    )
    page = Page(rating_table(DECISION, ratings, element("caption", {}, "c")))
    rows = " ".join(data for _, data in page.texts).split("if It is sunny")
    assert page.attributes("th", "scope") == ["row"] * 3
    assert "Stay" in rows[0] and "Move" in rows[0] and "70" in rows[1]


def test_where_nobody_took_part_nothing_stood_before_her() -> None:
    alone = [
        replace(event, settings=replace(event.settings, participant=False))
        if isinstance(event, ev.SessionOpened)
        else event
        for event in everything()
    ]
    assert "What stood before the participant then" in page_of(*everything())
    assert "What stood then: logit quantal response" in page_of(*alone)
    assert "before the participant then" not in page_of(*alone)


def test_every_speech_and_every_claim_is_there_once() -> None:
    recorded = [event for _, _, event in play(opening(5))]
    page = Page(page_of(*recorded))
    said = [data for tag, data in page.texts if tag == "p" and data.startswith("I am ")]
    assert said == [event.text for event in recorded if isinstance(event, ev.TurnTaken)]
    claims = sum(isinstance(event, ev.ClaimMade) for event in recorded)
    assert sum(tag == "caption" and data == "Claims" for tag, data in page.texts) == claims


def test_the_same_session_makes_the_same_bytes() -> None:
    assert page_of(*everything()) == page_of(*everything())


def test_objectives_stay_hidden_until_they_were_revealed() -> None:
    running = tuple(event for _, _, event in play(opening(3)))[:12]
    assert "SECRET" not in page_of(*running)
    assert "The masks stay on" in page_of(*running)
    assert "SECRET-Ash-objective" in page_of(*running, unmask_all=True)


def test_the_reveal_is_folded() -> None:
    page = Page(page_of(*everything()))
    masks = [dict(attrs) for tag, attrs in page.elements if tag == "details" and ("class", "masks") in attrs]
    assert masks == [{"class": "masks"}]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param((replace(opened(), decision=Decision(question="Why?", options=()), faces=()),), id="nothing"),
        pytest.param((opened(), ev.SessionLeft(reason="gone")), id="left at once"),
        pytest.param((*everything()[:-5], ev.ChoiceMade(option="gone")), id="an option that is not there"),
    ],
)
def test_a_session_with_hardly_anything_in_it_is_told_too(events: tuple[ev.Event, ...]) -> None:
    Page(page_of(*events))


# -- for everybody -----------------------------------------------------------------------------------------------------


def test_landmarks_headings_and_names() -> None:
    page = Page(page_of(*everything()))
    tags = [tag for tag, _ in page.elements]
    assert [tags.count(tag) for tag in ("header", "nav", "main", "footer", "h1")] == [1] * 5
    ids = [value for _, attrs in page.elements for name, value in attrs if name == "id"]
    assert len(set(ids)) == len(ids)
    named = [
        one
        for _, attrs in page.elements
        for name, value in attrs
        if name in ("aria-labelledby", "aria-describedby")
        for one in (value or "").split()
    ]
    assert set(named) <= set(ids)
    assert {target[1:] for target in page.attributes("a", "href")} <= set(ids)
    for tag, attrs in page.elements:
        if tag == "svg":
            given = dict(attrs)
            assert given.get("role") == "img" or "aria-hidden" in given or given.get("class") == "at"
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels)), "no level is skipped"


def test_every_table_has_a_caption_or_a_named_region_and_headers() -> None:
    page = Page(page_of(*everything()))
    tables = [place for place, (tag, _) in enumerate(page.elements) if tag == "table"]
    assert tables
    for place in tables:
        following = [tag for tag, _ in page.elements[place + 1 : place + 40]]
        assert "caption" in following[:1] or dict(page.elements[place - 1][1]).get("role") == "region"
    assert set(page.attributes("th", "scope")) == {"row", "col"}
    assert len(page.attributes("th", "scope")) == sum(tag == "th" for tag, _ in page.elements)


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance of #rrggbb."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def schemes() -> list[dict[str, str]]:
    style = next(data for tag, data in Page(page_of(opened())).texts if tag == "style" and data)
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    found = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks]
    return [scheme for scheme in found if "ink" in scheme]


@pytest.mark.parametrize("scheme", schemes(), ids=["light", "dark", "print"])
def test_contrast_is_enough_for_everybody(scheme: dict[str, str]) -> None:
    for ground in ("paper", "card"):
        for ink in ("ink", "soft", "accent", *(f"c{place}" for place in range(6))):
            assert contrast(scheme[ink], scheme[ground]) >= 4.5, (ink, ground)
    for place in range(6):
        assert contrast(scheme["on"], scheme[f"c{place}"]) >= 4.5, place


# -- figures -----------------------------------------------------------------------------------------------------------

LABELS = ("short", "a label of some length that must be cut somewhere", "海辺の町は静かです海辺の町は静かです海辺")


def marks(count: int) -> tuple[Mark, ...]:
    options = tuple(Option(id=str(place), label=f"{LABELS[place % 3]} {place}") for place in range(count))
    return option_marks(Decision(question="?", options=options))


def points(count: int, options: int) -> list[Point]:
    return [
        Point(when=f"Round {place}", short=str(place), values=tuple([(1 + place + o) % 7 / 7 for o in range(options)]))
        for place in range(count)
    ]


@pytest.mark.parametrize("count", [1, 2, 5, 51])
@pytest.mark.parametrize("options", [2, 3, 12])
def test_a_figure_draws_every_number_within_its_frame(count: int, options: int) -> None:
    page = Page(paths(points(count, options), marks(options), title="t", key="k"))
    shapes = [dict(attrs) for tag, attrs in page.elements if tag == "path" and ("class", "shape") in attrs]
    assert len(shapes) == 2 * count * options
    for frame in (WIDE, NARROW):
        assert all(0 <= x <= frame.width for x in _xs(page, frame.width))
    lines = [attrs for tag, attrs in page.elements if tag == "polyline"]
    assert len(lines) == (2 * options if count > 1 else 0)


def _xs(page: Page, width: int) -> list[float]:
    inside, found = False, []
    for tag, attrs in page.elements:
        given = dict(attrs)
        if tag == "svg":
            inside = (given.get("viewbox") or "").startswith(f"0 0 {width} ")
        if inside and given.get("x"):
            found.append(float(str(given["x"])))
    assert found
    return found


def test_a_missing_number_is_a_gap_and_said() -> None:
    path = [replace(point, values=(value, 0.5)) for point, value in zip(points(3, 2), (0.2, None, 0.4), strict=True)]
    page = Page(paths(path, marks(2), title="t", key="k"))
    assert sum(tag == "polyline" for tag, _ in page.elements) == 2, "the broken line has no stretch of two"
    assert "1 short 0: 20% (Round 0), 40% (Round 2)." in description(path, marks(2))
    nothing = [replace(point, values=(None, 0.5)) for point in path]
    assert "1 short 0: no number." in description(nothing, marks(2))


@given(st.lists(st.floats(0, 250), min_size=1, max_size=12))
def test_labels_keep_their_distance_and_stay_inside(wanted: list[float]) -> None:
    placed = apart(sorted(wanted), 20.0, 0.0, 250.0)
    assert all(second - first >= 20 - 1e-6 for first, second in pairwise(placed))
    assert placed[0] >= -1e-6 and placed[-1] <= 250 + 1e-6


def test_labels_with_room_stand_where_they_want() -> None:
    assert apart([10.0, 60.0, 110.0], 20.0, 0.0, 250.0) == [10.0, 60.0, 110.0]
    assert apart([100.0, 100.0], 20.0, 0.0, 250.0) == [90.0, 110.0]


@pytest.mark.parametrize(("highest", "top"), [(0.2, 0.25), (0.25, 0.25), (0.3, 0.5), (0.51, 1.0), (1.0, 1.0)])
def test_the_plot_reaches_as_high_as_its_numbers_and_always_down_to_nothing(highest: float, top: float) -> None:
    path = [Point(when="", short="", values=(highest, None, 0.01))]
    assert ceiling(path) == top
    page = Page(paths(path, marks(3), title="t", key="k"))
    ticks_shown = [data for tag, data in page.texts if tag == "text" and re.fullmatch(r"[\d.]+%", data)]
    assert ticks_shown[:1] == ["0%"]
    assert f"{100 * top:g}%" in ticks_shown
    assert all(float(tick[:-1]) <= 100 * top for tick in ticks_shown)


@given(st.integers(1, 80), st.integers(2, 20))
def test_ticks_name_both_ends_and_are_not_too_many(count: int, most: int) -> None:
    chosen = ticks(count, most)
    assert chosen[0] == 0 and chosen[-1] == count - 1
    assert len(chosen) <= max(most, 2)
    assert list(chosen) == sorted(set(chosen))


@given(st.text(st.sampled_from("ab 海\t"), max_size=60).map(one_line), st.integers(2, 20), st.integers(1, 3))
def test_labels_are_cut_to_their_columns(label: str, columns: int, lines: int) -> None:
    def wide(line: str) -> int:
        return sum(2 if character == "海" else 1 for character in line)

    found = wrapped(label, columns, lines)
    assert len(found) <= lines
    assert all(wide(line) <= columns for line in found)
    assert shorten(label, 200) == label
    if not found[-1].endswith("…"):
        assert " ".join(found) == label


def test_a_state_with_an_option_s_label_bears_its_mark() -> None:
    options = (Option(id="a", label="Yes"), Option(id="b", label="No"))
    states = (State(id="s", label="No", probability=0.5), State(id="t", label="Rain", probability=0.5))
    decision = Decision(question="?", options=options, states=states)
    assert state_marks(decision)[0] == option_marks(decision)[1]
    other = state_marks(decision)[1]
    assert other.sign == "B"
    assert other.colour not in {mark.colour for mark in option_marks(decision)}


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 3), (6, 3), (7, 4), (8, 4), (9, 3)])
def test_lanes_leave_few_places_empty(count: int, columns: int) -> None:
    assert Page(side_by_side([element("p", {}, "x")] * count)).by_class(f"of{columns}") == 1


def test_the_label_of_a_line_is_whole_up_to_46_columns() -> None:
    label = "Repair the boiler and insulate the walls first"
    named = option_marks(Decision(question="?", options=(Option(id="a", label=label), Option(id="b", label="No"))))
    assert label in "".join(data for _, data in Page(paths(points(3, 2), named, title="t", key="k")).texts)
    ends = WIDE.right + WIDE.gap + 5 + 17 + 6
    assert WIDE.width - ends >= 7 * (len(label) + len("100%  ")), "seven pixels a column, as a common font takes"


@pytest.mark.parametrize(
    ("cost", "said"),
    [
        (0.0, "1, 1,200 tokens, free of charge"),
        (0.25, "1, 1,200 tokens, 0.2500 US dollars"),
        (None, "1, 1,200 tokens, cost not known"),
    ],
)
def test_what_a_session_cost(cost: float | None, said: str) -> None:
    turn = replace(spoken(), call=replace(CALL, prompt_tokens=1000, completion_tokens=200, cost=cost))
    assert said in [data for _, data in Page(page_of(opened(), ev.RoundOpened(round=1, order=("Ash",)), turn)).texts]
