"""The verdict: the recommendation card, the participant's choice, and then the masks come off."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import AwaitMount
from textual.widgets import Collapsible, OptionList, Static
from textual.widgets.option_list import Option

from chatarena.arena import events as ev
from chatarena.arena.card import Card
from chatarena.arena.decision import Decision
from chatarena.authoring.text import one_line
from chatarena.errors import ArenaError
from chatarena.replay.movement import movements
from chatarena.report import words
from chatarena.tui.blocks import YOU
from chatarena.tui.live import Watched
from chatarena.tui.masks import WIDE_LABEL, mask_content
from chatarena.tui.messages import Asked, Failed, Shown
from chatarena.tui.moved_lines import moved_lines
from chatarena.tui.screens.exporting import ExportScreen
from chatarena.tui.screens.hull import HullScreen
from chatarena.tui.state_lines import state_lines
from chatarena.tui.third_person import of_bound, rests_on
from chatarena.tui.widgets.drawn import Drawn
from chatarena.tui.widgets.key_line import KeyLine
from chatarena.tui.widgets.masthead import Masthead
from chatarena.tui.widgets.pointed import Pointed
from chatarena.tui.widgets.points import Points
from chatarena.tui.widgets.sliders import Sliders

WIDEST = 120


class VerdictScreen(Screen[None]):
    """What the numbers recommend and how far that can be trusted; the choice stays with the participant."""

    CSS_PATH = "verdict.tcss"
    AUTO_FOCUS = ""
    HELP = (
        "The recommendation is computed from numbers, never taken from what an agent wrote. Choose with the arrow "
        "keys and Enter; left and right say how sure you are, and that may stay open. Once you have chosen, you see "
        "what every agent was really after. The choice cannot be taken back."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Talk", id="verdict.back"),
        Binding("left", "sure(-5)", "Less sure", show=False, id="verdict.less_sure"),
        Binding("right", "sure(5)", "More sure", show=False, id="verdict.more_sure"),
        Binding("up", "turn('scroll_up')", "Read on, or back", show=False, id="verdict.up"),
        Binding("down", "turn('scroll_down')", "Read on", show=False, id="verdict.down"),
        Binding("pageup", "turn('scroll_page_up')", "A page back", show=False, id="verdict.page_up"),
        Binding("pagedown,space", "turn('scroll_page_down')", "A page on", show=False, id="verdict.page_down"),
        Binding("home", "turn('scroll_home')", "To the beginning", show=False, id="verdict.begin"),
        Binding("end", "turn('scroll_end')", "To the end", show=False, id="verdict.end"),
        Binding("b", "bound", "How far off?", show=False, id="verdict.bound"),
        Binding("a", "analyse", "Analyse", id="verdict.analyse"),
        Binding("c", "analyse_cast", "This cast", id="verdict.cast"),
        Binding("e", "export", "Export", id="verdict.export"),
        Binding("n", "leave('new_decision')", "New", id="verdict.new"),
        Binding("h", "leave('home')", "Start", id="verdict.home"),
    ]

    def __init__(self, live: Watched) -> None:
        super().__init__()
        self.live = live
        self._unmasked = False

    def compose(self) -> ComposeResult:
        session = self.live.session
        card, decision = session.card, session.head.decision
        if card is None:
            raise ValueError("there is no recommendation to show yet")
        yield Masthead(self.live)
        with VerticalScroll(id="page", can_focus=False):
            yield Static(words.heading(card), id="heading", markup=False)
            yield Static(one_line(words.recommendation(card, decision)), id="recommendation", markup=False)
            stated = words.qualifications(card, decision, session.head.records)
            lines = [rests_on(line, self.live.person) for line in stated]
            yield Points([*lines, *state_lines(session, self.live.person)], id="qualifications")
            with Collapsible(title="How far off might this be? (b)", id="bound"):
                yield Points(of_bound(words.bound_lines(card), self.live.person))
            yield Static("", id="question", markup=False)
            yield Pointed(*_options(card, decision), id="options", markup=False)
            yield Sliders(["How sure"], id="confidence")
            yield Vertical(id="masks")
            yield Vertical(id="moved")
        yield KeyLine()

    def on_mount(self) -> None:
        self.query_one("#options", OptionList).highlighted = None
        self.query_one("#confidence", Sliders).show("How sure are you? ← and →; it may stay open.")
        self._refresh()
        if self._open():
            self.query_one("#options").focus(scroll_visible=False)  # the heading comes first, not the list

    def on_shown(self, _: Shown) -> None:
        self._refresh()

    def on_asked(self, _: Asked) -> None:
        self._refresh()

    def _open(self) -> bool:
        """Whether the choice is the person's, and still to be made."""
        return self.live.session.attended and self.live.session.choice is None

    def _refresh(self) -> None:
        session = self.live.session
        self.query_one(Masthead).show()
        chosen = session.choice
        for widget in ("#options", "#confidence"):
            self.query_one(widget).display = self._open()
        question = self.query_one("#question", Static)
        if chosen is None and not session.attended:
            question.update("Nobody took part in this session: nothing is chosen.")
        elif chosen is None:
            question.update(Content.styled("Which one do you choose? Nothing is chosen until you press Enter.", "bold"))
        else:
            sure = "" if chosen.confidence is None else f", {chosen.confidence:.0f} of 100 sure"
            label = one_line(session.head.decision.option(chosen.option).label)
            question.update(Content.styled(f"You chose: {label}{sure}.", "bold"))
        if session.revealed and not self._unmasked:
            self._unmask()
        self.refresh_bindings()

    def _unmask(self) -> None:
        self._unmasked = True
        session, decision = self.live.session, self.live.session.head.decision
        heading = "The masks come off. What each agent was really after:"
        masks = [Static(Content.styled(heading, "bold"), id="unmasked")]
        masks += [
            Static(mask_content(mask, decision, most=WIDE_LABEL), classes="mask") for mask in words.unmask(session)
        ]
        self._show_moved()
        self._come_to(self.query_one("#masks").mount_all(masks))

    @work(group="reveal")
    async def _come_to(self, masks: AwaitMount) -> None:
        """Put what was chosen at the top, once so much stands below it that the page can scroll."""
        await masks
        self.call_after_refresh(self.query_one("#question").scroll_visible, top=True, animate=False)

    def _show_moved(self) -> None:
        """How each turn moved her ratings and the chances; where nobody took part, what the agents' claims came to."""
        decision = self.live.session.head.decision
        steps = tuple(movements(self.live.entries, decision.option_ids))
        drawn = partial(moved_lines, decision, steps, person=self.live.person)
        if not drawn(WIDEST):
            return
        whose = "you" if self.live.person == YOU else self.live.person
        moved = f"How each turn moved {whose}" if self.live.session.attended else "How the panel's numbers moved"
        title = f"{moved}: chances over all steps, then step by step (round · what came before)"
        heading = Points([title], bullet="", classes="heading")
        self.query_one("#moved").mount_all([heading, Drawn(lambda cells: drawn(min(cells, WIDEST)), id="steps")])

    # -- keys -----------------------------------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "leave":
            return self.live.session.choice is not None or self.live.session.closed is not None
        if action == "analyse":
            return self.live.session.revealed
        if action in ("analyse_cast", "export"):
            return self.live.session.revealed and self.live.aftermath is not None
        if action == "sure":
            return self._open()
        return True

    def on_option_list_option_highlighted(self, message: OptionList.OptionHighlighted) -> None:
        message.option_list.scroll_visible(animate=False)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        self._choose(message.option_index)

    def on_sliders_handed_in(self, _: Sliders.HandedIn) -> None:
        highlighted = self.query_one("#options", OptionList).highlighted
        if highlighted is not None:
            self._choose(highlighted)

    def _choose(self, index: int) -> None:
        live = self.live
        option = live.session.head.decision.options[index].id
        confidence = self.query_one("#confidence", Sliders).values[0]
        live.desk.settle("choice", ev.ChoiceMade(option=option, confidence=confidence, seconds=live.desk.seconds()))

    def action_sure(self, by: int) -> None:
        self.query_one("#confidence", Sliders).action_nudge(by)

    def action_turn(self, scroll: str) -> None:
        """Scroll the page: of itself it has no focus, and after the choice nothing else has."""
        getattr(self.query_one("#page", VerticalScroll), scroll)(animate=False)

    def action_bound(self) -> None:
        bound = self.query_one("#bound", Collapsible)
        bound.collapsed = not bound.collapsed

    def action_analyse(self) -> None:
        self.app.push_screen(HullScreen(self.live.session))

    def action_analyse_cast(self) -> None:
        after = self.live.aftermath
        if after is not None:
            analyse = after.cast
            self.app.push_screen(
                HullScreen(self.live.session, name="this cast", analyse=lambda _session, _name, asked: analyse(asked))
            )

    @work(group="export", exclusive=True, exit_on_error=False)
    async def action_export(self) -> None:
        """Ask as what and where, then write."""
        after = self.live.aftermath
        wish = await self.app.push_screen_wait(ExportScreen(self.live.session.head.decision.question, str(Path.cwd())))
        if after is None or wish is None:
            return
        try:
            self.notify(f"Written: {await after.export(*wish)}", markup=False)
        except ArenaError as error:
            self.post_message(Failed(error))

    async def action_leave(self, where: str) -> None:
        await self.run_action(f"app.{where}")

    def action_back(self) -> None:
        self.dismiss()


def _options(card: Card, decision: Decision) -> list[Option]:
    return [
        Option(
            Content(f"{one_line(option.label)}{'  ← recommended' if option.id in card.recommended else ''}"),
            id=option.id,
        )
        for option in decision.options
    ]
