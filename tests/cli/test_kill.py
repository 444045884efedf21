"""kill -9 in the middle of a debate: nothing that was shown is lost, and the session can be finished."""

from __future__ import annotations

import pytest

from tests.support.killing import kill_and_resume


@pytest.mark.parametrize("after", [1, 6, 9, 17, 30])
def test_a_killed_debate_loses_nothing_shown_and_resumes(tmp_path, after):
    outcome = kill_and_resume(tmp_path, after)
    assert len(outcome.shown) >= after
    assert outcome.lost == ()
    assert outcome.resumed_exit == 0
    assert outcome.resumed_status == "complete"
    assert outcome.resumed_turns == 8
