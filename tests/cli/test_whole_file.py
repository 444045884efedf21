"""A file that was asked for is there whole or not at all."""

from __future__ import annotations

import os
import stat
import threading
from pathlib import Path

import pytest

from chatarena.cli.whole_file import write
from chatarena.errors import UsageError


@pytest.mark.parametrize("content", ["the lantern é 😀\n", b"\x89PNG\r\n\x1a\n"], ids=["text", "bytes"])
def test_it_holds_what_was_given_and_nothing_lies_beside_it(
    tmp_path: Path, content: str | bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "figure"
    path.write_bytes(b"an older and much longer one" * 100)
    write(path, content)
    assert path.read_bytes() == (content.encode() if isinstance(content, str) else content)
    assert list(tmp_path.iterdir()) == [path]
    assert str(path) in capsys.readouterr().err


def test_what_cannot_be_finished_leaves_the_older_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "page.html"
    path.write_text("older")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left"):
        write(path, "newer")
    assert path.read_text() == "older"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere"):
        write(tmp_path / "nowhere" / "page.html", "x")


def test_it_is_for_its_owner_alone_as_exports_are(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write(tmp_path / "page.html", "x")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o600


def test_a_name_that_stands_for_another_place_goes_on_doing_so(tmp_path: Path) -> None:
    (tmp_path / "real.svg").write_text("older")
    (tmp_path / "link.svg").symlink_to("real.svg")
    write(tmp_path / "link.svg", "newer")
    assert (tmp_path / "link.svg").is_symlink()
    assert (tmp_path / "real.svg").read_text() == "newer"


def test_a_pipe_is_written_into(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write(pipe, "through")
    reader.join()
    assert got == [b"through"]
