"""What a screen shows of a session, folded from the stream of entries and drafts.

Law: `look` is a function of its arguments alone, so a live session and a replayed one look the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

from chatarena.arena import events as ev
from chatarena.arena.forecast import Forecast
from chatarena.arena.session import Session, evolve
from chatarena.moderator.world import Draft

Doing = Literal["idle", "queued", "waiting", "speaking", "rating", "weighing", "done", "interrupted", "missed"]
BUSY: tuple[Doing, ...] = ("queued", "waiting", "speaking", "rating", "weighing")
# What a draft says an agent is at, as it shows: it puts numbers to what it says, or weighs what it wants.
_DRAFTED: dict[str, Doing] = {
    "waiting": "waiting",
    "queued": "queued",
    "speaking": "speaking",
    "claiming": "rating",
    "appraising": "weighing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Tokens and US dollars of some calls; the flags say that at least one call did not tell."""

    tokens: int = 0
    dollars: float = 0.0
    tokens_unknown: bool = False
    dollars_unknown: bool = False

    def plus(self, calls: Iterable[ev.Call]) -> Meter:
        """This and some more calls."""
        tokens, dollars, no_tokens, no_dollars = self.tokens, self.dollars, self.tokens_unknown, self.dollars_unknown
        for call in calls:
            no_tokens = no_tokens or call.prompt_tokens is None or call.completion_tokens is None
            no_dollars = no_dollars or call.cost is None
            tokens += (call.prompt_tokens or 0) + (call.completion_tokens or 0)
            dollars += call.cost or 0.0
        return Meter(tokens=tokens, dollars=dollars, tokens_unknown=no_tokens, dollars_unknown=no_dollars)


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """One agent: what it is doing, since when (seconds of the screen's clock), why it missed, and what it has used."""

    label: str
    doing: Doing = "idle"
    since: float = 0.0
    reason: str = ""
    meter: Meter = Meter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """The session, its lanes in seat order, and the chances as they stood when the current round opened."""

    session: Session = field(default_factory=Session)
    lanes: tuple[LaneState, ...] = ()
    marked: Forecast | None = None

    def lane(self, label: str) -> LaneState:
        """The lane of this agent.

        Raises:
            ValueError: there is none.
        """
        for lane in self.lanes:
            if lane.label == label:
                return lane
        raise ValueError(f"no lane {label!r}; there are {', '.join(lane.label for lane in self.lanes)}")

    @property
    def meter(self) -> Meter:
        """What all agents together have used."""
        meters = [lane.meter for lane in self.lanes]
        return Meter(
            tokens=sum(meter.tokens for meter in meters),
            dollars=sum(meter.dollars for meter in meters),
            tokens_unknown=any(meter.tokens_unknown for meter in meters),
            dollars_unknown=any(meter.dollars_unknown for meter in meters),
        )

    def labels(self, *doing: Doing) -> tuple[str, ...]:
        """The agents that are doing one of these."""
        return tuple(lane.label for lane in self.lanes if lane.doing in doing)


def look(scene: Scene, item: ev.Entry | Draft, now: float) -> Scene:
    """The scene after one more item of the stream; the same object where nothing that shows has changed."""
    if isinstance(item, Draft):
        return _drafted(scene, item, now)
    return shown_after(replace(scene, session=evolve(scene.session, item.event)), item.event, now)


def shown_after(scene: Scene, event: ev.Event, now: float) -> Scene:
    """The scene after an event that its session already holds: what the event changes in the lanes and the marks."""
    match event:
        case ev.SessionOpened():
            return replace(scene, lanes=tuple(LaneState(label=face.label, since=now) for face in event.faces))
        case ev.RoundOpened():
            return replace(_to(scene, event.order, "idle", now), marked=scene.session.forecast)
        case ev.TurnTaken():
            spoken = _to(scene, (event.agent,), "done" if event.status == "complete" else "interrupted", now)
            return _spent(spoken, event.agent, (event.call,) if event.call else ())
        case ev.TurnMissed():
            return _to(scene, (event.agent,), "missed", now, event.reason)
        case ev.ClaimMade() | ev.AppraisalMade():
            return _rated(scene, event, now)
        case ev.SessionLeft():
            return _to(scene, scene.labels(*BUSY), "idle", now)
        case _:
            return scene


def _drafted(scene: Scene, draft: Draft, now: float) -> Scene:
    doing = _DRAFTED[draft.doing]
    if doing == "weighing" and scene.lane(draft.agent).doing == "rating":
        return scene  # both are asked at once; the one that others hear is told
    return scene if scene.lane(draft.agent).doing == doing else _to(scene, (draft.agent,), doing, now)


def _rated(scene: Scene, event: ev.ClaimMade | ev.AppraisalMade, now: float) -> Scene:
    """An agent is done with its round when its claim, if one is asked for, and its appraisals are in."""
    if scene.lane(event.agent).doing in ("rating", "weighing") and _complete(scene.session, event.agent, event.round):
        scene = _to(scene, (event.agent,), "done", now)
    return _spent(scene, event.agent, event.calls)


def _complete(session: Session, label: str, round_: int) -> bool:
    made = {done.method for done in session.appraisals if (done.agent, done.round) == (label, round_)}
    claimed = not session.head.protocol.claims or session.claim(label, round_) is not None
    return claimed and made >= set(session.head.settings.appraise)


def _to(scene: Scene, labels: tuple[str, ...], doing: Doing, now: float, reason: str = "") -> Scene:
    """The scene in which these agents have just begun to do this."""
    return _in_lanes(
        scene,
        lambda lane: LaneState(label=lane.label, doing=doing, since=now, reason=reason, meter=lane.meter),
        labels,
    )


def _spent(scene: Scene, label: str, calls: Iterable[ev.Call]) -> Scene:
    return _in_lanes(
        scene,
        lambda lane: LaneState(
            label=lane.label, doing=lane.doing, since=lane.since, reason=lane.reason, meter=lane.meter.plus(calls)
        ),
        (label,),
    )


def _in_lanes(scene: Scene, change: Callable[[LaneState], LaneState], labels: tuple[str, ...]) -> Scene:
    """The scene with these lanes changed; made anew and not by `replace`, which a long session would wait for."""
    lanes = tuple([change(lane) if lane.label in labels else lane for lane in scene.lanes])
    return Scene(session=scene.session, lanes=lanes, marked=scene.marked)
