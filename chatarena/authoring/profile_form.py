"""What a hidden-profile file may hold: a decision whose evidence adds up, so that the answer to it is known."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from chatarena.arena.decision import MAX_CONTEXT, MAX_DETAIL, MAX_LABEL, MAX_OPTIONS, MAX_QUESTION, MIN_OPTIONS
from chatarena.authoring.fields import IDENTIFIER, Line, Number, Prose, Word, refusal
from chatarena.authoring.forms import Form

MAX_CARDS = 40


def _changes(value: object) -> object:
    if not isinstance(value, dict) or not value:
        raise refusal("must say how much each option's worth changes", "write `changes: {option-id: -20}`")
    return value


class ProfileOptionForm(Form):
    id: Word = Field(pattern=IDENTIFIER, max_length=40, description="the option's id", examples=["stay"])
    label: Line = Field(min_length=1, max_length=MAX_LABEL, description="what may be chosen", examples=["Stay"])
    worth: Number = Field(
        description="its worth as everybody can read it in the context; more is better", examples=[10]
    )


class ProfileCardForm(Form):
    text: Prose = Field(min_length=1, max_length=MAX_DETAIL, description="what one agent alone is told")
    changes: Annotated[dict[Word, Number], BeforeValidator(_changes)] = Field(
        description="by option, how much its worth changes for whoever knows this"
    )


class ProfileForm(Form):
    parts: ClassVar = {"options": ProfileOptionForm, "evidence": ProfileCardForm}

    question: Line = Field(min_length=1, max_length=MAX_QUESTION, description="what is to be decided")
    context: Prose = Field(min_length=1, max_length=MAX_CONTEXT, description="what everybody is told")
    measure: Line = Field(min_length=1, max_length=MAX_LABEL, description="what the worth of an option is")
    options: tuple[ProfileOptionForm, ...] = Field(
        min_length=MIN_OPTIONS, max_length=MAX_OPTIONS, description="mappings of id, label and worth"
    )
    evidence: tuple[ProfileCardForm, ...] = Field(
        min_length=1, max_length=MAX_CARDS, description="mappings of text and changes, dealt to agents in order"
    )
