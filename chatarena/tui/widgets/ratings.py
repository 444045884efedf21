"""What each option is worth to the participant: overall, and on a page of its own for each state of a decision.

Law: a row that is computed, because all its states are rated, shows the number that counts and is not moved by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.message import Message

from chatarena.arena.decision import Decision
from chatarena.authoring.text import one_line
from chatarena.tui.answers import Standing, Table, standing
from chatarena.tui.cells import bar, crop, fit, width
from chatarena.tui.widgets.sliders import START, Sliders, number

OVERALL = "overall"


class Ratings(Sliders):
    """Sliders over the options. Where the decision has states, Tab turns the page: overall, if it rains, if not ..."""

    BINDING_GROUP_TITLE = "Ratings"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab,right_square_bracket", "turn(1)", "By state", id="ratings.next_state"),
        Binding("shift+tab,left_square_bracket", "turn(-1)", "State before", show=False, id="ratings.state_before"),
        Binding("o", "rest", "Other states as overall", show=False, id="ratings.rest"),
    ]

    class Given(Message):
        """The numbers of all pages were confirmed as they now stand."""

        def __init__(self, ratings: Ratings, table: Table) -> None:
            super().__init__()
            self.ratings, self.table = ratings, table

        @property
        def control(self) -> Ratings:
            return self.ratings

    def __init__(self, decision: Decision) -> None:
        super().__init__([option.label for option in decision.options], id="ratings")
        self._states = [one_line(state.label) for state in decision.states]
        self._belief: tuple[float, ...] = tuple(state.probability for state in decision.states)
        self._pages: list[list[float | None]] = [[None] * len(decision.options) for _ in ("", *self._states)]
        self._known = self.table
        self._asking = False
        self.page = 0

    @property
    def table(self) -> Table:
        """All numbers: first the overall ones, then those of each state."""
        return tuple(map(tuple, self._pages))

    def put(self, heading: str, table: Table, belief: Sequence[float], *, asking: bool) -> None:
        """Show these numbers, overall first.

        Args:
            belief: how likely each state is, which is what its numbers weigh.
            asking: whether numbers are to be given now, or are only shown.
        """
        self._pages, self._known = [list(page) for page in table], table
        self._belief, self._asking = tuple(belief), asking
        self.page = 0
        self.values = self._pages[0]
        self.show(heading)
        self.row, self._typed = 0, ""
        self.refresh_bindings()

    @property
    def lines_wanted(self) -> int:
        """How many lines it takes beside its rows."""
        return 3 if self._asking and self._states else 1

    # -- keys ----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("turn", "rest") or (self._asking and bool(self._states))

    def action_turn(self, step: int) -> None:
        """Go to the next page and stay in the row."""
        self.page = (self.page + step) % len(self._pages)
        self.values, self._typed = self._pages[self.page], ""
        self.refresh()

    def action_rest(self) -> None:
        """Give the option its overall number in every state in which it has none."""
        overall, *states = self._pages
        for page in states:
            if page[self.row] is None:
                page[self.row] = overall[self.row]
        self._typed = ""
        self.refresh()

    def action_hand_in(self) -> None:
        self._typed = ""
        self.post_message(self.Given(self, self.table))

    def _start(self) -> float:
        overall = self._pages[0][self.row]
        return START if overall is None else overall

    def _put(self, value: float | None, *, typed: bool = False) -> None:
        if self.page or not self._standing(self.row).computed:
            super()._put(value, typed=typed)

    def action_forget(self) -> None:
        """Back to what was given before, which the log keeps; where nothing was, to no number."""
        super()._put(self._known[self.page][self.row])

    # -- painting ------------------------------------------------------------------------------------------------

    def _above(self, cells: int) -> list[Content]:
        return [] if self.lines_wanted == 1 else [pages_line(self._names(), self.page, cells)]

    def _below(self, cells: int) -> list[Content]:
        if self.lines_wanted == 1:
            return []
        return [Content.styled(note(self._standing(self.row), self._pages[0][self.row], self.page, cells), "dim")]

    def _gauge(self, index: int, room: int) -> str:
        standing = self._standing(index)
        if self.page or not standing.computed or standing.counts is None:
            return super()._gauge(index, room)
        return f"{bar(standing.counts / 100, room)} {fit(f'≈{number(standing.counts)}', 4, right=True)}"

    def _standing(self, index: int) -> Standing:
        return standing([page[index] for page in self._pages], self._belief)

    def _names(self) -> list[str]:
        """The pages by name, each state with its probability, and a tick where no row lacks a number."""
        chances = [f" {chance * 100:.0f} %" for chance in self._belief]
        names = [OVERALL, *(f"if {label}{chance}" for label, chance in zip(self._states, chances, strict=True))]
        counting = [self._standing(index).counts for index in range(len(self.values))]
        pages = [counting, *self._pages[1:]]
        return [f"{name} ✓" if None not in page else name for name, page in zip(names, pages, strict=True)]


def pages_line(names: Sequence[str], current: int, cells: int) -> Content:
    """The pages in one line, the current one marked; where not all fit, those around it."""
    most = max(12, cells // 2)
    entries = [f"{'▸' if index == current else ' '}{crop(name, most)} " for index, name in enumerate(names)]
    first = last = current
    room = cells - 4 - width(entries[current])
    while True:
        after, before = last + 1, first - 1
        if after < len(entries) and width(entries[after]) <= room:
            room, last = room - width(entries[after]), after
        elif before >= 0 and width(entries[before]) <= room:
            room, first = room - width(entries[before]), before
        else:
            break
    parts = [Content("‹ " if first else "  ")]
    parts += [
        Content.styled(entries[index], "reverse") if index == current else Content(entries[index])
        for index in range(first, last + 1)
    ]
    return Content("").join([*parts, Content(" ›" if last + 1 < len(entries) else "")])


def note(standing: Standing, overall: float | None, page: int, cells: int) -> str:
    """What the numbers of one option amount to, and what may be done about it, as fully as fits."""
    variants = _notes(standing, overall, page)
    return next((line for line in variants if width(line) <= cells), crop(variants[-1], cells))


def _notes(standing: Standing, overall: float | None, page: int) -> tuple[str, ...]:
    rated, counts = f"{standing.rated} of {standing.needed}", number(standing.counts)
    if standing.computed:
        change = "" if page else " · Tab: change it"
        full = f"All states rated: {counts} counts, their average by how likely each is"
        return f"{full}{change}", full, f"All states rated: {counts} counts"
    if not page and not standing.rated:
        return "One number will do. Where it depends: Tab, and rate it state by state.", "Where it depends: Tab"
    if overall is None:
        return f"{rated} states rated; no number counts until all are, or one is overall", f"{rated} rated; none counts"
    short = f"{rated} rated; overall {number(overall)} counts"
    rest = "o: the rest as overall"
    return f"{rated} states rated; overall {number(overall)} counts until all are · {rest}", f"{short} · {rest}", short
