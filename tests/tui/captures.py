"""Text pictures of the screens for the documents, taken from the program itself at 80 columns.

    python -m tests.tui.captures            # renews every picture in docs/how-to/the-arena.md

A picture stands in a block of the kind `screen NAME`. The script of the demo speaks, in a home of its own.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
from dataclasses import replace
from pathlib import Path
from time import monotonic

from textual.app import App
from textual.pilot import Pilot

from chatarena.cli.home import Paths, find_paths
from tests.tui.everywhere import PLACES, Visit, with_a_script
from tests.tui.house import house
from tests.tui.support import press, rows, settle

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "the-arena.md"
SIZE = (80, 24)
STILL = 0.5  # seconds
LASTING = ("session",)
_BLOCK = re.compile(r"^```screen ([a-z ]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What is another every time: ids, clocks, seconds, and where the home is.
_MOVING = ((re.compile(r"\b\d\d:\d\d\b"), "12:00"), (re.compile(r"\b(\d{4}-)?\d\d-\d\d (?=12:00)"), "01-01 "))


async def taken(name: str, home: Paths) -> str:
    """The picture of a screen, without the blanks at the ends of its lines."""
    async with house(home if name == "home" else with_a_script(home)) as there:
        session = await there.demo() if name in ("sessions", "replay") else ""
        async with there.app.run_test(size=SIZE) as pilot:
            visit = Visit(house=there, session=session)
            await PLACES[name](pilot, visit)
            if name == "floor":
                await press(pilot, "escape", "1")  # whoever spoke last is in front, and that is drawn
            await at_rest(pilot, there.app)
            text = "\n".join(line.rstrip() for line in rows(there.app)).rstrip()
    text = text.replace(str(home.config_file.parent.parent), "~")
    for pattern, still in _MOVING:
        text = pattern.sub(still, text)
    return f"{text}\n"


async def at_rest(pilot: Pilot[None], app: App[None]) -> None:
    """Until what is read in the background has come, and the screen has been the same for longer than timers wait."""
    seen, since = "", monotonic()

    def still() -> bool:
        nonlocal seen, since
        now = "\n".join(rows(app))
        if now != seen or any(not worker.is_finished for worker in app.workers if worker.group not in LASTING):
            seen, since = now, monotonic()
        return monotonic() - since > STILL

    await settle(pilot, still)


async def renewed(page: str) -> str:
    """The page with every picture taken anew."""
    pictures: dict[str, str] = {}
    for name in _BLOCK.findall(page):
        with tempfile.TemporaryDirectory() as folder:
            pictures[name[0]] = await taken(name[0], private(Path(folder)))
    return _BLOCK.sub(lambda found: f"```screen {found[1]}\n{pictures[found[1]]}```", page)


def private(folder: Path) -> Paths:
    """A home of its own."""
    return replace(find_paths({"CHATARENA_HOME": str(folder)}, folder), project_config=None)


if __name__ == "__main__":
    PAGE.write_text(asyncio.run(renewed(PAGE.read_text(encoding="utf-8"))), encoding="utf-8")
