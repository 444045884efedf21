"""Decisions as YAML files: read with a remedy for every fault, and written so that they read back the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.arena.decision import Decision, EvidenceCard, Option, State, problems
from chatarena.arena.protocol import Hearing, ProtocolName
from chatarena.authoring.casts import Seat, written_seats
from chatarena.authoring.hearing import check_hearing, check_output, written_network
from chatarena.authoring.places import prompt_file, read_text, suggest
from chatarena.authoring.seats import seat_names
from chatarena.authoring.text import clean, one_line
from chatarena.errors import AuthoringError

if TYPE_CHECKING:
    from chatarena.arena.settings import ForecastSource
    from chatarena.authoring.decision_form import Appraise, DecisionForm
    from chatarena.authoring.documents import Document, Where

_ENTRY = re.compile(r"option (\d+) ")
_REMEDIES = (
    ("repeats the label", "give each option a label of its own"),
    ("repeats the id", "give each option an id of its own, or leave the ids out"),
    ("share an id", "give each state an id of its own, or leave the ids out"),
    ("sum to", "change the probabilities so that together they make 1"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a session of a decision may take and how its numbers are made; None or empty where nothing is said."""

    model: str = ""
    seed: int | None = None
    precision: float | None = None
    appraise: Appraise | None = None
    source: ForecastSource | None = None
    budget: float | None = None
    token_budget: int | None = None
    time_budget: float | None = None
    claims: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFile:
    """A decision as written, with what its author says of the session; empty or None where nothing is said.

    In `decision.evidence` a card whose agent is empty has no owner yet: it is dealt to a seat. `seats` is a table laid
    by hand, in place of the cast's. `network` is a network's name, or who hears whom by the names of seats; `output` is
    whose claims are the panel's, by such names. `ratings` are what each option is worth to whoever decides before she
    has heard anybody, 0 to 100 in option order.
    """

    decision: Decision
    cast: str = ""
    seats: tuple[Seat, ...] = ()
    protocol: ProtocolName | None = None
    network: str | tuple[Hearing, ...] = ()
    output: tuple[str, ...] = ()
    rounds: int | None = None
    ratings: tuple[float, ...] = ()
    terms: Terms = Terms()
    file: str = ""


def parse_decision(text: str, *, file: str = "text") -> DecisionFile:
    """Read a decision from YAML.

    Options and states without an id get one from their position: `a`, `b`, ... and `s1`, `s2`, ...

    Raises:
        AuthoringError: not YAML, anything the form refuses, a decision that cannot be used (`decision.problems`), a
            network that names nobody at the table, or ratings that are not those of the options.
    """
    from chatarena.authoring.decision_form import DecisionForm
    from chatarena.authoring.documents import read_yaml
    from chatarena.authoring.forms import fill, first_of

    document = read_yaml(text, file=file)
    form = fill(DecisionForm, document)
    decision = _decision(form)
    faults = [_fault(problem, document) for problem in problems(decision)]
    if faults:
        raise first_of(faults)
    return DecisionFile(
        decision=decision,
        cast=form.cast,
        seats=tuple(Seat(agent=seat.agent, favours=seat.favours, model=seat.model) for seat in form.agents),
        protocol=form.protocol,
        network=_network(form, document),
        output=_output(form, document),
        rounds=form.rounds if "rounds" in form.model_fields_set else None,
        ratings=_ratings(form, decision, document),
        terms=Terms(**{field.name: getattr(form, field.name) for field in fields(Terms)}),
        file=file,
    )


def load_decision(path: Path) -> DecisionFile:
    """Read a decision's file.

    Raises:
        AuthoringError: as `parse_decision`, or the file cannot be read.
    """
    return parse_decision(read_text(path), file=str(path))


def load_example(name: str, directories: Sequence[Path] = ()) -> DecisionFile:
    """One of the decisions that ship, or of a person's own directories (see `places.prompt_files`).

    Raises:
        AuthoringError: there is none of that name, or its file is faulty.
    """
    return load_decision(prompt_file("decisions", name, directories))


def decision_to_yaml(file: DecisionFile) -> str:
    """The decision as YAML that `parse_decision` reads back to an equal one.

    Texts are written as they would be read: cleaned, labels on one line, no blanks at the ends. Evidence is written
    by owner, or as one list where no card has an owner.

    Raises:
        ValueError: the decision cannot be used, only some of its evidence has an owner, or what was written would be
            refused when it is read.
    """
    from chatarena.authoring.documents import write_yaml

    decision = file.decision
    found = problems(decision)
    if found:
        raise ValueError("; ".join(found))
    network = file.network if isinstance(file.network, str) else written_network(file.network)
    ratings = zip(decision.option_ids, file.ratings, strict=True) if file.ratings else ()
    whole: dict[str, object] = {
        "question": one_line(decision.question),
        "context": clean(decision.context).strip(),
        "options": _written_options(decision.options),
        "states": _written_states(decision.states),
        "evidence": _written_evidence(decision.evidence),
        "cast": file.cast,
        "agents": written_seats(file.seats),
        "protocol": file.protocol,
        "network": network,
        "output": list(file.output),
        "rounds": file.rounds,
        "ratings": {option: _digits(rating) for option, rating in ratings},
        **asdict(file.terms),
    }
    said = {key: value for key, value in whole.items() if value is False or value not in (None, "", [], {})}
    text = write_yaml({key: _digits(value) if isinstance(value, float) else value for key, value in said.items()})
    try:
        parse_decision(text)
    except AuthoringError as error:
        raise ValueError(error.message) from error
    return text


def _digits(value: float) -> float | int:
    return int(value) if value.is_integer() and abs(value) < 1e15 else value


def decision_schema() -> dict[str, object]:
    """JSON Schema of a decision file."""
    from chatarena.authoring.decision_form import DecisionForm
    from chatarena.authoring.forms import publish

    return publish(
        DecisionForm,
        title="ChatArena decision",
        description="A question with options. Labels and ids must be unique; the probabilities of states sum to 1.",
    )


def option_id(position: int) -> str:
    """The id of the option at this position (from 0) where its author gave none: a, b, c, ..."""
    return chr(ord("a") + position)


def state_id(position: int) -> str:
    """The id of the state at this position (from 0) where its author gave none: s1, s2, ..."""
    return f"s{position + 1}"


def _decision(form: DecisionForm) -> Decision:
    return Decision(
        question=form.question,
        context=form.context,
        options=tuple(
            Option(id=option.id or option_id(position), label=option.label, detail=option.detail)
            for position, option in enumerate(form.options)
        ),
        states=tuple(
            State(id=state.id or state_id(position), label=state.label, probability=state.probability)
            for position, state in enumerate(form.states)
        ),
        evidence=tuple(
            EvidenceCard(agent=agent, text=text) for agent, texts in form.evidence.items() for text in texts
        ),
    )


def _network(form: DecisionForm, document: Document) -> str | tuple[Hearing, ...]:
    """The network of a form; its seats are checked where the file itself says who sits at the table."""
    if form.network is None:
        return ()
    if form.protocol != "network":
        said, remedy = "only the protocol `network` has a network", "add `protocol: network`, or remove `network`"
        raise _wrong(document, ("network",), said, remedy)
    if not form.cast and not form.agents:
        said = "who hears whom is said of nobody: the file names neither a cast nor agents"
        remedy = "add `cast: NAME`, or `agents:` and below it a line `- NAME` for each seat"
        raise _wrong(document, ("network",), said, remedy)
    if isinstance(form.network, str):
        return form.network
    hearing = tuple(Hearing(agent=listener, parents=heard) for listener, heard in form.network.items() if heard)
    names = seat_names([seat.agent for seat in form.agents])
    known = names or tuple({name for item in hearing for name in (item.agent, *item.parents)})
    for item in hearing:
        check_hearing(item, known, file=document.file, line=document.line(("network", item.agent)))
    if not hearing:
        said = "in this network nobody hears anybody"
        raise _wrong(document, ("network",), said, "let somebody hear somebody, or use another protocol")
    return hearing


def _output(form: DecisionForm, document: Document) -> tuple[str, ...]:
    """The seats at the end of a form's network; checked where the file itself says who sits at the table."""
    if form.output and form.network is None:
        said, remedy = "only a network has seats at its end", "add `network:`, or remove `output`"
        raise _wrong(document, ("output",), said, remedy)
    names = seat_names([seat.agent for seat in form.agents])
    if names:
        check_output(form.output, names, file=document.file, line=document.line(("output",)))
    return form.output


def _ratings(form: DecisionForm, decision: Decision, document: Document) -> tuple[float, ...]:
    """The first ratings in option order, each found by its option's id or label; none where none were written."""
    by_label = {option.label: option.id for option in decision.options}
    found: dict[str, float] = {}
    for key, rating in form.ratings.items():
        option = key if key in decision.option_ids else by_label.get(one_line(key), "")
        where: Where = ("ratings", key)
        if not option:
            known = [f"{one.id} ({one.label})" for one in decision.options]
            close = suggest(key, (*decision.option_ids, *by_label)) if len(key) > 1 else ""
            remedy = close if close.startswith("did") else f"the options are {', '.join(known)}"
            raise _wrong(document, where, f"a rating for the unknown option {key!r}", remedy)
        if option in found:
            raise _wrong(document, where, f"the option {option!r} is rated twice", "keep one of the ratings")
        found[option] = rating
    missing = [option.label for option in decision.options if option.id not in found]
    if found and missing:
        said = f"the ratings say nothing of {missing[0]!r}"
        raise _wrong(document, ("ratings",), said, "rate every option, or none: what is missing is never filled in")
    return tuple(found[option] for option in decision.option_ids) if found else ()


def _wrong(document: Document, where: Where, said: str, remedy: str) -> AuthoringError:
    return AuthoringError(said, file=document.file, line=document.line(where), key=str(where[-1]), remedy=remedy)


def _fault(problem: str, document: Document) -> AuthoringError:
    entry = _ENTRY.match(problem)
    where: Where = ("question",)
    if entry:
        where = ("options", int(entry[1]) - 1)
    elif "state" in problem:
        where = ("states",)
    remedy = next((remedy for sign, remedy in _REMEDIES if sign in problem), "change it as said")
    return AuthoringError(problem, file=document.file, line=document.line(where), key=str(where[0]), remedy=remedy)


def _written_options(options: Sequence[Option]) -> list[object]:
    default_ids = all(option.id == option_id(position) for position, option in enumerate(options))
    written: list[object] = []
    for option in options:
        label, detail = one_line(option.label), clean(option.detail).strip()
        entry = {"label": label, "detail": detail, "id": "" if default_ids else option.id}
        written.append({key: value for key, value in entry.items() if value} if any((detail, entry["id"])) else label)
    return written


def _written_states(states: Sequence[State]) -> list[object]:
    default_ids = all(state.id == state_id(position) for position, state in enumerate(states))
    written: list[object] = []
    for state in states:
        entry: dict[str, object] = {"label": one_line(state.label), "probability": state.probability}
        written.append(entry if default_ids else {**entry, "id": state.id})
    return written


def _written_evidence(cards: Sequence[EvidenceCard]) -> object:
    by_owner: dict[str, list[str]] = {}
    for card in cards:
        by_owner.setdefault(card.agent, []).append(clean(card.text).strip())
    if list(by_owner) == [""]:
        return by_owner[""]
    if "" in by_owner:
        raise ValueError("only some of the evidence has an owner; name an agent for every card, or for none")
    return by_owner
