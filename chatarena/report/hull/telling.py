"""From findings to what is told of them: names for the answers, intervals, and where to look first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from chatarena.authoring.text import one_line
from chatarena.report.hull.view import Answer, Band, Line, Pair, Share, Spot, Step, View, Without

if TYPE_CHECKING:
    from chatarena.hull.analysis import Analysis
    from chatarena.hull.heldout import Method
    from chatarena.report.hull.study import Findings

NAMES: Final = {
    "constant": "No agent: one constant",
    "best single": "Best single agent",
    "mean": "All agents alike",
    "least squares": "Any weights at all",
    "simplex": "Weighted average (simplex)",
    "cone": "Weights of 0 or more (cone)",
    "affine": "Average with signs (affine)",
}
HULLS: Final = ("simplex", "cone", "affine")
OFFSETS: Final = {"none": "none", "free": "one constant", "per state": "a constant for every state or session"}
NORMS: Final = {"mean square": "root mean square error", "largest error": "largest error"}
NULLS: Final = {"permuted targets": "Ratings dealt out at random", "random agents": "Random agents"}
MOST_SPOTS: Final = 12
MOST_WEIGHTS: Final = 20
# Two standard errors either way: about 19 in 20 where errors are normal.
WIDTH: Final = 2.0
# An error in agents' ratings by which large weights are shown to amplify it.
NOISE: Final = 0.01


def telling(findings: Findings, version: str) -> View:
    """The view of what was found.

    Args:
        version: of the program, for the provenance.
    """
    analysis, subject = findings.analysis, findings.subject
    weights, silent, less = _weights(analysis)
    without, unmissed = _without(findings)
    return View(
        title=subject.title,
        person=subject.person,
        alarms=tuple(map(one_line, analysis.verdict.headlines)),
        verdict=tuple(map(one_line, analysis.verdict.sentences[1::-1])),
        answer=analysis.verdict.answer,
        setting=tuple(_setting(findings)),
        whole=tuple(_all_rows(findings)),
        answers=_answers(findings),
        weights=weights,
        silent=silent,
        weights_note=_weights_note(analysis) + less,
        proof=tuple(_proof(findings)),
        spots=_spots(findings),
        spots_note=_spots_note(findings),
        without=without,
        without_note=unmissed,
        curve=_curve(analysis),
        curve_note=_curve_note(analysis),
        bands=_bands(analysis),
        cautions=_cautions(analysis),
        scope=_scope(analysis),
        missing=tuple(f"{missing.what.replace('_', ' ')}: {one_line(missing.reason)}" for missing in analysis.missing),
        read=subject.read,
        left_out=subject.left_out,
        origin=(*subject.origin, ("Seed", str(findings.question.seed)), ("Version", version)),
        tolerance=analysis.tolerance,
        error=analysis.verdict.error,
        largest=analysis.norm == "largest error",
    )


def _setting(findings: Findings) -> Iterator[Pair]:
    from chatarena.hull.words import KIND_WORDS, counted, number

    analysis, scale = findings.analysis, findings.scale
    yield "Combination", f"{analysis.kind}, {KIND_WORDS[analysis.kind]}"
    yield "Offset", OFFSETS[analysis.offset]
    yield "What decides", f"{NORMS[analysis.norm]}, up to {number(analysis.tolerance)} on a range of {number(scale)}"
    yield "Held out", "nothing" if analysis.held_out is None else analysis.held_out.split
    units = counted(analysis.units, analysis.unit)
    groups = "" if analysis.units == analysis.n else f" in {units} that stay together"
    drawn = "" if findings.whole is None else f", drawn at random from {findings.subject.rows:,} rows"
    yield "Instances", f"{analysis.n}{groups}{drawn}"
    yield "Agents", str(analysis.k)


def _all_rows(findings: Findings) -> Iterator[str]:
    from chatarena.hull.words import number

    found = findings.whole
    if found is None:
        return
    missing = findings.subject.rows - found.n
    yield (
        f"On all {found.n:,} complete rows, read block by block, the best combination leaves a root mean square error"
        f" of {number(found.rmse)}; its largest error is {number(found.gap_sup)}." + _lacking(missing)
    )
    weights = _listed([f"{one_line(one.agent)} {number(one.weight)}" for one in found.carriers])
    yield f"Its weights: {weights}." if weights else "No agent carries weight."


def _lacking(rows: int) -> str:
    if not rows:
        return ""
    return " 1 row lacks a number and is left out." if rows == 1 else f" {rows:,} rows lack a number and are left out."


def _cautions(analysis: Analysis) -> tuple[str, ...]:
    """Every alarm in full that is not told in full above."""
    above = set(analysis.verdict.headlines)
    decisive_first = sorted(analysis.verdict.alarms, key=lambda alarm: not alarm.decisive)
    return tuple(one_line(alarm.words) for alarm in decisive_first if alarm.words not in above)


def _scope(analysis: Analysis) -> tuple[str, ...]:
    from chatarena.hull.words import SCOPE

    return SCOPE[analysis.norm]


# -- answers -----------------------------------------------------------------------------------------------------------


def _answers(findings: Findings) -> tuple[Answer, ...]:
    """Simple answers and combinations: the largest error held out where that norm decides, else the mean square."""
    return tuple(_answer(findings, method, rmse) for method, rmse in findings.fitted)


def _answer(findings: Findings, method: Method, fitted: float) -> Answer:
    analysis, largest = findings.analysis, findings.question.norm == "largest error"
    name, held, low, high = NAMES[method], None, None, None
    gaps: dict[str, float | None] = dict(findings.gaps)
    if analysis.held_out is not None:
        error = analysis.held_out.of(method)
        held = error.largest if largest else error.rmse
        if error.se is not None and not largest:
            low, high = (math.sqrt(max(0.0, error.mse + sign * WIDTH * error.se)) for sign in (-1, 1))
        if method == "best single" and len(error.chosen) == 1:
            name += f": {one_line(error.chosen[0].agent)}"
    return Answer(
        key=method,
        name=name,
        weighed=method in (*HULLS, "least squares"),
        chosen=method == analysis.kind,
        fitted=fitted,
        held_out=held,
        low=low,
        high=high,
        gap_sup=findings.constant_gap if method == "constant" else gaps.get(method),
    )


# -- weights -----------------------------------------------------------------------------------------------------------


def _weights(analysis: Analysis) -> tuple[tuple[Share, ...], tuple[str, ...], str]:
    """Whoever carries weight, most of it first; who carries none, by name; and how many stand between."""
    agents = analysis.agents
    fitted = dict(zip(agents, analysis.fitted.weights, strict=True))
    if analysis.norm == "largest error" and analysis.best_sup is not None:
        fitted = dict(zip(agents, analysis.best_sup.weights, strict=True))
    drawn = {}
    if analysis.bootstrap is not None and analysis.norm == "mean square":
        drawn = {one.agent: one for one in analysis.bootstrap.weights}
    order = sorted(agents, key=lambda agent: -abs(fitted[agent]))
    shown = [agent for agent in order if fitted[agent] != 0][:MOST_WEIGHTS]
    shares = tuple(
        Share(
            agent=one_line(agent),
            weight=fitted[agent],
            low=drawn[agent].interval.low if agent in drawn else None,
            high=drawn[agent].interval.high if agent in drawn else None,
            carries=drawn[agent].carries if agent in drawn else None,
        )
        for agent in shown
    )
    less = sum(fitted[agent] != 0 for agent in agents) - len(shown)
    silent = [one_line(agent) for agent in agents if fitted[agent] == 0]
    more = len(silent) - MOST_SPOTS
    named = (*silent[:MOST_SPOTS], f"{more} more") if more > 1 else tuple(silent)
    return shares, named, f" {less} more agents carry less." if less else ""


def _weights_note(analysis: Analysis) -> str:
    if analysis.norm == "largest error":
        weights = (analysis.best_sup or analysis.fitted).weights
        return "The weights that make the largest error as small as it can be." + _noise(analysis, weights)
    budget = _noise(analysis, analysis.fitted.weights)
    if analysis.bootstrap is None:
        return f"The weights of least mean squared error on all instances.{budget}"
    drawn = analysis.bootstrap
    units = f"{analysis.unit}s"
    return (
        f"The weights of least mean squared error on all instances; intervals hold {drawn.level:.0%} of"
        f" {drawn.resamples} resamples of {drawn.units} {units}. They show how much the weights depend on which"
        f" instances there happened to be.{budget}"
    )


def _noise(analysis: Analysis, weights: Sequence[float]) -> str:
    """What weights that add up to more than one make of errors in the agents' own ratings."""
    from chatarena.hull.coverage import error_budget
    from chatarena.hull.words import at_most, number

    budget = error_budget(0.0, weights, NOISE)
    if analysis.kind == "simplex" or budget.weight_sum <= 1.0 + NOISE:
        return ""
    return (
        f" Their sizes add up to {number(budget.weight_sum)}: if every agent's ratings are off by {NOISE:g}, the"
        f" combination is off by up to {at_most(budget.noise)}."
    )


# -- proof, blind spots, single agents ---------------------------------------------------------------------------------


def _proof(findings: Findings) -> Iterator[str]:
    from chatarena.hull.certificate import Inside, Outside
    from chatarena.hull.sentences import in_words
    from chatarena.hull.words import at_least, at_most, number

    analysis = findings.analysis
    proved = analysis.certificate
    if isinstance(proved, Outside):
        yield (
            f"No such combination comes within {at_least(proved.margin)} of {findings.subject.person} on every"
            " instance. The proof is a comparison that every agent makes in one way and that person in another:"
        )
        yield from map(one_line, in_words(proved, person=findings.subject.person))
    elif isinstance(proved, Inside):
        who = _listed([f"{one_line(one.agent)} {number(one.weight)}" for one in proved.sparse])
        yield (
            f"On every instance the largest error is at most {at_most(proved.gap)} with these weights: {who}."
            f" Nothing comes below {at_least(proved.lower)}."
        )


def _spots(findings: Findings) -> tuple[Spot, ...]:
    return tuple(
        Spot(label=one_line(group.label), n=group.n, residual=group.residual, one_sided=group.one_sided)
        for group in findings.bias.groups[:MOST_SPOTS]
    )


def _spots_note(findings: Findings) -> str:
    groups = findings.bias.groups
    if findings.subject.parts is not None:
        part = f"Mean by {findings.subject.parts_name}"
    else:
        part = "Every instance by itself"
    first = f", the {MOST_SPOTS} largest of {len(groups)}" if len(groups) > MOST_SPOTS else ""
    shared = sum(group.one_sided for group in groups)
    return (
        f"{part}{first}: what the best combination in mean square leaves."
        f" In {shared} of {len(groups)} every single agent is off to the same side. {findings.bias.out_of_range:.0%} of"
        f" the instances lie beyond what any agent says of them."
    )


def _without(findings: Findings) -> tuple[tuple[Without, ...], str]:
    """Whose absence matters, most first, and who of those with weight is not missed at all."""
    from chatarena.hull.words import DUST, at_most

    def felt(change: float) -> float:
        return change if change > DUST else 0.0

    whole = findings.analysis.fitted.rmse
    found = [
        Without(
            agent=one_line(one.name),
            gap_sup=one.gap_sup,
            gap_sup_change=felt(one.gap_sup_change),
            rmse=math.sqrt(max(0.0, one.mse)),
            rmse_change=felt(math.sqrt(max(0.0, one.mse)) - whole),
        )
        for one in findings.without
    ]
    by_norm = findings.question.norm == "largest error"
    missed = [one for one in found if max(one.gap_sup_change, one.rmse_change) > 0]
    missed.sort(key=lambda one: -(one.gap_sup_change if by_norm else one.rmse_change))
    shown = missed[:MOST_SPOTS]
    notes = []
    if len(missed) > len(shown):
        notes.append(f"{len(missed) - len(shown)} more agents are missed less than those in the table.")
    pair = findings.worst_pair
    if pair is not None:
        who = f" (without {_listed(list(map(one_line, pair.worst)))})" if pair.worst_gap - pair.gap > DUST else ""
        notes.append(f"Whichever two agents leave, the least largest error is at most {at_most(pair.worst_gap)}{who}.")
    gone = [one.agent for one in found if one not in missed]
    if gone:
        notes.append(f"Nothing changes without {'any one of ' * (len(gone) > 1)}{_listed(gone)}.")
    return tuple(shown), " ".join(notes)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_SPOTS
    return ", ".join(names[:MOST_SPOTS]) + (f" and {more} more" if more > 0 else "")


# -- curve and nulls ---------------------------------------------------------------------------------------------------


def _curve(analysis: Analysis) -> tuple[Line, ...]:
    """The line of the kind that was asked about first, then those of the simple answers."""
    if analysis.curve is None:
        return ()
    wanted = (analysis.kind, "least squares" if analysis.kind == "affine" else "", "mean", "best single", "constant")
    lines = {line.method: line for line in analysis.curve.lines}
    return tuple(
        Line(
            key=method,
            name=NAMES[method],
            steps=tuple(
                Step(
                    agents=point.agents,
                    held_out=math.sqrt(point.held_out),
                    low=math.sqrt(point.held_out_low),
                    high=math.sqrt(point.held_out_high),
                    fitted=math.sqrt(point.fitted),
                )
                for point in lines[method].points
            ),
        )
        for method in wanted
        if method in lines
    )


def _curve_note(analysis: Analysis) -> str:
    if analysis.curve is None:
        return ""
    curve = analysis.curve
    return (
        f"Root mean square error on instances kept out ({curve.split}), by number of agents: the mean over"
        f" {curve.repeats} random choices of them, with the middle {curve.level:.0%} of the choices. On the instances"
        " that were fitted the error of more agents can only fall, whoever they are."
    )


def _bands(analysis: Analysis) -> tuple[Band, ...]:
    from chatarena.hull.words import counted, number

    return tuple(
        Band(
            key=null.name,
            name=NULLS[null.name],
            typical=math.sqrt(max(0.0, null.typical)),
            low=math.sqrt(max(0.0, null.low)),
            found=math.sqrt(max(0.0, null.observed)),
            words=f"{null.as_good} of {counted(null.draws, 'draw')} fit as well, p = {number(null.p)}",
        )
        for null in analysis.nulls
    )
