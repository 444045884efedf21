"""The purse of a session: what was spent, what running calls may still cost, and the cap that holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from chatarena.arena.events import Event
from chatarena.arena.moves import Appraise, CallMove, Claim, Speak
from chatarena.arena.session import Session, fold
from chatarena.arena.transcript import prompt
from chatarena.errors import BudgetError

# English runs at about 4 characters a token in current vocabularies, other scripts at about one; a tenth in reserve.
CHARACTERS_PER_TOKEN = 3.6
TOKENS_PER_OTHER_CHARACTER = 1.1
RATING_TOKENS = 120
YES_NO_TOKENS = 1


def estimate_tokens(text: str) -> int:
    """A cautious guess of a text's tokens: ASCII / 3.6 + 1.1 x other characters, rounded up."""
    plain = sum(character.isascii() for character in text)
    return math.ceil(plain / CHARACTERS_PER_TOKEN + (len(text) - plain) * TOKENS_PER_OTHER_CHARACTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a session may take if every turn runs to its limit; dollars are None where a price is unknown."""

    calls: int
    tokens: int
    dollars: float | None
    unpriced: tuple[str, ...]


def estimate_session(opening: tuple[Event, ...]) -> Estimate:
    """Tokens and dollars of a session before it starts: every round heard in full, no repairs."""
    session = fold(opening)
    head = session.head
    brief = max(
        sum(estimate_tokens(made.part(purpose)) for purpose in ("brief", "examples", "decision", "turn"))
        for made in session.commitments
    )
    spoken = max(made.agent.sampling.max_tokens for made in session.commitments)
    seats, options = len(head.faces), len(head.decision.options)
    verbal = head.protocol.claims + ("verbal" in head.settings.appraise)
    probes = options * ("logprob" in head.settings.appraise)
    speakers = 1 if head.protocol.name == "one_on_one" else seats
    prompts = [brief + round_ * speakers * spoken for round_ in range(session.rounds)]
    into = sum(speakers * (read + (verbal + probes) * (read + spoken)) for read in prompts)
    out = session.rounds * speakers * (spoken + verbal * RATING_TOKENS + probes * YES_NO_TOKENS)
    calls, tokens = session.rounds * speakers * (1 + verbal + probes), into + out
    rows = {price.model: price for price in head.prices}
    models = [made.agent.model for made in session.commitments]
    unpriced = tuple(sorted({model for model in models if (row := rows.get(model)) is None or not row.known}))
    if unpriced:
        return Estimate(calls=calls, tokens=tokens, dollars=None, unpriced=unpriced)
    dollars = sum(
        (into * (rows[model].input_per_token or 0) + out * (rows[model].output_per_token or 0)) / seats
        for model in models
    )
    return Estimate(calls=calls, tokens=tokens, dollars=dollars, unpriced=())


class Stopwatch:
    """How long models have been at work since it was last read, whatever their number; it stands while none is."""

    def __init__(self, elapsed: Callable[[], float]) -> None:
        self._elapsed = elapsed
        self._since: float | None = None

    def start(self) -> None:
        """Models are at work from now on, if they were not already."""
        if self._since is None:
            self._since = self._elapsed()

    def running(self) -> float:
        """Seconds since it was started or last read."""
        return 0.0 if self._since is None else self._elapsed() - self._since

    def read(self, *, busy: bool) -> float:
        """Those seconds, counted from here on again where models are still `busy`."""
        seconds = self.running()
        self._since = self._elapsed() if busy else None
        return seconds


def out_of_time(session: Session) -> str:
    """What is said when the time budget ends the talk."""
    return f"{session.head.settings.time_budget:g} s of models at work are used up (time budget)"


class Purse:
    """Reserves the most a turn with its ratings may take, before it starts, so that the cap is never passed.

    Raises:
        BudgetError: a money budget was set and the price of a model in use is unknown.
    """

    def __init__(self, session: Session) -> None:
        self._prices = {price.model: price for price in session.head.prices}
        self._reserved: dict[CallMove, tuple[int, float]] = {}
        settings = session.head.settings
        if settings.budget is not None:
            models = {made.agent.model for made in session.commitments} | ({settings.fallback} - {""})
            for model in sorted(models):
                price = self._prices.get(model)
                if price is None or not price.known:
                    raise BudgetError(
                        f"the price of {model} is unknown, so a budget in dollars cannot be kept",
                        remedy="give a token budget instead, or set its price under [models.prices]",
                    )

    def reserve(self, session: Session, move: CallMove) -> None:
        """Set aside what an agent's part in a round may take, when the first of its calls starts.

        Raises:
            BudgetError: it does not fit any more.
        """
        settings = session.head.settings
        if settings.budget is None and settings.token_budget is None:
            return
        if any((held.agent, held.round) == (move.agent, move.round) for held in self._reserved):
            return
        part = self._part(session, move.agent, move.round)
        tokens, dollars = (sum(held) for held in zip(*part.values(), strict=True))
        spent_tokens, spent_dollars = session.spent()
        held_tokens = sum(held for held, _ in self._reserved.values())
        held_dollars = sum(held for _, held in self._reserved.values())
        if settings.token_budget is not None and spent_tokens + held_tokens + tokens > settings.token_budget:
            raise BudgetError(
                f"the token budget of {settings.token_budget} would be passed"
                f" ({spent_tokens} used, {held_tokens} set aside, the next turn may take {tokens})"
            )
        if settings.budget is not None:
            if spent_dollars is None:
                raise BudgetError("a call came back without a known cost, so the budget cannot be kept")
            if spent_dollars + held_dollars + dollars > settings.budget:
                raise BudgetError(
                    f"the budget of ${settings.budget:.4g} would be passed (${spent_dollars:.4g} used,"
                    f" ${held_dollars:.4g} set aside, the next turn may cost ${dollars:.4g})"
                )
        self._reserved.update(part)

    def release(self, move: CallMove, *, whole_part: bool = False) -> None:
        """A call has ended: what it really took is in the log. With `whole_part` its ratings will not be asked for."""
        self._reserved.pop(move, None)
        if whole_part:
            for held in [held for held in self._reserved if (held.agent, held.round) == (move.agent, move.round)]:
                del self._reserved[held]

    def _part(self, session: Session, label: str, round_: int) -> dict[CallMove, tuple[int, float]]:
        """Tokens and dollars that a turn and each of its ratings may take at the most, one repair included."""
        parts, _ = prompt(session, label, round_, "turn")
        agent = session.commitment(label).agent
        heard = sum(estimate_tokens(part.text) for part in parts)
        spoken = agent.sampling.max_tokens
        settings, options = session.head.settings, len(session.head.decision.options)
        verbal = (2 * (heard + spoken + RATING_TOKENS), 2 * RATING_TOKENS)
        sizes: dict[CallMove, tuple[int, int]] = {}
        if session.head.protocol.claims:
            sizes[Claim(agent=label, round=round_)] = verbal
        if session.turn(label, round_) is None:
            sizes[Speak(agent=label, round=round_)] = (heard, spoken)
        for method in settings.appraise:
            probes = (options * (heard + spoken), options * YES_NO_TOKENS)
            sizes[Appraise(agent=label, round=round_, method=method)] = verbal if method == "verbal" else probes
        into, out = self._dearest(agent.model, settings.fallback)
        return {call: (read + written, read * into + written * out) for call, (read, written) in sizes.items()}

    def _dearest(self, *models: str) -> tuple[float, float]:
        """The highest known price per token read and written of a model and its fallback."""
        prices = [price for model in models if (price := self._prices.get(model)) is not None]
        into = max((price.input_per_token or 0.0 for price in prices), default=0.0)
        return into, max((price.output_per_token or 0.0 for price in prices), default=0.0)
