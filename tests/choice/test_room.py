"""The room as its callers meet it: one list of public names, and no numpy until something has to be solved."""

from __future__ import annotations

import subprocess
import sys

import chatarena.choice as choice


def test_every_public_name_exists_once():
    assert len(set(choice.__all__)) == len(choice.__all__)
    assert all(hasattr(choice, name) for name in choice.__all__)


def test_a_forecast_does_not_pay_for_numpy():
    script = (
        "import sys\n"
        "from chatarena.choice import DEFAULT_CALIBRATION, blend, logit_response, panel_utility, quantal_loss_bound\n"
        "logit_response(panel_utility([(0.5, 0.6)]).values, 8.0)\n"
        "blend([0.5], 0.2, [[0.6]], [DEFAULT_CALIBRATION])\n"
        "quantal_loss_bound(2, 8.0, None, None)\n"
        "print(sorted({'numpy', 'scipy', 'cvxpy', 'random'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
