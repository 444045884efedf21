"""Claim: a session of 100,000 events is listed, searched, read, sought in and replayed about as fast as it is parsed.

    python -m benchmarks.long_session [events] [folder on the disk to be measured]

A real log file, written through SessionLog. Every figure stands beside sqlite3 and a JSON parser (orjson where it is
installed, else json) that read the same rows for nothing but reading them, with the garbage collector paused; both in
one run, in turn, medians of CPU time. Aims: a seek below 100 ms, reading all below 1 s, no ratio above 3 where ours is
reading, too. Takes about three minutes.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from random import Random

from benchmarks.log_writer import PROSE
from chatarena.arena import events as ev
from chatarena.arena.agent import Agent, Commitment
from chatarena.arena.decision import Decision, Option
from chatarena.arena.forecast import Forecast
from chatarena.arena.protocol import Protocol
from chatarena.arena.settings import Settings
from chatarena.cli.replay import Account
from chatarena.exchange.bundle import write_bundle
from chatarena.exchange.exporting import export_tables, source
from chatarena.exchange.placing import place_file
from chatarena.replay.player import Playback, Player, play
from chatarena.replay.position import sessions
from chatarena.replay.timeline import lay_out
from chatarena.report.chapters import report
from chatarena.report.html.page import html
from chatarena.session_log.store import SessionLog
from chatarena.tui.reel import Reel

EVENTS, BATCH, ROUNDS, SEEKS, OTHERS = 100_000, 2_000, 5, 20, 50
AIM_SEEK, AIM_DECODE, AIM_RATIO = 0.1, 1.0, 3.0
LABELS = ("Ash", "Birch", "Cedar", "Damson")
SESSION = "long"
ROWS = (
    "SELECT session, seq, at, elapsed, kind, body FROM entries WHERE session = ? AND seq >= ? AND seq < ? ORDER BY seq"
)
LISTED = (
    "SELECT id, title, question, status, created_utc, updated_utc, version, seed, protocol, cast_name, participant,"
    " choice, n_turns, n_events, name, origin, parent, agents, models, (SELECT json_group_array(tag) FROM (SELECT tag"
    " FROM tags WHERE session = id ORDER BY tag)) FROM sessions ORDER BY updated_utc DESC, id DESC"
)
FOUND = (
    "SELECT w.session, w.seq, w.text FROM words w WHERE w.id IN"
    " (SELECT rowid FROM words_fts WHERE words_fts MATCH ?) ORDER BY w.id DESC LIMIT 50"
)
Loads = Callable[[bytes | str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured: CPU seconds of each run of ours, and of the yardstick's.

    Where ours does more than `reading`, the ratio says how much more and has no aim.
    """

    name: str
    ours: list[float]
    theirs: list[float]
    aim: float | None = None
    reading: bool = True

    @property
    def ratio(self) -> float:
        return statistics.median(self.ours) / statistics.median(self.theirs)

    def line(self) -> str:
        """Our median, the yardstick's, their ratio, and whether an aim was missed."""
        ours, theirs = statistics.median(self.ours), statistics.median(self.theirs)
        late = self.aim is not None and ours > self.aim
        missed = "  AIM MISSED" if late or (self.reading and self.ratio > AIM_RATIO) else ""
        return f"  {self.name:44s} {1e3 * ours:9.2f} ms {1e3 * theirs:9.2f} ms {self.ratio:6.2f} x{missed}"


def parser() -> tuple[str, Loads]:
    """The fastest JSON parser that is installed, of those that everybody knows."""
    for name in ("orjson", "json"):
        try:
            return name, importlib.import_module(name).loads
        except ImportError:
            continue
    raise RuntimeError("the standard library has no json")


# -- a session -----------------------------------------------------------------------------------------------------


def header() -> ev.SessionOpened:
    """Four agents, four options, as many rounds as it takes."""
    options = tuple(Option(id=f"o{index}", label=f"Option {index}") for index in range(4))
    return ev.SessionOpened(
        version="0",
        decision=Decision(question="Where to?", options=options),
        faces=tuple(ev.Face(label=label, model="m", fingerprint="a" * 64) for label in LABELS),
        protocol=Protocol(),
        settings=Settings(),
        seed=1,
    )


def a_round(number: int) -> list[ev.Event]:
    """Sixteen events: everybody speaks, claims and appraises; the participant is shown chances and says something."""
    call = ev.Call(
        fingerprint="b" * 64,
        requested_model="provider/model",
        served_model="model-2026",
        finish_reason="stop",
        prompt_tokens=900,
        completion_tokens=120,
        cost=0.0004,
        first_token_seconds=0.41,
        total_seconds=2.9,
    )
    rated = tuple(ev.Rating(option=f"o{index}", value=float((number + 20 * index) % 101)) for index in range(4))
    shares = tuple((1 + (number + index) % 4) / 10 for index in range(4))
    chances = Forecast(source="panel", precision=8.0, utilities=shares, probabilities=shares, normalisation="/ 100")
    found: list[ev.Event] = [ev.RoundOpened(round=number, order=LABELS)]
    for label in LABELS:
        found.append(ev.TurnTaken(agent=label, round=number, text=f"{number} {label}: {PROSE}", call=call))
        found.append(ev.ClaimMade(agent=label, round=number, ratings=rated, raw='{"o0": 50}', calls=(call,)))
        found.append(ev.AppraisalMade(agent=label, round=number, ratings=rated, method="verbal", calls=(call,)))
    found.append(ev.ForecastShown(round=number, forecast=chances))
    found.append(ev.ParticipantSpoke(text=f"And what of point {number}?", round=number))
    found.append(ev.FloorPassed(round=number))
    return found


def trace(count: int, session: str = SESSION) -> tuple[ev.Entry, ...]:
    """The entries of a session of this many events, a second apart."""
    events: list[ev.Event] = [header()]
    for label in LABELS:
        agent = Agent(name=label.lower(), label=label, objective="Win.", model="m")
        events.append(ev.AgentCommitted(commitment=Commitment(agent=agent, rule=(), fingerprint="a" * 64)))
    number = 0
    while len(events) < count:
        number += 1
        events += a_round(number)
    return tuple(
        ev.Entry(session=session, seq=seq, at=1.79e9 + seq, elapsed=float(seq), event=event)
        for seq, event in enumerate(events[:count])
    )


# -- measuring -----------------------------------------------------------------------------------------------------


def cpu(work: Callable[[], object], *, collecting: bool = True) -> float:
    """CPU seconds of one run; what it made is thrown away after the clock has stopped."""
    gc.collect()
    if not collecting:
        gc.disable()
    began = time.process_time()
    kept = work()
    took = time.process_time() - began
    gc.enable()
    del kept
    return took


def in_turn(name: str, ours: Callable[[], object], theirs: Callable[[], object], aim: float | None = None) -> Measured:
    """Both, one after the other, several times."""
    measured = Measured(name=name, ours=[], theirs=[], aim=aim)
    for _ in range(ROUNDS):
        measured.ours.append(cpu(ours))
        measured.theirs.append(cpu(theirs, collecting=False))
    return measured


def read(log: SessionLog) -> tuple[ev.Entry, ...]:
    """The session as the command reads it: out of the garbage collector's sight."""
    entries = log.entries(SESSION)
    gc.freeze()
    return entries


def at_once(log: SessionLog) -> int:
    """Replay the whole as fast as can be, through the player, into nothing."""
    player = Player(lay_out(read(log)), time.monotonic, Playback(playing=True, speed=inf))

    async def run() -> int:
        return sum([1 async for _ in play(player, asyncio.sleep)])

    return asyncio.run(run())


def as_lines(log: SessionLog) -> int:
    """Replay the whole at once as lines of text, into nothing."""
    account = Account()
    return sum(len(account.lines(entry.event)) for entry in read(log))


def measure(log: SessionLog, raw: sqlite3.Connection, loads: Loads, events: int) -> list[Measured]:
    """Everything, each beside its yardstick."""

    def rows(start: int, end: int) -> list[tuple[object, ...]]:
        return [(*row[:5], loads(row[5])) for row in raw.execute(ROWS, (SESSION, start, end))]

    def listed() -> list[tuple[object, ...]]:
        return [(*row[:17], *map(loads, row[17:])) for row in raw.execute(LISTED)]

    entries = read(log)
    frames, reel = sessions(entries), Reel(lay_out(entries))
    frames.at(events)
    places = [Random(seed).randrange(events) for seed in range(SEEKS)]
    point = f'"point {events // 32}"'
    return [
        in_turn(f"list {OTHERS + 1} sessions", log.sessions, listed),
        in_turn("search a phrase", lambda: log.search(point), lambda: raw.execute(FOUND, (point,)).fetchall()),
        in_turn("read and decode all of it", lambda: log.entries(SESSION), lambda: rows(0, events), AIM_DECODE),
        in_turn("replay it at once to nothing", lambda: at_once(log), lambda: rows(0, events)),
        more(in_turn("replay it at once as lines to nothing", lambda: as_lines(log), lambda: rows(0, events))),
        in_turn(
            "seek to the end, nothing kept", lambda: sessions(entries).at(events), lambda: rows(0, events), AIM_SEEK
        ),
        each("seek to a random place", places, frames.at, lambda place: rows(max(0, place - 1_000), place)),
        each(
            "the same on the screen: scene and lanes",
            places,
            lambda place: seen(reel, place),
            lambda place: rows(max(0, place - 1_000), place),
        ),
        in_turn("lay out the time", lambda: lay_out(entries), lambda: rows(0, events)),
        more(in_turn("make the screen's reel, once a session", lambda: Reel(reel.timeline), lambda: rows(0, events))),
        more(in_turn("export it as a bundle", lambda: as_bundle(log), lambda: rows(0, events))),
        more(in_turn("export it as tables, counted against the log", lambda: as_tables(log), lambda: rows(0, events))),
        more(in_turn("export it as a page", lambda: as_page(log), lambda: rows(0, events))),
    ]


def as_bundle(log: SessionLog) -> None:
    """The bundle's file."""
    lines = (f"{line}\n" for line in write_bundle(log.entries(SESSION)))
    place_file(log.path.with_name("long.jsonl"), lines, force=True)


def as_tables(log: SessionLog) -> None:
    """The folder of CSV files, as the command writes it."""
    told = source(log.entries(SESSION), database=log.path)
    export_tables([told], log.path.with_name("tables"), "csv", force=True)


def as_page(log: SessionLog) -> None:
    """The page's file."""
    place_file(log.path.with_name("long.html"), html(report(log.entries(SESSION))), force=True)


def more(measured: Measured) -> Measured:
    """Something that is not reading alone."""
    return replace(measured, reading=False)


def seen(reel: Reel, position: int) -> object:
    """What the player's screen looks up when it is sent somewhere."""
    place = reel.timeline.after(position)
    return reel.scene(place.position), reel.contents(place.position), reel.timeline.standing(place)


def each(name: str, places: list[int], ours: Callable[[int], object], theirs: Callable[[int], object]) -> Measured:
    """One seek a place; the yardstick reads and parses the thousand rows before it."""
    measured = Measured(name=name, ours=[], theirs=[], aim=AIM_SEEK)
    for place in places:
        measured.ours.append(cpu(lambda place=place: ours(place)))
        measured.theirs.append(cpu(lambda place=place: theirs(place), collecting=False))
    return measured


def write(log: SessionLog, entries: tuple[ev.Entry, ...]) -> float:
    """Seconds for the long session, in batches, with some short ones beside it."""
    for number in range(OTHERS):
        short = tuple(replace(entry, session=f"other-{number:03d}") for entry in entries[:40])
        log.append(short)
    began = time.perf_counter()
    for start in range(0, len(entries), BATCH):
        log.append(entries[start : start + BATCH])
    return time.perf_counter() - began


def main() -> None:
    """Write, measure, print."""
    events = int(sys.argv[1]) if sys.argv[1:] else EVENTS
    name, loads = parser()
    with tempfile.TemporaryDirectory(dir=sys.argv[2] if sys.argv[2:] else None, prefix="long-session-") as folder:
        path = Path(folder) / "log.db"
        entries = trace(events)
        with SessionLog(path, environ={}) as log:
            took = write(log, entries)
            assert log.entries(SESSION) == entries
            raw = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
            found = measure(log, raw, loads, events)
            raw.close()
        size = path.stat().st_size
    print(f"A session of {events:,} events, {size / 1e6:.0f} MB, written at {took / events * 1e6:.0f} us an event")
    print(f"CPU time, medians of {ROUNDS} ({SEEKS} for seeks); ours, sqlite3 + {name}, ratio")
    for measured in found:
        print(measured.line())
        if len(measured.ours) == SEEKS:
            print(f"  {'  the slowest of them':44s} {1e3 * max(measured.ours):9.2f} ms")
    if name == "json":
        print("  orjson is not installed: the yardstick is the standard library's json")


if __name__ == "__main__":
    main()
