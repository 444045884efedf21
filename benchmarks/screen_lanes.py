"""Claim: eight lanes that stream at once leave the screen quick. Prints shares of a core, measured in one run.

Eight lanes of the real arena screen, 160 x 50, headless, against Textual's own MarkdownStream and Static.update fed
with the same tokens at the same pace. Aims (performance notes, "Screen"): 8 x 400 tokens/s at no more than 35 % of a
core; a key is painted within 50 ms at the 99th percentile meanwhile; a finished turn is rendered within 10 ms.

    python -m benchmarks.screen_lanes [--seconds 3] [--rounds 3]
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from textual import events as keys
from textual.app import App, ComposeResult
from textual.containers import Grid, VerticalScroll
from textual.strip import Strip
from textual.widgets import Markdown, Static

from chatarena.arena import events as ev
from chatarena.arena.agent import Agent
from chatarena.arena.decision import Decision, Option
from chatarena.arena.opening import RULE_PURPOSES, open_session
from chatarena.arena.protocol import Protocol
from chatarena.arena.settings import Settings
from chatarena.cli.collector import collect_seldom, keep_what_is_loaded
from chatarena.language_model.scripted import ScriptedModel
from chatarena.moderator.moderator import Moderator
from chatarena.moderator.world import Draft, World
from chatarena.tui.blocks import Block
from chatarena.tui.live import Live
from chatarena.tui.paint import paint
from chatarena.tui.participant import Desk
from chatarena.tui.ports import Run
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.widgets.floor import Floor

LANES, SIZE = 8, (160, 50)
LABELS = ("Ash", "Birch", "Cedar", "Damson", "Elder", "Fir", "Gorse", "Hazel")
PROSE = "the model predicts **that** a convex combination of agents `approximates` human utility, and so on"
CHUNK_EVERY = 0.02  # seconds; the model process coalesces chunks to 20-40 ms before they reach the screen
KEY_EVERY = 0.037
Feed = Callable[[int, str], Awaitable[None]]


@dataclass(frozen=True)
class Figures:
    """One run of one sink."""

    share: float
    per_token: float
    reached: float
    key_seconds: tuple[float, ...] = ()


class Lanes(App[None]):
    """The arena screen over a session in which eight agents are speaking."""

    def __init__(self) -> None:
        super().__init__()
        self.live = _live()
        self.rendered, self.painted = False, asyncio.Event()

    def on_mount(self) -> None:
        self.push_screen(ArenaScreen(self.live))

    def post_display_hook(self) -> None:
        if self.rendered:
            self.painted.set()


class Stock(App[None]):
    """Eight stock widgets, each in its own scroll."""

    CSS = "Grid { grid-size: 4 2; } VerticalScroll { border-top: solid green; }"

    def __init__(self, kind: type[Markdown] | type[Static]) -> None:
        super().__init__()
        self.sinks = [kind("") if kind is Markdown else Static("", markup=False) for _ in range(LANES)]

    def compose(self) -> ComposeResult:
        with Grid():
            for sink in self.sinks:
                with VerticalScroll() as scroll:
                    scroll.anchor()
                    yield sink


def _live() -> Live:
    decision = Decision(
        question="Which of three?",
        options=tuple(Option(id=name, label=f"The option called {name}") for name in ("a", "b", "c")),
    )
    agents = tuple(Agent(name=label, label=label, objective="none", model="scripted/x") for label in LABELS)
    templates = dict.fromkeys(RULE_PURPOSES, "x")
    opened = open_session(decision, agents, Protocol(), Settings(), templates, version="0", seed=1)
    facts = (*opened, ev.RoundOpened(round=1, order=LABELS))
    entries = tuple(ev.Entry(session="s", seq=seq, at=0.0, elapsed=0.0, event=fact) for seq, fact in enumerate(facts))

    async def record(_: tuple[ev.Entry, ...]) -> None:
        return None

    world = World(models=ScriptedModel(), participant=None, now=time.time, elapsed=time.perf_counter, record=record)
    run = Run(moderator=Moderator("s", world, entries), opening=(), entries=entries)
    return Live(run, Desk(time.monotonic), time.monotonic)


def tokens(count: int) -> list[str]:
    """Words with a paragraph break now and then; the same for every sink."""
    draw, words = random.Random(0), PROSE.split()
    return [draw.choice(words) + (".\n\n" if draw.random() < 0.02 else " ") for _ in range(count)]


async def stream(feed: Feed, rate: int, seconds: float) -> tuple[float, float, int]:
    """Feed every lane `rate` tokens a second; returns CPU seconds, wall seconds and tokens that got through."""
    script = tokens(int(rate * seconds) + 1)
    cpu, start, sent = time.process_time(), time.perf_counter(), 0
    while (elapsed := time.perf_counter() - start) < seconds:
        due = min(len(script), int(elapsed * rate))
        for token in script[sent:due]:
            for lane in range(LANES):
                await feed(lane, token)
            sent += 1
            if time.perf_counter() - start > seconds:
                break
        await asyncio.sleep(CHUNK_EVERY)
    return time.process_time() - cpu, time.perf_counter() - start, sent * LANES


def _figures(measured: tuple[float, float, int], key_seconds: list[float] | None = None) -> Figures:
    cpu, wall, fed = measured
    return Figures(cpu / wall, cpu / max(1, fed), fed / wall, tuple(key_seconds or ()))


async def ours(rate: int, seconds: float) -> Figures:
    app, key_seconds = Lanes(), list[float]()
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()

        async def feed(lane: int, token: str) -> None:
            app.live.take(Draft(agent=LABELS[lane], round=1, doing="speaking", text=token))

        typing = asyncio.create_task(_type(app, key_seconds))
        measured = await stream(feed, rate, seconds)
        typing.cancel()
        await asyncio.gather(typing, return_exceptions=True)
    return _figures(measured, key_seconds)


async def _type(app: Lanes, key_seconds: list[float]) -> None:
    """Press keys into the input line and time each from the press to the paint that shows it."""
    line = app.screen.query_one(Floor).line
    line.focus()
    line.cursor_blink = False
    render_line, expected = line.render_line, 0

    def watched(y: int) -> Strip:
        app.rendered = app.rendered or len(line.value) == expected
        return render_line(y)

    line.render_line = watched  # type: ignore[method-assign]
    while True:
        await asyncio.sleep(KEY_EVERY)
        app.painted.clear()
        app.rendered, expected, start = False, expected + 1, time.perf_counter()
        app.post_message(keys.Key("a", "a"))
        await app.painted.wait()
        key_seconds.append(time.perf_counter() - start)


async def markdown_stream(rate: int, seconds: float) -> Figures:
    app = Stock(Markdown)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        streams = [Markdown.get_stream(sink) for sink in app.sinks if isinstance(sink, Markdown)]
        measured = await stream(lambda lane, token: streams[lane].write(token), rate, seconds)
        for sink in streams:
            await sink.stop()
    return _figures(measured)


async def static_update(rate: int, seconds: float) -> Figures:
    app = Stock(Static)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.pause()
        said = [""] * LANES

        async def feed(lane: int, token: str) -> None:
            said[lane] += token
            app.sinks[lane].update(said[lane])

        measured = await stream(feed, rate, seconds)
    return _figures(measured)


def final_render(count: int) -> float:
    """Median seconds to render a finished turn of so many tokens, once."""
    block = Block(kind="speech", text="".join(tokens(count)))
    paint(block, 37)
    times = []
    for _ in range(9):
        start = time.process_time()
        paint(block, 37)
        times.append(time.process_time() - start)
    return statistics.median(times)


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--seconds", type=float, default=3.0, help="how long each sink is fed")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved repetitions; medians are printed")
    arguments = parser.parse_args()
    # As the program sets it, for all sinks alike.
    collect_seldom()
    keep_what_is_loaded()
    sinks = {
        "the arena's lanes": ours,
        "Textual MarkdownStream": markdown_stream,
        "Textual Static.update": static_update,
    }
    print(f"{LANES} lanes, {SIZE[0]} x {SIZE[1]}, median of {arguments.rounds} interleaved rounds")
    for rate in (100, 400):
        results: dict[str, list[Figures]] = {name: [] for name in sinks}
        for _ in range(arguments.rounds):
            for name, sink in sinks.items():
                results[name].append(asyncio.run(sink(rate, arguments.seconds)))
        _report(rate, results)
    for count in (130, 220, 400):
        print(f"finished turn of {count} tokens rendered once: {final_render(count) * 1e3:.1f} ms (aim 10)")


def _report(rate: int, results: dict[str, list[Figures]]) -> None:
    print(f"\n{rate} tokens/s in each lane ({rate * LANES} in all)")
    base = statistics.median(run.per_token for run in next(iter(results.values())))
    for name, runs in results.items():
        share, per_token, reached = (
            statistics.median(getattr(run, what) for run in runs) for what in ("share", "per_token", "reached")
        )
        cost = f"{per_token * 1e6:7.0f} us/token ({per_token / base:5.1f} x)"
        print(f"  {name:24} {share:4.0%} of a core  {cost}  {reached / (rate * LANES):4.0%} of the pace")
    pressed = [seconds for runs in results.values() for run in runs for seconds in run.key_seconds]
    shown = ", ".join(f"{name} {percentile(pressed, at) * 1e3:.0f} ms" for name, at in (("p50", 0.5), ("p99", 0.99)))
    print(f"  key to paint meanwhile: {shown} ({len(pressed)} keys; aim p99 < 50 ms)")


if __name__ == "__main__":
    main()
