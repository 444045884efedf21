"""The server of `chatarena serve`: one page, one socket and one process for each tab.

Laws: nothing but what comes from this server is ever loaded by the page; no request passes the gate unasked; when the
server ends no process of a tab is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import logging
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from aiohttp import web
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

from chatarena.cli.gate import Gate

PAGE = Path(str(files("chatarena.cli") / "page"))
LEAVE_SECONDS, KILL_SECONDS = 15.0, 5.0
MOST_CELLS = {"width": 600, "height": 300}
GATE = web.AppKey("gate", Gate)
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        " font-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    # Not `no-referrer`: with it a form says that it comes from nowhere, and the gate would not know it for ours.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Tab(AppService):
    """The process of one tab, in a session of its own: Ctrl-C at the server does not reach it, the server ends it."""

    def __init__(self, words: Sequence[str], **ways: Any) -> None:
        super().__init__(words[0], **ways)
        self._words = tuple(words)

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(
            *self._words,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            env=self._build_environment(width=_within("width", width), height=_within("height", height)),
            start_new_session=True,
        )
        self._stdin = self._process.stdin
        return self._process

    async def set_terminal_size(self, width: int, height: int) -> None:
        """Tell the process; a size that no window has is brought to one that can be drawn."""
        await super().set_terminal_size(_within("width", width), _within("height", height))

    async def run(self) -> None:
        """Carry what the process draws until it ends; a process that never came so far closes its tab as well."""
        await super().run()
        await self.remote_close()

    async def stop(self) -> None:
        """End the process as its own keys would, so that it logs what it was doing; where it does not end, kill it."""
        process, self._process = self._process, None
        if process is None:
            return
        await self._download_manager.cancel_app_downloads(app_service_id=self.app_service_id)
        await self.send_meta({"type": "quit"})
        self.stdin.close()
        if not await _ended(process, LEAVE_SECONDS):
            process.terminate()
            if not await _ended(process, KILL_SECONDS):
                process.kill()
        await process.wait()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def _within(which: str, cells: object) -> int:
    return max(1, min(MOST_CELLS[which], cells if isinstance(cells, int) else 80))


async def _ended(process: Process, seconds: float) -> bool:
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(process.wait(), seconds)
    return process.returncode is not None


class Browser(Server):
    """Serves the arena. `words` is the command that a tab runs."""

    def __init__(self, words: Sequence[str], gate: Gate) -> None:
        super().__init__(" ".join(words), title="ChatArena")
        self._words, self._gate = tuple(words), gate
        self._tabs: set[Tab] = set()
        self._ends: set[asyncio.Task[None]] = set()

    async def app(self) -> web.Application:
        """The application: page, socket, downloads and what the page is made of, all behind the gate."""
        app = web.Application(middlewares=[guard])
        app[GATE] = self._gate
        app.add_routes(
            [
                web.get("/", self.index),
                web.post("/enter", enter),
                web.get("/ws", self.handle_websocket),
                web.get("/download/{key}", self.handle_download),
                web.static("/static", self.statics_path),
                web.static("/page", PAGE),
            ]
        )
        app.on_response_prepare.append(_add_headers)
        return app

    async def index(self, _: web.Request) -> web.StreamResponse:
        """The page with the terminal in it."""
        return _page((PAGE / "index.html").read_text(encoding="utf-8"))

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """Start a process for this tab and carry what it draws and what is typed, until one of the two is closed."""
        socket = web.WebSocketResponse(heartbeat=15)
        await socket.prepare(request)
        tab = Tab(
            self._words,
            write_bytes=_unless_closed(socket.send_bytes),
            write_str=_unless_closed(socket.send_str),
            close=socket.close,
            download_manager=self.download_manager,
        )
        self._tabs.add(tab)
        try:
            await tab.start(to_int(request.query.get("width", "80"), 80), to_int(request.query.get("height", "24"), 24))
            # What is no message of our own page ends the tab.
            with contextlib.suppress(ValueError, TypeError, KeyError, IndexError, AssertionError, AttributeError):
                await self._process_messages(socket, tab)
        finally:
            self._tabs.discard(tab)
            # A task of its own: this one is called off where the connection is lost.
            end = asyncio.create_task(tab.stop())
            self._ends.add(end)
            end.add_done_callback(self._ends.discard)
            await asyncio.shield(end)
            await socket.close()
        return socket

    async def close(self) -> None:
        """End every tab's process."""
        await asyncio.gather(*(tab.stop() for tab in tuple(self._tabs)), *self._ends)


def _unless_closed(send: Callable[[Any], Awaitable[None]]) -> Callable[[Any], Awaitable[None]]:
    """What a process still draws while its tab is being closed is read and forgotten, else it would wait forever."""

    async def sent(payload: Any) -> None:
        with contextlib.suppress(ConnectionError, RuntimeError):
            await send(payload)

    return sent


# -- the gate ----------------------------------------------------------------------------------------------------------


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nobody pass who is not from here, or has not shown the token where there is one."""
    gate = request.app[GATE]
    if not gate.answers_to(request.host):
        raise web.HTTPForbidden(text="This server answers to localhost only.")
    if not gate.own(request.headers.get("Origin", ""), request.host):
        raise web.HTTPForbidden(text="Another site's page may not talk to this server.")
    if request.path == "/" and "token" in request.query:
        return _admitted(request, request.query["token"])
    open_to_all = request.path in ("/enter", "/page/page.css")
    if not open_to_all and not gate.admits(request.cookies.get(_cookie(request), "")):
        return _ask("This arena asks for a token.")
    return await handler(request)


async def enter(request: web.Request) -> web.StreamResponse:
    """The token typed on the page that asks for it."""
    return _admitted(request, str((await request.post()).get("token", "")))


def _admitted(request: web.Request, token: str) -> web.StreamResponse:
    """To the arena, with a pass and without the token in the address; or once more the question."""
    gate = request.app[GATE]
    if gate.token and not gate.knows(token.strip()):
        return _ask("That is not the token.")
    response = web.Response(status=303, headers={"Location": "/"})
    if gate.token:
        response.set_cookie(
            _cookie(request), gate.passport, httponly=True, samesite="Lax", secure=request.secure, path="/"
        )
    return response


def _cookie(request: web.Request) -> str:
    # Cookies do not tell ports of one machine apart.
    return f"chatarena-{request.url.port}"


def _ask(said: str) -> web.Response:
    text = (PAGE / "token.html").read_text(encoding="utf-8").replace("{said}", html.escape(said))
    return _page(text, status=401)


def _page(text: str, *, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", charset="utf-8", status=status)


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)


# -- running -----------------------------------------------------------------------------------------------------------


async def serve(words: Sequence[str], gate: Gate, host: str, port: int, opened: Callable[[int], None]) -> None:
    """Serve until called off; then close every tab and wait until its process has ended.

    Args:
        words: the command of a tab's process.
        port: 0 takes a free one.
        opened: told the port once the server can be reached.

    Raises:
        OSError: the address cannot be listened on.
    """
    logging.getLogger("textual-serve").addHandler(logging.NullHandler())
    browser = Browser(words, gate)
    # No access log: it would hold the token of the first address.
    runner = web.AppRunner(await browser.app(), access_log=None, handle_signals=False, shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        opened(int(runner.addresses[0][1]))
        await asyncio.Event().wait()
    finally:
        await browser.close()
        await runner.cleanup()


def tab_words(*words: str) -> tuple[str, ...]:
    """The command that runs one tab's arena."""
    return (sys.executable, "-m", "chatarena.cli.tab", *words)
