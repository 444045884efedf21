"""`doctor`: every check says what it found and what to do, changes nothing, and decides the exit code."""

from __future__ import annotations

import io
import sqlite3

import pytest

from chatarena.cli import checks
from chatarena.cli.checks import Check
from chatarena.cli.home import Paths
from chatarena.session_log.store import SessionLog
from tests.cli.conftest import Chatarena, write_config
from tests.support.loopback_server import LoopbackServer


def found(chatarena: Chatarena, *words: str) -> dict[str, dict[str, str]]:
    """The checks by name; a name that came twice keeps its worst."""
    rows = sorted(
        chatarena("doctor", "--json", *words).data, key=lambda row: ["ok", "warn", "fail"].index(row["status"])
    )
    return {row["name"]: row for row in rows}


def test_a_fresh_home_lacks_only_the_weights_and_stays_as_it_is(chatarena: Chatarena, home: Paths) -> None:
    done = chatarena("doctor", "--quick")
    assert done.code == 1
    failing = [line for line in done.out.splitlines() if line.startswith("fail")]
    assert len(failing) == 1
    assert "weights" in failing[0]
    assert "chatarena models get qwen2.5-1.5b" in done.out
    assert not home.config_file.parents[1].exists()


def test_all_is_well_with_a_model_that_needs_no_weights(chatarena: Chatarena) -> None:
    rows = found(chatarena, "--quick", "--model", "ollama/x")
    assert {row["status"] for row in rows.values()} == {"ok"}
    assert chatarena("doctor", "--quick", "--model", "ollama/x").code == 0
    assert "ollama/x" in rows["settings"]["found"]


def test_faulty_settings_fail_and_the_other_checks_go_on(chatarena: Chatarena, home: Paths) -> None:
    write_config(home, "[session]\nround = 3\n")
    done = chatarena("doctor", "--quick")
    assert done.code == 1
    assert "session.round is an unknown key" in done.out
    assert "did you mean 'rounds'?" in done.out
    assert "weights" in done.out


def test_a_key_that_the_settings_name_and_nobody_set_is_a_warning(chatarena: Chatarena, home: Paths) -> None:
    write_config(home, '[models]\ndefault = "openai/x"\napi_key_env = { openai = "MY_OWN_KEY" }\n')
    row = found(chatarena, "--quick")["keys"]
    assert (row["status"], row["remedy"]) == ("warn", "export MY_OWN_KEY in your shell")
    assert chatarena("doctor", "--quick").code == 0


def test_a_faulty_agent_of_one_s_own_fails(chatarena: Chatarena, home: Paths) -> None:
    home.agents_dir.mkdir(parents=True)
    (home.agents_dir / "mine.md").write_text("no front matter")
    assert "mine.md:1" in found(chatarena, "--quick")["agents"]["found"]


def test_the_log_is_tried_without_a_trace(chatarena: Chatarena, home: Paths) -> None:
    SessionLog(home.database).close()
    before = home.database.read_bytes()
    assert found(chatarena, "--quick")["session log"]["status"] == "ok"
    assert home.database.read_bytes() == before


@pytest.mark.parametrize("what", ["folder", "other-program"])
def test_a_log_that_cannot_be_used_fails(chatarena: Chatarena, home: Paths, what: str) -> None:
    home.database.parent.mkdir(parents=True)
    if what == "folder":
        home.database.mkdir()
    else:
        with sqlite3.connect(home.database) as connection:
            connection.execute("CREATE TABLE theirs (x)")
        connection.close()
    row = found(chatarena, "--quick")["session log"]
    assert row["status"] == "fail"
    assert row["remedy"]


def test_a_file_in_the_way_of_the_home_fails(chatarena: Chatarena, home: Paths) -> None:
    home.database.parents[1].mkdir()
    home.database.parent.touch()
    assert found(chatarena, "--quick")["session log"]["status"] == "fail"


def test_too_small_a_disk_fails_with_what_is_needed(home: Paths) -> None:
    enough, short = checks.disk(home, 0), checks.disk(home, 10**18)
    assert enough.status == "ok"
    assert short.status == "fail"
    assert "CHATARENA_MODELS_DIR" in short.remedy


class Screen(io.TextIOWrapper):
    """A terminal with an encoding."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding)

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("size", "encoding", "status"),
    [
        pytest.param((80, 24), "utf-8", "ok", id="smallest"),
        pytest.param((120, 23), "utf-8", "warn", id="too-low"),
        pytest.param((79, 50), "utf-8", "warn", id="too-narrow"),
        pytest.param((120, 50), "latin-1", "warn", id="no-utf-8"),
    ],
)
def test_a_terminal_is_judged_by_size_and_encoding(
    monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], encoding: str, status: str
) -> None:
    monkeypatch.setenv("COLUMNS", str(size[0]))
    monkeypatch.setenv("LINES", str(size[1]))
    check = checks.terminal(Screen(encoding), {"TERM": "xterm"})
    assert check.status == status
    assert bool(check.remedy) == (status == "warn")
    assert f"{size[0]}x{size[1]}" in check.found


def test_without_a_terminal_there_is_nothing_to_judge() -> None:
    assert checks.terminal(io.StringIO(), {}) == Check(
        name="terminal", status="ok", found="none here: the output goes to a file or a pipe"
    )


def test_the_default_model_is_asked_through_the_real_process(chatarena: Chatarena, home: Paths) -> None:
    with LoopbackServer() as server:
        write_config(home, f'[models]\ndefault = "openai/reply"\napi_base = {{ openai = "{server.base_url}" }}\n')
        rows = found(chatarena)
        assert (rows["model process"]["status"], rows["generation"]["status"]) == ("ok", "ok")
        assert "openai/reply: first token after" in rows["generation"]["found"]
        assert [request.body["model"] for request in server.requests] == ["reply"]
