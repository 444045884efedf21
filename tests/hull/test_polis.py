"""Real votes with blanks: three groups of opinion as agents, each person as the target."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from chatarena.hull.certificate import Outside, certify
from chatarena.hull.fit import fit
from chatarena.hull.sentences import in_words
from chatarena.hull.table import UtilityTable, table
from tests.support.data import data_folder


def people() -> list[UtilityTable]:
    """A table for everybody with at least five votes: group means of the statements, and her own votes."""
    with (data_folder("polis") / "london.youth.policing.participants-votes.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    statements = [name for name in rows[0] if name.isdigit()]
    votes = np.array([[float(row[name]) if row[name] else np.nan for name in statements] for row in rows])
    groups = np.array([row["group-id"] for row in rows])
    names = sorted(set(groups) - {""})
    means = np.column_stack([np.nanmean(votes[groups == name], axis=0) for name in names])
    return [
        table(means, own, [f"group {name}" for name in names], instances=[f"statement {name}" for name in statements])
        for own in votes
        if np.isfinite(own).sum() >= 5
    ]


def test_nobody_lies_in_the_plain_hull_of_the_groups():
    tables = people()
    assert len(tables) == 24
    assert {one.k for one in tables} == {3}
    for one in tables:
        assert sum(part.count for part in one.excluded) > 0 or one.n == 36
        assert fit(one, "simplex").rmse > 0.05
        found = certify(one, "simplex", epsilon=0.05)
        assert isinstance(found, Outside)
        assert len(in_words(found)) == 2


@pytest.mark.parametrize("kind", ["simplex", "cone"])
def test_an_offset_and_a_scale_bring_nobody_in_either(kind):
    assert all(certify(one, kind, offset="free", epsilon=0.05).verdict == "outside" for one in people())
