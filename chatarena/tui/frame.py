"""What every program with a screen shares: themes, keys, help, the palette, copying, and what is shown of errors.

Law: whatever goes wrong, in a key or in the background, is shown and written down, and the program goes on. A fault
that keeps coming back is shown a few times and counted from then on. Where the screen itself cannot go on, the program
ends, leaves the terminal as it was and says what is safe.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any, ClassVar

from rich.text import Text
from textual._context import active_message_pump
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.command import CommandPalette
from textual.dom import DOMNode
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.events import DescendantFocus, Event, Key, Paste
from textual.filter import Monochrome, NoColor
from textual.message import Message
from textual.message_pump import MessagePump
from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.widget import Widget
from textual.worker import Worker, WorkerFailed, WorkerState

from chatarena.authoring.text import clean
from chatarena.tui import clipboard, faults, themes
from chatarena.tui.guard import outlive
from chatarena.tui.key_queue import KeyQueue
from chatarena.tui.messages import Failed, ThemeChosen
from chatarena.tui.palette import Commands, Themes, of_screen
from chatarena.tui.screens.dialogs import FaultScreen
from chatarena.tui.surroundings import Surroundings
from chatarena.tui.terminal import TerminalDriver, tab_driver

KEPT, LONGEST = 200, 1_000
MOST_PANELS = 3
UNBUILT = "This screen could not be shown; you come back to where you were."
# What browsers keep for themselves, and what does it there.
BROWSER_KEYS = {"arena.next": "ctrl+n,f8", "arena.stop_round": "ctrl+t,f4"}


class Frame(App[None]):
    """An app that looks and behaves as its surroundings ask for."""

    TITLE = "ChatArena"
    # What the toolkit draws fainter than can be read.
    CSS = """
    TextArea > .text-area--placeholder { color: $text-muted; }
    """
    COMMANDS: ClassVar[set[Any]] = {Commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1", "help", "Help", id="app.help", priority=True),
        Binding("ctrl+p", "command_palette", "All commands", show=False, id="app.palette", priority=True),
        Binding("f9", "log", "Log", show=False, id="app.log", priority=True),
        Binding("ctrl+c", "copy", "Copy", show=False, system=True, id="app.copy"),
        Binding("ctrl+q", "quit", "Quit", id="app.quit", priority=True),
    ]

    def __init__(self, surroundings: Surroundings | None = None) -> None:
        self.surroundings = Surroundings() if surroundings is None else surroundings
        self._ledger, self._going = faults.Ledger(), False
        self._keys = KeyQueue(self, super().on_event)
        super().__init__()
        for theme in themes.OWN:
            self.register_theme(theme)
        around = self.surroundings
        self.no_color = around.colourless
        self._without_colour = themes.Colourless(enabled=False)
        kept = [one for one in self._filters if not isinstance(one, Monochrome | NoColor)]
        self._filters = [*kept, self._without_colour]
        self.theme = themes.chosen(around.theme, around.environ)
        self._without_colour.enabled = self.no_color or self.theme == themes.PLAIN.name
        if around.reduced_motion:
            self.animation_level = "none"
        self.set_keymap({**({} if around.place == "terminal" else BROWSER_KEYS), **around.keys})
        self.told: deque[str] = deque(maxlen=KEPT)
        """What was said in passing, the latest last."""

    async def on_event(self, event: Event) -> None:
        if isinstance(event, Key | Paste) and not event.is_forwarded:
            await self._keys.take(event)
        else:
            await super().on_event(event)

    @property
    def handing_out(self) -> bool:
        """Whether a key is still at work, or waits for one that is."""
        return self._keys.busy

    def get_driver_class(self) -> type[Driver]:
        chosen = super().get_driver_class()
        if chosen is LinuxDriver:
            return TerminalDriver
        return tab_driver() if chosen.__name__ == "WebDriver" else chosen

    # -- how it looks ---------------------------------------------------------------------------------------------

    def watch_theme(self, theme: str) -> None:
        self._without_colour.enabled = self.no_color or theme == themes.PLAIN.name

    def on_theme_chosen(self, message: ThemeChosen) -> None:
        """Use this theme now and the next time."""
        self.theme = message.name
        self.run_worker(self.surroundings.remember(message.name), group="remember", exclusive=True, exit_on_error=False)

    def search_themes(self) -> None:
        self.push_screen(CommandPalette(providers=[Themes], placeholder="Search for themes…"))

    def on_descendant_focus(self, event: DescendantFocus) -> None:
        """Where nothing is to move, the cursor does not blink."""
        if self.animation_level == "none" and hasattr(event.widget, "cursor_blink"):
            event.widget.cursor_blink = False

    # -- help and commands ----------------------------------------------------------------------------------------

    def action_help(self) -> None:
        from chatarena.tui.screens.help import HelpScreen

        self._toggle(HelpScreen, lambda: HelpScreen(self.screen))

    def action_log(self) -> None:
        from chatarena.tui.screens.log import LogScreen

        self._toggle(LogScreen, lambda: LogScreen(tuple(self.told), self.surroundings.logs))

    def _toggle(self, kind: type[Screen[None]], make: Callable[[], Screen[None]]) -> None:
        """Open this panel on top of whatever is there; where it is there already, close it."""
        if isinstance(self.screen, kind):
            self.screen.dismiss()
        elif not isinstance(self.screen, CommandPalette):
            self.push_screen(make())

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """What can be done here, where one can go, and what is the same everywhere."""
        yield from of_screen(screen)
        if not screen.is_modal:
            yield from self.places()
        yield SystemCommand("Theme", "dark, light, the terminal's own colours, or none", self.action_change_theme)
        yield SystemCommand("Help", "what this screen is for and which keys work", self.action_help)
        yield SystemCommand("Log", "what was said in passing, and the ends of the log files", self.action_log)
        yield SystemCommand("Copy this screen", "everything on it, as text", self.copy_screen)
        yield SystemCommand("Picture of this screen", "as an SVG file", self._take_picture)
        yield SystemCommand("Quit", "what is running is saved", self.action_quit)

    def places(self) -> Iterable[SystemCommand]:
        """Where one can go from any screen."""
        return ()

    def _take_picture(self) -> None:
        # Once the palette has gone from it.
        self.set_timer(0.1, self.deliver_screenshot)

    # -- copying --------------------------------------------------------------------------------------------------

    def copy_to_clipboard(self, text: str) -> None:
        """Copy, and say where else it is in case that the clipboard did not take it."""
        self._clipboard = text
        around = self.surroundings
        if around.place == "far":
            # A page that came without TLS may not use the clipboard: it is handed over as a file.
            import io

            self.deliver_text(io.StringIO(text), save_filename="copied.txt", open_method="download")
            return
        if self._driver is not None:
            self._driver.write(clipboard.osc52(text, around.environ))
        doubt = clipboard.doubtful(text, around.environ)
        if around.copies is not None and clipboard.keep(text, around.copies) and doubt:
            self.notify(f"{doubt[0].upper()}{doubt[1:]}: it is also in {around.copies}")

    def action_copy(self) -> None:
        """Copy what the screen would copy by its own key; on other screens say how to leave, which it once meant."""
        copy: Callable[[], None] | None = getattr(self.screen, "action_copy", None)
        if copy is not None and self.screen.check_action("copy", ()):
            copy()
            return
        self.notify(f"{self._key_of('app.quit')} quits. To copy, drag over the text first.")

    def copy_screen(self) -> None:
        """Copy everything on the screen as text."""
        from textual.strip import Strip

        lines = self.screen._compositor.render_full_update().strips
        self.copy_to_clipboard("\n".join(Strip.join(line).text.rstrip() for line in lines) + "\n")
        self.notify("Copied this screen.")

    def _key_of(self, id_: str) -> str:
        found = (one.binding for one in self.screen.active_bindings.values() if one.binding.id == id_)
        binding = next(found, None)
        return self.get_key_display(binding) if binding is not None else "^q"

    # -- what is said, and what went wrong ------------------------------------------------------------------------

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = False,
    ) -> None:
        """Say something in passing; it stays in the log panel. It is never markup, whoever calls."""
        message = clean(message[:LONGEST])
        self.told.append(message)
        super().notify(message, title=clean(title[:LONGEST]), severity=severity, timeout=timeout, markup=False)

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self.worker_failed(message.worker, message.worker.error)

    def worker_failed(self, worker: Worker[Any], error: BaseException) -> None:
        """A worker of the app failed."""
        self.show_fault(error)

    def on_failed(self, message: Failed) -> None:
        self.show_fault(message.error)

    def show_fault(self, error: BaseException, safe: str = "", then: Callable[[], None] = lambda: None) -> None:
        """Show an error and write it down.

        Args:
            safe: what is not lost.
            then: done once it has been read.
        """
        file = faults.written(error, self.surroundings.logs)
        self.told.append(f"✕ {clean(faults.explain(error)[1])}")
        self.push_screen(FaultScreen(error, safe, str(file or "")), lambda _: then())

    # -- what nobody expected -------------------------------------------------------------------------------------

    @property
    def safe(self) -> str:
        """What is not lost, whatever happens."""
        return ""

    async def _process_messages_loop(self) -> None:
        self._going = True
        try:
            await super()._process_messages_loop()
        finally:
            self._going = False

    async def _dispatch_message(self, message: Message) -> None:
        try:
            await super()._dispatch_message(message)
        except Exception as error:
            if not self._going:
                raise
            self._meet(error, self)

    def _register_child(self, parent: DOMNode, child: Widget, before: int | None, after: int | None) -> None:
        super()._register_child(parent, child, before, after)
        outlive(child, self._meet)

    def _handle_exception(self, error: Exception) -> None:
        """Where the toolkit brings what nobody caught, and would end the program."""
        self._meet(error, active_message_pump.get(self))

    def _meet(self, error: Exception, pump: MessagePump) -> None:
        """Tell of a fault of this part of the program and go on; where that cannot be, end."""
        if isinstance(error, WorkerFailed):
            return  # it is told of by the worker's change of state
        way = self._ledger.take(error, monotonic())
        unbuilt = pump if isinstance(pump, Screen) and not pump._is_mounted else None
        if way == "flood" or not self._going or self._hopeless(pump, unbuilt):
            self._give_up(error)
        elif way == "panel" and sum(isinstance(screen, FaultScreen) for screen in self.screen_stack) < MOST_PANELS:
            # Later: this may be the middle of a painting.
            self.call_later(self._tell_of, error, unbuilt)
        elif way != "count":
            message = f"✕ This happens again and again ({self._ledger.times(error)} times): {faults.explain(error)[1]}"
            self.call_later(self.notify, message, severity="error")

    def _hopeless(self, pump: MessagePump, unbuilt: Screen[Any] | None) -> bool:
        """Whether it is the panel of faults that failed, or there is no screen to come back to."""
        if isinstance(pump, DOMNode) and any(isinstance(node, FaultScreen) for node in pump.ancestors_with_self):
            return True
        # What the toolkit puts below everything is an empty screen of its own.
        others = [screen for screen in self.screen_stack if screen is not unbuilt and type(screen) is not Screen]
        return unbuilt is not None and not others

    def _tell_of(self, error: Exception, unbuilt: Screen[Any] | None) -> None:
        def leave() -> None:
            if unbuilt is not None and unbuilt is self.screen:
                unbuilt.dismiss()

        self.show_fault(error, UNBUILT if unbuilt is not None else self.safe, leave)

    def _give_up(self, error: Exception) -> None:
        """End, and say after the terminal is as it was before what happened and what is safe."""
        if self._exception is not None:
            return
        file = faults.written(error, self.surroundings.logs)
        title, message, remedy = faults.explain(error)
        where = f"The whole of it is in {file}." if file is not None else ""
        told = (f"✕ ChatArena had to stop. {title}: {message}", self.safe, where, remedy)
        self._exit_renderables.append(Text("\n".join(clean(line) for line in told if line)))
        self._return_code, self._exception = 1, error
        self._close_messages_no_wait()
        self._exception_event.set()
