"""The start page: what will happen, which model speaks, and what to begin with."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from chatarena.arena.session import fold
from chatarena.authoring.text import one_line
from chatarena.tui.cells import crop
from chatarena.tui.library import Library, load_library
from chatarena.tui.messages import ComposeWanted, Failed, ReplayWanted, RunWanted
from chatarena.tui.ports import RecentSession, Studio
from chatarena.tui.screens.hull import HullScreen

INTRO = (
    "You pose a decision. Agents with hidden aims, none of them yours, argue.\n"
    "You listen, ask and rate; bars show how likely each choice now is.\n"
    "You choose, and the masks come off. Everything is saved as it happens."
)
MAX_RESUMABLE, MAX_COMPLETE = 5, 3


class HomeScreen(Screen[None]):
    """Begin something new, begin with an example, go on with what was left, or play what is over."""

    CSS_PATH = "home.tcss"
    HELP = "Choose with the arrow keys and Enter. F1 on any screen says what it is for and which keys work there."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n", "app.new_decision", "New decision", id="home.new"),
        Binding("r", "replay", "Replay this session", id="home.replay"),
        Binding("a", "analyse", "Analyse this session", id="home.analyse"),
        Binding("q", "app.quit", "Quit", show=False, id="home.quit"),
    ]

    def __init__(self, studio: Studio) -> None:
        super().__init__()
        self._studio = studio
        self._library: Library | None = None
        self._recent: tuple[RecentSession, ...] = ()

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="page", can_focus=False):
            yield Static("ChatArena", id="title", markup=False)
            yield Static(INTRO, markup=False)
            yield Static(self._model_lines(()), id="model", markup=False)
            yield OptionList(id="menu", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._fill()
        self.query_one("#menu").focus()
        self.run_worker(self._stock(), group="library", exclusive=True, exit_on_error=False)
        self.run_worker(self._look_around(), group="suggestions", exclusive=True, exit_on_error=False)

    def on_screen_resume(self) -> None:
        self.run_worker(self._look_up_recent(), group="recent", exclusive=True, exit_on_error=False)

    async def library(self) -> Library:
        """What there is to choose from; read once."""
        if self._library is None:
            self._library = await load_library(self._studio)
        return self._library

    async def _stock(self) -> None:
        await self.library()
        self._fill()

    async def _look_around(self) -> None:
        suggestions = await self._studio.suggestions()
        self.query_one("#model", Static).update(self._model_lines(suggestions))

    async def _look_up_recent(self) -> None:
        self._recent = await self._studio.recent()
        self._fill()

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self.post_message(Failed(message.worker.error))

    def _model_lines(self, suggestions: tuple[str, ...]) -> Content:
        studio = self._studio
        lines = [Content.assemble("Model: ", (one_line(studio.default_model), "bold"))]
        notice = one_line(studio.notice(studio.default_model))
        if notice:
            lines.append(Content(notice))
        lines += [Content(f"→ {one_line(suggestion)}") for suggestion in suggestions]
        return Content("\n").join(lines)

    def _fill(self) -> None:
        menu = self.query_one("#menu", OptionList)
        kept = menu.highlighted_option.id if menu.highlighted_option else None
        menu.set_options(self._entries())
        ids = [option.id for option in menu.options]
        menu.highlighted = ids.index(kept) if kept in ids else 0

    def _entries(self) -> list[Option]:
        cells = max(30, self.app.size.width - 10)
        entries = [Option(Content("New decision"), id="new")]
        for index, session in enumerate(self._resumable):
            text = f"Go on with: {one_line(session.title)} ({one_line(session.when)})"
            entries.append(Option(Content(crop(text, cells)), id=f"resume-{index}"))
        for index, session in enumerate(self._complete):
            text = f"Replay: {one_line(session.when)} {one_line(session.title)}"
            entries.append(Option(Content(crop(text, cells)), id=f"replay-{index}"))
        for index, example in enumerate(self._library.examples if self._library else ()):
            entries.append(Option(Content(crop(f"Example: {one_line(example.title)}", cells)), id=f"example-{index}"))
        entries.append(Option(Content("Quit"), id="quit"))
        return entries

    @property
    def _resumable(self) -> tuple[RecentSession, ...]:
        return tuple(item for item in self._recent if item.resumable)[:MAX_RESUMABLE]

    @property
    def _complete(self) -> tuple[RecentSession, ...]:
        return tuple(item for item in self._recent if not item.resumable)[:MAX_COMPLETE]

    def _session_at(self, option: Option | None) -> RecentSession | None:
        """The session that an entry of the menu stands for; None where it stands for something else."""
        kind, _, index = str(option.id if option is not None else "").partition("-")
        sessions = {"resume": self._resumable, "replay": self._complete}.get(kind, ())
        return sessions[int(index)] if sessions else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        session = self._session_at(self.query_one("#menu", OptionList).highlighted_option)
        if action == "replay":
            return session is not None
        # Before the end an analysis would tell on the agents.
        return action != "analyse" or (session is not None and not session.resumable)

    def on_option_list_option_highlighted(self) -> None:
        self.refresh_bindings()

    def action_replay(self) -> None:
        """Play the session that is highlighted, also where it could be gone on with."""
        session = self._session_at(self.query_one("#menu", OptionList).highlighted_option)
        if session is not None:
            self.post_message(ReplayWanted(session.id))

    def action_analyse(self) -> None:
        """Ask whether what the participant wanted lay between what the agents wanted."""
        session = self._session_at(self.query_one("#menu", OptionList).highlighted_option)
        if session is not None:
            self.run_worker(self._open_analysis(session.id), group="analysis", exclusive=True, exit_on_error=False)

    async def _open_analysis(self, session: str) -> None:
        entries = await self._studio.replay(session)
        self.app.push_screen(HullScreen(fold(entry.event for entry in entries), name=session))

    async def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        what, _, index = str(message.option_id).partition("-")
        match what:
            case "resume":
                self.post_message(RunWanted(partial(self._studio.resume, self._resumable[int(index)].id)))
            case "replay":
                self.action_replay()
            case "example" if self._library is not None:
                self.post_message(ComposeWanted(self._library.examples[int(index)]))
            case "new":
                self.post_message(ComposeWanted())
            case _:
                await self.run_action("app.quit")
