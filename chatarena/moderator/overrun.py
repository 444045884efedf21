"""Which limits a session would pass before its end, by its estimate, and after how many rounds."""

from __future__ import annotations

from collections.abc import Sequence

from chatarena.arena.settings import Settings
from chatarena.moderator.spending import Estimate


def overruns(estimate: Estimate, settings: Settings, seconds: float | None = None) -> tuple[str, ...]:
    """A sentence for each limit that would end the session early.

    Args:
        seconds: what the models would be at work for all rounds together; None where nothing tells.
    """
    rounds = len(estimate.tokens_by_round)
    told = []
    if settings.token_budget is not None and estimate.tokens > settings.token_budget:
        when = _after(estimate.tokens_by_round, settings.token_budget)
        told.append(f"More than the token budget of {settings.token_budget:,}, which may be spent {when}.")
    if settings.budget is not None and estimate.dollars is not None and estimate.dollars > settings.budget:
        when = _after(estimate.dollars_by_round, settings.budget)
        told.append(f"More than the budget of ${settings.budget:g}, which may be spent {when}.")
    if settings.time_budget is not None and seconds is not None and seconds > settings.time_budget:
        even = [seconds * (round_ + 1) / rounds for round_ in range(rounds)]
        when = _after(even, settings.time_budget)
        told.append(f"Longer than the time budget of {settings.time_budget:g} s, which would be up {when}.")
    return tuple(told)


def _after(taken: Sequence[float], limit: float) -> str:
    """When a limit is reached, given what is taken by the end of each round."""
    whole = sum(one <= limit for one in taken)
    if not whole:
        return "in the first round" if len(taken) > 1 else "before the round is over"
    return f"after about {whole} of {len(taken)} rounds"
