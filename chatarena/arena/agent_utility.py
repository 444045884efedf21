"""What an agent of one session found the options worth: as it appraised them privately, as it claimed, by its side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from chatarena.arena.events import AppraisalMethod
from chatarena.arena.session import Session

# appraisals: what an option is worth to an agent's own objective. claims: what it said in public. sides: 1 for the
# option that an agent was given to argue for, 0 for the others; only in sessions imported from elsewhere.
Numbers: TypeAlias = Literal["appraisals", "claims", "sides"]
# An option in a state; the state is empty where a number is of the option as a whole.
Cell: TypeAlias = tuple[str, str]

NUMBERS: tuple[Numbers, ...] = ("appraisals", "claims", "sides")
METHODS: tuple[AppraisalMethod, ...] = ("verbal", "logprob")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What one agent of one session gave, on [0, 1], and why it gave no more."""

    values: Mapping[Cell, float]
    reasons: Mapping[Cell, str]
    otherwise: str

    def missing(self, cell: Cell) -> str:
        """Why there is no number here."""
        return self.reasons.get(cell, self.otherwise)


def seat_numbers(session: Session, label: str, numbers: Numbers, method: AppraisalMethod) -> Given:
    """The latest numbers of the agent with this label; `method` says which of its appraisals count."""
    if numbers == "sides":
        return _side(session, label)
    made = session.latest_claims() if numbers == "claims" else session.latest_appraisals(method)
    if numbers == "claims" and not made and session.opened is not None and not session.head.protocol.claims:
        return Given(values={}, reasons={}, otherwise="was asked for no claims")
    if label not in made:
        what = "claim" if numbers == "claims" else f"{method} appraisal"
        return Given(values={}, reasons={}, otherwise=f"made no {what} that could be read")
    ratings = made[label].ratings
    return Given(
        values={(r.option, r.state): r.value / 100 for r in ratings if r.value is not None},
        reasons={(r.option, r.state): r.absence for r in ratings if r.value is None and r.absence},
        otherwise="gave no number for it",
    )


def _side(session: Session, label: str) -> Given:
    agents = {made.agent.label: made.agent for made in session.commitments}
    favours = agents[label].favours if label in agents else ""
    if session.imported is None or not favours:
        return Given(values={}, reasons={}, otherwise="was given no side")
    sides = {(option, ""): float(option == favours) for option in session.head.decision.option_ids}
    return Given(values=sides, reasons={}, otherwise="")
