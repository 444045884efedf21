"""Finding words again, in any script, with any punctuation."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.session_log.search import snippet, terms
from chatarena.session_log.store import SessionLog
from tests.session_log import samples
from tests.session_log.samples import entries, opened, spoken
from tests.session_log.strategies import texts

TALK = (
    opened(),
    spoken("The sea is good for you, and 100% of sailors say so_so."),
    spoken("海辺の町は静かで、決断の前に訪れるべきです。", agent="樺"),
    spoken("我們應該搬到海邊嗎？這個選擇很重要。", round_=2),
    spoken("결정을 내리기 전에 바다를 보세요.", round_=2),
    spoken("Le CAFÉ de l'ÉTÉ; cafe\u0301 encore.", round_=3),
    spoken("ทะเลดีต่อคุณ", round_=3),
    ev.ParticipantSpoke(text='She said "wait" [/bold] AND NOT (OR) NEAR* c++ 🎉', round=3),
)

FOUND = {
    "a word": ("sailors", [1]),
    "within a word": ("ailor", [1]),
    "capitals": ("SEA", [1]),
    "all words must occur": ("good sailors", [1]),
    "words of different turns": ("good bold", []),
    "phrase": ('"good for you"', [1]),
    "phrase in another order": ('"you good"', []),
    "phrase left open": ('"good for', [1]),
    "Japanese, three characters": ("海辺の", [2]),
    "Japanese, two characters": ("決断", [2]),
    "Japanese, long": ("訪れるべき", [2]),
    "Chinese, two characters": ("選擇", [3]),
    "Chinese, four characters": ("我們應該", [3]),
    "Chinese, one character": ("嗎", [3]),
    "one character of two scripts": ("海", [3, 2]),
    "Korean within a word": ("결정", [4]),
    "Thai": ("ทะเล", [6]),
    "accents in capitals": ("été", [5]),
    "accent typed apart": ("cafe\u0301", [5]),
    "operators are words": ("AND NOT", [7]),
    "brackets": ("[/bold]", [7]),
    "parentheses and stars": ("(OR) NEAR*", [7]),
    "signs": ("c++", [7]),
    "a picture": ("🎉", [7]),
    "percent is plain": ("0%", [1]),
    "underscore is plain": ("o_", [1]),
    "short and long words": ("so sailors", [1]),
    "the decision": ("zugzwang", [0]),
    "the question": ("coast", [0]),
    "nowhere": ("mountain", []),
    "nothing in the hidden objective": ("Sell houses", []),
    "blank": ("   ", []),
    "empty phrase": ('""', []),
    "zero byte": ("sea\x00", [1]),
}


@pytest.fixture(scope="module")
def talk_log(tmp_path_factory: pytest.TempPathFactory) -> SessionLog:
    log = SessionLog(tmp_path_factory.mktemp("talk") / "log.db", environ={})
    log.append(entries("S1", (*TALK, samples.committed("Ash"))))
    return log


@pytest.mark.parametrize(("query", "seqs"), FOUND.values(), ids=FOUND)
def test_search(talk_log: SessionLog, query: str, seqs: list[int]) -> None:
    assert [hit.seq for hit in talk_log.search(query)] == seqs


def test_a_hit_says_where_and_what(log: SessionLog) -> None:
    log.append(entries("S1", TALK))
    (hit,) = log.search("海辺の")
    assert (hit.session, hit.seq, hit.title) == ("S1", 2, "Should we move to the coast?")
    assert (hit.kind, hit.speaker, hit.round, hit.at_utc) == ("turn", "樺", 1, "2026-09-21T14:13:22.000Z")
    assert hit.snippet == "海辺の町は静かで、決断の前に訪れるべきです。"
    assert hit.spans == ((0, 3),)


def test_newest_first_up_to_a_limit(log: SessionLog) -> None:
    log.append(entries("S1", (opened(), *(spoken(f"sea number {number}") for number in range(5)))))
    assert [hit.snippet for hit in log.search("sea number", 2)] == ["sea number 4", "sea number 3"]


def test_a_snippet_shows_the_surroundings_on_one_line() -> None:
    text = "x " * 100 + "the needle\nin the hay" + " y" * 100
    piece, spans = snippet(text, terms("NEEDLE hay"))
    assert piece.startswith("…")
    assert piece.endswith("…")
    assert "the needle in the hay" in piece
    assert [piece[start:end] for start, end in spans] == ["needle", "hay"]
    assert len(piece) < 150


@given(st.text(max_size=30))
def test_no_query_breaks_the_search(any_log: SessionLog, query: str) -> None:
    any_log.search(query)


@settings(max_examples=50, deadline=None)
@given(texts.filter(str.strip), st.data())
def test_whatever_stands_in_a_turn_is_found(any_log: SessionLog, text: str, data: st.DataObject) -> None:
    words = terms(text.replace('"', " "))
    if not words:
        return
    any_log.append(entries("S1", (spoken(text),), start=any_log.head("S1")))
    wanted = data.draw(st.sampled_from(words))
    assert any_log.head("S1") - 1 in [hit.seq for hit in any_log.search(wanted)]


@pytest.fixture(scope="module")
def any_log(tmp_path_factory: pytest.TempPathFactory) -> SessionLog:
    log = SessionLog(tmp_path_factory.mktemp("search") / "log.db", environ={})
    log.append(entries("S1", (opened(),)))
    return log


NOTED = {
    "a name": ("pilot", ["S2 note"]),
    "capitals and accents": ("ÉTUDE", ["S2 note"]),
    "a tag": ("thesis", ["S2 note", "S1 note"]),
    "a tag as a tag": ("#thesis", ["S2 note", "S1 note"]),
    "name and tag": ("pilot thesis", ["S2 note"]),
    "half a word of a script without spaces": ("海", ["S1 note"]),
    "notes before turns": ("sea", ["S1 note", "S2 turn"]),
    "words of notes and turns are not put together": ("pilot sailors", []),
    "wildcards are plain": ("pilo_", []),
}


@pytest.mark.parametrize(("query", "found"), NOTED.values(), ids=NOTED)
def test_names_and_tags_are_found(log: SessionLog, query: str, found: list[str]) -> None:
    log.append(entries("S1", (opened("Where?"),)))
    log.append(entries("S2", (opened("Where?"), spoken("The sea is for sailors.")), at=samples.NOON + 10))
    log.tag("S1", add=("thesis", "海辺", "overseas"))
    log.rename("S2", "étude pilot")
    log.tag("S2", add=("thesis",))
    assert [f"{hit.session} {hit.kind}" for hit in log.search(query)] == found
    assert [f"{hit.session} {hit.kind}" for hit in log.search(query, 1)] == found[:1]


def test_a_name_that_was_changed_is_not_found(log: SessionLog) -> None:
    log.append(entries("S1", (opened("Where?"),)))
    log.rename("S1", "first")
    log.rename("S1", "  second \n name ")
    assert log.search("first") == ()
    (hit,) = log.search("second")
    assert (hit.snippet, hit.spans) == ("second name", ((0, 6),))


@pytest.mark.parametrize("query", [query for query, _ in (*FOUND.values(), *NOTED.values())])
def test_sessions_are_found_once_each_where_their_newest_hit_is(log: SessionLog, query: str) -> None:
    for number, name in enumerate(("S1", "S2", "S3")):
        log.append(entries(name, TALK if number < 2 else (opened("Where?"),), at=samples.NOON + 100 * number))
    log.tag("S3", add=("thesis", "海辺", "overseas"))
    log.rename("S1", "étude pilot")
    log.tag("S1", add=("thesis",))
    hits = log.search(query, 1000)
    first = {}
    for hit in hits:
        first.setdefault(hit.session, hit)
    found = log.search_sessions(query)
    assert {places.hit.session: places.hit for places in found} == first
    assert {places.hit.session: places.count for places in found} == Counter(hit.session for hit in hits)
