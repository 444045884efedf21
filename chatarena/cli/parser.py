"""The words of the command line: one noun a module, imported only when it is used."""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Callable
from dataclasses import dataclass

from chatarena import __version__


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """A command: the module that has its `configure(parser)` (which sets `run`), and one line of help."""

    name: str
    module: str
    help: str


NOUNS = (
    Noun(name="chat", module="chat", help="open the arena in this terminal (what a bare `chatarena` does)"),
    Noun(name="serve", module="serve", help="open the arena in a browser, each tab an arena of its own"),
    Noun(name="debate", module="debate", help="run a debate without a terminal UI"),
    Noun(name="demo", module="demo", help="see a whole debate in seconds, on a scripted model"),
    Noun(name="resume", module="resume", help="finish a session that was left"),
    Noun(name="replay", module="replay", help="play a saved session once more, on the screen or as lines"),
    Noun(name="sessions", module="sessions", help="list, show and search saved sessions"),
    Noun(name="verify", module="verify", help="find out whether a session or a bundle is what was written"),
    Noun(name="rederive", module="rederive", help="recompute everything a session showed from its facts, and compare"),
    Noun(name="rerun", module="rerun", help="repeat a session with what was said then, or with another model"),
    Noun(name="fork", module="fork", help="let a saved session go another way from one of its entries"),
    Noun(name="export", module="export", help="write sessions as bundles, tables, transcripts or pages"),
    Noun(name="hull", module="hull", help="ask whether what somebody wants lies between what the agents want"),
    Noun(name="game", module="game", help="solve games of leaders who compete to advise a user"),
    Noun(name="network", module="network", help="let agents on a graph learn from parts of the evidence"),
    Noun(name="schema", module="schema", help="print the JSON Schema of bundles"),
    Noun(name="import", module="importing", help="bring in other people's debates, and sessions from elsewhere"),
    Noun(name="agents", module="agents", help="list, show and check agents"),
    Noun(name="models", module="models", help="list, test and fetch models"),
    Noun(name="config", module="config", help="show, validate and describe the configuration"),
    Noun(name="keys", module="keys", help="list every key of the screens by the id of what it does"),
    Noun(name="doctor", module="doctor", help="find out what works on this machine"),
    Noun(name="paths", module="paths", help="print where everything is kept"),
)


def parse(argv: list[str]) -> argparse.Namespace:
    """Parse a command line. Only the named command's module is imported, so that `--help` stays quick."""
    parser = argparse.ArgumentParser(
        prog="chatarena",
        description="Pose a decision; agents with hidden objectives argue; see what their competition does for you.",
        epilog="A bare `chatarena` opens the arena. `chatarena COMMAND --help` says more.",
    )
    parser.add_argument("--version", action="version", version=f"chatarena {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command")
    wanted = next((word for word in argv if not word.startswith("-")), None)
    for noun in NOUNS:
        sub = commands.add_parser(noun.name, help=noun.help, description=noun.help)
        if noun.name == wanted:
            configure(noun)(sub)
    if wanted is not None and wanted not in commands.choices:
        parser.error(_unknown(wanted))
    if not argv:
        argv = ["chat"]
        sub = commands.choices["chat"]
        configure(NOUNS[0])(sub)
    return parser.parse_args(argv)


def _unknown(word: str) -> str:
    """That there is no such command, with the nearest one."""
    from difflib import get_close_matches

    near = get_close_matches(word, [noun.name for noun in NOUNS], n=1)
    more = f"did you mean {near[0]!r}?" if near else "`chatarena --help` lists them"
    return f"there is no command {word!r}; {more}"


def configure(noun: Noun) -> Callable[[argparse.ArgumentParser], None]:
    """The function that adds a command's own words to its parser."""
    module = importlib.import_module(f"chatarena.cli.{noun.module}")
    return module.configure  # type: ignore[no-any-return]
