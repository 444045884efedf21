"""llama.cpp in this process: threads chosen from the machine's load, slots that share what all agents must read.

Used in the model process only. `prepare_machine` must run before xllamacpp is imported: its OpenMP reads the
environment once.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import tempfile
import time
import urllib.request
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chatarena.errors import ModelError
from chatarena.language_model.embedded_slots import Place, Slots

Json = dict[str, Any]
DEFAULT_SLOTS, DEFAULT_CONTEXT = 4, 4096
# Shorter prefixes are read faster than copied: about 40 ms for a copy, 65 tokens a second to read (measured).
MIN_SHARED_CHARACTERS = 200
_HTTP_TIMEOUT = 30.0
_BUSY_CORES = 0.5
_SAMPLE_SECONDS = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """How many threads generate and read, and whether idle threads spin or sleep."""

    threads: int
    batch_threads: int
    passive: bool


def choose_machine(cores: int, busy: float, *, ci: bool, threads: int | None = None) -> Machine:
    """Threads for a machine whose other programs keep `busy` of its cores at work.

    With spinning threads one foreign busy core slows generation twentyfold; with sleeping ones an idle machine is at
    half its speed (measured on two cores). So idle machines spin on all cores, others sleep and leave room.
    """
    passive = ci or busy > _BUSY_CORES
    chosen = threads or (max(1, cores - 1) if passive else cores)
    return Machine(threads=chosen, batch_threads=threads or cores, passive=passive)


def busy_elsewhere(seconds: float = _SAMPLE_SECONDS) -> float:
    """How many cores other programs keep busy right now; the one-minute load where the system does not tell."""
    first = _busy_seconds()
    if first is None:
        return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    own, began = time.process_time(), time.monotonic()
    time.sleep(seconds)
    passed = time.monotonic() - began
    last = _busy_seconds()
    return max(0.0, ((last or first) - first - (time.process_time() - own)) / passed)


def _busy_seconds() -> float | None:
    """CPU seconds that all programs together have used since the machine started."""
    try:
        with Path("/proc/stat").open(encoding="ascii") as file:
            fields = [int(word) for word in file.readline().split()[1:]]
        return (sum(fields[:3]) + sum(fields[5:8])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, AttributeError):
        return None


def prepare_machine(environ: MutableMapping[str, str], threads: int | None = None) -> Machine:
    """Choose threads and tell OpenMP; to be called before xllamacpp is imported."""
    machine = choose_machine(os.cpu_count() or 1, busy_elsewhere(), ci=bool(environ.get("CI")), threads=threads)
    if machine.passive:
        environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    return machine


class Runtime:
    """One loaded model. `complete` blocks; calls from several threads are batched token by token."""

    def __init__(self, path: Path, machine: Machine, *, slots: int = DEFAULT_SLOTS, context: int = DEFAULT_CONTEXT):
        """Load the model.

        Raises:
            ModelError: the file cannot be loaded.
        """
        import xllamacpp

        self._grammar_of = xllamacpp.json_schema_to_grammar
        self._grammars: dict[str, str] = {}
        self._saves = Path(tempfile.mkdtemp(prefix="chatarena-prefixes-"))
        self._key = secrets.token_hex(16)
        self.slots = Slots(slots)
        params = xllamacpp.CommonParams()
        params.model.path = str(path)
        params.n_parallel, params.n_ctx = slots, context * slots
        params.cpuparams.n_threads = machine.threads
        params.cpuparams_batch.n_threads = machine.batch_threads
        params.verbosity, params.warmup, params.ui = 0, False, False
        params.cache_ram_mib = 0
        params.slot_save_path = f"{self._saves}{os.sep}"
        params.api_keys = [self._key]
        try:
            self._server = xllamacpp.Server(params)
        except RuntimeError as error:
            raise ModelError(
                f"{path} cannot be loaded: {error}", remedy="Fetch it again, or use another file."
            ) from error

    def close(self) -> None:
        """Free the model and remove the copies of prefixes."""
        del self._server
        shutil.rmtree(self._saves, ignore_errors=True)

    def complete(self, request: Json, shared: int, lane: str, hear: Callable[[Json], bool] | None = None) -> Json:
        """Answer a chat request in one of the slots.

        Args:
            request: in OpenAI's form, with llama.cpp's own parameters.
            shared: how many leading messages other calls share with this one.
            hear: gets every chunk of a stream; returning True stops the generation and frees the slot.
        """
        messages: list[Json] = request["messages"]
        head = messages[:shared]
        prefix = _fingerprint(head) if sum(len(part["content"]) for part in head) >= MIN_SHARED_CHARACTERS else ""
        with self.slots.place(lane, prefix) as place:
            self._do_duty(place, prefix, head)
            whole = {"cache_prompt": True, **request, "id_slot": place.slot}
            answer: Json | None = (
                self._server.handle_chat_completions(whole)
                if hear is None
                else self._server.handle_chat_completions(whole, hear)
            )
            return answer or {}

    def grammar(self, schema: str) -> str:
        """The grammar that holds a reply to a JSON Schema, bounds of numbers included."""
        if schema not in self._grammars:
            self._grammars[schema] = self._grammar_of(json.loads(schema))
        return self._grammars[schema]

    def _do_duty(self, place: Place, prefix: str, head: Sequence[Json]) -> None:
        """Bring the shared prefix into the slot: read it and leave a copy, or take the copy."""
        if place.duty == "read":
            request = {"messages": list(head), "max_tokens": 1, "id_slot": place.slot, "cache_prompt": True}
            self._server.handle_chat_completions(request)
            self._slot(place.slot, "save", prefix)
            self.slots.was_saved(prefix)
            for old in self.slots.forgotten():
                (self._saves / old).unlink(missing_ok=True)
        elif place.duty == "copy":
            self._slot(place.slot, "restore", prefix)

    def _slot(self, number: int, action: str, name: str) -> None:
        """Save a slot's state under a name, or restore it: the runtime offers this on its own loopback port only."""
        request = urllib.request.Request(
            f"{self._server.listening_address}/slots/{number}?action={action}",
            data=json.dumps({"filename": name}).encode(),
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self._key}"},
        )
        with urllib.request.urlopen(request, timeout=_HTTP_TIMEOUT) as reply:
            reply.read()


def _fingerprint(head: Sequence[Mapping[str, object]]) -> str:
    return hashlib.sha256(json.dumps(head, sort_keys=True).encode()).hexdigest()[:32]
