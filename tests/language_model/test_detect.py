"""Better models one step away, found on a real server on loopback."""

from __future__ import annotations

import socket

import pytest

from chatarena.language_model.detect import detect, keys_present
from chatarena.language_model.providers import runs_here
from tests.support.loopback_server import LoopbackServer

# Nothing listens on the discard port here, so only what a test points to is found.
NOWHERE = {"OLLAMA_API_BASE": "http://127.0.0.1:9", "LM_STUDIO_API_BASE": "http://127.0.0.1:9/v1"}


def test_nothing_there_nothing_found() -> None:
    assert detect(NOWHERE) == ()


@pytest.mark.parametrize(
    ("variable", "path", "prefix", "label"),
    [("OLLAMA_API_BASE", "", "ollama_chat/", "Ollama"), ("LM_STUDIO_API_BASE", "/v1", "lm_studio/", "LM Studio")],
)
def test_local_servers_are_offered_by_name(
    server: LoopbackServer, variable: str, path: str, prefix: str, label: str
) -> None:
    address = f"http://127.0.0.1:{server.port}{path}"
    found = detect({**NOWHERE, variable: address}, timeout=10)
    assert f"{prefix}reply" in [suggestion.model for suggestion in found]
    assert all(suggestion.model.startswith(prefix) and runs_here(suggestion.model) for suggestion in found)
    assert all(suggestion.found.startswith(f"{label} at {address} has ") for suggestion in found)
    assert len(found) <= 20


def test_a_server_that_accepts_and_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert detect({**NOWHERE, "OLLAMA_API_BASE": address}, timeout=0.05) == ()


@pytest.mark.parametrize("address", ["http://models.example", "https://127.0.0.1", "file:///etc/passwd", "nonsense"])
def test_only_loopback_is_asked(address: str) -> None:
    assert detect({**NOWHERE, "OLLAMA_API_BASE": address}) == ()


def test_of_keys_only_the_variables_name_is_told() -> None:
    found = keys_present({"OPENAI_API_KEY": "very-secret", "GOOGLE_API_KEY": "also-secret", "MISTRAL_API_KEY": ""})
    assert [(one.model.partition("/")[0], one.found) for one in found] == [
        ("gemini", "GOOGLE_API_KEY is set"),
        ("openai", "OPENAI_API_KEY is set"),
    ]
    assert "secret" not in str(found)
