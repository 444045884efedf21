"""The room as its callers meet it."""

from __future__ import annotations

import doctest
from pathlib import Path

import chatarena.hull as hull

PAGE = Path(__file__).parents[2] / "docs" / "theory" / "hull.md"


def test_every_public_name_exists_once():
    assert len(set(hull.__all__)) == len(hull.__all__)
    assert all(hasattr(hull, name) for name in hull.__all__)


def test_examples_of_the_theory_page():
    failed, attempted = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert failed == 0
    assert attempted >= 10
