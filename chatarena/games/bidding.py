"""Best-AI selection with all rules there are: exact best responses in turn, and how near their end is to equilibrium.

A leader who is not talked to outbids: it takes its best rule that is worth more to the user than any other. One who is
talked to takes its best rule that keeps it there, or lets another be talked to. Rules are points of each leader's
frontier (chatarena.games.frontier), so a run costs no linear program.

    gain_i = max { f_i(t_i), what i gets when the best of the others is talked to } - what i gets now

over all rules of leader i, t_i the best of the others. With every gain known, T3 gives
value >= V* - 2 eps - sum_i w_i gain_i.

Law: rest, a cycle and running out of sweeps are told apart; gains are computed without margin, ties to the deviator.

Source: derived here (docs/theory/selection.md); which dynamics, starts and stopping rule the paper used is not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from chatarena.games.frontier import Frontier, Rule, frontier
from chatarena.games.game import Game
from chatarena.games.market import Market, everything, market, nothing
from chatarena.games.selection import GAIN
from chatarena.hull.kinds import FloatArray

# nothing: all are silent. monopoly: each as if alone. everything: all say all they know. drawn: mixtures by lot.
Start: TypeAlias = Literal["nothing", "monopoly", "everything", "drawn"]
STARTS: tuple[Start, ...] = ("nothing", "monopoly", "everything", "drawn")
Ending: TypeAlias = Literal["rest", "cycle", "moving"]

# By how much, as a share of V* - V_prior, a leader outbids.
MARGIN = 0.02
SWEEPS = 400
# A situation is the same when all numbers agree to so many decimals.
AGAIN = 12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Bidders:
    """The leaders' frontiers, and what the user gets without information, with all of it, and from each leader alone.

    `best` is V*, the largest value that every leader can offer; where leaders see signals of their own no rule is open
    to all, and `best` is only that number.
    """

    offers: Market
    frontiers: tuple[Frontier, ...]
    nothing: float
    best: float
    monopoly: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Run:
    """One run of best responses.

    `value` is what the user gets at the end; `lowest` and `mean` over the turns of the cycle where it ends in one, the
    same as `value` elsewhere. `gains` (k,) is the most each leader could still gain. `margin` is the last one, in units
    of utility.
    """

    value: float
    lowest: float
    mean: float
    ends: Ending
    sweeps: int
    period: int
    selected: int
    rules: tuple[Rule, ...]
    gains: FloatArray
    start: Start
    ties: Literal["deviator", "incumbent"]
    margin: float
    order: Literal["sequential", "random"]


def bidders(full: Game) -> Bidders:
    """Solve for every best response of every leader of a game.

    Raises:
        ValueError: too many plans.
        ArenaError: a linear program was not solved.
    """
    offers = market(full)
    found = tuple(frontier(offer, i) for i, offer in enumerate(offers.offers))
    silent = offers.offers[0]
    best = min(each.most for each in found)
    return Bidders(
        offers=offers,
        frontiers=found,
        # Where there is nothing to tell both are the same, and rounding must not turn them round.
        nothing=min(silent.worth(nothing(silent)), best),
        best=best,
        monopoly=np.array([each.values[0] for each in found]),
    )


def compete(
    who: Bidders,
    start: Start = "nothing",
    *,
    ties: Literal["deviator", "incumbent"] = "incumbent",
    margin: float = MARGIN,
    finer: int = 0,
    sweeps: int = SWEEPS,
    rng: np.random.Generator | None = None,
    random_order: bool = False,
) -> Run:
    """One run: best responses in turn until nobody moves, a cycle is closed, or the sweeps run out.

    Args:
        who: the leaders.
        start: what they begin with.
        ties: who is talked to where a new rule is worth as much as the best of the others: who made it, or the other.
        margin: by how much more a rule must be worth than the best of the others, as a share of V* - V_prior; less is
            enough where less is left up to V*. 0 only where ties go to the deviator.
        finer: how often, once at rest, it goes on with a tenth of the margin: less is left to gain, more is swept.
        sweeps: how many at most, >= 1.
        rng: draws what is drawn: the start, the order.
        random_order: whether every sweep has an order of its own.

    Raises:
        ValueError: an unknown start or ties, a margin that is none, no sweep, or a draw without generator.
    """
    _check(start, ties, margin, sweeps)
    if finer < 0:
        raise ValueError(f"finer must be 0 or more, not {finer!r}")
    if rng is None and (random_order or start == "drawn"):
        raise ValueError("a drawn start or order needs a generator")
    table = _Table(who, _begin(who, start, rng), ties, margin * (who.best - who.nothing))
    play = _to_rest(table, sweeps, rng if random_order else None)
    made = play.sweeps
    for _ in range(finer if margin > 0.0 else 0):
        if play.ends != "rest" or made == sweeps:
            break
        table.step /= 10.0
        play = _to_rest(table, sweeps - made, rng if random_order else None)
        made += play.sweeps
    return Run(
        value=table.value,
        lowest=min(play.values),
        mean=float(np.mean(play.values)),
        ends=play.ends,
        sweeps=made,
        period=play.period,
        selected=table.selected,
        rules=tuple(table.rules),
        gains=gains(who, table.rules, table.selected),
        start=start,
        ties=ties,
        margin=table.step,
        order="random" if random_order else "sequential",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Play:
    """How it ended after how many sweeps, and the values of the cycle's turns or the last one."""

    ends: Ending
    sweeps: int
    period: int
    values: tuple[float, ...]


def _to_rest(table: _Table, sweeps: int, rng: np.random.Generator | None) -> _Play:
    """Sweeps until nobody moves; a generator draws the order of each."""
    k = len(table.rules)
    seen: dict[tuple[float, ...], int] = {}
    trace: list[float] = []
    for sweep in range(1, sweeps + 1):
        moved = False
        for i in range(k) if rng is None else map(int, rng.permutation(k)):
            moved |= table.turn(i)
            trace.append(table.value)
        if not moved:
            return _Play(ends="rest", sweeps=sweep, period=0, values=(table.value,))
        before = seen.setdefault(table.situation(), sweep)
        if rng is None and before < sweep:
            period = sweep - before
            return _Play(ends="cycle", sweeps=sweep, period=period, values=tuple(trace[-period * k :]))
    return _Play(ends="moving", sweeps=sweeps, period=0, values=(table.value,))


def gains(who: Bidders, rules: Sequence[Rule], selected: int) -> FloatArray:
    """The most each leader could gain by any rule, ties going to it: 0 for all is an equilibrium.

    Args:
        who: the leaders.
        rules: what each commits to.
        selected: who is talked to.
    """
    found = np.zeros(len(rules))
    for i, own in enumerate(who.frontiers):
        heir = _heir(rules, i, selected)
        level = -np.inf if heir is None else rules[heir].value
        reach = own.attains(level)
        if heir is not None:
            reach = max(reach, float(rules[heir].payoffs[i]))
        found[i] = max(0.0, reach - float(rules[selected].payoffs[i]))
    return found


class _Table:
    """Rules on the table, who is talked to, and one leader's turn."""

    def __init__(self, who: Bidders, rules: list[Rule], ties: str, step: float) -> None:
        self.who, self.rules, self.ties, self.step = who, rules, ties, step
        self.selected = max(range(len(rules)), key=lambda i: (rules[i].value, -i))

    @property
    def value(self) -> float:
        """What the user gets."""
        return self.rules[self.selected].value

    def situation(self) -> tuple[float, ...]:
        """What decides how it goes on."""
        numbers = [x for rule in self.rules for x in (rule.value, *rule.payoffs)]
        return (self.selected, *np.round(numbers, AGAIN).tolist())

    def turn(self, i: int) -> bool:
        """Leader i takes its best rule; whether it moved."""
        heir = _heir(self.rules, i, self.selected)
        now = float(self.rules[self.selected].payoffs[i])
        rule = self.who.frontiers[i].response(self._level(i, heir))
        if rule is not None and float(rule.payoffs[i]) > now + GAIN:
            left = -np.inf if heir is None else float(self.rules[heir].payoffs[i])
            if float(rule.payoffs[i]) >= left:
                self.rules[i], self.selected = rule, i
                return True
        if heir is not None and i == self.selected and float(self.rules[heir].payoffs[i]) > now + GAIN:
            # It gives way by saying nothing, unless that is as good to the user as the other.
            silent = self.who.offers.offers[i]
            law = nothing(silent)
            if silent.worth(law) < self.rules[heir].value or self.ties == "incumbent":
                self.rules[i] = Rule(value=silent.worth(law), payoffs=silent.payoffs(law), law=law)
                self.selected = heir
                return True
        return False

    def _level(self, i: int, heir: int | None) -> float:
        """What a rule of leader i must be worth for the user to come."""
        if heir is None:
            return -np.inf
        rival, most = self.rules[heir].value, self.who.frontiers[i].most
        if self.ties == "incumbent" and rival >= most - GAIN:
            return np.inf
        return min(rival + self.step, max(rival, most))


def _heir(rules: Sequence[Rule], i: int, selected: int) -> int | None:
    """Who is talked to where leader i is not: who is now, or the best of the others, the first of equal ones."""
    if i != selected:
        return selected
    others = [j for j in range(len(rules)) if j != i]
    return max(others, key=lambda j: (rules[j].value, -j)) if others else None


def _begin(who: Bidders, start: Start, rng: np.random.Generator | None) -> list[Rule]:
    rules = []
    for offer, own in zip(who.offers.offers, who.frontiers, strict=True):
        laws = {"nothing": nothing(offer), "monopoly": own.laws[0], "everything": everything(offer)}
        if start == "drawn" and rng is not None:
            pool = np.concatenate([own.laws, laws["nothing"][None], laws["everything"][None]])
            law = np.tensordot(rng.dirichlet(np.ones(len(pool))), pool, axes=1)
        else:
            law = laws[start]
        rules.append(Rule(value=offer.worth(law), payoffs=offer.payoffs(law), law=law))
    return rules


def _check(start: str, ties: str, margin: float, sweeps: int) -> None:
    if start not in STARTS:
        raise ValueError(f"start must be one of {', '.join(STARTS)}, not {start!r}")
    if ties not in ("deviator", "incumbent"):
        raise ValueError(f"ties must be deviator or incumbent, not {ties!r}")
    if not 0.0 <= margin <= 1.0 or (margin == 0.0 and ties == "incumbent"):
        raise ValueError(f"a margin lies above 0 and up to 1, or is 0 where ties go to the deviator, not {margin!r}")
    if sweeps < 1:
        raise ValueError(f"at least one sweep is needed, not {sweeps!r}")
