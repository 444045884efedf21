"""The transcript: all of a session is in it, and what was written in the session changes nothing of its structure."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatarena.arena import events as ev
from chatarena.authoring.text import clean, one_line
from chatarena.report.chapters import report
from chatarena.report.markdown import inline, markdown, quote, sentence, table
from tests.report.hostile import HOSTILE, session
from tests.session_log.samples import entries, everything, opened
from tests.support.sessions import DECISION, opening, play

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
TEXTS = (
    st.text(max_size=60) | st.text("#*_`~>|<&[]()!-+=.1)\\ \t\na$:", max_size=40) | st.sampled_from([*HOSTILE.values()])
)


def parsed(text: str) -> list[Token]:
    return PARSER.parse(text)


def words(token: Token) -> str:
    """What a reader sees of an inline token, and nothing where it holds anything but text."""
    shown = []
    for child in token.children or ():
        assert child.type in ("text", "hardbreak", "softbreak", "text_special"), child
        shown.append("\n" if child.type in ("hardbreak", "softbreak") else child.content)
    return "".join(shown)


@given(TEXTS)
def test_a_quote_reads_as_it_was_written_and_is_nothing_but_a_quote(text: str) -> None:
    tokens = parsed(quote(text))
    assert {token.type for token in tokens} <= {
        "blockquote_open",
        "blockquote_close",
        "paragraph_open",
        "paragraph_close",
        "inline",
    }
    assert sum(token.type == "blockquote_open" for token in tokens) == 1
    seen = "\n".join(words(token) for token in tokens if token.type == "inline")
    written = [line.expandtabs(4).split() for line in clean(text).splitlines() if line.strip()]
    assert [line.split() for line in seen.split("\n") if line.strip()] == written


@given(TEXTS)
def test_a_line_reads_as_it_was_written(text: str) -> None:
    for made in (sentence(text), f"x {inline(text)}"):
        tokens = parsed(made)
        assert [token.type for token in tokens] == (["paragraph_open", "inline", "paragraph_close"] if made else [])
        seen = words(tokens[1]).removeprefix("x") if made else ""
        assert seen.split() == one_line(text).split()


@given(st.lists(TEXTS, min_size=2, max_size=2))
def test_a_cell_stays_in_its_cell(texts: list[str]) -> None:
    tokens = parsed(table(("a", "b"), [[inline(text) for text in texts]]))
    cells = [words(token) for token in tokens if token.type == "inline"]
    assert [cell.split() for cell in cells] == [["a"], ["b"], *(one_line(text).split() for text in texts)]


def shape(text: str) -> list[tuple[str, str, str]]:
    """The document's structure: every token but what is within block quotes, without the texts."""
    found, depth = [], 0
    for token in parsed(text):
        depth += token.nesting if token.type.startswith("blockquote") else 0
        if not depth:
            found.append((token.type, token.tag, token.markup if token.type.startswith("heading") else ""))
    return found


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in HOSTILE.items() if name != "blank"])
def test_hostile_texts_leave_the_document_as_it_is(text: str) -> None:
    plain = "".join(markdown(report(session("plain words"))))
    hostile = "".join(markdown(report(session(text))))
    assert shape(hostile) == shape(plain)
    for token in parsed(hostile):
        assert not {"html_block", "html_inline", "fence", "code_block"} & {token.type}
        for child in token.children or ():
            assert child.type not in ("html_inline", "link_open", "image", "s_open")
    assert not set("\x1b\x9b\x00\u202e\u2066") & set(hostile)


def test_everything_that_happened_is_told() -> None:
    told = "".join(markdown(report(entries("one", everything()), name="mine", tags=("b", "a"), origin="x.jsonl")))
    for expected in (
        "# Should we move to the coast?",
        "> We both work from home.",
        "> The sea is good for you.",
        "### 樺 was not heard",
        "Failed: the provider is down",
        "### The participant, to Ash",
        "*Interrupted here.*",
        "*Precision is now 4.*",
        "**Partial: 1 of 2 agents were heard to the end**",
        "The participant chose: **Stay** (55 of 100 sure).",
        "The participant would take the advice of Ash.",
        "### Ash was ash (seller)",
        "| Session | one |",
        "| Name | mine |",
        "| Tags | a, b |",
        "| Read from | x.jsonl |",
    ):
        assert expected in told, expected


def test_every_speech_is_there_once_and_in_order() -> None:
    recorded = entries("one", tuple(event for _, _, event in play(opening(3))))
    told = "".join(markdown(report(recorded)))
    said = [f"> {entry.event.text}" for entry in recorded if isinstance(entry.event, ev.TurnTaken)]
    assert [line for line in told.splitlines() if line.startswith("> I am")] == said
    assert told.index("## Round 1") < told.index("## Round 2") < told.index("## Recommendation")


def test_objectives_stay_hidden_until_they_were_revealed() -> None:
    running = entries("one", tuple(event for _, _, event in play(opening(3)))[:12])
    told = "".join(markdown(report(running)))
    assert "SECRET" not in told
    assert "The masks stay on" in told
    assert "SECRET-Ash-objective" in "".join(markdown(report(running, unmask_all=True)))


def test_a_talk_without_options_numbers_or_agents_is_told_too() -> None:
    talk = replace(opened(), decision=replace(DECISION, options=(), context=""), faces=())
    told = "".join(markdown(report(entries("one", (talk, ev.SessionLeft(reason="gone"))))))
    assert "## Options" not in told
    assert "*The session was left: gone*" in told
