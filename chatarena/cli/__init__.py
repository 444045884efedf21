"""The composition root: picks clock, generator, models and database, and runs one command.

stdout is data, stderr is narration. Exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 a provider failure that may
pass, 4 a partial result that the caller refused, 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from chatarena.errors import ArenaError

INTERRUPTED = 130
# Commands that write a session down while it goes on; of the others nothing is kept that they do not name themselves.
KEPT = ("debate", "resume", "rerun", "fork")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    from chatarena.cli.parser import parse

    words = sys.argv[1:] if argv is None else list(argv)
    try:
        args = parse(words)
        return int(args.run(args))
    except ArenaError as error:
        print(f"chatarena: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        kept = words[:1] and words[0] in KEPT and "--no-log" not in words
        print(f"chatarena: interrupted{'; what was said so far is in the log' if kept else ''}", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (as in `| head`): not an error, but nothing more may be written.
        sys.stderr.close()
        return 0
