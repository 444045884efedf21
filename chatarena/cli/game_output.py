"""Games on stdout: blocks of sentences and tables, and plain data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chatarena.games.game import Game
    from chatarena.report.hull.text import Block


def print_blocks(blocks: Iterable[Block]) -> None:
    """Sentences and tables."""
    from chatarena.cli.output import emit_table, say, say_wrapped
    from chatarena.report.hull.text import Sentences

    for number, block in enumerate(blocks):
        if number:
            say("")
        say_wrapped(block.heading)
        if isinstance(block, Sentences):
            for line in block.lines:
                say_wrapped(line, mark="! " if block.tone == "alarm" else "")
        else:
            emit_table(block.header, block.rows)
            say_wrapped(block.note)


def plain_game(game: Game) -> dict[str, object]:
    """A game as plain data, utilities on [0, 1]."""
    return {
        "name": game.name,
        "statement": game.statement,
        "scale": list(game.scale),
        "states": list(game.state_names),
        "actions": list(game.action_names),
        "leaders": list(game.leader_names),
        "prior": game.prior.tolist(),
        "user": game.user.tolist(),
        "leader_utilities": game.leaders.tolist(),
        "user_signal": None if game.user_signal is None else game.user_signal.tolist(),
        "leader_signal": None if game.leader_signal is None else game.leader_signal.tolist(),
    }
