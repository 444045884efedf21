"""`chatarena serve`: the arena in a browser."""

from __future__ import annotations

import argparse
import errno
import socket
from collections.abc import Sequence
from functools import partial

from chatarena.cli.ending import run_endable
from chatarena.cli.gate import LOOPBACK, Gate, is_loopback, token_for
from chatarena.errors import UsageError

PORT, LARGEST_PORT = 8000, 65_535


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    parser.add_argument("--port", type=int, default=PORT, metavar="N", help=f"{PORT} by default; 0 takes a free one")
    parser.add_argument("--host", default=LOOPBACK, metavar="ADDRESS", help="another than this machine's own loopback")
    parser.add_argument("--token", nargs="?", const="", metavar="TEXT", help="ask for it; alone, one is made")
    parser.add_argument("--model", metavar="NAME", help="embedded/..., or any name LiteLLM knows")
    parser.add_argument("--no-log", action="store_true", help="keep nothing of these sessions")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C; returns the exit code."""
    from chatarena.cli.browser import tab_words
    from chatarena.cli.settings_loading import load_settings

    load_settings({"models.default": args.model})  # what is wrong with them is said here, not in a tab
    words = ["--far"] if not is_loopback(args.host) else []
    words += ["--model", args.model] if args.model else []
    words += ["--no-log"] if args.no_log else []
    return open_for(args, tab_words(*words))


def open_for(args: argparse.Namespace, words: Sequence[str]) -> int:
    """Serve tabs that run this command, until Ctrl-C.

    Raises:
        UsageError: the port or the token cannot be used, or the address is taken.
    """
    from chatarena.cli.browser import serve
    from chatarena.cli.output import narrate

    if not 0 <= args.port <= LARGEST_PORT:
        raise UsageError(f"there is no port {args.port}", remedy=f"choose one from 0 (any free one) to {LARGEST_PORT}")
    token = token_for(args.host, args.token)
    opened = partial(announce, args.host, token, given=bool(args.token))
    try:
        return run_endable(_closing(serve(words, Gate(token=token), args.host, args.port, opened)))
    except OSError as error:
        raise _cannot_listen(args.host, args.port, error) from error
    except KeyboardInterrupt:
        narrate("Closed.")
        return 0


async def _closing(serving: object) -> int:
    await serving  # type: ignore[misc]
    return 0


def announce(host: str, token: str, port: int, *, given: bool) -> None:
    """Say where the arena is. A token that was given is known to who gave it and is not repeated."""
    from chatarena.cli.output import narrate

    shown = host if not host or host not in ("0.0.0.0", "::") else socket.gethostname()
    shown = f"[{shown}]" if ":" in shown else shown
    address = f"http://{shown}:{port}/"
    narrate(f"The arena is open at {address}{f'?token={token}' if token and not given else ''}")
    if given:
        narrate("It asks for the token that you gave.")
    elif token:
        narrate("Whoever has this address can use it as you could; it is good until the server is closed.")
    if not is_loopback(host):
        narrate("What is said travels unencrypted. Use it in a network you trust, or behind a proxy with TLS.")
    narrate("Every tab is an arena of its own. Ctrl-C closes all of them; what was said is saved.")


def _cannot_listen(host: str, port: int, error: OSError) -> UsageError:
    if error.errno == errno.EADDRINUSE:
        return UsageError(f"port {port} is taken", remedy="choose another with --port; --port 0 takes a free one")
    if error.errno == errno.EACCES:
        return UsageError(f"port {port} is not yours to use", remedy="choose one above 1023 with --port")
    return UsageError(
        f"{host} cannot be listened on: {error.strerror or error}",
        remedy="--host takes an address of this machine; 0.0.0.0 is all of them",
    )
