"""All sessions of the log: find one, look at it, and whatever can be done with it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.dom import DOMNode
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState

from chatarena.tui.archive import Found, SessionRow
from chatarena.tui.messages import Failed
from chatarena.tui.ports import Studio
from chatarena.tui.screens.asking import Typing
from chatarena.tui.session_deeds import DEEDS, Deeds
from chatarena.tui.shelving import BEGINNING, COLUMNS, WHOLE, fits, lines_of, page
from chatarena.tui.widgets.key_line import KeyLine
from chatarena.tui.widgets.table import Table

# Seconds without a further key before the log is searched, and before a session is read to be looked at.
SEARCH_AFTER, LOOK_AFTER = 0.08, 0.08
WIDE = 118
READING = "Reading the list …"
NONE_YET = "No sessions yet. A new decision makes the first one; `chatarena demo` makes one in seconds."


# What does something with a session; other keys of the list are ways to one.
DOINGS = {*DEEDS, "choose"}


class SessionsScreen(Screen[None]):
    """A table of everything that was argued, searched as one types; beside it, where there is room, the one in hand."""

    CSS_PATH = "sessions.tcss"
    AUTO_FOCUS = "#sessions"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - the base class declares it so
    HELP = (
        "Enter goes on with a session that was left, and plays one that is over. / searches everything that was said, "
        'decided and noted, as you type; all words must occur, "two words" is a phrase, #word a tag. C marks a '
        "session, and on another one sets the two side by side; Esc unmarks it. Only deleting cannot be undone, and it "
        "asks first."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,ctrl+f", "search", "Search", id="sessions.search"),
        Binding("p", "play", "Play", show=False, id="sessions.play"),
        Binding("f", "fork", "Fork", id="sessions.fork"),
        Binding("c", "compare", "Compare", id="sessions.compare"),
        Binding("r", "rename", "Name", id="sessions.rename"),
        Binding("t", "tag", "Tags", id="sessions.tag"),
        Binding("x", "export", "Export", id="sessions.export"),
        Binding("h", "hull", "Hull", show=False, id="sessions.hull"),
        Binding("d,delete", "delete", "Delete", show=False, id="sessions.delete"),
        Binding("u", "unfinished", "Only unfinished", show=False, id="sessions.unfinished"),
        Binding("escape", "back", "Back", id="sessions.back"),
    ]

    def __init__(self, studio: Studio, *, unfinished: bool = False) -> None:
        super().__init__()
        self.studio = studio
        self.deeds = Deeds(self, studio, self.reload)
        self.marked = ""
        self._rows: tuple[SessionRow, ...] = ()
        self._by_id: dict[str, SessionRow] = {}
        self._found: dict[str, Found] = {}
        self._query, self._unfinished = "", unfinished
        self._searching: Timer | None = None
        self._looking: Timer | None = None
        self._loaded = False
        self._early: list[tuple[str, DOMNode]] = []
        """What was asked for while the list was read, in order: ways to a session, and at most one thing to do."""

    def compose(self) -> ComposeResult:
        yield Static(READING, id="head", markup=False)
        yield Typing(placeholder="/ search what was said, decided, noted", id="query", compact=True)
        with Horizontal(id="both"):
            yield Table(COLUMNS, id="sessions", empty=READING)
            with VerticalScroll(id="look"):
                yield Static("", id="page", markup=False)
        yield KeyLine(compact=True)

    # -- what there is --------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.reload()

    def on_screen_resume(self) -> None:
        if self._loaded:
            self.reload()

    def reload(self) -> None:
        """Read the list again; the pointer stays where it is."""
        self._load()

    @work(group="sessions", exclusive=True, exit_on_error=False)
    async def _load(self) -> None:
        self._rows = await self.studio.archive.sessions(None)
        self._by_id = {row.id: row for row in self._rows}
        self._loaded = True
        if self.marked not in self._by_id:
            self.marked = ""
        if self._query:
            self._found = {found.session: found for found in await self.studio.archive.search(self._query)}
        self.show()
        self._look_soon()
        await self._catch_up()

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self.post_message(Failed(message.worker.error))

    def show(self) -> None:
        """Show the sessions that are wanted."""
        rows = [row for row in self._rows if self._wanted(row)]
        found = self._found if self._query else None
        empty = "No session is like that." if self._rows else NONE_YET
        self.table.show(lines_of(rows, found, self.marked, short=self.size.width < WIDE), empty=empty)
        self.query_one("#head", Static).update(self._head(len(rows)))
        self.refresh_bindings()

    def _wanted(self, row: SessionRow) -> bool:
        if self._unfinished and not row.resumable:
            return False
        return row.id in self._found or fits(row, self._query.split())

    def _head(self, shown: int) -> str:
        count = f"{len(self._rows):,} session{'' if len(self._rows) == 1 else 's'}"
        parts = [f"Sessions · {count}" if shown == len(self._rows) else f"Sessions · {shown:,} of {count}"]
        left = sum(row.resumable for row in self._rows)
        parts += [f"{left} to go on with"] if left else []
        parts += ["only unfinished (u)"] if self._unfinished else []
        if self.marked:
            parts.append("● marked: c compares, Esc unmarks")
        return " · ".join(parts)

    @property
    def table(self) -> Table:
        return self.query_one("#sessions", Table)

    @property
    def row(self) -> SessionRow | None:
        """The session under the pointer."""
        return self._by_id.get(self.table.current)

    # -- searching ------------------------------------------------------------------------------------------------

    @on(Input.Changed, "#query")
    def _typed(self, message: Input.Changed) -> None:
        """What the table knows is filtered at once, the log a moment after the last key."""
        self._query = message.value.strip()
        self._found = {}
        self.show()
        if self._searching is not None:
            self._searching.stop()
        self._searching = self.set_timer(SEARCH_AFTER, self._search) if self._query else None

    def _search(self) -> None:
        self.run_worker(self._find(self._query), group="search", exclusive=True, exit_on_error=False)

    async def _find(self, query: str) -> None:
        found = await self.studio.archive.search(query)
        if query == self._query:
            self._found = {one.session: one for one in found}
            self.show()

    @on(Input.Submitted, "#query")
    def _to_the_table(self, _: Input.Submitted) -> None:
        self.table.focus()

    def on_key(self, event: events.Key) -> None:
        """From the line that is searched in, down goes to the table. What wants a session waits until there are any."""
        if event.key == "down" and self.query_one("#query").has_focus:
            self.table.focus()
        elif not self._loaded and self.table.has_focus:
            wanted = self._wanted_by(event.key)
            if wanted is not None:
                event.stop()
                event.prevent_default()
                self._wait_for(*wanted)

    def action_search(self) -> None:
        self.query_one("#query").focus()

    def action_unfinished(self) -> None:
        self._unfinished = not self._unfinished
        self.show()

    # -- looking --------------------------------------------------------------------------------------------------

    @on(Table.Highlighted, "#sessions")
    def _pointed(self, _: Table.Highlighted) -> None:
        self.refresh_bindings()
        self._look_soon()

    def on_resize(self) -> None:
        if self._loaded:
            self.show()
            self._look_soon()

    def _look_soon(self) -> None:
        if self._looking is not None:
            self._looking.stop()
        self._looking = self.set_timer(LOOK_AFTER, self._look) if self.size.width >= WIDE else None

    def _look(self) -> None:
        row = self.row
        if row is None:
            self.query_one("#page", Static).update("")
        else:
            self.run_worker(self._show_page(row), group="look", exclusive=True, exit_on_error=False)

    async def _show_page(self, row: SessionRow) -> None:
        most = row.entries if row.entries <= WHOLE else BEGINNING
        entries = await self.studio.archive.beginning(row.id, most)
        self.query_one("#page", Static).update(await asyncio.to_thread(page, row, entries))
        self.query_one("#look").scroll_home(animate=False)

    # -- what was wanted before the list was there ----------------------------------------------------------------

    def _wanted_by(self, key: str) -> tuple[Binding, DOMNode] | None:
        """What this key does to a session, or on the way to one."""
        nodes: tuple[DOMNode, ...] = (self.table, self)
        for node in nodes:
            for binding in node._bindings.key_to_bindings.get(key, ()):
                if node is not self or binding.action in DEEDS:
                    return binding, node
        return None

    def _wait_for(self, binding: Binding, node: DOMNode) -> None:
        """Remember it; after something to do nothing more is taken, for it may ask, and the keys are not for that."""
        if any(action in DOINGS for action, _ in self._early):
            return
        self._early.append((binding.action, node))
        if binding.action in DOINGS:
            self.query_one("#head", Static).update(f"{READING} then: {binding.description}")

    async def _catch_up(self) -> None:
        early, self._early = self._early, []
        for action, node in early:
            if not await self.app.run_action(action, node):
                self.notify(f"{DEEDS[action].words}: not with this session.", markup=False)

    # -- what can be done -----------------------------------------------------------------------------------------

    @on(Table.Chosen, "#sessions")
    def _chosen(self, _: Table.Chosen) -> None:
        if self.row is not None:
            self.deeds.open(self.row)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        deed = DEEDS.get(action)
        if deed is None:
            return True
        return self._loaded and self.row is not None and deed.allowed(self.row)

    def action_play(self) -> None:
        self._do("play")

    def action_fork(self) -> None:
        self._do("fork")

    def action_compare(self) -> None:
        self._do("compare")

    def action_rename(self) -> None:
        self._do("rename")

    def action_tag(self) -> None:
        self._do("tag")

    def action_export(self) -> None:
        self._do("export")

    def action_hull(self) -> None:
        self._do("hull")

    def action_delete(self) -> None:
        self._do("delete")

    def _do(self, what: str) -> None:
        row = self.row
        if row is not None and what == "compare":
            self._mark(row)
        elif row is not None:
            self.deeds.do(what, row)

    def _mark(self, row: SessionRow) -> None:
        """Mark this session; where another one is marked, set the two side by side."""
        first = self._by_id.get(self.marked)
        self.marked = row.id if first is None else ""
        if first is None or first.id == row.id:
            self.show()
        else:
            self.deeds.compare(first, row)

    def action_back(self) -> None:
        """Out of the search first, then away from the marked session, then out of the screen."""
        query = self.query_one("#query", Input)
        if query.value:
            query.value = ""
            self.table.focus()
        elif query.has_focus:
            self.table.focus()
        elif self.marked:
            self.marked = ""
            self.show()
        else:
            self.dismiss()

    def system_commands(self) -> Iterable[SystemCommand]:
        """What the command palette says of the keys that work here, and of the session under the pointer."""
        yield SystemCommand("Search", "what was said, decided and noted; #word is a tag", self.action_search)
        yield SystemCommand("Only unfinished", "or all again", self.action_unfinished)
        row = self.row
        for name, deed in DEEDS.items():
            if row is not None and deed.allowed(row):
                yield SystemCommand(deed.words, f"{deed.about}: {row.title}", partial(self._do, name))
