"""What every account of a hull analysis shows, in the order in which it shows it: sentences, and numbers for figures.

Law: the command line, the page and the screen say the same, because all of them are made from this.
"""

from __future__ import annotations

from dataclasses import dataclass

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One way to reproduce the person's utility, and how far off it is: a combination of agents, or a simple answer.

    Errors are root mean squares; `low` and `high` are two standard errors around the held-out one, None where there is
    only one split. `weighed` is True where weights are learned, `chosen` for what was asked about. `gap_sup` is the
    least largest error that this kind can attain on all instances, where that was computed; another claim than the
    others.
    """

    key: str
    name: str
    weighed: bool
    chosen: bool
    fitted: float
    held_out: float | None
    low: float | None
    high: float | None
    gap_sup: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An agent's weight, its interval over resamples, and the share of them in which it carries any."""

    agent: str
    weight: float
    low: float | None = None
    high: float | None = None
    carries: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """What the best combination leaves at an option or group of instances: positive where it is above the person.

    `one_sided` is True where every single agent is off to that side.
    """

    label: str
    n: int
    residual: float
    one_sided: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """The gaps without an agent, and by how much they are larger than with it."""

    agent: str
    gap_sup: float
    gap_sup_change: float
    rmse: float
    rmse_change: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A curve at a number of agents: root mean squared error held out, the middle share of subsets, and fitted."""

    agents: int
    held_out: float
    low: float
    high: float
    fitted: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The curve of one kind of answer."""

    key: str
    name: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What the same fit finds where there is nothing to find, on fitted instances: the typical error of draws, the one
    that a twentieth of them stay below, and that of the agents themselves.
    """

    key: str
    name: str
    typical: float
    low: float
    found: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """An analysis as it is told.

    `verdict` is the answer in a sentence and the question it answers. `alarms` stand right after it: why a small error
    would have been no evidence, in short; `cautions` say in full what else there is. `setting` names kind, offset,
    norm and split. `whole` tells of all rows where the rest is of a sample of them. `silent` are agents without
    weight. `scope` says what does not follow, `missing` which parts were not made and why. `largest` is True where the
    largest error decides: then the held-out errors of answers are that, too.
    """

    title: str
    person: str
    alarms: tuple[str, ...]
    verdict: tuple[str, ...]
    answer: str
    setting: tuple[Pair, ...]
    whole: tuple[str, ...]
    answers: tuple[Answer, ...]
    weights: tuple[Share, ...]
    silent: tuple[str, ...]
    weights_note: str
    proof: tuple[str, ...]
    spots: tuple[Spot, ...]
    spots_note: str
    without: tuple[Without, ...]
    without_note: str
    curve: tuple[Line, ...]
    curve_note: str
    bands: tuple[Band, ...]
    cautions: tuple[str, ...]
    scope: tuple[str, ...]
    missing: tuple[str, ...]
    read: tuple[str, ...]
    left_out: tuple[str, ...]
    origin: tuple[Pair, ...]
    tolerance: float
    error: float
    largest: bool
