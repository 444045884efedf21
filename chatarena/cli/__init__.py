"""The composition root: picks clock, generator, models and database, and runs one command.

stdout is data, stderr is narration. Exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 a provider failure that may
pass, 4 a partial result that the caller refused, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from chatarena.errors import ArenaError

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    from chatarena.cli.ending import endable, interruption, undisturbed
    from chatarena.cli.parser import parse

    words = sys.argv[1:] if argv is None else list(argv)
    args = None
    try:
        with endable():
            args = parse(words)
            return int(args.run(args))
    except ArenaError as error:
        from chatarena.cli.output import narrate

        narrate(f"chatarena: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        from chatarena.cli.output import narrate

        with undisturbed():
            narrate(f"chatarena: {interruption(args)}")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (as in `| head`): not an error, but nothing more may be written.
        sys.stderr.close()
        return 0
