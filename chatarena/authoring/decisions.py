"""Decisions as YAML files: read with a remedy for every fault, and written so that they read back the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.arena.decision import Decision, EvidenceCard, Option, State, problems
from chatarena.arena.protocol import ProtocolName
from chatarena.authoring.places import prompt_file, read_text
from chatarena.authoring.text import clean, one_line
from chatarena.errors import AuthoringError

if TYPE_CHECKING:
    from chatarena.authoring.decision_form import DecisionForm
    from chatarena.authoring.documents import Document, Where

_ENTRY = re.compile(r"option (\d+) ")
_REMEDIES = (
    ("repeats the label", "give each option a label of its own"),
    ("repeats the id", "give each option an id of its own, or leave the ids out"),
    ("share an id", "give each state an id of its own, or leave the ids out"),
    ("sum to", "change the probabilities so that together they make 1"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFile:
    """A decision as written, with what its author suggests for the session; empty or None where nothing is said.

    In `decision.evidence` a card whose agent is empty has no owner yet: it is dealt to a seat.
    """

    decision: Decision
    cast: str = ""
    protocol: ProtocolName | None = None
    rounds: int | None = None
    file: str = ""


def parse_decision(text: str, *, file: str = "text") -> DecisionFile:
    """Read a decision from YAML.

    Options and states without an id get one from their position: `a`, `b`, ... and `s1`, `s2`, ...

    Raises:
        AuthoringError: not YAML, anything the form refuses, or a decision that cannot be used (`decision.problems`).
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
    rounds = form.rounds if "rounds" in form.model_fields_set else None
    return DecisionFile(decision=decision, cast=form.cast, protocol=form.protocol, rounds=rounds, file=file)


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


def decision_to_yaml(
    decision: Decision, *, cast: str = "", protocol: ProtocolName | None = None, rounds: int | None = None
) -> str:
    """The decision as YAML that `parse_decision` reads back to an equal decision.

    Texts are written as they would be read: cleaned, labels on one line, no blanks at the ends. Evidence is written
    by owner, or as one list where no card has an owner.

    Raises:
        ValueError: the decision cannot be used, or only some of its evidence has an owner.
    """
    from chatarena.authoring.documents import write_yaml

    found = problems(decision)
    if found:
        raise ValueError("; ".join(found))
    whole: dict[str, object] = {
        "question": one_line(decision.question),
        "context": clean(decision.context).strip(),
        "options": _written_options(decision.options),
        "states": _written_states(decision.states),
        "evidence": _written_evidence(decision.evidence),
        "cast": cast,
        "protocol": protocol,
        "rounds": rounds,
    }
    return write_yaml({key: value for key, value in whole.items() if value})


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
