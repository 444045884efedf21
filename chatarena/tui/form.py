"""What a person typed on the compose screen, and the plan it makes. Law: nothing she typed is lost by reading it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from chatarena.arena.decision import Decision, Option
from chatarena.arena.protocol import Protocol, ProtocolName
from chatarena.arena.settings import DEFAULT_PRECISION, ForecastSource, Settings
from chatarena.authoring.decisions import option_id
from chatarena.authoring.text import clean, one_line
from chatarena.tui.ports import Example, Field, FieldProblem, Plan

Appraising = Literal["auto", "verbal", "logprob", "both"]
APPRAISE: dict[Appraising, tuple[Literal["verbal", "logprob"], ...]] = {
    "auto": (),
    "verbal": ("verbal",),
    "logprob": ("logprob",),
    "both": ("verbal", "logprob"),
}
DEFAULT_ROUNDS = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Every field as it stands, numbers as text. `base` is the decision it began with: its states, evidence and ids."""

    question: str = ""
    context: str = ""
    options: tuple[tuple[str, str], ...] = ()
    cast: str = ""
    protocol: ProtocolName = "simultaneous"
    rounds: str = DEFAULT_ROUNDS
    model: str = ""
    budget: str = ""
    token_budget: str = ""
    precision: str = f"{DEFAULT_PRECISION:g}"
    appraise: Appraising = "auto"
    source: ForecastSource = "auto"
    seed: str = ""
    base: Decision | None = None


def form_of(example: Example | None, *, cast: str, model: str) -> Form:
    """The form to begin with: empty, or filled from an example."""
    if example is None:
        return Form(cast=cast, model=model)
    decision = example.decision
    return Form(
        question=decision.question,
        context=decision.context,
        options=tuple((option.label, option.detail) for option in decision.options),
        cast=example.cast or cast,
        model=model,
        base=decision,
    )


def read(form: Form) -> tuple[Plan, tuple[FieldProblem, ...]]:
    """The plan a form makes, and what in it is not a number; such a field counts as left at its default meanwhile."""
    found: list[FieldProblem] = []
    rounds = _whole(form.rounds, "rounds", found)
    budget = _decimal(form.budget.removeprefix("$"), "budget", found)
    tokens = _whole(form.token_budget, "token_budget", found)
    precision = _decimal(form.precision, "precision", found)
    seed = _whole(form.seed, "seed", found)
    settings = Settings(
        appraise=APPRAISE[form.appraise],
        source=form.source,
        precision=DEFAULT_PRECISION if precision is None else precision,
        budget=budget,
        token_budget=tokens,
    )
    plan = Plan(
        decision=decision_of(form),
        cast=form.cast,
        protocol=Protocol(name=form.protocol, rounds=int(DEFAULT_ROUNDS) if rounds is None else rounds),
        model=form.model,
        settings=settings,
        seed=seed,
    )
    return plan, tuple(found)


def decision_of(form: Form) -> Decision:
    """The decision in a form. Empty rows are no options; an option of the base decision keeps its id."""
    base = form.base
    known = {option.label: option.id for option in base.options} if base else {}
    rows = [(one_line(label), clean(detail).strip()) for label, detail in form.options]
    rows = [(label, detail) for label, detail in rows if label or detail]
    taken = {known[label] for label, _ in rows if label in known}
    fresh = (name for name in map(option_id, range(26)) if name not in taken)
    options = []
    for label, detail in rows:
        # A repeated label may use the known id once; the second one gets a fresh id, so that only the label is wrong.
        identity = known.pop(label, "") or next(fresh, label)
        options.append(Option(id=identity, label=label, detail=detail))
    return Decision(
        question=one_line(form.question),
        context=clean(form.context).strip(),
        options=tuple(options),
        states=base.states if base else (),
        evidence=base.evidence if base else (),
    )


def _whole(text: str, field: Field, found: list[FieldProblem]) -> int | None:
    """The whole number a text says, None where it is empty; a problem is added where it says none."""
    bare = text.strip().replace(",", "").replace("_", "")
    if not bare:
        return None
    try:
        return int(bare)
    except ValueError:
        found.append(FieldProblem(field=field, text=f"{bare[:20]!r} is not a whole number"))
        return None


def _decimal(text: str, field: Field, found: list[FieldProblem]) -> float | None:
    """Likewise for any finite number."""
    bare = text.strip().replace(",", "").replace("_", "")
    if not bare:
        return None
    try:
        value = float(bare)
    except ValueError:
        value = math.nan
    if math.isfinite(value):
        return value
    found.append(FieldProblem(field=field, text=f"{bare[:20]!r} is not a number"))
    return None
