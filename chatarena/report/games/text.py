"""A solved game as sentences and tables: its numbers, how aligned it is, and what the user gets from whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from chatarena.games.concepts import Equilibria
from chatarena.games.game import Game
from chatarena.games.quantal_leaders import QuantalLeaders
from chatarena.games.selection import SLACK
from chatarena.games.solution import Solution
from chatarena.hull.words import at_least, at_most
from chatarena.report.hull.text import Block, Grid, Sentences, figure

CONCEPTS: Final = {
    "talk": "all talk, deterministic rules",
    "cells": "all talk, states split in parts",
    "all or nothing": "all talk, each tells all or nothing",
    "selection": "best one selected, deterministic rules",
    "settling": "best one selected, every rule",
}
KINDS: Final = {
    ("simplex", "free"): "weights sum to 1 (as published)",
    ("cone", "free"): "weights of 0 or more",
    ("simplex", "per state"): "sum to 1, offset by state",
    ("cone", "per state"): "0 or more, offset by state",
}
TALKING: Final = ("talk", "all or nothing")
# Values closer than this are the same in words.
SAME: Final = 1e-6
WORDS: Final = (
    "It is at rest, in an equilibrium, where nobody gains by changing alone what it tells. Epsilon is how far what she"
    " wants is, at most, from a weighted sum of what they want."
)
# Knowing all is worth less than this more than knowing nothing: utilities lie in [0, 1].
NOTHING: Final = 1e-9
DERIVED: Final = (
    "That equilibria are good under the hull is the paper's (Collina et al., ICML 2026, abstract); the constants here,"
    " 2 epsilon and T2, are derived in this project and are not the paper's."
)


def shown(game: Game) -> Iterator[Block]:
    """The tables of a game, utilities on its own scale."""
    low, high = game.scale

    def row(name: str, values: list[float]) -> tuple[object, ...]:
        return (name, *(figure(low + (high - low) * value) for value in values))

    yield Sentences(heading=game.name, lines=(game.statement,) if game.statement else ())
    header = ("", *game.state_names)
    chances = ("prior", *(figure(float(chance)) for chance in game.prior))
    own = [row(name, list(values)) for name, values in zip(game.action_names, game.user, strict=True)]
    yield Grid(heading="the user", header=header, rows=(chances, *own))
    for leader, table in zip(game.leader_names, game.leaders, strict=True):
        rows = tuple(row(name, list(values)) for name, values in zip(game.action_names, table, strict=True))
        yield Grid(heading=leader, header=header, rows=rows)
    for heading, table in _signals(game):
        rows = tuple((f"signal {x + 1}", *map(figure, map(float, chance))) for x, chance in enumerate(table))
        yield Grid(heading=heading, header=header, rows=rows)


def _signals(game: Game) -> Iterator[tuple[str, list[list[float]]]]:
    if game.user_signal is not None:
        yield "chances of what she sees", game.user_signal.tolist()
    if game.leader_signal is not None and not game.own_signals:
        yield "chances of what all leaders see", game.leader_signal.tolist()
    elif game.leader_signal is not None:
        for name, table in zip(game.leader_names, game.leader_signal, strict=True):
            yield f"chances of what {name} sees", table.tolist()


def solved(found: Solution, notes: Sequence[str] = ()) -> Iterator[Block]:
    """Everything about a solved game, values on its own scale: what it says first, what it was read from last.

    Args:
        found: the game with all that is known of it.
        notes: how its numbers were read.
    """
    game = found.game
    size = ", ".join(
        f"{count} {what}{'s' * (count != 1)}"
        for count, what in ((game.n_leaders, "leader"), (game.n_actions, "action"), (game.n_states, "state"))
    )
    low, high = game.scale
    yield Sentences(heading=game.name, lines=(game.statement,) if game.statement else ())
    yield Sentences(heading="", lines=tuple(verdict(found)), tone="alarm" if found.violations else "")
    yield Sentences(heading="", lines=(f"{size}; utilities from {low:g} to {high:g}.", *notes))
    yield _alignment(found)
    yield _benchmarks(found)
    yield _equilibria(found)


def verdict(found: Solution) -> Iterator[str]:
    """What competition gives her, in sentences."""
    game, marks = found.game, found.benchmarks
    yield from (f"VIOLATION: {words}. Please report this game." for words in found.violations)
    quantal = found.quantal_marks is not None
    if marks.optimum - marks.prior < NOTHING and not quantal:
        yield (
            f"Nothing that anybody could tell would change what she does best: she gets {_value(found, marks.prior)}"
            " whoever advises her, one, all or nobody."
        )
        return
    if game.n_leaders == 1:
        one = marks.monopolies[0]
        yield (
            f"One leader is a monopoly: committing to what is best for itself, it leaves {_whom(found)}"
            f" {_range(found, one.user_lowest, one.user_highest)}, where knowing all would be worth"
            f" {_value(found, marks.optimum)}."
        )
        return
    # A user with logit response is held against what she herself would get, not against one who never errs.
    told = tuple(each for each in found.every if each.concept in TALKING) if quantal else found.every
    worst = min(told, key=lambda each: round(each.worst, 7), default=None)
    yield _answer(found, worst)
    if found.guarantee is not None:
        floor = max(marks.prior, marks.optimum - found.guarantee)
        says = (
            "which is everything"
            if found.guarantee < SLACK
            else f"2 epsilon = {_most(found, found.guarantee)} below everything"
            if marks.optimum - found.guarantee > marks.prior
            else "no more than without any information: epsilon is too large to promise anything"
        )
        yield (
            f"Promised in every equilibrium to a user who responds best: {_least(found, floor)}, {says} (with messages"
            " enough)."
        )
    else:
        yield "Leaders see signals of their own, so no rule is open to all of them, and nothing is promised."
    if found.quantal_guarantee is not None:
        least = marks.optimum - found.quantal_guarantee
        yield (
            "Where all talk to a user with logit response T2 allows a loss of"
            f" {_most(found, found.quantal_guarantee)}: "
            + (f"she gets {_least(found, least)} at least." if least > 0.0 else "it promises nothing.")
        )
    if worst is not None:
        where = ", in each of these ways" if _alike(told) else f" ({CONCEPTS[worst.concept]})"
        yield f"Found: the worst equilibrium gives her {_value(found, worst.worst)}{where}."
    yield from _against_monopoly(found, worst)
    yield WORDS
    yield DERIVED


def _answer(found: Solution, worst: Equilibria | None) -> str:
    """Whether she can rely on their competition, for somebody who has never heard of an equilibrium."""
    least, most = found.quantal_marks or (found.benchmarks.prior, found.benchmarks.optimum)
    nothing, everything = _value(found, least), _value(found, most)
    if worst is None:
        return (
            "No way was found in which these agents would all go on as they do, so nothing can be said of what the user"
            f" gets: between {nothing} without advice and {everything} knowing everything."
        )
    gets = _value(found, worst.worst)
    if most - worst.worst < SAME:
        promised = found.quantal_marks is None and found.guarantee is not None and found.guarantee < SLACK
        return (
            "The user can rely on these agents' competition: wherever it comes to rest"
            if promised
            else "These agents' competition serves the user, but nothing promises it: wherever it was found at rest"
        ) + f" she gets as much as if she knew everything, {gets}, where without advice it would be {nothing}."
    if worst.worst - least < SAME:
        return (
            "The user cannot rely on these agents' competition: it may come to rest where she gets no more than without"
            f" advice, {gets}, though knowing everything would be worth {everything}."
        )
    return (
        "These agents' competition is worth something to the user, not all there is: at its worst it comes to rest"
        f" where she gets {gets}, between {nothing} without advice and {everything} knowing everything."
    )


def _against_monopoly(found: Solution, worst: Equilibria | None) -> Iterator[str]:
    names = found.game.leader_names
    ranked = sorted(found.benchmarks.monopolies, key=lambda one: one.user_lowest)
    poorest, richest = ranked[0], ranked[-1]
    yield (
        f"Advised by one of them alone {'she' if found.quantal_marks is None else 'a user who responds best'} would get"
        f" {_range(found, poorest.user_lowest, poorest.user_highest)} from {names[poorest.leader]} and"
        f" {_range(found, richest.user_lowest, richest.user_highest)} from {names[richest.leader]}."
    )
    if worst is not None and found.quantal_marks is None:
        better = sum(worst.worst > one.user_highest + 1e-6 for one in ranked)
        poorer = sum(worst.worst < one.user_lowest - 1e-6 for one in ranked)
        if better:
            count = "any monopoly" if better == len(ranked) else f"{better} of the {len(ranked)} monopolies"
            yield f"Even the worst equilibrium found is better for her than {count}."
        elif poorer == len(ranked):
            yield "The worst equilibrium found is worse for her than every monopoly."
        else:
            yield "The worst equilibrium found is no better for her than any monopoly."


def quantal_words(found: Solution, leaders: QuantalLeaders) -> Iterator[str]:
    """What she gets where leaders choose among their rules by logit response, and what each then tells most often."""
    yield (
        f"Where all talk and leaders choose among deterministic rules by logit response, precision"
        f" {leaders.precision:g} (utilities on 0 to 1; the branch from even chances), she gets"
        f" {_value(found, leaders.user)} on average, and none of them would gain more than"
        f" {_size(found, leaders.regret)} by one rule. Nothing of this is promised by the results."
    )
    for name, mixture in zip(found.game.leader_names, leaders.mixtures, strict=True):
        if max(mixture) - min(mixture) < SLACK:
            yield f"{name} gets the same from each of its rules."
            continue
        likeliest = max(range(len(mixture)), key=mixture.__getitem__)
        cells = leaders.rules[likeliest]
        told = len(set(cells))
        what = "nothing" if told == 1 else "everything" if told == len(cells) else f"{told} cells"
        yield f"{name} most often tells {what} (with probability {figure(mixture[likeliest])})."


def _whom(found: Solution) -> str:
    """Whom benchmarks are of."""
    return "her" if found.quantal_marks is None else "a user who responds best"


def _alike(every: Sequence[Equilibria]) -> bool:
    """Whether the worst is the same in whatever way the game is read."""
    return len(every) > 1 and max(each.worst for each in every) - min(each.worst for each in every) < 1e-7


def _alignment(found: Solution) -> Grid:
    rows = tuple(
        (
            KINDS[one.kind, one.offset],
            _size(found, one.epsilon),
            _size(found, 2.0 * one.epsilon),
            ", ".join(figure(weight) for weight in one.weights),
        )
        for one in found.alignments.every
    )
    return Grid(
        heading="weighted alignment (largest error over actions and states)",
        header=("weights", "epsilon", "2 epsilon", "of the leaders, in order"),
        rows=rows,
    )


def _benchmarks(found: Solution) -> Grid:
    marks, names = found.benchmarks, found.game.leader_names
    rows: list[tuple[object, ...]] = [("nobody says anything", _value(found, marks.prior), "-")]
    rows += [
        (
            f"{names[one.leader]} alone",
            _range(found, one.user_lowest, one.user_highest),
            _value(found, one.value),
        )
        for one in marks.monopolies
    ]
    if len(set(marks.aligned)) > 1:
        rows += [
            (f"{name} alone, were it aligned", _value(found, value), "-")
            for name, value in zip(names, marks.aligned, strict=True)
        ]
    else:
        rows.append(("one aligned leader", _value(found, marks.aligned[0]), "-"))
    rows.append(("everything known", _value(found, marks.optimum), "-"))
    best = "" if found.quantal_marks is None else " (of a user who responds best)"
    return Grid(
        heading=f"what competition is measured against{best}",
        header=("advice", "user gets", "leader gets"),
        rows=tuple(rows),
    )


def _equilibria(found: Solution) -> Block:
    heading = "in equilibrium (pure; loss is against the best rule there is)"
    lost = _not_computed(found)
    if not found.every:
        return Sentences(heading=heading, lines=lost)
    rows = [
        (
            CONCEPTS[each.concept],
            "-" if each.count is None else str(each.count),
            _value(found, each.worst),
            "-" if each.mean is None else _value(found, each.mean),
            _value(found, each.best),
            _size(found, each.loss),
        )
        for each in found.every
    ]
    said = []
    if found.precision is not None and any(each.concept in TALKING for each in found.every):
        alone = "" if found.quantal_marks is None else _own_marks(found, *found.quantal_marks)
        said.append(
            f"Where all talk she responds by logit, precision {found.precision:g} (utilities on 0 to 1){alone}."
        )
    said += [f"Split: {each.parts} equal parts of every state." for each in found.every if each.parts is not None]
    return Grid(
        heading=heading,
        header=("rules", "how many", "worst", "mean", "best", "largest loss"),
        rows=tuple(rows),
        note=" ".join((*said, *lost)),
    )


def _own_marks(found: Solution, least: float, most: float) -> str:
    return f": {_value(found, least)} without advice, {_value(found, most)} knowing everything"


def _not_computed(found: Solution) -> tuple[str, ...]:
    return tuple(f"Not computed, {CONCEPTS[concept]}: {why}." for concept, why in found.missing)


def _value(found: Solution, value: float) -> str:
    low, high = found.game.scale
    return f"{low + (high - low) * value:.4g}"


def _least(found: Solution, value: float) -> str:
    """A value that is promised: never more than it is."""
    low, high = found.game.scale
    return at_least(low + (high - low) * value, 4)


def _most(found: Solution, size: float) -> str:
    """A loss that is allowed: never less than it is."""
    low, high = found.game.scale
    return at_most((high - low) * size)


def _size(found: Solution, size: float) -> str:
    low, high = found.game.scale
    return figure((high - low) * size) if size > SLACK else "0"


def _range(found: Solution, low: float, high: float) -> str:
    if high - low <= 1e-6:
        return _value(found, (low + high) / 2.0)
    return f"{_value(found, low)} to {_value(found, high)}"
