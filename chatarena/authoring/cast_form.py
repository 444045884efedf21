"""What a cast file may hold."""

from __future__ import annotations

import re
from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from chatarena.arena.decision import MAX_OPTIONS
from chatarena.arena.protocol import MAX_AGENTS
from chatarena.authoring.documents import Plain
from chatarena.authoring.fields import IDENTIFIER, NAME, Line, Prose, Word, refusal, word
from chatarena.authoring.forms import Form


def _favoured(value: object) -> int | str:
    if isinstance(value, Plain) and value.isascii() and value.isdigit() and 1 <= int(value[:9]) <= MAX_OPTIONS:
        return int(value)
    if isinstance(value, str) and re.match(IDENTIFIER, value) and len(value) <= 40:
        return word(value)
    raise refusal(
        f"must be an option's position (1 to {MAX_OPTIONS}) or id, not {str(value)[:40]!r}",
        "write `favours: 1` for the first option, or leave the key out for a draw",
    )


Favoured = Annotated[
    int | str,
    BeforeValidator(_favoured),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_OPTIONS},
                {"type": "string", "pattern": IDENTIFIER, "maxLength": 40},
            ]
        }
    ),
]


class SeatForm(Form):
    shorthand: ClassVar = "agent"

    agent: Word = Field(pattern=NAME, max_length=40, description="an agent's name", examples=["seller"])
    favours: Favoured | None = Field(
        default=None,
        description="for a seller: the position of the option it is paid for (counting round where there are fewer"
        " options) or the option's id; drawn where this is missing",
        examples=[1],
    )
    model: Line = Field(default="", max_length=200, description="a model for this seat", examples=["ollama/llama3.2"])


class CastForm(Form):
    parts: ClassVar = {"agents": SeatForm}

    name: Word = Field(pattern=NAME, max_length=40, description="equals the file's stem", examples=["diverse"])
    description: Prose = Field(
        min_length=1,
        max_length=1_000,
        description="what this cast is for",
        examples=["Four who want different things."],
    )
    agents: tuple[SeatForm, ...] = Field(
        min_length=1,
        max_length=MAX_AGENTS,
        description="names, or mappings of agent and favours",
        examples=[["seller"]],
    )
