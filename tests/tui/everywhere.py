"""How to come to every screen of the program, so that what holds for all of them can be tested on all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from textual.command import CommandPalette
from textual.pilot import Pilot

from chatarena.arena.session import fold
from chatarena.cli.demo import MODEL
from chatarena.cli.home import Paths
from chatarena.errors import ProviderUnavailable
from chatarena.tui.comparing import Side
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.screens.compare import CompareScreen
from chatarena.tui.screens.compose import ComposeScreen
from chatarena.tui.screens.dialogs import FaultScreen
from chatarena.tui.screens.help import HelpScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.screens.hull import HullScreen
from chatarena.tui.screens.log import LogScreen
from chatarena.tui.screens.picking import PickScreen
from chatarena.tui.screens.replay import ReplayScreen
from chatarena.tui.screens.sessions import SessionsScreen
from chatarena.tui.screens.settings import SettingsScreen
from chatarena.tui.screens.verdict import VerdictScreen
from tests.tui.house import House
from tests.tui.support import asked, press, seen, settle

Go = Callable[[Pilot[None], "Visit"], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A running program and the id of a session in its log that has come to its end."""

    house: House
    session: str

    def on(self, screen: type) -> bool:
        return isinstance(self.house.app.screen, screen)


def with_a_script(home: Paths) -> Paths:
    """The home, with the demo's script as the model that speaks."""
    home.config_file.parent.mkdir(parents=True, exist_ok=True)
    home.config_file.write_text(f'[models]\ndefault = "{MODEL}"\n', encoding="utf-8")
    return home


async def home(pilot: Pilot[None], visit: Visit) -> None:
    await settle(pilot, lambda: visit.on(HomeScreen) and "Examples" in seen(visit.house.app))


def by(*keys: str, to: type) -> Go:
    """From the start page by these keys."""

    async def go(pilot: Pilot[None], visit: Visit) -> None:
        await home(pilot, visit)
        await press(pilot, *keys)
        await settle(pilot, lambda: visit.on(to))

    return go


async def arena(pilot: Pilot[None], visit: Visit) -> None:
    """An example's session at its first question."""
    app = visit.house.app
    await home(pilot, visit)
    await press(pilot, "e")
    await settle(pilot, lambda: visit.on(PickScreen) and "Work and study" in seen(app))
    await press(pilot, "enter")
    await settle(pilot, lambda: visit.on(ComposeScreen))
    await press(pilot, "ctrl+s")
    await settle(pilot, lambda: visit.on(ArenaScreen) and asked(app, "ratings"))


async def floor(pilot: Pilot[None], visit: Visit) -> None:
    await arena(pilot, visit)
    await press(pilot, "escape")
    await settle(pilot, lambda: asked(visit.house.app, "floor"))


async def verdict(pilot: Pilot[None], visit: Visit) -> None:
    await floor(pilot, visit)
    await press(pilot, "ctrl+g")
    await settle(pilot, lambda: asked(visit.house.app, "ratings") or asked(visit.house.app, "choice"))
    if asked(visit.house.app, "ratings"):
        await press(pilot, "escape")
    await settle(pilot, lambda: visit.on(VerdictScreen) and asked(visit.house.app, "choice"))


async def reveal(pilot: Pilot[None], visit: Visit) -> None:
    await verdict(pilot, visit)
    await press(pilot, "down", "enter")
    app = visit.house.app
    await settle(pilot, lambda: app.live is not None and app.live.over and "masks" in seen(app))


async def played(pilot: Pilot[None], visit: Visit) -> None:
    """A session at its end, in the player."""
    await home(pilot, visit)
    visit.house.app.replay_session(visit.session)
    await settle(pilot, lambda: visit.on(ReplayScreen) and "the end" in seen(visit.house.app))
    await settle(pilot, lambda: "Verdict" in seen(visit.house.app))


async def replay(pilot: Pilot[None], visit: Visit) -> None:
    """A recorded debate in the player, at nine tenths."""
    await home(pilot, visit)
    await press(pilot, "p")
    await settle(pilot, lambda: visit.on(PickScreen) and "job-offer" in seen(visit.house.app))
    await press(pilot, "enter")
    await settle(pilot, lambda: visit.on(ReplayScreen))
    await press(pilot, "space", "9")


def after(before: Go, *keys: str) -> Go:
    """On from another place by these keys; to whatever opens on top of it."""

    async def go(pilot: Pilot[None], visit: Visit) -> None:
        await before(pilot, visit)
        app = visit.house.app
        below = app.screen
        await press(pilot, *keys)
        await settle(pilot, lambda: app.screen is not below)

    return go


async def comparison(pilot: Pilot[None], visit: Visit) -> None:
    await home(pilot, visit)
    log = visit.house.stage.log
    assert log is not None
    entries = log.entries(visit.session)
    app = visit.house.app
    app.push_screen(CompareScreen(Side(title="one", entries=entries), Side(title="other", entries=entries[:20])))
    await settle(pilot, lambda: "What came of it" in seen(app))


async def hull(pilot: Pilot[None], visit: Visit) -> None:
    await home(pilot, visit)
    log = visit.house.stage.log
    assert log is not None
    app = visit.house.app
    app.push_screen(HullScreen(fold(entry.event for entry in log.entries(visit.session))))
    await settle(pilot, lambda: visit.on(HullScreen) and "Analysing" not in seen(app))


async def fault(pilot: Pilot[None], visit: Visit) -> None:
    await home(pilot, visit)
    visit.house.app.show_fault(
        ProviderUnavailable("nobody answered", remedy="try again later"), safe="Nothing is lost."
    )
    await settle(pilot, lambda: visit.on(FaultScreen))


async def sessions(pilot: Pilot[None], visit: Visit) -> None:
    """The list with its pointer on a session: until it has been read no key has anything to act on."""
    await home(pilot, visit)
    await press(pilot, "s")

    def pointed() -> bool:
        screen = visit.house.app.screen
        return isinstance(screen, SessionsScreen) and screen.row is not None

    await settle(pilot, pointed)


compose = by("n", to=ComposeScreen)
PLACES: dict[str, Go] = {
    "home": home,
    "examples": by("e", to=PickScreen),
    "debates": by("p", to=PickScreen),
    "models": by("m", to=PickScreen),
    "sessions": sessions,
    "rename": after(sessions, "r"),
    "tags": after(sessions, "t"),
    "export": after(sessions, "x"),
    "fork": after(sessions, "f"),
    "delete": after(sessions, "d"),
    "compare": comparison,
    "settings": by("g", to=SettingsScreen),
    "compose": compose,
    "faces": after(compose, "f5"),
    "arena": arena,
    "floor": floor,
    "verdict": verdict,
    "reveal": reveal,
    "replay": replay,
    "past verdict": after(played, "v"),
    "about": after(replay, "i"),
    "hull": hull,
    "help": by("f1", to=HelpScreen),
    "log": by("f9", to=LogScreen),
    "palette": by("ctrl+p", to=CommandPalette),
    "leave": after(arena, "ctrl+q"),
    "fault": fault,
}
