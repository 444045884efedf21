"""Claim: an event is durable about as fast as the disk allows, and a long log is read about as fast as JSON alone.

    python -m benchmarks.log_writer [folder on the disk to be measured]

Everything is measured in one run, contenders in turn; only ratios carry over to another machine. Takes about a minute.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import sqlite_utils

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, Option
from chatarena.arena.protocol import Protocol
from chatarena.arena.settings import Settings
from chatarena.session_log.codec import encode
from chatarena.session_log.store import SessionLog
from chatarena.session_log.writer import LogWriter

ROUNDS = 3
# Short slices in turn: a shared disk changes its mind every few seconds.
EVENTS, SLICES = 40, 15
OFFERED = ((300, 600), (2_000, 4_000))  # events a second, events in all
LONG = 100_000
INSERT = "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?)"
CREATE = (
    "CREATE TABLE events (session TEXT, seq INTEGER, at REAL, agent TEXT, kind TEXT, body TEXT,"
    " PRIMARY KEY (session, seq))"
)
PROSE = (
    "Moving to the coast costs you eleven months of rent, and your sister says that the harbour freezes. "
    "Still, the commute falls from ninety minutes to ten, which over five years is most of a working year. "
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """What came of offering events at a rate: seconds from offering to durable."""

    rate: float
    p50: float
    p99: float


def trace(count: int, session: str = "S") -> list[ev.Entry]:
    """A session of this many entries: turns, claims, appraisals and the participant's words in turn."""
    options = tuple(Option(id=f"o{index}", label=f"Option {index}") for index in range(4))
    header = ev.SessionOpened(
        version="0",
        decision=Decision(question="Where to?", options=options),
        faces=(ev.Face(label="Ash", model="m", fingerprint="a" * 64),),
        protocol=Protocol(),
        settings=Settings(),
        seed=1,
    )
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
    ratings = tuple(ev.Rating(option=option.id, value=50.0 + index) for index, option in enumerate(options))
    events: list[ev.Event] = [header]
    for number in range(1, count):
        round_ = number // 4
        events.append(
            (
                ev.TurnTaken(agent="Ash", round=round_, text=f"{number} {PROSE}", call=call),
                ev.ClaimMade(agent="Ash", round=round_, ratings=ratings, raw='{"o0": 50}', calls=(call,)),
                ev.AppraisalMade(agent="Ash", round=round_, ratings=ratings, method="verbal", calls=(call,)),
                ev.ParticipantSpoke(text=f"And what of point {number}?", round=round_),
            )[number % 4]
        )
    return [
        ev.Entry(session=session, seq=seq, at=1.79e9 + seq, elapsed=float(seq), event=event)
        for seq, event in enumerate(events)
    ]


def rows(entries: Sequence[ev.Entry]) -> list[tuple[object, ...]]:
    """The same entries as ready-made rows, the JSON included: what the yardsticks are given for nothing."""
    return [(e.session, e.seq, e.at, getattr(e.event, "agent", ""), e.event.kind, encode(e.event)) for e in entries]


def raw_connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute(CREATE)
    return connection


# -- one event after the other, each durable before the next ---------------------------------------


def sync_only(folder: Path, entries: list[ev.Entry]) -> float:
    lines = [str(row[5]).encode() for row in rows(entries)]
    with (folder / "sync").open("wb", buffering=0) as file:
        began = time.perf_counter()
        for line in lines:
            file.write(line)
            os.fdatasync(file.fileno())
        return time.perf_counter() - began


def raw_each(folder: Path, entries: list[ev.Entry]) -> float:
    connection, ready = raw_connection(folder / "raw.db"), rows(entries)
    began = time.perf_counter()
    for row in ready:
        connection.execute(INSERT, row)
    took = time.perf_counter() - began
    connection.close()
    return took


def sqlite_utils_each(folder: Path, entries: list[ev.Entry]) -> float:
    database = sqlite_utils.Database(folder / "utils.db")
    database.enable_wal()
    table, names = database.table("events"), ("session", "seq", "at", "agent", "kind", "body")
    ready = [dict(zip(names, row, strict=True)) for row in rows(entries)]
    began = time.perf_counter()
    for row in ready:
        table.insert(row, pk=("session", "seq"))
    took = time.perf_counter() - began
    database.close()
    return took


def log_each(folder: Path, entries: list[ev.Entry]) -> float:
    with SessionLog(folder / "log.db") as log:
        began = time.perf_counter()
        for entry in entries:
            log.append((entry,))
        return time.perf_counter() - began


def writer_each(folder: Path, entries: list[ev.Entry]) -> float:
    async def run() -> float:
        with SessionLog(folder / "writer.db") as log:
            async with LogWriter(log) as writer:
                began = time.perf_counter()
                for entry in entries:
                    await writer.record((entry,))
                return time.perf_counter() - began

    return asyncio.run(run())


EACH: dict[str, Callable[[Path, list[ev.Entry]], float]] = {
    "write + fdatasync, no database": sync_only,
    "sqlite3, WAL FULL, commit per event": raw_each,
    "sqlite-utils insert per event": sqlite_utils_each,
    "SessionLog.append per event": log_each,
    "LogWriter.record per event": writer_each,
}


def one_after_the_other(folder: Path) -> None:
    entries = trace(EVENTS)
    times: dict[str, list[float]] = {name: [] for name in EACH}
    for _ in range(SLICES):
        for name, contender in EACH.items():
            with tempfile.TemporaryDirectory(dir=folder) as own:
                times[name].append(contender(Path(own), entries))
    yardstick = statistics.median(times["sqlite3, WAL FULL, commit per event"])
    print(f"\nOne event after the other, each durable before the next ({EVENTS} events, median of {SLICES})")
    for name, taken in times.items():
        took = statistics.median(taken)
        print(
            f"  {name:38s} {EVENTS / took:7.0f} events/s {took / EVENTS * 1e3:6.2f} ms {took / yardstick:5.2f} x sqlite"
        )


# -- events offered at a rate, whether or not the last one is done ---------------------------------


def pace(began: float, finished: float, latencies: list[float]) -> Pace:
    ordered = sorted(latencies)
    return Pace(
        rate=len(ordered) / (finished - began),
        p50=ordered[len(ordered) // 2] * 1e3,
        p99=ordered[int(len(ordered) * 0.99)] * 1e3,
    )


async def offer(rate: int, entries: list[ev.Entry], give: Callable[[ev.Entry], None]) -> None:
    """Give entries at a rate, catching up after each sleep."""
    began, given = time.perf_counter(), 0
    while given < len(entries):
        due = min(len(entries), int((time.perf_counter() - began) * rate) + 1)
        for entry in entries[given:due]:
            give(entry)
        given = due
        await asyncio.sleep(max(0.0, began + given / rate - time.perf_counter()))


async def offered_to_writer(folder: Path, rate: int, entries: list[ev.Entry]) -> Pace:
    latencies: list[float] = []

    async def record(writer: LogWriter, entry: ev.Entry) -> None:
        asked = time.perf_counter()
        await writer.record((entry,))
        latencies.append(time.perf_counter() - asked)

    with SessionLog(folder / "log.db") as log:
        async with LogWriter(log) as writer:
            began = time.perf_counter()
            tasks: list[asyncio.Task[None]] = []
            await offer(rate, entries, lambda entry: tasks.append(asyncio.create_task(record(writer, entry))))
            await asyncio.gather(*tasks)
            return pace(began, time.perf_counter(), latencies)


async def offered_to_sqlite(folder: Path, rate: int, entries: list[ev.Entry]) -> Pace:
    """A thread that commits each event by itself, so that the loop is free here too."""
    connection = raw_connection(folder / "raw.db")
    jobs: SimpleQueue[tuple[float, tuple[object, ...]] | None] = SimpleQueue()
    latencies: list[float] = []

    def work() -> None:
        while (job := jobs.get()) is not None:
            connection.execute(INSERT, job[1])
            latencies.append(time.perf_counter() - job[0])

    ready = dict(zip((entry.seq for entry in entries), rows(entries), strict=True))
    thread = threading.Thread(target=work)
    thread.start()
    began = time.perf_counter()
    await offer(rate, entries, lambda entry: jobs.put((time.perf_counter(), ready[entry.seq])))
    jobs.put(None)
    await asyncio.to_thread(thread.join)
    connection.close()
    return pace(began, time.perf_counter(), latencies)


def at_a_rate(folder: Path) -> None:
    print(f"\nEvents offered at a rate; from offering to durable (median of {ROUNDS})")
    contenders = {"LogWriter": offered_to_writer, "sqlite3, commit per event": offered_to_sqlite}
    for rate, count in OFFERED:
        entries = trace(count)
        paces: dict[str, list[Pace]] = {name: [] for name in contenders}
        for _ in range(ROUNDS):
            for name, contender in contenders.items():
                with tempfile.TemporaryDirectory(dir=folder) as own:
                    paces[name].append(asyncio.run(contender(Path(own), rate, entries)))
        for name, found in paces.items():
            middle = [statistics.median(getattr(one, field) for one in found) for field in ("rate", "p50", "p99")]
            print(
                f"  {rate:5d}/s  {name:28s} {middle[0]:6.0f} events/s  p50 {middle[1]:7.2f} ms  p99 {middle[2]:7.2f} ms"
            )


# -- reading a long log ----------------------------------------------------------------------------


def reading(folder: Path) -> None:
    entries = trace(LONG)
    raw = raw_connection(folder / "raw.db")
    raw.execute("BEGIN")
    raw.executemany(INSERT, rows(entries))
    raw.execute("COMMIT")
    with SessionLog(folder / "log.db") as log:
        began = time.perf_counter()
        for start in range(0, LONG, 1_000):
            log.append(tuple(entries[start : start + 1_000]))
        written = time.perf_counter() - began
        assert log.entries("S") == tuple(entries)
        ready = "SELECT session, seq, at, agent, kind, body FROM events WHERE session = 'S' ORDER BY seq"
        contenders: dict[str, Callable[[], object]] = {
            "sqlite3 rows alone": lambda: raw.execute(ready).fetchall(),
            "sqlite3 + json.loads": lambda: [(*row[:5], json.loads(row[5])) for row in raw.execute(ready)],
            "SessionLog.entries": lambda: log.entries("S"),
        }
        times: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(ROUNDS):
            for name, contender in contenders.items():
                gc.collect()
                began = time.process_time()
                kept = contender()
                times[name].append(time.process_time() - began)
                del kept
        began = time.perf_counter()
        found = len(log.search("point 99999"))
        searched = time.perf_counter() - began
    raw.close()
    print(f"\nA log of {LONG:,} entries (CPU seconds, median of {ROUNDS})")
    yardstick = statistics.median(times["sqlite3 + json.loads"])
    for name, taken in times.items():
        took = statistics.median(taken)
        print(f"  {name:38s} {took:6.2f} s  {took / yardstick:5.2f} x sqlite3 + json.loads")
    print(f"  written in batches of 1,000: {written / LONG * 1e6:.0f} us an entry")
    print(f"  searched: {found} hit in {searched * 1e3:.1f} ms")


def main() -> None:
    """Run all three and print."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if sys.argv[1:] else None, prefix="log-writer-") as folder:
        one_after_the_other(Path(folder))
        at_a_rate(Path(folder))
        reading(Path(folder))


if __name__ == "__main__":
    main()
