"""The arena: agents argue in lanes, the chances move, the participant rates, speaks and decides how it goes on."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Footer, OptionList
from textual.widgets.option_list import Option

from chatarena.arena import events as ev
from chatarena.arena.moves import Ask
from chatarena.authoring.text import one_line
from chatarena.tui.answers import beliefs_given, latest_beliefs, latest_ratings, ratings_given
from chatarena.tui.live import Live
from chatarena.tui.messages import Asked, Shown
from chatarena.tui.scene import BUSY
from chatarena.tui.screens.verdict import VerdictScreen
from chatarena.tui.widgets.bars import ChoiceBars
from chatarena.tui.widgets.floor import Floor
from chatarena.tui.widgets.masthead import Masthead
from chatarena.tui.widgets.sliders import Sliders
from chatarena.tui.widgets.stage import Stage
from chatarena.tui.wording import floor_hint, listener, next_precision

FLUSHES_PER_SECOND = 10
PRECISION_SETTLES = 0.25  # seconds without a further key before a new precision is logged
NARROW = 100


class ArenaScreen(Screen[None]):
    """Shows a live session; every fact it shows comes from the session's own stream."""

    CSS_PATH = "arena.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012 - the base class declares it so
    HELP = (
        "The agents argue; each has an aim of its own that you do not know. Read, rate, ask; then go on or decide. "
        "The bars show how likely each choice is, given the numbers so far; the mark on a bar is where it stood when "
        "the round began. Everything is saved as it happens."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "interrupt", "Interrupt", id="arena.interrupt"),
        Binding("escape", "step_back", "Back to reading", show=False, id="arena.back"),
        Binding("ctrl+n", "next_round", "Next round", id="arena.next"),
        Binding("ctrl+r", "rate", "My ratings", id="arena.rate"),
        Binding("ctrl+g", "decide", "Decide", id="arena.decide"),
        Binding("v", "verdict", "Recommendation", id="arena.verdict"),
        Binding("ctrl+t", "stop_round", "End round", id="arena.stop_round"),
        Binding("s", "skip", "Skip this agent", show=False, id="arena.skip"),
        Binding("x", "cut_off", "Cut off this agent", show=False, id="arena.cut_off"),
        Binding("y", "copy", "Copy this speech", show=False, id="arena.copy"),
        Binding("slash,i", "speak", "To the input line", show=False, id="arena.speak"),
        Binding("plus,equals_sign,ctrl+up", "precision(1)", "Sharper chances", show=False, id="arena.sharper"),
        Binding("minus,ctrl+down", "precision(-1)", "Softer chances", show=False, id="arena.softer"),
        Binding("left,alt+left", "lane(-1)", "Agent before", show=False, id="arena.previous_lane"),
        Binding("right,alt+right", "lane(1)", "Agent after", show=False, id="arena.next_lane"),
        Binding("up", "read(-1)", "Scroll the agent's talk", show=False, id="arena.up"),
        Binding("down", "read(1)", "Scroll the agent's talk", show=False, id="arena.down"),
        Binding("pageup", "read_page(-1)", "A page back", show=False, id="arena.page_up"),
        Binding("pagedown", "read_page(1)", "A page on", show=False, id="arena.page_down"),
        *(
            Binding(str(key), f"jump({key})", f"Agent {key}", show=False, id=f"arena.agent_{key}")
            for key in range(1, 10)
        ),
    ]

    def __init__(self, live: Live) -> None:
        super().__init__()
        self.live = live
        self._precision = live.session.precision
        self._pending: Timer | None = None
        self._mode: tuple[object, ...] = ()
        self._painted: tuple[object, int] = (None, -1)
        self._sure_to_decide = False
        self._judged = False
        self._put_last: Ask | None = None

    def compose(self) -> ComposeResult:
        session = self.live.session
        decision = session.head.decision
        yield Masthead(self.live)
        yield Stage(self.live)
        with Horizontal(id="band"):
            yield ChoiceBars(decision)
            yield Sliders([option.label for option in decision.options], id="ratings")
        yield Sliders([state.label for state in decision.states] or [""], id="beliefs")
        yield OptionList(
            *(Option(Content(one_line(label)), id=str(index)) for index, label in enumerate(session.labels)),
            id="selection",
            markup=False,
        )
        yield Floor(session.labels)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self._show_ratings()
        self.set_interval(1 / FLUSHES_PER_SECOND, self.tick)
        self.stage.lane.pane.focus()
        self._ask_changed()
        self._show_verdict()

    # -- what comes in --------------------------------------------------------------------------------------------

    def on_shown(self, message: Shown) -> None:
        self.stage.take_new()
        if isinstance(message.entry.event, ev.PrecisionSet):
            self._precision = message.entry.event.precision
        if isinstance(message.entry.event, ev.RatingsGiven) and not self.query_one("#ratings").has_focus:
            self._show_ratings()
        self.refresh_all()
        self._show_verdict()

    def _show_verdict(self) -> None:
        """Once the recommendation is there it is shown by itself; later only when asked for."""
        if self.live.session.card is not None and not self._judged:
            self._judged = True
            self.app.push_screen(VerdictScreen(self.live))

    def on_asked(self, _: Asked) -> None:
        self._ask_changed()
        self.refresh_all()

    def on_screen_resume(self) -> None:
        """Back from a screen on top: put the question that was opened meanwhile."""
        if self.is_mounted:
            self._ask_changed()

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """Give the numbers as many lines as they need, and no more than the talk can spare."""
        height, decision = self.size.height, self.live.session.head.decision
        share = 2 if self.has_class("-rating") else 4
        self.query_one("#band").styles.height = 1 + min(len(decision.options), max(3, height // share))
        self.query_one("#beliefs").styles.height = 1 + min(max(1, len(decision.states)), height // 2)

    def tick(self) -> None:
        """Ten times a second: paint what has come, for all lanes at once."""
        self.stage.flush()
        now = (self.live.scene, int(self.live.clock()))
        if now != self._painted and (now[0] is not self._painted[0] or self.live.scene.labels(*BUSY)):
            self._painted = now
            self.refresh_all()

    def refresh_all(self) -> None:
        """Bring everything but the text itself up to date."""
        live = self.live
        self.query_one(Masthead).show()
        self.stage.refresh_states()
        self.query_one(ChoiceBars).show(live.scene, self._precision)
        mode = (live.desk.ask, bool(live.scene.labels(*BUSY)), live.session.rounds, live.session.card is not None)
        if mode != self._mode:
            self._mode, self._sure_to_decide = mode, False
            self._hint()
            self.refresh_bindings()

    def _hint(self) -> None:
        self.query_one(Floor).hint(floor_hint(self.live.scene, self.live.desk.ask))

    # -- questions to the participant -----------------------------------------------------------------------------

    def _ask_changed(self) -> None:
        ask = self.live.desk.ask
        what = ask.what if ask is not None else ""
        self.set_class(what == "beliefs", "-believing")
        self.set_class(what == "selection", "-selecting")
        if ask is not None and ask is not self._put_last and self.is_current:
            self._put_last = ask
            self._put(ask)

    def _put(self, ask: Ask) -> None:
        match ask.what:
            case "ratings":
                self._rate(_ratings_heading(ask))
            case "beliefs":
                sliders = self.query_one("#beliefs", Sliders)
                sliders.show("How likely is each? Enter: done · Esc: leave it open", latest_beliefs(self.live.session))
                sliders.focus()
            case "floor":
                self.query_one(Floor).line.focus()
            case "selection":
                self.query_one("#selection").focus()
            case "choice":
                pass

    def _rate(self, heading: str) -> None:
        self.set_class(True, "-rating")
        self._lay_out()
        sliders = self.query_one("#ratings", Sliders)
        sliders.show(heading, latest_ratings(self.live.session))
        sliders.focus()

    def _rated(self) -> None:
        self.set_class(False, "-rating")
        self._lay_out()
        self._show_ratings()
        ask = self.live.desk.ask
        (self.query_one(Floor).line if ask and ask.what == "floor" else self.stage.lane.pane).focus()

    def _show_ratings(self) -> None:
        self.query_one("#ratings", Sliders).show("What is each option worth to you?", latest_ratings(self.live.session))

    @on(Sliders.HandedIn, "#ratings")
    def _ratings_in(self, message: Sliders.HandedIn) -> None:
        live, ask = self.live, self.live.desk.ask
        if ask is not None and ask.what == "ratings":
            live.desk.settle("ratings", ratings_given(live.session, ask, message.values, live.desk.seconds()))
        elif live.session.round:
            live.moderator.submit(ratings_given(live.session, None, message.values))
        self._rated()

    @on(Sliders.HandedIn, "#beliefs")
    def _beliefs_in(self, message: Sliders.HandedIn) -> None:
        ask = self.live.desk.ask
        if ask is None:
            return
        try:
            given = beliefs_given(ask, message.values, self.live.desk.seconds())
        except ValueError as problem:
            message.sliders.show(str(problem))
            return
        self.live.desk.settle("beliefs", given)

    @on(OptionList.OptionSelected, "#selection")
    def _selected(self, message: OptionList.OptionSelected) -> None:
        label = self.live.session.labels[message.option_index]
        self.live.desk.settle("selection", ev.AgentSelected(agent=label, seconds=self.live.desk.seconds()))

    def on_floor_said(self, message: Floor.Said) -> None:
        live = self.live
        if message.text:
            to = message.to or listener(live.session)
            live.moderator.submit(ev.ParticipantSpoke(text=message.text, round=live.session.round, to=to))
            self._hint()
        else:
            live.desk.settle("floor", ev.FloorPassed(round=live.session.round, seconds=live.desk.seconds()))

    # -- keys -----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        ask, busy = self.live.desk.ask, bool(self.live.scene.labels(*BUSY))
        talking = self.live.session.card is None and self.live.session.stopped is None
        match action:
            case "next_round":
                return ask is not None and ask.what == "floor"
            case "interrupt" | "stop_round" | "skip" | "cut_off":
                return busy
            case "step_back":
                return not busy
            case "decide":
                return talking and self.live.session.round > 0
            case "verdict":
                return self.live.session.card is not None
            case "rate":
                return talking if ask is None else ask.what in ("floor", "ratings")
            case _:
                return True

    def action_interrupt(self) -> None:
        """Cut off everybody who is at work; what was said stays."""
        self.live.moderator.interrupt()

    def action_step_back(self) -> None:
        """Nobody is at work: leave the question open, or the input line for the talk."""
        live, ask = self.live, self.live.desk.ask
        if ask is not None and ask.what == "ratings":
            nothing = (None,) * len(live.session.head.decision.options)
            live.desk.settle("ratings", ratings_given(live.session, ask, nothing, live.desk.seconds()))
            self._rated()
        elif ask is not None and ask.what == "beliefs":
            live.desk.settle("beliefs", beliefs_given(ask, (), live.desk.seconds()))
        elif self.has_class("-rating"):
            self._rated()
        elif ask is None or ask.what != "selection":
            self.stage.lane.pane.focus()

    def action_next_round(self) -> None:
        session, seconds = self.live.session, self.live.desk.seconds()
        passed = ev.FloorPassed(round=session.round, seconds=seconds)
        more = (ev.RoundAdded(),) if session.round >= session.rounds else ()
        self.live.desk.settle("floor", *more, passed)

    def action_decide(self) -> None:
        """End the talk. While somebody speaks it takes the key twice: it cannot be undone."""
        if self.live.desk.settle("floor", ev.DebateStopped(by="participant")):
            return
        if self._sure_to_decide:
            self.live.moderator.stop_debate()
            return
        self._sure_to_decide = True
        self.query_one(Floor).hint("ctrl+g once more ends the talk and goes to the recommendation")

    def action_verdict(self) -> None:
        self.app.push_screen(VerdictScreen(self.live))

    def action_stop_round(self) -> None:
        self.live.moderator.stop_round()

    def action_skip(self) -> None:
        label = self.stage.lane.label
        if self.live.scene.lane(label).doing in ("waiting", "speaking"):
            self.live.moderator.skip(label)

    def action_cut_off(self) -> None:
        self.live.moderator.interrupt(self.stage.lane.label)

    def action_rate(self) -> None:
        if self.query_one("#ratings").has_focus and self.live.desk.ask is None:
            self._rated()
        else:
            ask = self.live.desk.ask
            self._rate(_ratings_heading(ask if ask and ask.what == "ratings" else None))

    def action_speak(self) -> None:
        self.query_one(Floor).line.focus()

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.stage.lane.pane.last_speech)
        self.notify(f"Copied what {self.stage.lane.label} said last.", markup=False)

    def action_precision(self, step: int) -> None:
        self._precision = next_precision(self._precision, step)
        self.query_one(ChoiceBars).show(self.live.scene, self._precision)
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(PRECISION_SETTLES, self.settle_precision)

    def settle_precision(self) -> None:
        """Log the precision at which the keys came to rest."""
        if self._precision != self.live.session.precision and not self.live.over:
            self.live.moderator.submit(ev.PrecisionSet(precision=self._precision))

    def action_lane(self, step: int) -> None:
        stage = self.stage
        stage.select((stage.selected + step) % len(stage.lanes), focus=not self._typing(), by_hand=True)

    def action_jump(self, number: int) -> None:
        self.stage.select(number - 1, focus=not self._typing(), by_hand=True)

    def action_read(self, lines: int) -> None:
        self.stage.lane.pane.action_scroll_lines(lines)

    def action_read_page(self, pages: int) -> None:
        self.stage.lane.pane.action_scroll_pages(pages)

    def _typing(self) -> bool:
        return self.focused is self.query_one(Floor).line

    @property
    def stage(self) -> Stage:
        return self.query_one(Stage)


def _ratings_heading(ask: Ask | None) -> str:
    if ask is None:
        return "Your ratings, 0 to 100. Enter: keep · Esc: back"
    if ask.phase == "prior":
        return "What is each worth to you now, 0 to 100? Enter: done · Esc: not now"
    return "What is each worth to you now? Enter: done · Esc: leave them out"
