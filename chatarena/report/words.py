"""The recommendation card and the reveal in words that a non-expert understands. One wording for every surface."""

from __future__ import annotations

from dataclasses import dataclass

from chatarena.arena import events as ev
from chatarena.arena.card import Card
from chatarena.arena.decision import Decision
from chatarena.arena.session import Session

SOURCES = {
    "own": "your own latest ratings",
    "panel": "what the agents claim, each counting the same",
    "blend": "your ratings from before the talk, moved by what the agents claim",
}
NOT_ASKED = "Claims were off in this talk: it stated no public numbers to set beside what it wanted."
CUT_UNHEARD = "was cut off before its first word"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasked:
    """One agent at the reveal: its public face, what it was really after, and what it said against what it thought.

    `claims` and `appraisals` follow the option order; None is missing. `gap` is the mean absolute difference in rating
    points; `favourite_differs` whether it recommended in public something else than it wanted. `asked` is False where
    claims were switched off: there is no number it could have stated.
    """

    label: str
    name: str
    objective: str
    tags: tuple[str, ...]
    favours: str
    claims: tuple[float | None, ...]
    appraisals: tuple[tuple[str, tuple[float | None, ...]], ...]
    gap: float | None
    favourite_differs: bool | None
    fingerprint: str
    asked: bool = True


def stood(session: Session) -> str:
    """What the chances of a session are, in the words before a colon: nobody saw them where nobody took part."""
    return "What stood before the participant then" if session.head.settings.participant else "What stood then"


def cut_unheard(turn: ev.TurnTaken) -> bool:
    """Whether the turn was ended before the agent had said anything."""
    return turn.status == "interrupted" and not turn.text.strip()


def heading(card: Card) -> str:
    """The line that must stand above every recommendation: how much of the debate it rests on."""
    if card.status == "none":
        return "No recommendation"
    if card.status == "partial":
        if card.heard < card.seats:
            return f"Partial: {card.heard} of {card.seats} agents were heard to the end"
        return f"Partial: all {card.seats} agents were heard, {len(card.unrated)} of the options have no number"
    return f"All {card.seats} agents were heard"


def recommendation(card: Card, decision: Decision) -> str:
    """One sentence: what is recommended and how clearly."""
    if not card.recommended:
        return f"Nothing can be recommended: {card.absence}."
    names = [decision.option(option).label for option in card.recommended]
    if len(names) > 1:
        return f"It is a tie between {_listing(names)}."
    if card.probability is None:
        return f"Recommended: {names[0]}."
    return f"Recommended: {names[0]} with probability {card.probability:.0%} (precision {card.precision:g})."


def qualifications(card: Card, decision: Decision, records: tuple[ev.TrackRecord, ...] = ()) -> tuple[str, ...]:
    """Sentences on what the recommendation rests on, what would change it, and what is missing.

    Args:
        records: what was known of the agents from earlier sessions, as the session's opening says.
    """
    lines = []
    if card.recommended:
        lines.append(f"It rests on {_rests_on(card)}.")
        lines += _record_lines(card, records)
    if card.lead is not None and len(card.recommended) == 1:
        lines.append(
            f"It stands {card.lead:.0f} rating points above {decision.option(card.runner_up).label};"
            " that much less and the two would tie."
        )
    lines += _flip_lines(card, decision)
    lines += [f"Not fully heard: {miss.agent} ({miss.reason})." for miss in card.missed]
    if card.unrated:
        lines.append(f"Left out for want of a number: {_listing([decision.option(o).label for o in card.unrated])}.")
    return tuple(lines)


def _record_lines(card: Card, records: tuple[ev.TrackRecord, ...]) -> list[str]:
    """On how many earlier sessions a blend of own ratings and claims rests."""
    if card.source != "blend":
        return []
    if not records:
        return ["None of the agents is known from an earlier session, so their claims count little."]
    met = _listing([f"{record.agent} ({record.sessions})" for record in records])
    others = " Nothing is known of the others, so their claims count little." if len(records) < card.seats else ""
    return [f"How much a claim counts was learned from earlier sessions with {met}.{others}"]


def _rests_on(card: Card) -> str:
    sessions = f"{card.earlier} earlier session{'s' * (card.earlier != 1)}"
    if card.source != "panel" or (card.weighed == "equally" and not card.earlier):
        return SOURCES[card.source]
    match card.weighed:
        case "equally":
            return f"{SOURCES[card.source]} ({sessions} with them give no reason to weigh them otherwise)"
        case "by earlier sessions":
            return f"what the agents claim, each counting as much as {sessions} with them suggest"
        case "by the network":
            return "what the agents at the end of the network claim, after hearing the others"
        case "by hand":
            return "what the agents claim, each counting as much as was asked for"


def _flip_lines(card: Card, decision: Decision) -> list[str]:
    flipped = [flip for flip in card.flips if flip.flipped]
    if card.flips and not flipped:
        return ["Leaving out any one agent would not change it."]
    lines = []
    for flip in flipped:
        names = _listing([decision.option(option).label for option in flip.recommended])
        lines.append(f"Without {flip.agent} it would be {names or 'nothing'}.")
    return lines


def bound_lines(card: Card, *, assumptions: bool = True) -> tuple[str, ...]:
    """The loss bound with each of its terms, what is not known and, where wanted, all it assumes."""
    bound = card.bound
    terms = (
        ("choosing by chance among near-equals, log(options) / precision", bound.logit_term),
        ("agents that do not surround you, 2 epsilon", bound.hull_term),
        ("what you did not learn, B tanh(precision x delta / 2)", bound.learning_term),
    )
    total = "not known" if bound.total is None else f"{bound.total:.3f}"
    lines = [f"How much you might lose against the best choice, at most, on a scale of 0 to 1: {total}."]
    lines += [f"  from {name}: {'not known' if value is None else f'{value:.3f}'}" for name, value in terms]
    if bound.hull_term is not None:
        lines.append(
            f"  Epsilon was measured on {bound.instances} options of {bound.sessions} earlier sessions with these"
            " agents: the gap that was left there between what they claimed and the final ratings, not the theorem's"
            " epsilon for this decision, which is of what they want, in every option and state."
        )
    if bound.vacuous:
        lines.append("  The known terms alone reach the whole scale: the bound promises nothing here.")
    if assumptions:
        lines += [f"  {name}" for name in bound.missing]
        lines += [f"  It assumes: {assumption}" for assumption in bound.assumptions]
        lines.append(f"  {bound.source}")
    return tuple(lines)


def unmask(session: Session) -> tuple[Unmasked, ...]:
    """Every agent with its mask off, in seat order."""
    return tuple(_unmasked(session, label) for label in session.labels)


def _unmasked(session: Session, label: str) -> Unmasked:
    # A tenth of the time that a short replay takes, and wanted only where there is a reveal.
    from chatarena.choice.panel import say_think_gap

    commitment = session.commitment(label)
    ids = session.head.decision.option_ids
    claim = session.latest_claims().get(label)
    claims = _row(claim.ratings if claim else (), ids)
    appraisals = tuple(
        (method, _row(made.ratings, ids))
        for method in session.head.settings.appraise
        if (made := session.latest_appraisals(method).get(label)) is not None
    )
    gap = say_think_gap(claims, appraisals[0][1]) if appraisals else None
    agent = commitment.agent
    return Unmasked(
        label=label,
        name=agent.name,
        objective=agent.objective,
        tags=agent.tags,
        favours=session.head.decision.option(agent.favours).label if agent.favours else "",
        claims=claims,
        appraisals=appraisals,
        gap=gap.mean_absolute if gap else None,
        favourite_differs=gap.favourite_differs if gap else None,
        fingerprint=commitment.fingerprint,
        asked=session.head.protocol.claims,
    )


def _row(ratings: tuple[ev.Rating, ...], ids: tuple[str, ...]) -> tuple[float | None, ...]:
    values = {rating.option: rating.value for rating in ratings}
    return tuple(values.get(option) for option in ids)


def _listing(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""
