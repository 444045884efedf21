"""The player: a recorded session in the lanes and bars of a live one, with a bar for moving about in its time."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import ClassVar

from textual import work
from textual.app import ComposeResult, RenderResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from chatarena.arena.forecast import Forecast
from chatarena.arena.forecasting import forecast
from chatarena.replay import player as pl
from chatarena.replay.player import Player
from chatarena.replay.timeline import lay_out
from chatarena.tui.blocks import PARTICIPANT
from chatarena.tui.cells import crop
from chatarena.tui.reel import Reel
from chatarena.tui.replaying import Replayed
from chatarena.tui.screens.findings import AboutScreen, FindingsScreen, PastVerdict, has_findings
from chatarena.tui.widgets.bars import BeliefBars, ChoiceBars
from chatarena.tui.widgets.key_line import KeyLine
from chatarena.tui.widgets.masthead import Masthead
from chatarena.tui.widgets.stage import Stage
from chatarena.tui.widgets.transport import Transport
from chatarena.tui.wording import next_precision

FRAMES_PER_SECOND = 10
JUMP_SECONDS, JUMP_SHARE = 5.0, 0.1
NARROW = 100
# Below so many lines there is room for courses or for bars, not for both.
LOW, FEW, MANY = 30, 5, 12
IDLE_LIMITS: tuple[float | None, ...] = (5.0, 2.0, 1.0, None)


class Told(Widget):
    """One line: the latest that neither lanes nor bars show."""

    DEFAULT_CSS = """
    Told { height: 1; padding: 0 1; color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__(id="told")
        self._text = ""

    def show(self, text: str) -> None:
        """Say this."""
        if text != self._text:
            self._text = text
            self.refresh()

    def render(self) -> RenderResult:
        return Content(crop(self._text, self.size.width))


class ReplayScreen(Screen[None]):
    """Plays a session; what it shows is what the session's entries say at the place where the player stands."""

    CSS_PATH = "replay.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012 - the base class declares it so
    HELP = (
        "A session as it was: nothing is asked and nobody is called. The marks on the line are rounds; above it stands "
        "how likely, or how believed, each option was at each moment. Silences are cut, Z cuts them otherwise. Turns "
        "are spoken as fast as they were, or at the pace of reading where that is not recorded. Space plays, arrows go "
        "5 s (with Shift a tenth) on or back, digits to the tenths, [ and ] to the marks, < and > change the speed. "
        "With + and - you see what the chances would be with another precision; the record stays as it is."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "play", "Play", id="replay.play", priority=True),
        Binding("full_stop", "step(1)", "Step", key_display=".,", id="replay.step"),
        Binding("comma", "step(-1)", "Step back", show=False, id="replay.step_back"),
        Binding("right", "move(1)", "5 s on", show=False, id="replay.on"),
        Binding("left", "move(-1)", "5 s back", show=False, id="replay.back"),
        Binding("shift+right", "move_far(1)", "A tenth on", show=False, id="replay.far_on"),
        Binding("shift+left", "move_far(-1)", "A tenth back", show=False, id="replay.far_back"),
        Binding("right_square_bracket", "marker(1)", "Turn", key_display="[]", id="replay.next_marker"),
        Binding("left_square_bracket", "marker(-1)", "Turn or round before", show=False, id="replay.previous_marker"),
        Binding("greater_than_sign", "faster(1)", "Speed", key_display="<>", id="replay.faster"),
        Binding("less_than_sign", "faster(-1)", "Slower", show=False, id="replay.slower"),
        Binding("v", "findings", "Verdict", id="replay.findings"),
        Binding("i", "about", "About", show=False, id="replay.about"),
        Binding("escape,q", "back", "Back", id="replay.back_home"),
        Binding("tab", "lane(1)", "Agent after", show=False, id="replay.next_lane", priority=True),
        Binding("shift+tab", "lane(-1)", "Agent before", show=False, id="replay.previous_lane", priority=True),
        Binding("o", "courses", "Courses of all or bars", show=False, id="replay.courses"),
        Binding("plus,equals_sign", "precision(1)", "What if chances were sharper", show=False, id="replay.sharper"),
        Binding("minus", "precision(-1)", "What if they were softer", show=False, id="replay.softer"),
        Binding("z", "idle", "Longest silence", show=False, id="replay.idle"),
        Binding("p", "stops", "Pause at every mark, or not", show=False, id="replay.stops"),
        Binding("question_mark", "app.help", "Help", show=False, id="replay.help"),
        Binding("m", "merge", "One column or lanes", show=False, id="replay.merge"),
        Binding("y", "copy", "Copy this speech", show=False, id="replay.copy"),
        *(
            Binding(str(tenth), f"tenth({tenth})", f"To {tenth}0 %", show=False, id=f"replay.tenth_{tenth}")
            for tenth in range(10)
        ),
    ]

    def __init__(self, reel: Reel, player: Player) -> None:
        super().__init__()
        self.reel, self.player = reel, player
        self.replayed = Replayed(reel, player)
        self._painted: object = None
        self._numbers_of = -1
        self._courses = True
        self._precision: float | None = None

    def compose(self) -> ComposeResult:
        reel = self.reel
        yield Masthead(self.replayed)
        if reel.labels:
            yield Stage(self.replayed)
        else:
            yield Static("Nobody spoke in this session.", id="nobody", markup=False)
        with Horizontal(id="band"):
            if self._shows_choices:
                yield ChoiceBars(reel.decision, adjustable=False, person=PARTICIPANT)
            if self._shows_beliefs:
                yield BeliefBars(reel.decision)
        yield Told()
        yield Transport(reel)
        yield KeyLine()

    @property
    def _shows_choices(self) -> bool:
        return bool(self.reel.decision.options) and self.reel.shows("choice")

    @property
    def _shows_beliefs(self) -> bool:
        return bool(self.reel.decision.states) and self.reel.shows("belief")

    def on_mount(self) -> None:
        self._show_anew()
        self.set_interval(1 / FRAMES_PER_SECOND, self.tick)
        if self.reel.labels:
            self.stage.reading.focus()
        self.refresh_all()

    def on_resize(self) -> None:
        """Give the numbers as many lines as they need, and no more than the talk can spare.

        Where it is low, courses and bars stand for each other: both end in the numbers as they are now.
        """
        low = self.size.height < LOW
        self.query_one(Transport).detail((FEW if low else MANY) if self._courses else 0)
        self._lay_out_band(hidden=low and self._courses)

    def _lay_out_band(self, *, hidden: bool) -> None:
        decision = self.reel.decision
        rows = max(
            len(decision.options) if self._shows_choices else 0, len(decision.states) if self._shows_beliefs else 0
        )
        band = self.query_one("#band")
        band.display = rows > 0 and not hidden
        band.styles.height = 1 + min(rows, max(3, self.size.height // 4))

    # -- time -----------------------------------------------------------------------------------------------------

    def tick(self) -> None:
        """Ten times a second: go where the clock is, and paint what has changed."""
        self.player.advance()
        self._follow()

    def _do(self, change: pl.Change) -> None:
        self.player.do(change)
        self._follow()

    def _follow(self) -> None:
        if self.replayed.follow():
            self._show_anew()
        elif self.reel.labels:
            self.stage.take_new()
        if self.reel.labels:
            self.stage.flush()
        now = (self.player.playback.place, self.player.playback.playing, self.player.playback.speed)
        if now != self._painted:
            self._painted = now
            self.refresh_all()

    def _show_anew(self) -> None:
        if self.reel.labels:
            self.stage.restart(self.reel.contents(self.player.place.position))
            self.stage.flush()

    def refresh_all(self) -> None:
        """Bring everything but the text itself up to date."""
        self.query_one(Masthead).show()
        if self.reel.labels:
            self.stage.refresh_states()
        self.query_one(Transport).show(self.player.playback)
        position = self.player.place.position
        if position != self._numbers_of:
            self._numbers_of = position
            self._refresh_numbers(position)

    def _refresh_numbers(self, position: int) -> None:
        """What changes with an entry only, not with every word."""
        replayed = self.replayed
        if self._shows_choices:
            self.query_one(ChoiceBars).show(replayed.scene, replayed.session.precision, what_if=self._what_if())
        if self._shows_beliefs:
            self.query_one(BeliefBars).show(*self.reel.beliefs(position))
        self.query_one(Told).show(replayed.told())
        self.refresh_bindings()

    # -- keys -----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "findings":
            return has_findings(self.replayed.session)
        if action in ("lane", "copy", "merge"):
            return bool(self.reel.labels)
        return True

    def action_play(self) -> None:
        self._do(pl.toggled)

    def action_step(self, by: int) -> None:
        self._do(pl.stepped(by))

    def action_move(self, direction: int) -> None:
        self._do(pl.moved(direction * JUMP_SECONDS))

    def action_move_far(self, direction: int) -> None:
        self._do(pl.moved_share(direction * JUMP_SHARE))

    def action_marker(self, direction: int) -> None:
        self._do(pl.to_next_marker if direction > 0 else pl.to_previous_marker)

    def action_tenth(self, tenth: int) -> None:
        self._do(pl.sought_share(tenth / 10))

    def action_faster(self, steps: int) -> None:
        self._do(pl.faster(steps))

    def action_courses(self) -> None:
        self._courses = not self._courses
        self.on_resize()

    def action_precision(self, step: int) -> None:
        """What the chances would be with another precision; nothing of the record changes."""
        session = self.replayed.session
        now = session.precision if self._precision is None else self._precision
        wanted = next_precision(now, step)
        self._precision = None if wanted == session.precision else wanted
        if self._courses and self.size.height < LOW:
            self.action_courses()
        self._refresh_numbers(self.player.place.position)

    def _what_if(self) -> Forecast | None:
        session = self.replayed.session
        if self._precision is None or session.forecast is None:
            return None
        return forecast(replace(session, precision=self._precision))

    def action_idle(self) -> None:
        """Cut silences to another length; what is shown stays where it is."""
        limit = self.reel.timeline.idle_limit
        known = IDLE_LIMITS.index(limit) if limit in IDLE_LIMITS else len(IDLE_LIMITS) - 1
        self.cut_silences(IDLE_LIMITS[(known + 1) % len(IDLE_LIMITS)])

    @work(group="silences", exclusive=True, exit_on_error=False)
    async def cut_silences(self, limit: float | None) -> None:
        """Lay the time out anew; of a long session that takes a moment, so it is done off the loop."""
        entries = self.reel.timeline.entries
        reel = await asyncio.to_thread(lambda: Reel(lay_out(entries, limit)))
        position = self.player.place.position
        self.reel = self.replayed.reel = reel
        self.player.relay(reel.timeline)
        transport = self.query_one(Transport)
        transport.turn(reel)
        self._painted, self._numbers_of = None, -1
        self.replayed.restart()
        self._show_anew()
        self.refresh_all()
        assert self.player.place.position == position

    def action_stops(self) -> None:
        self._do(lambda _, playback: replace(playback, pause_on_markers=not playback.pause_on_markers))

    def on_transport_clicked(self, message: Transport.Clicked) -> None:
        self._do(pl.sought_share(message.share))

    def action_findings(self) -> None:
        """Pause, and show what came of it so far."""
        self._pause()
        session = self.replayed.session
        self.app.push_screen(PastVerdict(self.replayed) if session.card is not None else FindingsScreen(session))

    def action_about(self) -> None:
        self._pause()
        self.app.push_screen(AboutScreen(self.replayed.session))

    def _pause(self) -> None:
        if self.player.playback.playing:
            self._do(pl.toggled)

    def action_lane(self, step: int) -> None:
        stage = self.stage
        stage.select((stage.selected + step) % len(stage.lanes), focus=True, by_hand=True)

    def action_merge(self) -> None:
        self.stage.merge(not self.stage.merged)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.stage.lane.pane.last_speech)
        self.notify(f"Copied what {self.stage.lane.label} said last.", markup=False)

    def action_back(self) -> None:
        self.dismiss()

    @property
    def stage(self) -> Stage:
        return self.query_one(Stage)
