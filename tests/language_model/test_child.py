"""The model process seen from outside: its pipe stays clean and it calls nobody on its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict
from typing import Any

import pytest

from chatarena.errors import ModelProcessDied
from chatarena.language_model.process import COMMAND, ModelProcess
from chatarena.language_model.wire import Endpoint
from tests.language_model.asking import ask, read
from tests.support.loopback_server import WORDS, LoopbackServer

# Runs the child under two observers: one writes every attempt to reach the network to standard error, the other
# prints, as careless libraries do, when LiteLLM is imported.
OBSERVED = """
import os, runpy, sys
NETWORK = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.sendto"}
printed = []
def observe(event, arguments):
    if event in NETWORK:
        where = arguments[1] if event == "socket.connect" else arguments[0]
        os.write(2, f"NETWORK {event} {where!r}\\n".encode())
    if event == "import" and arguments[0] == "litellm.main" and not printed:
        printed.append(True)
        print("noise from a library")
        os.write(1, b"noise from C\\n")
        sys.stderr.write("key sk-abcdefghijklmnop\\n")
sys.addaudithook(observe)
sys.argv = ["child"]
runpy.run_module("chatarena.language_model.child", run_name="__main__", alter_sys=True)
"""


def test_it_never_phones_home_and_its_pipe_carries_nothing_but_the_protocol(server: LoopbackServer) -> None:
    endpoint = Endpoint(api_base=server.base_url)
    child = subprocess.Popen(
        [sys.executable, "-c", OBSERVED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"PATH": "/usr/bin:/bin", "HTTPS_PROXY": "http://proxy.invalid:3128"},
    )
    assert child.stdin is not None and child.stdout is not None
    commands = [
        {"op": "start", "endpoints": {"openai/": asdict(endpoint)}, "embedded": {}},
        {"op": "prices", "id": 1, "models": ["openai/gpt-4o-mini", "meta-llama/llama-2-7b", "gpt-4o"]},
        {"op": "facts", "id": 2, "models": ["openai/gpt-4o-mini"]},
        {"op": "call", "id": 3, "request": asdict(ask("openai/reply"))},
    ]
    for command in commands:
        child.stdin.write(json.dumps(command).encode() + b"\n")
    child.stdin.flush()
    answers: list[dict[str, Any]] = []
    while not answers or answers[-1]["op"] != "done":
        answers.append(json.loads(child.stdout.readline()))
    rest, noise = child.communicate(b'{"op": "quit"}\n', timeout=60)
    assert child.returncode == 0 and rest == b""
    assert {answer["op"] for answer in answers} == {"ready", "rows", "text", "done"}
    assert "".join(answer["text"] for answer in answers if answer["op"] == "text") == "".join(WORDS)
    told = noise.decode()
    assert "noise from a library" in told and "noise from C" in told
    assert "sk-abcdefghijklmnop" not in told and "[secret]" in told
    reached = [line for line in told.splitlines() if line.startswith("NETWORK")]
    assert any(f"('127.0.0.1', {server.port})" in line for line in reached), "the observer sees connections"
    strangers = [line for line in reached if str(server.port) not in line and "'127.0.0.1'" not in line]
    assert strangers == []


def test_it_ends_when_its_input_does_even_while_importing() -> None:
    child = subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    start = b'{"op": "start", "endpoints": {}, "embedded": {}}\n'
    child.communicate(start, timeout=60)
    assert child.returncode == 0


@pytest.mark.asyncio(loop_scope="session")
async def test_killed_in_mid_stream_it_costs_one_turn(model: ModelProcess, server: LoopbackServer) -> None:
    await model.start()
    pid = model.pid
    assert pid is not None
    said = []
    with pytest.raises(ModelProcessDied, match="SIGKILL") as caught:
        async for piece in model.stream(ask("openai/endless")):
            said.append(piece.text)
            if len(said) == 3:
                os.kill(pid, signal.SIGKILL)
    assert caught.value.partial == "".join(said) and len(said) >= 3
    _, completion = await read(model, ask("openai/reply"))
    assert completion.text == "".join(WORDS)
    assert model.pid not in (None, pid)
