"""Where things live: overrides, the checkout, permissions, and that finding creates nothing."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from chatarena.cli.home import Paths, checkout_sessions, find_paths, private_directory, write_private
from chatarena.errors import UsageError
from tests.cli.conftest import Chatarena


def test_one_variable_moves_everything_and_nothing_is_created(tmp_path: Path) -> None:
    paths = find_paths({"CHATARENA_HOME": str(tmp_path / "h")}, tmp_path)
    places = [getattr(paths, name) for name in Paths.__slots__ if name != "project_config"]
    assert all(place.is_relative_to(tmp_path / "h") for place in places)
    assert paths.agents_dir == tmp_path / "h" / "config" / "prompts" / "agents"
    assert list(tmp_path.iterdir()) == []


def test_weights_move_alone(tmp_path: Path) -> None:
    environ = {"CHATARENA_HOME": str(tmp_path / "h"), "CHATARENA_MODELS_DIR": str(tmp_path / "w")}
    paths = find_paths(environ, tmp_path)
    assert paths.models_dir == tmp_path / "w"
    assert paths.cache_dir.is_relative_to(tmp_path / "h")


@pytest.mark.parametrize("variable", ["CHATARENA_HOME", "CHATARENA_MODELS_DIR"])
@pytest.mark.parametrize("below", ["", "deeper"])
def test_a_file_is_no_home(tmp_path: Path, variable: str, below: str) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(UsageError, match=f"{variable} is .*, but {file} is not a folder"):
        find_paths({variable: str(file / below)}, tmp_path)


@pytest.mark.parametrize("words", ["sessions list", "paths", "demo", "doctor --quick", "config show"])
def test_a_home_that_is_a_file_is_a_usage_error(
    chatarena: Chatarena, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    monkeypatch.setenv("CHATARENA_HOME", str(file))
    done = chatarena(*words.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        f"chatarena: CHATARENA_HOME is {file}, but {file} is not a folder",
        "  Set CHATARENA_HOME to a folder; one that is not there yet is made when it is needed.",
    ]


def test_a_tilde_and_a_relative_home_become_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert find_paths({"CHATARENA_HOME": "~/x"}).config_file == tmp_path / "me/x/config/config.toml"
    assert find_paths({"CHATARENA_HOME": "x"}).config_file == tmp_path / "x/config/config.toml"


def test_without_the_variable_the_platform_decides_but_a_checkout_keeps_its_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONFIG", "DATA", "STATE", "CACHE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    paths = find_paths({"CHATARENA_HOME": ""}, tmp_path)
    sessions = checkout_sessions()
    expected = tmp_path / "data" / "chatarena" if sessions is None else sessions
    assert paths.database == expected / "chatarena.db"
    assert paths.config_file.name == "config.toml"


@pytest.mark.parametrize(
    ("project", "sessions", "found"),
    [
        pytest.param('[project]\nname = "stackelberg-chatarena"\n', True, True, id="ours"),
        pytest.param('[project]\nname = "stackelberg-chatarena"\n', False, False, id="no-sessions"),
        pytest.param('[project]\nname = "another"\n', True, False, id="another-project"),
        pytest.param(None, True, False, id="site-packages"),
    ],
)
def test_a_checkout_is_known_by_its_project_file_and_its_sessions(
    tmp_path: Path, project: str | None, sessions: bool, found: bool
) -> None:
    if project is not None:
        (tmp_path / "pyproject.toml").write_text(project)
    if sessions:
        (tmp_path / "sessions").mkdir()
    expected = tmp_path / "sessions" if found else None
    assert checkout_sessions(tmp_path / "chatarena") == expected


def test_a_project_file_counts_only_where_it_exists(tmp_path: Path) -> None:
    environ = {"CHATARENA_HOME": str(tmp_path / "h")}
    assert find_paths(environ, tmp_path).project_config is None
    (tmp_path / "chatarena.toml").touch()
    assert find_paths(environ, tmp_path).project_config == tmp_path / "chatarena.toml"


def test_what_is_created_is_private_and_what_exists_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    umask = os.umask(0)
    try:
        write_private(tmp_path / "a" / "b" / "file", "text")
    finally:
        os.umask(umask)
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in (".", "a", "a/b", "a/b/file")]
    assert modes == [0o755, 0o700, 0o700, 0o600]


def test_a_file_is_never_overwritten(tmp_path: Path) -> None:
    write_private(tmp_path / "file", "first")
    with pytest.raises(UsageError, match="exists already"):
        write_private(tmp_path / "file", "second")
    assert (tmp_path / "file").read_text() == "first"


def test_a_file_in_the_way_of_a_directory_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(UsageError) as caught:
            private_directory(path)
        assert "CHATARENA_HOME" in caught.value.remedy
