"""Which game is meant: one that has a name, a YAML file, or a session of the arena."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.errors import BundleDamaged, UsageError

if TYPE_CHECKING:
    from chatarena.games.game import Game

WHERE_HELP = "a name from `chatarena game list`, a YAML file, or a session (id, `last`, a bundle's file)"
_SUFFIXES, _BUNDLE = (".yaml", ".yml"), ".jsonl"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Given:
    """A game, where it comes from, and how it was read."""

    game: Game
    origin: str
    notes: tuple[str, ...] = ()


def game_of(args: argparse.Namespace) -> Given:
    """The game that the command line means.

    Raises:
        AuthoringError: a file that is no game.
        UsageError: a session without the numbers that a game needs.
        SessionNotFound: nothing of that name.
    """
    from chatarena.games.instances import INSTANCES, instance

    wheres = [args.where] if isinstance(args.where, str) else args.where
    first = wheres[0]
    if len(wheres) == 1 and first in INSTANCES:
        made = instance(first)
        return Given(game=made.game, origin=f"named game; source: {made.source}")
    if len(wheres) == 1 and Path(first).suffix in _SUFFIXES:
        from chatarena.authoring.games import load_game

        return Given(game=load_game(Path(first)), origin=f"file {first}")
    odd = next((where for where in wheres if where in INSTANCES or Path(where).suffix in _SUFFIXES), None)
    if odd is not None and len(wheres) > 1:
        raise UsageError(f"{odd} is a game by itself", remedy="Give one game, or several sessions on the same options.")
    return _of_sessions(args, wheres)


def _of_sessions(args: argparse.Namespace, wheres: list[str]) -> Given:
    from chatarena.arena.session import fold
    from chatarena.arena.utilities import Held, Reading
    from chatarena.cli.home import find_paths
    from chatarena.cli.reference import load
    from chatarena.report.games.session import game_of_sessions

    paths = find_paths()
    held = {}
    for where in wheres:
        try:
            session = load(where, paths)
        except BundleDamaged as error:
            if Path(where).suffix == _BUNDLE:
                raise
            raise UsageError(
                f"{where} is neither a game's file ({' or '.join(_SUFFIXES)}) nor a session's bundle ({_BUNDLE})",
                remedy="`chatarena game show judge --yaml` prints a game's file to begin with.",
            ) from error
        held[session.id] = Held(id=session.id, session=fold(entry.event for entry in session.entries))
    agents = [word.strip() for text in args.agents or () for word in text.split(",")]
    reading = Reading(
        numbers=args.numbers,
        method=args.method or "best",
        phase=args.phase or "latest",
        agents=tuple(word for word in agents if word),
    )
    try:
        made = game_of_sessions(tuple(held.values()), reading)
    except ValueError as error:
        raise UsageError(
            f"this session is no game: {error}",
            remedy="A game needs a person's ratings and agents' numbers for every option."
            " `chatarena game list` has games by name.",
        ) from error
    left = tuple(f"Left out: {words}." for words in made.left_out)
    return Given(game=made.game, origin=f"session {', '.join(made.sessions)}", notes=(*made.read, *left))
