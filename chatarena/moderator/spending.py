"""The purse of a session: what was spent, what running calls may still cost, and the cap that holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from chatarena.arena.agent import Purpose
from chatarena.arena.events import Event
from chatarena.arena.moves import Appraise, CallMove, Claim, Speak
from chatarena.arena.protocol import topological_levels
from chatarena.arena.session import Session, fold
from chatarena.arena.transcript import prompt
from chatarena.errors import BudgetError
from chatarena.moderator.elicitation import most_rating_tokens

# English runs at about 4 characters a token in current vocabularies, other scripts at about one; a tenth in reserve.
CHARACTERS_PER_TOKEN = 3.6
TOKENS_PER_OTHER_CHARACTER = 1.1
YES_NO_TOKENS = 1


def estimate_tokens(text: str) -> int:
    """A cautious guess of a text's tokens: ASCII / 3.6 + 1.1 x other characters, rounded up."""
    plain = sum(character.isascii() for character in text)
    return math.ceil(plain / CHARACTERS_PER_TOKEN + (len(text) - plain) * TOKENS_PER_OTHER_CHARACTER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a session takes at most; dollars are None where a price is unknown.

    Every turn and every reply runs to its limit, and everything that is heard is as long. What the participant writes
    herself comes on top, as do repairs of unreadable replies and rounds that she adds. `tokens_by_round` and
    `dollars_by_round` are what is taken by the end of each round.
    """

    calls: int
    tokens: int
    dollars: float | None
    unpriced: tuple[str, ...]
    tokens_by_round: tuple[int, ...] = ()
    dollars_by_round: tuple[float, ...] = ()


def estimate_session(opening: tuple[Event, ...]) -> Estimate:
    """Tokens and dollars of a session before it starts."""
    session = fold(opening)
    made, head = session.commitments, session.head
    each = _Longest.of(session)
    rows = {price.model: price for price in head.prices}
    unpriced = tuple(
        sorted({one.agent.model for one in made if (row := rows.get(one.agent.model)) is None or not row.known})
    )
    # Who hears most may be the dearest of all: places that hear more are priced higher.
    into = sorted(row.input_per_token or 0.0 for one in made if (row := rows.get(one.agent.model)))
    out = sum(row.output_per_token or 0.0 for one in made if (row := rows.get(one.agent.model)))
    calls, tokens, dollars = 0, 0, 0.0
    by_round: list[tuple[int, float]] = []
    for round_ in range(head.protocol.rounds):
        read = [each.read(turns) for turns in sorted(_heard(session, round_))]
        calls, tokens = calls + len(read) * each.calls, tokens + sum(read) + len(read) * each.written
        dollars += sum(many * price for many, price in zip(read, into, strict=False)) + each.written * out
        by_round.append((tokens, dollars))
    return Estimate(
        calls=calls,
        tokens=tokens,
        dollars=None if unpriced else dollars,
        unpriced=unpriced,
        tokens_by_round=tuple(tokens for tokens, _ in by_round),
        dollars_by_round=() if unpriced else tuple(dollars for _, dollars in by_round),
    )


def _heard(session: Session, round_: int) -> list[int]:
    """How many turns of others and its own each agent has heard at most when it speaks in a round, or is visited."""
    protocol, seats = session.head.protocol, len(session.labels)
    match protocol.name:
        case "one_on_one":
            return [round_] * seats
        case "round_robin":
            return [round_ * seats + place for place in range(seats)]
        case "rebuttal":
            return [round_ + (seats - 1) * (round_ > 0)] * seats
        case "network":
            within = round_ + bool(topological_levels(protocol, session.labels))
            return [round_ + within * len(protocol.parents(label)) for label in session.labels]
        case _:
            return [round_ * seats] * seats


@dataclass(frozen=True, slots=True, kw_only=True)
class _Longest:
    """The longest of everything that goes into prompts, over all agents, in tokens.

    `fixed` is there from the first round on, `turn` and `claim`, `appraisal`, `probe` ask; `line` is a turn as others
    hear it, with its claim. `options` are probed one by one where `probed`.
    """

    fixed: int
    heard: int
    line: int
    spoken: int
    turn: int
    claim: int
    appraisal: int
    probe: int
    rating: int
    options: int
    claims: bool
    verbal: bool
    probed: bool

    @classmethod
    def of(cls, session: Session) -> _Longest:
        """What the agents of a session may read and say."""
        head, made = session.head, session.commitments
        labels = [option.label for option in head.decision.options]

        def most(*purposes: Purpose) -> int:
            return max(estimate_tokens(one.part(purpose)) for one in made for purpose in purposes)

        worth = f" (and rates in public: {', '.join(f'{label} 100' for label in labels)})" * head.protocol.claims
        option = max(map(estimate_tokens, labels))
        probed = "logprob" in head.settings.appraise
        spoken = max(one.agent.sampling.max_tokens for one in made)
        leaning = (most("leaning") + option) * probed
        return cls(
            fixed=most("brief") + most("examples") + most("decision"),
            heard=most("heard"),
            line=spoken + max(estimate_tokens(f'- {label} said: "" [cut off]{worth}') for label in session.labels) + 1,
            spoken=spoken,
            turn=most("turn", "opening") + leaning,
            claim=most("claim"),
            appraisal=most("appraisal"),
            probe=most("judging") + most("yes_no") + option,
            rating=most_rating_tokens(len(labels)),
            options=len(labels),
            claims=head.protocol.claims,
            verbal="verbal" in head.settings.appraise,
            probed=probed,
        )

    @property
    def calls(self) -> int:
        """Of one agent in one round."""
        return 1 + self.claims + self.verbal + self.options * self.probed

    @property
    def written(self) -> int:
        """Tokens that one agent writes in one round."""
        rated = (self.claims + self.verbal) * self.rating
        return self.spoken + rated + self.probed * self.options * YES_NO_TOKENS

    def read(self, turns: int) -> int:
        """Tokens that one agent reads in one round, having heard so many turns."""
        base = self.fixed + (self.heard + turns * self.line if turns else 0)
        return (
            base
            + self.turn
            + self.claims * (base + self.turn + self.spoken + self.claim)
            + self.verbal * (base + self.appraisal)
            + self.probed * self.options * (base + self.probe)
        )


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
        made = session.commitment(label)
        agent, spoken = made.agent, made.agent.sampling.max_tokens
        labels = [option.label for option in session.head.decision.options]
        settings, options, option = session.head.settings, len(labels), max(map(estimate_tokens, labels))

        def size(*purposes: Purpose) -> int:
            return sum(estimate_tokens(made.part(purpose)) for purpose in purposes)

        # What was said in this round may come with a claim by the time that it is heard.
        heard = sum(estimate_tokens(part.text) for part in parts) + size("leaning") + size("opening") + option
        rating = most_rating_tokens(options)

        def rated(asked: int) -> tuple[int, int]:
            return 2 * asked + rating + size("repair"), 2 * rating

        sizes: dict[CallMove, tuple[int, int]] = {}
        if session.head.protocol.claims:
            sizes[Claim(agent=label, round=round_)] = rated(heard + spoken + size("claim"))
        if session.turn(label, round_) is None:
            sizes[Speak(agent=label, round=round_)] = (heard, spoken)
        for method in settings.appraise:
            probes = options * (heard + size("judging", "yes_no") + option), options * YES_NO_TOKENS
            stated = rated(heard + size("appraisal"))
            sizes[Appraise(agent=label, round=round_, method=method)] = stated if method == "verbal" else probes
        into, out = self._dearest(agent.model, settings.fallback)
        return {call: (read + written, read * into + written * out) for call, (read, written) in sizes.items()}

    def _dearest(self, *models: str) -> tuple[float, float]:
        """The highest known price per token read and written of a model and its fallback."""
        prices = [price for model in models if (price := self._prices.get(model)) is not None]
        into = max((price.input_per_token or 0.0 for price in prices), default=0.0)
        return into, max((price.output_per_token or 0.0 for price in prices), default=0.0)
