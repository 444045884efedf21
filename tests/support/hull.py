"""Subjects for hull analyses whose answer is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from chatarena.hull.table import table
from chatarena.report.hull.study import Findings, Question, study
from chatarena.report.hull.subject import Subject
from chatarena.report.hull.telling import telling
from chatarena.report.hull.view import View

QUICK = Question(curve=5, bootstrap=40, null=40)


def subject(
    weights: Sequence[float] = (0.5, 0.3, 0.2),
    *,
    n: int = 60,
    noise: float = 0.01,
    bias: float = 0.0,
    seed: int = 1,
    agents: Sequence[str] = (),
    labels: Sequence[str] = (),
    groups: int = 0,
    title: str = "A made-up table",
) -> Subject:
    """A person who mixes what agents want, up to noise; on a tenth of the rows with a bias that no agent shares."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.1, 0.9, (n, len(weights)))
    y = x @ np.asarray(weights) + noise * rng.standard_normal(n)
    y[: n // 10] += bias
    names = tuple(agents) or tuple(f"agent {place}" for place in range(1, len(weights) + 1))
    rows = tuple(labels) or tuple(f"row {place}" for place in range(1, n + 1))
    made = table(x, y, names, instances=rows, groups=[f"g{i * groups // n}" for i in range(n)] if groups else None)
    return Subject(
        table=made,
        title=title,
        person="the person",
        read=("Made up.",),
        left_out=(),
        origin=(("Table", "none"),),
        unit=True,
        parts=None if made.groups is None else tuple(map(str, made.groups)),
        parts_name="group",
    )


def found(given: Subject, question: Question = QUICK) -> Findings:
    """The findings about a subject."""
    return study(given, question, np.random.default_rng(question.seed))


def view_of(given: Subject, question: Question = QUICK) -> View:
    """How they are told."""
    return telling(found(given, question), "0.0.0")
