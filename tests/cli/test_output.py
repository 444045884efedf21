"""Tables, envelopes, and that nothing stored can act on a terminal."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.cli import output
from chatarena.cli.folding import folded


class Terminal(io.StringIO):
    """A terminal's output stream."""

    def isatty(self) -> bool:
        return True


def table(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, columns: int, *rows: tuple[object, ...]) -> list[str]:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "stdout", stream)
    output.emit_table(("name", "what"), rows)
    return stream.getvalue().splitlines()


def test_a_table_is_aligned_and_shows_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = table(monkeypatch, io.StringIO(), 80, ("a", None), ("日本", True), ("long name", "x\ny"))
    assert lines == ["name       what", "a          -", "日本       yes", "long name  x y"]


def test_a_table_is_cut_to_a_terminal_but_never_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    row = ("n" * 30, "w" * 60)
    whole = table(monkeypatch, io.StringIO(), 40, row)
    assert whole[1] == "n" * 30 + "  " + "w" * 60
    cut = table(monkeypatch, Terminal(), 40, row)
    assert max(map(output.text_width, cut)) <= 40
    assert cut[1].count("…") == 2


def test_a_column_that_is_kept_is_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "44")
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    time = "2026-11-27 09:38"
    output.emit_table(("id", "updated", "what"), [("i" * 26, time, "w" * 60)], keep=("updated",))
    lines = screen.getvalue().splitlines()
    assert time in lines[1] and max(map(len, lines)) <= 44 and lines[1].count("…") == 2


WAYS = (
    "all talk, deterministic rules",
    "all talk, states split in parts",
    "best one selected, deterministic rules",
    "best one selected, every rule",
)


def test_rows_that_begin_alike_are_cut_where_they_do_not_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = table(monkeypatch, Terminal(), 24, *((way, "w" * 9) for way in WAYS))
    assert max(map(output.text_width, lines)) <= 24
    assert [line.split("  ")[0] for line in lines[1:]] == [
        "all talk, de…",
        "all talk, st…",
        "bes…determin…",
        "bes…every ru…",
    ]


@pytest.mark.parametrize("width", range(8, 40))
def test_what_differs_is_still_different_when_cut(width: int) -> None:
    made = output.cut_apart(WAYS, width)
    assert len(set(made)) == len(WAYS)
    assert max(map(output.text_width, made)) <= width


@given(st.lists(st.text("ab 日", min_size=1, max_size=40), min_size=1, max_size=6), st.integers(8, 30))
def test_cut_texts_fit_and_a_single_one_is_cut_at_its_end(texts: list[str], width: int) -> None:
    made = output.cut_apart(texts, width)
    assert all(output.text_width(short) <= width for short in made)
    assert output.cut_apart(texts[:1], width) == [output.cut(texts[0], width)]


@pytest.mark.parametrize(
    ("stream", "columns", "most"),
    [
        pytest.param(Terminal(), 60, 58, id="narrow terminal, with room for a mark"),
        pytest.param(Terminal(), 200, 100, id="wide terminal"),
        pytest.param(io.StringIO(), 60, 100, id="pipe"),
    ],
)
def test_sentences_are_as_wide_as_a_page_or_a_narrower_terminal(
    monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, columns: int, most: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setattr(sys, "stdout", stream)
    lines = output.wrapped("word " * 60)
    assert most - 5 < max(map(len, lines)) <= most


SENTENCE = "Beech: You know the bench, and the bench knows you: nine years without a complaint are worth something."


@pytest.mark.parametrize("name", ["stdout", "stderr"])
@pytest.mark.parametrize("columns", [30, 60, 300])
def test_sentences_break_between_words_at_a_terminal_and_never_in_a_pipe(
    monkeypatch: pytest.MonkeyPatch, name: str, columns: int
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", str(columns))
    print_it = output.tell if name == "stdout" else output.narrate
    screen, pipe = Terminal(), io.StringIO()
    for stream in (screen, pipe):
        monkeypatch.setattr(sys, name, stream)
        print_it(SENTENCE)
    lines = screen.getvalue().splitlines()
    assert len(lines) > 1 and max(map(len, lines)) <= min(columns, 100)
    assert " ".join(lines) == SENTENCE, "no word is broken and none is lost"
    assert pipe.getvalue() == f"{SENTENCE}\n"


def test_what_follows_a_mark_stands_beside_it_on_every_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "24")
    screen = Terminal()
    monkeypatch.setattr(sys, "stdout", screen)
    output.tell("weights are not here; fetch them", mark="fail  ", tone="fail")
    assert screen.getvalue().splitlines() == [
        "fail  weights are not",
        "      here; fetch them",
    ]


@pytest.mark.parametrize(
    ("line", "lines"),
    [
        pytest.param("", [""], id="nothing"),
        pytest.param("a  b", ["a  b"], id="what fits stays as it is"),
        pytest.param("one\n\ntwo", ["one", "", "two"], id="lines stay lines"),
        pytest.param(
            "  1. Become a leader of the team", ["  1. Become a", "     leader of the", "     team"], id="item"
        ),
        pytest.param("  it:    Stay 1, Go 2", ["  it:    Stay 1,", "         Go 2"], id="row"),
        pytest.param("see /a/path/that/is/very/long now", ["see", "/a/path/that/is/very/long", "now"], id="long word"),
        pytest.param(
            "海辺の町は静かです。そして「暑い」日", ["海辺の町は静かで", "す。そして「暑い」", "日"], id="no blanks"
        ),
    ],
)
def test_lines_are_folded(line: str, lines: list[str]) -> None:
    assert folded(line, 18).split("\n") == lines


@given(st.text("ab 日。「 \n1.:", max_size=60), st.integers(20, 50))
def test_folding_loses_nothing_and_fits(text: str, width: int) -> None:
    made = folded(text, width)
    assert "".join(made.split()) == "".join(text.split())
    longest = max((output.text_width(word) for word in text.split()), default=0)
    if longest <= width // 2:
        assert max(map(output.text_width, made.split("\n"))) <= width


@given(st.lists(st.integers(1, 200), min_size=1, max_size=6), st.integers(20, 200))
def test_fitted_columns_are_never_wider_than_before_and_fit_where_they_can(widths: list[int], limit: int) -> None:
    fitted = output._fit(widths, limit)
    assert all(0 < new <= old for new, old in zip(fitted, widths, strict=True))
    assert all(new == old for new, old in zip(fitted, widths, strict=True) if old <= 8)
    gaps = 2 * (len(widths) - 1)
    if sum(min(width, 8) for width in widths) + gaps <= limit:
        assert sum(fitted) + gaps <= limit


@given(st.text(max_size=60))
def test_no_cell_and_no_text_keeps_a_control_character(text: str) -> None:
    for made in (output.cell(text), output.shown(text)):
        assert not [c for c in made if (ord(c) < 32 or 127 <= ord(c) < 160) and c not in "\n\t"]
    assert "\n" not in output.cell(text)


@given(st.text(st.characters(codec="utf-8"), max_size=40), st.integers(1, 30))
def test_a_cut_text_fits_and_begins_like_the_whole(text: str, width: int) -> None:
    made = output.cut(text, width)
    assert output.text_width(made) <= max(width, 1)
    assert made == text or (made.endswith("…") and text.startswith(made[:-1]))


@pytest.mark.parametrize(
    ("stream", "environ", "coloured"),
    [
        pytest.param(Terminal(), {"TERM": "xterm"}, True, id="terminal"),
        pytest.param(Terminal(), {"TERM": "xterm", "NO_COLOR": "1"}, False, id="no-color"),
        pytest.param(Terminal(), {"TERM": "xterm", "NO_COLOR": ""}, True, id="empty-no-color"),
        pytest.param(Terminal(), {"TERM": "dumb"}, False, id="dumb"),
        pytest.param(io.StringIO(), {"TERM": "xterm"}, False, id="pipe"),
    ],
)
def test_colour_is_for_terminals_that_want_it(stream: io.StringIO, environ: dict[str, str], coloured: bool) -> None:
    assert output.wants_colour(stream, environ) is coloured


def test_the_envelope_is_ascii_and_refuses_what_json_has_no_number_for(capsys: pytest.CaptureFixture[str]) -> None:
    output.emit_json({"text": "日本\x1b"}, warnings=["careful"])
    printed = capsys.readouterr().out
    assert printed.isascii()
    assert json.loads(printed) == {"status": "ok", "data": {"text": "日本\x1b"}, "warnings": ["careful"]}
    assert "\x1b" not in printed
    with pytest.raises(ValueError, match="JSON"):
        output.emit_json(float("nan"))


def test_letters_that_the_output_lacks_become_escapes(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(raw, encoding="latin-1", write_through=True))
    output.say("Grüße 日")
    assert raw.getvalue() == "Grüße \\u65e5\n".encode("latin-1")
    monkeypatch.undo()
