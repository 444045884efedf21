"""Games as YAML files: read with a remedy for every fault, and written so that they read back the same."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.authoring.places import read_text
from chatarena.errors import AuthoringError

if TYPE_CHECKING:
    from chatarena.authoring.game_form import GameForm
    from chatarena.games.game import Game

_KEYS = ("user_signal", "leader_signal", "user", "leaders", "prior", "scale", "states", "actions", "agents")
_WHERE = {"prior": "states", "agents": "leaders"}
_REMEDIES = {
    "states": "the probabilities of all states make 1; where none is given they are equal",
    "scale": "two numbers, the utilities that become 0 and 1",
}


def parse_game(text: str, *, file: str = "text") -> Game:
    """Read a game from YAML.

    Raises:
        AuthoringError: not YAML, anything the form refuses, or tables that make no game.
    """
    from chatarena.authoring.documents import read_yaml
    from chatarena.authoring.forms import fill
    from chatarena.authoring.game_form import GameForm

    document = read_yaml(text, file=file)
    form = fill(GameForm, document)
    try:
        return _game(form)
    except ValueError as error:
        said = str(error)
        key = next((key for key in _KEYS if key in said.split()), "user")
        key = _WHERE.get(key, key)
        raise AuthoringError(
            said,
            file=file,
            line=document.line((key,)),
            key=key,
            remedy=_REMEDIES.get(key, "rows are actions (or signals) and columns are states, as they stand here"),
        ) from error


def load_game(path: Path) -> Game:
    """Read a game's file.

    Raises:
        AuthoringError: as `parse_game`, or the file cannot be read.
    """
    return parse_game(read_text(path), file=str(path))


def game_text(game: Game) -> str:
    """A game as YAML that `parse_game` reads back to the same tables, utilities on [0, 1]."""
    from chatarena.authoring.documents import write_yaml

    leaders = [
        {
            "name": name,
            "utilities": table.tolist(),
            **(
                {"signal": game.leader_signal[i].tolist()}
                if game.own_signals and game.leader_signal is not None
                else {}
            ),
        }
        for i, (name, table) in enumerate(zip(game.leader_names, game.leaders, strict=True))
    ]
    common = None if game.own_signals or game.leader_signal is None else game.leader_signal.tolist()
    whole: dict[str, object] = {
        "name": game.name,
        "statement": game.statement,
        "states": [
            {"label": label, "probability": float(chance)}
            for label, chance in zip(game.state_names, game.prior, strict=True)
        ],
        "actions": list(game.action_names),
        "user": game.user.tolist(),
        "leaders": leaders,
        "user_signal": None if game.user_signal is None else game.user_signal.tolist(),
        "leader_signal": common,
    }
    return write_yaml({key: value for key, value in whole.items() if value})


def game_schema() -> dict[str, object]:
    """JSON Schema of a game file."""
    from chatarena.authoring.forms import publish
    from chatarena.authoring.game_form import GameForm

    return publish(
        GameForm,
        title="ChatArena game",
        description="A finite game of a user and the leaders who advise her. Rows are actions, columns are states.",
    )


def _game(form: GameForm) -> Game:
    from chatarena.games.game import game

    chances = [state.probability for state in form.states]
    told = [chance for chance in chances if chance is not None]
    if told and len(told) < len(chances):
        raise ValueError("only some of the states have a probability: give one to every state, or to none")
    signals = [leader.signal for leader in form.leaders]
    own = [signal for signal in signals if signal is not None]
    if own and (len(own) < len(signals) or form.leader_signal is not None):
        raise ValueError(
            "leaders see one signal together (leader_signal), or every one of them has a signal of its own"
        )
    return game(
        told or [1.0 / len(chances)] * len(chances),
        form.user,
        [leader.utilities for leader in form.leaders],
        name=form.name,
        states=[state.label for state in form.states],
        actions=[action.label for action in form.actions],
        agents=[leader.name for leader in form.leaders],
        user_signal=form.user_signal,
        leader_signal=own or form.leader_signal,
        scale=(form.scale[0], form.scale[1]),
        statement=form.statement,
    )
