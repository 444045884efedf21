"""Claim: logit equilibria cost tens of microseconds a game, compiled or many at once in numpy. Ratios of one run.

The principal branch at a list of precisions and to a regret of 1e-8, one game at a time, against pygambit where it is
installed (`make oracles`); many games at precision 3 against pygambit game by game and against a damped fixed point in
numpy. One thread, in turn, medians of process CPU seconds; the same equilibria are asserted.

Aims (performance notes, "Games"): >= 7 x pygambit a game, >= 50 x many at once.

    python -m benchmarks.games_qre [--rounds 3]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks._games import aim, in_turn
from chatarena.games.quantal_equilibrium import logit_branch, quantal_equilibria, quantal_equilibrium
from chatarena.hull.threads import one_thread

Array = NDArray[np.float64]
SHAPES = ((2, 2), (3, 3), (5, 5), (10, 10), (2, 2, 2), (3, 3, 3), (2, 2, 2, 2), (3, 3, 3, 3))
PRECISIONS = [0.5, 1.0, 2.0, 5.0, 10.0]
GAMES, MANY, BY_GAMBIT = 20, 5_000, 20
HAS_GAMBIT, HAS_NUMBA = (find_spec(name) is not None for name in ("pygambit", "numba"))


def gambit_game(payoffs: Array) -> Any:
    """The game as pygambit has it."""
    import pygambit

    return pygambit.Game.from_arrays(*payoffs)


def mixtures(game: Any, point: Any) -> Array:
    """One row of probabilities."""
    return np.array([float(point.profile[each]) for player in game.players for each in player.strategies])


def at_precisions(game: Any) -> Array:
    """pygambit at the list of precisions."""
    import pygambit

    return np.array(
        [mixtures(game, point) for point in pygambit.qre.logit_solve_lambda(game, PRECISIONS, use_strategic=True)]
    )


def to_regret(game: Any) -> Array:
    """pygambit's whole branch; its last point."""
    import pygambit

    return mixtures(game, list(pygambit.qre.logit_solve_branch(game, use_strategic=True))[-1])


def alone(shape: tuple[int, ...], rounds: int) -> None:
    """One game at a time."""
    rng = np.random.default_rng(0)
    payoffs = [rng.random((len(shape), *shape)) for _ in range(GAMES)]
    engines = ("compiled", "numpy") if HAS_NUMBA else ("numpy",)
    for what, ours, theirs, near in (
        ("5 precisions", lambda p, e: quantal_equilibrium(p, PRECISIONS, engine=e), at_precisions, 1e-6),
        ("to regret 1e-8", lambda p, e: (logit_branch(p, engine=e).points[-1],), to_regret, 1e-4),
    ):
        runs: dict[str, Callable[[], Any]] = {
            engine: lambda ours=ours, engine=engine: [ours(p, engine) for p in payoffs]  # type: ignore[misc]
            for engine in engines
        }
        for run in runs.values():
            run()
        if HAS_GAMBIT:
            games = [gambit_game(p) for p in payoffs]
            runs["pygambit"] = lambda theirs=theirs, games=games: [theirs(game) for game in games]  # type: ignore[misc]
        took, found = in_turn(runs, rounds)
        rows = {
            name: np.array([[np.concatenate(point.probabilities) for point in each] for each in found[name]])
            if name != "pygambit"
            else np.array(found[name]).reshape(len(payoffs), -1, sum(shape))
            for name in found
        }
        off = max(float(np.abs(rows[name] - rows[engines[0]]).max()) for name in rows)
        assert off < near, f"{shape} {what}: {off:.1e} apart"
        line = ", ".join(f"{name} {seconds / GAMES * 1e3:.3f} ms" for name, seconds in took.items())
        print(f"  {'x'.join(map(str, shape)):8s} {what:15s} {line}; largest difference {off:.0e}")
        if HAS_GAMBIT:
            aim(f"{engines[0]} against pygambit", took["pygambit"] / took[engines[0]], 7)


def damped(payoffs: Array, precision: float) -> list[Array]:
    """Everybody moves a third of the way to the logit response, in all games, until nobody moves."""
    players, letters = len(payoffs), "abcdefg"[: len(payoffs)]
    p = [np.full((payoffs.shape[1], m), 1.0 / m) for m in payoffs.shape[2:]]
    for _ in range(5_000):
        moved = 0.0
        for i in range(players):
            others = [j for j in range(players) if j != i]
            terms = ",".join(["z" + letters, *("z" + letters[j] for j in others)])
            worth = precision * np.einsum(f"{terms}->z{letters[i]}", payoffs[i], *(p[j] for j in others))
            raised = np.exp(worth - worth.max(axis=1, keepdims=True))
            step = 0.3 * (raised / raised.sum(axis=1, keepdims=True) - p[i])
            p[i] = p[i] + step
            moved = max(moved, float(np.abs(step).max()))
        if moved < 1e-9:
            break
    return p


def together(shape: tuple[int, ...], rounds: int) -> None:
    """Many games at once."""
    payoffs = np.random.default_rng(1).random((len(shape), MANY, *shape))
    engines = ("compiled", "numpy") if HAS_NUMBA else ("numpy",)
    runs: dict[str, Callable[[], Any]] = {
        engine: lambda engine=engine: quantal_equilibria(payoffs, 3.0, engine=engine).probabilities  # type: ignore[misc]
        for engine in engines
    }
    runs["damped fixed point"] = lambda: damped(payoffs, 3.0)
    for engine in engines:
        quantal_equilibria(payoffs[:, :2], 3.0, engine=engine)
    if HAS_GAMBIT:
        import pygambit

        runs["pygambit"] = lambda: [
            mixtures(game, list(pygambit.qre.logit_solve_lambda(game, 3.0, use_strategic=True))[-1])
            for game in (gambit_game(payoffs[:, g]) for g in range(BY_GAMBIT))
        ]
    took, found = in_turn(runs, rounds)
    each = {name: took[name] / (BY_GAMBIT if name == "pygambit" else MANY) for name in took}
    rows = {
        name: np.array(found[name]) if name == "pygambit" else np.concatenate(found[name], axis=1) for name in found
    }
    off = max(float(np.abs(row - rows[engines[0]][: len(row)]).max()) for row in rows.values())
    assert off < 1e-6, f"{shape}: {off:.1e} apart"
    line = ", ".join(f"{name} {1 / seconds:,.0f}/s" for name, seconds in each.items())
    print(f"  {'x'.join(map(str, shape)):8s} {line}; largest difference {off:.0e}")
    if HAS_GAMBIT:
        for engine in engines:
            aim(f"{engine} against pygambit", each["pygambit"] / each[engine], 50)


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    if not HAS_GAMBIT:
        print("pygambit is not installed (make oracles): only our own implementations are compared")
    with one_thread():
        print(f"one game at a time, {GAMES} games of each shape, payoffs in [0, 1]")
        for shape in SHAPES:
            alone(shape, chosen.rounds)
        print(f"\n{MANY:,} games at precision 3 ({BY_GAMBIT} by pygambit)")
        for shape in ((2, 2), (3, 3), (3, 3, 3)):
            together(shape, chosen.rounds)


if __name__ == "__main__":
    main()
