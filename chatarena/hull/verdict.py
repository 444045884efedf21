"""What an analysis entitles one to say: inside, not inside, or that it cannot be told; and what does not follow.

Laws: "not inside" may rest on the fitted instances alone, because a fit only flatters; "inside" needs instances that
were kept out, nulls that fit worse, and a test that could have failed. Where an alarm says that the test could not
fail, the answer is never "inside".

Theory: docs/theory/hull.md, "what a verdict says".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from chatarena.hull.alarms import Alarm, Evidence, Norm, alarms_of, headlines
from chatarena.hull.bootstrap import Bootstrap
from chatarena.hull.fit import Fit
from chatarena.hull.heldout import HeldOut
from chatarena.hull.kinds import Kind, Offset
from chatarena.hull.null import Null
from chatarena.hull.words import (
    DUST,
    KIND_WORDS,
    NORM_WORDS,
    OFFSET_WORDS,
    SCOPE,
    apart,
    at_least,
    at_most,
    counted,
    number,
    plural,
)

Answer: TypeAlias = Literal["inside", "not inside", "cannot be told"]
NORMS: tuple[Norm, ...] = ("mean square", "largest error")

# A twentieth of a scale from 0 to 1 passes as approximate: a convention, not a theorem.
TOLERANCE = 0.05
# Standard errors that are added before a held-out error counts as small.
MARGIN = 2.0
# So many agents are named in a sentence.
NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The answer with everything it depends on, and the same in sentences.

    `qualified` is True where an "inside" stands beside alarms. `error` is what decided, in the norm that was asked
    for, on the fitted instances; `held_out_error` the same on instances kept out, None where none were. `tolerance` is
    in the unit of the utilities. `headlines` are the decisive alarms in short, `answer_words` is one sentence, and
    `sentences` are all of them in order of reading.
    """

    answer: Answer
    qualified: bool
    kind: Kind
    norm: Norm
    offset: Offset
    tolerance: float
    split: str | None
    error: float
    held_out_error: float | None
    alarms: tuple[Alarm, ...]
    headlines: tuple[str, ...]
    answer_words: str
    sentences: tuple[str, ...]


def verdict(evidence: Evidence, kind: Kind, *, norm: Norm = "mean square", tolerance: float = TOLERANCE) -> Verdict:
    """Judge what was found.

    For the largest error, where it is known, "not inside" is the proved lower bound above the tolerance; for the mean
    square it is the least error on the fitted instances above it, because no other weights do better there.

    Args:
        evidence: fits, held-out errors and nulls of one table, all of this kind and of one offset.
        kind: which combinations were asked about.
        norm: mean square (its root is compared), or largest error.
        tolerance: the error that still counts as inside, > 0, in the unit of the utilities.

    Raises:
        ValueError: a tolerance that is not positive, an unknown norm, or the largest error asked for and not known.
    """
    if norm not in NORMS:
        raise ValueError(f"norm must be one of {', '.join(NORMS)}, not {norm!r}")
    if not (math.isfinite(tolerance) and tolerance > 0):
        raise ValueError(f"tolerance must be positive and finite, not {tolerance!r}")
    if norm == "largest error" and evidence.best_sup is None:
        raise ValueError("the largest error was asked for and not found: pass best_sup")
    error, outside = _on_fitted(evidence, norm, tolerance)
    alarms = alarms_of(evidence, kind, norm, tolerance)
    answer = _answer(evidence, kind, norm, tolerance, outside, alarms)
    held = evidence.held_out
    elsewhere = None if held is None else _held_out(held, kind, norm)
    words = _answer_words(answer, bool(alarms), (error, elsewhere), norm, tolerance)
    return Verdict(
        answer=answer,
        qualified=answer == "inside" and bool(alarms),
        kind=kind,
        norm=norm,
        offset=evidence.fitted.offset,
        tolerance=tolerance,
        split=None if held is None else held.split,
        error=error,
        held_out_error=elsewhere,
        alarms=alarms,
        headlines=headlines(alarms, evidence.fitted),
        answer_words=words,
        sentences=(
            _question(evidence.fitted, kind, norm, tolerance),
            words,
            *_figures(evidence, kind),
            *(_null_words(null) for null in evidence.nulls),
            *(alarm.words for alarm in alarms),
            *SCOPE[norm],
        ),
    )


def _on_fitted(evidence: Evidence, norm: Norm, tolerance: float) -> tuple[float, bool]:
    """The least error on the fitted instances, and whether it is certainly above the tolerance."""
    if norm == "largest error" and evidence.best_sup is not None:
        return evidence.best_sup.gap_sup, evidence.best_sup.lower > tolerance
    return evidence.fitted.rmse, evidence.fitted.rmse > tolerance


def _answer(
    evidence: Evidence, kind: Kind, norm: Norm, tolerance: float, outside: bool, alarms: Sequence[Alarm]
) -> Answer:
    if outside:
        return "not inside"
    if any(alarm.decisive for alarm in alarms) or evidence.held_out is None:
        return "cannot be told"
    if norm == "largest error":
        # Between the two proved bounds nothing is known.
        known = evidence.best_sup is not None and evidence.best_sup.gap_sup <= tolerance
        return "inside" if known else "cannot be told"
    found = evidence.held_out.of(kind)
    if found.se is None or found.mse + MARGIN * found.se > tolerance**2:
        return "cannot be told"
    return "inside"


def _held_out(held: HeldOut, kind: Kind, norm: Norm) -> float:
    found = held.of(kind)
    return found.rmse if norm == "mean square" else found.largest


def _question(fitted: Fit, kind: Kind, norm: Norm, tolerance: float) -> str:
    agents = f"{fitted.k} {plural(fitted.k, 'agent')}"
    return (
        f"Asked of {fitted.n} {plural(fitted.n, 'instance')} and {agents}: is the person's utility"
        f" {KIND_WORDS[kind]}{OFFSET_WORDS[fitted.offset]}, up to {NORM_WORDS[norm]} of {number(tolerance)}?"
    )


def _answer_words(
    answer: Answer, alarmed: bool, found: tuple[float, float | None], norm: Norm, tolerance: float
) -> str:
    error, held = number(found[0]), "" if found[1] is None else f" and {number(found[1])} on instances kept out"
    match answer:
        case "not inside":
            return (
                f"Not inside: even the weights that are best on these very instances leave {NORM_WORDS[norm]} of"
                f" {'{}, more than {}'.format(*apart(found[0], tolerance))}."
            )
        case "cannot be told":
            judged = "small, but no evidence by itself" if found[0] <= tolerance else "not known to be the least"
            # What is small is the error on instances that were seen; on others it may be anything.
            away = "" if found[1] is None else f"; on instances kept out it is {number(found[1])}"
            return f"It cannot be told: {NORM_WORDS[norm]} of {error} on the fitted instances is {judged}{away}."
        case "inside":
            return (
                f"Inside{', with the reservations below' if alarmed else ''}: {NORM_WORDS[norm]} of {error} on the"
                f" fitted instances{held}, where {number(tolerance)} is allowed."
            )


def _figures(evidence: Evidence, kind: Kind) -> tuple[str, ...]:
    fitted, held = evidence.fitted, evidence.held_out
    worst = max(fitted.lowest, fitted.highest, key=lambda extreme: abs(extreme.residual))
    found = [
        f"On the fitted instances the root mean square error is {number(fitted.rmse)}; the largest error of these"
        f" weights is {number(fitted.gap_sup)}, on {worst.instance}."
    ]
    if evidence.best_sup is not None:
        best = evidence.best_sup
        found.append(
            f"No weights of this kind bring the largest error on these instances below {at_least(best.lower)};"
            f" {at_most(best.gap_sup)} can be had."
        )
    if held is not None:
        own = held.of(kind)
        others = ", ".join(f"{method.method} {number(method.rmse)}" for method in held.methods if method.method != kind)
        about = "" if own.se is None else f" (its square {number(own.mse)}, standard error {number(own.se)})"
        found.append(
            f"On instances kept out of the fit ({held.split}) it is {number(own.rmse)}{about}."
            f" For comparison: {others}."
        )
    if evidence.bootstrap is not None:
        found.append(_spread_words(evidence.bootstrap))
    return tuple(found)


def _spread_words(spread: Bootstrap) -> str:
    inside = spread.mse.interval
    firm = sorted((one for one in spread.weights if one.interval.low > DUST), key=lambda one: -one.weight)
    named = ", ".join(
        f"{one.agent} {number(one.weight)} ({number(one.interval.low)} to {number(one.interval.high)})"
        for one in firm[:NAMED]
    )
    more = f" and {len(firm) - NAMED} more" if len(firm) > NAMED else ""
    carriers = f"weights that stay above 0: {named}{more}" if firm else "no agent keeps a weight above 0 throughout"
    return (
        f"Drawn anew {spread.resamples} times, {spread.level:.0%} of the draws leave a root mean square error between"
        f" {number(math.sqrt(inside.low))} and {number(math.sqrt(inside.high))} on what was drawn; {carriers}."
    )


def _null_words(null: Null) -> str:
    return (
        f"{_null_name(null)}: {null.as_good} of {counted(null.draws, 'draw')} fit as well (p = {number(null.p)});"
        f" the typical one leaves {number(math.sqrt(null.typical))}, these agents {number(math.sqrt(null.observed))}."
    )


def _null_name(null: Null) -> str:
    if null.name == "permuted targets":
        return f"The person's ratings dealt out at random {null.within}"
    return "Random agents with each agent's mean and spread" + null.within.removeprefix("every agent by itself")
