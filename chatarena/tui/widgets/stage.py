"""The talk: the lanes of all agents side by side, one at a time where there is no room, or all in one column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from textual.app import ComposeResult, RenderResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.widget import Widget

from chatarena.arena.events import RoundOpened
from chatarena.tui.blocks import Block, told_in_order
from chatarena.tui.cells import fit, width
from chatarena.tui.live import Watched
from chatarena.tui.scene import BUSY, Scene
from chatarena.tui.widgets.lane import Lane
from chatarena.tui.widgets.pane import SpeechPane
from chatarena.tui.wording import SIGNS, lane_state

# Prose narrower than this is hard to read, and a lane lower than this shows less than a thought.
MIN_LANE_WIDTH, MIN_LANE_HEIGHT = 34, 8


def arrange(width_: int, height: int, lanes: int) -> tuple[int, int]:
    """Columns and rows in which all lanes fit side by side; (0, 0) where they do not: then one is shown at a time."""
    columns = min(lanes, max(1, width_ // MIN_LANE_WIDTH))
    rows = -(-lanes // columns)
    columns = -(-lanes // rows)
    return (columns, rows) if lanes == 1 or rows * MIN_LANE_HEIGHT <= height else (0, 0)


class Roster(Widget):
    """All agents in one or two lines, each with its number and what it is doing."""

    ALLOW_SELECT = False
    DEFAULT_CSS = """
    Roster { height: auto; max-height: 2; padding: 0 1; color: $text-muted; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: tuple[Scene, int, float] = (Scene(), 0, 0.0)
        self._lines: tuple[str, ...] = ()

    def on_resize(self) -> None:
        self.show(*self._told)

    def show(self, scene: Scene, selected: int, now: float) -> None:
        """Bring the line up to date."""
        self._told = scene, selected, now
        lines = roster_lines(scene, selected, now, self.size.width) if self.size.width else ()
        if lines != self._lines:
            self.refresh(layout=len(lines) != len(self._lines))
            self._lines = lines

    def render(self) -> RenderResult:
        return Content("\n".join(self._lines))


def roster_lines(scene: Scene, selected: int, now: float, cells: int) -> tuple[str, ...]:
    """The roster in `cells` cells: states in words where they fit, else as signs, in at most two lines."""
    names = [f"{'▸' if index == selected else ' '}{index + 1} {lane.label}" for index, lane in enumerate(scene.lanes)]
    for states, rows in (([lane_state(lane, now) for lane in scene.lanes], 1), (_signs(scene), 1), (_signs(scene), 2)):
        entries = [f"{name} {state}" for name, state in zip(names, states, strict=True)]
        each = cells // max(1, -(-len(entries) // rows))
        if max(map(width, entries), default=0) < each or rows == 2:
            per_row = -(-len(entries) // rows)
            rowed = [entries[start : start + per_row] for start in range(0, len(entries), per_row)]
            return tuple("".join(fit(entry, each) for entry in row).rstrip() for row in rowed)
    return ()


def _signs(scene: Scene) -> list[str]:
    return [SIGNS[lane.doing] for lane in scene.lanes]


class Stage(Vertical):
    """Holds the lanes, knows which one is selected, and flushes the text that has come.

    `merged` is whether all stand in one column in the order of time. The column is filled only while it is seen.
    """

    DEFAULT_CSS = """
    Stage { height: 1fr; }
    Stage > #lanes { height: 1fr; layout: grid; grid-gutter: 0 1; }
    Stage.-one > #lanes { layout: vertical; }
    Stage.-one > #lanes > Lane { display: none; }
    Stage.-one > #lanes > Lane.-selected { display: block; }
    Stage > Roster, Stage > #column, Stage.-merged > #lanes { display: none; }
    Stage.-one > Roster, Stage.-merged > Roster, Stage.-merged > #column { display: block; }
    """

    def __init__(self, live: Watched) -> None:
        super().__init__(id="stage")
        self._live = live
        decision = live.session.head.decision
        self.lanes = [
            Lane(label, number, decision, person=live.person)
            for number, label in enumerate(live.session.labels, start=1)
        ]
        self.roster = Roster()
        self.column = SpeechPane(id="column")
        self.selected = 0
        self.merged = False
        self._taken = 0
        self._chosen_by_hand = False

    def compose(self) -> ComposeResult:
        yield self.roster
        with Container(id="lanes"):
            yield from self.lanes
        yield self.column

    def on_mount(self) -> None:
        self.take_new()
        self.select(0)

    def on_resize(self) -> None:
        columns, rows = arrange(self.size.width, self.size.height, len(self.lanes))
        self.set_class(not columns, "-one")
        grid = self.query_one("#lanes")
        grid.styles.grid_size_columns = columns or 1
        grid.styles.grid_size_rows = rows or 1
        self.refresh_states()

    def select(self, index: int, *, focus: bool = False, by_hand: bool = False) -> None:
        """Make a lane the selected one; the one that is seen where only one is shown."""
        if not 0 <= index < len(self.lanes):
            return
        self._chosen_by_hand = self._chosen_by_hand or by_hand
        self.selected = index
        for position, lane in enumerate(self.lanes):
            lane.set_class(position == index, "-selected")
        if focus:
            self.reading.focus()
        self.refresh_states()

    def merge(self, merged: bool) -> None:
        """Show all in one column, or each in its lane; who was reading goes on reading."""
        had_focus = self.reading.has_focus
        self.merged = merged
        self.set_class(merged, "-merged")
        if merged:
            self._fill_column()
        if had_focus:
            self.reading.focus()
        self.refresh_states()

    def _fill_column(self) -> None:
        self.column.restart(self._live.column())
        for lane in self.lanes:
            self.column.say(lane.pane.on_its_way, lane.label)

    @property
    def lane(self) -> Lane:
        """The selected lane."""
        return self.lanes[self.selected]

    @property
    def reading(self) -> SpeechPane:
        """What is read: the column, or the selected lane's pane."""
        return self.column if self.merged else self.lane.pane

    @property
    def chosen_by_hand(self) -> bool:
        """Whether somebody went to the selected lane, and it does not only follow who speaks."""
        return self._chosen_by_hand

    def take_new(self) -> None:
        """The entries that came since the last call; a round that opens lets the view follow the speakers again."""
        entries = self._live.entries[self._taken :]
        self._taken += len(entries)
        for entry in entries:
            if isinstance(entry.event, RoundOpened):
                self._chosen_by_hand = False
            for lane in self.lanes:
                lane.take(entry)
            if self.merged:
                told = told_in_order(entry.event, self._live.session.head.decision, person=self._live.person)
                self.column.add(*told, who=getattr(entry.event, "agent", ""))

    def restart(self, contents: Mapping[str, Sequence[Block]]) -> None:
        """Show these blocks, by agent, in place of all there was; they hold the entries that have come so far."""
        self._taken = len(self._live.entries)
        for lane in self.lanes:
            lane.pane.restart(contents[lane.label])
        if self.merged:
            self.column.restart(self._live.column())

    def flush(self) -> None:
        """Paint what has come since the last call, all lanes at once."""
        for lane in self.lanes:
            text = self._live.drain(lane.label)
            if text:
                lane.pane.say(text)
                if self.merged:
                    self.column.say(text, lane.label)

    def refresh_states(self) -> None:
        """Bring headers and roster up to date; where one lane is shown, follow whoever is at work."""
        now, scene = self._live.clock(), self._live.scene
        self._follow(scene)
        for index, lane in enumerate(self.lanes):
            lane.show(scene.lane(lane.label), now, selected=index == self.selected)
        self.roster.show(scene, self.selected, now)

    def _follow(self, scene: Scene) -> None:
        if self._chosen_by_hand or scene.lanes[self.selected].doing in BUSY:
            return
        speaking = [index for index, lane in enumerate(scene.lanes) if lane.doing == "speaking"]
        if speaking:
            self.selected = speaking[0]
            for position, lane in enumerate(self.lanes):
                lane.set_class(position == self.selected, "-selected")
