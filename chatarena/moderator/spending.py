"""The purse of a session: what was spent, what running calls may still cost, and the cap that holds."""

from __future__ import annotations

from chatarena.arena.moves import Appraise, CallMove, Claim, Speak
from chatarena.arena.session import Session
from chatarena.arena.transcript import prompt
from chatarena.errors import BudgetError

CHARACTERS_PER_TOKEN = 3.5  # below the 4 usually said of English, so that estimates err on the high side
OTHER_CHARACTERS_PER_TOKEN = 1.0
RATING_TOKENS = 120
YES_NO_TOKENS = 1


def estimate_tokens(text: str) -> int:
    """A cautious guess of a text's tokens: 3.5 Latin characters or 1 of any other script to a token."""
    latin = sum(character < "\u0250" for character in text)
    return int(latin / CHARACTERS_PER_TOKEN + (len(text) - latin) / OTHER_CHARACTERS_PER_TOKEN) + 1


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
            for model in sorted({made.agent.model for made in session.commitments}):
                price = self._prices.get(model)
                if price is None or price.input_per_token is None or price.output_per_token is None:
                    raise BudgetError(
                        f"the price of {model} is unknown, so a budget in dollars cannot be kept",
                        remedy="give a token budget instead, or set the price under [prices] in the configuration",
                    )

    def reserve(self, session: Session, move: CallMove) -> None:
        """Set aside what an agent's part in a round may take. Its ratings were reserved with its turn.

        Raises:
            BudgetError: it does not fit any more.
        """
        settings = session.head.settings
        if (settings.budget is None and settings.token_budget is None) or not isinstance(move, Speak):
            return
        part = self._part(session, move)
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

    def _part(self, session: Session, move: Speak) -> dict[CallMove, tuple[int, float]]:
        """Tokens and dollars that a turn and each of its ratings may take at the most, one repair included."""
        parts, _ = prompt(session, move.agent, move.round, "turn")
        agent = session.commitment(move.agent).agent
        heard = sum(estimate_tokens(part.text) for part in parts)
        spoken = agent.sampling.max_tokens
        settings, options = session.head.settings, len(session.head.decision.options)
        verbal = (2 * (heard + spoken + RATING_TOKENS), 2 * RATING_TOKENS)
        sizes: dict[CallMove, tuple[int, int]] = {move: (heard, spoken)}
        sizes[Claim(agent=move.agent, round=move.round)] = verbal
        for method in settings.appraise:
            appraisal = Appraise(agent=move.agent, round=move.round, method=method)
            sizes[appraisal] = verbal if method == "verbal" else (options * (heard + spoken), options * YES_NO_TOKENS)
        price = self._prices.get(agent.model)
        into = price.input_per_token if price and price.input_per_token is not None else 0.0
        out = price.output_per_token if price and price.output_per_token is not None else 0.0
        return {call: (read + written, read * into + written * out) for call, (read, written) in sizes.items()}
