"""What a person typed on the compose screen, and the plan it makes. Law: nothing she typed is lost by reading it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from chatarena.arena.decision import Decision
from chatarena.arena.protocol import MAX_ROUNDS, Hearing, Protocol, ProtocolName
from chatarena.arena.settings import DEFAULT_PRECISION, ForecastSource, Settings
from chatarena.authoring.text import clean, one_line
from chatarena.tui.form_decision import (
    Rows,
    evidence_of,
    option_texts,
    options_of,
    prior_of,
    shortest,
    state_texts,
    states_of,
)
from chatarena.tui.hearing import faults as network_faults
from chatarena.tui.hearing import kept, shaped
from chatarena.tui.ports import Example, Field, FieldProblem, Plan
from chatarena.tui.seats import SeatChoice

if TYPE_CHECKING:
    from chatarena.authoring.decisions import Terms

Claiming = Literal["asked", "none"]
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
    """Every field as it stands, numbers as text. `base` is the decision it began with: its evidence and ids.

    Rows: options are label, detail and first rating; states are label and per cent; evidence is text and owner, None
    while nobody looked at it. `seats` is the table laid by hand, empty where the cast is as written; `hearing` names
    agents by label, None for the network to begin with, and `output` those at its end, empty for whomever nobody hears.
    `unblinded`: objectives were shown while composing.
    """

    question: str = ""
    context: str = ""
    options: Rows = ()
    states: Rows = ()
    evidence: Rows | None = None
    cast: str = ""
    seats: tuple[SeatChoice, ...] = ()
    hearing: tuple[Hearing, ...] | None = None
    output: tuple[str, ...] = ()
    unblinded: bool = False
    protocol: ProtocolName = "simultaneous"
    rounds: str = DEFAULT_ROUNDS
    model: str = ""
    budget: str = ""
    token_budget: str = ""
    time_budget: str = ""
    precision: str = f"{DEFAULT_PRECISION:g}"
    claims: Claiming = "asked"
    appraise: Appraising = "auto"
    source: ForecastSource = "auto"
    seed: str = ""
    base: Decision | None = None


def form_of(example: Example | None, *, cast: str, model: str) -> Form:
    """The form to begin with: empty, or filled from an example."""
    blank = Form(cast=cast, model=model)
    return blank if example is None else loaded(blank, example)


def loaded(form: Form, example: Example) -> Form:
    """The form with an example in place of what stood there; where its file says nothing of them, limits, numbers and
    model stay.
    """
    decision = example.decision
    known = example.cast or example.seats
    return replace(
        form,
        question=decision.question,
        context=decision.context,
        options=option_texts(decision, example.ratings),
        states=state_texts(decision),
        evidence=None,
        cast=example.cast if known else form.cast,
        seats=example.seats if known else form.seats,
        hearing=example.hearing,
        output=example.output,
        protocol=example.protocol or form.protocol,
        rounds=form.rounds if example.rounds is None else str(example.rounds),
        base=decision,
        **_terms(example.terms),
    )


def _terms(terms: Terms | None) -> dict[str, Any]:
    """The fields of the form of which a file says something."""
    if terms is None:
        return {}
    numbers = {name: getattr(terms, name) for name in ("budget", "token_budget", "time_budget", "precision", "seed")}
    said = {name: shortest(value) for name, value in numbers.items() if value is not None}
    claims = None if terms.claims is None else "asked" if terms.claims else "none"
    words = {"claims": claims, "model": terms.model, "appraise": terms.appraise, "source": terms.source}
    return {**said, **{name: word for name, word in words.items() if word}}


def read(form: Form, labels: tuple[str, ...] = ()) -> tuple[Plan, tuple[FieldProblem, ...]]:
    """The plan a form makes, and what in it cannot be read; such a field counts as left at its default meanwhile.

    Args:
        labels: those at the table, in order; without them a network is left to the studio.
    """
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
        time_budget=_decimal(form.time_budget.strip().removesuffix("s"), "time_budget", found),
    )
    plan = Plan(
        decision=decision_of(form, labels, found),
        cast=form.cast,
        protocol=Protocol(
            name=form.protocol,
            rounds=int(DEFAULT_ROUNDS) if rounds is None else rounds,
            hearing=_hearing(form, labels, found),
            output=tuple(label for label in form.output if form.protocol == "network" and label in labels),
            claims=form.claims == "asked",
        ),
        model=form.model,
        settings=settings,
        seed=seed,
        seats=form.seats,
        prior=prior_of(form.options, found),
        unblinded=form.unblinded,
    )
    return plan, tuple(found)


def decision_of(form: Form, labels: tuple[str, ...] = (), found: list[FieldProblem] | None = None) -> Decision:
    """The decision in a form; what is wrong with it is added to `found`. Evidence that was not looked at stays."""
    faults: list[FieldProblem] = [] if found is None else found
    base = form.base
    carried = base.evidence if base else ()
    return Decision(
        question=one_line(form.question),
        context=clean(form.context).strip(),
        options=options_of(form.options, base),
        states=states_of(form.states, base, faults),
        evidence=carried if form.evidence is None else evidence_of(form.evidence, labels, faults),
    )


def _hearing(form: Form, labels: tuple[str, ...], found: list[FieldProblem]) -> tuple[Hearing, ...]:
    """Who hears whom in a network: as laid out, else a chain; nobody where the talk is no network."""
    if form.protocol != "network" or not labels:
        return ()
    hearing = shaped("chain", labels) if form.hearing is None else kept(form.hearing, labels)
    if len(labels) > 1 or form.hearing:
        found += [FieldProblem(field="network", text=text) for text in network_faults(hearing, labels)]
    return hearing


def drawn_protocol(form: Form, labels: tuple[str, ...]) -> Protocol:
    """The protocol to draw: as the form says, as far as it can be read yet."""
    bare = form.rounds.strip()
    rounds = int(bare) if bare.isascii() and bare.isdigit() and len(bare) < 4 else int(DEFAULT_ROUNDS)
    hearing = _hearing(form, labels, [])
    return Protocol(name=form.protocol, rounds=max(1, min(rounds, MAX_ROUNDS)), hearing=hearing)


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
