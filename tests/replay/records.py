"""Records with times of their own: by hand for tables, and any that may occur for properties."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.protocol import Protocol
from tests.support.sessions import DECISION, LABELS, opening, ratings

NOON = 1_790_000_000.0


def entry(seq: int, event: ev.Event, elapsed: float, at: float | None = None) -> ev.Entry:
    """An entry; its wall clock is that of its run's own clock where nothing else is said."""
    return ev.Entry(session="s", seq=seq, at=NOON + elapsed if at is None else at, elapsed=elapsed, event=event)


def record(*timed: tuple[float, ev.Event]) -> tuple[ev.Entry, ...]:
    """The entries of one run, each with its time."""
    return tuple(entry(seq, event, elapsed) for seq, (elapsed, event) in enumerate(timed))


def opened(protocol: Protocol | None = None, size: int = 2) -> ev.SessionOpened:
    """The event that opens a session."""
    first = opening(size, protocol=protocol)[0]
    assert isinstance(first, ev.SessionOpened)
    return first


def turn(
    agent: str = "Ash", round_: int = 1, text: str = "", *, first: float | None = None, total: float | None = None
):  # type: ignore[no-untyped-def]
    """A turn whose call took `total` seconds, `first` of them to the first token; unknown where None."""
    call = ev.Call(
        fingerprint="f",
        requested_model="m",
        served_model="m",
        finish_reason="stop",
        first_token_seconds=first,
        total_seconds=total,
    )
    return ev.TurnTaken(agent=agent, round=round_, text=text, call=call)


def in_time(events: Sequence[ev.Event], gaps: Sequence[float]) -> tuple[ev.Entry, ...]:
    """A record of these events, each so many seconds after the one before; a resume starts the run's clock again."""
    elapsed, at, found = 0.0, NOON, []
    for seq, (event, gap) in enumerate(zip(events, gaps, strict=True)):
        at += gap
        elapsed = 0.0 if isinstance(event, ev.SessionResumed) else elapsed + gap
        found.append(entry(seq, event, elapsed, at))
    return tuple(found)


_SECONDS = st.one_of(st.just(0.0), st.floats(0, 12), st.sampled_from((1e-9, 3600.0, 86_400.0 * 90)))
_LENGTHS = st.one_of(st.none(), st.floats(0, 40))
_TEXTS = st.one_of(
    st.text(alphabet="ab \n", max_size=120),
    st.just("word " * 60),
    st.just("海辺の町は静かです。" * 12),
    st.just("x" * 90),
)


@st.composite
def _events(draw: st.DrawFn) -> ev.Event:
    agent, round_ = draw(st.sampled_from(LABELS[:3])), draw(st.integers(1, 3))
    call = ev.Call(
        fingerprint="f",
        requested_model="m",
        served_model="m",
        finish_reason="stop",
        first_token_seconds=draw(_LENGTHS),
        total_seconds=draw(_LENGTHS),
    )
    rated = ratings(DECISION, [1, 2, 3])
    return draw(
        st.sampled_from(
            (
                ev.RoundOpened(round=round_, order=LABELS[:3]),
                ev.TurnTaken(agent=agent, round=round_, text=draw(_TEXTS), call=draw(st.sampled_from((call, None)))),
                ev.TurnMissed(agent=agent, round=round_, cause="failed", reason="no", partial=draw(_TEXTS)),
                ev.ClaimMade(agent=agent, round=round_, ratings=rated, calls=(call,)),
                ev.AppraisalMade(agent=agent, round=round_, ratings=rated, method="verbal"),
                ev.ParticipantSpoke(text="why?", round=round_),
                ev.FloorPassed(round=round_),
                ev.SessionLeft(reason="gone"),
                ev.SessionResumed(version="0", retry_missed=draw(st.booleans())),
                ev.SessionImported(format="f", source="s", key="k", sha256="0"),
            )
        )
    )


@st.composite
def records(draw: st.DrawFn) -> tuple[ev.Entry, ...]:
    """Any record: turns at once or one after the other, known lengths and unknown ones, runs months apart."""
    protocol = Protocol(name=draw(st.sampled_from(("simultaneous", "round_robin"))))
    events = (opened(protocol, 3), *draw(st.lists(_events(), max_size=14)))
    gaps = draw(st.lists(_SECONDS, min_size=len(events), max_size=len(events)))
    return in_time(events, gaps)
