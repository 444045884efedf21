"""A program that writes sessions until it is killed, saying on stdout what it was told is recorded."""

from __future__ import annotations

import asyncio
import sys

from chatarena.session_log.store import SessionLog
from chatarena.session_log.writer import LogWriter
from tests.session_log.samples import entries, opened, spoken


async def write(writer: LogWriter, session: str, count: int) -> None:
    """Record a session turn by turn, acknowledging each entry once it is recorded."""
    for seq in range(count):
        event = spoken(f"turn {seq} of {session}") if seq else opened()
        await writer.record(entries(session, (event,), start=seq))
        print(session, seq, flush=True)


async def main(path: str, count: int, sessions: list[str]) -> None:
    """Write the sessions at the same time, `count` entries each."""
    with SessionLog(path) as log:
        async with LogWriter(log) as writer:
            await asyncio.gather(*(write(writer, session, count) for session in sessions))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3:]))
