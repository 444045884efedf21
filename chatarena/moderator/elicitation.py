"""Getting numbers out of a model: verbal ratings as JSON, and ratings read from token probabilities.

Law: what cannot be read is an absence with its reason and the raw text, never a number.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from dataclasses import dataclass, replace

from chatarena.arena.agent import PromptPart, Purpose, Sampling
from chatarena.arena.decision import Decision
from chatarena.arena.events import AppraisalMade, AppraisalMethod, Call, ClaimMade, Rating
from chatarena.arena.session import Session
from chatarena.arena.transcript import prompt
from chatarena.authoring.text import clean
from chatarena.errors import ModelError
from chatarena.language_model.port import Completion, LanguageModel, Request
from chatarena.language_model.streams import complete
from chatarena.moderator.calls import call_record, request_for

RATING_SAMPLING = Sampling(temperature=0.0, max_tokens=160)
# Room for one JSON entry per option: an id of up to 20 characters, a colon, three digits and a comma.
TOKENS_PER_OPTION = 14
YES_NO_SAMPLING = Sampling(temperature=0.0, max_tokens=1)
TOP_LOGPROBS = 20
LOG_FLOOR = math.log(1e-6)
# One logit of contrast moves a rating from 50 to 73: the plain logistic, so the scale carries no hidden constant.
LOGIT_SCALE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Elicited:
    """Ratings in option order, the text they were read from, and the calls it took."""

    ratings: tuple[Rating, ...]
    raw: str
    calls: tuple[Call, ...]


async def claim(models: LanguageModel, session: Session, label: str, round_: int) -> ClaimMade:
    """What the agent says in public each option is worth."""
    made = await _verbal(models, session, label, round_, "claim")
    turn = session.turn(label, round_)
    return ClaimMade(
        agent=label,
        round=round_,
        ratings=made.ratings,
        audience=turn.audience if turn else "public",
        raw=made.raw,
        calls=made.calls,
    )


async def appraise(
    models: LanguageModel, session: Session, label: str, round_: int, method: AppraisalMethod
) -> AppraisalMade:
    """What each option is worth to the agent's own objective."""
    if method == "verbal":
        made = await _verbal(models, session, label, round_, "appraisal")
    else:
        made = await _contrast(models, session, label, round_)
    return AppraisalMade(agent=label, round=round_, ratings=made.ratings, method=method, raw=made.raw, calls=made.calls)


def ratings_schema(decision: Decision) -> str:
    """The JSON Schema of one integer from 0 to 100 for each option id, as text."""
    ids = list(decision.option_ids)
    schema = {
        "type": "object",
        "properties": {option: {"type": "integer", "minimum": 0, "maximum": 100} for option in ids},
        "required": ids,
        "additionalProperties": False,
    }
    return json.dumps(schema)


def absent(decision: Decision, reason: str) -> tuple[Rating, ...]:
    """No number for any option, and why."""
    return tuple(Rating(option=option, value=None, absence=reason) for option in decision.option_ids)


def most_rating_tokens(options: int) -> int:
    """How long a reply with ratings of so many options may be."""
    return RATING_SAMPLING.max_tokens + TOKENS_PER_OPTION * options


def rating_request(session: Session, label: str, round_: int, purpose: Purpose) -> Request:
    """The request for stated ratings: a claim, or an appraisal in words."""
    parts, shared = prompt(session, label, round_, purpose)
    decision = session.head.decision
    sampling = replace(RATING_SAMPLING, max_tokens=most_rating_tokens(len(decision.options)))
    return request_for(session, label, parts, shared, sampling=sampling, schema=ratings_schema(decision))


def yes_no_request(session: Session, label: str, round_: int, option: str) -> Request:
    """The request for the token probabilities of yes and no, for one option."""
    parts, shared = prompt(session, label, round_, "yes_no", option=option)
    return request_for(session, label, parts, shared, sampling=YES_NO_SAMPLING, top_logprobs=TOP_LOGPROBS)


async def _verbal(models: LanguageModel, session: Session, label: str, round_: int, purpose: Purpose) -> Elicited:
    """Ask for JSON; on an unreadable reply ask once more, showing what was wrong."""
    decision = session.head.decision
    request = rating_request(session, label, round_, purpose)
    raw, reason = "", ""
    calls: list[Call] = []
    for attempt in range(2):
        try:
            completion = await complete(models, request)
        except ModelError as error:
            return Elicited(ratings=absent(decision, f"call failed: {error.message}"), raw=raw, calls=tuple(calls))
        calls.append(call_record(request, completion))
        raw = clean(completion.text)
        try:
            return Elicited(ratings=parse_ratings(completion, decision), raw=raw, calls=tuple(calls))
        except ValueError as error:
            reason = str(error)
        repair = session.commitment(label).part("repair")
        again = (PromptPart(role="assistant", text=raw or "(nothing)"), PromptPart(role="user", text=repair))
        request = replace(request, parts=(*request.parts, *again), repetition=attempt + 1)
    return Elicited(ratings=absent(decision, reason), raw=raw, calls=tuple(calls))


def parse_ratings(completion: Completion, decision: Decision) -> tuple[Rating, ...]:
    """Read one number per option from a JSON reply, which may stand within other text.

    Raises:
        ValueError: there is no JSON object, it was cut off, or no option has a usable number; says which.
    """
    if completion.finish_reason == "length":
        raise ValueError("the reply was cut off before its end")
    found = _json_object(completion.text)
    if found is None:
        raise ValueError("the reply holds no JSON object")
    inner = found.get("ratings")
    found = inner if isinstance(inner, dict) else found
    lookup = {_key(key): value for key, value in found.items()}
    ratings = tuple(_rating(option.id, option.label, lookup) for option in decision.options)
    if all(rating.value is None for rating in ratings):
        raise ValueError(f"no option has a number from 0 to 100 ({ratings[0].absence})")
    return ratings


def _rating(option: str, label: str, lookup: dict[str, object]) -> Rating:
    value = lookup.get(_key(option), lookup.get(_key(label)))
    if value is None:
        return Rating(option=option, value=None, absence="not in the reply")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Rating(option=option, value=None, absence=f"not a number: {clean(str(value))[:40]!r}")
    if not math.isfinite(value) or not 0 <= value <= 100:
        return Rating(option=option, value=None, absence=f"outside 0 to 100: {str(value)[:40]}")
    return Rating(option=option, value=float(value))


def _key(text: str) -> str:
    return " ".join(str(text).split()).casefold()


def _json_object(text: str) -> dict[str, object] | None:
    """The first JSON object in a text."""
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        with suppress(ValueError):
            found, _ = decoder.raw_decode(text, start)
            if isinstance(found, dict):
                return found
        start = text.find("{", start + 1)
    return None


async def _contrast(models: LanguageModel, session: Session, label: str, round_: int) -> Elicited:
    """Ratings from the contrast of yes-logits.

    For each option the model is asked whether it serves the agent's objective, and
    d(option) = logit P(yes | option) - mean over options of logit P(yes | .) is mapped to 100 / (1 + exp(-d)). The mean
    cancels a persona's general yes- or nay-saying, which on small models drowns the differences between options.
    """
    decision = session.head.decision
    calls: list[Call] = []
    logits: list[float | None] = []
    reasons: list[str] = []
    for option in decision.option_ids:
        request = yes_no_request(session, label, round_, option)
        try:
            completion = await complete(models, request)
        except ModelError as error:
            logits.append(None)
            reasons.append(f"call failed: {error.message}")
            continue
        calls.append(call_record(request, completion))
        logit, reason = yes_logit(completion)
        logits.append(logit)
        reasons.append(reason)
    raw = json.dumps({"yes_logits": dict(zip(decision.option_ids, logits, strict=True))})
    return Elicited(ratings=contrast_ratings(decision, logits, reasons), raw=raw, calls=tuple(calls))


def yes_logit(completion: Completion) -> tuple[float | None, str]:
    """log P(yes) - log P(no) over the first token's alternatives, and the reason where there is none.

    A side that is not among the alternatives is taken to have at most the probability of the least likely one shown.
    """
    if not completion.top_logprobs:
        return None, "the provider returned no token probabilities"
    sides: dict[str, list[float]] = {"yes": [], "no": []}
    for token, logprob in completion.top_logprobs:
        word = token.strip().casefold().strip("▁Ġ*\"'.")
        if word in sides:
            sides[word].append(logprob)
    if not sides["yes"] and not sides["no"]:
        return None, "neither yes nor no was among the likely first words"
    floor = max(LOG_FLOOR, min(logprob for _, logprob in completion.top_logprobs))
    yes, no = (_log_sum(sides[side]) if sides[side] else floor for side in ("yes", "no"))
    return yes - no, ""


def _log_sum(values: list[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


def contrast_ratings(decision: Decision, logits: list[float | None], reasons: list[str]) -> tuple[Rating, ...]:
    """Ratings from yes-logits; with fewer than two logits there is no contrast and no rating."""
    known = [logit for logit in logits if logit is not None]
    if len(known) < 2:
        why = next((reason for reason in reasons if reason), "fewer than two options could be asked about")
        return absent(decision, why)
    mean = sum(known) / len(known)
    ratings = []
    for option, logit, reason in zip(decision.option_ids, logits, reasons, strict=True):
        value = None if logit is None else 100 / (1 + math.exp(-(logit - mean) * LOGIT_SCALE))
        ratings.append(Rating(option=option, value=value, absence=reason, logit=logit))
    return tuple(ratings)
