"""The parent's side of the model process: starts it, speaks with it, and outlives it.

Laws: this module never imports LiteLLM; a stream that is closed or cancelled costs milliseconds, whatever the child is
doing; a child that dies fails the calls under way and nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from chatarena.arena.settings import Price
from chatarena.errors import ModelProcessDied, SettingsError
from chatarena.language_model import wire
from chatarena.language_model.port import Completion, Fragment, Request
from chatarena.language_model.wire import Endpoint, Json, ModelFacts

# -P: a file called litellm.py or openai.py in the person's current directory must not be taken for the library.
COMMAND = (sys.executable, "-P", "-m", "chatarena.language_model.child")
_READ_SIZE = 1 << 16
# A child that does not even confirm a cancellation is stuck in a library and is replaced.
_PATIENCE = 15.0
_LEAVE = 1.0


class _Child:
    """One life of the model process and the inboxes of the calls that run in it."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.inboxes: dict[int, asyncio.Queue[Json]] = {}
        self.unconfirmed: dict[int, asyncio.TimerHandle] = {}
        self.dead = self.counted = False
        self.reading = asyncio.create_task(self._read(), name="model-process-reader")

    def send(self, message: Mapping[str, object]) -> None:
        stdin = self.process.stdin
        if stdin is not None and not self.dead and not stdin.is_closing():
            stdin.write(wire.dump(message))

    def open(self, number: int) -> asyncio.Queue[Json]:
        self.inboxes[number] = asyncio.Queue()
        return self.inboxes[number]

    def forget(self, number: int, patience: float) -> None:
        """Cancels a call whose answer nobody waits for any more."""
        if self.inboxes.pop(number, None) is None or self.dead:
            return
        self.send({"op": "cancel", "id": number})
        self.unconfirmed[number] = asyncio.get_running_loop().call_later(patience, self.kill)

    def kill(self) -> None:
        """Ends the process and whatever it started."""
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)

    async def _read(self) -> None:
        # Lines of any length: a reply of a megabyte must not break on a reader's limit.
        assert self.process.stdout is not None
        rest: list[bytes] = []
        try:
            # A line that is not the protocol's means that the child cannot be trusted any more: it ends.
            with contextlib.suppress(ValueError):
                while data := await self.process.stdout.read(_READ_SIZE):
                    *lines, tail = data.split(b"\n")
                    if lines:
                        lines[0] = b"".join((*rest, lines[0]))
                        rest.clear()
                    rest.append(tail)
                    for line in lines:
                        self._deliver(wire.load(line))
            self.kill()
            await self.process.wait()
        finally:
            self._die()

    def _deliver(self, message: Json) -> None:
        number = int(message.get("id", 0))
        if message["op"] == "cancelled":
            if (timer := self.unconfirmed.pop(number, None)) is not None:
                timer.cancel()
        elif number in self.inboxes:
            self.inboxes[number].put_nowait(message)

    def _die(self) -> None:
        self.dead = True
        for timer in self.unconfirmed.values():
            timer.cancel()
        for inbox in self.inboxes.values():
            inbox.put_nowait({"op": "died"})


class ModelProcess:
    """A language model that answers through LiteLLM in a process of its own; any LiteLLM model name is good.

    Belongs to the event loop it was started on. An empty fragment is a sign of life of a model that is thinking.

    Args:
        endpoints: addresses and keys by full model name or by its beginning (`openai/`, `openai/local-model`).
        embedded: settings of the embedded runtime.
        log_file: where the process writes what libraries print; nowhere by default.
        restarts: how often in a row a process that died is replaced; a completed call starts the count anew.
        patience: seconds a cancellation may stay unconfirmed before the child is taken for stuck and replaced.
        clock: monotonic seconds, for the times in a completion.
        environ: the child's environment, with the keys; this process's own by default.
        command: what to run; other than the default only in tests.
    """

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint] | None = None,
        *,
        embedded: Mapping[str, object] | None = None,
        log_file: Path | None = None,
        restarts: int = 3,
        patience: float = _PATIENCE,
        clock: Callable[[], float] = time.perf_counter,
        environ: Mapping[str, str] | None = None,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._endpoints, self._embedded = dict(endpoints or {}), dict(embedded or {})
        self._log_file, self._command, self._clock = log_file, tuple(command), clock
        self._restarts, self._patience = restarts, patience
        self._environ = None if environ is None else dict(environ)
        self._numbers = itertools.count(1)
        self._starting = asyncio.Lock()
        self._child: _Child | None = None
        self._deaths = 0
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The child's process id; None while there is none."""
        return None if self._child is None or self._child.dead else self._child.process.pid

    async def start(self) -> None:
        """Starts the process if it is not running; returns at once, while the child still imports.

        Raises:
            ModelProcessDied: it cannot be started, died too often in a row, or was closed.
            SettingsError: the log file cannot be written.
        """
        await self._living()

    async def stream(self, request: Request) -> AsyncIterator[Fragment | Completion]:
        """Fragments as they arrive, then the completion; see the port.

        Raises:
            ModelError: the call failed; `partial` holds what had arrived.
        """
        began, first = self._clock(), None
        pieces: list[str] = []
        async with self._ask({"op": "call", "request": wire.request_to_wire(request)}) as answer:
            while (message := await answer())["op"] == "text":
                text = message["text"]
                pieces.append(text)
                if text and first is None:
                    first = self._clock() - began
                yield Fragment(text=text)
            if message["op"] != "done":
                raise self._failure(message, "".join(pieces))
            self._deaths = 0
            yield _completion(request, message["outcome"], "".join(pieces), first, self._clock() - began)

    async def warm(self, model: str = "") -> None:
        """Waits until LiteLLM is imported and, for an embedded model, its weights are loaded.

        Raises:
            ModelError: that failed.
        """
        await self._rows({"op": "warm", "model": model})

    async def prices(self, models: Sequence[str]) -> dict[str, Price]:
        """A price row for each model, known or not.

        Raises:
            ModelError: the model process failed.
        """
        rows = await self._rows({"op": "prices", "models": list(models)})
        return {row["model"]: Price(**row) for row in rows}

    async def facts(self, models: Sequence[str]) -> dict[str, ModelFacts]:
        """What LiteLLM knows of each model.

        Raises:
            ModelError: a model's provider is unknown, or the model process failed.
        """
        rows = await self._rows({"op": "facts", "models": list(models)})
        return {row["model"]: ModelFacts(**{**row, "key_variables": tuple(row["key_variables"])}) for row in rows}

    async def aclose(self) -> None:
        """Ends the process; calls under way fail. Harmless when repeated."""
        self._closed = True
        child = self._child
        if child is None:
            return
        child.send({"op": "quit"})
        if child.process.stdin is not None:
            child.process.stdin.close()
        try:
            async with asyncio.timeout(min(_LEAVE, self._patience)):
                await asyncio.shield(child.reading)
        except TimeoutError:
            child.kill()
            await child.reading

    async def _rows(self, command: Json) -> list[Json]:
        async with self._ask(command) as answer:
            message = await answer()
            if message["op"] != "rows":
                raise self._failure(message, "")
            return list(message["rows"])

    @contextlib.asynccontextmanager
    async def _ask(self, command: Json) -> AsyncIterator[Callable[[], Awaitable[Json]]]:
        """Sends a command and gives a function for its next answer; what is under way on leaving is cancelled."""
        child = await self._living()
        number = next(self._numbers)
        inbox = child.open(number)
        child.send({**command, "id": number})

        async def answer() -> Json:
            message = await inbox.get()
            if message["op"] != "text":
                child.inboxes.pop(number, None)
            return message

        try:
            yield answer
        finally:
            child.forget(number, self._patience)

    async def _living(self) -> _Child:
        async with self._starting:
            if self._closed:
                raise ModelProcessDied("the model process was closed", remedy="Start the program again.")
            if self._child is not None and not self._child.dead:
                return self._child
            if self._child is not None and not self._child.counted:
                self._child.counted = True
                self._deaths += 1
            if self._deaths > self._restarts:
                raise ModelProcessDied(
                    f"the model process ended {self._deaths} times in a row{self._how()}",
                    remedy="Choose another model, or run `chatarena doctor`.",
                )
            self._child = _Child(await self._spawn())
            endpoints = {key: asdict(endpoint) for key, endpoint in self._endpoints.items()}
            self._child.send({"op": "start", "endpoints": endpoints, "embedded": self._embedded})
            return self._child

    async def _spawn(self) -> asyncio.subprocess.Process:
        with contextlib.ExitStack() as stack:
            stderr: Any = asyncio.subprocess.DEVNULL
            if self._log_file is not None:
                stderr = stack.enter_context(_private_file(self._log_file, fresh=self._child is None))
            try:
                return await asyncio.create_subprocess_exec(
                    *self._command,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=stderr,
                    env=self._environ,
                    # Ctrl-C in the terminal is for the program, which then ends the child itself.
                    start_new_session=True,
                )
            except OSError as error:
                raise ModelProcessDied(
                    f"the model process cannot be started: {error}",
                    remedy="Close other programs, or run `chatarena doctor`.",
                ) from error

    def _failure(self, message: Json, partial: str) -> Exception:
        if message["op"] == "died":
            return ModelProcessDied(
                f"the model process ended while it was answering{self._how()}",
                remedy="The next call starts a new one. If it happens again, choose another model.",
                partial=partial,
            )
        return wire.error_from_wire(message["error"], partial=partial)

    def _how(self) -> str:
        code = None if self._child is None else self._child.process.returncode
        log = f"; see {self._log_file}" if self._log_file is not None else ""
        if code is None:
            return log
        if code < 0:
            return f" (signal {signal.Signals(-code).name}){log}"
        return f" (exit code {code}){log}"


def _completion(request: Request, outcome: Json, text: str, first: float | None, total: float) -> Completion:
    pairs = tuple((str(token), float(value)) for token, value in outcome["top_logprobs"])
    return Completion(
        text=text,
        requested_model=request.model,
        first_token_seconds=first,
        total_seconds=total,
        **{**outcome, "top_logprobs": pairs},
    )


def _private_file(path: Path, *, fresh: bool) -> Any:
    """Opens a log, readable by its owner only; emptied for a new run but not for a second child.

    Raises:
        SettingsError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        emptied = os.O_TRUNC if fresh else 0
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | emptied, 0o600)
        os.fchmod(handle, 0o600)
        return os.fdopen(handle, "wb")
    except OSError as error:
        raise SettingsError(
            f"the log of the model process cannot be written: {error}", remedy=f"Make {path.parent} writable."
        ) from error
