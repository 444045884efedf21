"""The arena on the demo's script, as a program: each agent falls silent in the middle of its first turn."""

from __future__ import annotations

from dataclasses import replace

from chatarena.cli import INTERRUPTED
from chatarena.cli.chat import show
from chatarena.cli.demo import MODEL, Actors, demo_plan, read_script
from chatarena.cli.ending import run_endable
from chatarena.cli.home import find_paths
from chatarena.cli.settings_loading import load_settings
from chatarena.cli.stage import open_stage
from chatarena.language_model.port import Request
from chatarena.language_model.scripted import Reply, ScriptedModel

WORDS = 6


def main() -> int:
    paths = find_paths()
    script = read_script(paths)
    actors = Actors(script, demo_plan(script, paths), 0.0)

    def answer(request: Request) -> Reply:
        reply = actors.answer(request)
        return reply if request.schema else replace(reply, after=WORDS, hang=True)

    async def run() -> int:
        settings = load_settings({"models.default": MODEL}, paths=paths)
        async with open_stage(settings, paths, scripted=ScriptedModel(answer)) as stage:
            return await show(stage, settings)

    try:
        return run_endable(run())
    except KeyboardInterrupt:
        return INTERRUPTED
