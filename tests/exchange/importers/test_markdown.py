"""Transcripts in Markdown: three ways of naming who speaks, rounds, options, and what nobody says."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.errors import SourceDamaged, SourceUnknown
from chatarena.exchange.importing import read_source
from chatarena.report.chapters import report
from chatarena.report.markdown import markdown
from tests.exchange.importers.records import account_of, folded, left, said, sessions_of, write

SPEECHES = [("Ann", "I say go."), ("Ben", "I say stay."), ("Ann", "Still go."), ("Ben", "Still stay.")]
FORMS = {
    "bold": "".join(f"**{who}:** {words}\n\n" for who, words in SPEECHES),
    "bold-with-the-colon-outside": "".join(f"**{who}**: {words}\n\n" for who, words in SPEECHES),
    "plain": "".join(f"{who}: {words}\n" for who, words in SPEECHES),
    "headings": "## Round 1\n"
    + "".join(f"### {who}\n\n{words}\n\n" for who, words in SPEECHES[:2])
    + "## Round 2\n"
    + "".join(f"### {who}\n\n{words}\n\n" for who, words in SPEECHES[2:]),
}


@pytest.mark.parametrize("body", FORMS.values(), ids=FORMS)
def test_each_way_of_naming_who_speaks_gives_the_same_talk(tmp_path: Path, body: str) -> None:
    (session,) = sessions_of(write(tmp_path, "talk.md", f"# Shall we go?\n\nIt rains.\n\n{body}"), "markdown")
    assert said(session) == SPEECHES
    seen = folded(session)
    assert [opened.order for opened in seen.rounds_opened] == [("Ann", "Ben")] * 2
    assert (seen.head.decision.question, seen.head.decision.context) == ("Shall we go?", "It rains.")
    assert left([session]) == {}


DOCUMENT = """---
date: 2024-05-01T10:00:00Z
author: somebody
---
# Where to go

**Question:** Shall we go by train?

Background:

- it rains

## Options

1. Train: slow but sure
2. **Car**
- Stay at home

## Round 1: openings

**Ann:** Take the train.

```
**Ben:** this is code
```

**You:** Why?

## Round 2

**Ann:** It is sure.
And dry.

**Ben:** No!

## Verdict

They agreed.
"""


def test_a_document_with_everything_in_it(tmp_path: Path) -> None:
    (session,) = sessions_of(write(tmp_path, "talk.md", DOCUMENT), "markdown")
    decision = folded(session).head.decision
    assert decision.question == "Shall we go by train?"
    assert decision.context == "Where to go\n\nBackground:\n\n- it rains"
    assert [(option.id, option.label, option.detail) for option in decision.options] == [
        ("option1", "Train", "slow but sure"),
        ("option2", "Car", ""),
        ("option3", "Stay at home", ""),
    ]
    assert said(session) == [
        ("Ann", "Take the train.\n\n```\n**Ben:** this is code\n```"),
        ("you", "Why?"),
        ("Ann", "It is sure.\nAnd dry."),
        ("Ben", "No!"),
    ]
    assert [opened.order for opened in folded(session).rounds_opened] == [("Ann",), ("Ann", "Ben")]
    assert session.entries[0].at == 1714557600.0
    assert left([session]) == {"Round 1: openings": 1, "Verdict": 2, "front matter: author": 1}


@pytest.mark.parametrize(
    ("text", "question", "remark"),
    [
        ("Ann: a\nBen: b\nAnn: c\nBen: d", "talk", "name of the file"),
        ("What now?\n\nAnn: a\nBen: b\nAnn: c\nBen: d", "What now?", ""),
        ("Question: Why?\nAnn: a\nBen: b\nAnn: c\nBen: d", "Why?", ""),
        ("---\ntitle: From the front\n---\nAnn: a\nBen: b\nAnn: c\nBen: d", "From the front", ""),
    ],
    ids=["nothing", "first-paragraph", "question-line", "front-matter"],
)
def test_where_the_question_comes_from(tmp_path: Path, text: str, question: str, remark: str) -> None:
    (session,) = sessions_of(write(tmp_path, "talk.txt", text), "markdown")
    assert folded(session).head.decision.question == question
    assert len(said(session)) == 4
    assert any(remark in told for told in account_of(session).remarks)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("# Program\n\nNote: read this.\n\nNote: and this.\n\nSee http://x.org: it helps.\n", id="notes"),
        pytest.param(
            "# Changes\n\n## 1.1\n### Added\n- a\n### Fixed\n- b\n## 1.0\n### Added\n### Fixed\n", id="changelog"
        ),
        pytest.param("**License:** MIT\n\n**Author:** Ann\n", id="definitions"),
        pytest.param("Just a text.\n", id="text"),
        pytest.param("", id="empty"),
        pytest.param("prompt: a\nkey: b\nprompt: c\nkey: d\n", id="settings"),
        pytest.param("```\nAnn: a\nBen: b\nAnn: c\nBen: d\n```\n", id="code"),
    ],
)
def test_a_text_in_which_nobody_talks_is_no_transcript(tmp_path: Path, text: str) -> None:
    with pytest.raises(SourceUnknown):
        read_source(write(tmp_path, "README.md", text))


def test_a_transcript_is_recognised_again_under_another_name(tmp_path: Path) -> None:
    ids = {sessions_of(write(tmp_path, name, DOCUMENT), "markdown")[0].id for name in ("a.md", "b.txt")}
    assert len(ids) == 1


def test_a_title_that_nobody_used_is_listed(tmp_path: Path) -> None:
    text = f"---\ntitle: Another\n---\n# Shall we go?\n\n{FORMS['bold']}"
    (session,) = sessions_of(write(tmp_path, "talk.md", text), "markdown")
    assert left([session]) == {"front matter: title": 1}


def test_what_this_program_exported_is_no_source(tmp_path: Path) -> None:
    (session,) = sessions_of(write(tmp_path, "talk.md", DOCUMENT), "markdown")
    exported = "".join(markdown(report(session.entries)))
    assert "## Round 1" in exported and "Take the train." in exported
    with pytest.raises(SourceUnknown):
        read_source(write(tmp_path, "exported.md", exported))


def test_names_of_chats_may_be_written_small(tmp_path: Path) -> None:
    text = "user: Why?\nassistant: So.\nuser: Sure?\nassistant: Yes.\n"
    (session,) = sessions_of(write(tmp_path, "talk.txt", text), "markdown")
    assert said(session) == [("assistant", "So."), ("you", "Sure?"), ("assistant", "Yes.")]
    assert folded(session).head.decision.question == "Why?"


def test_rounds_are_counted_and_another_number_is_told(tmp_path: Path) -> None:
    text = "## Round 3\nAnn: a\nBen: b\n## Round 4\nAnn: c\nBen: d\n"
    (session,) = sessions_of(write(tmp_path, "talk.md", text), "markdown")
    assert [opened.round for opened in folded(session).rounds_opened] == [1, 2]
    assert [remark for remark in account_of(session).remarks if "transcript's name" in remark] == [
        "'Round 3' is the transcript's name of round 1.",
        "'Round 4' is the transcript's name of round 2.",
    ]


def test_bytes_that_are_not_utf8_are_refused_with_their_line(tmp_path: Path) -> None:
    with pytest.raises(SourceDamaged, match=r"talk\.md: line 2 holds bytes"):
        read_source(write(tmp_path, "talk.md", b"Ann: a\nBen: \xff\n"))


WORDS = st.text(alphabet="ab .!?-_*", min_size=1, max_size=20).map(lambda text: f"x{text.strip()}")


@given(st.lists(st.tuples(st.sampled_from(["Ann", "Ben", "Cleo"]), WORDS), min_size=4, max_size=12))
def test_every_word_of_a_talk_is_said_by_whom_the_transcript_says(
    tmp_path_factory: pytest.TempPathFactory, talk: list[tuple[str, str]]
) -> None:
    text = "# Why?\n\n## Round 1\n\n" + "".join(f"**{who}:** {words}\n\n" for who, words in talk)
    (session,) = sessions_of(write(tmp_path_factory.mktemp("talk"), "talk.md", text), "markdown")
    assert said(session) == talk
