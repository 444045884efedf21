"""The participant at a line-oriented terminal: questions on stderr, answers from stdin. The screen-reader path."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import time
from collections.abc import Callable

from chatarena.arena import events as ev
from chatarena.arena.decision import Option, State
from chatarena.arena.moves import Ask
from chatarena.arena.session import Session
from chatarena.authoring.text import clean
from chatarena.cli.output import narrate
from chatarena.tui.answers import ratings_given

HANG_UP_SECONDS = 0.5
RATING_HELP = "0 (worst) to 100 (best), empty to leave it out"
BY_STATE = "s"
STATES_HELP = f", {BY_STATE!r} to say what it is worth in each state."
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
        narrate(f"How good would each option be for you? {RATING_HELP}{STATES_HELP if decision.states else '.'}")
        rows = [await self._rating(option, decision.states) for option in decision.options]
        return ratings_given(session, ask, tuple(zip(*rows, strict=True)), self._elapsed() - started)

    async def _rating(self, option: Option, states: tuple[State, ...]) -> tuple[float | None, ...]:
        """What an option is worth overall, then in each state."""
        overall = await self._number_or_word(f"  {option.label}: ", 100, BY_STATE if states else "")
        if not isinstance(overall, str):
            return (overall, *(None for _ in states))
        return (None, *[await self._number(f"    if {state.label}: ", 100) for state in states])

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
        number = await self._number_or_word(question, most, "")
        return None if isinstance(number, str) else number

    async def _number_or_word(self, question: str, most: float, word: str) -> float | str | None:
        """A number from 0 to `most`, None where nothing is said, or the word where there is one."""
        while True:
            text = ((await self._line(question)) or "").strip().rstrip("%")
            if not text:
                return None
            if word and text.lower() == word:
                return word
            with contextlib.suppress(ValueError):
                value = float(text)
                if 0 <= value <= most:
                    return value
            narrate(f"  a number from 0 to {most:g}, {f'{word!r}, ' if word else ''}or nothing")

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
            gone = terminal and not line and _hung_up()
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, line, gone)

        threading.Thread(target=read, daemon=True, name="stdin").start()
        return await answered


def _hung_up() -> bool:
    """Whether the terminal is gone; an end of input from a window that is just being closed comes a little before."""
    deadline = time.monotonic() + HANG_UP_SECONDS
    while sys.stdin.isatty():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


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
