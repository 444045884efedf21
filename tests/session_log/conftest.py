"""A fresh log for each test, and an ordinary user's rights for tests about permissions."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatarena.session_log.store import SessionLog

NOBODY = 65534


@pytest.fixture
def log(tmp_path: Path) -> Iterator[SessionLog]:
    """An empty log, with no secrets in its environment."""
    with SessionLog(tmp_path / "log.db", environ={}) as opened:
        yield opened


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A folder of its own and a user whom permissions bind: root gives its rights up for the test."""
    folder = Path(tempfile.mkdtemp(prefix="session-log-"))
    root = os.geteuid() == 0
    if root:
        os.chown(folder, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield folder
    finally:
        if root:
            os.seteuid(0)
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o700)
        shutil.rmtree(folder)
