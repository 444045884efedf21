"""Who argues: casts and single agents by their public faces, and a table laid by hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, OptionList, Static
from textual.widgets.option_list import Option
from textual.worker import Worker, WorkerState

from chatarena.authoring.text import one_line
from chatarena.tui.library import Library
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
from chatarena.tui.widgets.faces import face_content, faces_of, hidden_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Who sits where, the cast they are (none where they were picked by hand), and whether objectives were shown."""

    cast: str
    seats: tuple[SeatChoice, ...]
    unblinded: bool = False


class CastScreen(Screen[Table]):
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

    def __init__(self, studio: Studio, library: Library, table: Table) -> None:
        super().__init__()
        self._studio, self._library, self._before, self.table = studio, library, table, table
        self._agents = {agent.name: agent for agent in library.agents}
        self._hidden: dict[str, Hidden] | None = None

    # -- building ------------------------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield Static(UNBLINDED, id="unblinded", markup=False)
        with Horizontal(id="both"):
            yield OptionList(*self._entries(), id="choice", markup=False)
            with Vertical(id="right"):
                with VerticalScroll(id="look", can_focus=False):
                    yield Static("", id="face", markup=False)
                yield Static("", id="heading", markup=False)
                yield OptionList(id="seats", markup=False)
        yield Footer(show_command_palette=False)

    def _entries(self) -> list[Option]:
        """Casts first, then agents, each under a heading."""
        entries = [Option(Content.styled("Casts", "bold"), disabled=True)]
        for place, choice in enumerate(self._library.casts):
            count = len(choice.labels)
            agents = "1 agent" if count == 1 else f"{count} agents"
            yours = ", yours" if choice.own else ""
            entries.append(Option(Content(f"  {one_line(choice.name)} ({agents}{yours})"), id=f"cast-{place}"))
        entries.append(Option(Content.styled("Single agents", "bold"), disabled=True))
        for place, agent in enumerate(self._library.agents):
            yours = " (yours)" if agent.own else ""
            entries.append(Option(Content(f"  {one_line(agent.label)}{yours}"), id=f"agent-{place}"))
        return entries

    async def on_mount(self) -> None:
        choice = self.query_one("#choice", OptionList)
        names = [one.name for one in self._library.casts]
        choice.highlighted = (
            choice.get_option_index(f"cast-{names.index(self.table.cast)}") if self.table.cast in names else 1
        )
        choice.focus()
        if self.table.unblinded:
            await self._look_behind()
        self._show(0)

    # -- painting ------------------------------------------------------------------------------------------------------

    def _show(self, place: int | None = None) -> None:
        """Everything as the table now stands, with the seat at `place` in hand."""
        self.query_one("#unblinded").display = self.table.unblinded
        seats = self.query_one("#seats", OptionList)
        faces = faces_of(self.table.seats, self._agents, self._hidden)
        kept = seats.highlighted if place is None else place
        lines = [
            f"{at:>2} {face.label}{f' · {face.model}' if face.model else ''}" for at, face in enumerate(faces, start=1)
        ]
        seats.set_options([Option(Content(one_line(line))) for line in lines])
        seats.highlighted = None if not faces else min(kept or 0, len(faces) - 1)
        named = f"the cast {one_line(self.table.cast)}" if self.table.cast else "picked by hand"
        count = len(faces)
        self.query_one("#heading", Static).update(
            Content.styled(f"At the table: {count} ({named})" if count else "At the table: nobody yet", "bold")
        )
        self._look()

    def _look(self) -> None:
        """The face of whatever is in hand."""
        self.query_one("#face", Static).update(self._about())
        self.query_one("#look").scroll_home(animate=False)

    def _about(self) -> Content:
        seats = self.query_one("#seats", OptionList)
        if seats.has_focus and seats.highlighted is not None:
            face = faces_of(self.table.seats, self._agents, self._hidden)[seats.highlighted]
            return face_content(face, seats.highlighted + 1)
        found = self._in_hand()
        if isinstance(found, CastChoice):
            about = [Content.styled(one_line(found.name), "bold"), Content(one_line(found.note)), Content("")]
            faces = faces_of(found.seats, self._agents, self._hidden)
            return Content("\n").join([*about, *[face_content(face, at) for at, face in enumerate(faces, start=1)]])
        if isinstance(found, AgentChoice):
            lines = [Content.styled(one_line(found.label), "bold"), Content(one_line(found.manner))]
            lines += [Content(f"speaks through {one_line(found.model)}")] if found.model else []
            known = self._hidden.get(found.name) if self._hidden is not None else None
            return Content("\n").join([*lines, *(hidden_lines(known) if known is not None else ())])
        return Content("")

    def _in_hand(self) -> CastChoice | AgentChoice | None:
        option = self.query_one("#choice", OptionList).highlighted_option
        kind, _, place = str(option.id if option is not None else "").partition("-")
        if kind == "cast":
            return self._library.casts[int(place)]
        return self._library.agents[int(place)] if kind == "agent" else None

    @on(OptionList.OptionHighlighted)
    def _pointed(self) -> None:
        self._look()

    def on_descendant_focus(self) -> None:
        self._look()
        self.refresh_bindings()

    # -- the table -----------------------------------------------------------------------------------------------------

    @on(OptionList.OptionSelected, "#choice")
    def _chosen(self) -> None:
        found = self._in_hand()
        if isinstance(found, CastChoice):
            self._set(found.seats, 0)
        elif found is not None:
            self._set(added(self.table.seats, found.name), len(self.table.seats))

    @on(OptionList.OptionSelected, "#seats")
    def _opened(self) -> None:
        self.action_model()

    def _set(self, seats: tuple[SeatChoice, ...], place: int) -> None:
        cast = next((one.name for one in self._library.casts if seats and same_people(one.seats, seats)), "")
        self.table = Table(cast=cast, seats=seats, unblinded=self.table.unblinded)
        self._show(place)

    @property
    def _place(self) -> int | None:
        seats = self.query_one("#seats", OptionList)
        return seats.highlighted if seats.has_focus else None

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
        self.run_worker(self._save(), group="files", exclusive=True, exit_on_error=False)

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

    def on_worker_state_changed(self, message: Worker.StateChanged) -> None:
        if message.state is WorkerState.ERROR and message.worker.error is not None:
            self.post_message(Failed(message.worker.error))

    def action_take(self) -> None:
        self.dismiss(self.table)

    def action_leave(self) -> None:
        """As it was before; only what was seen stays seen."""
        before = self._before
        self.dismiss(Table(cast=before.cast, seats=before.seats, unblinded=self.table.unblinded))

    # -- unblinding ----------------------------------------------------------------------------------------------------

    def action_unblind(self) -> None:
        self.app.push_screen(SureScreen(*UNBLIND), self._unblind)

    async def _unblind(self, sure: bool | None) -> None:
        if sure:
            self.table = Table(cast=self.table.cast, seats=self.table.seats, unblinded=True)
            await self._look_behind()
            self._show()
            self.refresh_bindings()

    async def _look_behind(self) -> None:
        self._hidden = dict(await asyncio.to_thread(self._studio.hidden))


def _cast_name(name: str) -> str:
    word = name.strip()
    fine = word and word[0].isalpha() and all(c.isdigit() or ("a" <= c <= "z") or c == "-" for c in word)
    return "" if fine and not word.endswith("-") and "--" not in word else "a name such as my-cast"
