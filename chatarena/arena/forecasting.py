"""From a session to choice probabilities: whose numbers are used, and through which rule."""

from __future__ import annotations

from chatarena.arena import events as ev
from chatarena.arena.forecast import Forecast
from chatarena.arena.session import Session
from chatarena.arena.settings import ForecastSource

NORMALISATION = "ratings of 0 to 100 divided by 100; precision is per full utility range"
Numbers = tuple[float | None, ...]


def forecast(session: Session, source: ForecastSource | None = None, *, without: str = "") -> Forecast:
    """Choice probabilities by logit quantal response over the options that have a utility.

    `auto` prefers what the participant herself said after having heard somebody; failing that it updates what she
    said before by the agents' latest claims; failing that it takes the mean claim. Where no claims are asked for, there
    is nothing but her own ratings.

    Args:
        source: overrides the session's own setting.
        without: leaves one agent's numbers out.
    """
    wanted = source or session.head.settings.source
    chosen = _auto(session) if wanted == "auto" else wanted
    utilities = _utilities(session, chosen, without)
    heard = tuple(label for label in session.latest_claims() if label != without and label not in session.unheeded)
    known = [(index, value) for index, value in enumerate(utilities) if value is not None]
    if len(known) < 2:
        return Forecast(
            source=chosen,
            precision=session.precision,
            utilities=utilities,
            probabilities=tuple(None for _ in utilities),
            normalisation=NORMALISATION,
            heard=heard,
            absence=_absence(chosen, len(known)),
        )
    return _respond(session, chosen, utilities, known, heard)


def _respond(
    session: Session,
    source: str,
    utilities: Numbers,
    known: list[tuple[int, float]],
    heard: tuple[str, ...],
) -> Forecast:
    from chatarena.choice.response import logit_response  # numpy: paid for by the first forecast, not by --help

    response = logit_response([value for _, value in known], session.precision)
    probabilities: list[float | None] = [None] * len(utilities)
    for (index, _), probability in zip(known, response.probabilities, strict=True):
        probabilities[index] = probability
    ids = session.head.decision.option_ids
    return Forecast(
        source=source,
        precision=session.precision,
        utilities=utilities,
        probabilities=tuple(probabilities),
        normalisation=NORMALISATION,
        entropy=response.entropy,
        margin=response.margin,
        best=tuple(ids[known[position][0]] for position in response.best),
        heard=heard,
    )


def _absence(source: str, known: int) -> str:
    whose = {"own": "you have rated", "panel": "the agents have rated", "blend": "anybody has rated"}[source]
    return f"{whose} {known} of the options so far; probabilities need at least 2"


def _auto(session: Session) -> ForecastSource:
    own = own_utilities(session, after_hearing=True)
    if sum(value is not None for value in own) >= 2:
        return "own"
    prior = own_utilities(session)
    if any(value is not None for value in prior):
        return "blend" if session.latest_claims() else "own"
    return "panel" if session.head.protocol.claims else "own"


def _utilities(session: Session, source: ForecastSource, without: str) -> Numbers:
    match source:
        case "own":
            return own_utilities(session)
        case "panel":
            return panel_utilities(session, without)
        case _:
            return blended_utilities(session, without)


def own_utilities(session: Session, *, after_hearing: bool = False) -> Numbers:
    """The participant's latest ratings on [0, 1] per option; ratings per state are averaged under her latest belief.

    Args:
        after_hearing: only ratings given after the first round had opened count.
    """
    given = [made for made in session.ratings if not after_hearing or made.phase != "prior"]
    latest: dict[tuple[str, str], float] = {}
    for made in given:
        latest.update({(r.option, r.state): r.value / 100 for r in made.ratings if r.value is not None})
    return tuple(_own_utility(session, latest, option) for option in session.head.decision.option_ids)


def _own_utility(session: Session, latest: dict[tuple[str, str], float], option: str) -> float | None:
    overall = latest.get((option, ""))
    states = session.head.decision.states
    if not states:
        return overall
    belief = latest_belief(session)
    total = 0.0
    for state, probability in zip(states, belief, strict=True):
        value = latest.get((option, state.id))
        if value is None and probability > 0:
            return overall
        total += probability * (value or 0.0)
    return total


def latest_belief(session: Session) -> tuple[float, ...]:
    """The participant's latest probabilities over the states; the decision's prior where she has given none."""
    given = [made.probabilities for made in session.beliefs if made.probabilities]
    return given[-1] if given else tuple(state.probability for state in session.head.decision.states)


def claim_matrix(session: Session, without: str = "") -> tuple[tuple[str, ...], tuple[Numbers, ...]]:
    """Labels and their latest public claims on [0, 1], agents x options.

    After one-on-one evaluation only the selected agent counts.
    """
    ids = session.head.decision.option_ids
    rows: dict[str, Numbers] = {}
    for label, claim in session.latest_claims().items():
        if label == without or label in session.unheeded or (session.selected and label != session.selected):
            continue
        rows[label] = _row(claim.ratings, ids)
    return tuple(rows), tuple(rows.values())


def _row(ratings: tuple[ev.Rating, ...], ids: tuple[str, ...]) -> Numbers:
    values = {rating.option: rating.value for rating in ratings}
    return tuple(None if (value := values.get(option)) is None else value / 100 for option in ids)


def panel_utilities(session: Session, without: str = "") -> Numbers:
    """The agents' latest claims averaged per option, every agent weighing the same unless a fork says otherwise."""
    from chatarena.choice.panel import panel_utility

    labels, rows = claim_matrix(session, without)
    weights = [session.weights[label] for label in labels]
    if not rows or not any(weights):
        return tuple(None for _ in session.head.decision.options)
    return panel_utility(rows, weights).values


def blended_utilities(session: Session, without: str = "") -> Numbers:
    """The participant's ratings from before the talk, updated by the agents' latest claims (conjugate normal).

    An agent met in earlier sessions counts by its track record, all others by the weakest default.
    """
    from chatarena.choice.blend import DEFAULT_CALIBRATION, PRIOR_SD, Calibration, blend

    labels, rows = claim_matrix(session, without)
    prior = own_utilities(session)
    if not rows:
        return prior
    known = {
        record.agent: Calibration(
            agent=record.agent,
            bias=record.bias,
            noise_sd=record.noise_sd,
            sessions=record.sessions,
            method="earlier sessions",
        )
        for record in session.head.records
    }
    return blend(prior, PRIOR_SD, rows, [known.get(label, DEFAULT_CALIBRATION) for label in labels]).means
