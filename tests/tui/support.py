"""A studio over the scripted model, and what a test needs to look at a screen."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from time import monotonic

from textual import events
from textual.app import App
from textual.keys import _character_to_key
from textual.pilot import Pilot
from textual.strip import Strip

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision
from chatarena.arena.opening import open_session
from chatarena.errors import ArenaError, UsageError
from chatarena.language_model.port import LanguageModel, Request
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.moderator.moderator import Moderator
from chatarena.moderator.overrun import overruns
from chatarena.moderator.spending import Estimate
from chatarena.moderator.world import Participant, World
from chatarena.tui.app import ArenaApp
from chatarena.tui.archive import SessionRow
from chatarena.tui.files import Files
from chatarena.tui.form import form_of, read
from chatarena.tui.frame import Frame
from chatarena.tui.key_queue import caught_up
from chatarena.tui.messages import RunWanted
from chatarena.tui.outlook import Outlook
from chatarena.tui.ports import CastChoice, Example, FieldProblem, ModelChoice, Plan, Run, Studio
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.screens.compose import ComposeScreen
from chatarena.tui.seats import AgentChoice, Hidden, SeatChoice
from tests.support.sessions import DECISION, LABELS, WEATHER, cast, chain, templates
from tests.support.worlds import answer

FACES = tuple(
    AgentChoice(name=f"agent-{label.lower()}", label=label, manner=f"speaks like {label}") for label in LABELS
)
PATIENCE = 60.0  # seconds until a test that waits for something gives up
MOST_APART = 0.02  # seconds between two looks at what it waits for


@dataclass
class Backstage:
    """What the studio does and keeps: the models, the log as a list, and the switches of a test."""

    models: LanguageModel = field(default_factory=lambda: ScriptedModel(answer))
    seats: int = 3
    decision: Decision = DECISION
    recorded: list[ev.Entry] = field(default_factory=list)
    saved: list[Decision] = field(default_factory=list)
    warmed: list[str] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    start_error: ArenaError | None = None
    warm_error: ArenaError | None = None
    log_error_at: int | None = None
    log_error: Exception | None = None
    files: dict[str, Plan] = field(default_factory=dict)
    casts: dict[str, tuple[SeatChoice, ...]] = field(default_factory=dict)
    unmasked: int = 0
    moderator: Moderator | None = None
    ticks: itertools.count[int] = field(default_factory=itertools.count)

    def world(self, participant: Participant) -> World:
        return World(
            models=self.models,
            participant=participant,
            now=lambda: 1_800_000_000.0,
            elapsed=lambda: float(next(self.ticks)),
            record=self._record,
        )

    async def _record(self, entries: tuple[ev.Entry, ...]) -> None:
        if self.log_error is not None and self.log_error_at is not None and len(self.recorded) >= self.log_error_at:
            raise self.log_error
        self.recorded.extend(entries)

    def opening(self, plan: Plan) -> tuple[ev.Event, ...]:
        agents = tuple(replace(agent, model=plan.model) for agent in cast(self.seats))
        protocol = plan.protocol
        if protocol.name == "network":
            protocol = replace(protocol, hearing=chain(self.seats))
        return open_session(
            plan.decision,
            agents,
            protocol,
            replace(plan.settings, appraise=plan.settings.appraise or ("verbal",)),
            templates(protocol.name),
            version="0.0.0",
            seed=7 if plan.seed is None else plan.seed,
            cast=plan.cast,
        )

    async def start(self, plan: Plan, participant: Participant) -> Run:
        if self.start_error is not None:
            raise self.start_error
        self.plans.append(plan)
        self.moderator = Moderator("s1", self.world(participant))
        return Run(moderator=self.moderator, opening=self.opening(plan))

    async def resume(self, _: str, participant: Participant) -> Run:
        entries = tuple(self.recorded)
        self.moderator = Moderator("s1", self.world(participant), entries)
        return Run(moderator=self.moderator, opening=(ev.SessionResumed(version="0.0.0"),), entries=entries)

    async def replay(self, _: str) -> tuple[ev.Entry, ...]:
        return tuple(self.recorded)

    def problems(self, plan: Plan) -> tuple[FieldProblem, ...]:
        try:
            self.opening(plan)
        except ValueError as error:
            texts = str(error).split("; ")
            return tuple(FieldProblem(field="options" if "option" in text else "question", text=text) for text in texts)
        return ()

    async def recent(self) -> tuple[SessionRow, ...]:
        if not self.recorded:
            return ()
        closed = any(isinstance(entry.event, ev.SessionClosed) for entry in self.recorded)
        status = "complete" if closed else "left"
        return (SessionRow(id="s1", title="the one before", when="today", status=status, resumable=not closed),)

    async def warm(self, model: str, say: Callable[[str], None]) -> None:
        self.warmed.append(model)
        say("loading the model")
        if self.warm_error is not None:
            raise self.warm_error
        say("the model is ready")

    async def save(self, plan: Plan, path: str) -> str:
        self.saved.append(plan.decision)
        self.files[path] = plan
        return path

    async def load(self, path: str) -> Example:
        if path not in self.files:
            raise UsageError(f"{path}: there is no such file", remedy="check the path")
        plan = self.files[path]
        return Example(title="kept", decision=plan.decision, cast=plan.cast, protocol=plan.protocol.name, rounds=4)

    async def save_cast(self, name: str, seats: tuple[SeatChoice, ...]) -> str:
        self.casts[name] = seats
        return f"casts/{name}.yaml"

    async def estimate(self, plan: Plan) -> Outlook:
        by_round = tuple(1000 * (round_ + 1) for round_ in range(plan.protocol.rounds))
        taken = Estimate(calls=9, tokens=by_round[-1], dollars=None, unpriced=(plan.model,), tokens_by_round=by_round)
        return Outlook(
            calls=9,
            tokens=taken.tokens,
            dollars=None,
            unpriced=taken.unpriced,
            seconds=90.0,
            over=overruns(taken, plan.settings),
        )

    def hidden(self) -> dict[str, Hidden]:
        self.unmasked += 1
        return {agent.name: Hidden(objective=agent.objective, tags=("narrow",)) for agent in cast(self.seats)}

    async def suggestions(self) -> tuple[str, ...]:
        return ("Ollama on this machine: use ollama/llama3",)

    def studio(self, clock: Callable[[], float] = lambda: 0.0) -> Studio:
        return Studio(
            examples=lambda: (
                Example(title="Where to live", decision=self.decision, cast="three"),
                Example(title="Picnic or museum", decision=WEATHER, cast="three"),
            ),
            casts=lambda: (
                *(
                    CastChoice(name=name, note="", labels=tuple(seat.agent for seat in seats), seats=seats, own=True)
                    for name, seats in self.casts.items()
                ),
                CastChoice(
                    name="three",
                    note="people with aims",
                    labels=LABELS[: self.seats],
                    network=True,
                    seats=tuple(SeatChoice(agent=face.name) for face in FACES[: self.seats]),
                ),
            ),
            models=lambda: (
                ModelChoice(name="scripted/words", note="", price_note="free"),
                ModelChoice(name="far/model", note="set FAR_KEY", ready=False),
            ),
            default_cast="three",
            default_model="scripted/words",
            notice=lambda model: "Every second argument is made up." if model.startswith("scripted") else "",
            problems=self.problems,
            estimate=self.estimate,
            suggestions=self.suggestions,
            recent=self.recent,
            warm=self.warm,
            start=self.start,
            resume=self.resume,
            replay=self.replay,
            agents=lambda: FACES[: self.seats],
            hidden=self.hidden,
            files=Files(
                suggest=lambda _: "which-city.yaml",
                taken=lambda path: path in self.files,
                save=self.save,
                load=self.load,
                cast_taken=lambda name: name == "three",
                save_cast=self.save_cast,
            ),
            clock=clock,
        )

    def app(self, clock: Callable[[], float] = lambda: 0.0) -> ArenaApp:
        return ArenaApp(self.studio(clock))

    def events(self, kind: type[ev.Event]) -> list[ev.Event]:
        return [entry.event for entry in self.recorded if isinstance(entry.event, kind)]


def going_on() -> Callable[[], float]:
    """A clock that is a second later at every look: nothing that was pressed came right after something else."""
    seconds = itertools.count()
    return lambda: float(next(seconds))


def rows(app: App[None]) -> list[str]:
    """What the terminal would show, line by line."""
    width, height = app.size
    lines = [Strip.join(line) for line in app.screen._compositor.render_full_update().strips]
    return [line.text.ljust(width) for line in lines][:height]


def seen(app: App[None]) -> str:
    """Everything on the screen as one text."""
    return "\n".join(rows(app))


async def handled(app: App[None]) -> None:
    """Until nothing is left to do but to wait: for a timer, a thread, a process or a key.

    `pilot._wait_for_screen` sends a message to every widget there is instead, which is most of what a test then does,
    and knows nothing of what such a message sets off.
    """
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    deadline, idle = monotonic() + PATIENCE, 0
    # What a timer or the outside world brings is there only after another turn of the loop.
    while idle < 2 and app._exception is None:
        assert monotonic() < deadline, "the program never comes to rest"
        await asyncio.sleep(0)
        idle = 0 if ready else idle + 1


async def _handing_out(app: Frame) -> bool:
    await caught_up(app)  # with what was posted to it before
    return app.is_running and app.handing_out


async def quiet(pilot: Pilot[None]) -> None:
    """Until every message on its way, and what it set off, has been handled and painted."""
    app = pilot.app
    while isinstance(app, Frame) and await _handing_out(app):
        await asyncio.sleep(0.001)
    await handled(app)
    app.screen._on_timer_update()
    await handled(app)


def burst(pilot: Pilot[None], *pressed: str) -> None:
    """Put these keys before the app all at once, as a terminal does with what was typed while nobody looked."""
    for key in pressed:
        pilot.app.post_message(_key(key))


def _key(key: str) -> events.Key:
    letter = len(key) == 1
    return events.Key(_character_to_key(key) if letter else key, key if letter else None)


async def press(pilot: Pilot[None], *pressed: str) -> None:
    """Press keys one after the other; letters come as fast as somebody types, other keys when the screen is still.

    `pilot.press` waits for an idle process after each key, which adds up to minutes.
    """
    for key in pressed:
        letter = len(key) == 1
        if not letter:
            await quiet(pilot)
        pilot.app.post_message(_key(key))
        if not letter:
            await quiet(pilot)
    await quiet(pilot)


async def settle(pilot: Pilot[None], until: Callable[[], bool]) -> None:
    """Let the app work until this holds, painting as its timer would; fails where it never comes to it.

    Looks are further and further apart: looking takes the processor from the threads and timers that are waited for.
    """
    app = pilot.app
    deadline, apart = monotonic() + PATIENCE, 0.0
    while not until():
        if app._exception is not None:
            raise app._exception
        if monotonic() > deadline:
            raise AssertionError(f"it never came to this; the screen says:\n{seen(app)}")
        if isinstance(app.screen, ArenaScreen):
            app.screen.tick()
        await handled(app)
        app.screen._on_timer_update()
        await asyncio.sleep(apart)
        apart = min(MOST_APART, apart + 0.001)
    await quiet(pilot)


def saying(*texts: str, claims: Sequence[int] = ()) -> Callable[[Request], Reply]:
    """A script: turns take the texts in turn, ratings the given numbers."""
    turns = itertools.cycle(texts)

    def reply(request: Request) -> Reply:
        if request.schema or request.top_logprobs:
            return answer(request)
        return Reply(text=next(turns), prompt_tokens=40, completion_tokens=12)

    return reply


def speaker(delay: float = 0.0, **script: Reply) -> ScriptedModel:
    """A model in which the agents named here say something of their own."""

    def reply(request: object) -> Reply:
        known = script.get(request.lane)  # type: ignore[attr-defined]
        return answer(request) if known is None or request.schema else known  # type: ignore[arg-type, attr-defined]

    return ScriptedModel(reply)


def asked(app: ArenaApp, what: str) -> bool:
    return app.live is not None and app.live.desk.ask is not None and app.live.desk.ask.what == what


async def compose_example(pilot: Pilot[None], app: ArenaApp, *, example: int = 1) -> None:
    """From the start page to the compose screen of an example."""
    await settle(pilot, lambda: "2 decisions to begin with" in seen(app))
    await press(pilot, "e")
    await settle(pilot, lambda: "Picnic or museum" in seen(app))
    await press(pilot, *["down"] * (example - 1), "enter")
    await settle(pilot, lambda: isinstance(app.screen, ComposeScreen))


async def start_example(pilot: Pilot[None], app: ArenaApp, *, example: int = 1) -> None:
    """Straight to the first question of a session, as the compose screen would start it."""
    plan, _ = read(form_of(app.studio.examples()[example - 1], cast="three", model="scripted/words"))
    app.post_message(RunWanted(partial(app.studio.start, plan)))
    await settle(pilot, lambda: isinstance(app.screen, ArenaScreen) and asked(app, "ratings"))
