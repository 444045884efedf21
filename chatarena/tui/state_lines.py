"""For a decision with states: what the participant holds likely, and what each option is worth to her in each state."""

from __future__ import annotations

from chatarena.arena.forecasting import latest_belief
from chatarena.arena.session import Session
from chatarena.authoring.text import one_line
from chatarena.tui.answers import latest_ratings, standing
from chatarena.tui.blocks import YOU
from chatarena.tui.widgets.sliders import number


def state_lines(session: Session, person: str = YOU) -> list[str]:
    """Sentences, one for the belief and one an option that she rated in any state; none without states."""
    states = session.head.decision.states
    if not states:
        return []
    belief = latest_belief(session)
    given = any(made.probabilities for made in session.beliefs)
    subject = ("You hold" if person == YOU else "The participant holds") if given else "As the decision says"
    chances = ", ".join(f"{one_line(state.label)} {share:.0%}" for state, share in zip(states, belief, strict=True))
    lines = [f"{subject}: {chances}."]
    overall, *by_state = latest_ratings(session)
    for place, option in enumerate(session.head.decision.options):
        rated = [row[place] for row in by_state]
        if any(value is not None for value in rated):
            worth = ", ".join(
                f"if {one_line(state.label)} {number(value)}" for state, value in zip(states, rated, strict=True)
            )
            counts = standing([overall[place], *rated], belief).counts
            lines.append(f"{one_line(option.label)}: {worth}; {number(counts)} counts.")
    return lines
