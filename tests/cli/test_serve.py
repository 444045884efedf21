"""The arena in a browser: who may come in, what the page is made of, and that no process outlives the server."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import ClientSession, CookieJar, WSMsgType, WSServerHandshakeError
from aiohttp.test_utils import TestClient, TestServer

from chatarena.cli.browser import HEADERS, PAGE, Browser, _within, serve
from chatarena.cli.gate import Gate, is_loopback, token_for
from chatarena.cli.home import Paths
from chatarena.errors import UsageError
from tests.cli.conftest import Chatarena
from tests.support.terminal import outlived

TOKEN = "a-token-nobody-guesses"
IDLE = (sys.executable, "-c", "import sys; sys.stdin.read()")
PATIENCE = 30.0


@pytest_asyncio.fixture
async def guarded() -> AsyncIterator[TestClient]:
    async with TestClient(
        TestServer(await Browser(IDLE, Gate(token=TOKEN)).app()), cookie_jar=CookieJar(unsafe=True)
    ) as client:
        yield client


@pytest_asyncio.fixture
async def unguarded() -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(await Browser(IDLE, Gate()).app())) as client:
        yield client


# -- who is let in -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "given", "asked"),
    [
        ("127.0.0.1", None, False),
        ("localhost", None, False),
        ("::1", None, False),
        ("127.0.0.1", "", True),
        ("0.0.0.0", None, True),
        ("192.0.2.7", None, True),
        ("::", "", True),
        ("an.example", TOKEN, True),
    ],
)
def test_a_token_is_asked_for_wherever_others_could_come(host: str, given: str | None, asked: bool) -> None:
    token = token_for(host, given)
    assert bool(token) is asked
    assert not given or token == given
    assert not token or token == given or len(token) >= 40


def test_a_token_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(UsageError, match="can be guessed"):
        token_for("0.0.0.0", "short")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "an.example", ""])
def test_what_others_can_reach_is_not_loopback(host: str) -> None:
    assert not is_loopback(host)


def test_the_gate_does_not_show_what_it_knows() -> None:
    assert TOKEN not in repr(Gate(token=TOKEN))
    assert Gate(token=TOKEN, passport="pass").passport not in repr(Gate(token=TOKEN, passport="pass"))


@pytest.mark.parametrize("path", ["/", "/ws", "/download/x", "/static/js/textual.js", "/page/index.html", "/nowhere"])
async def test_nothing_is_had_without_the_token(guarded: TestClient, path: str) -> None:
    for cookies in ({}, {f"chatarena-{guarded.port}": "made up"}):
        async with ClientSession(cookies=cookies, cookie_jar=CookieJar(unsafe=True)) as client:
            answer = await client.get(guarded.make_url(path))
            assert answer.status == 401
            assert "textual" not in (await answer.text()).casefold()


async def test_no_socket_is_opened_without_the_token(guarded: TestClient) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await guarded.ws_connect("/ws")
    assert refused.value.status == 401


@pytest.mark.parametrize("given", ["", "wrong", TOKEN[:-1], TOKEN + "x", "ä" * 20])
async def test_another_token_is_refused_in_the_address_and_on_the_page(guarded: TestClient, given: str) -> None:
    for answer in (
        await guarded.get("/", params={"token": given}),
        await guarded.post("/enter", data={"token": given}),
    ):
        assert answer.status == 401
        assert not answer.cookies
        assert "not the token" in await answer.text()


async def test_the_token_lets_in_and_does_not_stay_in_the_address(guarded: TestClient) -> None:
    answer = await guarded.get("/", params={"token": TOKEN}, allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    (cookie,) = answer.cookies.values()
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert TOKEN not in cookie.value
    assert (await guarded.get("/")).status == 200
    assert (await guarded.get("/static/js/textual.js")).status == 200


async def test_the_token_can_be_typed(guarded: TestClient) -> None:
    answer = await guarded.post("/enter", data={"token": f" {TOKEN} "})
    assert (answer.status, str(answer.url.path)) == (200, "/")


async def test_the_token_is_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    opened: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve(IDLE, Gate(token=TOKEN), "127.0.0.1", 0, opened.set_result))
    address = f"http://127.0.0.1:{await opened}/"
    async with ClientSession() as client:
        assert (await client.get(address, params={"token": TOKEN}, allow_redirects=False)).status == 303
        assert (await client.get(address, params={"token": f"{TOKEN}?"})).status == 401
        with pytest.raises(WSServerHandshakeError):
            await client.ws_connect(f"{address}ws?token={TOKEN}")
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving
    assert TOKEN not in caplog.text


@pytest.mark.parametrize("host", ["an.example", "an.example:8000", "127.0.0.1.an.example", "[::2]:8000", ""])
async def test_without_a_token_only_our_own_names_are_answered_to(unguarded: TestClient, host: str) -> None:
    answer = await unguarded.get("/", headers={"Host": host})
    assert answer.status in (400, 403)


@pytest.mark.parametrize("origin", ["http://an.example", "null", "http://127.0.0.1:1", "https://localhost"])
async def test_another_sites_page_may_not_open_the_socket(unguarded: TestClient, origin: str) -> None:
    with pytest.raises(WSServerHandshakeError) as refused:
        await unguarded.ws_connect("/ws", headers={"Origin": origin})
    assert refused.value.status == 403


# -- what the page is made of ------------------------------------------------------------------------------------------


async def test_everything_comes_from_this_server(unguarded: TestClient) -> None:
    answer = await unguarded.get("/")
    page = await answer.text()
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert address.startswith("/") or address == "data:,"
        if address.startswith("/"):
            assert (await unguarded.get(address)).status == 200
    assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS


@pytest.mark.parametrize("file", sorted(PAGE.iterdir()), ids=lambda file: file.name)
def test_the_files_of_the_page_name_no_other_place(file: Path) -> None:
    assert not re.search(r"https?://|//[a-z]+\.", file.read_text(encoding="utf-8").replace("${scheme}//$", ""))


async def test_no_folder_is_listed(unguarded: TestClient) -> None:
    assert (await unguarded.get("/static/")).status in (403, 404)
    assert (await unguarded.get("/page/../gate.py")).status == 404
    assert (await unguarded.get("/page/%2e%2e/gate.py")).status == 404


@pytest.mark.parametrize(("cells", "drawn"), [(80, 80), (0, 1), (-5, 1), (10**9, 600), ("x", 80), (None, 80)])
def test_a_window_has_a_size_that_can_be_drawn(cells: object, drawn: int) -> None:
    assert _within("width", cells) == drawn


# -- processes ---------------------------------------------------------------------------------------------------------


async def test_a_process_that_does_not_end_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chatarena.cli.browser.LEAVE_SECONDS", 0.2)
    monkeypatch.setattr("chatarena.cli.browser.KILL_SECONDS", 0.2)
    stubborn = (
        "import signal, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); "
        "print('__GANGLION__', flush=True); time.sleep(600)"
    )
    browser = Browser((sys.executable, "-c", stubborn), Gate())
    async with TestClient(TestServer(await browser.app())) as client:
        socket = await client.ws_connect("/ws?width=80&height=24")
        while not (tabs := list(browser._tabs)) or tabs[0]._process is None:
            await asyncio.sleep(0)
        pid = tabs[0]._process.pid
        await socket.close()
        assert not await asyncio.to_thread(outlived, pid)


@pytest.mark.parametrize(
    "said", ["nonsense", "{}", "[]", '["resize"]', '["resize", {"width": "x"}]', "7", '["stdin", 3]']
)
async def test_what_is_no_message_of_the_page_ends_the_tab_alone(unguarded: TestClient, said: str) -> None:
    socket = await unguarded.ws_connect("/ws")
    await socket.send_str(said)
    await socket.send_str("also nonsense")
    async with asyncio.timeout(PATIENCE):
        while (await socket.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED):
            pass
    assert (await unguarded.get("/")).status == 200


def started(home: Paths, *words: str) -> tuple[subprocess.Popen[str], str]:
    """The server as a program, and what it said of where it is."""
    process = subprocess.Popen(
        [sys.executable, "-m", "chatarena", "serve", "--port", "0", *words],
        env=dict(os.environ),
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    line = process.stderr.readline()
    found = re.search(r"http://\S+", line)
    assert found, line + process.stderr.read()
    return process, found[0]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
async def test_a_tab_draws_the_start_page_and_ends_with_the_server(home: Paths, how: signal.Signals) -> None:
    process, address = started(home)
    try:
        async with ClientSession() as client, client.ws_connect(f"{address}ws?width=90&height=30") as socket:
            drawn = b""
            async with asyncio.timeout(PATIENCE):
                while b"New decision" not in drawn:
                    drawn += await socket.receive_bytes()
            tabs = [int(word) for word in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
            process.send_signal(how)
            code = await asyncio.to_thread(process.wait, PATIENCE)
        assert code == 0
        assert len(tabs) == 1 and not outlived(tabs[0])
        assert process.stdout is not None and process.stdout.read() == ""
    finally:
        process.kill()
        process.communicate()


async def test_a_tab_ends_where_the_server_was_killed(home: Paths) -> None:
    process, address = started(home)
    try:
        async with ClientSession() as client, client.ws_connect(f"{address}ws") as socket:
            async with asyncio.timeout(PATIENCE):
                await socket.receive_bytes()
            (tab,) = map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split())
            process.kill()
        assert not outlived(tab)
    finally:
        process.kill()
        process.communicate()


# -- the command -------------------------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_said(chatarena: Chatarena) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = chatarena("serve", "--port", str(taken.getsockname()[1]))
    assert done.code == 2
    assert "is taken" in done.err and "--port 0" in done.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--port", "70000"), "there is no port 70000"),
        (("--host", "203.0.113.7", "--port", "0"), "cannot be listened on"),
        (("--token", "short"), "can be guessed"),
    ],
)
def test_what_cannot_be_served_is_said(chatarena: Chatarena, words: tuple[str, ...], said: str) -> None:
    done = chatarena("serve", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_a_given_token_is_not_repeated_and_a_made_one_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    from chatarena.cli.serve import announce

    announce("0.0.0.0", TOKEN, 8000, given=True)
    assert TOKEN not in capsys.readouterr().err
    announce("0.0.0.0", TOKEN, 8000, given=False)
    said = capsys.readouterr().err
    assert said.count(TOKEN) == 1 and "unencrypted" in said
