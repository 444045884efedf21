"""Test runs are the same everywhere: hypothesis draws the same examples, no slow machine fails one, signals arrive."""

import gc
import signal

import pytest
from hypothesis import settings

settings.register_profile("chatarena", deadline=None, derandomize=True)
settings.load_profile("chatarena")

# All modules and tests are there to the end. Looking for garbage among them was a fifth of the whole run.
gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """From here on garbage is looked for among what tests make."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    gc.enable()


# A run that was started in the background of a script ignores interrupts, one under nohup hangups as well; programs
# that tests start would inherit that, and tests that interrupt them would wait in vain.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)
