"""A home of its own for every test, and the command line as a function."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chatarena.cli import main
from chatarena.cli.home import Paths, find_paths


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one run of the command line left behind."""

    code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The data of the JSON envelope, whose keys are checked on the way."""
        import json

        envelope = json.loads(self.out)
        assert list(envelope) == ["status", "data", "warnings"]
        return envelope["data"]


Chatarena = Callable[..., Outcome]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    """An empty home and an empty current directory; no setting and no key of the machine's reaches the test."""
    for name in os.environ:
        if name.startswith("CHATARENA_") or name.endswith(("_API_KEY", "_API_BASE", "HF_TOKEN")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("CHATARENA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NO_COLOR", "1")
    # Nobody listens on the discard port: a server of the machine's own is not found.
    monkeypatch.setenv("OLLAMA_API_BASE", "http://127.0.0.1:9")
    monkeypatch.setenv("LM_STUDIO_API_BASE", "http://127.0.0.1:9")
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    return find_paths()


@pytest.fixture
def chatarena(home: Paths, capsys: pytest.CaptureFixture[str]) -> Chatarena:
    """Runs the command line in this process."""

    def run(*words: str) -> Outcome:
        capsys.readouterr()
        try:
            code = main(list(words))
        except SystemExit as ended:
            code = int(ended.code or 0)
        captured = capsys.readouterr()
        return Outcome(code=code, out=captured.out, err=captured.err)

    return run


def write_config(paths: Paths, text: str) -> Path:
    """Writes the user's own settings file."""
    paths.config_file.parent.mkdir(parents=True, exist_ok=True)
    paths.config_file.write_text(text, encoding="utf-8")
    return paths.config_file
