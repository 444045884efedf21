"""Does a person's utility lie, approximately, in the convex hull of the agents' utilities? Fits, certificates, gaps.

Nothing here knows of sessions, files or clocks; a numpy Generator comes in where something is drawn. The room imports
numpy: whoever must start fast imports it where it is used.
"""

from __future__ import annotations

from chatarena.hull.alarms import Alarm, Norm
from chatarena.hull.analysis import Analysis, Missing, analyse, plain
from chatarena.hull.bias import GroupBias, SharedBias, shared_bias
from chatarena.hull.bootstrap import Bootstrap, bootstrap
from chatarena.hull.certificate import Inside, Outside, certificate_of, certify
from chatarena.hull.coverage import (
    Depth,
    ErrorBudget,
    LeftOut,
    Robustness,
    depth,
    error_budget,
    leave_out,
    robustness,
)
from chatarena.hull.curve import Curve, CurveLine, CurvePoint, learning_curve
from chatarena.hull.degenerate import Finding
from chatarena.hull.fit import Carrier, Fit, best_single, constant, evaluate, fit, fit_rows, mean, unconstrained
from chatarena.hull.heldout import METHODS, HeldOut, Method, MethodError, held_out
from chatarena.hull.intervals import Interval
from chatarena.hull.kinds import KINDS, OFFSETS, Kind, Offset
from chatarena.hull.moments import Moments, fold_moments, moments
from chatarena.hull.null import Null, permutation_null, random_agents_null
from chatarena.hull.quadratic import minimise
from chatarena.hull.reduction import Block, Factor, factor, factor_of
from chatarena.hull.residuals import Errors, Extreme
from chatarena.hull.sentences import in_words
from chatarena.hull.splits import Split, Splits, joined, k_fold, leave_one_out, random_halves
from chatarena.hull.sup import Charge, SupFit, sup_fit
from chatarena.hull.table import TARGET, Excluded, UtilityTable, select, table
from chatarena.hull.verdict import NORMS, Verdict

__all__ = [
    "KINDS",
    "METHODS",
    "NORMS",
    "OFFSETS",
    "TARGET",
    "Alarm",
    "Analysis",
    "Block",
    "Bootstrap",
    "Carrier",
    "Charge",
    "Curve",
    "CurveLine",
    "CurvePoint",
    "Depth",
    "ErrorBudget",
    "Errors",
    "Excluded",
    "Extreme",
    "Factor",
    "Finding",
    "Fit",
    "GroupBias",
    "HeldOut",
    "Inside",
    "Interval",
    "Kind",
    "LeftOut",
    "Method",
    "MethodError",
    "Missing",
    "Moments",
    "Norm",
    "Null",
    "Offset",
    "Outside",
    "Robustness",
    "SharedBias",
    "Split",
    "Splits",
    "SupFit",
    "UtilityTable",
    "Verdict",
    "analyse",
    "best_single",
    "bootstrap",
    "certificate_of",
    "certify",
    "constant",
    "depth",
    "error_budget",
    "evaluate",
    "factor",
    "factor_of",
    "fit",
    "fit_rows",
    "fold_moments",
    "held_out",
    "in_words",
    "joined",
    "k_fold",
    "learning_curve",
    "leave_one_out",
    "leave_out",
    "mean",
    "minimise",
    "moments",
    "permutation_null",
    "plain",
    "random_agents_null",
    "random_halves",
    "robustness",
    "select",
    "shared_bias",
    "sup_fit",
    "table",
    "unconstrained",
]
