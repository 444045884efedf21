"""The examples of the page on competition are run, and its figures are there."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "theory" / "competition.md"


def test_examples() -> None:
    failed, attempted = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert failed == 0
    assert attempted >= 6


def test_every_claim_has_a_tag_and_no_bound_is_called_the_papers() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for title in ("Result 1", "Result 2", "Result 3"):
        section = re.search(rf"## {title}.*?(?=\n## )", text, re.DOTALL)
        assert section
        assert "**[V]**" in section[0]
        assert "[D].**" in section[0]
        assert "chatarena game " in section[0]
    assert "the paper's bound" not in text
