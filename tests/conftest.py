"""Test runs are the same everywhere: hypothesis draws the same examples, no slow machine fails one, signals arrive."""

import signal

from hypothesis import settings

settings.register_profile("chatarena", deadline=None, derandomize=True)
settings.load_profile("chatarena")

# A run that was started in the background of a script ignores interrupts, one under nohup hangups as well; programs
# that tests start would inherit that, and tests that interrupt them would wait in vain.
for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)
