"""The first picture waits for nothing that it does not show."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from chatarena.cli.home import Paths

LATER = (
    "chatarena.arena.events",
    "chatarena.arena.session",
    "chatarena.authoring.decisions",
    "chatarena.language_model.install",
    "chatarena.moderator.moderator",
    "chatarena.tui.screens.arena",
    "chatarena.tui.screens.compose",
    "chatarena.tui.screens.hull",
    "chatarena.tui.screens.replay",
    "chatarena.tui.screens.sessions",
    "chatarena.tui.screens.settings",
    "chatarena.tui.screens.verdict",
    "http.client",
    "litellm",
    "msgspec",
    "numpy",
    "pydantic",
    "scipy",
    "sqlite_utils",
    "urllib.request",
    "yaml",
)

# Opens the arena as the command does, without a terminal; tells what was on the first picture and what was loaded then.
SPY = """
import asyncio, json, sys
from chatarena.cli.home import find_paths
from chatarena.cli.settings_loading import load_settings
from chatarena.cli.stage import open_stage
from chatarena.cli.studio import open_studio
from chatarena.cli.surround import surround
from chatarena.tui.app import ArenaApp

class Spied(ArenaApp):
    def post_display_hook(self):
        lines = ["".join(s.text for s in line) for line in self.screen._compositor.render_strips()]
        if "".join(lines).strip() and not told:
            told.append("\\n".join(lines))
            told.append([name for name in json.loads(sys.argv[1]) if name in sys.modules])
            self.exit()

async def main():
    paths = find_paths()
    settings = load_settings(paths=paths)
    async with open_stage(settings, paths) as stage:
        await Spied(open_studio(stage, settings), surround(settings, paths)).run_async(headless=True, size=(80, 24))

told = []
asyncio.run(main())
print(json.dumps(told))
"""


def test_the_first_picture_is_the_start_page_and_waits_for_nothing_else(home: Paths) -> None:
    # The first opening makes the log, for which sqlite-utils is needed; that is once in its life.
    make = "from chatarena.cli.home import find_paths; from chatarena.session_log.store import SessionLog\n"
    make += "SessionLog(find_paths().database).close()"
    subprocess.run([sys.executable, "-c", make], check=True, env=os.environ)
    command = [sys.executable, "-c", SPY, json.dumps(LATER)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=os.environ)
    shown, loaded = json.loads(done.stdout.splitlines()[0])
    assert "New decision" in shown and "Recent sessions" in shown
    assert loaded == []
