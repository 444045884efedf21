"""Test runs are the same everywhere: hypothesis draws the same examples, no slow machine fails one, signals arrive."""

import gc
import signal
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("chatarena", deadline=None, derandomize=True)
settings.load_profile("chatarena")

# All modules and tests are there to the end. Looking for garbage among them was a fifth of the whole run.
gc.disable()


# Each of these takes one process many seconds. They come first, or one would be at them when all others have ended.
LONG = (
    "cli/test_debate.py",
    "cli/test_hangup.py",
    "tui/test_everywhere.py",
    "tui/test_composing.py",
    "games/test_quantal_equilibrium.py",
    "cli/test_records.py",
    "cli/test_contract.py",
    "cli/test_ending.py",
    "tui/test_compose_screen.py",
    "tui/test_sessions_screen.py",
    "cli/test_earlier.py",
    "language_model/test_embedded.py",
    "tui/test_session_flow.py",
    "tui/test_nasty_text.py",
    "cli/test_game.py",
    "tui/test_replay_screen.py",
    "tui/test_states.py",
    "games/test_evaluation.py",
    "tui/test_session_safety.py",
    "language_model/test_child.py",
    "language_model/test_install.py",
    "cli/test_kill.py",
    "cli/test_models.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files stay as they are, in another order; they are handed out in it."""
    places = {(Path(__file__).parent / file): place for place, file in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path, len(places)))


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
