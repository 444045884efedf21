"""The arena: agents argue in lanes, the chances move, the participant rates, speaks and decides how it goes on."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from chatarena.arena import events as ev
from chatarena.arena.forecasting import forecast, latest_belief
from chatarena.arena.moves import Ask
from chatarena.authoring.text import one_line
from chatarena.tui.answers import Table, beliefs_given, latest_beliefs, latest_ratings, no_ratings, ratings_given
from chatarena.tui.keys import allowed, may_be_skipped, talk_is_over
from chatarena.tui.live import Live
from chatarena.tui.messages import Asked, Shown
from chatarena.tui.scene import BUSY
from chatarena.tui.screens.rebuttal import RebuttalScreen, request
from chatarena.tui.screens.verdict import VerdictScreen
from chatarena.tui.widgets.bars import ChoiceBars
from chatarena.tui.widgets.floor import Floor
from chatarena.tui.widgets.key_line import KeyLine
from chatarena.tui.widgets.masthead import Masthead
from chatarena.tui.widgets.pointed import Pointed
from chatarena.tui.widgets.ratings import Ratings
from chatarena.tui.widgets.sliders import Sliders, Values
from chatarena.tui.widgets.stage import Stage
from chatarena.tui.wording import beliefs_heading, floor_hint, listener, next_precision, ratings_heading

FLUSHES_PER_SECOND = 10
PRECISION_SETTLES = 0.25  # seconds without a further key before a new precision is logged
ONE_TOO_MANY = 0.5  # seconds after something was closed in which Esc is taken for the same wish, pressed twice
NARROW = 100
ANSWERING = "The floor is yours when these numbers are done."
NOBODY_CUT_OFF = "Nobody is cut off right after something was closed. Once more does it."


class ArenaScreen(Screen[None]):
    """Shows a live session; every fact it shows comes from the session's own stream."""

    CSS_PATH = "arena.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012 - the base class declares it so
    HELP = (
        "The agents argue; each has an aim of its own that you do not know. Read, rate, ask; then go on or decide. "
        "The bars show how likely each choice is, given the numbers so far; the mark on a bar is where it stood when "
        "the round began. Where it is uncertain how things turn out, you can say what an option is worth in each state "
        "(Tab) and how likely each state is (ctrl+l). Everything is saved as it happens."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "cut_chosen", "Cut this one off", id="arena.interrupt_one"),
        Binding("escape", "interrupt", "Cut all off", id="arena.interrupt"),
        Binding("escape", "step_back", "Back to reading", show=False, id="arena.back"),
        Binding("ctrl+n", "next_round", "Next round", id="arena.next"),
        Binding("ctrl+r", "rate", "My ratings", id="arena.rate"),
        Binding("ctrl+l", "believe", "How likely?", id="arena.believe"),
        Binding("ctrl+g", "decide", "Decide", id="arena.decide"),
        Binding("v", "verdict", "Recommendation", id="arena.verdict"),
        Binding("ctrl+t", "stop_round", "End round", id="arena.stop_round"),
        Binding("s", "skip", "Skip this agent", show=False, id="arena.skip"),
        Binding("b,f6", "rebut", "Ask for a rebuttal", show=False, id="arena.rebut"),
        Binding("x", "cut_off", "Cut off this agent", show=False, id="arena.cut_off"),
        Binding("m,f7", "merge", "One column or lanes", show=False, id="arena.merge"),
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
        self._sure_to_skip = ""
        self._was_typing = False
        self._judged = False
        self._put_last: Ask | None = None
        self._covered = False
        self._closed_at = -ONE_TOO_MANY
        """When something was closed last, by the session's clock."""

    def compose(self) -> ComposeResult:
        session = self.live.session
        decision = session.head.decision
        yield Masthead(self.live)
        yield Stage(self.live)
        with Horizontal(id="band"):
            yield ChoiceBars(decision)
            yield Ratings(decision)
            yield Sliders([state.label for state in decision.states] or [""], id="beliefs")
        yield Pointed(
            *(Option(Content(one_line(label)), id=str(index)) for index, label in enumerate(session.labels)),
            id="selection",
            markup=False,
        )
        yield Floor(session.labels)
        yield KeyLine()

    def on_mount(self) -> None:
        self._show_ratings()
        self.set_interval(1 / FLUSHES_PER_SECOND, self.tick)
        self.stage.reading.focus()
        self._ask_changed()
        self._show_verdict()

    # -- what comes in --------------------------------------------------------------------------------------------

    def on_shown(self, message: Shown) -> None:
        self.stage.take_new()
        if isinstance(message.entry.event, ev.PrecisionSet):
            self._precision = self._precision if self._pending else message.entry.event.precision
        if isinstance(message.entry.event, ev.RatingsGiven | ev.BeliefsGiven) and not self.has_class("-rating"):
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
        if self._covered:
            self._covered, self._closed_at = False, self.live.clock()
        if self.is_mounted:
            self._ask_changed()

    def on_screen_suspend(self) -> None:
        self._covered = True

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """Give the numbers as many lines as they need, and no more than the talk can spare."""
        height, decision = self.size.height, self.live.session.head.decision
        rows, most = len(decision.options), max(3, height // (2 if self.answering else 4))
        if self.has_class("-believing"):
            rows = max(len(decision.states), rows if self.has_class("-wide") else 1)
        self.query_one("#band").styles.height = self.query_one(Ratings).lines_wanted + min(rows, most)

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
        self._show_chances()
        busy, chosen = live.scene.labels(*BUSY), self.stage.lane.label
        session = live.session
        mode = (live.desk.ask, busy, session.rounds, session.stopped, session.card, session.closed, chosen)
        if mode != self._mode:
            self._mode, self._sure_to_decide, self._sure_to_skip = mode, False, ""
            self._hint()
            self.refresh_bindings()

    def _hint(self) -> None:
        self.set_class(self.over, "-over")
        # Where something is asked, the focus is on its way there.
        if self.over and self._typing() and not self.answering and not self._asked("selection"):
            self.stage.reading.focus()
        own_accord = self.answering and self._asked("floor")
        self.query_one(Floor).hint(ANSWERING if own_accord else floor_hint(self.live.scene, self.live.desk.ask))

    # -- questions to the participant -----------------------------------------------------------------------------

    def _ask_changed(self) -> None:
        ask = self.live.desk.ask
        what = ask.what if ask is not None else ""
        self.set_class(what == "selection", "-selecting")
        if ask is not None and ask is not self._put_last and self.is_current:
            self._put_last = ask
            self._put(ask)

    def _put(self, ask: Ask) -> None:
        match ask.what:
            case "ratings" | "beliefs":
                self._answer(ask.what)
            case "floor":
                if not self.answering:
                    self.query_one(Floor).line.focus()
            case "selection":
                self.query_one("#selection").focus()
            case "choice":
                pass

    @property
    def answering(self) -> bool:
        """Whether numbers are being given, asked for or of her own accord."""
        return self.has_class("-rating") or self.has_class("-believing")

    @property
    def over(self) -> bool:
        """Whether nobody hears any more what she says."""
        return talk_is_over(self.live.session, self.live.desk.ask)

    def _asked(self, what: str) -> Ask | None:
        """The open question where it is for this; else None, and what she does she does of her own accord."""
        ask = self.live.desk.ask
        return ask if ask is not None and ask.what == what else None

    def _answer(self, what: Literal["ratings", "beliefs"]) -> None:
        """Open the sliders for ratings or beliefs and go there."""
        self.set_class(what == "ratings", "-rating")
        self.set_class(what == "beliefs", "-believing")
        if what == "ratings":
            self._show_ratings(ratings_heading(self._asked(what)))
        else:
            self.query_one("#beliefs", Sliders).show("", latest_beliefs(self.live.session))
            self._head_beliefs()
        self._lay_out()
        self.query_one(f"#{what}").focus()
        self._hint()
        self.refresh_bindings()

    def _answered(self) -> None:
        """Close them and go back to what is going on."""
        self.remove_class("-rating", "-believing")
        self._show_ratings()
        self._lay_out()
        to_line = self._asked("floor") or (self._was_typing and not self.over)
        (self.query_one(Floor).line if to_line else self.stage.reading).focus()
        self._was_typing = False
        self._hint()
        self.refresh_bindings()

    def _show_ratings(self, heading: str = "") -> None:
        """Show her numbers; with a heading they are asked for."""
        session = self.live.session
        shown = heading or "What is each option worth to you?"
        self.query_one(Ratings).put(shown, latest_ratings(session), latest_belief(session), asking=bool(heading))

    @on(Ratings.Given)
    def _ratings_in(self, message: Ratings.Given) -> None:
        self._hand_in_ratings(message.table)

    def _hand_in_ratings(self, table: Table) -> None:
        live, ask = self.live, self._asked("ratings")
        if ask is not None:
            live.desk.settle("ratings", ratings_given(live.session, ask, table, live.desk.seconds()))
        elif live.session.round:
            live.moderator.submit(ratings_given(live.session, None, table))
        self._answered()

    @on(Sliders.Moved, "#beliefs")
    def _head_beliefs(self) -> None:
        """Say what is asked, and of what the numbers that now stand are parts."""
        sliders = self.query_one("#beliefs", Sliders)
        sliders.show(beliefs_heading(self._asked("beliefs"), sum(value or 0.0 for value in sliders.values)))

    @on(Sliders.HandedIn, "#beliefs")
    def _beliefs_in(self, message: Sliders.HandedIn) -> None:
        try:
            self._hand_in_beliefs(message.values)
        except ValueError as problem:
            message.sliders.show(str(problem))

    def _hand_in_beliefs(self, shares: Values) -> None:
        live, ask = self.live, self._asked("beliefs")
        given = beliefs_given(live.session, ask, shares, live.desk.seconds() if ask else None)
        if ask is not None:
            live.desk.settle("beliefs", given)
        else:
            live.moderator.submit(given)
        self._answered()

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
        if action == "cut_chosen" and not (self.stage.chosen_by_hand and len(self.live.scene.labels(*BUSY)) > 1):
            return False
        if action in ("cut_chosen", "cut_off") and self.live.scene.lane(self.stage.lane.label).doing not in BUSY:
            return False
        if action == "skip" and not may_be_skipped(self.live.session, self.stage.lane.label):
            return False
        return allowed(action, self.live.scene, self.live.desk.ask, answering=self.answering)

    def on_key(self, event: events.Key) -> None:
        """Whoever begins to write while reading means the input line. Keys on their way there follow the first."""
        line = self.query_one(Floor).line
        begun = self.focused in (None, self.stage.reading, line) and not self.over
        # A key that only now does nothing is no beginning: what makes it do something may be on its way.
        known = event.key in self.active_bindings or (
            self.focused is not line and event.key in self._bindings.key_to_bindings
        )
        if begun and event.is_printable and not known:
            event.stop()
            self.set_focus(line)
            line.insert_text_at_cursor(event.character or "")

    def action_cut_chosen(self) -> None:
        """Cut off the agent that was chosen; the others go on. The same key again then cuts off them."""
        if not self._one_too_many():
            self.action_cut_off()

    def action_interrupt(self) -> None:
        """Cut off everybody who is at work; what was said stays."""
        if not self._one_too_many():
            self.live.moderator.interrupt()

    def _one_too_many(self) -> bool:
        """Whether this key closed something just now, and was pressed once too often for that; then it says so."""
        early = self.live.clock() - self._closed_at < ONE_TOO_MANY
        if early:
            self.query_one(Floor).hint(NOBODY_CUT_OFF)
        return early

    def action_step_back(self) -> None:
        """Nobody is at work: leave the question open, or the input line for the talk."""
        if self.answering:
            self._closed_at = self.live.clock()
        if self._asked("ratings"):
            self._hand_in_ratings(no_ratings(self.live.session))
        elif self._asked("beliefs"):
            self._hand_in_beliefs(())
        elif self.answering:
            self._answered()
        elif not self._asked("selection"):
            self.stage.reading.focus()

    def action_next_round(self) -> None:
        session, seconds = self.live.session, self.live.desk.seconds()
        passed = ev.FloorPassed(round=session.round, seconds=seconds)
        more = (ev.RoundAdded(),) if session.round >= session.rounds else ()
        self.live.desk.settle("floor", *more, passed)

    def action_rebut(self) -> None:
        """Ask one agent to answer another; at the floor the talk goes on with it, else it comes after this round."""
        labels = self.live.session.seated
        label = self.stage.lane.label
        self.app.push_screen(RebuttalScreen(labels, labels.index(label) if label in labels else 0), self._rebut)

    def _rebut(self, asked: tuple[str, str] | None) -> None:
        if asked is None:
            return
        live, (agent, of) = self.live, asked
        round_, seconds = live.session.round, live.desk.seconds()
        event = ev.RebuttalAsked(agent=agent, of=of, round=round_, text=request(agent, of))
        if not live.desk.settle("floor", event, ev.FloorPassed(round=round_, seconds=seconds)):
            live.moderator.submit(event)
            self.notify(f"{agent} answers when this round is over.", markup=False)

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
        """Skip the chosen agent. One that has begun to speak loses its words: that takes the key twice."""
        label = self.stage.lane.label
        if self.live.scene.lane(label).doing != "speaking" or self._sure_to_skip == label:
            self.live.moderator.skip(label)
            return
        self.refresh_all()  # what changed up to now would else call the question off
        self._sure_to_skip = label
        self.query_one(Floor).hint(f"s once more skips {label} and drops its words; x cuts it off and keeps them")

    def action_cut_off(self) -> None:
        self.live.moderator.interrupt(self.stage.lane.label)

    def action_rate(self) -> None:
        self._toggle("ratings")

    def action_believe(self) -> None:
        self._toggle("beliefs")

    def _toggle(self, what: Literal["ratings", "beliefs"]) -> None:
        """To these numbers, or back where nothing was asked and she is there already."""
        if self.query_one(f"#{what}").has_focus and not self._asked(what):
            self._answered()
        else:
            self._was_typing = self._was_typing or self._typing()
            self._answer(what)

    def action_speak(self) -> None:
        self.query_one(Floor).line.focus()

    def action_merge(self) -> None:
        self.stage.merge(not self.stage.merged)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self.stage.lane.pane.last_speech)
        self.notify(f"Copied what {self.stage.lane.label} said last.", markup=False)

    def action_precision(self, step: int) -> None:
        """Show at once what the chances are then; once the keys rest it is the session's, a fact in its log.

        After the recommendation it was made with nothing can be changed any more: then it is only a question.
        """
        self._precision = next_precision(self._precision, step)
        self._show_chances()
        if self.live.session.card is not None:
            return
        if self._pending is not None:
            self._pending.stop()
        self._pending = self.set_timer(PRECISION_SETTLES, self.settle_precision)

    def _show_chances(self) -> None:
        live, session = self.live, self.live.session
        asked = self._precision != session.precision and session.forecast is not None
        shown = forecast(replace(session, precision=self._precision)) if asked else None
        named = self._precision if session.card is None else session.precision
        self.query_one(ChoiceBars).show(live.scene, named, what_if=shown)

    def settle_precision(self) -> None:
        """Log the precision at which the keys came to rest."""
        self._pending = None
        if self._precision != self.live.session.precision and self.live.session.card is None:
            self.live.moderator.submit(ev.PrecisionSet(precision=self._precision))

    def action_lane(self, step: int) -> None:
        stage = self.stage
        stage.select((stage.selected + step) % len(stage.lanes), focus=not self._typing(), by_hand=True)

    def action_jump(self, number: int) -> None:
        self.stage.select(number - 1, focus=not self._typing(), by_hand=True)

    def action_read(self, lines: int) -> None:
        self.stage.reading.action_scroll_lines(lines)

    def action_read_page(self, pages: int) -> None:
        self.stage.reading.action_scroll_pages(pages)

    def _typing(self) -> bool:
        return self.focused is self.query_one(Floor).line

    @property
    def stage(self) -> Stage:
        return self.query_one(Stage)
