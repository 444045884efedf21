"""The start page: what will happen, which model speaks and how it is, and every way to go from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import ClassVar

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.worker import Worker, WorkerState

from chatarena.authoring.text import one_line
from chatarena.tui import offers
from chatarena.tui.archive import SessionRow
from chatarena.tui.columns import Column
from chatarena.tui.library import Library, load_library
from chatarena.tui.messages import ComposeWanted, Failed, ReplayWanted, RunWanted
from chatarena.tui.ports import Health, Shipped, Studio
from chatarena.tui.screens.picking import Pick, PickScreen
from chatarena.tui.widgets.key_line import KeyLine
from chatarena.tui.widgets.menu import Menu, Way
from chatarena.tui.widgets.table import Line, Table

INTRO = (
    "You pose a decision. Agents with hidden aims, none of them yours, argue.\n"
    "You listen, ask and rate; bars show how likely each choice now is.\n"
    "You choose, and the masks come off. Everything is saved as it happens."
)
RECENT = (
    Column(title="when", least=11, most=16),
    Column(title="session", least=20, grows=True),
    Column(title="chosen", least=8, most=20, drop=1),
    Column(title="state", least=8, most=10),
)
WIDE = 120
LIVE_SECONDS = 15.0
MOST_HINTS = 2
FIRST = "Nothing yet. What you begin is kept."


class HomeScreen(Screen[None]):
    """Begin something new, go on with what was left, play what is over, or see to the settings."""

    CSS_PATH = "home.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - the base class declares it so
    HELP = (
        "Choose with the arrow keys and Enter, by the letter or number before it, or with the mouse. Below stand the "
        "latest sessions: Enter goes on with one that was left, and plays one that is over. F1 on any screen says what "
        "it is for and which keys work there."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,1", "app.new_decision", "New decision", id="home.new"),
        Binding("e,2", "examples", "Examples", show=False, id="home.examples"),
        Binding("p,3", "debates", "Recorded debates", show=False, id="home.debates"),
        Binding("s,4", "sessions", "Sessions", id="home.sessions"),
        Binding("g,5,comma", "settings", "Settings", show=False, id="home.settings"),
        Binding("m", "model", "Model", id="home.model"),
        Binding("r", "replay", "Replay", id="home.replay"),
        Binding("a", "analyse", "Analyse", id="home.analyse"),
        Binding("right", "to_recent", "To the sessions", show=False, id="home.right"),
        Binding("left", "to_menu", "To the menu", show=False, id="home.left"),
        Binding("q,6", "app.quit", "Quit", show=False, id="home.quit"),
    ]

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._library: Library | None = None
        self._recent: tuple[SessionRow, ...] = ()
        self._shipped: tuple[Shipped, ...] = ()
        self._health: Health | None = None
        self._suggestions: tuple[str, ...] = ()

    def compose(self) -> ComposeResult:
        yield Static("ChatArena", id="title", markup=False)
        with VerticalScroll(id="page", can_focus=False):
            yield Static(INTRO, id="intro", markup=False)
            with Container(id="both"):
                with Vertical(id="ways"):
                    yield Static(self._model_lines(), id="model", markup=False)
                    yield Menu(id="menu", markup=False)
                with Vertical(id="past"):
                    yield Static(
                        Content.assemble(
                            ("Recent sessions", "bold"),
                            ("  Enter goes on with what was left, plays what is over", "$text-muted"),
                        ),
                        id="past-title",
                    )
                    yield Table(RECENT, id="recent", empty=FIRST, titles=False, stays=False)
        yield KeyLine(compact=True)

    def on_mount(self) -> None:
        self._fill()
        self.query_one("#menu").focus()
        self.set_interval(LIVE_SECONDS, self._check)
        self._once_drawn(self._find_out)

    def _find_out(self) -> None:
        self._start(self._stock(), "library")
        self._start(self._look_around(), "suggestions")

    def on_screen_resume(self) -> None:
        self._once_drawn(self._look_again)

    def _look_again(self) -> None:
        self._start(self._look_up_recent(), "recent")
        self._check()

    def _once_drawn(self, work: Callable[[], None]) -> None:
        """Do this when the page is there to be seen and, in the frame after it, the keys below.

        What takes files, parsers and the network would take turns with the drawing, even in a thread.
        """
        self.call_after_refresh(self.call_after_refresh, work)

    def _start(self, work: object, group: str) -> None:
        self.run_worker(work, group=group, exclusive=True, exit_on_error=False)  # type: ignore[arg-type]

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self.post_message(Failed(message.worker.error))

    # -- what there is --------------------------------------------------------------------------------------------

    async def library(self) -> Library:
        """What there is to choose from; read once."""
        if self._library is None:
            self._library = await load_library(self._studio)
        return self._library

    async def _stock(self) -> None:
        await self.library()
        self._fill()
        self._shipped = await self._studio.shipped()
        self._fill()

    async def _look_around(self) -> None:
        self._suggestions = await self._studio.suggestions()
        self._show_model()

    async def _look_up_recent(self) -> None:
        self._recent = await self._studio.recent()
        self._fill()

    def _check(self) -> None:
        """See how the model is, now and then: a server may be started or weights fetched while this page is open."""
        if self.is_current:
            self._start(self._look_at_model(), "health")

    async def _look_at_model(self) -> None:
        health = await self._studio.health(self._studio.default_model)
        if health != self._health:
            self._health = health
            self._show_model()

    def use(self, *, model: str = "", cast: str = "") -> None:
        """From now on this model, or this cast, is what a new decision starts with."""
        kept = self._studio
        self._studio = replace(kept, default_model=model or kept.default_model, default_cast=cast or kept.default_cast)
        self.app.studio = self._studio  # type: ignore[attr-defined]
        self._health = None
        self._show_model()
        self._check()

    # -- what is shown --------------------------------------------------------------------------------------------

    def _show_model(self) -> None:
        self.query_one("#model", Static).update(self._model_lines())

    def _model_lines(self) -> Content:
        studio, health = self._studio, self._health
        lines = [Content.assemble("Model: ", (one_line(studio.default_model), "bold"))]
        if health is not None and health.found:
            lines.append(Content(offers.health_in_words(health)))
            lines += [Content(f"→ {one_line(health.remedy)}")] if health.remedy else []
        notice = one_line(studio.notice(studio.default_model))
        if notice:
            lines.append(Content.styled(notice, "$text-muted"))
        lines += [Content(f"→ {one_line(hint)}") for hint in self._suggestions[:MOST_HINTS]]
        more = len(self._suggestions) - MOST_HINTS
        lines += [Content(f"→ {more} more: press m")] if more > 0 else []
        return Content("\n").join(lines)

    def _fill(self) -> None:
        self.query_one("#menu", Menu).show(self._ways())
        short = self.size.width < WIDE
        lines = _lines(self._recent, short=short) if self._recent else []
        table = self.query_one("#recent", Table)
        table.show(lines)
        table.styles.min_height = min(4, max(1, len(lines)))
        self.refresh_bindings()

    def _ways(self) -> list[Way]:
        examples = f"{len(self._library.examples)} decisions to begin with" if self._library else ""
        debates = f"{len(self._shipped)} recorded ones to watch; no model speaks" if self._shipped else ""
        left = sum(row.resumable for row in self._recent)
        sessions = "search, fork, compare, export" + (f"; {left} to go on with" if left else "")
        return [
            Way(id="new", key="n", name="New decision", note="your own question and options"),
            Way(id="examples", key="e", name="Examples", note=examples),
            Way(id="debates", key="p", name="Play a debate", note=debates),
            Way(id="sessions", key="s", name="Sessions", note=sessions),
            Way(id="settings", key="g", name="Settings", note="model, cast, looks, keys of providers"),
            Way(id="quit", key="q", name="Quit"),
        ]

    def on_resize(self) -> None:
        self._fill()

    # -- where to go ----------------------------------------------------------------------------------------------

    @on(OptionList.OptionSelected, "#menu")
    async def _went(self, message: OptionList.OptionSelected) -> None:
        match message.option_id:
            case "new":
                self.post_message(ComposeWanted())
            case "quit":
                await self.run_action("app.quit")
            case str() as way:
                await self.run_action(way)
            case None:
                pass

    @on(Menu.Beyond)
    def _beyond(self, _: Menu.Beyond) -> None:
        self.action_to_recent()

    @on(Table.Edge, "#recent")
    def _back_to_menu(self, message: Table.Edge) -> None:
        if message.direction < 0:
            self.action_to_menu()

    def action_to_recent(self) -> None:
        if self._recent:
            self.query_one("#recent").focus()

    def action_to_menu(self) -> None:
        self.query_one("#menu").focus()

    def action_examples(self) -> None:
        async def load() -> list[Pick]:
            return offers.examples(await self.library())

        about = "Each is a decision with options, and a cast that suits it. Enter takes it to the compose screen."
        screen = PickScreen("Examples: decisions to begin with", offers.EXAMPLE_COLUMNS, load, help=about)
        self.app.push_screen(screen, self._compose_example)

    def _compose_example(self, picked: str | None) -> None:
        if picked is not None and self._library is not None:
            self.post_message(ComposeWanted(self._library.examples[int(picked)]))

    def action_debates(self) -> None:
        async def load() -> list[Pick]:
            return offers.debates(await self._studio.shipped())

        about = "Debates that were recorded and come with the program. Enter plays one; nothing is called or spent."
        screen = PickScreen("Recorded debates", offers.DEBATE_COLUMNS, load, help=about)
        self.app.push_screen(screen, self._play)

    def _play(self, picked: str | None) -> None:
        if picked is not None:
            self.post_message(ReplayWanted(picked))

    def action_sessions(self) -> None:
        from chatarena.tui.screens.sessions import SessionsScreen

        self.app.push_screen(SessionsScreen(self._studio))

    def action_settings(self) -> None:
        from chatarena.tui.screens.settings import SettingsScreen

        self.app.push_screen(SettingsScreen(self._studio, self))

    def action_model(self) -> None:
        from chatarena.tui.screens.settings import SettingsScreen

        SettingsScreen.pick_model(self, self._studio, self)

    # -- the session under the pointer ----------------------------------------------------------------------------

    @property
    def _row(self) -> SessionRow | None:
        """The session under the pointer, while the pointer is among them."""
        table = self.query_one("#recent", Table)
        rows = {row.id: row for row in self._recent}
        return rows.get(table.current) if table.has_focus else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action not in ("replay", "analyse"):
            return True
        row = self._row
        # Before the end an analysis would tell on the agents.
        return row is not None and (action == "replay" or not row.resumable)

    @on(Table.Highlighted, "#recent")
    def _pointed(self) -> None:
        self.refresh_bindings()

    def on_descendant_focus(self) -> None:
        """What can be done with a session is offered while the pointer is among them."""
        self.call_after_refresh(self.refresh_bindings)

    @on(Table.Chosen, "#recent")
    def _chosen(self) -> None:
        row = self._row
        if row is not None and row.resumable:
            self.post_message(RunWanted(partial(self._studio.resume, row.id)))
        else:
            self.action_replay()

    def action_replay(self) -> None:
        """Play the session that is highlighted, also where it could be gone on with."""
        if self._row is not None:
            self.post_message(ReplayWanted(self._row.id))

    def action_analyse(self) -> None:
        """Ask whether what the participant wanted lay between what the agents wanted."""
        if self._row is not None:
            self._start(self._open_analysis(self._row.id), "analysis")

    async def _open_analysis(self, session: str) -> None:
        from chatarena.arena.session import fold
        from chatarena.tui.screens.hull import HullScreen

        entries = await self._studio.replay(session)
        self.app.push_screen(HullScreen(fold(entry.event for entry in entries), name=session))

    def system_commands(self) -> Iterable[SystemCommand]:
        """What the command palette says of the ways from here."""
        yield SystemCommand("Examples", "decisions to begin with", self.action_examples)
        yield SystemCommand("Recorded debates", "that come with the program; no model speaks", self.action_debates)
        yield SystemCommand("Model", "choose which one speaks, and see how it is", self.action_model)


def _lines(rows: Iterable[SessionRow], *, short: bool) -> list[Line]:
    """The sessions as lines of the table, those first that can be gone on with."""
    from chatarena.tui.shelving import moment, state_of

    return [
        Line(id=row.id, cells=(moment(row, short=short), one_line(row.title), one_line(row.choice), state_of(row)))
        for row in sorted(rows, key=lambda row: not row.resumable)
    ]
