"""Who may see an entry. Law: an agent's prompt holds nothing whose audience does not include that agent."""

from __future__ import annotations

from chatarena.arena import events as ev

PUBLIC, PARTICIPANT, ANALYST = "public", "participant", "analyst"


def only(label: str) -> str:
    """The audience of one agent and the participant."""
    return f"agent:{label}"


def audience(event: ev.Event) -> str:
    """Who may see this event: public, participant, analyst, or `agent:LABEL` (that agent and the participant)."""
    match event:
        case ev.TurnTaken() | ev.ClaimMade():
            return event.audience
        case ev.ParticipantSpoke():
            return only(event.to) if event.to else PUBLIC
        case ev.AgentCommitted() | ev.AppraisalMade():
            return ANALYST
        case ev.SessionOpened() | ev.RoundOpened() | ev.RoundStopped() | ev.DebateStopped() | ev.RoundAdded():
            return PUBLIC
        case ev.RebuttalAsked():
            return PUBLIC
        case _:
            return PARTICIPANT


def agent_sees(label: str, audience_: str) -> bool:
    """Whether an agent may be told what has this audience."""
    return audience_ in (PUBLIC, only(label))


def participant_sees(audience_: str, *, revealed: bool) -> bool:
    """Whether the participant may be shown it; after the reveal she sees everything."""
    return revealed or audience_ != ANALYST
