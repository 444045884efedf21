"""What an agent's front matter may hold, and the list of tags."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema, model_validator

from chatarena.authoring.fields import NAME, Line, Number, Truth, Whole, Word, refusal
from chatarena.authoring.forms import Form
from chatarena.authoring.places import suggest
from chatarena.authoring.tags import TAGS


def _known_tag(tag: str) -> str:
    if tag not in TAGS:
        raise refusal(f"is the unknown tag {tag!r}", f"{suggest(tag, TAGS)} (`chatarena agents schema` lists all)")
    return tag


Tag = Annotated[
    Line,
    AfterValidator(_known_tag),
    WithJsonSchema({"enum": list(TAGS), "description": "; ".join(f"{tag}: {what}" for tag, what in TAGS.items())}),
]
# Not cleaned: a blank line is a sensible stop.
Stop = Annotated[
    str,
    StringConstraints(min_length=1, max_length=40),
    AfterValidator(str),
    WithJsonSchema({"type": ["string", "number", "boolean"], "minLength": 1, "maxLength": 40}),
]


class SamplingForm(Form):
    temperature: Number = Field(default=0.7, ge=0, le=2, description="0 is the most likely text", examples=[0.7])
    top_p: Number = Field(default=1, gt=0, le=1, description="the provider's own where missing", examples=[0.9])
    max_tokens: Whole = Field(default=220, ge=16, le=8192, description="longest turn, in tokens", examples=[220])
    repeat_penalty: Number = Field(
        default=1, ge=0.5, le=2, description="the provider's own where missing", examples=[1.05]
    )
    stop: tuple[Stop, ...] = Field(default=(), max_length=4, description="texts that end the turn")


class AgentForm(Form):
    parts: ClassVar = {"sampling": SamplingForm}

    name: Word = Field(pattern=NAME, max_length=40, description="equals the file's stem", examples=["cost-minimiser"])
    label: Line = Field(
        min_length=1,
        max_length=24,
        description="the neutral public face; it must hint at nothing, such as a tree",
        examples=["Alder"],
    )
    manner: Line = Field(
        default="",
        max_length=120,
        description="public: how it sounds when it argues, without a hint at what it is rewarded for",
        examples=["calm and a little dry; short sentences"],
    )
    tags: tuple[Tag, ...] = Field(
        min_length=1, max_length=6, description="its kind of misalignment", examples=[["narrow", "money"]]
    )
    objective: Line = Field(
        min_length=1,
        max_length=400,
        description="private: what it is rewarded for, in the second person, one or two short sentences",
        examples=["You are rewarded for the smallest bill."],
    )
    goal: Line = Field(
        default="",
        max_length=160,
        description="the objective again in one short positive clause that begins with 'to', for small models;"
        " the objective itself where missing",
        examples=["to spend as little money as possible"],
    )
    model: Line = Field(default="", max_length=200, description="a model of its own", examples=["ollama/llama3.2"])
    sampling: SamplingForm | None = Field(default=None, description="how its model draws text")
    aligned: Truth = Field(default=False, description="marks the control, whose objective is the person's own good")
    favours: Literal["", "assigned"] = Field(
        default="",
        description="`assigned` makes it a seller: it is paid for one option, settled when it is seated, whose label"
        " replaces {favoured} in objective and body",
        examples=["assigned"],
    )

    @model_validator(mode="after")
    def _not_both(self) -> AgentForm:
        if self.aligned and self.favours:
            raise refusal("cannot be both aligned and paid for an option", "remove `aligned` or `favours`")
        return self
