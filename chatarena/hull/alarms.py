"""Reasons for less trust in a fit: what a small error would not have proved here, in full and in short.

Law: every reason is told in full somewhere; `headlines` only puts those that say one thing into one sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from chatarena.hull.bootstrap import Bootstrap
from chatarena.hull.degenerate import Finding
from chatarena.hull.fit import Fit
from chatarena.hull.heldout import HeldOut
from chatarena.hull.kinds import Kind
from chatarena.hull.null import Null
from chatarena.hull.sup import SupFit
from chatarena.hull.words import counted, number, plural

# Two different claims: the mean over instances, and the largest error on any of them.
Norm: TypeAlias = Literal["mean square", "largest error"]
# What rows are divided and drawn by.
Unit: TypeAlias = Literal["instance", "group", "state"]
# What an alarm is about: too little to go by, a constant or agents that know nothing and do as well, or something else.
Topic: TypeAlias = Literal["too few", "constant", "chance", "other"]

# Conventions, not theorems. A null must be beaten at 5%; below ten units a standard error is no estimate; two instances
# a free weight are the least to overfit visibly.
LEVEL, FEWEST_UNITS, PER_WEIGHT = 0.05, 10, 2
# Findings that leave nothing to test, beside those that say so themselves.
DECISIVE = ("more agents than instances",)
# Findings that count instances against agents; all of them say that there are too few.
COUNTING = ("more agents than instances", "exact by construction")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A reason for less trust. Where `decisive`, a small error was to be had anyway and is no evidence of inside."""

    words: str
    decisive: bool
    topic: Topic = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a verdict rests on; None and empty where something was not made.

    `constant_gap` is the least largest error of the offset alone: half the target's range, or half the widest range
    within a state. `units` counts what was sampled independently: groups where there are groups, else instances;
    with an offset per state, states. `unit` is what one of them is.
    `spans` is what `degenerate.exact_by_construction` finds.
    """

    fitted: Fit
    best_sup: SupFit | None
    constant_gap: float
    held_out: HeldOut | None
    nulls: tuple[Null, ...]
    bootstrap: Bootstrap | None
    spans: tuple[Finding, ...]
    units: int
    unit: Unit = "group"


def alarms_of(evidence: Evidence, kind: Kind, norm: Norm, tolerance: float) -> tuple[Alarm, ...]:
    """Every reason for less trust in a small error.

    Args:
        evidence: what was found for one table.
        kind: which combinations were asked about.
        norm: which error decides.
        tolerance: the error that passes, in the unit of the utilities.
    """
    return tuple(
        [
            *_findings(evidence),
            *_counting(evidence, kind),
            *_against_constant(evidence, kind, norm, tolerance),
            *_against_chance(evidence.nulls),
            *_left_out(evidence.fitted),
            *_worse_elsewhere(evidence.held_out, kind, norm, tolerance),
        ]
    )


def headlines(alarms: Sequence[Alarm], fitted: Fit) -> tuple[str, ...]:
    """The decisive reasons in as few sentences as there are topics.

    Args:
        alarms: all of them.
        fitted: the fit they are about.
    """
    decisive = [alarm for alarm in alarms if alarm.decisive]
    told: list[str] = []
    for alarm in decisive:
        same = [other.words for other in decisive if other.topic == alarm.topic]
        match alarm.topic:
            case "too few" if len(same) > 1:
                told.append(
                    f"Too little to go by: {fitted.n} {plural(fitted.n, 'instance')} for {fitted.k}"
                    f" {plural(fitted.k, 'agent')}, so that some combination comes near almost any ratings. Rate more"
                    " instances, or ask about fewer agents."
                )
            case "chance" if len(same) > 1:
                told.append(
                    "Chance does as well: many draws fit as well with the person's ratings dealt out at random, and"
                    " with random agents."
                )
            case _:
                told.append(alarm.words)
    return tuple(dict.fromkeys(told))


def _findings(evidence: Evidence) -> list[Alarm]:
    return [
        Alarm(
            words=finding.words,
            decisive=finding.says_nothing or finding.kind in DECISIVE,
            topic="too few" if finding.kind in COUNTING else "other",
        )
        for finding in dict.fromkeys((*evidence.fitted.warnings, *evidence.spans))
    ]


def _counting(evidence: Evidence, kind: Kind) -> list[Alarm]:
    """Too few instances, or too few of them that are independent."""
    fitted, found = evidence.fitted, []
    free = fitted.k - (kind != "cone") + len(fitted.offset_values)
    if fitted.n < PER_WEIGHT * free:
        words = (
            f"{fitted.n} {plural(fitted.n, 'instance')} for {free} free {plural(free, 'number')}: fewer than"
            f" {PER_WEIGHT} for each. Rate more instances, or ask about fewer agents."
        )
        found.append(Alarm(words=words, decisive=True, topic="too few"))
    if evidence.units < FEWEST_UNITS:
        what = "instance" if evidence.units == fitted.n else evidence.unit
        words = (
            f"Only {evidence.units} {plural(evidence.units, what)}: with fewer than {FEWEST_UNITS} nobody can say how"
            " far another sample would differ."
        )
        found.append(Alarm(words=words, decisive=True, topic="too few"))
    return found


def _against_constant(evidence: Evidence, kind: Kind, norm: Norm, tolerance: float) -> list[Alarm]:
    """Whether a constant, which needs no agent, does as well."""
    found, held = [], evidence.held_out
    if norm == "largest error" and evidence.constant_gap <= tolerance:
        words = (
            f"A constant alone stays within {number(evidence.constant_gap)} of the person everywhere, and"
            f" {number(tolerance)} is allowed: no agent is needed for that."
        )
        found.append(Alarm(words=words, decisive=True, topic="constant"))
    if held is None:
        found.append(Alarm(words="No instances were kept out: a fit to instances it has seen flatters.", decisive=True))
        return found
    gain = held.difference(kind, "constant")
    if gain.mse + (gain.se or 0.0) >= 0:
        words = (
            "On instances kept out the agents are not clearly better than a constant, which needs none of them: root"
            f" mean square error {number(held.of(kind).rmse)} against {number(held.of('constant').rmse)}."
        )
        found.append(Alarm(words=words, decisive=True, topic="constant"))
    elif norm == "mean square" and held.of("constant").rmse <= tolerance:
        words = (
            f"A constant alone comes within {number(held.of('constant').rmse)} on instances kept out, and"
            f" {number(tolerance)} is allowed: the agents do better, but the person differs little between instances."
        )
        found.append(Alarm(words=words, decisive=False, topic="constant"))
    return found


def _against_chance(nulls: Sequence[Null]) -> list[Alarm]:
    if not nulls:
        return [Alarm(words="No null was drawn: agents that know nothing might fit as well.", decisive=False)]
    found = [Alarm(words=_fits_as_well(null), decisive=True, topic="chance") for null in nulls if null.p > LEVEL]
    if all(null.name != "permuted targets" for null in nulls):
        words = "The person's ratings were not dealt out at random: within groups there is too little to deal out."
        found.append(Alarm(words=words, decisive=False))
    return found


def _fits_as_well(null: Null) -> str:
    who = "the person's ratings dealt out at random" if null.name == "permuted targets" else "random agents"
    return f"With {who} the fit is as good in {null.as_good} of {counted(null.draws, 'draw')}: this fit is no evidence."


def _left_out(fitted: Fit) -> list[Alarm]:
    if not fitted.excluded:
        return []
    rows = len({row for part in fitted.excluded for row in part.rows})
    words = f"{rows} {plural(rows, 'instance')} with a missing number {'was' if rows == 1 else 'were'} left out."
    return [Alarm(words=words, decisive=False)]


def _worse_elsewhere(held: HeldOut | None, kind: Kind, norm: Norm, tolerance: float) -> list[Alarm]:
    """The largest error is proved on the fitted instances; on others, weights of least mean square had another one."""
    if held is None or norm == "mean square" or held.of(kind).largest <= tolerance:
        return []
    words = (
        f"On instances kept out, weights of least mean square had a largest error of {number(held.of(kind).largest)}:"
        " what is proved holds for the instances in this table alone."
    )
    return [Alarm(words=words, decisive=False)]
