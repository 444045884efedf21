"""What a session will take: tokens, money and minutes, and how each was arrived at. Law: unknown is never 0."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """An estimate before the start.

    `tokens` and `dollars` are what is taken if everything runs to its limit; dollars are None where the price of one
    of `unpriced` is unknown. `seconds` of speaking, None where nothing tells how fast the models are; `pace` says what
    does. `free` where the models run on this machine. `over` is a sentence for each limit that would end the session
    early.
    """

    calls: int
    tokens: int
    dollars: float | None
    unpriced: tuple[str, ...] = ()
    seconds: float | None = None
    pace: str = ""
    free: bool = False
    over: tuple[str, ...] = ()


def brief(outlook: Outlook) -> str:
    """The estimate in one line."""
    return f"At most {outlook.tokens:,} tokens · {money(outlook)} · {minutes(outlook.seconds)}"


def variants(outlook: Outlook) -> tuple[str, ...]:
    """The same, shorter and shorter."""
    thousands = (
        f"≤ {math.ceil(outlook.tokens / 1000)}k tokens" if outlook.tokens >= 10_000 else f"≤ {outlook.tokens} tokens"
    )
    short = f"{thousands} · {money(outlook)} · {minutes(outlook.seconds)}"
    return (brief(outlook), short, f"{thousands} · {money(outlook)}", thousands)


def money(outlook: Outlook) -> str:
    """US dollars at most; an unknown price is said to be unknown."""
    if outlook.free:
        return "free"
    if outlook.dollars is None:
        return "price unknown"
    return "free" if outlook.dollars == 0 else f"at most ${_digits(outlook.dollars)}"


def _digits(dollars: float) -> str:
    """Rounded up, as becomes the most that something costs."""
    if dollars >= 0.1:
        return f"{math.ceil(dollars * 100 - 1e-6) / 100:.2f}"
    return f"{math.ceil(dollars * 10_000 - 1e-6) / 10_000:.4f}".rstrip("0")


def minutes(seconds: float | None) -> str:
    """Time of speaking, roughly."""
    if seconds is None:
        return "minutes unknown"
    if seconds < 50:
        return f"about {max(5, 5 * round(seconds / 5))} s"
    return f"about {max(1, round(seconds / 60))} min"


def how(outlook: Outlook) -> tuple[str, ...]:
    """How the estimate was arrived at, in sentences."""
    lines = [
        f"Tokens: {outlook.calls} calls (turns, claims, private appraisals), each after the longest talk that agents"
        " can have had and with the longest reply its agent may give. What you write, rounds that you add and repairs"
        " of unreadable replies come on top.",
    ]
    if outlook.unpriced and not outlook.free:
        lines.append(
            f"Money: no price is known of {', '.join(outlook.unpriced)}, so a budget in dollars cannot be kept."
        )
    else:
        lines.append("Money: these tokens at the prices known of the models. On this machine nothing is charged.")
    lines.append(f"Minutes: {outlook.pace or 'nothing tells yet how fast these models are here'}. Yours come on top.")
    return tuple(lines)


def fitting(outlook: Outlook, cells: int, width: Callable[[str], int]) -> str:
    """The fullest form of the estimate that fits; the shortest where none does."""
    lines = variants(outlook)
    return next((line for line in lines if width(line) <= cells), lines[-1])
