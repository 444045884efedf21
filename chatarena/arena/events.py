"""The facts a session records, and nothing that can be recomputed from them.

Agents are named by their public label everywhere, so an event that reaches the wrong eyes says who spoke and not
what for. Numbers that are missing carry the reason why; no number in an event is NaN or infinite.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from chatarena.arena.agent import Commitment
from chatarena.arena.card import Card
from chatarena.arena.decision import Decision
from chatarena.arena.forecast import Forecast
from chatarena.arena.protocol import Protocol
from chatarena.arena.settings import Price, Settings

Phase = Literal["prior", "round", "final"]
AppraisalMethod = Literal["verbal", "logprob"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What everybody may know of an agent: its label, the model that speaks for it, and its commitment's hash."""

    label: str
    model: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """How one reply was made; None is unknown. Costs are US dollars."""

    fingerprint: str
    requested_model: str
    served_model: str
    finish_reason: str
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None
    first_token_seconds: float | None = None
    total_seconds: float | None = None
    attempts: int = 1
    from_cache: bool = False
    fallback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What an option is worth, 0 to 100, in one state where `state` is given; or no number and the reason.

    `logit` is the evidence behind a rating read from token probabilities: logit P(yes | option).
    """

    option: str
    value: float | None
    absence: str = ""
    state: str = ""
    logit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRecord:
    """How an agent's claims related, in earlier sessions, to what the participant finally found; on [0, 1].

    `bias` is the mean of claim minus final rating, `noise_sd` its spread, `sessions` how many sessions they rest on.
    """

    agent: str
    bias: float
    noise_sd: float
    sessions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentWeight:
    """How much one agent's claims count for the panel, 0 or more, on any scale."""

    agent: str
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelWeights:
    """What earlier sessions in which all these agents made claims say of how much each one's should count.

    `weights` lie on the simplex and are empty where all count the same: `reason` says why. `gap_sup` is the least
    largest difference on [0, 1] that any weights on the simplex, with a constant for each session, leave between the
    claims and what the participant finally found, over `instances` options of `sessions` sessions; None where those
    are too few. The mean squared errors are of sessions that the weights were not learned on: with the learned ones,
    with equal ones, and the standard error of the difference.
    """

    weights: tuple[AgentWeight, ...] = ()
    sessions: int
    instances: int
    gap_sup: float | None = None
    held_out_mse: float | None = None
    equal_mse: float | None = None
    difference_se: float | None = None
    method: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOpened:
    """A participant was given a decision and a cast of agents.

    `records` are what was known of those met before, each alone; `panel` what was known of all of them together.
    """

    kind: Literal["session_opened"] = "session_opened"
    version: str
    decision: Decision
    faces: tuple[Face, ...]
    protocol: Protocol
    settings: Settings
    seed: int
    prices: tuple[Price, ...] = ()
    cast: str = ""
    records: tuple[TrackRecord, ...] = ()
    panel: PanelWeights | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentCommitted:
    """An agent's rule was fixed, before the first turn."""

    kind: Literal["agent_committed"] = "agent_committed"
    commitment: Commitment


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundOpened:
    """A round began, with its speaking order."""

    kind: Literal["round_opened"] = "round_opened"
    round: int
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTaken:
    """An agent spoke. An interrupted turn keeps what had been said."""

    kind: Literal["turn_taken"] = "turn_taken"
    agent: str
    round: int
    text: str
    status: Literal["complete", "interrupted"] = "complete"
    audience: str = "public"
    trimmed: bool = False
    call: Call | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnMissed:
    """An agent was to speak and was not heard."""

    kind: Literal["turn_missed"] = "turn_missed"
    agent: str
    round: int
    cause: Literal["failed", "skipped"]
    reason: str
    error: str = ""
    partial: str = ""
    retryable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimMade:
    """An agent said in public what each option is worth."""

    kind: Literal["claim_made"] = "claim_made"
    agent: str
    round: int
    ratings: tuple[Rating, ...]
    audience: str = "public"
    method: Literal["verbal"] = "verbal"
    raw: str = ""
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AppraisalMade:
    """What each option is worth to an agent's own objective; for the analyst until the reveal."""

    kind: Literal["appraisal_made"] = "appraisal_made"
    agent: str
    round: int
    ratings: tuple[Rating, ...]
    method: AppraisalMethod
    raw: str = ""
    calls: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ParticipantSpoke:
    """The participant said something, to all agents or (with `to`) to one; `round` is the latest that had opened."""

    kind: Literal["participant_spoke"] = "participant_spoke"
    text: str
    round: int
    to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FloorPassed:
    """The participant had the floor after a round and let the talk go on."""

    kind: Literal["floor_passed"] = "floor_passed"
    round: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundAdded:
    """The participant asked for one more round."""

    kind: Literal["round_added"] = "round_added"


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuttalAsked:
    """The participant asked one agent to answer another (`of`), or all others, before the talk goes on.

    The next round is for those alone who were asked in this one, in the order of asking, and does not count among the
    rounds of the protocol. `text` is what all agents hear of it; `round` is the latest that had opened.
    """

    kind: Literal["rebuttal_asked"] = "rebuttal_asked"
    agent: str
    round: int
    text: str
    of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingsGiven:
    """What each option is worth to the participant, as she says."""

    kind: Literal["ratings_given"] = "ratings_given"
    phase: Phase
    round: int
    ratings: tuple[Rating, ...]
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BeliefsGiven:
    """The participant's probabilities over the states, in their order; empty where she declined."""

    kind: Literal["beliefs_given"] = "beliefs_given"
    phase: Phase
    round: int
    probabilities: tuple[float, ...]
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionSet:
    """The participant changed how sharply utilities turn into probabilities."""

    kind: Literal["precision_set"] = "precision_set"
    precision: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastShown:
    """The participant was shown choice probabilities."""

    kind: Literal["forecast_shown"] = "forecast_shown"
    round: int
    forecast: Forecast


@dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationShown:
    """The participant was shown the recommendation card."""

    kind: Literal["recommendation_shown"] = "recommendation_shown"
    card: Card


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentSelected:
    """After one-on-one evaluation the participant said whose advice she would take."""

    kind: Literal["agent_selected"] = "agent_selected"
    agent: str
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceMade:
    """The participant chose an option; confidence is 0 to 100, None where she did not say."""

    kind: Literal["choice_made"] = "choice_made"
    option: str
    confidence: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Revealed:
    """The hidden objectives were shown to the participant."""

    kind: Literal["revealed"] = "revealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundStopped:
    """The rest of a round was called off."""

    kind: Literal["round_stopped"] = "round_stopped"
    round: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsWorked:
    """Models were at work for so long since this was last recorded, however many side by side.

    Recorded where a time budget runs, each time a call ends; what the participant takes to think is not in it.
    """

    kind: Literal["models_worked"] = "models_worked"
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DebateStopped:
    """The talk ended before its last round."""

    kind: Literal["debate_stopped"] = "debate_stopped"
    by: Literal["participant", "budget"]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionForked:
    """From here on this session goes its own way: the entries before it are those of `parent` before its entry `at`.

    `prefix` is the chain hash of the shared entries. What is changed holds from here on: the agents in `without` speak
    no more and their numbers do not count, those in `unheeded` speak but their numbers do not count, the speaking
    order is `reversed`, `precision` and `weights` are what probabilities are made with. With `participant` False
    nobody is asked for anything any more. `reason` is for people.
    """

    kind: Literal["session_forked"] = "session_forked"
    parent: str
    at: int
    prefix: str
    version: str
    without: tuple[str, ...] = ()
    unheeded: tuple[str, ...] = ()
    order: Literal["drawn", "reversed"] = "drawn"
    precision: float | None = None
    weights: tuple[AgentWeight, ...] = ()
    participant: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRerun:
    """This session repeats `parent` from its beginning; `models` are those that speak instead of the parent's own."""

    kind: Literal["session_rerun"] = "session_rerun"
    parent: str
    prefix: str
    version: str
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmapped:
    """Something of a foreign record that has no place in a session: where it stood, how often, and why it was left."""

    where: str
    count: int
    why: str
    sample: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionImported:
    """The session was read from somebody else's record.

    `format` names the importer, `source` the file without its folders, `key` the record within it, `sha256` is that of
    the file's bytes. `remarks` say how things were read that could be read in several ways; `unmapped` lists all that
    was left behind.
    """

    kind: Literal["session_imported"] = "session_imported"
    format: str
    source: str
    key: str
    sha256: str
    remarks: tuple[str, ...] = ()
    unmapped: tuple[Unmapped, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeKnown:
    """It turned out which state of the world was true."""

    kind: Literal["outcome_known"] = "outcome_known"
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringRule:
    """constant + coefficient x log_base(probability of the true state) - penalty x rounds that were let go on."""

    log_base: float = 2.0
    coefficient: float = 1.0
    constant: float = 0.0
    penalty: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BeliefScored:
    """The participant's last belief was scored against the outcome; `rounds` is how often she let the talk go on."""

    kind: Literal["belief_scored"] = "belief_scored"
    rule: ScoringRule
    rounds: int
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLeft:
    """The program ended before the session did; it can be resumed.

    `cut_off` names the agents who were speaking, and whom nobody but the leave cut off.
    """

    kind: Literal["session_left"] = "session_left"
    reason: str = ""
    cut_off: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionResumed:
    """The session went on later; with `retry_missed` the last round's turns that were missed are asked for again.

    So are those that the leave cut off. What the participant cut off herself stays as it is.
    """

    kind: Literal["session_resumed"] = "session_resumed"
    version: str
    retry_missed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed:
    """The session came to its end."""

    kind: Literal["session_closed"] = "session_closed"
    status: Literal["complete", "partial"]


Event = (
    SessionOpened
    | AgentCommitted
    | RoundOpened
    | TurnTaken
    | TurnMissed
    | ClaimMade
    | AppraisalMade
    | ParticipantSpoke
    | FloorPassed
    | RoundAdded
    | RebuttalAsked
    | RatingsGiven
    | BeliefsGiven
    | PrecisionSet
    | ForecastShown
    | RecommendationShown
    | AgentSelected
    | ChoiceMade
    | Revealed
    | RoundStopped
    | ModelsWorked
    | DebateStopped
    | SessionForked
    | SessionRerun
    | SessionImported
    | OutcomeKnown
    | BeliefScored
    | SessionLeft
    | SessionResumed
    | SessionClosed
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event in its place: which session, which position, when (UTC seconds), how long after the program's start.

    `elapsed` is monotonic seconds since this run of the session began: differences within one run are reaction times;
    it starts again at zero after a resume.
    """

    session: str
    seq: int
    at: float
    elapsed: float
    event: Event
