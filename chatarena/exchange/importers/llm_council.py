"""Conversations of an LLM council: models answer, rank one another's answers unnamed, and a chairman sums up.

The form is that of karpathy/llm-council, which many programs took over: `{id, created_at, title, messages}`, an
assistant's message holding `stage1`, `stage2` and `stage3`. Some also write `metadata`: who stood behind which label.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from chatarena.exchange.account import Account, moment, numbered, plain_decision
from chatarena.exchange.foreign import Foreign
from chatarena.exchange.importing import ImportedSession, Source

FORMAT: Final = "llm_council"
CHAIRMAN: Final = "Chairman"
STAGES: Final = ("stage1", "stage2", "stage3")


def read(source: Source) -> Sequence[ImportedSession] | None:
    """The conversation in the file; None where it holds none of a council."""
    if source.suffix != ".json" or b'"messages"' not in source.data:
        return None
    try:
        value = source.json()
    except ValueError:
        return None
    return (_session(source, Foreign(value)),) if _is_council(value) else None


def _is_council(value: Any) -> bool:
    """A conversation with at least one message of a council, or with none of anybody but the person."""
    if not isinstance(value, dict) or not {"id", "created_at"} <= set(value) or not isinstance(value["messages"], list):
        return False
    others = [one for one in value["messages"] if isinstance(one, dict) and one.get("role") != "user"]
    return not others or any(stage in one for one in others for stage in STAGES)


def _session(source: Source, document: Foreign) -> ImportedSession:
    messages = document.need("messages").each()
    asked = [message for message in messages if message.said("role") == "user"]
    created, began = _created(document)
    key, title = document.need("id").word(), document.said("title")
    account = Account(
        source,
        format=FORMAT,
        key=key,
        decision=plain_decision(asked[0].need("content").text() if asked else title),
        at=began,
        protocol="simultaneous",
    )
    if created and began is None:
        account.remark(f"created_at is no time that can be read: {created!r:.60}")
    council = _Council(account)
    for message in messages:
        if message.said("role") != "user":
            council.answer(message)
        elif message is not asked[0]:
            account.say(message.need("content").text())
    account.remark(
        "An answer of the council is up to three rounds: what the models answered, how they ranked one another's"
        " answers, and the chairman's answer. They did not see one another's names."
    )
    answered = bool(messages) and messages[-1].value.get("role") != "user"
    return account.end(
        "complete" if answered else "partial",
        record=document.value,
        unmapped=document.left_behind(),
        name=title,
        tags=("council",),
        counts={"questions": len(asked), **council.counts},
    )


def _created(document: Foreign) -> tuple[str, float | None]:
    found = document.get("created_at")
    if found is None:
        return "", None
    if found.is_a(str):
        return found.text(), moment(found.text())
    return "", found.number()


class _Council:
    """Seats the members as they first speak and tells what they said."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._answers = 0
        self.counts = dict.fromkeys(STAGES, 0)

    def answer(self, message: Foreign) -> None:
        """One message of the council: as many rounds as it has stages."""
        self._answers += 1
        answers = message.get("stage1")
        if answers is not None and answers.value:
            self._round(answers, "response", "stage1")
        rankings = message.get("stage2")
        if rankings is not None and rankings.value:
            self._round(rankings, "ranking", "stage2")
        if (summary := message.get("stage3")) is not None:
            self._sum_up(summary)
        self._names(message)

    def _round(self, members: Foreign, key: str, stage: str) -> None:
        self._account.open_round()
        taken: set[str] = set()
        for member in members.each():
            label = numbered(member.need("model").text(), taken)
            taken.add(label)
            self._seat(label, label, "Answer the question, and rank the answers of all members.")
            self._tell(label, member.get(key), stage)
            if (parsed := member.get("parsed_ranking")) is not None:
                parsed.set_aside("was read off the ranking, which is the turn")

    def _sum_up(self, summary: Foreign) -> None:
        model = summary.said("model", "unknown")
        label = self._seat(CHAIRMAN, model, "Sum up the council's answers in one.", name="chairman")
        self._account.open_round()
        self._tell(label, summary.get("response"), "stage3")

    def _seat(self, label: str, model: str, objective: str, name: str = "") -> str:
        return self._account.seat(label, name=name, model=model, objective=objective)

    def _tell(self, label: str, said: Foreign | None, stage: str) -> None:
        if said is None:
            self._account.miss(label, "the source holds no words of it")
        else:
            self.counts[stage] += 1
            self._account.turn(label, said.text())

    def _names(self, message: Foreign) -> None:
        """Who stood behind the labels in the rankings."""
        metadata = message.get("metadata")
        named = metadata.get("label_to_model") if metadata else None
        if metadata is not None and (ranks := metadata.get("aggregate_rankings")) is not None:
            ranks.set_aside("was computed from the rankings")
        if named is None:
            if self.counts["stage2"]:
                self._account.remark(
                    "The file does not say whom the labels in the rankings stand for; the program that writes this"
                    " form gives them in the order of the answers."
                )
            return
        names = ", ".join(f"{label} is {model.text()}" for label, model in named.named())
        self._account.remark(f"In the rankings of answer {self._answers}: {names}.")
