"""A chat server that speaks the OpenAI protocol on 127.0.0.1 and misbehaves on demand.

The last part of the requested model's name picks the behaviour (`openai/disconnect` -> `disconnect`), unless one was
queued with `LoopbackServer.enqueue`. A name such as `d200-c50-g20` streams 50 chunks, 20 ms apart, the first after
200 ms. Chunks always differ from each other: LiteLLM takes a stream of equal chunks for a broken one.

    with LoopbackServer() as server:
        ...  # server.base_url, server.requests, server.most_open, server.until(lambda s: s.abandoned == 1)

`python -m tests.support.loopback_server` serves in a process of its own and prints its port; it ends when its standard
input does.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any

Json = dict[str, Any]
WORDS = ("Well, ", "the ", "second ", "option ", "costs ", "less ", "than ", "it ", "seems ", "to.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """What the server does with one request; times in seconds.

    `break_after` closes the connection after that many chunks, `hang_after` keeps it open and says nothing more.
    `raw` is sent verbatim as the body. `barrier` holds the reply back until that many requests wait at once.
    """

    pieces: tuple[str, ...] = WORDS
    delay: float = 0.0
    gap: float = 0.0
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    error: str = ""
    error_code: str = ""
    finish: str = "stop"
    usage: bool = True
    break_after: int | None = None
    hang_after: int | None = None
    endless: bool = False
    raw: bytes | None = None
    logprobs: tuple[tuple[str, float], ...] = ()
    refusal: str = ""
    thoughts: int = 0
    barrier: int = 0
    refuses_formats: tuple[str, ...] = ()


NAMED: Mapping[str, Behaviour] = {
    "reply": Behaviour(),
    "numbers": Behaviour(pieces=('{"a": 7', ', "b": 3}')),
    "logprobs": Behaviour(pieces=("Yes",), logprobs=(("Yes", -0.1), ("No", -2.5))),
    "empty": Behaviour(pieces=()),
    "garbage": Behaviour(pieces=('{"a": ', "banana ]]", "[/]")),
    "refusal": Behaviour(pieces=(), refusal="I cannot help with that."),
    "filtered": Behaviour(pieces=(), finish="content_filter"),
    "cut": Behaviour(finish="length"),
    "endless": Behaviour(endless=True, gap=0.005),
    "flood": Behaviour(endless=True, pieces=tuple(f"{word}-" * 800 for word in WORDS)),
    "unauthorized": Behaviour(status=401, error="Incorrect API key provided: {key}", error_code="invalid_api_key"),
    "forbidden": Behaviour(status=403, error="This key may not use this model"),
    "rate_limited": Behaviour(status=429, error="Slow down", headers=(("retry-after", "7"),)),
    "quota": Behaviour(status=429, error="You exceeded your current quota", error_code="insufficient_quota"),
    "server_error": Behaviour(status=500, error="The server had an error"),
    "overloaded": Behaviour(status=503, error="Overloaded", headers=(("retry-after-ms", "1500"),)),
    "bad_request": Behaviour(status=400, error="Unknown parameter"),
    "context": Behaviour(
        status=400,
        error="This model's maximum context length is 8192 tokens. However, you requested 9000 tokens.",
        error_code="context_length_exceeded",
    ),
    "not_found": Behaviour(status=404, error="The model does not exist", error_code="model_not_found"),
    "disconnect": Behaviour(break_after=3),
    "disconnect_at_once": Behaviour(break_after=0),
    "malformed": Behaviour(raw=b'data: {"id": "x", "choices": [{"ind\n\ndata: banana\n\n'),
    "not_json": Behaviour(raw=b"<html><body>502 Bad Gateway</body></html>"),
    "slow_first": Behaviour(hang_after=0),
    "stall": Behaviour(hang_after=3),
    "long": Behaviour(pieces=tuple(f"{number:06d} " * 20 for number in range(2000))),
    "one_long_piece": Behaviour(pieces=("x" * 300_000 + "end",)),
    "non_utf8": Behaviour(
        raw=b'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m",'
        b'"choices":[{"index":0,"delta":{"content":"caf\xe9 \xff\xfe"},"finish_reason":null}]}\n\n'
        b'data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m",'
        b'"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
    ),
    "thinking": Behaviour(thoughts=5),
    "no_usage": Behaviour(usage=False),
    "no_schema": Behaviour(pieces=('{"a": 1}',), refuses_formats=("json_schema",)),
    "no_format": Behaviour(pieces=('{"a": 1}',), refuses_formats=("json_schema", "json_object")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came."""

    path: str
    headers: Mapping[str, str]
    body: Json


@dataclass(slots=True)
class LoopbackServer:
    """The server, on a thread with an event loop of its own; a context manager."""

    behaviours: Mapping[str, Behaviour] = field(default_factory=lambda: dict(NAMED))
    port: int = 0
    requests: list[Received] = field(default_factory=list)
    open: int = 0
    most_open: int = 0
    finished: int = 0
    abandoned: int = 0
    _queue: deque[Behaviour] = field(default_factory=deque)
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None
    _connections: set[_Connection] = field(default_factory=set)
    _held: list[asyncio.Future[None]] = field(default_factory=list)

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    def enqueue(self, *behaviours: Behaviour | str) -> None:
        """Uses these, in this order, for the next requests, whatever model they name."""
        self._queue.extend(self.behaviours[item] if isinstance(item, str) else item for item in behaviours)

    def reset(self) -> None:
        """Forgets queue, requests and counters; connections that are open stay so."""
        with self._changed:
            self._queue.clear()
            self.requests.clear()
            self.most_open, self.finished, self.abandoned = self.open, 0, 0

    def until(self, condition: Callable[[LoopbackServer], bool], timeout: float = 20.0) -> bool:
        """Blocks until the condition holds (True) or the time is over (False)."""
        with self._changed:
            return self._changed.wait_for(lambda: condition(self), timeout)

    def __enter__(self) -> LoopbackServer:
        started = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(started,), name="loopback-server", daemon=True)
        self._thread.start()
        if not started.wait(10):
            raise RuntimeError("the loopback server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        if self._thread is not None:
            self._thread.join(10)

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        listener = self._loop.run_until_complete(
            self._loop.create_server(lambda: _Connection(self), "127.0.0.1", self.port)
        )
        self.port = listener.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        listener.close()
        for connection in tuple(self._connections):
            connection.abort()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.close()

    def pick(self, body: Json) -> Behaviour:
        """The behaviour for this request: the queue first, then the model's name."""
        name = str(body.get("model", "")).rsplit("/", 1)[-1]
        if self._queue:
            return self._queue.popleft()
        if timed := re.fullmatch(r"d(\d+)-c(\d+)-g(\d+)", name):
            delay, chunks, gap = (int(text) for text in timed.groups())
            pieces = tuple(f"tok{number} " for number in range(chunks))
            return Behaviour(pieces=pieces, delay=delay / 1000, gap=gap / 1000)
        return self.behaviours.get(name, Behaviour(status=404, error=f"no model {name!r}"))

    def count(self, *, opened: int = 0, finished: int = 0, abandoned: int = 0) -> None:
        """Moves the counters and wakes whoever waits for them."""
        with self._changed:
            self.open += opened
            self.most_open = max(self.most_open, self.open)
            self.finished += finished
            self.abandoned += abandoned
            self._changed.notify_all()

    def received(self, request: Received) -> None:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()

    async def pass_barrier(self, size: int) -> None:
        """Waits until `size` requests are here."""
        gate = self._loop.create_future()
        self._held.append(gate)
        if len(self._held) >= size:
            for held in self._held:
                if not held.done():
                    held.set_result(None)
            self._held.clear()
        await gate


class _Connection(asyncio.Protocol):
    """One keep-alive HTTP/1.1 connection."""

    def __init__(self, server: LoopbackServer) -> None:
        self.server, self.buffer = server, b""
        self.task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.server._connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.server._connections.discard(self)
        if self.task is not None:
            self.task.cancel()

    def abort(self) -> None:
        self.transport.abort()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        first, *lines = self.buffer[:end].decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", "0"))
        if len(self.buffer) < end + 4 + length:
            return
        body = self.buffer[end + 4 : end + 4 + length]
        self.buffer = self.buffer[end + 4 + length :]
        request = Received(path=first.split(" ")[1], headers=headers, body=json.loads(body or b"{}"))
        self.server.received(request)
        self.task = asyncio.get_running_loop().create_task(self.answer(request))

    async def answer(self, request: Received) -> None:
        self.server.count(opened=1)
        try:
            whole = await self.reply(request)
        except asyncio.CancelledError:
            self.server.count(opened=-1, abandoned=1)
            raise
        self.server.count(opened=-1, finished=int(whole))

    async def reply(self, request: Received) -> bool:
        if request.path.endswith("/models"):
            return self.send_json({"data": [{"id": name} for name in self.server.behaviours]})
        if request.path.endswith("/api/tags"):
            return self.send_json({"models": [{"name": name} for name in self.server.behaviours]})
        behaviour = self.server.pick(request.body)
        if request.body.get("response_format", {}).get("type") in behaviour.refuses_formats:
            behaviour = Behaviour(status=400, error="response_format of this type is not supported")
        if behaviour.barrier:
            await self.server.pass_barrier(behaviour.barrier)
        if behaviour.delay:
            await asyncio.sleep(behaviour.delay)
        if behaviour.status != 200:
            return self.send_error(behaviour, request)
        if request.body.get("stream"):
            return await self.send_stream(behaviour, request.body)
        return await self.send_completion(behaviour, request.body)

    def send_json(self, data: Json) -> bool:
        return self.send_whole(200, json.dumps(data).encode())

    def send_whole(self, status: int, body: bytes, headers: tuple[tuple[str, str], ...] = ()) -> bool:
        lines = [f"HTTP/1.1 {status} X", "content-type: application/json", f"content-length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers]
        self.transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        return True

    def send_error(self, behaviour: Behaviour, request: Received) -> bool:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        error = {
            "message": behaviour.error.replace("{key}", key),
            "type": "error",
            "code": behaviour.error_code or None,
        }
        return self.send_whole(behaviour.status, json.dumps({"error": error}).encode(), behaviour.headers)

    async def send_completion(self, behaviour: Behaviour, body: Json) -> bool:
        if behaviour.break_after is not None:
            self.transport.write(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{")
            self.transport.close()
            return False
        if behaviour.hang_after is not None or behaviour.endless:
            await asyncio.get_running_loop().create_future()
        if behaviour.raw is not None:
            return self.send_whole(200, behaviour.raw)
        text = "".join(behaviour.pieces)
        reply: Json = {"role": "assistant", "content": text or None, "refusal": behaviour.refusal or None}
        choice: Json = {"index": 0, "message": reply, "finish_reason": behaviour.finish}
        if body.get("logprobs") and behaviour.logprobs:
            choice["logprobs"] = _openai_logprobs(behaviour.logprobs[: int(body.get("top_logprobs", 0))])
        whole: Json = {**_envelope(body, "chat.completion"), "choices": [choice], "usage": _usage(behaviour)}
        return self.send_whole(200, json.dumps(whole).encode())

    async def send_stream(self, behaviour: Behaviour, body: Json) -> bool:
        self.transport.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        if behaviour.raw is not None:
            self.transport.write(_chunked(behaviour.raw) + b"0\r\n\r\n")
            return True
        self.transport.write(_event(body, {"role": "assistant", "content": ""}))
        for number in range(behaviour.thoughts):
            self.transport.write(_event(body, {"reasoning_content": f"thought {number}", "content": None}))
            await asyncio.sleep(behaviour.gap)
        if not await self.send_pieces(behaviour, body):
            return False
        if behaviour.refusal:
            self.transport.write(_event(body, {"refusal": behaviour.refusal, "content": None}))
        self.transport.write(_event(body, {}, finish=behaviour.finish))
        if behaviour.usage and body.get("stream_options", {}).get("include_usage"):
            last = {**_envelope(body, "chat.completion.chunk"), "choices": [], "usage": _usage(behaviour)}
            self.transport.write(_sse(last))
        self.transport.write(_chunked(b"data: [DONE]\n\n") + b"0\r\n\r\n")
        return True

    async def send_pieces(self, behaviour: Behaviour, body: Json) -> bool:
        """Sends the text; False where the connection was broken on the way."""
        sent = 0
        while True:
            for piece in behaviour.pieces:
                if behaviour.break_after == sent:
                    self.transport.write(b"7f\r\ndata: {")
                    self.transport.close()
                    return False
                if behaviour.hang_after == sent or self.transport.is_closing():
                    await asyncio.get_running_loop().create_future()
                text = f"{piece}{sent} " if behaviour.endless else piece
                self.transport.write(_event(body, {"content": text}))
                sent += 1
                if behaviour.gap or sent % 16 == 0:
                    await asyncio.sleep(behaviour.gap)
            if not behaviour.endless:
                return True


def _envelope(body: Json, kind: str) -> Json:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": f"served-{body.get('model')}"}


def _usage(behaviour: Behaviour) -> Json | None:
    if not behaviour.usage:
        return None
    return {"prompt_tokens": 20, "completion_tokens": len(behaviour.pieces), "total_tokens": 20 + len(behaviour.pieces)}


def _openai_logprobs(pairs: tuple[tuple[str, float], ...]) -> Json:
    top = [{"token": token, "logprob": value, "bytes": list(token.encode())} for token, value in pairs]
    return {"content": [{**top[0], "top_logprobs": top}], "refusal": None}


def _event(body: Json, delta: Json, finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return _sse({**_envelope(body, "chat.completion.chunk"), "choices": [choice]})


def _sse(data: Json) -> bytes:
    return _chunked(b"data: " + json.dumps(data).encode() + b"\n\n")


def _chunked(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def gated(behaviour: str, size: int) -> Behaviour:
    """The named behaviour, held back until `size` requests are open at once."""
    return replace(NAMED[behaviour], barrier=size)


def main() -> None:
    with LoopbackServer() as server:
        print(server.port, flush=True)
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
