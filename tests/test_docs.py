"""Every command that the documents show is one that the program understands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from chatarena.authoring.decisions import parse_decision
from chatarena.cli.parser import parse

ROOT = Path(__file__).parents[1]
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def shown_commands() -> list[tuple[str, str]]:
    """(page, line) of every `chatarena ...` line within a fenced block, without its trailing comment."""
    found = []
    for page in PAGES:
        for block in FENCE.findall(page.read_text(encoding="utf-8")):
            for line in block.splitlines():
                words = line.removeprefix("$ ").strip()
                # Lines for a shell are run as they stand by the tests of the command line.
                if (words == "chatarena" or words.startswith("chatarena ")) and ";" not in words:
                    found.append((page.relative_to(ROOT).as_posix(), words.split("  #")[0].strip()))
    return found


@pytest.mark.parametrize(("page", "line"), shown_commands())
def test_every_shown_command_is_understood(page, line):
    words = [word for word in shlex.split(line, comments=True)[1:] if word not in ("|", ">")]
    if "--help" in words or "--version" in words:
        with pytest.raises(SystemExit) as ended:
            parse(words)
        assert ended.value.code == 0
    else:
        assert callable(parse(words).run)


def test_the_documents_show_commands_at_all():
    assert len(shown_commands()) > 10


@pytest.mark.parametrize("page", ["README.md", "docs/how-to/compose-a-decision.md"])
def test_decisions_that_the_documents_show_can_be_used(page):
    shown = re.findall(
        r"^```yaml\n(question:.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert shown and all(parse_decision(text).decision.options for text in shown)


def test_links_between_documents_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
