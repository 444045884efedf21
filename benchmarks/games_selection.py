"""Claim: best responses among leaders of thousands of games at numpy's price, of millions at a compiled loop's.

Best-AI selection, sequential best responses from rule 0 of everyone, ties to the lowest index: plain loops over arrays
and over lists (which Python indexes twice as fast) and quantecon's NormalFormGame (payoff arrays built,
`payoff_vector` asked in turn) against `best_responses` in numpy and compiled. All in one run, in turn, medians of
process CPU seconds on one thread; the same profiles are asserted. Then all pure equilibria of a thousand games at once
against a loop over profiles, the same counts and values asserted, and exact best responses over all rules: one frontier
against a linear program for each move.

Aims (performance notes, "Games"): numpy >= 9 x the loops, compiled >= 1 million games a second at 4 x 8.

    python -m benchmarks.games_selection [--rounds 5]
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks._games import in_turn
from chatarena.games.dynamics import best_responses
from chatarena.games.equilibria import pure_equilibria
from chatarena.games.frontier import frontier
from chatarena.games.game import game
from chatarena.games.market import market
from chatarena.games.persuasion import persuade
from chatarena.games.rules import deterministic_games
from chatarena.games.selection import SelectionGames, selection_games
from chatarena.hull.threads import one_thread

SHAPES = ((2, 10), (4, 8), (8, 32))
GAMES, BY_LOOPS, BY_QUANTECON = 2_000, 200, 20
# Entries of a normal form beyond which nobody builds it.
LARGEST_FORM = 5_000
BANDWIDTH = 50_000_000


def drawn(leaders: int, rules: int) -> SelectionGames:
    """Games whose leaders like outcomes of their own a little more than those of others."""
    rng = np.random.default_rng(0)
    payoffs = rng.standard_normal((GAMES, leaders, leaders, rules))
    payoffs[:, np.arange(leaders), np.arange(leaders)] += 1.0
    return selection_games(rng.standard_normal((GAMES, leaders, rules)), payoffs)


def by_loops(values: Any, payoffs: Any) -> list[list[int]]:  # noqa: C901 - what is measured against, in one piece
    """What one would write first."""
    ended = []
    for shown, gets in zip(values, payoffs, strict=True):
        k, m = len(shown), len(shown[0])
        rules = [0] * k
        moved = True
        while moved:
            moved = False
            for i in range(k):
                best_other = -1
                for j in range(k):
                    if j != i and (best_other < 0 or shown[j][rules[j]] > shown[best_other][rules[best_other]]):
                        best_other = j
                top, lost = shown[best_other][rules[best_other]], gets[i][best_other][rules[best_other]]
                own, mine, most, best = shown[i], gets[i][i], -np.inf, 0
                for t in range(m):
                    wins = own[t] > top or (own[t] == top and i < best_other)
                    amount = mine[t] if wins else lost
                    if amount > most:
                        most, best = amount, t
                wins = own[rules[i]] > top or (own[rules[i]] == top and i < best_other)
                if most > (mine[rules[i]] if wins else lost) + 1e-9:
                    rules[i], moved = best, True
        ended.append(rules)
    return ended


def by_quantecon(games: SelectionGames, count: int) -> list[list[int]]:
    """The normal form, and its players' payoff vectors in turn."""
    import quantecon.game_theory as gt

    k, m = games.leaders, games.rules
    ended = []
    for b in range(count):
        form = np.zeros((m,) * k + (k,))
        for profile in np.ndindex(*(m,) * k):
            chosen = int(np.argmax([games.shown[b, j, profile[j]] for j in range(k)]))
            form[profile] = games.payoffs[b, :, chosen, profile[chosen]]
        players = gt.NormalFormGame(form).players
        rules = [0] * k
        moved = True
        while moved:
            moved = False
            for i in range(k):
                others = tuple(rules[(i + 1 + step) % k] for step in range(k - 1))
                gets = players[i].payoff_vector(others if k > 2 else others[0])
                best = int(gets.argmax())
                if gets[best] > gets[rules[i]] + 1e-9:
                    rules[i], moved = best, True
        ended.append(rules)
    return ended


def dynamics(leaders: int, rules: int, rounds: int) -> None:
    """One shape."""
    games = drawn(leaders, rules)
    values, payoffs = games.shown[:BY_LOOPS], games.payoffs[:BY_LOOPS]
    lists = values.tolist(), payoffs.tolist()
    found = best_responses(games, engine="compiled")
    assert (found.ends == 1).all()
    assert (found.rules == best_responses(games, engine="numpy").rules).all(), "numpy and compiled differ"
    assert found.rules[:BY_LOOPS].tolist() == by_loops(*lists), "plain loops end elsewhere"
    runs: dict[str, tuple[Callable[[], Any], int]] = {
        "loops over arrays": (lambda: by_loops(values, payoffs), BY_LOOPS),
        "loops over lists": (lambda: by_loops(*lists), BY_LOOPS),
        "numpy": (lambda: best_responses(games, engine="numpy"), GAMES),
        "compiled": (lambda: best_responses(games, engine="compiled"), GAMES),
    }
    if rules**leaders <= LARGEST_FORM:
        assert found.rules[:BY_QUANTECON].tolist() == by_quantecon(games, BY_QUANTECON), "quantecon ends elsewhere"
        runs["quantecon NormalFormGame"] = (lambda: by_quantecon(games, BY_QUANTECON), BY_QUANTECON)
    taken, _ = in_turn({name: run for name, (run, _) in runs.items()}, rounds)
    speed = {name: count / taken[name] for name, (_, count) in runs.items()}
    print(f"\n{leaders} leaders x {rules} rules, {found.sweeps.mean():.1f} sweeps; games a second, against both loops")
    for name, each in speed.items():
        against = [each / speed[f"loops over {kind}"] for kind in ("arrays", "lists")]
        print(f"  {name:26s} {each:12,.0f} {against[0]:8.2f} x {against[1]:8.2f} x")
    if "quantecon NormalFormGame" not in runs:
        print(f"  {'quantecon NormalFormGame':26s} {'-':>12s}          {rules}^{leaders} profiles are not built")
    aim("numpy over loops over arrays", speed["numpy"] / speed["loops over arrays"], 9)
    if (leaders, rules) == (4, 8):
        aim("compiled, million games a second", speed["compiled"] / 1e6, 1)


def equilibria(rounds: int) -> None:
    """All pure equilibria, deterministic rules of three states."""
    rng = np.random.default_rng(1)
    shape = (1_000, 3, 3)
    games = deterministic_games(
        rng.dirichlet(np.ones(3), 1_000), rng.random(shape), rng.standard_normal((1_000, 2, 3, 3))
    )
    few = 50

    def plain() -> list[tuple[int, float]]:
        found = []
        for b in range(few):
            value, pay = games.values[b, 0].tolist(), games.payoffs[b, :, 0].tolist()
            rules = range(games.rules)
            rest = []
            for one, two in itertools.product(rules, repeat=2):
                out = one if value[one] >= value[two] else two
                gains = [pay[0][r if value[r] >= value[two] else two] - pay[0][out] for r in rules]
                gains += [pay[1][one if value[one] >= value[r] else r] - pay[1][out] for r in rules]
                if max(gains) <= 1e-9:
                    rest.append(value[out])
            found.append((len(rest), min(rest)))
        return found

    found = pure_equilibria(games)
    assert plain() == list(zip(found.count[:few].tolist(), found.worst[:few].tolist(), strict=True))
    taken, _ = in_turn({"plain": plain, "ours": lambda: pure_equilibria(games)}, rounds)
    plainly, ours = few / taken["plain"], 1_000 / taken["ours"]
    print(f"\nall pure equilibria, 3 states, 5 rules, 2 leaders: {ours:,.0f} games/s, {ours / plainly:.0f} x loops")


def frontiers(rounds: int) -> None:
    """Best responses over all rules at fifty levels: one frontier, or a linear program each."""
    rng = np.random.default_rng(2)
    for states, actions in ((3, 3), (6, 6)):
        full = game(rng.dirichlet(np.ones(states)), rng.random((actions, states)), rng.random((1, actions, states)))
        low, high = float((full.user @ full.prior).max()), float(full.prior @ full.user.max(axis=0))
        levels = np.linspace(low, high, 50).tolist()

        def ours(full: Any = full, levels: list[float] = levels) -> list[float]:
            own = frontier(market(full).offers[0], 0)
            return [own.attains(level) for level in levels]

        def each(full: Any = full, levels: list[float] = levels) -> list[float]:
            return [persuade(full.prior, full.leaders[0], full.user, floor=level).value for level in levels]

        assert np.allclose(ours(), each(), atol=1e-8)
        taken, _ = in_turn({"ours": ours, "each": each}, rounds)
        print(
            f"50 best responses over all rules, {states} states x {actions} actions:"
            f" {taken['ours'] * 1e3:.2f} ms by the frontier, {taken['each'] / taken['ours']:.0f} x a program each"
        )


def aim(what: str, ratio: float, wanted: float) -> None:
    """A missed aim is printed as missed."""
    print(f"    {what}: {ratio:.1f}, aim {wanted:g}: {'met' if ratio >= wanted else 'MISSED'}")


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    chosen = parser.parse_args()
    with one_thread():
        a, b = np.zeros(BANDWIDTH // 8), np.ones(BANDWIDTH // 8)
        took = in_turn({"copy": lambda: np.copyto(a, b)}, 9)[0]["copy"]
        print(f"yardstick: {2 * BANDWIDTH / took / 1e9:.0f} GB/s copying")
        for leaders, rules in SHAPES:
            dynamics(leaders, rules, chosen.rounds)
        equilibria(chosen.rounds)
        frontiers(chosen.rounds)


if __name__ == "__main__":
    main()
