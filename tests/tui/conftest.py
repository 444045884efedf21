"""A home of its own for tests that open the whole program; and no fault that nobody expected goes unnoticed."""

from __future__ import annotations

import pytest
from textual.message_pump import MessagePump

from chatarena.tui.frame import Frame
from tests.cli.conftest import home as home


@pytest.fixture(autouse=True)
def no_fault_is_outlived(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The program outlives its faults; a test does not, unless it is about them."""
    if request.node.get_closest_marker("outlives") is not None:
        return
    meet = Frame._meet

    def meet_and_fail(app: Frame, error: Exception, pump: MessagePump) -> None:
        meet(app, error, pump)
        if app._exception is None:
            app._exception = error
            app._exception_event.set()

    monkeypatch.setattr(Frame, "_meet", meet_and_fail)
