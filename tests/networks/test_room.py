"""The theory page of the room: its examples run."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "theory" / "aggregation.md"


def test_examples_of_the_theory_page() -> None:
    outcome = doctest.testfile(str(PAGE), module_relative=False)
    assert outcome.attempted > 10 and outcome.failed == 0
