"""Every example on the theory pages of this room is run, and every page has some."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs" / "theory"


@pytest.mark.parametrize(
    ("page", "examples"), [("quantal-response.md", 10), ("loss-bound.md", 5), ("blending-advice.md", 10)]
)
def test_examples(page, examples):
    failed, attempted = doctest.testfile(str(PAGES / page), module_relative=False, encoding="utf-8")
    assert failed == 0
    assert attempted >= examples
