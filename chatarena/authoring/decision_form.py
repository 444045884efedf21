"""What a decision file may hold."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar, Literal

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
from chatarena.arena.settings import MAX_PRECISION, MIN_PRECISION, ForecastSource
from chatarena.authoring.cast_form import SeatForm
from chatarena.authoring.fields import (
    IDENTIFIER,
    NAME,
    Line,
    Number,
    Prose,
    Truth,
    Whole,
    Word,
    kind,
    number,
    prose,
    refusal,
    whole,
)
from chatarena.authoring.forms import Form
from chatarena.authoring.hearing import NETWORKS

MAX_CARDS = 200
MAX_SEED = 2**63 - 1
MAX_DOLLARS = MAX_SECONDS = 1e9
Appraise = Literal["verbal", "logprob", "both"]

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


# A second seat of an agent is called `NAME-2`, which may be longer than the agent's own name.
MAX_SEAT = 48
_SEAT = {"type": "string", "pattern": NAME, "maxLength": MAX_SEAT}


def _network(value: object) -> object:
    """A network by its name, or for each seat the seats it hears."""
    if isinstance(value, str) and value in NETWORKS:
        return str(value)
    if isinstance(value, dict):
        return {_seat(listener): _heard(listener, heard) for listener, heard in value.items()}
    raise refusal(
        f"must be the name of a network or say for each seat whom it hears, not {kind(value)}",
        f"write one of {', '.join(NETWORKS)}, or below `network:` lines such as `health: [privacy, growth]`",
    )


def _heard(listener: object, heard: object) -> tuple[str, ...]:
    if not isinstance(heard, list):
        raise refusal(
            f"must say whom {listener!r} hears as a list, not {kind(heard)}", f"write `{listener}: [{listener}-2]`"
        )
    seats = tuple(_seat(name) for name in heard)
    if len(set(seats)) < len(seats):
        raise refusal(f"names somebody twice whom {listener!r} hears", "name each once")
    return seats


def _seat(name: object) -> str:
    if isinstance(name, str) and len(name) <= MAX_SEAT and re.match(NAME, name):
        return str(name)
    raise refusal(f"names no seat by {str(name)[:40]!r}", "use small letters, digits and -, as agents are called")


Network = Annotated[
    str | dict[str, tuple[str, ...]],
    BeforeValidator(_network),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": list(NETWORKS)},
                {
                    "type": "object",
                    "propertyNames": _SEAT,
                    "additionalProperties": {"type": "array", "uniqueItems": True, "items": _SEAT},
                },
            ]
        }
    ),
]


def _output(value: object) -> object:
    """The seats at the end of a network: a list of names, or one name."""
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, list) or not value:
        raise refusal(
            f"must name the seats whose claims are the panel's, not {kind(value)}",
            "write `output: [NAME]`, or leave it out: then they are those whom nobody hears",
        )
    seats = tuple(_seat(name) for name in value)
    if len(set(seats)) < len(seats):
        raise refusal("names somebody twice", "name each once")
    return seats


Output = Annotated[
    tuple[str, ...],
    BeforeValidator(_output),
    WithJsonSchema(
        {
            "anyOf": [
                _SEAT,
                {"type": "array", "minItems": 1, "maxItems": MAX_AGENTS, "uniqueItems": True, "items": _SEAT},
            ]
        }
    ),
]


def _by_option(value: object) -> object:
    if not isinstance(value, dict):
        raise refusal(f"must give each option a number, not {kind(value)}", "write lines such as `a: 60`")
    return value


Ratings = Annotated[
    dict[str, Annotated[Number, Field(ge=0, le=100)]],
    BeforeValidator(_by_option),
    WithJsonSchema({"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": 100}}),
]


# Bounds stand before the validator: only so does the schema say them where a value may also be missing.
Seed = Annotated[int, Field(ge=-MAX_SEED, le=MAX_SEED), BeforeValidator(whole)]
Precision = Annotated[float, Field(ge=MIN_PRECISION, le=MAX_PRECISION), BeforeValidator(number)]
Dollars = Annotated[float, Field(gt=0, le=MAX_DOLLARS), BeforeValidator(number)]
Seconds = Annotated[float, Field(gt=0, le=MAX_SECONDS), BeforeValidator(number)]
Tokens = Annotated[int, Field(ge=1, le=MAX_SEED), BeforeValidator(whole)]


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
    parts: ClassVar = {"options": OptionForm, "states": StateForm, "agents": SeatForm}

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
    agents: tuple[SeatForm, ...] = Field(
        default=(),
        max_length=MAX_AGENTS,
        description="a table laid by hand, in place of the cast's: names, or mappings of agent, favours and model",
        examples=[["health", "privacy"]],
    )
    protocol: ProtocolName | None = Field(default=None, description="a protocol that suits it", examples=["rebuttal"])
    network: Network | None = Field(
        default=None,
        description="for the protocol `network`: its name, or for each seat the seats it hears",
        examples=["star"],
    )
    output: Output = Field(
        default=(),
        description="of a network the seats whose claims are the panel's; those whom nobody hears where missing",
        examples=[["health", "privacy-2"]],
    )
    rounds: Whole = Field(default=2, ge=1, le=MAX_ROUNDS, description="how many rounds suit it", examples=[2])
    claims: Truth | None = Field(
        default=None, description="whether agents say in public what each option is worth; true where missing"
    )
    ratings: Ratings = Field(
        default={},
        description="first ratings: what each option is worth to whoever decides, 0 to 100 by id or label; all or none",
        examples=[{"a": 60, "b": 40}],
    )
    model: Line = Field(
        default="", max_length=200, description="speaks for agents without a model of their own", examples=["ollama/x"]
    )
    seed: Seed | None = Field(default=None, description="fixes order, draws and the models' seed", examples=[7])
    precision: Precision | None = Field(
        default=None, description="how sharply a lead turns into a chance", examples=[8]
    )
    appraise: Appraise | None = Field(
        default=None, description="how agents' private numbers are obtained", examples=["verbal"]
    )
    source: ForecastSource | None = Field(
        default=None, description="whose numbers the chances are computed from", examples=["own"]
    )
    budget: Dollars | None = Field(
        default=None, description="stop before this many US dollars are spent", examples=[0.5]
    )
    token_budget: Tokens | None = Field(
        default=None, description="stop before this many tokens are used", examples=[20000]
    )
    time_budget: Seconds | None = Field(
        default=None, description="end the talk once models were at work for this many seconds", examples=[300]
    )
