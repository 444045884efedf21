"""Who argues: casts and single agents by their public faces, and a table laid by hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static
from textual.worker import Worker, WorkerState

from chatarena.authoring.text import one_line
from chatarena.tui.columns import Column
from chatarena.tui.library import Library, read_casts
from chatarena.tui.messages import Failed
from chatarena.tui.ports import CastChoice, Studio
from chatarena.tui.screens.asking import AskScreen
from chatarena.tui.screens.compose_parts import UNBLIND, UNBLINDED
from chatarena.tui.screens.drafts import sure_to_write
from chatarena.tui.screens.note import ChooseScreen, SureScreen
from chatarena.tui.seats import (
    AgentChoice,
    Hidden,
    SeatChoice,
    added,
    moved,
    removed,
    same_people,
    with_model,
)
from chatarena.tui.widgets.faces import Face, Faces, faces_of
from chatarena.tui.widgets.key_line import KeyLine
from chatarena.tui.widgets.table import Line, Table

CHOICE_COLUMNS = (Column(title="name", least=8, most=18), Column(title="about", least=8, grows=True))
SEAT_COLUMNS = (Column(title="agent", least=12, most=24), Column(title="model", least=8, grows=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seating:
    """Who sits where, the cast they are (none where they were picked by hand), and whether objectives were shown."""

    cast: str
    seats: tuple[SeatChoice, ...]
    unblinded: bool = False


class CastScreen(Screen[Seating]):
    """Left: casts and agents. Right: the face of the one in hand, and the table as it stands."""

    CSS_PATH = "cast.tcss"
    HELP = (
        "Enter takes a whole cast, or adds an agent to the table; the same agent may sit there twice. On the table:"
        " alt+up and alt+down reorder, F8 removes, m gives one a model of its own. You see what everybody may know of"
        " them; what they are after stays hidden until you have chosen. F6, for researchers, shows it, and the session"
        " says so for good."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "take", "Take them", id="cast.take"),
        Binding("alt+up,ctrl+up", "shift(-1)", "Up", show=False, id="cast.up"),
        Binding("alt+down,ctrl+down", "shift(1)", "Down", show=False, id="cast.down"),
        Binding("f8,delete", "remove", "Remove", id="cast.remove"),
        Binding("m", "model", "Model", id="cast.model"),
        Binding("f2", "save", "Save as cast", id="cast.save"),
        Binding("f6", "unblind", "Researcher", id="cast.unblind"),
        Binding("escape", "leave", "Back", id="cast.leave"),
    ]

    def __init__(self, studio: Studio, library: Library, table: Seating) -> None:
        super().__init__()
        self._studio, self._library, self._before, self.table = studio, library, table, table
        self._agents = {agent.name: agent for agent in library.agents}
        self._hidden: dict[str, Hidden] | None = None

    # -- building ------------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield Static(UNBLINDED, id="unblinded", markup=False)
        with Horizontal(id="both"):
            yield Table(CHOICE_COLUMNS, id="choice", titles=False)
            with Vertical(id="right"):
                with VerticalScroll(id="look", can_focus=False):
                    yield Faces("face")
                yield Static("", id="heading", markup=False)
                yield Table(SEAT_COLUMNS, id="seats", empty="Enter adds an agent.", titles=False)
        yield KeyLine()

    def _lines(self) -> list[Line]:
        """Casts first, then agents, each under a heading."""
        lines = [Line(id="-casts", cells=("Casts",), heading=True)]
        for choice in self._library.casts:
            count = "1 agent" if len(choice.labels) == 1 else f"{len(choice.labels)} agents"
            cells = (one_line(choice.name), f"{count}{', yours' if choice.own else ''}")
            lines.append(Line(id=f"cast {choice.name}", cells=cells))
        lines.append(Line(id="-agents", cells=("Single agents",), heading=True))
        for agent in self._library.agents:
            manner = one_line(f"{'yours: ' if agent.own else ''}{agent.manner}")
            lines.append(Line(id=f"agent {agent.name}", cells=(one_line(agent.label), manner)))
        return lines

    async def on_mount(self) -> None:
        choice = self._offer()
        choice.go_to(f"cast {self.table.cast}")
        choice.focus()
        if self.table.unblinded:
            await self._look_behind()
        self._show(0)

    def _offer(self) -> Table:
        choice = self.query_one("#choice", Table)
        choice.show(self._lines())
        return choice

    # -- painting ------------------------------------------------------------------------------------------------------

    def _show(self, place: int | None = None) -> None:
        """Everything as the table now stands, with the seat at `place` in hand."""
        self.query_one("#unblinded").display = self.table.unblinded
        seats, faces = self.query_one("#seats", Table), self._faces
        lines = [
            Line(id=f"seat-{at}", cells=(f"{at + 1:>2} {one_line(face.label)}", one_line(face.model)))
            for at, face in enumerate(faces)
        ]
        seats.styles.height = max(1, min(len(lines), 10))
        seats.show(lines)
        if place is not None and faces:
            seats.go_to(f"seat-{min(place, len(faces) - 1)}")
        named = f"the cast {one_line(self.table.cast)}" if self.table.cast else "picked by hand"
        heading = f"At the table: {len(faces)} ({named})" if faces else "At the table: nobody yet"
        self.query_one("#heading", Static).update(Content.styled(heading, "bold"))
        self._look()

    @property
    def _faces(self) -> tuple[Face, ...]:
        return faces_of(self.table.seats, self._agents, self._hidden)

    def _look(self) -> None:
        """The face of whatever is in hand."""
        face, found, place = self.query_one(Faces), self._in_hand(), self._place
        if place is not None:
            face.show(self._faces[place : place + 1], first=place + 1)
        elif isinstance(found, CastChoice):
            face.show(faces_of(found.seats, self._agents, self._hidden), title=found.name, above=found.note)
        elif found is not None:
            face.show(faces_of((SeatChoice(agent=found.name),), self._agents, self._hidden), first=0)
        self.query_one("#look").scroll_home(animate=False)

    def _in_hand(self) -> CastChoice | AgentChoice | None:
        kind, _, name = self.query_one("#choice", Table).current.partition(" ")
        if kind == "cast":
            return next((one for one in self._library.casts if one.name == name), None)
        return self._agents.get(name) if kind == "agent" else None

    @on(Table.Highlighted)
    def _pointed(self) -> None:
        self._look()

    def on_descendant_focus(self) -> None:
        self._look()
        self.refresh_bindings()

    # -- the table -----------------------------------------------------------------------------------------------------

    @on(Table.Chosen, "#choice")
    def _chosen(self) -> None:
        found = self._in_hand()
        if isinstance(found, CastChoice):
            self._set(found.seats, 0)
        elif found is not None:
            self._set(added(self.table.seats, found.name), len(self.table.seats))

    @on(Table.Chosen, "#seats")
    def _opened(self) -> None:
        self.action_model()

    def _set(self, seats: tuple[SeatChoice, ...], place: int) -> None:
        self.table = replace(self.table, cast=self._cast_of(seats), seats=seats)
        self._show(place)

    def _cast_of(self, seats: tuple[SeatChoice, ...]) -> str:
        """The cast that these are, of whatever models; empty where they are none."""
        return next((one.name for one in self._library.casts if seats and same_people(one.seats, seats)), "")

    @property
    def _place(self) -> int | None:
        """The seat in hand; None while the list of casts and agents is."""
        seats = self.query_one("#seats", Table)
        return int(seats.current.partition("-")[2]) if seats.has_focus and seats.current else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action in ("shift", "remove", "model"):
            return self._place is not None
        return action != "unblind" or not self.table.unblinded

    def action_shift(self, step: int) -> None:
        if (place := self._place) is not None and 0 <= place + step < len(self.table.seats):
            self._set(moved(self.table.seats, place, step), place + step)

    def action_remove(self) -> None:
        if (place := self._place) is not None:
            self._set(removed(self.table.seats, place), place)

    def action_model(self) -> None:
        """Give the agent in hand a model of its own, or back that of the session."""
        if (place := self._place) is None:
            return
        models = ["", *(choice.name for choice in self._library.models)]
        entries = ["its own, or that of the session", *models[1:]]
        now = self.table.seats[place].model
        chosen = models.index(now) if now in models else 0

        def given(at: int | None) -> None:
            if at is not None:
                self._set(with_model(self.table.seats, place, models[at]), place)

        self.app.push_screen(ChooseScreen("Which model speaks for this agent?", entries, chosen), given)

    # -- saving and leaving --------------------------------------------------------------------------------------------

    def action_save(self) -> None:
        self._save()

    @work(group="files", exclusive=True, exit_on_error=False)
    async def _save(self) -> None:
        if not self.table.seats:
            self.notify("There is nobody at the table yet.", severity="warning")
            return
        about = "Small letters, digits and hyphens. It will stand among the casts; models are not part of it."
        name = await self.app.push_screen_wait(AskScreen("Save this table as a cast", about, problem=_cast_name))
        files = self._studio.files
        if name and await sure_to_write(
            self, f"The cast {name}", taken=await asyncio.to_thread(files.cast_taken, name)
        ):
            written = await files.save_cast(name, self.table.seats)
            self.notify(f"Saved as {written}", markup=False)
            await read_casts(self._library, self._studio)
            self._offer()
            self.table = replace(self.table, cast=self._cast_of(self.table.seats))
            self._show()

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self.post_message(Failed(message.worker.error))

    def action_take(self) -> None:
        self.dismiss(self.table)

    def action_leave(self) -> None:
        """As it was before; only what was seen stays seen."""
        before = self._before
        self.dismiss(Seating(cast=before.cast, seats=before.seats, unblinded=self.table.unblinded))

    # -- unblinding ----------------------------------------------------------------------------------------------------

    def action_unblind(self) -> None:
        self.app.push_screen(SureScreen(*UNBLIND), self._unblind)

    async def _unblind(self, sure: bool | None) -> None:
        if sure:
            self.table = Seating(cast=self.table.cast, seats=self.table.seats, unblinded=True)
            await self._look_behind()
            self._show()
            self.refresh_bindings()

    async def _look_behind(self) -> None:
        self._hidden = dict(await asyncio.to_thread(self._studio.hidden))


def _cast_name(name: str) -> str:
    word = name.strip()
    fine = word and word[0].isalpha() and all(c.isdigit() or ("a" <= c <= "z") or c == "-" for c in word)
    return "" if fine and not word.endswith("-") and "--" not in word else "a name such as my-cast"
