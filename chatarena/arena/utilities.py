"""What agents and participants of finished sessions found the options worth, side by side: where hull analysis begins.

Laws: a number that is missing stays missing and says why; what could be read in several ways says how it was read; a
session or an agent that is left out is named with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from chatarena.arena.agent_utility import METHODS, NUMBERS, Cell, Given, Numbers, seat_numbers
from chatarena.arena.events import AppraisalMethod
from chatarena.arena.participant_utility import Phase, Told, participant_numbers
from chatarena.arena.session import Session

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from chatarena.hull.table import UtilityTable

Method: TypeAlias = Literal["verbal", "logprob", "best"]
PARTICIPANT = "target"
LONGEST_QUESTION, MOST_NAMED = 60, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A session as it stands, with its id in the log."""

    id: str
    session: Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Which numbers are wanted.

    `numbers` None takes the first of `NUMBERS` that any session has. `method` best is the one that gave most numbers.
    `agents` empty takes everybody who sat in all sessions; agents are named by name, in a single session by label too.
    """

    numbers: Numbers | None = None
    method: Method = "best"
    phase: Phase = "latest"
    agents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One thing that everybody rated: an option, in one state where `state` is given; ids, and a label for people.

    `group` is what must not be torn apart when instances are held out: the session, or the one it was made from.
    """

    session: str
    option: str
    state: str
    label: str
    group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """A number that is missing: in which instance, whose (an agent, or `PARTICIPANT`), and why."""

    row: int
    who: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A session or an agent that is in no row, and why."""

    what: Literal["session", "agent"]
    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Utilities:
    """Instances by agents on [0, 1], and the participant's own; None is missing and stands among the holes.

    `read` says in sentences which numbers these are; `sessions` are the ids of those that are in it.
    """

    agents: tuple[str, ...]
    instances: tuple[Instance, ...]
    numbers: tuple[tuple[float | None, ...], ...]
    target: tuple[float | None, ...]
    holes: tuple[Hole, ...]
    left_out: tuple[LeftOut, ...]
    read: tuple[str, ...]
    sessions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A session whose participant's numbers are known."""

    held: Held
    told: Told


LATEST: Final = Reading()


def utilities(sessions: Sequence[Held], reading: Reading = LATEST) -> Utilities:
    """The table of all sessions in which the participant said what options are worth.

    Raises:
        ValueError: nothing is left, an agent that is asked for sat nowhere, or one session is given twice; says why.
    """
    if len({held.id for held in sessions}) < len(sessions):
        raise ValueError("a session is given twice: each counts once")
    known, left_out = _known(sessions, reading.phase)
    numbers = reading.numbers or _first_numbers(known)
    method = _method(known, reading.method)
    usable, without = _with_numbers(known, numbers, method)
    left_out += without
    if not usable:
        raise ValueError(_nothing(left_out))
    by_label = len(usable) == 1
    agents, others = _agents(usable, reading.agents, by_label, numbers, method)
    usable, absent = _all_seated(usable, agents, by_label)
    left_out += [*others, *absent]
    if not usable:
        raise ValueError(_nothing(left_out))
    return _assembled(usable, agents, by_label, numbers, method, tuple(left_out))


def as_table(given: Utilities) -> UtilityTable:
    """The complete rows as hull analysis takes them: grouped by session where there are several, states by session.

    Raises:
        ValueError: no row is complete.
    """
    from chatarena.hull.table import table

    groups = [instance.group for instance in given.instances]
    states = [f"{instance.session} {instance.state}".strip() for instance in given.instances]
    return table(
        cast("ArrayLike", given.numbers),
        cast("ArrayLike", given.target),
        given.agents,
        instances=[instance.label for instance in given.instances],
        groups=groups if len(set(groups)) > 1 else None,
        states=states if len(set(states)) > 1 else None,
        reasons={(hole.row, hole.who): hole.reason for hole in given.holes},
    )


# -- which sessions, numbers and agents --------------------------------------------------------------------------------


def _known(sessions: Sequence[Held], phase: Phase) -> tuple[list[_Known], list[LeftOut]]:
    known, left_out = [], []
    for held in sessions:
        told = participant_numbers(held.session, phase)
        if told.values:
            known.append(_Known(held=held, told=told))
        else:
            left_out.append(LeftOut(what="session", name=held.id, reason=told.reason))
    return known, left_out


def _first_numbers(known: Sequence[_Known]) -> Numbers:
    for numbers in NUMBERS:
        if any(
            seat_numbers(one.held.session, label, numbers, method).values
            for one in known
            for label, method in _every_seat(one)
        ):
            return numbers
    return "appraisals"


def _every_seat(one: _Known) -> list[tuple[str, AppraisalMethod]]:
    return [(label, method) for label in one.held.session.seated for method in METHODS]


def _method(known: Sequence[_Known], method: Method) -> AppraisalMethod:
    if method != "best":
        return method
    counts = {
        name: sum(
            len(seat_numbers(one.held.session, label, "appraisals", name).values)
            for one in known
            for label in one.held.session.seated
        )
        for name in METHODS
    }
    most = max(counts.values())
    tied = [name for name in METHODS if counts[name] == most]
    # Of equally full ones the one that the sessions themselves put first: it carries a signal on their models.
    asked = [name for one in known for name in one.held.session.head.settings.appraise if name in tied]
    return asked[0] if asked else tied[0]


def _with_numbers(
    known: Sequence[_Known], numbers: Numbers, method: AppraisalMethod
) -> tuple[list[_Known], list[LeftOut]]:
    usable, left_out = [], []
    for one in known:
        if any(seat_numbers(one.held.session, label, numbers, method).values for label in one.held.session.seated):
            usable.append(one)
        else:
            words = f"no {method} appraisals" if numbers == "appraisals" else f"no {numbers}"
            left_out.append(LeftOut(what="session", name=one.held.id, reason=words))
    return usable, left_out


def _agents(
    usable: Sequence[_Known], asked: tuple[str, ...], by_label: bool, numbers: Numbers, method: AppraisalMethod
) -> tuple[tuple[str, ...], list[LeftOut]]:
    """Those whose columns there will be, and those who are left out."""
    seats = [_seats(one, by_label) for one in usable]
    met = list(dict.fromkeys(name for seating in seats for name in seating))
    if asked:
        found = dict.fromkeys(_found(name, usable, met, by_label) for name in asked)
        rest = [LeftOut(what="agent", name=name, reason="not asked for") for name in met if name not in found]
        return tuple(found), rest
    left_out = []
    for name in met:
        present = sum(name in seating for seating in seats)
        silent = not any(
            name in seating and seat_numbers(one.held.session, seating[name], numbers, method).values
            for one, seating in zip(usable, seats, strict=True)
        )
        if silent:
            left_out.append(LeftOut(what="agent", name=name, reason="gave no number"))
        elif present < len(seats):
            left_out.append(LeftOut(what="agent", name=name, reason=f"sat in {present} of {len(seats)} sessions"))
    gone = {one.name for one in left_out}
    kept = tuple(name for name in met if name not in gone)
    if not kept:
        raise ValueError(
            "no agent sat in all sessions: name agents that met, and the sessions without one of them are left out;"
            f" there are {_most_often(seats)}"
        )
    return kept, left_out


def _most_often(seats: Sequence[Mapping[str, str]]) -> str:
    """Names with the number of sessions they sat in, the most frequent first."""
    counts = Counter(name for seating in seats for name in seating)
    shown = [f"{name} ({count})" for name, count in counts.most_common(MOST_NAMED)]
    more = len(counts) - MOST_NAMED
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _seats(one: _Known, by_label: bool) -> dict[str, str]:
    """Label by the name under which an agent stands in the table; only the commitment knows an agent's name."""
    session = one.held.session
    names = {made.agent.label: made.agent.name for made in session.commitments}
    return {label if by_label else names.get(label, label): label for label in session.seated}


def _found(asked: str, usable: Sequence[_Known], met: Sequence[str], by_label: bool) -> str:
    if asked in met:
        return asked
    if by_label:
        named = _seats(usable[0], by_label=False)
        if asked in named:
            return named[asked]
    raise ValueError(f"no agent {asked!r} in these sessions; there are {', '.join(met)}")


def _all_seated(
    usable: Sequence[_Known], agents: tuple[str, ...], by_label: bool
) -> tuple[list[_Known], list[LeftOut]]:
    kept, left_out = [], []
    for one in usable:
        missing = [name for name in agents if name not in _seats(one, by_label)]
        if missing:
            words = f"{', '.join(missing)} did not sit in it"
            left_out.append(LeftOut(what="session", name=one.held.id, reason=words))
        else:
            kept.append(one)
    return kept, left_out


def _nothing(left_out: Sequence[LeftOut]) -> str:
    reasons = dict.fromkeys(f"{one.name}: {one.reason}" for one in left_out if one.what == "session")
    return f"no session has both an agent's and a participant's numbers ({'; '.join(reasons) or 'none was given'})"


def _assembled(
    usable: Sequence[_Known],
    agents: tuple[str, ...],
    by_label: bool,
    numbers: Numbers,
    method: AppraisalMethod,
    left_out: tuple[LeftOut, ...],
) -> Utilities:
    instances: list[Instance] = []
    rows: list[tuple[float | None, ...]] = []
    target: list[float | None] = []
    holes: list[Hole] = []
    families = _families(usable)
    for one in usable:
        seating = _seats(one, by_label)
        seats = [seat_numbers(one.held.session, seating[name], numbers, method) for name in agents]
        for option, state in _cells(one, seats):
            row, cell = len(rows), (option, state)
            instances.append(_instance(one, option, state, families[one.held.id], alone=by_label))
            rows.append(tuple(seat.values.get(cell) for seat in seats))
            target.append(one.told.values.get(cell))
            holes += [
                Hole(row=row, who=name, reason=seat.missing(cell))
                for name, seat in zip(agents, seats, strict=True)
                if cell not in seat.values
            ]
            if cell not in one.told.values:
                holes.append(Hole(row=row, who=PARTICIPANT, reason=one.told.missing(cell)))
    return Utilities(
        agents=agents,
        instances=tuple(instances),
        numbers=tuple(rows),
        target=tuple(target),
        holes=tuple(holes),
        left_out=left_out,
        read=_read(usable, numbers, method),
        sessions=tuple(one.held.id for one in usable),
    )


def _cells(one: _Known, seats: Sequence[Given]) -> list[Cell]:
    """Every option in every state where both sides have numbers by state; else the options as a whole."""
    decision = one.held.session.head.decision
    by_state = any(state for _, state in one.told.values) and any(state for seat in seats for _, state in seat.values)
    states = [state.id for state in decision.states] if by_state else [""]
    return [(option, state) for option in decision.option_ids for state in states]


def _families(usable: Sequence[_Known]) -> dict[str, str]:
    """For each session the first of those that it was made from, as far as they are known: they share numbers."""
    parents = {
        one.held.id: copied.parent
        for one in usable
        if (copied := one.held.session.rerun or one.held.session.forked) is not None
    }
    families = {}
    for one in usable:
        first, seen = one.held.id, set[str]()
        while first in parents and first not in seen:
            seen.add(first)
            first = parents[first]
        families[one.held.id] = first
    return families


def _instance(one: _Known, option: str, state: str, group: str, *, alone: bool) -> Instance:
    decision = one.held.session.head.decision
    label = decision.option(option).label
    if state:
        label += f", if {next(known.label for known in decision.states if known.id == state)}"
    question = " ".join(decision.question.split())
    if len(question) > LONGEST_QUESTION:
        question = f"{question[: LONGEST_QUESTION - 1].rstrip()}…"
    return Instance(
        session=one.held.id,
        option=option,
        state=state,
        label=label if alone else f"{label} ({question})",
        group=group,
    )


def _read(usable: Sequence[_Known], numbers: Numbers, method: AppraisalMethod) -> tuple[str, ...]:
    """What the numbers are, in sentences."""
    words = {
        "appraisals": f"Agents' utilities are their latest private appraisals ({method}), divided by 100.",
        "claims": "Agents' utilities are their latest public claims, divided by 100: what they said, not what they"
        " want.",
        "sides": "Agents' utilities are the sides they were given to argue for: 1 for that option, 0 for the others;"
        " nobody rated anything.",
    }
    counts: dict[str, int] = {}
    for one in usable:
        counts[one.told.how] = counts.get(one.told.how, 0) + 1
    said = [f"{how}{f' ({count} of {len(usable)} sessions)' * (len(counts) > 1)}." for how, count in counts.items()]
    questions = [one.held.session.head.decision.question for one in usable]
    repeated = len(questions) - len(set(questions))
    same = [f"{repeated} of {len(questions)} sessions repeat a decision of another one."] if repeated else []
    return (words[numbers], *said, *_models(usable), *same)


def _models(usable: Sequence[_Known]) -> list[str]:
    """Agents for whom different models spoke in different sessions."""
    spoke: dict[str, set[str]] = {}
    for one in usable:
        for made in one.held.session.commitments:
            spoke.setdefault(made.agent.name, set()).add(made.agent.model)
    mixed = sorted(name for name, models in spoke.items() if len(models) > 1)
    return [f"Several models spoke for {', '.join(mixed)}."] if mixed else []
