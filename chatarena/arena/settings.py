"""What a session is run with, beside the decision, the cast and the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ForecastSource = Literal["auto", "own", "panel", "blend"]
DEFAULT_PRECISION = 8.0  # 1/utility on [0, 1]: a lead of 25 rating points of two options gives 88 : 12
MIN_PRECISION, MAX_PRECISION = 0.0, 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How claims and appraisals are elicited, how ratings become probabilities, and what may be spent.

    `fallback` is the model that answers where an agent's own fails for good. `precision` is per unit of utility,
    utilities being ratings divided by 100. `budget` is in US dollars, `token_budget` in tokens, `time_budget` in
    seconds during which models are at work, however many side by side; None is no limit.
    Without a participant nobody is asked for anything and nobody chooses.
    """

    appraise: tuple[Literal["verbal", "logprob"], ...] = ("verbal",)
    source: ForecastSource = "auto"
    precision: float = DEFAULT_PRECISION
    budget: float | None = None
    token_budget: int | None = None
    time_budget: float | None = None
    fallback: str = ""
    participant: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per token of a model, as known when the session opened; None is unknown, never zero."""

    model: str
    input_per_token: float | None
    output_per_token: float | None
    source: str = ""

    @property
    def known(self) -> bool:
        return self.input_per_token is not None and self.output_per_token is not None

    def cost(self, prompt_tokens: int | None, completion_tokens: int | None) -> float | None:
        """US dollars of one call at the base tier; None where price or usage is unknown, unless it is free anyway."""
        if self.input_per_token == 0 and self.output_per_token == 0:
            return 0.0
        if self.input_per_token is None or self.output_per_token is None:
            return None
        if prompt_tokens is None or completion_tokens is None:
            return None
        return prompt_tokens * self.input_per_token + completion_tokens * self.output_per_token
