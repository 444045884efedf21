"""The participant at a line-oriented terminal: questions on stderr, answers from stdin. The screen-reader path."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from collections.abc import Callable

from chatarena.arena import events as ev
from chatarena.arena.moves import Ask
from chatarena.arena.session import Session
from chatarena.authoring.text import clean
from chatarena.cli.output import narrate

RATING_HELP = "0 (worst) to 100 (best), empty to leave it out"
FLOOR_HELP = (
    "Say something to all, '@Label words' to one, 'rate' to rate the options, 'more' for one more round, "
    "'stop' to decide now, or press Enter to go on."
)


class LineParticipant:
    """Asks one question a line; an end of input declines everything but the choice, which it leaves open."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        self._elapsed = elapsed
        self.submit: Callable[[ev.Event], None] = _refuse

    async def answer(self, ask: Ask, session: Session) -> tuple[ev.Event, ...]:
        started = self._elapsed()
        match ask.what:
            case "ratings":
                return (await self._ratings(ask, session, started),)
            case "beliefs":
                return (await self._beliefs(ask, session, started),)
            case "floor":
                return await self._floor(ask, session, started)
            case "selection":
                label = await self._pick("Whose advice would you take?", session.labels, required=True)
                return (ev.AgentSelected(agent=label, seconds=self._elapsed() - started),)
            case "choice":
                return (await self._choice(session, started),)

    async def _ratings(self, ask: Ask, session: Session, started: float) -> ev.RatingsGiven:
        decision = session.head.decision
        narrate(f"How good would each option be for you? {RATING_HELP}.")
        rated = []
        for option in decision.options:
            for state in decision.states or (None,):
                where = f" if {state.label}" if state else ""
                value = await self._number(f"  {option.label}{where}: ", 100)
                rated.append(
                    ev.Rating(
                        option=option.id,
                        value=value,
                        absence="" if value is not None else "left out by the participant",
                        state=state.id if state else "",
                    )
                )
        return ev.RatingsGiven(
            phase=ask.phase, round=ask.round, ratings=tuple(rated), seconds=self._elapsed() - started
        )

    async def _beliefs(self, ask: Ask, session: Session, started: float) -> ev.BeliefsGiven:
        narrate("How likely do you think each of these is, in percent? Leave one empty to keep the figures given.")
        shares = [await self._number(f"  {state.label}: ", 100) for state in session.head.decision.states]
        known = [share for share in shares if share is not None]
        total = sum(known)
        given = tuple(share / total for share in known) if len(known) == len(shares) and total > 0 else ()
        return ev.BeliefsGiven(phase=ask.phase, round=ask.round, probabilities=given, seconds=self._elapsed() - started)

    async def _floor(self, ask: Ask, session: Session, started: float) -> tuple[ev.Event, ...]:
        narrate(f"The floor is yours. {FLOOR_HELP}")
        while True:
            text = await self._line("> ")
            word = (text or "").strip().lower()
            if not word:
                return (ev.FloorPassed(round=ask.round, seconds=self._elapsed() - started),)
            if word == "stop":
                return (ev.DebateStopped(by="participant"),)
            if word == "more":
                return (ev.RoundAdded(), ev.FloorPassed(round=ask.round, seconds=self._elapsed() - started))
            if word == "rate":
                self.submit(await self._ratings(ask, session, self._elapsed()))
                continue
            self._speak(text or "", session)

    def _speak(self, text: str, session: Session) -> None:
        to, words = addressed(clean(text), session.labels)
        if to is None:
            narrate(f"  there is no {text.split()[0]}; there are {', '.join(session.labels)}")
        elif words:
            self.submit(ev.ParticipantSpoke(text=words, round=session.round, to=to))

    async def _choice(self, session: Session, started: float) -> ev.ChoiceMade:
        options = session.head.decision.options
        label = await self._pick("What do you choose?", tuple(option.label for option in options), required=True)
        confidence = await self._number(f"How sure are you? {RATING_HELP}: ", 100)
        option = next(option.id for option in options if option.label == label)
        return ev.ChoiceMade(option=option, confidence=confidence, seconds=self._elapsed() - started)

    async def _pick(self, question: str, names: tuple[str, ...], *, required: bool) -> str:
        narrate(question)
        for index, name in enumerate(names, start=1):
            narrate(f"  {index}. {name}")
        while True:
            text = await self._line("Number: ")
            if text is None and required:
                raise KeyboardInterrupt
            with contextlib.suppress(ValueError):
                index = int((text or "").strip())
                if 1 <= index <= len(names):
                    return names[index - 1]
            narrate(f"  a number from 1 to {len(names)}, please")

    async def _number(self, question: str, most: float) -> float | None:
        while True:
            text = ((await self._line(question)) or "").strip().rstrip("%")
            if not text:
                return None
            with contextlib.suppress(ValueError):
                value = float(text)
                if 0 <= value <= most:
                    return value
            narrate(f"  a number from 0 to {most:g}, or nothing")

    async def _line(self, question: str) -> str | None:
        """One line of input; None at its end. A terminal that was closed has given no answer: the session is left."""
        print(question, end="", file=sys.stderr, flush=True)
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[str | None] = loop.create_future()
        terminal = sys.stdin.isatty()

        def settle(line: str, gone: bool) -> None:
            if answered.done():
                return
            if gone:
                answered.cancel()
            else:
                answered.set_result(line or None)

        # A daemon thread: a read that nobody waits for any more must not keep the program alive.
        def read() -> None:
            line = ""
            with contextlib.suppress(OSError):
                line = sys.stdin.readline()
            gone = terminal and not line and not sys.stdin.isatty()
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, line, gone)

        threading.Thread(target=read, daemon=True, name="stdin").start()
        return await answered


def addressed(text: str, labels: tuple[str, ...]) -> tuple[str | None, str]:
    """To whom a line is addressed ("" for all, None for somebody who is not there) and its words."""
    if not text.startswith("@"):
        return "", text.strip()
    for label in sorted(labels, key=len, reverse=True):
        head = f"@{label}"
        if text.casefold().startswith(head.casefold()) and not text[len(head) : len(head) + 1].isalnum():
            return label, text[len(head) :].lstrip(" ,:").strip()
    return None, text


def _refuse(event: ev.Event) -> None:
    """Stands in for a moderator's `submit` until there is one."""
    raise ValueError(f"no moderator to record {event!r}")
