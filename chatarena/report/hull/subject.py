"""What a hull analysis is about, whether sessions or a table of scores: the numbers, and where they come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from chatarena.arena.utilities import PARTICIPANT, Held, LeftOut, Utilities, as_table
from chatarena.authoring.text import one_line
from chatarena.exchange.scores import called

if TYPE_CHECKING:
    from chatarena.exchange.scores import Columns, Scores
    from chatarena.hull.reduction import Block
    from chatarena.hull.table import UtilityTable

Pair = tuple[str, str]
MOST_NAMED: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A table of utilities and its story.

    `title` names it, `person` is whose utility is to be reproduced; `read` says which numbers these are, `left_out`
    what is not in it and why, `origin` where it comes from. `unit` is True where everything lies between 0 and 1.
    `parts` are labels of the instances by which blind spots are told, `parts_name` is what such a part is; None tells
    every instance by itself. Where `table` is a sample of `rows` rows, `blocks` gives all of them.
    """

    table: UtilityTable
    title: str
    person: str
    read: tuple[str, ...]
    left_out: tuple[str, ...]
    origin: tuple[Pair, ...]
    unit: bool
    parts: tuple[str, ...] | None
    parts_name: str
    rows: int = 0
    blocks: Callable[[], Iterator[Block]] | None = None


def subject_of_sessions(found: Utilities, held: Sequence[Held], skipped: Sequence[LeftOut] = ()) -> Subject:
    """What sessions are about.

    Args:
        held: the sessions that were read.
        skipped: those that were not even read.

    Raises:
        ValueError: no instance is complete.
    """
    table = as_table(found)
    used = [one for one in held if one.id in found.sessions]
    questions = list(dict.fromkeys(one_line(one.session.head.decision.question) for one in used))
    title = questions[0] if len(questions) == 1 else f"{len(used)} sessions on {len(questions)} decisions"
    return Subject(
        table=table,
        title=title,
        person="the participant",
        read=found.read,
        left_out=(*_left_out((*skipped, *found.left_out)), *_holes(table)),
        origin=tuple(_session_origin(used)),
        unit=True,
        parts=table.instances if len(set(table.instances)) < table.n else None,
        parts_name="option",
    )


def subject_of_scores(scores: Scores, columns: Columns) -> Subject:
    """What a table of scores is about."""
    table = scores.table
    numbers = (table.utilities.min(), table.utilities.max(), table.target.min(), table.target.max())
    unused = _counted(("column", name, why) for name, why in scores.unused)
    return Subject(
        table=table,
        title=f"{one_line(columns.target)} in {one_line(scores.source)}",
        person="the person",
        read=scores.read,
        left_out=(*_unheld(scores), *_holes(table), *unused),
        origin=(
            ("Table", one_line(scores.source)),
            ("Its sha256", scores.sha256),
            ("Rows in it", str(scores.rows)),
            ("Target", one_line(columns.target)),
            *((name, one_line(value)) for name, value in _named(columns) if value),
        ),
        unit=min(numbers) >= 0 and max(numbers) <= 1,
        parts=None if table.groups is None else tuple(called(columns.group, str(group)) for group in table.groups),
        parts_name="row" if table.groups is None else one_line(columns.group),
        rows=scores.rows,
        blocks=scores.blocks,
    )


def _unheld(scores: Scores) -> Iterator[str]:
    if scores.sampled is not None:
        yield (
            f"The file has {scores.rows:,} rows, more than are held: {scores.sampled:,} were drawn at random, and"
            ' everything here but what stands under "On all rows" is of those.'
        )


def _named(columns: Columns) -> Iterator[Pair]:
    yield "Rows grouped by", columns.group
    yield "States", columns.state
    yield "Scores scaled", "" if columns.scale is None else f"{columns.scale[0]:g} to 0, {columns.scale[1]:g} to 1"


def _left_out(given: Sequence[LeftOut]) -> Iterator[str]:
    return _counted((one.what, one.name, one.reason) for one in given)


def _counted(given: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """What is in no row; many things of one kind that are left out for one reason are told together."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for what, name, reason in given:
        by_reason.setdefault((what, reason), []).append(one_line(name))
    for (what, reason), names in by_reason.items():
        more = len(names) - MOST_NAMED
        shown = ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        yield f"{what.capitalize()}{'s' * (len(names) > 1)} left out, {one_line(reason)}: {shown}."


def _holes(table: UtilityTable) -> Iterator[str]:
    """How many instances are left out for want of a number, and whose it was."""
    rows = {row for one in table.excluded for row in one.rows}
    if not rows:
        return
    counts: Counter[str] = Counter()
    for one in table.excluded:
        who = "the target" if one.who == PARTICIPANT else one_line(one.who)
        counts[f"{who} ({one_line(one.reason)})"] += one.count
    told = [f"{who} {count}" for who, count in counts.most_common(MOST_NAMED)]
    more = f", and {len(counts) - MOST_NAMED} more" if len(counts) > MOST_NAMED else ""
    lack = "lacks a number and is left out" if len(rows) == 1 else "lack a number and are left out"
    yield f"{len(rows)} of {len(rows) + table.n} instances {lack}: {', '.join(told)}{more}."


def _session_origin(used: Sequence[Held]) -> Iterator[Pair]:
    for one in used[:MOST_NAMED]:
        head = one.session.head
        opened = "imported" if one.session.imported is not None else f"version {head.version}, seed {head.seed}"
        yield "Session", f"{one_line(one.id)}: {one_line(head.decision.question)} ({opened})"
    if len(used) > MOST_NAMED:
        yield "Sessions", f"and {len(used) - MOST_NAMED} more"
    yield "Models", ", ".join(sorted({face.model for one in used for face in one.session.head.faces}))
