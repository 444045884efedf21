"""The parent's side alone: what it does when the other end dies, babbles or falls silent."""

from __future__ import annotations

import asyncio
import os
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from chatarena.errors import ModelProcessDied, SettingsError
from chatarena.language_model.port import Fragment
from chatarena.language_model.process import COMMAND, ModelProcess
from chatarena.language_model.streams import opened
from tests.language_model.asking import ask, read

FAKE = (sys.executable, "-S", "-E", str(Path(__file__).with_name("fake_child.py")))


@pytest_asyncio.fixture
async def fake() -> AsyncIterator[ModelProcess]:
    process = ModelProcess(command=FAKE, patience=0.1)
    yield process
    await process.aclose()


async def ended(pid: int) -> None:
    """Waits for the end of a process, whoever its parent is."""

    def wait() -> bool:
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            return True
        try:
            return bool(select.select([handle], [], [], 20)[0])
        finally:
            os.close(handle)

    assert await asyncio.to_thread(wait), f"process {pid} is still alive"


@pytest.mark.parametrize("name", ["fake/echo", "fake/crumbs"])
async def test_lines_are_put_together_however_they_arrive(fake: ModelProcess, name: str) -> None:
    fragments, completion = await read(fake, ask(name))
    assert (fragments, completion.text, completion.completion_tokens) == (["hel", "lo"], "hello", 2)


async def test_a_line_of_three_megabytes(fake: ModelProcess) -> None:
    _, completion = await read(fake, ask("fake/long"))
    assert len(completion.text) == 3_000_003


@pytest.mark.parametrize(
    ("name", "how"),
    [
        pytest.param("fake/exit", "exit code 3", id="exits"),
        pytest.param("fake/crash", "SIGKILL", id="is killed"),
        pytest.param("fake/babble", "SIGKILL", id="writes what is not the protocol"),
    ],
)
async def test_its_death_fails_the_calls_under_way_and_nothing_else(fake: ModelProcess, name: str, how: str) -> None:
    bystander = asyncio.create_task(read(fake, ask("fake/silent")))
    await asyncio.sleep(0)
    with pytest.raises(ModelProcessDied, match=how) as caught:
        await read(fake, ask(name))
    assert caught.value.partial == "hel" and caught.value.remedy and caught.value.retryable
    with pytest.raises(ModelProcessDied):
        await bystander
    assert fake.pid is None
    _, completion = await read(fake, ask("fake/echo"))
    assert completion.text == "hello"


async def test_restarts_are_bounded_and_counted_in_a_row() -> None:
    fake = ModelProcess(command=FAKE, restarts=2)
    pids: list[int | None] = []
    for name in ("exit", "exit", "echo", "exit", "exit", "exit", "echo", "echo"):
        try:
            await fake.start()
        except ModelProcessDied as error:
            assert "3 times in a row" in error.message
            pids.append(None)
            continue
        pids.append(fake.pid)
        if name == "echo":
            await read(fake, ask("fake/echo"))
        else:
            with pytest.raises(ModelProcessDied):
                await read(fake, ask("fake/exit"))
    assert pids[-2:] == [None, None] and None not in pids[:-2]
    assert pids[2] == pids[3] and len(set(pids[:-2])) == 5, "one process serves until it dies"
    await fake.aclose()


async def test_leaving_a_call_does_not_wait_for_a_stuck_child_which_is_then_replaced(fake: ModelProcess) -> None:
    await fake.start()
    stuck = fake.pid
    assert stuck is not None
    task = asyncio.create_task(read(fake, ask("fake/sulk")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task  # returns although the child never confirms
    await ended(stuck)
    while fake.pid == stuck:  # the reader notices the end a moment after the system does
        await asyncio.sleep(0)
    _, completion = await read(fake, ask("fake/echo"))
    assert completion.text == "hello"


async def test_a_confirmed_cancellation_leaves_the_child_alone(fake: ModelProcess) -> None:
    async with opened(fake, ask("fake/echo")) as stream:
        assert await anext(stream) == Fragment(text="hel")
        pid = fake.pid
    for _ in range(3):
        await read(fake, ask("fake/echo"))
    assert fake.pid == pid


async def test_closing_ends_even_a_child_that_will_not_leave(fake: ModelProcess) -> None:
    await fake.start()
    pid = fake.pid
    assert pid is not None
    task = asyncio.create_task(read(fake, ask("fake/sulk")))
    await asyncio.sleep(0)
    await fake.aclose()
    with pytest.raises(ModelProcessDied):
        await task
    await ended(pid)
    await fake.aclose()
    with pytest.raises(ModelProcessDied, match="closed"):
        await read(fake, ask("fake/echo"))


async def test_a_log_that_cannot_be_written_is_said_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="log"):
        await ModelProcess(command=FAKE, log_file=tmp_path / "file" / "child.log").start()


async def test_the_log_is_private_and_keeps_the_last_words_of_the_dead(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "child.log"
    for _ in range(2):
        fake = ModelProcess(command=FAKE, log_file=log)
        for _ in range(2):
            with pytest.raises(ModelProcessDied, match=r"see .*child\.log"):
                await read(fake, ask("fake/exit"))
        await read(fake, ask("fake/echo"))
        await fake.aclose()
        assert log.read_text() == "last words\n" * 2, "of this run and no other"
    assert log.stat().st_mode & 0o777 == 0o600
    assert log.parent.stat().st_mode & 0o777 == 0o700


async def test_a_process_that_cannot_be_started_is_a_model_error(tmp_path: Path) -> None:
    with pytest.raises(ModelProcessDied, match="cannot be started"):
        await read(ModelProcess(command=[str(tmp_path / "no-such-program")]), ask("fake/echo"))


def test_a_stray_file_in_the_current_directory_is_not_taken_for_a_library(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')")
    child = subprocess.run(COMMAND, input=b"", capture_output=True, timeout=60, cwd=tmp_path)
    assert (child.returncode, child.stderr) == (0, b"")


ORPHAN = """
import asyncio, sys
from chatarena.language_model.process import COMMAND, ModelProcess
async def main():
    process = ModelProcess()
    await process.start()
    print(process.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


async def test_the_child_does_not_outlive_a_killed_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent.stdout as out:
        child = int(out.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    await ended(child)


HEAVY = ("litellm", "openai", "httpx", "aiohttp", "pydantic", "numpy", "xllamacpp", "textual", "sqlite_utils")


def test_the_program_never_imports_litellm() -> None:
    names = [f"chatarena.language_model.{name}" for name in ("open", "detect", "pricing", "child", "litellm_call")]
    code = f"import sys, {', '.join(names)}; print(*[name for name in {HEAVY!r} if name in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert out.stdout.split() == []


def test_a_program_that_holds_a_conversation_has_not_imported_litellm_either() -> None:
    code = f"""
import asyncio, sys
from tests.language_model.asking import ask, read
from chatarena.language_model.process import COMMAND, ModelProcess
async def main():
    process = ModelProcess(command={FAKE!r})
    await read(process, ask("fake/echo"))
    await process.aclose()
    print(*[name for name in {HEAVY!r} if name in sys.modules])
asyncio.run(main())
"""
    root = Path(__file__).parents[2]
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60, cwd=root)
    assert out.stdout.split() == []
