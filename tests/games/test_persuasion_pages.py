"""Every example on the pages about persuasion and logit equilibria is run."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

PAGES = Path(__file__).parents[2] / "docs" / "theory"


@pytest.mark.parametrize(("page", "examples"), [("persuasion.md", 20), ("quantal-equilibrium.md", 10)])
def test_examples(page, examples):
    failed, attempted = doctest.testfile(str(PAGES / page), module_relative=False, encoding="utf-8")
    assert failed == 0
    assert attempted >= examples
