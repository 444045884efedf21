"""The state of a session in short, calm words. Colour never says anything that these words do not."""

from __future__ import annotations

from chatarena.arena.forecast import Forecast
from chatarena.arena.moves import Ask, speaking_order
from chatarena.arena.session import Session
from chatarena.arena.settings import Settings
from chatarena.authoring.text import one_line
from chatarena.tui.blocks import YOU
from chatarena.tui.keys import talk_is_over
from chatarena.tui.scene import BUSY, Doing, LaneState, Meter, Scene

SIGNS: dict[Doing, str] = {
    "idle": "·",
    "queued": "∶",
    "waiting": "…",
    "speaking": "»",
    "rating": "≈",
    "weighing": "≈",
    "done": "✓",
    "interrupted": "‖",
    "missed": "✕",
}
_STATES: dict[Doing, str] = {
    "idle": "to come",
    "queued": "in the queue",
    "waiting": "thinking",
    "speaking": "speaking",
    "rating": "rating the options",
    "weighing": "weighing its aim",
    "done": "spoke",
    "interrupted": "cut off",
    "missed": "not heard",
}
_SOURCES = {
    "own": "your own ratings",
    "panel": "the agents' claims",
    "blend": "your first ratings and the agents' claims",
}
# A sign of life that moves once a second: enough to see that nothing hangs, too slow to pull the eye from the text.
_BREATH = ("∙  ", "∙∙ ", "∙∙∙", " ∙∙", "  ∙", "   ")


def lane_state(lane: LaneState, now: float) -> str:
    """What an agent is doing, for how long where it is busy without a word, and why where it was not heard."""
    words = f"{SIGNS[lane.doing]} {_STATES[lane.doing]}"
    if lane.doing in BUSY:
        return f"{words} {_duration(now - lane.since)}"
    return words


def breath(now: float, *, still: bool) -> str:
    """The sign of life at this moment; `still` where animations are switched off."""
    return "∙∙∙" if still else _BREATH[int(now) % len(_BREATH)]


def _duration(seconds: float) -> str:
    """Whole seconds, or minutes and seconds; short enough for a lane of half of 80 columns."""
    whole = max(0, int(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60}:{whole % 60:02d} min"


def usage(meter: Meter, settings: Settings | None = None) -> str:
    """Tokens and money; what is not known is a question mark, never a zero."""
    tokens = "? tokens" if meter.tokens_unknown and not meter.tokens else f"{meter.tokens:,} tokens"
    if meter.tokens_unknown and meter.tokens:
        tokens = f"{meter.tokens:,}+? tokens"
    money = "$?" if meter.dollars_unknown else _dollars(meter.dollars)
    if settings is not None and settings.budget is not None:
        money = f"{money} of {_dollars(settings.budget)}"
    return f"{tokens} · {money}"


def brief_usage(meter: Meter) -> str:
    """The same in fewer cells, for a lane under a line that names the unit."""
    tokens, _, money = usage(meter).partition(" tokens · ")
    thousands = f"{meter.tokens / 1000:.1f}k"
    return f"{tokens.replace(f'{meter.tokens:,}', thousands) if meter.tokens >= 1000 else tokens} · {money}"


def _dollars(amount: float) -> str:
    """US dollars with as many digits as the amount needs."""
    if amount == 0:
        return "$0"
    return f"${amount:.2f}" if amount >= 1 else f"${amount:.4f}".rstrip("0")


def progress(scene: Scene) -> str:
    """Where in the talk we are."""
    session = scene.session
    if session.opened is None:
        return ""
    if not session.round:
        return f"before round 1 of {session.rounds}"
    return f"round {session.round} of {session.rounds}"


def status(scene: Scene, ask: Ask | None, now: float) -> str:
    """What is going on now, in one line."""
    session = scene.session
    if session.closed is not None:
        return "The session is over."
    if ask is not None:
        return _asked(scene, ask)
    if session.stopped is not None and not scene.labels(*BUSY):
        why = f": {one_line(session.stopped.reason)}" if session.stopped.reason else ""
        return f"The talk was ended by {'you' if session.stopped.by == 'participant' else 'the budget'}{why}."
    return _talking(scene, now)


def _talking(scene: Scene, now: float) -> str:
    speaking, waiting = scene.labels("speaking"), scene.labels("waiting")
    queued, rating = scene.labels("queued"), scene.labels("rating", "weighing")
    parts = []
    if speaking:
        parts.append(f"{_names(speaking)} {_verb(speaking)} speaking")
    if waiting:
        longest = max(now - scene.lane(label).since for label in waiting)
        parts.append(f"{_names(waiting)} {_verb(waiting)} thinking ({_duration(longest)})")
    if queued:
        parts.append(f"{_names(queued)} {_verb(queued)} in the queue")
    if rating:
        parts.append(f"{_names(rating)} {_verb(rating)} rating the options")
    return "; ".join(parts) or "Getting ready…"


def _verb(labels: tuple[str, ...]) -> str:
    return "is" if len(labels) == 1 else "are"


def _names(labels: tuple[str, ...]) -> str:
    if len(labels) > 3:
        return f"{len(labels)} agents"
    return labels[0] if len(labels) == 1 else f"{', '.join(labels[:-1])} and {labels[-1]}"


def _asked(scene: Scene, ask: Ask) -> str:
    match ask.what:
        case "ratings":
            return f"Your turn: rate the options {'before the talk' if ask.phase == 'prior' else 'once more'}."
        case "beliefs":
            return "Your turn: how likely is each?"
        case "floor":
            return f"Your turn: round {ask.round} is over."
        case "selection":
            return "Your turn: whose advice would you take?"
        case "choice":
            return "Your turn: the choice."


def floor_hint(scene: Scene, ask: Ask | None) -> str:
    """What the input line is good for at this moment; once nobody hears it, what can be done instead."""
    session = scene.session
    if talk_is_over(session, ask):
        return _after_the_talk(session, ask)
    to = listener(session)
    say = f"say something to {to}, who speaks next" if to else "say something to all, or to one with @Name"
    if ask is not None and ask.what == "floor":
        if session.round >= session.rounds:
            return "Enter: on to the recommendation · or say something and ctrl+n: one more round"
        return f"Enter: next round · or {say}"
    if ask is not None and ask.phase == "prior":
        key = "/" if ask.what == "ratings" and session.head.decision.states else "Tab"
        return f"{key}: {say}, before the talk begins"
    if ask is not None:
        return ""
    return f"{say[0].upper()}{say[1:]}; it is heard in the next round"


def _after_the_talk(session: Session, ask: Ask | None) -> str:
    if session.closed is not None and session.card is not None:
        return "The talk is over. v: the recommendation, who was after what, and what next"
    if session.card is not None:
        return "The talk is over. v: the recommendation, and your choice"
    if session.stopped is not None and session.stopped.by == "budget":
        return f"The budget ended the talk: {one_line(session.stopped.reason)}"
    if ask is not None:
        return "The talk is over. This is asked once more; then comes the recommendation"
    return "The talk is over. The recommendation is on its way"


def ratings_heading(ask: Ask | None) -> str:
    """What is asked above the ratings, and the keys that end it."""
    if ask is None:
        return "Ratings, 0–100: ←/→ or digits · Enter: keep · Esc: back"
    if ask.phase == "prior":
        return "What is each worth to you now, 0 to 100? Enter: done · Esc: not now"
    return "What is each worth to you now? Enter: done · Esc: leave them out"


def beliefs_heading(ask: Ask | None, total: float = 100.0) -> str:
    """What is asked above the beliefs, what the numbers are parts of, and the keys that end it."""
    parts = "" if round(total) == 100 else f" In parts of {total:.0f}."
    if ask is None:
        return f"How likely is each now?{parts} Enter: keep · Esc: back"
    return f"How likely is each?{parts} Enter: done · Esc: leave it open"


def listener(session: Session) -> str:
    """Whom the participant's words are for where she names nobody: one-on-one, whoever speaks next; else all."""
    if session.head.protocol.name != "one_on_one":
        return ""
    return speaking_order(session, min(session.round + 1, session.rounds))[0]


def forecast_heading(
    forecast: Forecast | None,
    precision: float,
    cells: int,
    *,
    keys: bool = True,
    what_if: str = "",
    person: str = YOU,
) -> str:
    """What the bars show, as fully as fits.

    Args:
        precision: the session's.
        keys: whether to name the keys that change it.
        what_if: another precision, with which the bars are drawn although it is not the session's.
        person: what the participant is called.
    """
    named = " (-/+)" if keys else ""
    sharp = f" · precision {precision:g}{named}"
    if what_if:
        sharp = f" · what if precision were {what_if} (it is {precision:g})"
    whose = "" if forecast is None or forecast.absence else f", from {source_words(forecast.source, person)}"
    what = "Chance of each choice"
    variants = (f"{what}{whose}{sharp}", f"{what}{sharp}", sharp.removeprefix(" · ") if what_if else what)
    return next((line for line in variants if len(line) <= cells), variants[-1])


def source_words(source: str, person: str) -> str:
    """What chances were made from, in the words of whoever looks at them."""
    words = _SOURCES[source]
    return words if person == YOU else words.replace("your", "the participant's")


# Steps of about the square root of two: each changes the odds between two options visibly, none changes everything.
_PRECISIONS = (0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 16.0, 23.0, 32.0, 45.0, 64.0, 100.0)


def next_precision(precision: float, step: int) -> float:
    """The next sharper (`step` 1) or softer (-1) precision; the same at the end of the scale."""
    others = [value for value in _PRECISIONS if (value - precision) * step > 0]
    return (min(others) if step > 0 else max(others)) if others else precision
