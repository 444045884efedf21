"""A session read as a game: her options and what is uncertain, her ratings, and what each agent wants.

    actions = options        states = those of the decision, or which option is right, or one session each
    user = the participant's ratings        leaders = the agents' appraisals (claims, or sides)

Law: a number that is missing is refused by name; what was taken for what is said in sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chatarena.arena.participant_utility import participant_numbers
from chatarena.arena.session import Session
from chatarena.arena.utilities import PARTICIPANT, Held, Reading, Utilities, utilities
from chatarena.authoring.text import one_line
from chatarena.games.game import Game, game

MOST_NAMED = 6
# How sentences begin that say what was taken for her numbers.
HERS = "The participant's are "
Column = tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SessionGame:
    """The game, how its numbers were read, and who or what is not in it and why."""

    game: Game
    read: tuple[str, ...]
    left_out: tuple[str, ...]
    sessions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tables:
    """Columns by state: her numbers (Y x A), each leader's (k x Y x A), prior, labels, and sentences.

    `rated` is False where her utilities are not what she rated, and how her ratings were read does not matter.
    """

    user: tuple[Column, ...]
    leaders: tuple[tuple[Column, ...], ...]
    prior: Column
    states: tuple[str, ...]
    read: tuple[str, ...]
    rated: bool = True


def game_of_sessions(sessions: Sequence[Held], reading: Reading) -> SessionGame:
    """The game that one session was, or several on the same options.

    Args:
        sessions: as they stand.
        reading: which numbers are wanted.

    Raises:
        ValueError: a number is missing, or options differ; says what to do.
    """
    found = utilities(sessions, reading)
    used = [one for one in sessions if one.id in found.sessions]
    _refuse_holes(found)
    first = used[0].session
    options = first.head.decision.options
    _refuse_other_options(used)
    made = _of_many(found, len(options)) if len(used) > 1 else _of_one(found, first, reading)
    title = one_line(first.head.decision.question)
    return SessionGame(
        game=game(
            made.prior,
            _transposed(made.user),
            [_transposed(leader) for leader in made.leaders],
            name=title,
            states=made.states,
            actions=[one_line(option.label) for option in options],
            agents=found.agents,
        ),
        read=(*(said for said in found.read if made.rated or not said.startswith(HERS)), *made.read),
        left_out=tuple(f"{one.what} {one_line(one.name)}: {one.reason}" for one in found.left_out),
        sessions=found.sessions,
    )


def _refuse_other_options(used: Sequence[Held]) -> None:
    """Options are the same where their words are: an id may be a place in a list, which other lists have as well."""
    said = [[(each.id, one_line(each.label)) for each in one.session.head.decision.options] for one in used]
    other = next((place for place, options in enumerate(said) if options != said[0]), None)
    if other is None:
        return
    here, there = (", ".join(label for _, label in said[place]) for place in (0, other))
    raise ValueError(
        f"these sessions have different options ({here} in {used[0].id}; {there} in {used[other].id}), and a game has"
        " the same actions in every state"
    )


def _refuse_holes(found: Utilities) -> None:
    """Her numbers by state may stand in for those of whole options, so only agents' holes and rows of hers count."""
    lacking = [hole for hole in found.holes if hole.who != PARTICIPANT or not found.instances[hole.row].state]
    if not lacking:
        return
    told = [
        f"{'the participant' if hole.who == PARTICIPANT else hole.who} has none for"
        f" {one_line(found.instances[hole.row].label)} ({one_line(hole.reason)})"
        for hole in lacking[:MOST_NAMED]
    ]
    more = f", and {len(lacking) - MOST_NAMED} more" if len(lacking) > MOST_NAMED else ""
    are = "is" if len(lacking) == 1 else "are"
    raise ValueError(
        f"a game needs every number, and {len(lacking)} {are} missing: {'; '.join(told)}{more};"
        " leave agents with holes out (--agents), or read other numbers (--numbers, --phase)"
    )


def _of_many(found: Utilities, options: int) -> _Tables:
    """A state a session: what is uncertain is which of them she is in."""
    if any(instance.state for instance in found.instances):
        raise ValueError("sessions with states are read one at a time: give one of them")
    count = len(found.sessions)
    user = tuple(_numbers(found.target[s * options : (s + 1) * options]) for s in range(count))
    leaders = tuple(
        tuple(_numbers([row[i] for row in found.numbers[s * options : (s + 1) * options]]) for s in range(count))
        for i in range(len(found.agents))
    )
    labels = tuple(f"session {one}" for one in found.sessions)
    read = (
        f"Each of {count} sessions on the same options is a state, all equally likely: it is as if she did not know in"
        " which of them she is, and the agents did.",
    )
    return _Tables(user=user, leaders=leaders, prior=(1.0 / count,) * count, states=labels, read=read)


def _of_one(found: Utilities, session: Session, reading: Reading) -> _Tables:
    decision = session.head.decision
    if any(instance.state for instance in found.instances):
        return _by_state(found, session)
    whole = tuple(_numbers([row[i] for row in found.numbers]) for i in range(len(found.agents)))
    told = participant_numbers(session, reading.phase).values
    labels = tuple(one_line(state.label) for state in decision.states)
    everywhere = "Agents rated options as a whole: their numbers are taken for every state."
    if labels and all((option, state.id) in told for option in decision.option_ids for state in decision.states):
        prior, said = _prior(session)
        user = tuple(tuple(told[option, state.id] for option in decision.option_ids) for state in decision.states)
        return _Tables(
            user=user,
            leaders=tuple((leader,) * len(labels) for leader in whole),
            prior=prior,
            states=labels,
            read=(everywhere, said),
        )
    if [state.id for state in decision.states] == [f"{option}_right" for option in decision.option_ids]:
        prior, said = _prior(session)
        count = len(decision.option_ids)
        right = tuple(tuple(float(a == y) for a in range(count)) for y in range(count))
        return _Tables(
            user=right,
            leaders=tuple((leader,) * count for leader in whole),
            prior=prior,
            states=labels,
            read=("The right option is worth 1 to her and any other 0.", everywhere, said),
            rated=False,
        )
    return _Tables(
        user=(_numbers(found.target),),
        leaders=tuple((leader,) for leader in whole),
        prior=(1.0,),
        states=("as things are",),
        read=(
            "Nothing is uncertain in these numbers: there is one state, so nothing can be told or kept back, and she"
            " takes her best option whoever advises her. Rate options by state, or read several sessions together.",
        ),
    )


def _by_state(found: Utilities, session: Session) -> _Tables:
    states = session.head.decision.states
    place = {(one.option, one.state): row for row, one in enumerate(found.instances)}
    options = session.head.decision.option_ids
    missing = [key for key, row in place.items() if found.target[row] is None]
    if missing:
        raise ValueError(f"the participant has no number for {missing[0][0]} in state {missing[0][1]}")
    prior, said = _prior(session)
    user = tuple(_numbers([found.target[place[a, y.id]] for a in options]) for y in states)
    leaders = tuple(
        tuple(_numbers([found.numbers[place[a, y.id]][i] for a in options]) for y in states)
        for i in range(len(found.agents))
    )
    labels = tuple(one_line(state.label) for state in states)
    return _Tables(user=user, leaders=leaders, prior=prior, states=labels, read=(said,))


def _prior(session: Session) -> tuple[Column, str]:
    """What she believed before the talk, else what the decision says."""
    for made in session.beliefs:
        if made.phase == "prior" and made.probabilities:
            return _whole(made.probabilities), "Chances of the states are her beliefs before the talk."
    stated = [state.probability for state in session.head.decision.states]
    return _whole(stated), "Chances of the states are those of the decision."


def _whole(chances: Sequence[float]) -> Column:
    total = sum(chances)
    return tuple(chance / total for chance in chances)


def _numbers(values: Sequence[float | None]) -> Column:
    known = [value for value in values if value is not None]
    assert len(known) == len(values), "holes are refused before"
    return tuple(known)


def _transposed(columns: tuple[Column, ...]) -> list[list[float]]:
    return [list(row) for row in zip(*columns, strict=True)]
