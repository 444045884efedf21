"""What a game file may hold."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from chatarena.authoring.fields import Line, Number, Prose
from chatarena.authoring.forms import Form

MAX_NAMES, MAX_LEADERS, MAX_SIGNALS = 60, 20, 60
MAX_LABEL, MAX_STATEMENT = 200, 2_000

Row = Annotated[tuple[Number, ...], Field(min_length=1, max_length=MAX_NAMES)]
Table = Annotated[tuple[Row, ...], Field(min_length=1, max_length=MAX_NAMES)]


class GameStateForm(Form):
    shorthand: ClassVar = "label"

    label: Line = Field(min_length=1, max_length=MAX_LABEL, description="how the world may be", examples=["It rains"])
    probability: Number | None = Field(
        default=None, ge=0, le=1, description="prior probability; all together make 1; equal where none is given"
    )


class GameActionForm(Form):
    shorthand: ClassVar = "label"

    label: Line = Field(min_length=1, max_length=MAX_LABEL, description="what may be done", examples=["Take it"])


class LeaderForm(Form):
    name: Line = Field(min_length=1, max_length=MAX_LABEL, description="what it is called", examples=["seller"])
    utilities: Table = Field(
        description="a row for each action, a number for each state", examples=["[[1, 0], [0, 1]]"]
    )
    signal: Table | None = Field(
        default=None, max_length=MAX_SIGNALS, description="of its own: a row for each signal, its chance in each state"
    )


class GameForm(Form):
    parts: ClassVar = {"states": GameStateForm, "actions": GameActionForm, "leaders": LeaderForm}

    name: Line = Field(default="game", min_length=1, max_length=MAX_LABEL, description="what the game is called")
    statement: Prose = Field(default="", max_length=MAX_STATEMENT, description="what is known of it")
    states: tuple[GameStateForm, ...] = Field(
        min_length=1, max_length=MAX_NAMES, description="what is uncertain", examples=["- It rains"]
    )
    actions: tuple[GameActionForm, ...] = Field(
        min_length=1, max_length=MAX_NAMES, description="what the user may do", examples=["- Take it"]
    )
    user: Table = Field(
        description="her utilities: a row for each action, a number for each state", examples=["[[1, 0], [0, 1]]"]
    )
    leaders: tuple[LeaderForm, ...] = Field(min_length=1, max_length=MAX_LEADERS, description="who advises her")
    scale: Annotated[tuple[Number, ...], Field(min_length=2, max_length=2)] = Field(
        default=(0.0, 1.0), description="the utilities that become 0 and 1, for everybody", examples=["[0, 100]"]
    )
    user_signal: Table | None = Field(
        default=None, description="what she sees: a row for each signal, its chance in each state"
    )
    leader_signal: Table | None = Field(
        default=None, description="what all leaders see, likewise; without it they know the state"
    )
