"""One loopback server and one model process for the whole room: importing LiteLLM costs seconds."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import pytest_asyncio

from chatarena.language_model.process import ModelProcess
from chatarena.language_model.wire import Endpoint
from tests.support.loopback_server import LoopbackServer

KEY_VARIABLE, KEY = "CHATARENA_LOOPBACK_KEY", "correct-horse-battery-staple"
FOREIGN_KEY = "this-key-belongs-to-somebody-else"


@pytest.fixture(scope="session")
def shared_server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as server:
        yield server


@pytest.fixture
def server(shared_server: LoopbackServer) -> Iterator[LoopbackServer]:
    """The loopback server with nothing queued and nothing counted; no test may leave a reply open."""
    shared_server.reset()
    yield shared_server
    assert shared_server.until(lambda s: s.open == 0), "a reply is still being written"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def model(shared_server: LoopbackServer) -> AsyncIterator[ModelProcess]:
    """A real model process: `openai/...` names reach the loopback server with a key, `openai/bare/...` without."""
    base = shared_server.base_url
    process = ModelProcess(
        {
            "openai/": Endpoint(api_base=base, api_key_env=KEY_VARIABLE),
            "openai/bare": Endpoint(api_base=base),
            "openai/keyless": Endpoint(api_base=base, api_key_env="CHATARENA_NO_SUCH_KEY"),
            "openai/priced": Endpoint(api_base=base, input_price=2.0, output_price=8.0),
            "lm_studio/": Endpoint(api_base="http://127.0.0.1:9/v1"),
        },
        environ={"PATH": os.defpath, KEY_VARIABLE: KEY, "OPENAI_API_KEY": FOREIGN_KEY},
    )
    await process.start()
    yield process
    await process.aclose()


async def eventually(server: LoopbackServer, condition: Callable[[LoopbackServer], bool]) -> None:
    """Waits, without holding up this loop, until the server has seen it."""
    assert await asyncio.to_thread(server.until, condition), "the server never got there"
