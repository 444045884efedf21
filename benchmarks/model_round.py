"""Claim: a round of agents through the model process costs little more than its slowest raw stream.

    python benchmarks/model_round.py [--quick]

A server in a process of its own streams replies; the yardstick is a bare asyncio client that only reads the bytes,
run alternately with the contender. Aims (overhead over the slowest raw stream): 5 ms at 8 agents, 300 ms at 100
through LiteLLM; the parent's CPU a chunk stays near the raw client's. LiteLLM inside the program is shown for contrast.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from chatarena.arena.agent import PromptPart, Sampling  # noqa: E402
from chatarena.language_model.port import Completion, Request  # noqa: E402
from chatarena.language_model.process import ModelProcess  # noqa: E402
from chatarena.language_model.streams import complete, opened  # noqa: E402
from chatarena.language_model.wire import Endpoint  # noqa: E402

PROMPT = "Which of the options is better, and why? " * 20
AIMS = {8: 5.0, 100: 300.0}  # ms over the slowest raw stream
Call = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A round: how many agents, and how the server paces each reply (milliseconds)."""

    agents: int
    first: int
    chunks: int
    gap: int
    rounds: int

    @property
    def model(self) -> str:
        return f"d{self.first}-c{self.chunks}-g{self.gap}"

    @property
    def title(self) -> str:
        return f"{self.agents} agents x {self.chunks} chunks, first after {self.first} ms, then every {self.gap} ms"


SHAPES = (
    Shape(agents=8, first=200, chunks=1, gap=0, rounds=9),
    Shape(agents=8, first=200, chunks=40, gap=10, rounds=7),
    Shape(agents=100, first=200, chunks=1, gap=0, rounds=5),
    Shape(agents=100, first=200, chunks=20, gap=50, rounds=3),
)


class RawClient:
    """Asks and reads to the end over bare sockets; nothing is parsed but the line that ends the reply."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.pool: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def call(self, model: str) -> None:
        reader, writer = self.pool.pop() if self.pool else await asyncio.open_connection("127.0.0.1", self.port)
        body = json.dumps(
            {"model": model, "messages": [{"role": "user", "content": PROMPT}], "stream": True, "max_tokens": 220}
        ).encode()
        head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await reader.readuntil(b"\r\n\r\n")
        await reader.readuntil(b"0\r\n\r\n")
        self.pool.append((reader, writer))

    def close(self) -> None:
        for _, writer in self.pool:
            writer.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: wall seconds until its slowest call ended, CPU seconds of this process."""

    wall: float
    cpu: float


async def one_round(call: Call, shape: Shape) -> Round:
    gc.collect()
    cpu, wall = time.process_time(), time.perf_counter()
    await asyncio.gather(*(call(shape.model) for _ in range(shape.agents)))
    return Round(wall=time.perf_counter() - wall, cpu=time.process_time() - cpu)


async def compare(raw: Call, contender: Call, shape: Shape) -> tuple[list[Round], list[Round]]:
    """Rounds of both, in turn, each going first every other time."""
    for call in (raw, contender):
        await one_round(call, shape)
    found: dict[Call, list[Round]] = {raw: [], contender: []}
    for number in range(shape.rounds):
        for call in (raw, contender) if number % 2 else (contender, raw):
            found[call].append(await one_round(call, shape))
    return found[raw], found[contender]


def report(name: str, shape: Shape, raw: list[Round], contender: list[Round]) -> None:
    overheads = sorted(theirs.wall - ours.wall for ours, theirs in zip(raw, contender, strict=True))
    base, wall = (statistics.median(one.wall for one in rounds) for rounds in (raw, contender))
    chunks = shape.agents * (shape.chunks + 1)
    cpu_raw, cpu = (statistics.median(one.cpu for one in rounds) / chunks * 1e6 for rounds in (raw, contender))
    middle, aim = statistics.median(overheads) * 1e3, AIMS[shape.agents]
    print(
        f"  {name:<22} {wall * 1e3:7.1f} ms = {wall / base:4.2f} x raw ({base * 1e3:.1f} ms);"
        f" overhead {middle:+.1f} ms [{overheads[0] * 1e3:+.1f} .. {overheads[-1] * 1e3:+.1f}],"
        f" aim {aim:g}: {'met' if middle <= aim else 'missed'};"
        f" CPU here {cpu:.1f} us a chunk = {cpu / cpu_raw:.1f} x raw ({cpu_raw:.1f})",
        flush=True,
    )


async def through_process(port: int, shapes: tuple[Shape, ...]) -> None:
    raw = RawClient(port)
    process = ModelProcess({"openai/": Endpoint(api_base=f"http://127.0.0.1:{port}/v1")})
    began = time.perf_counter()
    await process.start()
    started = time.perf_counter() - began
    await process.warm()
    print(f"model process: started in {started * 1e3:.1f} ms, warm after {time.perf_counter() - began:.2f} s")

    async def call(model: str) -> None:
        parts = (PromptPart(role="user", text=PROMPT),)
        reply = await complete(process, Request(model=f"openai/{model}", parts=parts, sampling=Sampling()))
        assert isinstance(reply, Completion)

    for shape in shapes:
        print(shape.title)
        report("through the process", shape, *await compare(raw.call, call, shape))
    times = [await leave(process) * 1e3 for _ in range(30)]
    print(f"leaving a reply in mid-stream: median {statistics.median(times):.2f} ms, longest {max(times):.2f} ms")
    await process.aclose()
    raw.close()


async def leave(process: ModelProcess) -> float:
    """Seconds that it takes to leave a stream after its first fragment."""
    request = Request(model="openai/d0-c500-g10", parts=(PromptPart(role="user", text=PROMPT),), sampling=Sampling())
    async with opened(process, request) as stream:
        await anext(stream)
        began = time.perf_counter()
    return time.perf_counter() - began


async def in_process(port: int, shapes: tuple[Shape, ...]) -> None:
    began = time.perf_counter()
    import litellm

    print(f"litellm imported into this process in {time.perf_counter() - began:.2f} s")
    litellm.suppress_debug_info = True
    raw = RawClient(port)

    async def call(model: str) -> None:
        stream = await litellm.acompletion(
            model=f"openai/{model}",
            messages=[{"role": "user", "content": PROMPT}],
            stream=True,
            stream_options={"include_usage": True},
            api_base=f"http://127.0.0.1:{port}/v1",
            api_key="none",
            max_tokens=220,
            num_retries=0,
            max_retries=0,
        )
        async for _ in stream:
            pass

    for shape in shapes:
        print(shape.title)
        report("litellm in-process", shape, *await compare(raw.call, call, shape))
    raw.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="three rounds of the 8-agent shapes only")
    quick = parser.parse_args().quick
    shapes = tuple(shape for shape in SHAPES if shape.agents == 8) if quick else SHAPES
    os.environ.update(LITELLM_LOCAL_MODEL_COST_MAP="True", LITELLM_MODE="PRODUCTION", LITELLM_LOG="ERROR")
    os.environ["NO_PROXY"] = "127.0.0.1"
    command = [sys.executable, "-m", "tests.support.loopback_server"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as server:
        assert server.stdout is not None and server.stdin is not None
        port = int(server.stdout.readline())
        print(f"load average {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores")
        try:
            asyncio.run(through_process(port, shapes))
            asyncio.run(in_process(port, shapes))
        finally:
            server.stdin.close()


if __name__ == "__main__":
    main()
