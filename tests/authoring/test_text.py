"""What is shown: nothing acts on the terminal, and nothing readable is lost."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.authoring.text import clean, one_line

REORDERING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}

# Letters that build control sequences, so that the search meets them often.
HOSTILE = st.text(
    st.one_of(
        st.sampled_from("\x1b\x9b\x9d\x90\x9c\x07\r\n\t[]()PX^_\\0123;?mKHlh \u202e\u2066\u2069\ufeff\u2028\u0085"),
        st.characters(),
    )
)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("a\x1b[31mred\x1b[0m b", "ared b", id="colour"),
        pytest.param("a\x1b[2J\x1b[1;1Hb", "ab", id="clear screen and home"),
        pytest.param("a\x1b[?1049hb", "ab", id="private mode"),
        pytest.param("a\x9b31mb", "ab", id="8-bit CSI"),
        pytest.param("a\x1b]0;title\x07b", "ab", id="window title ended by BEL"),
        pytest.param("a\x1b]52;c;ZXZpbA==\x1b\\b", "ab", id="clipboard ended by ST"),
        pytest.param("a\x9d0;title\x9cb", "ab", id="8-bit OSC and ST"),
        pytest.param("\x1b]8;;http://x.example\x1b\\link\x1b]8;;\x1b\\", "link", id="hyperlink keeps its text"),
        pytest.param("a\x1bPq#0;2\x1b\\b", "ab", id="DCS"),
        pytest.param("a\x1b_G payload\x1b\\b", "ab", id="APC"),
        pytest.param("a\x1b(0b\x1bcc", "abc", id="charset and reset"),
        pytest.param(
            "a\x1b]0;never ends, and the argument goes on", "a0;never ends, and the argument goes on", id="open OSC"
        ),
        pytest.param("a\x1b[31", "a31", id="open CSI"),
        pytest.param("a\x1b", "a", id="bare escape"),
        pytest.param("a\x00\x08\x7fb", "ab", id="null, backspace, delete"),
        pytest.param("one\r\ntwo\rthree\u2028four\x85five\x0bsix", "one\ntwo\nthree\nfour\nfive\nsix", id="line ends"),
        pytest.param("a\tb\nc", "a\tb\nc", id="tab and newline stay"),
        pytest.param("yes \u202eon\u202c \u2067x\u2069", "yes on x", id="bidi overrides and isolates"),
        pytest.param("\ufeffa\ufffbb", "ab", id="byte order mark, annotation"),
        pytest.param("a\ud800b", "a\ufffdb", id="lone surrogate"),
        pytest.param("a\U000e0049\U000e0047b", "ab", id="hidden tag characters"),
        pytest.param("[/] [bold]x[/bold] {a} `b`", "[/] [bold]x[/bold] {a} `b`", id="markup is only text"),
    ],
)
def test_clean(text: str, shown: str) -> None:
    assert clean(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("会社の近くへ引っ越す　全角", id="Japanese"),
        pytest.param("هل أقبل الوظيفة؟ می‌خواهم", id="Arabic and Persian with a non-joiner"),
        pytest.param("האם לעבור? \u200fרחוב 5\u200e", id="Hebrew with directional marks"),
        pytest.param("क्‍ष", id="Devanagari joiner"),
        pytest.param("👩‍👩‍👧 ❤️ 🇫🇷 👍🏽", id="emoji sequences"),
        pytest.param("\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", id="flag of England"),
        pytest.param("e\u0301 ﬁ ½ – “quoted” …", id="combining and typographic"),
    ],
)
def test_ordinary_text_is_untouched(text: str) -> None:
    assert clean(text) == text


@given(HOSTILE)
def test_nothing_that_acts_is_left(text: str) -> None:
    for character in clean(text):
        assert character in "\n\t" or unicodedata.category(character) not in ("Cc", "Cs")
        assert unicodedata.bidirectional(character) not in REORDERING


@given(HOSTILE)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert one_line(one_line(text)) == one_line(text)


@given(st.text(st.characters(exclude_categories=("C", "Zl", "Zp"))))
def test_printable_text_is_untouched(text: str) -> None:
    assert clean(text) == text


@given(HOSTILE)
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text)
    assert "\n" not in line and "\t" not in line and line == line.strip()
