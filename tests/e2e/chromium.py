"""A real browser for the tests: which one, with which flags, and what is seen through it.

`CHROMIUM` names another one than Debian's. Nothing is ever downloaded: without it, or without Playwright, the tests are
skipped and say so.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.async_api import Page, WebSocket

ROOT = Path(__file__).parents[2]
PATIENCE = 30.0  # seconds until a test that waits for something gives up
# In a container there is no user name space to shut the browser in, little shared memory and no graphics card.
FLAGS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--force-color-profile=srgb")
_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[PX^_][^\x1b]*\x1b\\|.)", re.DOTALL)


def chromium() -> str:
    """The browser's program; skips the test where there is none."""
    pytest.importorskip("playwright", reason="Playwright is not installed: make e2e")
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or ""
    if not Path(found).is_file():
        pytest.skip(f"there is no browser at {found or '/usr/bin/chromium'}: install chromium, or name one in CHROMIUM")
    return found


class Tab:
    """One tab of the browser, with what the arena has drawn in it as text."""

    def __init__(self, page: Page, pictures: Path) -> None:
        self.page, self.pictures = page, pictures
        self.asked: list[str] = []
        self.errors: list[str] = []
        self._drawn = ""
        self._more = asyncio.Event()
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("websocket", self._listen)

    def _listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._take)

    def _take(self, data: bytes | str) -> None:
        if isinstance(data, bytes):
            self._drawn += data.decode("utf-8", "replace")
            self._more.set()

    async def until(self, words: str) -> None:
        """Wait until these words have been drawn since the last call, blanks aside."""
        wanted = "".join(words.split())
        try:
            async with asyncio.timeout(PATIENCE):
                while wanted not in "".join(_SEQUENCE.sub("", self._drawn).split()):
                    self._more.clear()
                    await self._more.wait()
        except TimeoutError:
            await self.picture("given-up")
            drawn = _SEQUENCE.sub(" ", self._drawn)[-1500:]
            raise AssertionError(f"{words!r} was never drawn; see {self.pictures}; there was: {drawn}") from None
        self._drawn = ""

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.page.keyboard.press(key)

    async def picture(self, name: str) -> None:
        """A picture of the page, once it has been painted."""
        await self.page.evaluate(
            "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        await self.page.screenshot(path=self.pictures / f"{name}.png")


@asynccontextmanager
async def browsing(pictures: Path, *, width: int = 1280, height: int = 800) -> AsyncIterator[Tab]:
    """A tab in a browser of its own."""
    from playwright.async_api import async_playwright

    program = chromium()
    pictures.mkdir(parents=True, exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            context = await browser.new_context(viewport={"width": width, "height": height})
            await context.grant_permissions(["clipboard-read", "clipboard-write"])
            yield Tab(await context.new_page(), pictures)
        finally:
            await browser.close()


class Served:
    """The server as a program, on a free port."""

    def __init__(self, home: Path, *words: str, environ: Mapping[str, str] | None = None) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.served", "--port", "0", *words],
            cwd=ROOT,
            env={**os.environ, "CHATARENA_HOME": str(home), **(environ or {})},
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        line = self.process.stderr.readline()
        found = re.search(r"http://\S+", line)
        if found is None:
            raise AssertionError(line + self.process.stderr.read())
        self.address = found[0]

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def tabs(self) -> list[int]:
        """The processes of the open tabs."""
        folder = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(word) for word in folder.read_text().split()]

    def end(self) -> int:
        """Ctrl-C; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        try:
            return self.process.wait(PATIENCE)
        finally:
            self.process.kill()
            assert self.process.stderr is not None
            self.process.stderr.close()
