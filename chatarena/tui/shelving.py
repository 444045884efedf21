"""Sessions as rows of a table, and one of them as a page to look at beside it. Law: nothing an agent hid is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from textual.content import Content

from chatarena.arena import events as ev
from chatarena.arena.audience import audience, participant_sees
from chatarena.arena.session import fold
from chatarena.authoring.text import clean, one_line
from chatarena.report.words import recommendation
from chatarena.tui.archive import Found, SessionRow
from chatarena.tui.cells import crop
from chatarena.tui.columns import Column
from chatarena.tui.widgets.table import Line

COLUMNS = (
    Column(title="", least=1, most=1),
    Column(title="when", least=11, most=16),
    Column(title="session", least=24, grows=True),
    Column(title="chosen", least=8, most=22, drop=2),
    Column(title="cast", least=6, most=14, drop=4),
    Column(title="from", least=5, most=10, drop=5, joins=True),
    Column(title="tags", least=6, most=18, drop=3, joins=True),
    Column(title="state", least=8, most=10),
)
MARK, NO_MARK = "●", ""
# What is read of a session to show how it begins; a longer one is not read to its end for that.
BEGINNING, WHOLE = 60, 1500
BEFORE_FIND = 24
MOST_TURNS, MOST_CHARACTERS = 8, 700
STATES = {"open": "unfinished", "left": "left", "complete": "complete", "partial": "partial"}


def lines_of(
    rows: Sequence[SessionRow], found: Mapping[str, Found] | None, marked: str, *, short: bool
) -> tuple[Line, ...]:
    """The rows, with what was found below where something was searched for.

    Args:
        marked: the id of the one that is to be compared.
        short: for a narrow table: leaves out the year.
    """
    return tuple(_line(row, (found or {}).get(row.id), marked, short=short) for row in rows)


def _line(row: SessionRow, found: Found | None, marked: str, *, short: bool) -> Line:
    below, strong = "", tuple[tuple[int, int], ...]()
    if found is not None:
        more = f" (+{found.count - 1})" if found.count > 1 else ""
        begin = f"{one_line(found.where)}{more}: "
        snippet, spans = _near(found)
        below, strong = begin + snippet, tuple((start + len(begin), end + len(begin)) for start, end in spans)
    tags = tuple(f"#{one_line(tag)}" for tag in row.tags)
    return Line(
        id=row.id,
        cells=(
            MARK if row.id == marked else NO_MARK,
            moment(row, short=short),
            one_line(row.title),
            one_line(row.choice),
            cast_of(row),
            one_line(row.origin),
            " ".join(tags),
            state_of(row),
        ),
        below=below,
        strong=strong,
    )


def _near(found: Found) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The words around the first find, with little before it, so that it is in sight on a narrow screen."""
    snippet = one_line(found.snippet)
    # Cleaning may take characters away, and then the positions would be those of other letters.
    if snippet != found.snippet or not found.spans:
        return snippet, ()
    skipped = max(0, found.spans[0][0] - BEFORE_FIND)
    if skipped <= 1:
        return snippet, found.spans
    return "…" + snippet[skipped:], tuple((start - skipped + 1, end - skipped + 1) for start, end in found.spans)


def cast_of(row: SessionRow) -> str:
    """The cast's name; that of one put together on the spot is its agents' names, which tell on them before the end."""
    return f"{len(row.agents)} agents" if row.resumable and "," in row.cast else one_line(row.cast)


def moment(row: SessionRow, *, short: bool) -> str:
    """When it was last written to, without the year where that is to be short."""
    return row.when[5:] if short and row.when[:4].isdecimal() else row.when


def state_of(row: SessionRow) -> str:
    """How far the session came, in a word."""
    return STATES.get(row.status, one_line(row.status))


def fits(row: SessionRow, terms: Sequence[str]) -> bool:
    """Whether every word stands somewhere in what the table knows of a session."""
    if not terms:
        return True
    parts = (row.title, row.question, row.choice, cast_of(row), row.origin, state_of(row), *row.agents, row.id)
    text = " ".join((*parts, *(f"#{tag}" for tag in row.tags))).casefold()
    return all(term.casefold() in text for term in terms)


def page(row: SessionRow, entries: Sequence[ev.Entry]) -> Content:
    """What a session is, what came of it and how it begins.

    Args:
        entries: all of its entries, or the first so many.
    """
    return Content("\n").join(_page(row, entries))


def _page(row: SessionRow, entries: Sequence[ev.Entry]) -> Iterator[Content]:
    yield Content.styled(one_line(row.title), "bold")
    if one_line(row.question) != one_line(row.title):
        yield Content(one_line(row.question))
    yield Content.styled(_facts(row), "$text-muted")
    if row.tags:
        yield Content(" ".join(f"#{one_line(tag)}" for tag in row.tags))
    yield Content("")
    yield from _outcome(row, entries)
    yield from _options(entries)
    yield from _beginning(entries)


def _facts(row: SessionRow) -> str:
    came = {"fork": "a fork of", "rerun": "a rerun of"}.get(row.origin, "imported from" if row.origin else "")
    parts = (
        row.when,
        f"{row.turns} turns",
        row.protocol.replace("_", " "),
        f"cast {cast_of(row)}" if row.cast else "",
        ", ".join(row.agents),
        ", ".join(row.models),
        f"{came} {row.parent or row.origin}" if came else "",
        row.id,
    )
    return one_line(" · ".join(filter(None, parts)))


def _outcome(row: SessionRow, entries: Sequence[ev.Entry]) -> Iterator[Content]:
    if row.resumable:
        yield Content.styled("Not finished: Enter goes on with it.", "bold")
    if row.choice:
        yield Content.assemble("Chosen: ", (one_line(row.choice), "bold"))
    if len(entries) < row.entries:
        return
    session = fold(entry.event for entry in entries)
    if session.card is not None:
        yield Content(one_line(recommendation(session.card, session.head.decision)))
    if session.outcome:
        known = [state.label for state in session.head.decision.states if state.id == session.outcome]
        yield Content(f"It turned out: {one_line(known[0] if known else session.outcome)}.")


def _options(entries: Sequence[ev.Entry]) -> Iterator[Content]:
    opened = entries[0].event if entries else None
    if isinstance(opened, ev.SessionOpened):
        yield Content("")
        yield Content.styled("The options", "bold")
        for option in opened.decision.options:
            yield Content(f"· {one_line(option.label)}")


def _beginning(entries: Sequence[ev.Entry]) -> Iterator[Content]:
    turns = 0
    for entry in entries:
        event = entry.event
        if not participant_sees(audience(event), revealed=False):
            continue
        match event:
            case ev.RoundOpened():
                yield Content("")
                yield Content.styled(f"Round {event.round}", "bold")
            case ev.TurnTaken():
                turns += 1
                yield Content.assemble((f"{one_line(event.agent)}: ", "bold"), _cut(event.text))
            case ev.TurnMissed():
                yield Content(f"{one_line(event.agent)} was not heard.")
            case ev.ParticipantSpoke():
                yield Content.styled(f"› you: {one_line(event.text)}", "italic")
            case _:
                continue
        if turns >= MOST_TURNS:
            yield Content.styled("… p plays all of it", "$text-muted")
            return


def _cut(text: str) -> str:
    return crop(clean(text[: 2 * MOST_CHARACTERS]).strip(), MOST_CHARACTERS)
