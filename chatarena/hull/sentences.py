"""A counterexample in words: what every agent does with some instances, and the person does not.

Numbers are rounded towards what is certain: "at least" down, "at most" up.
"""

from __future__ import annotations

import math

from chatarena.hull.certificate import Outside
from chatarena.hull.sup import Charge

DIGITS = 3
PERSON = "the person"
NAMED = 4


def in_words(result: Outside, *, person: str = PERSON, digits: int = DIGITS) -> tuple[str, ...]:
    """Sentences that say how the direction separates the person from all agents.

    Args:
        result: a certificate of being outside; its instances' labels are used as they are.
        person: what to call her.
        digits: decimals of the numbers.
    """
    up = [charge for charge in result.direction if charge.mass > 0]
    down = [charge for charge in result.direction if charge.mass < 0]
    who = person[:1].upper() + person[1:]
    agents = min(result.agent_values) if result.kind != "cone" else max(0.0, min(result.agent_values))
    if result.offset == "none" and len(result.direction) == 1:
        return _single(result.direction[0], agents, (who, result.person_value), digits)
    if result.offset != "none":
        # Both sides have mass one half: twice the value is a difference of two means.
        return _against(_mix(up), _mix(down), 2.0 * agents, (who, 2.0 * result.person_value), digits)
    return _sums(up, down, agents, (who, result.person_value), digits)


def _single(charge: Charge, agents: float, person: tuple[str, float], digits: int) -> tuple[str, ...]:
    who, value = person
    if charge.mass > 0:
        return (
            f"Every agent rates {charge.instance} at {_down(agents, digits)} or more.",
            f"{who} rates it at {_near(value, digits)}.",
        )
    return (
        f"No agent rates {charge.instance} above {_up(-agents, digits)}.",
        f"{who} rates it at {_near(-value, digits)}.",
    )


def _against(first: str, second: str, agents: float, person: tuple[str, float], digits: int) -> tuple[str, ...]:
    (who, value), zero = person, 0.5 * 10.0**-digits
    if agents > zero:
        every = f"Every agent rates {first} over {second} by at least {_down(agents, digits)}."
    elif agents >= -zero:
        every = f"No agent rates {second} over {first}."
    else:
        every = f"No agent rates {second} over {first} by more than {_up(-agents, digits)}."
    if value > zero:
        own = f"{who} rates {first} over {second} by {_near(value, digits)} only."
    elif value >= -zero:
        own = f"{who} rates {first} and {second} alike."
    else:
        own = f"{who} rates {second} over {first} by {_near(-value, digits)}."
    return every, own


def _sums(
    up: list[Charge], down: list[Charge], agents: float, person: tuple[str, float], digits: int
) -> tuple[str, ...]:
    # Without an offset levels count, and the two sides need not balance.
    parts = [f"{charge.mass:+.2f} x {charge.instance}" for charge in (up + down)[:NAMED]]
    more = len(up) + len(down) - NAMED
    sum_of = ", ".join(parts) + (f" and {more} more" if more > 0 else "")
    return (
        f"Add up what somebody rates, as {sum_of}: every agent comes to {_down(agents, digits)} or more.",
        f"{person[0]} comes to {_near(person[1], digits)}.",
    )


def _mix(charges: list[Charge]) -> str:
    if len(charges) == 1:
        return charges[0].instance
    total = math.fsum(abs(charge.mass) for charge in charges)
    shown = charges[:NAMED]
    parts = [f"{abs(charge.mass) / total:.0%} {charge.instance}" for charge in shown]
    if len(charges) > NAMED:
        parts.append(f"{len(charges) - NAMED} more")
    return "the mix of " + ", ".join(parts[:-1]) + " and " + parts[-1]


def _down(value: float, digits: int) -> str:
    scale = 10.0**digits
    # What is a whole number of the last digit but for rounding stays it.
    return f"{math.floor(value * scale + 1e-6) / scale:.{digits}f}"


def _up(value: float, digits: int) -> str:
    scale = 10.0**digits
    return f"{math.ceil(value * scale - 1e-6) / scale:.{digits}f}"


def _near(value: float, digits: int) -> str:
    return f"{value:.{digits}f}"
