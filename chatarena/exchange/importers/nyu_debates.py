"""Debates of the New York University experiments (2023): a JSON file each, with the judge's belief in every round.

A file holds the session of the live judge, and one more for everybody who judged the debate afterwards. Formats:
`Room.tsx` and `Debate.scala` of julianmichael/debate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, Option, State
from chatarena.choice.scoring import log_score
from chatarena.exchange.account import Account
from chatarena.exchange.foreign import Foreign
from chatarena.exchange.importers._nyu_file import (
    LABELS,
    METADATA,
    Debate,
    Judgment,
    Offline,
    Pass,
    Row,
    read_debate,
    read_row,
)
from chatarena.exchange.importing import ImportedSession, Source

FORMAT: Final = "nyu_debates"
SIDES: Final = ("A", "B")
# The experiments' own way of telling who is no human: by this name.
_MACHINE: Final = "GPT-4"


def read(source: Source) -> Sequence[ImportedSession] | None:
    """The sessions in a debate's file; None where it is none."""
    if source.suffix != ".json" or b'"rounds"' not in source.data:
        return None
    try:
        value = source.json()
    except ValueError:
        return None
    if not isinstance(value, dict) or not {"setup", "rounds"} <= set(value) or not _is_setup(value["setup"]):
        return None
    document = Foreign(value)
    debate = read_debate(document)
    row = read_row(source, debate)
    record = [source.sha256, row.node.value if row else None]
    live = _live(source, debate, row, document, record)
    return (live, *(_offline(source, debate, item, row, record, live.id) for item in debate.offline))


def _is_setup(setup: object) -> bool:
    return isinstance(setup, dict) and {"rules", "sourceMaterial", "question", "answers"} <= set(setup)


# -- the sessions ------------------------------------------------------------------------------------------------------


def _live(source: Source, debate: Debate, row: Row | None, document: Foreign, record: object) -> ImportedSession:
    """The session of the judge who was there; without one, of nobody."""
    judge = debate.roles.get("Judge", "")
    account = _account(source, debate, row, key=source.stem, at=debate.began, participant=bool(judge))
    account.remark(f"The participant is the judge, {judge}." if judge else "Nobody judged while the debate was held.")
    _hold(account, debate, judge)
    ended = _ended(account, debate, row)
    account.add(ev.OutcomeKnown(state=_state(debate.correct)))
    _scored(account, debate, row)
    unmapped = (*document.left_behind(), *(row.node.left_behind() if row else ()))
    return account.end(
        "complete" if ended else "partial",
        record=record,
        unmapped=unmapped,
        tags=_tags(debate, row),
        counts=debate.counts,
    )


def _hold(account: Account, debate: Debate, judge: str) -> None:
    """Everything that was said and believed, in the order of the source."""
    stand_ins: dict[str, int] = {}
    for item in debate.rounds:
        if isinstance(item, Judgment):
            _judge(account, item, first=not account.round)
            if item.judge != judge:
                stand_ins[f"{item.judge} for the judge"] = stand_ins.get(f"{item.judge} for the judge", 0) + 1
        elif isinstance(item, Pass):
            _speak(account, debate, item)
            for speech in item.speeches:
                if speech.speaker != debate.roles.get(LABELS[speech.side]):
                    name = f"{speech.speaker} for {LABELS[speech.side]}"
                    stand_ins[name] = stand_ins.get(name, 0) + 1
    for name, times in stand_ins.items():
        account.remark(f"Somebody stood in: {name}, {times} time{'s' * (times != 1)}.")


def _speak(account: Account, debate: Debate, held: Pass, at: float | None = None) -> None:
    """One pass of speeches; at the time when they were given, or when they were read."""
    spoke = [LABELS[speech.side] for speech in held.speeches]
    silent = [label for label in LABELS if label in debate.roles and label not in spoke]
    account.open_round([*spoke, *silent])
    for speech in held.speeches:
        account.turn(LABELS[speech.side], speech.text, speech.at if at is None else at)


def _judge(account: Account, judgment: Judgment, *, first: bool) -> None:
    phase: ev.Phase = "prior" if first and not judgment.last else "final" if judgment.last else "round"
    account.add(ev.BeliefsGiven(phase=phase, round=account.round, probabilities=judgment.probabilities), judgment.at)
    if judgment.text.strip():
        account.add(ev.ParticipantSpoke(text=judgment.text, round=account.round), judgment.at)
    if judgment.last:
        account.add(ev.DebateStopped(by="participant", reason="the judge has decided"), judgment.at)
    else:
        account.add(ev.FloorPassed(round=account.round), judgment.at)


def _ended(account: Account, debate: Debate, row: Row | None) -> bool:
    """Whether the debate came to its end, with a remark on how where no judge decided."""
    if debate.last is not None:
        return True
    if any(item is True for item in debate.rounds):
        account.remark("The debaters agreed to end the debate.")
        return True
    if row is not None and row.ended != "open":
        account.remark(f"The debate ended in this way: {row.ended}.")
        return True
    begun = "was still going on" if debate.rounds else "had not begun"
    account.remark(f"The debate {begun} when the data were published.")
    return False


def _scored(account: Account, debate: Debate, row: Row | None) -> None:
    """The judge's last belief with its score: as recorded, or by the debate's rule where nothing is recorded."""
    if debate.last is None or debate.rule is None:
        return
    value = row.reward if row is not None else None
    if value is None:
        value = _computed(debate.last.probabilities[debate.correct], debate.continues, debate.rule)
        account.remark(f"The score was computed by the debate's own rule: no {METADATA} beside the file records it.")
    if value is None:
        account.remark("The judge's last belief ruled out what was true: its score is minus infinity.")
        return
    account.add(ev.BeliefScored(rule=debate.rule, rounds=debate.continues, value=value))


def _computed(probability: float, rounds: int, rule: ev.ScoringRule) -> float | None:
    if probability <= 0:
        return None
    return log_score(
        probability,
        rounds,
        log_base=rule.log_base,
        coefficient=rule.coefficient,
        constant=rule.constant,
        penalty=rule.penalty,
    )


def _offline(
    source: Source, debate: Debate, item: Offline, row: Row | None, record: object, live: str
) -> ImportedSession:
    """The session of somebody who judged the debate when it was over.

    Step by step she gave her belief before the first round and after each; otherwise once, having read it all.
    """
    key = f"{source.stem}/offline/{item.judge}"
    account = _account(source, debate, row, key=key, at=item.began, participant=True)
    account.remark(f"The participant is {item.judge}, who judged the debate afterwards ({item.mode}).")
    account.remark(
        "The speeches stand at the times at which the judge was shown them; when they were given is in session"
        f" {live}, with all else that the file holds."
    )
    if item.mode == "stepped":
        _judge_in_steps(account, debate, item.judgments)
    else:
        for held in debate.passes:
            _speak(account, debate, held, account.now)
        for judgment in item.judgments:
            _judge(account, judgment, first=False)
    account.add(ev.OutcomeKnown(state=_state(debate.correct)))
    done = bool(item.judgments) and item.judgments[-1].last
    return account.end(
        "complete" if done else "partial",
        record=record,
        unmapped=item.left,
        tags=(*_tags(debate, row), "offline"),
    )


def _judge_in_steps(account: Account, debate: Debate, judgments: tuple[Judgment, ...]) -> None:
    """The first belief before any round, the others after one round each; who ended early read no further."""
    for index, judgment in enumerate(judgments):
        if 0 < index <= len(debate.passes):
            _speak(account, debate, debate.passes[index - 1], account.now)
        _judge(account, judgment, first=index == 0)


def _account(
    source: Source, debate: Debate, row: Row | None, *, key: str, at: float | None, participant: bool
) -> Account:
    options = zip(SIDES, debate.answers, strict=True)
    decision = Decision(
        question=debate.question,
        options=tuple(Option(id=side.lower(), label=text) for side, text in options),
        states=tuple(
            State(id=_state(index), label=f"Answer {side} is right", probability=0.5)
            for index, side in enumerate(SIDES)
        ),
    )
    in_turn = [held for held in debate.passes if not held.at_once and len(held.speeches) > 1]
    account = Account(
        source,
        format=FORMAT,
        key=key,
        decision=decision,
        at=at,
        protocol="round_robin" if in_turn or not debate.passes else "simultaneous",
        participant=participant,
    )
    account.remark("The states, that one answer or the other is right, are given even chances in advance.")
    if in_turn and (at_once := [str(number) for number, held in enumerate(debate.passes, 1) if held.at_once]):
        account.remark(f"The debaters spoke at the same time in round {', '.join(at_once)}, else one after the other.")
    for remark in debate.remarks:
        account.remark(remark)
    for side, label in enumerate(LABELS):
        spoke = any(speech.side == side for held in debate.passes for speech in held.speeches)
        if label in debate.roles or spoke:
            _seat(account, debate, row, side)
    return account


def _seat(account: Account, debate: Debate, row: Row | None, side: int) -> None:
    name = debate.roles.get(LABELS[side], "")
    machine = _is_machine(debate, row) and bool(name)
    account.seat(
        LABELS[side],
        name=name,
        model=name if machine else "human",
        objective=f"Convince the judge that this answer is right: {debate.answers[side]}",
        favours=SIDES[side].lower(),
        tags=("honest" if side == debate.correct else "dishonest",),
    )


def _state(side: int) -> str:
    return f"{SIDES[side].lower()}_right"


def _is_machine(debate: Debate, row: Row | None) -> bool:
    """Whether the debaters were models."""
    return _MACHINE in debate.roles.values() if row is None else not row.human


def _tags(debate: Debate, row: Row | None) -> tuple[str, ...]:
    two = sum(label in debate.roles for label in LABELS) > 1
    kind = ("ai" if _is_machine(debate, row) else "human", "debate" if two else "consultancy")
    return ("nyu", *kind, *(("in-paper",) if row is not None and row.in_paper else ()))
