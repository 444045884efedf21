"""The whole program behind the screens, in a home of its own: its log, its settings, the demo's script as its model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace

from chatarena.arena import events as ev
from chatarena.cli.demo import MODEL, Actors, DemoParticipant, demo_plan, read_script
from chatarena.cli.home import Paths
from chatarena.cli.settings_loading import load_settings
from chatarena.cli.stage import Stage, open_stage
from chatarena.cli.studio import open_studio
from chatarena.language_model.port import Request
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.tui.app import ArenaApp


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A running program: the stage with its log, and the app on it."""

    stage: Stage
    app: ArenaApp
    home: Paths

    async def demo(self, until: type[ev.Event] | None = None, *, model: str = MODEL) -> str:
        """Hold the demo's session, to its end or until the first event of a kind; returns its id."""
        script = read_script(self.home)
        plan = demo_plan(script, self.home)
        plan = replace(plan, agents=tuple(replace(agent, model=model) for agent in plan.agents))
        moderator, opening = await self.stage.begin(plan, DemoParticipant(script["participant"]))
        async with aclosing(moderator.run(opening)) as stream:
            async for item in stream:
                if until is not None and isinstance(item, ev.Entry) and isinstance(item.event, until):
                    break
        return moderator.session_id

    def copies(self, session: str, count: int) -> None:
        """Put copies of a session into the log, each under an id and a name of its own."""
        log = self.stage.log
        assert log is not None
        entries = log.entries(session)
        for number in range(count):
            copied = f"COPY{number:06}"
            log.take_in(tuple(replace(entry, session=copied) for entry in entries), name=f"copy {number}")


@asynccontextmanager
async def house(home: Paths, answer: Callable[[Request], Reply] | None = None) -> AsyncIterator[House]:
    """Open the program in this home.

    Args:
        answer: what scripted models say; by default what the demo's script says.
    """
    settings = load_settings(paths=home)
    script = read_script(home)
    said = answer or Actors(script, demo_plan(script, home), 0.0).answer
    async with open_stage(settings, home, scripted=ScriptedModel(said)) as stage:
        yield House(stage=stage, app=ArenaApp(open_studio(stage, settings)), home=home)
