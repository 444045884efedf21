"""What an agent has heard when it speaks, and the prompt built from it.

Law: a prompt is a function of the agent's own commitment and of what that agent was allowed to hear before its turn;
it does not depend on the order in which concurrent replies happened to arrive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chatarena.arena import events as ev
from chatarena.arena.agent import PromptPart, Purpose
from chatarena.arena.audience import agent_sees, audience
from chatarena.arena.protocol import topological_levels
from chatarena.arena.session import Session

PARTICIPANT_NAME = "The person"
_SPEAKER = re.compile(r"^== (\w+)$\n(.*?)(?=^== |\Z)", re.DOTALL | re.MULTILINE)
_OPEN_PLACE = re.compile(r"⟦(\w+)⟧")


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Something an agent heard: who said it, in which round, the words, and the public claim that went with them."""

    speaker: str
    round: int
    text: str
    claim: ev.ClaimMade | None = None


def heard(session: Session, label: str, round_: int) -> tuple[Heard, ...]:
    """What the agent `label` has heard when it speaks in `round_`, its own words included, in order."""
    items: list[tuple[tuple[int, int, int], Heard]] = []
    for turn in session.turns:
        if agent_sees(label, audience(turn)) and _hears(session, label, turn.agent, turn.round, round_):
            claim = session.claim(turn.agent, turn.round)
            words = turn.text if turn.status == "complete" else f"{turn.text} [cut off]"
            place = (turn.round, 1, _position(session, turn))
            items.append((place, Heard(speaker=turn.agent, round=turn.round, text=words, claim=claim)))
    for index, said in enumerate(session.said):
        if said.round < round_ and agent_sees(label, audience(said)):
            items.append(((said.round, 2, index), Heard(speaker=PARTICIPANT_NAME, round=said.round, text=said.text)))
    for index, asked in enumerate(session.rebuttals):
        if asked.round < round_ and agent_sees(label, audience(asked)):
            item = Heard(speaker=PARTICIPANT_NAME, round=asked.round, text=asked.text)
            items.append(((asked.round, 3, index), item))
    return tuple(item for _, item in sorted(items, key=lambda pair: pair[0]))


def _position(session: Session, turn: ev.TurnTaken) -> int:
    order = next(opened.order for opened in session.rounds_opened if opened.round == turn.round)
    return order.index(turn.agent)


def _hears(session: Session, listener: str, speaker: str, spoken: int, now: int) -> bool:
    """Whether the protocol lets `listener`, speaking in round `now`, hear what `speaker` said in round `spoken`."""
    if speaker == listener:
        return spoken < now
    protocol = session.head.protocol
    if spoken < now:
        match protocol.name:
            case "one_on_one":
                return False
            case "network":
                return speaker in protocol.parents(listener)
            case "rebuttal":
                return spoken == _last_round(session, speaker, now)
            case _:
                return True
    return spoken == now and _speaks_earlier(session, speaker, listener)


def _last_round(session: Session, speaker: str, now: int) -> int:
    return max((turn.round for turn in session.turns if turn.agent == speaker and turn.round < now), default=0)


def _speaks_earlier(session: Session, speaker: str, listener: str) -> bool:
    """Whether `speaker` is heard within the round in which `listener` speaks."""
    protocol = session.head.protocol
    order = session.rounds_opened[-1].order
    if protocol.name == "round_robin":
        return order.index(speaker) < order.index(listener)
    if protocol.name == "network":
        return speaker in protocol.parents(listener) and bool(topological_levels(protocol, order))
    return False


def transcript(session: Session, items: Iterable[Heard]) -> str:
    """What was heard, as text for a prompt; empty where nothing was."""
    return "\n".join(_told(session, item) for item in items)


def _told(session: Session, item: Heard) -> str:
    """One thing that was heard, told by a third party: a small model goes on with anything that looks like a script."""
    words = " ".join(item.text.split())
    line = f'- {item.speaker} said: "{words}"'
    worth = [
        f"{session.head.decision.option(rating.option).label} {rating.value:.0f}"
        for rating in (item.claim.ratings if item.claim is not None else ())
        if rating.value is not None
    ]
    return f"{line} (and rates in public: {', '.join(worth)})" if worth else line


def prompt(
    session: Session, label: str, round_: int, purpose: Purpose, *, option: str = ""
) -> tuple[tuple[PromptPart, ...], int]:
    """The parts of a prompt, shared ones first, and how many of them the whole round has in common.

    The brief, two worked examples and the decision come first, then what was heard, and the persona with its private
    objective last: the calls of one round then differ only in their tails, and a model that keeps a prefix cache reads
    the rest once.

    Args:
        purpose: turn, claim, appraisal or yes_no.
        option: the option's id, for yes_no.
    """
    commitment = session.commitment(label)
    items = heard(session, label, round_)
    own = session.turn(label, round_)
    places = {
        "round": str(round_),
        "rounds": str(session.rounds),
        "own": own.text if own else "",
        "option": session.head.decision.option(option).label if option else "",
        "heard": transcript(session, items),
        "favourite": favourite(session, label, round_),
    }
    places["leaning"] = _fill(commitment.part("leaning"), places) if places["favourite"] else ""
    parts = [
        PromptPart(role="system", text=commitment.part("brief")),
        *dialogue(commitment.part("examples")),
        PromptPart(role="user", text=commitment.part("decision")),
    ]
    fixed = len(parts)
    if items:
        parts.append(PromptPart(role="user", text=_fill(commitment.part("heard"), places)))
    if purpose == "yes_no":
        parts.append(PromptPart(role="user", text=_fill(commitment.part("judging"), places)))
    shared = len(parts) if session.head.protocol.name == "simultaneous" else fixed
    if purpose == "claim" and own is not None:
        # A claim goes on from the turn, word for word, so that it is about that turn and its prompt need not be reread.
        spoken = commitment.part(turn_purpose(items, label))
        parts += [PromptPart(role="user", text=_fill(spoken, places)), PromptPart(role="assistant", text=own.text)]
    parts.append(PromptPart(role="user", text=_fill(commitment.part(purpose), places)))
    return tuple(parts), shared


def dialogue(text: str) -> tuple[PromptPart, ...]:
    """Worked examples, written as `== user` and `== assistant` blocks, as parts of a prompt; other text is dropped.

    Raises:
        ValueError: another role.
    """
    parts = []
    for role, words in _SPEAKER.findall(text):
        if role not in ("user", "assistant"):
            raise ValueError(f"an example is spoken by user or assistant, not {role!r}")
        parts.append(PromptPart(role=role, text=words.strip()))
    return tuple(parts)


def turn_purpose(items: Iterable[Heard], label: str) -> Purpose:
    """Whether an agent opens or answers: it opens while it has heard nobody but itself."""
    return "turn" if any(item.speaker != label for item in items) else "opening"


def favourite(session: Session, label: str, round_: int) -> str:
    """The label of the option that the agent's own appraisal of this round puts first; empty without one, or in a tie.

    Only an appraisal by token probabilities comes before the turn.
    """
    made = next(
        (a for a in session.appraisals if a.agent == label and a.round == round_ and a.method == "logprob"), None
    )
    known = [(rating.value, rating.option) for rating in made.ratings if rating.value is not None] if made else []
    best = max((value for value, _ in known), default=0.0)
    leaders = [option for value, option in known if value == best]
    return session.head.decision.option(leaders[0]).label if len(leaders) == 1 else ""


def _fill(text: str, places: dict[str, str]) -> str:
    """Fill the open places once; a line that is one place and nothing else vanishes where it has nothing to say."""
    lines = text.splitlines()
    alone = {f"⟦{name}⟧" for name, value in places.items() if not value}
    text = "\n".join(line for line in lines if line.strip() not in alone)
    return _OPEN_PLACE.sub(lambda found: places[found.group(1)], text)
