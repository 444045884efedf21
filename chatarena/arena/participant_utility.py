"""What a participant found the options of one session worth: from her ratings, or from her beliefs where those say it.

Law: ratings of different moments are never mixed with those from before the talk; which were read is said in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from chatarena.arena import events as ev
from chatarena.arena.session import Session

# final: as rated after the talk. prior: before it. latest: the final ones, else those from the talk, else the prior.
Phase: TypeAlias = Literal["final", "prior", "latest"]
_Cell: TypeAlias = tuple[str, str]

_WHEN = {"final": "after the talk", "round": "during the talk", "prior": "before the talk"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Her numbers on [0, 1] by (option, state), the state empty for the option as a whole; how they were read.

    `reason` says why there are none at all, `reasons` why single ones are missing.
    """

    values: Mapping[_Cell, float]
    how: str
    reasons: Mapping[_Cell, str]
    reason: str = ""

    def missing(self, cell: _Cell) -> str:
        """Why there is no number here."""
        return self.reasons.get(cell, "the participant gave no number")


def participant_numbers(session: Session, phase: Phase = "latest") -> Told:
    """The participant's utilities in this session: rated, or believed where states say which option is right."""
    if session.opened is None or not session.head.decision.options:
        return _nothing("it has no options")
    if not session.head.settings.participant:
        return _nothing("nobody took part")
    moments: dict[Phase, tuple[ev.Phase, ...]] = {
        "final": ("final",),
        "prior": ("prior",),
        "latest": ("final", "round", "prior"),
    }
    for moment in moments[phase]:
        told = _rated(session, moment)
        if told is not None:
            return told
    for moment in moments[phase]:
        told = _believed(session, moment)
        if told is not None:
            return told
    return _nothing("the participant rated no option" + ("" if phase == "latest" else f" {_WHEN[phase]}"))


def _nothing(reason: str) -> Told:
    return Told(values={}, how="", reasons={}, reason=reason)


def _counting(moment: ev.Phase) -> tuple[ev.Phase, ...]:
    """What she left open at the end stands as she had rated it during the talk."""
    return ("round", "final") if moment == "final" else (moment,)


def _rated(session: Session, moment: ev.Phase) -> Told | None:
    if not any(rating.value is not None for made in session.ratings if made.phase == moment for rating in made.ratings):
        return None
    values: dict[_Cell, float] = {}
    reasons: dict[_Cell, str] = {}
    for made in session.ratings:
        if made.phase in _counting(moment):
            for rating in made.ratings:
                cell = (rating.option, rating.state)
                if rating.value is not None:
                    values[cell] = rating.value / 100
                elif rating.absence:
                    reasons[cell] = rating.absence
    computed = _expectations(session, values, moment)
    how = f"The participant's are her ratings {_WHEN[moment]}, divided by 100"
    if any(values.get(cell) != value for cell, value in computed.items()):
        how += "; rated by state, they are means under her belief"
    return Told(values=values | computed, how=how, reasons=reasons)


def _expectations(session: Session, values: Mapping[_Cell, float], moment: ev.Phase) -> dict[_Cell, float]:
    """The mean over the states of every option that is rated in all that count, as the forecast takes it."""
    states = session.head.decision.states
    belief = _belief(session, moment)
    means = {}
    for option in session.head.decision.option_ids if states else ():
        rated = [(values.get((option, state.id)), share) for state, share in zip(states, belief, strict=True)]
        if all(value is not None or share == 0 for value, share in rated):
            means[option, ""] = sum((value or 0.0) * share for value, share in rated)
    return means


def _belief(session: Session, moment: ev.Phase) -> Sequence[float]:
    given = [
        made.probabilities
        for made in session.beliefs
        if made.probabilities and (moment != "prior" or made.phase == "prior")
    ]
    return given[-1] if given else [state.probability for state in session.head.decision.states]


def _believed(session: Session, moment: ev.Phase) -> Told | None:
    """Her last belief at that moment, where the states say, one each, that an option is the right one.

    Only in sessions from elsewhere: here she is asked what options are worth, and a belief says something else.
    """
    decision = session.head.decision
    right = {f"{option}_right": option for option in decision.option_ids}
    if session.imported is None or [right.get(state.id) for state in decision.states] != list(decision.option_ids):
        return None
    given = [made.probabilities for made in session.beliefs if made.probabilities and made.phase == moment]
    if not given:
        return None
    return Told(
        values={(option, ""): share for option, share in zip(decision.option_ids, given[-1], strict=True)},
        how=f"The participant's are her beliefs {_WHEN[moment]} that an answer is the right one",
        reasons={},
    )
