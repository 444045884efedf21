"""Everything that an account of a hull analysis shows, computed: the analysis, and what stands beside it.

Law: the same subject, question and seed make the same findings.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chatarena.errors import UsageError
from chatarena.report.hull.subject import Subject

if TYPE_CHECKING:
    import numpy as np

    from chatarena.hull.alarms import Norm
    from chatarena.hull.analysis import Analysis
    from chatarena.hull.bias import SharedBias
    from chatarena.hull.coverage import LeftOut, Robustness
    from chatarena.hull.fit import Fit
    from chatarena.hull.heldout import Method
    from chatarena.hull.kinds import Kind, Offset

# A twentieth of the scale passes as approximate where nothing else is asked for; a convention.
SHARE: Final = 0.05
CURVE: Final = 100
BOOTSTRAP: Final = 1000
NULL: Final = 200
# So many agents with weight are left out one by one: each takes a linear program.
MOST_LEFT_OUT: Final = 40
# And up to so many by two, which takes about the square of it.
MOST_PAIRED: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of a subject. `tolerance` None takes a twentieth of its range; 0 draws leave a part out."""

    kind: Kind = "simplex"
    norm: Norm = "mean square"
    offset: Offset = "free"
    tolerance: float | None = None
    curve: int = CURVE
    bootstrap: int = BOOTSTRAP
    null: int = NULL
    seed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What was found.

    `gaps` is the least largest error by kind, None where its linear program was not solved; `fitted` the root mean
    square error of every answer on all instances; `constant_gap` the least largest error of a constant; `scale` is the
    range that the person's utility is of. `worst_pair` tells what the absence of any two agents can do, None where
    there are few agents or many carry weight. `whole` is the fit to all rows where the table is a sample of them.
    """

    subject: Subject
    question: Question
    analysis: Analysis
    bias: SharedBias
    without: tuple[LeftOut, ...]
    gaps: tuple[tuple[Kind, float | None], ...]
    fitted: tuple[tuple[Method, float], ...]
    constant_gap: float
    scale: float
    whole: Fit | None
    worst_pair: Robustness | None


def study(subject: Subject, question: Question, rng: np.random.Generator) -> Findings:
    """Analyse a subject.

    Args:
        rng: made from the question's seed.

    Raises:
        UsageError: an offset per state where there is one state only, or more rows than are held.
        ArenaError: the largest error was asked for and could not be found.
    """
    from chatarena.hull.analysis import analyse
    from chatarena.hull.bias import shared_bias
    from chatarena.hull.coverage import leave_out
    from chatarena.hull.heldout import METHODS, fitted
    from chatarena.hull.residuals import half_range

    table = subject.table
    if question.offset == "per state" and table.states is None:
        raise UsageError(
            "an offset per state needs several states or sessions",
            remedy="Take --offset free, or name the column of the states with --state.",
        )
    if question.offset == "per state" and subject.blocks is not None:
        raise UsageError(
            "an offset per state needs all rows in memory, and this table has too many",
            remedy="Take --offset free, or fewer rows.",
        )
    # The target's own range: that of the agents' would let one of them that strays decide what passes.
    scale = 1.0 if subject.unit else float(table.target.max() - table.target.min())
    tolerance = question.tolerance if question.tolerance is not None else SHARE * (scale or 1.0)
    analysis = analyse(
        table,
        rng,
        kind=question.kind,
        norm=question.norm,
        offset=question.offset,
        tolerance=tolerance,
        curve=question.curve,
        bootstrap=question.bootstrap,
        null=question.null,
    )
    carriers = [carrier.agent for carrier in (analysis.best_sup or analysis.fitted).carriers]
    carriers += [carrier.agent for carrier in analysis.fitted.carriers if carrier.agent not in carriers]
    parts = {agent: (agent,) for agent in carriers[:MOST_LEFT_OUT]}
    return Findings(
        subject=subject,
        question=question,
        analysis=analysis,
        bias=shared_bias(table, question.kind, offset=question.offset, by=subject.parts),
        without=leave_out(table, question.kind, offset=question.offset, parts=parts) if table.k > 1 else (),
        gaps=_gaps(analysis, subject, question),
        fitted=tuple((method, fitted(table, method, offset=question.offset).rmse) for method in METHODS),
        constant_gap=half_range(table, per_state=question.offset == "per state"),
        scale=scale,
        whole=_whole(subject, question),
        worst_pair=_worst_pair(analysis, subject, question),
    )


def _worst_pair(analysis: Analysis, subject: Subject, question: Question) -> Robustness | None:
    """Every two agents that can be missed are tried, so there must not be too many."""
    from chatarena.hull.coverage import robustness

    carriers = 0 if analysis.best_sup is None else len(analysis.best_sup.carriers)
    if subject.table.k < 3 or not 0 < carriers <= MOST_PAIRED:
        return None
    return robustness(subject.table, question.kind, offset=question.offset, deleted=2)


def _whole(subject: Subject, question: Question) -> Fit | None:
    """The fit to all rows of a file that is too large to be held, in two passes over it."""
    from chatarena.hull.fit import fit_rows

    if subject.blocks is None:
        return None
    assert question.offset != "per state", "refused before anything was computed"
    return fit_rows(subject.blocks, subject.table.agents, question.kind, offset=question.offset)


def _gaps(analysis: Analysis, subject: Subject, question: Question) -> tuple[tuple[Kind, float | None], ...]:
    """The least largest error of every kind; what the analysis knows already is not solved again."""
    from chatarena.errors import ArenaError
    from chatarena.hull.kinds import KINDS
    from chatarena.hull.sup import sup_fit

    found: list[tuple[Kind, float | None]] = []
    for kind in KINDS:
        best = analysis.best_sup
        if kind != question.kind:
            try:
                best = sup_fit(subject.table, kind, offset=question.offset)
            except ArenaError:
                best = None
        found.append((kind, None if best is None else best.gap_sup))
    return tuple(found)
