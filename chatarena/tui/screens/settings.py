"""The settings: what is in force and who says so, changed in place; keys of providers by name only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual import on
from textual.app import ComposeResult, SystemCommand
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static
from textual.worker import Worker, WorkerState

from chatarena.authoring.text import one_line
from chatarena.errors import ArenaError
from chatarena.tui import offers
from chatarena.tui.columns import Column
from chatarena.tui.messages import Failed
from chatarena.tui.ports import Studio
from chatarena.tui.preferences import InForce, Preference
from chatarena.tui.screens.asking import AskScreen, Typing
from chatarena.tui.screens.picking import Pick, PickScreen
from chatarena.tui.widgets.key_line import KeyLine
from chatarena.tui.widgets.table import Line, Table

if TYPE_CHECKING:
    from chatarena.tui.library import Library

COLUMNS = (
    Column(title="setting", least=20, most=30),
    Column(title="value", least=16, grows=True),
    Column(title="set by", least=8, most=34, drop=1),
)
CHOICES = (Column(title="choice", least=20, grows=True),)
WIDE = 120
UNSET = "—"
NEXT_START = "It counts from the next start on."


class Home(Protocol):
    """Where the settings are opened from: what there is to choose from, and what a new decision starts with."""

    async def library(self) -> Library: ...

    def use(self, *, model: str = "", cast: str = "") -> None: ...


class SettingsScreen(Screen[None]):
    """Every setting with its value and its source; below it what it means, and the line it is changed in."""

    CSS_PATH = "settings.tcss"
    AUTO_FOCUS = "#settings"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]  # noqa: RUF012 - the base class declares it so
    HELP = (
        "Enter changes the setting in hand: it is written to your own file, whose comments stay. U takes it "
        "out of that file, so that the default, or whoever is stronger, counts. Strongest first: the command line, "
        "the environment, chatarena.toml in this folder, your own file, the defaults. Keys of providers are never "
        "settings and never shown: export them in your shell."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "Change", id="settings.edit"),
        Binding("u", "unset", "Take out", id="settings.unset"),
        Binding("m", "model", "Model", id="settings.model"),
        Binding("t", "theme", "Choose theme", id="settings.theme"),
        Binding("escape", "back", "Back", id="settings.back"),
    ]

    def __init__(self, studio: Studio, home: Home) -> None:
        super().__init__()
        self._studio, self._home = studio, home
        self._all: dict[str, Preference] = {}
        self._editing = ""

    def compose(self) -> ComposeResult:
        yield Static(Content(f"Settings · {one_line(self._studio.preferences.file)}"), id="head")
        with Container(id="both"):
            yield Table(COLUMNS, id="settings", empty="Looking …")
            with Vertical(id="detail"):
                yield Static("", id="about", markup=False)
                yield Typing(id="value", compact=True, select_on_focus=False)
                yield Static("", id="problem", markup=False)
        yield KeyLine()

    # -- what there is --------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.query_one("#value").display = False
        self.reload()

    def reload(self) -> None:
        """Read the settings again."""
        self._start(self._load(), "settings")

    def _start(self, work: object, group: str) -> None:
        self.run_worker(work, group=group, exclusive=True, exit_on_error=False)  # type: ignore[arg-type]

    async def _load(self) -> None:
        found = await self._studio.preferences.read()
        self._all = {one.key: one for one in found}
        lines: list[Line] = []
        for section in dict.fromkeys(one.section for one in found):
            lines.append(Line(id=f"-{section}", cells=(section,), heading=True))
            lines += [_line(one, self._said_by(one)) for one in found if one.section == section]
        lines.append(
            Line(id="-keys", cells=("keys of providers: never shown, only whether they are set",), heading=True)
        )
        lines += [
            Line(
                id=f"key:{key.variable}",
                cells=(key.variable, "set" if key.present else "not set", "the environment" if key.present else ""),
                quiet=not key.present,
            )
            for key in self._studio.preferences.key_states()
        ]
        self.query_one("#settings", Table).show(lines)
        self._show()
        self.refresh_bindings()

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self.post_message(Failed(message.worker.error))

    @on(Table.Highlighted, "#settings")
    def _pointed(self, _: Table.Highlighted) -> None:
        self._close()
        self._show()
        self.refresh_bindings()

    @property
    def _one(self) -> Preference | None:
        return self._all.get(self.query_one("#settings", Table).current)

    def _said_by(self, one: Preference) -> str:
        """Who says what a setting is, her own file by that name: its path stands at the top."""
        file = self._studio.preferences.file
        return one_line(one.source.replace(f"{file}:", "your file, line ") if file else one.source)

    def _show(self) -> None:
        one = self._one
        about = self.query_one("#about", Static)
        if one is not None:
            about.update(_about(one, self._said_by(one)))
        elif self.query_one("#settings", Table).current.startswith("key:"):
            about.update(Content("A provider's key is looked at by its variable's name only. Export it in your shell."))
        else:
            about.update("")

    # -- changing -------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "edit":
            return self._one is not None
        return action != "unset" or (self._one is not None and self._one.own and self._one.kind != "file")

    @on(Table.Chosen, "#settings")
    def _chosen(self, _: Table.Chosen) -> None:
        self.action_edit()

    def action_edit(self) -> None:
        """Change the setting in hand, each kind in its own way."""
        one = self._one
        if one is None:
            return
        if one.kind == "file":
            self.notify(f"This is a table: edit it in {self._studio.preferences.file}.", markup=False)
        elif one.kind == "switch":
            self._write(one.key, "false" if one.value == "true" else "true")
        elif one.key == "models.default":
            self.action_model()
        elif one.key == "ui.theme":
            self.action_theme()
        elif one.key == "session.cast" or one.kind == "choice":
            self._start(self._pick(one), "pick")
        else:
            self._open(one)

    def action_unset(self) -> None:
        if self._one is not None:
            self._write(self._one.key, None)

    def action_model(self) -> None:
        self.pick_model(self, self._studio, self._home)

    def action_theme(self) -> None:
        if "ui.theme" in self._all:
            self._start(self._pick(self._all["ui.theme"]), "pick")

    async def _pick(self, one: Preference) -> None:
        """Pick a value from what there is."""
        words = await self._choices(one)

        async def load() -> list[Pick]:
            return [Pick(id=word, cells=(word,), group="", about=Content(f"{one.about}")) for word in words]

        screen = PickScreen(f"{one.key}: {one.about}", CHOICES, load, help="Enter takes it.", chosen=one.value)
        picked = await self.app.push_screen_wait(screen)
        if picked is not None and picked != one.value:
            self._write(one.key, picked)

    async def _choices(self, one: Preference) -> tuple[str, ...]:
        if one.key == "ui.theme":
            return tuple(sorted(self.app.available_themes))
        if one.key == "session.cast":
            return tuple(cast.name for cast in (await self._home.library()).casts)
        return one.choices

    # -- the line it is typed in ----------------------------------------------------------------------------------

    def _open(self, one: Preference) -> None:
        self._editing = one.key
        line = self.query_one("#value", Input)
        line.display = True
        line.value = one.value
        line.placeholder = "nothing: the default counts"
        line.focus()

    def _close(self) -> None:
        if self._editing:
            self._editing = ""
            self.query_one("#value").display = False
            self.query_one("#problem", Static).update("")

    @on(Input.Changed, "#value")
    def _typed(self, message: Input.Changed) -> None:
        if self._editing:
            problem = self._studio.preferences.problem(self._editing, message.value)
            self.query_one("#problem", Static).update(Content(f"✕ {one_line(problem)}" if problem else ""))

    @on(Input.Submitted, "#value")
    def _submitted(self, message: Input.Submitted) -> None:
        key = self._editing
        if key and not self._studio.preferences.problem(key, message.value):
            self._close()
            self.query_one("#settings").focus()
            self._write(key, message.value)

    def action_back(self) -> None:
        if self._editing:
            self._close()
            self.query_one("#settings").focus()
        else:
            self.dismiss()

    # -- what comes of it -----------------------------------------------------------------------------------------

    def _write(self, key: str, text: str | None) -> None:
        self._start(self._written(key, text), "write")

    async def _written(self, key: str, text: str | None) -> None:
        try:
            in_force = await self._studio.preferences.write(key, text)
        except ArenaError as error:
            self.query_one("#problem", Static).update(Content(f"✕ {one_line(error.message)}"))
            self.post_message(Failed(error))
            return
        _take_up(self, self._home, key, in_force)
        await self._load()
        one = self._all.get(key)
        if one is not None and one.overruled:
            self.notify(f"Written, but {one.source} says otherwise and is stronger.", severity="warning", markup=False)
        elif one is not None and not one.at_once:
            self.notify(f"Written. {NEXT_START}", markup=False)
        else:
            self.notify("Written.", markup=False)

    @staticmethod
    def pick_model(screen: Screen[None], studio: Studio, home: Home) -> None:
        """Show the models and how they are; the one that is picked speaks from now on, and is the default."""

        async def load() -> list[Pick]:
            return await offers.models(studio, (await home.library()).models)

        async def take(model: str) -> None:
            if studio.preferences.file:
                await studio.preferences.write("models.default", model)
            home.use(model=model)
            screen.notify(f"{one_line(model)} speaks from now on.", markup=False)
            if isinstance(screen, SettingsScreen):
                screen.reload()

        def picked(model: str | None) -> None:
            if model == offers.ANOTHER:
                ask = AskScreen(
                    "Which model speaks",
                    "A name that LiteLLM knows, or embedded/ and the path of a GGUF file.",
                    placeholder="provider/name",
                    problem=lambda text: studio.preferences.problem("models.default", text),
                )
                screen.app.push_screen(ask, picked)
            elif model:
                screen.run_worker(take(model), group="write", exclusive=True, exit_on_error=False)

        about = (
            "A model is ready where its weights, its key or its server are there; t asks it one tiny question. The one "
            "that is picked is written to your settings; --model chooses another for one start."
        )
        pick = PickScreen(
            "Which model speaks",
            offers.MODEL_COLUMNS,
            load,
            help=about,
            chosen=studio.default_model,
            try_out=studio.try_out,
        )
        screen.app.push_screen(pick, picked)

    def system_commands(self) -> Iterable[SystemCommand]:
        """What the command palette says of the keys that work here."""
        yield SystemCommand("Change", self._one.key if self._one else "the setting in hand", self.action_edit)
        yield SystemCommand("Model", "choose which one speaks, and see how it is", self.action_model)


def _line(one: Preference, source: str) -> Line:
    return Line(
        id=one.key,
        cells=(one_line(one.key), one_line(one.value) or UNSET, source),
        quiet=one.source == "default",
    )


def _about(one: Preference, source: str) -> Content:
    """What a setting means, what else it could be, and who says what it is."""
    parts = [Content.assemble((one_line(one.key), "bold"), f"  {one_line(one.about)}")]
    if one.choices:
        parts.append(Content(f"One of: {', '.join(one.choices)}"))
    default = one_line(one.default) or "nothing"
    parts.append(Content.styled(f"Default: {default} · set by: {source}", "$text-muted"))
    if one.overruled:
        parts.append(
            Content.styled("Your own file says something else; what is said here is stronger.", "$text-warning")
        )
    if one.kind == "file":
        parts.append(Content.styled("A table: it is edited in the file.", "$text-muted"))
    return Content("\n").join(parts)


def _take_up(screen: Screen[None], home: Home, key: str, in_force: InForce) -> None:
    """Let what the screens can take up count at once."""
    app = screen.app
    if key == "ui.theme" and in_force.theme in app.available_themes:
        app.theme = in_force.theme
    elif key == "ui.reduced_motion":
        app.animation_level = "none" if in_force.reduced_motion else "full"
    elif key == "models.default":
        home.use(model=in_force.model)
    elif key == "session.cast":
        home.use(cast=in_force.cast)
