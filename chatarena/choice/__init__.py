"""Beliefs, expected utility, logit quantal response, panels, blending advice, fitted precision, and the loss bound."""

from __future__ import annotations

from chatarena.choice.beliefs import expected_utility, posterior, validate_belief
from chatarena.choice.blend import (
    DEFAULT_CALIBRATION,
    PRIOR_SD,
    Blend,
    Calibration,
    blend,
    estimate_calibration,
)
from chatarena.choice.bound import LossBound, best_precision, quantal_loss_bound
from chatarena.choice.panel import (
    Gap,
    LeaveOneOut,
    PanelUtility,
    leave_one_out,
    panel_utility,
    say_think_gap,
)
from chatarena.choice.precision import PrecisionEstimate, estimate_precision
from chatarena.choice.response import (
    RATING_SCALE,
    LogitResponse,
    Normalisation,
    expected_utility_of_response,
    logit_response,
    maximisers,
    normalise,
    precision_sweep,
    regret,
)

__all__ = [
    "DEFAULT_CALIBRATION",
    "PRIOR_SD",
    "RATING_SCALE",
    "Blend",
    "Calibration",
    "Gap",
    "LeaveOneOut",
    "LogitResponse",
    "LossBound",
    "Normalisation",
    "PanelUtility",
    "PrecisionEstimate",
    "best_precision",
    "blend",
    "estimate_calibration",
    "estimate_precision",
    "expected_utility",
    "expected_utility_of_response",
    "leave_one_out",
    "logit_response",
    "maximisers",
    "normalise",
    "panel_utility",
    "posterior",
    "precision_sweep",
    "quantal_loss_bound",
    "regret",
    "say_think_gap",
    "validate_belief",
]
