"""`models`: what is at hand, fetching weights, and one tiny generation through the real model process."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatarena.cli.home import Paths, find_paths
from chatarena.cli.probe import Probe, in_words
from chatarena.cli.progress import shown_progress
from chatarena.cli.settings import ModelPrice, ModelSettings, Settings
from chatarena.cli.stage import model_settings
from chatarena.language_model.install import WEIGHTS, Weights
from chatarena.language_model.port import Completion
from chatarena.language_model.wire import endpoint_for
from tests.cli.conftest import Chatarena, write_config
from tests.cli.test_output import Terminal
from tests.support.loopback_server import LoopbackServer

CONTENT = b"GGUF" + bytes(range(256)) * 40
TINY = Weights(
    name="tiny",
    size=len(CONTENT),
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    member=".gguf",
    hub="x/tiny.gguf",
    title="Tiny",
    notice="A licence.\n",
)


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A model of ten kilobytes that can be installed, and a file with its weights."""
    monkeypatch.setitem(WEIGHTS, "tiny", TINY)
    path = tmp_path / "tiny.bin"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture(scope="module")
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


# -- list --------------------------------------------------------------------------------------------------------------


def test_list_shows_the_embedded_models_and_how_to_get_them(chatarena: Chatarena) -> None:
    done = chatarena("models")
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()] == ["model", *(f"embedded/{name}" for name in WEIGHTS)]
    assert "chatarena models get qwen2.5-1.5b" in done.err
    data = chatarena("models", "list", "--json").data
    assert data["default"] == "embedded/qwen2.5-1.5b"
    assert [row["ready"] for row in data["models"]] == [False] * len(WEIGHTS)
    assert not any(key["set"] for key in data["keys"])


def test_keys_are_told_by_name_and_never_by_value(chatarena: Chatarena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-ant-very-secret-value")
    for words in (("models",), ("models", "--json"), ("doctor", "--quick"), ("config", "show")):
        done = chatarena(*words)
        assert "very-secret" not in done.out + done.err
    assert "ANTHROPIC_API_KEY is set" in chatarena("models").out
    told = {key["provider"]: key["set"] for key in chatarena("models", "--json").data["keys"]}
    assert [provider for provider, is_set in told.items() if is_set] == ["anthropic"]


@pytest.mark.parametrize(
    ("settings", "environ", "ready", "found"),
    [
        pytest.param('default = "groq/x"', {}, False, "GROQ_API_KEY is not set", id="no-key"),
        pytest.param('default = "groq/x"', {"GROQ_API_KEY": "k"}, True, "GROQ_API_KEY is set", id="key"),
        pytest.param('default = "ollama/x"', {}, True, "needs no key", id="local"),
        pytest.param(
            'default = "openai/x"\napi_base = { openai = "http://h/" }', {}, True, "at http://h/", id="address-only"
        ),
        pytest.param(
            'default = "openai/x"\napi_base = { openai = "http://h/" }\napi_key_env = { openai = "MINE" }',
            {"OPENAI_API_KEY": "k"},
            False,
            "at http://h/, MINE is not set",
            id="key-of-its-own",
        ),
    ],
)
def test_a_model_that_the_settings_name_is_ready_when_its_key_is_there(
    chatarena: Chatarena,
    home: Paths,
    monkeypatch: pytest.MonkeyPatch,
    settings: str,
    environ: dict[str, str],
    ready: bool,
    found: str,
) -> None:
    write_config(home, f"[models]\n{settings}\n")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    rows = {row["model"]: row for row in chatarena("models", "--json").data["models"]}
    (named,) = [row for row in rows.values() if row["model"].endswith("/x")]
    assert (named["kind"], named["ready"], named["found"]) == ("settings", ready, found)


# -- get ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["{}", "file:{}"], ids=["path", "file"])
def test_get_puts_weights_in_place_and_prints_where(chatarena: Chatarena, home: Paths, tiny: Path, form: str) -> None:
    done = chatarena("models", "get", "tiny", "--from", form.format(tiny))
    path = home.models_dir / "tiny.gguf"
    assert (done.code, done.out) == (0, f"{path}\n")
    assert path.read_bytes() == CONTENT
    assert "Tiny is ready." in done.err
    rows = {row["model"]: row["ready"] for row in chatarena("models", "--json").data["models"]}
    assert rows["embedded/tiny"]


def test_get_leaves_alone_what_is_there(chatarena: Chatarena, home: Paths, tiny: Path) -> None:
    assert chatarena("models", "get", "embedded/tiny", "--from", str(tiny), "--json").data["fetched"] is True
    again = chatarena("models", "get", "tiny")
    assert (again.code, again.out) == (0, f"{home.models_dir / 'tiny.gguf'}\n")
    assert "already" in again.err
    quiet = chatarena("models", "get", "tiny", "--if-missing")
    assert (quiet.code, quiet.out, quiet.err) == (0, "", "")
    assert chatarena("models", "get", "tiny", "--json").data["fetched"] is False


@pytest.mark.parametrize(
    ("name", "source", "code", "said"),
    [
        pytest.param("tiny", "wrong.bin", 1, "is not Tiny", id="other-content"),
        pytest.param("tiny", "absent.bin", 2, "cannot be fetched from 'absent.bin'", id="no-source"),
        pytest.param("huge", "wrong.bin", 2, "there is no embedded model 'huge'", id="no-model"),
    ],
)
def test_get_that_fails_leaves_no_weights(
    chatarena: Chatarena, home: Paths, tiny: Path, name: str, source: str, code: int, said: str
) -> None:
    Path("wrong.bin").write_bytes(CONTENT[:-1] + b"x")
    done = chatarena("models", "get", name, "--from", source)
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert not list(home.models_dir.glob("*.gguf"))


def test_progress_is_a_line_for_each_tenth_without_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with shown_progress("Tiny") as tell:
        for done in range(0, 1001, 7):
            tell("joining", done * 10**6, 10**9)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1 + 10
    assert "1.0 GB" in printed.err


def test_progress_on_a_terminal_is_a_bar_on_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, data = Terminal(), Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setattr(sys, "stdout", data)
    with shown_progress("Tiny [/] model") as tell:
        tell("joining [red]", 400, 1000)
    assert "Tiny [/] model" in screen.getvalue()
    assert "joining [red]" in screen.getvalue()
    assert data.getvalue() == ""


# -- test --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("known", "words"),
    [
        pytest.param(
            {"first_token_seconds": 0.5, "total_seconds": 1.5, "completion_tokens": 21, "cost": 0.00042},
            "first token after 0.50 s, 21 tokens at 20 a second, $0.000420",
            id="all",
        ),
        pytest.param({}, "first token after unknown, tokens unknown, price unknown", id="nothing"),
        pytest.param(
            {"first_token_seconds": 0.5, "total_seconds": 0.5, "completion_tokens": 1, "cost": 0.0},
            "first token after 0.50 s, 1 tokens, free of charge",
            id="one-token",
        ),
    ],
)
def test_what_a_provider_does_not_tell_is_unknown_and_not_zero(known: dict[str, float], words: str) -> None:
    reply = Completion(text="x", finish_reason="stop", requested_model="m", **known)  # type: ignore[arg-type]
    assert in_words(Probe(completion=reply, ready_seconds=1.0)) == words


def test_a_model_is_asked_through_the_real_process(chatarena: Chatarena, home: Paths, server: LoopbackServer) -> None:
    price = '"openai/reply" = { input_per_million = 1.0, output_per_million = 2.0 }'
    base = f'"openai/reply" = "{server.base_url}"'
    write_config(home, f"[models]\napi_base = {{ {base} }}\nprices = {{ {price} }}\n")
    done = chatarena("models", "test", "openai/reply", "--json")
    assert done.code == 0
    assert json.loads(done.out)["status"] == "ok"
    reply = done.data["completion"]
    assert reply["text"] == "Well, the second option costs less than it seems to."
    assert reply["cost"] == pytest.approx((reply["prompt_tokens"] + 2 * reply["completion_tokens"]) / 1e6)
    assert reply["total_seconds"] >= reply["first_token_seconds"] > 0


def test_a_price_for_one_model_does_not_hide_the_address_of_its_provider() -> None:
    models = ModelSettings(
        api_base={"openai": "http://127.0.0.1:1/v1"}, prices={"openai/x": ModelPrice(input_per_million=1.0)}
    )
    endpoints = model_settings(Settings(models=models), find_paths()).endpoints
    endpoint = endpoint_for(endpoints, "openai/x")
    assert endpoint is not None
    assert (endpoint.api_base, endpoint.input_price) == ("http://127.0.0.1:1/v1", 1.0)


def test_a_model_that_refuses_the_key_is_a_clear_error(
    chatarena: Chatarena, home: Paths, server: LoopbackServer
) -> None:
    write_config(home, f'[models]\ndefault = "openai/unauthorized"\napi_base = {{ openai = "{server.base_url}" }}\n')
    done = chatarena("models", "test")
    assert (done.code, done.out) == (2, "")
    assert "openai/unauthorized" in done.err
    assert "Traceback" not in done.err
