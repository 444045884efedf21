"""What there is to pick from, each with a page about it: examples, recorded debates, models. No aim is given away."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from chatarena.authoring.text import clean, one_line
from chatarena.tui.columns import Column
from chatarena.tui.ports import CastChoice, Example, Health, ModelChoice, Shipped, Studio
from chatarena.tui.screens.picking import Pick

if TYPE_CHECKING:
    from chatarena.arena.decision import Decision
    from chatarena.tui.library import Library

EXAMPLE_COLUMNS = (Column(title="decision", least=30, grows=True), Column(title="options", least=9, most=11, drop=1))
DEBATE_COLUMNS = (
    Column(title="name", least=8, most=18),
    Column(title="debate", least=30, grows=True),
    Column(title="agents", least=8, most=9, drop=2),
    Column(title="rounds", least=7, most=9, drop=1),
)
MODEL_COLUMNS = (Column(title="model", least=24, grows=True), Column(title="health", least=10, most=38))

ANOTHER = "another"


def examples(library: Library) -> list[Pick]:
    """The decisions to begin with; an example's id is its place in the library."""
    casts = {cast.name: cast for cast in library.casts}
    groups = list(dict.fromkeys(example.group for example in library.examples))
    numbered = sorted(enumerate(library.examples), key=lambda one: groups.index(one[1].group))
    return [
        Pick(
            id=str(place),
            cells=(example.title, f"{len(example.decision.options)} options"),
            group=example.group,
            about=_about_example(example, casts.get(example.cast)),
        )
        for place, example in numbered
    ]


def _about_example(example: Example, cast: CastChoice | None) -> Content:
    decision = example.decision
    parts = [Content.styled(one_line(decision.question), "bold"), Content(clean(decision.context).strip()), Content("")]
    parts += _options(decision)
    if decision.states:
        parts.append(Content(f"Uncertain: {', '.join(one_line(state.label) for state in decision.states)}"))
    if cast is not None:
        parts += [
            Content(""),
            Content(f"Argued by {', '.join(map(one_line, cast.labels))} (cast {one_line(cast.name)})."),
        ]
    return Content("\n").join(parts)


def _options(decision: Decision) -> list[Content]:
    return [
        Content.assemble(
            "· ", (one_line(option.label), "bold"), f"  {one_line(option.detail)}" if option.detail else ""
        )
        for option in decision.options
    ]


def debates(shipped: Sequence[Shipped]) -> list[Pick]:
    """The recorded debates that come with the program."""
    return [
        Pick(
            id=one.id,
            cells=(one.id, one.question, _count(len(one.agents), "agent"), _count(one.rounds, "round")),
            group="",
            about=_about_debate(one),
        )
        for one in shipped
    ]


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _about_debate(one: Shipped) -> Content:
    parts = [Content.styled(one_line(one.question), "bold"), Content("")]
    parts += [Content(f"· {one_line(option)}") for option in one.options]
    parts += [Content(""), Content(f"Argued by {', '.join(map(one_line, one.agents))}, {_count(one.rounds, 'round')}.")]
    parts.append(Content(f"Recorded with {', '.join(map(one_line, one.models))}; playing it calls no model."))
    if one.choice:
        parts.append(Content("What was chosen, and what each agent was after, comes at its end."))
    return Content("\n").join(parts)


async def models(studio: Studio, offered: Sequence[ModelChoice]) -> list[Pick]:
    """The models that can be chosen, each with how it is."""
    health = await asyncio.gather(*(studio.health(model.name) for model in offered))
    picks = [
        Pick(
            id=model.name,
            cells=(model.name, health_in_words(found)),
            group="",
            about=_about_model(model, found, studio.notice(model.name)),
        )
        for model, found in zip(offered, health, strict=True)
    ]
    about = "Any model that LiteLLM knows, as provider/name: openai/..., anthropic/..., ollama_chat/..., lm_studio/..."
    return [*picks, Pick(id=ANOTHER, cells=("another one, by its name …",), group="", about=Content(about))]


def health_in_words(health: Health) -> str:
    """A sign and what was found."""
    sign = {True: "✓", False: "✕", None: "?"}[health.ready]
    return f"{sign} {one_line(health.found)}" if health.found else ""


def _about_model(model: ModelChoice, health: Health, notice: str) -> Content:
    parts = [Content.styled(one_line(model.name), "bold")]
    parts.append(Content(health_in_words(health) or "Nothing is known of it."))
    said = (
        health.remedy and f"What to do: {health.remedy}",
        model.note if health.ready else "",
        model.price_note,
        notice,
    )
    parts += [Content(one_line(line)) for line in said if line]
    parts.append(Content.styled("t asks it one tiny question.", "$text-muted"))
    return Content("\n").join(parts)
