"""The embedded model as a LiteLLM provider: `embedded/NAME` and `embedded/PATH.gguf`. Used in the model process only.

One model is loaded at a time; naming another one unloads it once its calls have ended.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import litellm
from litellm import CustomLLM, ModelResponse
from litellm.llms.custom_llm import CustomLLMError

from chatarena.errors import ModelError
from chatarena.language_model.embedded_runtime import DEFAULT_CONTEXT, DEFAULT_SLOTS, Machine, Runtime, prepare_machine
from chatarena.language_model.install import locate
from chatarena.language_model.providers import EMBEDDED

Json = dict[str, Any]
_SAMPLING = ("temperature", "top_p", "max_tokens", "seed", "stop", "repeat_penalty", "logprobs", "top_logprobs")
# A small model copies what stands in its prompt; DRY ("don't repeat yourself", llama.cpp) stops it after seven tokens.
_PROSE = {"dry_multiplier": 0.8, "dry_base": 1.75, "dry_allowed_length": 7, "dry_penalty_last_n": 4096}


class Embedded(CustomLLM):  # type: ignore[misc]
    """Answers LiteLLM's calls from the runtime, never on the event loop."""

    def __init__(self, settings: Mapping[str, object]) -> None:
        super().__init__()
        self._directory = Path(str(settings.get("models_dir", ".")))
        self._slots = _whole(settings, "slots") or DEFAULT_SLOTS
        self._context = _whole(settings, "context") or DEFAULT_CONTEXT
        self._threads = _whole(settings, "threads")
        self._machine: Machine | None = None
        self._loaded: tuple[Path, Runtime] | None = None
        self._changed = threading.Condition()
        self._users = 0
        self._pool = ThreadPoolExecutor(4 * self._slots, thread_name_prefix="embedded")

    @contextmanager
    def using(self, model: str) -> Iterator[Runtime]:
        """The loaded model, loading it first where need be; blocks. It stays loaded until the block is left.

        Raises:
            ModelNotInstalled: its weights are not on this machine.
            ModelError: its file cannot be loaded.
        """
        path = locate(model, self._directory)
        with self._changed:
            self._changed.wait_for(lambda: not self._users or (self._loaded is not None and self._loaded[0] == path))
            runtime = self._load(path)
            self._users += 1
        try:
            yield runtime
        finally:
            with self._changed:
                self._users -= 1
                self._changed.notify_all()

    def _load(self, path: Path) -> Runtime:
        if self._loaded is None or self._loaded[0] != path:
            if self._machine is None:
                self._machine = prepare_machine(os.environ, self._threads)
            if self._loaded is not None:
                self._loaded[1].close()
                self._loaded = None
            self._loaded = (path, Runtime(path, self._machine, slots=self._slots, context=self._context))
        return self._loaded[1]

    async def acompletion(self, model: str, messages: list[Json], *_: Any, **more: Any) -> ModelResponse:
        """A whole reply; the only way to token probabilities."""
        options = dict(more.get("optional_params") or {})
        answer = await asyncio.get_running_loop().run_in_executor(self._pool, self._complete, model, messages, options)
        answer["model"] = model
        return ModelResponse(**answer)

    async def astreaming(self, model: str, messages: list[Json], *_: Any, **more: Any) -> AsyncIterator[Json]:
        """A reply chunk by chunk; leaving the iterator stops the generation and frees its slot."""
        options = dict(more.get("optional_params") or {})
        ear = _Ear(asyncio.get_running_loop())
        self._pool.submit(ear.listen, lambda: self._complete(model, messages, options, ear))
        try:
            while (chunk := await ear.arrived.get()) is not None:
                if isinstance(chunk, BaseException):
                    raise chunk
                yield _chunk(_checked(chunk))
        finally:
            ear.left.set()

    def _complete(self, model: str, messages: list[Json], options: Json, ear: _Ear | None = None) -> Json:
        request: Json = {name: options[name] for name in _SAMPLING if options.get(name) is not None}
        request["messages"] = [{"role": part["role"], "content": part["content"]} for part in messages]
        schema = str(options.get("chatarena_schema") or "")
        if not schema and not request.get("logprobs"):
            request |= _PROSE
        if ear is not None:
            request |= {"stream": True, "stream_options": {"include_usage": True}}
        shared, lane = int(options.get("chatarena_shared_parts") or 0), str(options.get("chatarena_lane") or "")
        with self.using(model) as runtime:
            if schema:
                request["grammar"] = runtime.grammar(schema)
            return _checked(runtime.complete(request, shared, lane, ear.hear if ear is not None else None))


class _Ear:
    """Carries a stream's chunks from the runtime's threads to the event loop, and its reader's leaving back."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.arrived: asyncio.Queue[Json | BaseException | None] = asyncio.Queue()
        self.left = threading.Event()

    def hear(self, chunk: Json) -> bool:
        """One chunk; True stops the generation."""
        self._put(chunk)
        return self.left.is_set()

    def listen(self, complete: Callable[[], Json]) -> None:
        """Runs the call in this thread; its end or its error ends the stream."""
        try:
            if not self.left.is_set():
                complete()
        except BaseException as error:  # noqa: BLE001 - it belongs to the reader, in another thread
            self._put(error)
        self._put(None)

    def _put(self, item: Json | BaseException | None) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self.arrived.put_nowait, item)


def _checked(answer: Json) -> Json:
    """The answer, unless it is llama.cpp's report of an error."""
    error = answer.get("error")
    if error:
        status = int(error.get("code", 500))
        raise CustomLLMError(status_code=status, message=str(error.get("message", error)))
    return answer


def _chunk(answer: Json) -> Json:
    """llama.cpp's chunk as LiteLLM's generic one."""
    choice = (answer.get("choices") or [{}])[0]
    finish = choice.get("finish_reason")
    usage = answer.get("usage")
    return {
        "text": (choice.get("delta") or {}).get("content") or "",
        "is_finished": bool(finish),
        "finish_reason": finish or "",
        "index": 0,
        "tool_use": None,
        "usage": usage and {name: usage[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")},
    }


def _whole(settings: Mapping[str, object], name: str) -> int | None:
    value = settings.get(name)
    return int(str(value)) if value is not None else None


_provider: Embedded | None = None


def register(settings: Mapping[str, object]) -> None:
    """Make `embedded/...` known to LiteLLM in this process."""
    global _provider
    _provider = Embedded(settings)
    others = [entry for entry in litellm.custom_provider_map if entry["provider"] != EMBEDDED]
    litellm.custom_provider_map = [*others, {"provider": EMBEDDED, "custom_handler": _provider}]


def warm(model: str) -> None:
    """Load a model; blocks.

    Raises:
        ModelError: it is not there or cannot be loaded.
    """
    if _provider is None:
        raise ModelError("the embedded provider was not registered")
    with _provider.using(model):
        pass
