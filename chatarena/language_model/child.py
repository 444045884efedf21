"""The model process: LiteLLM and the embedded runtime live here, driven by lines on standard input.

    python -m chatarena.language_model.child

Laws: nothing but protocol lines ever reaches the pipe that was standard output; nothing is looked up on the network
before a call asks for it; the process ends when its standard input does, whatever the libraries are doing.
"""

from __future__ import annotations

import asyncio
import faulthandler
import gc
import importlib
import io
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Coroutine, Mapping, MutableMapping
from dataclasses import asdict, replace
from typing import Any

from chatarena.errors import ModelNotInstalled
from chatarena.language_model import wire
from chatarena.language_model.coalescer import Coalescer
from chatarena.language_model.litellm_call import Caller, Listener
from chatarena.language_model.port import Request
from chatarena.language_model.pricing import full_name, model_facts, price_row
from chatarena.language_model.provider_errors import Origin, mapped
from chatarena.language_model.providers import EMBEDDED, provider_of
from chatarena.language_model.scrub import scrub
from chatarena.language_model.wire import Json

ENVIRONMENT: Mapping[str, str] = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # else the price table is fetched at import
    "LITELLM_MODE": "PRODUCTION",  # else a .env file of the current directory is read into the environment
    "LITELLM_LOG": "ERROR",
    "HF_HUB_OFFLINE": "1",  # else token counting for some model names asks huggingface.co
    "LITELLM_TELEMETRY": "False",
}
_LOOPBACK = "127.0.0.1,localhost,::1"
# Seconds that calls under way have to end after standard input closed.
_GRACE = 2.0


class ModelServer:
    """Carries out the commands of the parent; `write` takes one line."""

    def __init__(self, write: Callable[[bytes], None], environ: Mapping[str, str]) -> None:
        self._write, self._environ = write, environ
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._loading: asyncio.Task[Caller] | None = None
        self._embedded: asyncio.Task[Any] | None = None
        self._embedded_settings: Json = {}
        self._endpoints: dict[str, wire.Endpoint] = {}
        self.stopped = asyncio.Event()

    def handle(self, line: bytes) -> None:
        """Starts what one line asks for."""
        message = wire.load(line)
        match message["op"]:
            case "start":
                self._embedded_settings = message["embedded"]
                self._endpoints = {key: wire.Endpoint(**row) for key, row in message["endpoints"].items()}
                self._loading = asyncio.create_task(self._load())
            case "call":
                self._start(message["id"], self._call(message["id"], wire.request_from_wire(message["request"])))
            case "warm":
                self._start(message["id"], self._warm(message["id"], message["model"]))
            case "prices" | "facts":
                self._start(message["id"], self._table(message["id"], message["op"], message["models"]))
            case "cancel":
                self._cancel(message["id"])
            case "quit":
                self.stopped.set()
            case unknown:
                raise ValueError(f"unknown command {unknown!r}")

    def _start(self, number: int, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks[number] = task
        task.add_done_callback(lambda _: self._tasks.pop(number, None))

    def _cancel(self, number: int) -> None:
        if (task := self._tasks.get(number)) is not None:
            task.cancel()
        self._send({"id": number, "op": "cancelled"})

    def _send(self, message: Mapping[str, object]) -> None:
        self._write(wire.dump(message))

    async def _load(self) -> Caller:
        began = time.perf_counter()
        # What is loaded stays loaded. Looking for garbage among it meanwhile is a quarter of the time that loading
        # takes, for two thousand objects in the end; taking the half million out of every later search saves about a
        # fifth of the time LiteLLM takes for a chunk, and pauses of a tenth of a second.
        gc.disable()
        try:
            litellm = await asyncio.to_thread(import_litellm)
            await rehearse(litellm)
        finally:
            gc.freeze()
            gc.enable()
        self._send({"op": "ready", "seconds": round(time.perf_counter() - began, 3)})
        return Caller(litellm=litellm, endpoints=self._endpoints, environ=self._environ)

    async def _caller(self, models: list[str]) -> Caller:
        """LiteLLM, and the embedded runtime where one of the models needs it."""
        if self._loading is None:
            raise ValueError("the first command must be 'start'")
        caller = await asyncio.shield(self._loading)
        if any(provider_of(model) == EMBEDDED for model in models):
            await self._embedded_runtime()
        return caller

    async def _embedded_runtime(self) -> Any:
        """The module of the embedded runtime, registered once; a failure is tried again by the next call."""
        if self._embedded is None or (self._embedded.done() and self._embedded.exception() is not None):
            self._embedded = asyncio.create_task(asyncio.to_thread(register_embedded, self._embedded_settings))
        return await asyncio.shield(self._embedded)

    async def _call(self, number: int, request: Request) -> None:
        out = Coalescer(lambda text: self._send({"id": number, "op": "text", "text": text}))
        listener = Listener(text=out.add, thinking=out.pulse)
        try:
            caller = await self._caller([request.model])
            request = replace(request, model=full_name(caller.litellm, request.model))
            outcome = await caller.call(request, listener)
            out.flush()
            self._send({"id": number, "op": "done", "outcome": asdict(outcome)})
        except Exception as error:  # noqa: BLE001  whatever a provider library raises is one failed call
            out.flush()
            self._fail(number, error, request.model)
        finally:
            out.cancel()

    async def _warm(self, number: int, model: str) -> None:
        try:
            await self._caller([model] if model else [])
            if provider_of(model) == EMBEDDED:
                await asyncio.to_thread((await self._embedded_runtime()).warm, model)
            self._send({"id": number, "op": "rows", "rows": []})
        except Exception as error:  # noqa: BLE001  as above
            self._fail(number, error, model)

    async def _table(self, number: int, kind: str, models: list[str]) -> None:
        try:
            caller = await self._caller([])
            self._send({"id": number, "op": "rows", "rows": [self._row(caller, kind, model) for model in models]})
        except Exception as error:  # noqa: BLE001  as above
            self._fail(number, error, ", ".join(models))

    def _row(self, caller: Caller, kind: str, model: str) -> Json:
        name = full_name(caller.litellm, model)
        if kind == "prices":
            return {**asdict(price_row(caller.litellm, name, caller.endpoints)), "model": model}
        return {**asdict(model_facts(caller.litellm, name, self._environ, caller.endpoints)), "model": model}

    def _fail(self, number: int, error: Exception, model: str) -> None:
        origin = Origin(
            model=model,
            variables=wire.keys_for(self._endpoints, model),
            address=wire.address_for(self._endpoints, model, self._environ),
            environ=self._environ,
            now=time.time,  # noqa: TID251  this process is its own composition root
        )
        self._send({"id": number, "op": "error", "error": wire.error_to_wire(mapped(error, origin))})


def import_litellm() -> Any:
    """Imports LiteLLM, silent and without network.

    Raises:
        ModelNotInstalled: it cannot be imported.
    """
    try:
        import litellm
    except ImportError as error:
        raise ModelNotInstalled(f"LiteLLM cannot be imported: {error}", remedy="Install the package again.") from error
    importlib.import_module("openai.resources.chat.completions")
    litellm.suppress_debug_info = True
    litellm.telemetry = False
    litellm.disable_hf_tokenizer_download = True
    return litellm


async def rehearse(litellm: Any) -> None:
    """Makes one call to nobody: the first call imports 500 more modules (0.6 s), which the first turn need not pay."""
    try:
        stream = await litellm.acompletion(
            model="openai/rehearsal", messages=[{"role": "user", "content": "-"}], mock_response="-", stream=True
        )
        async for _ in stream:
            pass
    except Exception:  # noqa: BLE001  only the first turn's speed is at stake
        traceback.print_exc()


def register_embedded(settings: Mapping[str, object]) -> Any:
    """Registers the embedded runtime with LiteLLM and returns its module.

    Raises:
        ModelNotInstalled: the runtime cannot be imported.
    """
    try:
        embedded = importlib.import_module("chatarena.language_model.embedded")
        embedded.register(settings)
    except ImportError as error:
        raise ModelNotInstalled(
            f"the embedded runtime cannot be imported: {error}", remedy="Install the package xllamacpp."
        ) from error
    return embedded


def prepare_environment(environ: MutableMapping[str, str]) -> None:
    """Sets what LiteLLM reads at import, and keeps a proxy from being asked for this very machine."""
    environ.update(ENVIRONMENT)
    for name in ("NO_PROXY", "no_proxy"):
        environ[name] = ",".join(filter(None, (environ.get(name), _LOOPBACK)))


class ScrubbedOutput(io.TextIOBase):
    """Standard output and error of this process: what libraries print, without secrets, to descriptor 2."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return 2

    def write(self, text: str) -> int:
        data = scrub(text, self._environ).encode(errors="backslashreplace")
        while data:
            data = data[os.write(2, data) :]
        return len(text)


def take_pipes() -> tuple[io.BufferedReader, Callable[[bytes], None]]:
    """Keeps private copies of standard input and output and leaves the libraries with /dev/null and standard error."""
    commands, replies = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)

    def write(line: bytes) -> None:
        while line:
            line = line[os.write(replies, line) :]

    return os.fdopen(commands, "rb"), write


def read_commands(commands: io.BufferedReader, loop: asyncio.AbstractEventLoop, server: ModelServer) -> None:
    """Hands on every line; when there are no more, ends the process within seconds even if the loop is stuck."""
    for line in commands:
        loop.call_soon_threadsafe(server.handle, line)
    loop.call_soon_threadsafe(server.stopped.set)
    time.sleep(_GRACE)
    os._exit(0)


async def serve(commands: io.BufferedReader, write: Callable[[bytes], None]) -> None:
    """Works until told to quit or until the parent is gone."""
    server = ModelServer(write, os.environ)
    arguments = (commands, asyncio.get_running_loop(), server)
    threading.Thread(target=read_commands, args=arguments, name="commands", daemon=True).start()
    await server.stopped.wait()
    # Closing LiteLLM's clients and the runtime's threads can take seconds and helps nobody: the system does it.
    os._exit(0)


def main() -> None:
    commands, write = take_pipes()
    prepare_environment(os.environ)
    faulthandler.enable(file=2)
    sys.stdout = sys.stderr = ScrubbedOutput(os.environ)
    asyncio.run(serve(commands, write))


if __name__ == "__main__":
    main()
