"""Replies kept on disk, found by everything that may change them.

Laws: an error, an empty or a fallback's reply is never kept; an entry is whole or absent; a cache that cannot be read
or written costs a call, never a reply.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from chatarena.errors import NotRecorded
from chatarena.language_model.port import Completion, Fragment, LanguageModel, Request
from chatarena.language_model.recorded import as_replayed
from chatarena.language_model.streams import opened

CachePolicy = Literal["off", "on", "only"]
CACHE_POLICIES: tuple[CachePolicy, ...] = ("off", "on", "only")
_FORMAT = 1
# Letters and digits from which on a text is taken to be one particular reply, not something that anybody may say.
_TELLING = 24
_UNFINISHED = ".new-"
_KEPT_REASONS = ("stop", "length")


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats:
    """What a cache holds and what this run got from it; `saved` is US dollars, None where a price is unknown."""

    entries: int
    bytes: int
    hits: int
    misses: int
    write_failures: int
    saved: float | None


class ResponseCache:
    """Completions as JSON files, one a request, in a directory that only its owner may read."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._hits = self._misses = self._write_failures = 0
        self._saved: float | None = 0.0

    def get(self, key: str) -> Completion | None:
        """The completion as it was first made, None where there is none or its file is damaged."""
        try:
            entry = json.loads(self._path(key).read_bytes())
            completion = _completion_from(entry["completion"]) if entry["format"] == _FORMAT else None
        except (OSError, ValueError, KeyError, TypeError):
            completion = None
        if completion is None:
            self._misses += 1
            return None
        self._hits += 1
        self._saved = None if None in (self._saved, completion.cost) else (self._saved or 0) + (completion.cost or 0)
        return completion

    def put(self, key: str, completion: Completion, *, request: str = "") -> bool:
        """Keeps a completion if it is one to keep; False where it is not, or the disk refuses.

        Args:
            request: the fingerprint of the request that it answers, by which it can be forgotten again.
        """
        if completion.finish_reason not in _KEPT_REASONS or completion.fallback or completion.from_cache:
            return False
        if not completion.text.strip() and not completion.top_logprobs:
            return False
        entry = {"format": _FORMAT, "key": key, "request": request, "completion": asdict(completion)}
        try:
            self._write(self._path(key), json.dumps(entry, allow_nan=False).encode())
        except OSError:
            self._write_failures += 1
            return False
        return True

    def clear(self) -> int:
        """Deletes every entry; returns how many there were."""
        entries = self._entries()
        for path in entries:
            with suppress(FileNotFoundError):
                path.unlink()
        return len(entries)

    def forget(
        self,
        requests: Collection[str],
        *,
        shared: Collection[str] = (),
        addresses: Collection[str] = (),
        texts: Collection[str] = (),
    ) -> int:
        """Deletes the replies to these requests, at whatever address they were made; returns how many files.

        A file does not always tell which request it answers: earlier versions wrote none, and a reply may have come
        just before its turn was stopped, which left no call in the log. Such a file goes where one of `addresses`
        makes its name, or where it says one of `texts`. Damaged files, which are of no use, go too.

        Args:
            requests: fingerprints.
            shared: fingerprints of requests whose replies somebody else needs; those stay.
            addresses: where models are called at, as far as it is known; a provider's own is always tried.
            texts: what was said in the replies.

        Raises:
            OSError: a file cannot be deleted.
        """
        known = {"", *addresses}
        going, staying = (
            {cache_key(request, address) for request in wanted for address in known} for wanted in (requests, shared)
        )
        said = frozenset(filter(None, map(_letters, texts)))
        forgotten = 0
        for path in (*self._entries(), *self._directory.glob(f"??/{_UNFINISHED}*")):
            entry = _entry(path)
            if entry is not None:
                request, text = entry
                if request in shared or path.stem in staying:
                    continue
                if request not in requests and path.stem not in going and not _says(text, said):
                    continue
            path.unlink(missing_ok=True)
            forgotten += path.suffix == ".json"
        return forgotten

    def stats(self) -> CacheStats:
        entries = self._entries()
        return CacheStats(
            entries=len(entries),
            bytes=sum(path.stat().st_size for path in entries),
            hits=self._hits,
            misses=self._misses,
            write_failures=self._write_failures,
            saved=self._saved,
        )

    def _entries(self) -> list[Path]:
        return sorted(self._directory.glob("??/*.json"))

    def _path(self, key: str) -> Path:
        return self._directory / key[:2] / f"{key}.json"

    def _write(self, path: Path, data: bytes) -> None:
        for folder in (self._directory, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # mkstemp makes the file 0600; the rename makes it appear whole or not at all.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=_UNFINISHED)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(temporary).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(temporary).unlink()
            raise


def cache_key(request: str, address: str) -> str:
    """sha256 of a request's fingerprint and the address it goes to."""
    return hashlib.sha256(f"{request}\n{address}".encode()).hexdigest()


class Cached:
    """The same model behind a cache.

    Args:
        model: what is asked on a miss.
        cache: where replies are kept.
        policy: `off` neither reads nor writes, `on` does both, `only` never calls the model.
        address: the base address a model is called at, which may change its reply; empty for its provider's own.
    """

    def __init__(
        self,
        model: LanguageModel,
        cache: ResponseCache,
        *,
        policy: CachePolicy = "on",
        address: Callable[[str], str] = lambda _: "",
    ) -> None:
        if policy not in CACHE_POLICIES:
            raise ValueError(f"policy must be one of {', '.join(CACHE_POLICIES)}, not {policy!r}")
        self._model, self._cache, self._policy, self._address = model, cache, policy, address

    def key(self, request: Request) -> str:
        """sha256 of the request's fingerprint and the address it goes to."""
        return cache_key(request.fingerprint(), self._address(request.model))

    async def stream(self, request: Request) -> AsyncIterator[Fragment | Completion]:
        """See the port; a kept reply comes in one fragment and says so.

        Raises:
            NotRecorded: the policy is `only` and there is no such reply.
            ModelError: as the model behind.
        """
        key = self.key(request)
        kept = None if self._policy == "off" else self._cache.get(key)
        if kept is not None:
            if kept.text:
                yield Fragment(text=kept.text)
            yield as_replayed(kept)
            return
        if self._policy == "only":
            raise NotRecorded(
                f"the cache holds no reply of {request.model} to this prompt (repetition {request.repetition})",
                remedy="Run once with `--cache on` to record it.",
            )
        async with opened(self._model, request) as stream:
            async for piece in stream:
                if self._policy == "on" and isinstance(piece, Completion):
                    self._cache.put(key, piece, request=request.fingerprint())
                yield piece


def _entry(path: Path) -> tuple[str, str] | None:
    """The request that a file answers, empty where it does not say, and its reply; None where it is damaged."""
    try:
        entry = json.loads(path.read_bytes())
        return str(entry.get("request", "")), str(entry["completion"]["text"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _letters(text: str) -> str:
    """The letters and digits of a text: what is left of it however it was tidied up on its way into the log."""
    return "".join(filter(str.isalnum, text))


def _says(reply: str, said: Collection[str]) -> bool:
    """Whether a reply says one of these texts: a long one somewhere in it, a short one and nothing else."""
    letters = _letters(reply)
    return letters in said or any(len(text) >= _TELLING and text in letters for text in said)


def _completion_from(data: dict[str, Any]) -> Completion:
    pairs = tuple((str(token), float(value)) for token, value in data["top_logprobs"])
    completion = Completion(**{**data, "top_logprobs": pairs})
    if not isinstance(completion.text, str):
        raise TypeError(f"text is {type(completion.text).__name__}")
    return completion
