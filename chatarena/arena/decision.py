"""What is being decided: a question, the options, and what is uncertain."""

from __future__ import annotations

from dataclasses import dataclass

MIN_OPTIONS, MAX_OPTIONS = 2, 12
MAX_LABEL, MAX_DETAIL, MAX_QUESTION, MAX_CONTEXT = 200, 4_000, 1_000, 20_000
MAX_STATES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One thing the participant may choose."""

    id: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One way the world may be, with its prior probability."""

    id: str
    label: str
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceCard:
    """A piece of evidence that only one agent is given."""

    agent: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A question with 2 to 12 options in a fixed order.

    `states` may be empty; where there are any, their prior probabilities sum to one. `evidence` is private to the
    agents it names and never part of what the participant is shown before the reveal.
    """

    question: str
    options: tuple[Option, ...]
    context: str = ""
    states: tuple[State, ...] = ()
    evidence: tuple[EvidenceCard, ...] = ()

    @property
    def option_ids(self) -> tuple[str, ...]:
        return tuple(option.id for option in self.options)

    def option(self, option_id: str) -> Option:
        """The option with this id.

        Raises:
            ValueError: there is none.
        """
        for option in self.options:
            if option.id == option_id:
                return option
        raise ValueError(f"no option {option_id!r}; there are {', '.join(self.option_ids)}")


def problems(decision: Decision) -> tuple[str, ...]:
    """Everything that makes this decision unusable, in words; empty when it is fine."""
    return (
        *_text_problems(decision),
        *_option_problems(decision.options),
        *_state_problems(decision.states),
    )


def _text_problems(decision: Decision) -> list[str]:
    found = []
    if not decision.question.strip():
        found.append("the question is empty: say what is to be decided")
    if len(decision.question) > MAX_QUESTION:
        found.append(f"the question has {len(decision.question)} characters; {MAX_QUESTION} at most (use the context)")
    if len(decision.context) > MAX_CONTEXT:
        found.append(f"the context has {len(decision.context)} characters; {MAX_CONTEXT} at most")
    return found


def _option_problems(options: tuple[Option, ...]) -> list[str]:
    found = []
    if len(options) < MIN_OPTIONS:
        found.append(f"a decision needs at least {MIN_OPTIONS} options, this one has {len(options)}")
    if len(options) > MAX_OPTIONS:
        found.append(f"a decision may have {MAX_OPTIONS} options at most, this one has {len(options)}")
    seen: set[str] = set()
    for position, option in enumerate(options, start=1):
        label = " ".join(option.label.split()).casefold()
        if label in seen:
            found.append(f"option {position} repeats the label {option.label!r}")
        if f"id {option.id}" in seen:
            found.append(f"option {position} repeats the id {option.id!r}")
        seen |= {label, f"id {option.id}"}
        found += _length_problems(position, option)
    return found


def _length_problems(position: int, option: Option) -> list[str]:
    found = []
    if not option.label.strip():
        found.append(f"option {position} has no label")
    if len(option.label) > MAX_LABEL:
        found.append(
            f"option {position} has a label of {len(option.label)} characters; {MAX_LABEL} at most"
            " (put the rest into its detail)"
        )
    if len(option.detail) > MAX_DETAIL:
        found.append(f"option {position} has a detail of {len(option.detail)} characters; {MAX_DETAIL} at most")
    return found


def _state_problems(states: tuple[State, ...]) -> list[str]:
    if not states:
        return []
    found = []
    if not 2 <= len(states) <= MAX_STATES:
        found.append(f"there must be 2 to {MAX_STATES} states (or none), not {len(states)}")
    if len({state.id for state in states}) < len(states):
        found.append("two states share an id")
    if any(not 0 <= state.probability <= 1 for state in states):
        found.append("every state's probability must lie between 0 and 1")
    total = sum(state.probability for state in states)
    if abs(total - 1) > 1e-6:
        found.append(f"the states' probabilities sum to {total:g}; they must sum to 1")
    return found
