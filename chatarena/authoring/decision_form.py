"""What a decision file may hold."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from chatarena.arena.decision import (
    MAX_CONTEXT,
    MAX_DETAIL,
    MAX_LABEL,
    MAX_OPTIONS,
    MAX_QUESTION,
    MAX_STATES,
    MIN_OPTIONS,
)
from chatarena.arena.protocol import MAX_AGENTS, MAX_ROUNDS, ProtocolName
from chatarena.authoring.fields import IDENTIFIER, NAME, Line, Number, Prose, Whole, Word, prose, refusal
from chatarena.authoring.forms import Form

MAX_CARDS = 200

Card = Annotated[str, StringConstraints(min_length=1, max_length=MAX_DETAIL), BeforeValidator(prose)]
Owner = Annotated[str, StringConstraints(pattern=rf"^$|{NAME}", max_length=40)]
_CARD = {"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": MAX_DETAIL, "pattern": r"\S"}
_CARDS = {"type": "array", "minItems": 1, "maxItems": MAX_CARDS, "items": _CARD}


def _by_owner(value: object) -> object:
    if isinstance(value, list):
        return {"": value}
    if not isinstance(value, dict) or "" in value:
        raise refusal(
            "must be a list of texts, or lists of texts by agent name", "write `evidence:` and below it `- ...`"
        )
    return value


Evidence = Annotated[
    dict[Owner, Annotated[tuple[Card, ...], Field(min_length=1, max_length=MAX_CARDS)]],
    Field(max_length=MAX_AGENTS),
    BeforeValidator(_by_owner),
    WithJsonSchema(
        {
            "anyOf": [
                _CARDS,
                {
                    "type": "object",
                    "maxProperties": MAX_AGENTS,
                    "propertyNames": {"pattern": NAME, "maxLength": 40},
                    "additionalProperties": _CARDS,
                },
            ]
        }
    ),
]


class OptionForm(Form):
    shorthand: ClassVar = "label"

    label: Line = Field(min_length=1, max_length=MAX_LABEL, description="what may be chosen", examples=["Stay"])
    detail: Prose = Field(default="", max_length=MAX_DETAIL, description="what the label leaves out")
    id: Word = Field(
        default="", pattern=IDENTIFIER, max_length=40, description="a, b, c, ... where missing", examples=["stay"]
    )


class StateForm(Form):
    label: Line = Field(min_length=1, max_length=MAX_LABEL, description="how the world may be", examples=["It rains"])
    probability: Number = Field(ge=0, le=1, description="prior probability; all together make 1", examples=[0.5])
    id: Word = Field(
        default="", pattern=IDENTIFIER, max_length=40, description="s1, s2, ... where missing", examples=["rain"]
    )


class DecisionForm(Form):
    parts: ClassVar = {"options": OptionForm, "states": StateForm}

    question: Line = Field(
        min_length=1, max_length=MAX_QUESTION, description="what is to be decided", examples=["Should I move?"]
    )
    context: Prose = Field(default="", max_length=MAX_CONTEXT, description="the facts everybody may know")
    options: tuple[OptionForm, ...] = Field(
        min_length=MIN_OPTIONS,
        max_length=MAX_OPTIONS,
        description="labels, or mappings of label, detail and id",
        examples=[["Stay", "Go"]],
    )
    states: tuple[StateForm, ...] = Field(
        default=(), max_length=MAX_STATES, description="ways the world may be: none, or at least two"
    )
    evidence: Evidence = Field(
        default={},
        description="private to agents: lists of texts by agent name, or one list that is dealt round over the seats",
    )
    cast: Word = Field(
        default="", pattern=NAME, max_length=40, description="a cast that suits it", examples=["diverse"]
    )
    protocol: ProtocolName | None = Field(default=None, description="a protocol that suits it", examples=["rebuttal"])
    rounds: Whole = Field(default=2, ge=1, le=MAX_ROUNDS, description="how many rounds suit it", examples=[2])
