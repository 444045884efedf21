"""Does a person's utility lie, approximately, in the convex hull of the agents' utilities? Fits, certificates, gaps.

Nothing here knows of sessions, files or clocks; a numpy Generator comes in where something is drawn. The room imports
numpy: whoever must start fast imports it where it is used.
"""

from __future__ import annotations

from chatarena.hull.bias import GroupBias, SharedBias, shared_bias
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
from chatarena.hull.degenerate import Finding
from chatarena.hull.fit import Carrier, Fit, best_single, constant, evaluate, fit, fit_rows, mean, unconstrained
from chatarena.hull.kinds import KINDS, OFFSETS, Kind, Offset
from chatarena.hull.moments import Moments, best_offsets, fold_moments, mean_squared_error, moments
from chatarena.hull.quadratic import minimise
from chatarena.hull.reduction import Block, Factor, factor, factor_of
from chatarena.hull.residuals import Errors, Extreme
from chatarena.hull.sentences import in_words
from chatarena.hull.sup import Charge, SupFit, sup_fit
from chatarena.hull.table import TARGET, Excluded, UtilityTable, select, table

__all__ = [
    "KINDS",
    "OFFSETS",
    "TARGET",
    "Block",
    "Carrier",
    "Charge",
    "Depth",
    "ErrorBudget",
    "Errors",
    "Excluded",
    "Extreme",
    "Factor",
    "Finding",
    "Fit",
    "GroupBias",
    "Inside",
    "Kind",
    "LeftOut",
    "Moments",
    "Offset",
    "Outside",
    "Robustness",
    "SharedBias",
    "SupFit",
    "UtilityTable",
    "best_offsets",
    "best_single",
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
    "in_words",
    "leave_out",
    "mean",
    "mean_squared_error",
    "minimise",
    "moments",
    "robustness",
    "select",
    "shared_bias",
    "sup_fit",
    "table",
    "unconstrained",
]
