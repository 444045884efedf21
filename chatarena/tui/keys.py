"""Which of the arena's keys do something at this moment. Law: a key that would do nothing is not offered."""

from __future__ import annotations

from chatarena.arena.moves import Ask
from chatarena.arena.session import Session
from chatarena.tui.scene import BUSY, Scene


def may_be_skipped(session: Session, label: str) -> bool:
    """Whether this agent still has its turn in this round to come or to end."""
    if not session.rounds_opened or label not in session.rounds_opened[-1].order:
        return False
    missed = any(miss.agent == label and miss.round == session.round for miss in session.missed)
    return session.turn(label, session.round) is None and not missed


def _others_are_heard(session: Session) -> bool:
    """Whether there is anybody whom an agent could answer."""
    return session.head.protocol.name != "one_on_one" and len(session.seated) > 1


def talk_is_over(session: Session, ask: Ask | None) -> bool:
    """Whether nobody hears any more what the participant says."""
    last = ask is not None and ask.phase == "final"
    return last or session.stopped is not None or session.card is not None


def allowed(action: str, scene: Scene, ask: Ask | None, *, answering: bool) -> bool:
    """Whether an action of the arena's screen can be taken.

    Args:
        ask: the question that is open.
        answering: whether the sliders are open, asked for or of her own accord; until they are closed nothing else
            ends, and Esc closes them instead of cutting anybody off.
    """
    session, busy = scene.session, bool(scene.labels(*BUSY))
    what = ask.what if ask is not None else ""
    talking = session.card is None and session.stopped is None
    begun = talking and session.round > 0
    rules = {
        "next_round": what == "floor" and not answering,
        "interrupt": busy and not answering,
        "cut_chosen": busy and not answering,
        "step_back": answering or not busy,
        "stop_round": busy,
        "skip": busy,
        "cut_off": busy,
        "decide": begun and not answering,
        "rebut": begun and not answering and what in ("", "floor") and _others_are_heard(session),
        "speak": not talk_is_over(session, ask),
        "verdict": session.card is not None,
        "rate": what in ("floor", "ratings") if what else talking,
        "believe": bool(session.head.decision.states) and (what in ("floor", "beliefs") if what else begun),
    }
    return rules.get(action, True)
