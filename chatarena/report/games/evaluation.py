"""The figure of evaluation periods: what the worst equilibrium loses after so many interactions with each leader."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from chatarena.games.relaxed import NoisePoint
from chatarena.report.games.figures import LOST, WHOLE, doubled, doublings, undrawn
from chatarena.report.html.elements import Markup
from chatarena.report.html.plots import Curve, Place, curves


def noise_figure(points: Sequence[NoisePoint], *, title: str) -> Markup:
    """Mean and largest loss against the number of interactions, with the bound where it says something.

    Args:
        points: of one curve, by rising n.
        title: what games they are of.
    """
    lines = [
        Curve(label="worst equilibrium, mean", places=tuple(_means(points)), tone="c1"),
        Curve(
            label="worst of all games",
            places=tuple(
                Place(at=doublings(point.n), value=point.loss.largest)
                for point in points
                if point.loss.largest is not None
            ),
            tone="c2",
            dash=2,
        ),
    ]
    bounds = [
        Place(at=doublings(point.n), value=point.bound)
        for point in points
        if point.bound is not None and point.bound <= WHOLE
    ]
    if len(bounds) > 1:
        lines.append(Curve(label="bound (derived here)", places=tuple(bounds), tone="c5"))
    return curves(
        lines,
        [],
        title=title,
        key="loss-interactions",
        along="interactions with each leader (logarithmic)" + undrawn(point.bound for point in points),
        up=LOST,
        count=doubled,
    )


def _means(points: Sequence[NoisePoint]) -> Iterator[Place]:
    """Where something was lost or not; a point without any game is left out."""
    for point in points:
        ends, mean = point.loss.interval, point.loss.mean
        if mean is not None:
            yield Place(
                at=doublings(point.n),
                value=mean,
                low=None if ends is None else ends.low,
                high=None if ends is None else ends.high,
            )
