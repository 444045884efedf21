"""The examples of the page on best-AI selection are run, and its sentences say what they print."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "theory" / "selection.md"


def test_examples():
    failed, attempted = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert failed == 0
    assert attempted >= 40


def test_sentences_say_what_the_examples_print():
    text = PAGE.read_text(encoding="utf-8")
    section = re.search(r"What went otherwise than hoped.*?(?=\n## )", text, re.DOTALL)
    assert section
    said, printed = section[0].split("```python")
    for number in ("207", "0.013", "0.054", "0.066", "0.041", "0.029", "0.019"):
        assert number in said and number in printed, number
