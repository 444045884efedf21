"""What agents on networks learned, as tables."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from chatarena.hull.words import at_most
from chatarena.networks.network import Network
from chatarena.networks.sweep import Interval, Sweep
from chatarena.report.hull.text import BLOCKS


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """A table: header and rows."""

    header: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


def depths(
    network: Network,
    excess: Sequence[float],
    heldout: Sequence[float] | None = None,
    bounds: Sequence[float] | None = None,
) -> Figures:
    """Excess by depth, all of it as shares: how many stand there, the best and the worst of them, what was promised.

    Long networks are shown at depths that double, and at the last one. On rows kept out it is the agent that is best in
    sample. The bound is one that all who stand there keep, and is shown where it says something: less than everything.
    """
    at: dict[int, list[int]] = {}
    for agent, depth in enumerate(network.depths):
        at.setdefault(depth, []).append(agent)
    promised = {} if bounds is None else {depth: max(bounds[agent] for agent in there) for depth, there in at.items()}
    said = any(bound < 0.9995 for bound in promised.values())
    header = ["depth", "agents", "best", "worst"]
    header += (["best, rows kept out"] if heldout is not None else []) + (["at most"] if said else [])
    rows = []
    for depth in shown_depths(max(at)):
        agents = at[depth]
        best = min(agents, key=lambda agent: excess[agent])
        row: list[object] = [depth, len(agents), share(excess[best]), share(max(excess[agent] for agent in agents))]
        if heldout is not None:
            row.append(share(heldout[best]))
        if said:
            row.append(share_at_most(promised[depth]) if promised[depth] < 0.9995 else None)
        rows.append(tuple(row))
    return Figures(header=tuple(header), rows=tuple(rows))


def swept(of: Sweep) -> Figures:
    """A line for each topology: its size, the output agent's excess with interval, the course as a small picture."""
    header = ("network", "edges", "depth", "output agent", "95 % resampled", "rows kept out", "M", "by depth")
    rows: list[tuple[object, ...]] = []
    for curve in of.curves:
        windows = {window for window in curve.windows if window is not None}
        rows.append(
            (
                curve.topology,
                f"{curve.edges:g}",
                curve.depths[-1],
                share(curve.output.mean),
                between(curve.output),
                share(curve.output_heldout.mean) if curve.output_heldout is not None else None,
                f"{min(windows)} to {max(windows)}" if len(windows) > 1 else next(iter(windows), None),
                course(curve.excess),
            )
        )
    alone = of.curves[0].best_alone
    mean = of.curves[0].mean_alone
    rows.append(("best agent alone", None, 1, share(alone.mean), between(alone), None, None, ""))
    rows.append(("mean of all, alone", None, 1, share(mean.mean), between(mean), None, None, ""))
    return Figures(header=header, rows=tuple(rows))


def share(value: float) -> str:
    """A share in per cent; what rounding left of nothing is 0."""
    if abs(value) < 5e-13:
        return "0"
    if abs(value) >= 10.0:
        return f"{100 * value:,.0f} %"
    return f"{100 * value:.3g} %" if abs(value) >= 1e-6 else f"{100 * value:.1e} %"


def share_at_most(value: float) -> str:
    """A share in per cent that is never below the value, as becomes a bound."""
    if value >= 10.0:
        return f"{math.ceil(100.0 * value):,} %"
    return f"{at_most(100.0 * value)} %" if value >= 5e-13 else "0"


def between(one: Interval) -> str | None:
    """An interval, or nothing where a single allocation has none."""
    return None if one.low is None or one.high is None else f"{share(one.low)} to {share(one.high)}"


def course(values: Sequence[Interval], width: int = 16) -> str:
    """The course of means as blocks, from nothing to the first one; at most so many, taken evenly."""
    step = max(1, -(-len(values) // width))
    means = [max(0.0, values[place].mean) for place in range(0, len(values), step)]
    top = max(means) or 1.0
    return "".join(BLOCKS[min(7, int(8 * mean / top))] for mean in means)


def shown_depths(last: int) -> tuple[int, ...]:
    """All depths of a short network; of a long one those that double, and the last."""
    if last <= 12:
        return tuple(range(1, last + 1))
    found, depth = [1, 2, 3], 4
    while depth < last:
        found.append(depth)
        depth *= 2
    return (*found, last)


def sentences(unused: Sequence[tuple[str, str]], read: Sequence[str]) -> Iterator[str]:
    """What of a table was not used."""
    for column, why in unused:
        yield f"{column} is not used: {why}."
    yield from read
