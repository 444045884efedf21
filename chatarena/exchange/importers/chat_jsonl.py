"""Collections of plain chats: MT-bench questions and answers, ShareGPT conversations, and lists of role and content.

A file holds one JSON value a line, or one list of them; each is a session.

    {"question_id": 81, "category": "writing", "turns": ["...", "..."], "reference": ["...", "..."]}
    {"question_id": 81, "answer_id": "x", "model_id": "m", "choices": [{"index": 0, "turns": ["..."]}], "tstamp": 1.0}
    {"id": "1", "conversations": [{"from": "human", "value": "..."}, {"from": "gpt", "value": "..."}]}
    {"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Any, Final

from chatarena.arena.events import Unmapped
from chatarena.errors import SourceDamaged
from chatarena.exchange.account import Account, called, numbered, plain_decision
from chatarena.exchange.foreign import Foreign, parse
from chatarena.exchange.importing import ImportedSession, Source

FORMAT: Final = "chat_jsonl"
QUESTIONS: Final = "question.jsonl"
PEOPLE: Final = frozenset(("human", "user"))
SYSTEM: Final = frozenset(("system", "developer"))
_UNKNOWN: Final = "unknown"


def read(source: Source) -> Sequence[ImportedSession] | None:
    """The sessions in the file; None where its first value is of none of these forms."""
    if source.suffix not in (".json", ".jsonl"):
        return None
    first = _first(source)
    if first is None or _form(first) is None:
        return None
    return tuple(_sessions(source))


def _first(source: Source) -> Any:
    """The first value in the file; None where there is none."""
    values = _values(source)
    try:
        return next(values, (0, None))[1]
    except SourceDamaged:
        return None


def _values(source: Source) -> Iterator[tuple[int, Any]]:
    """Values with their line, or their number in a list."""
    try:
        whole = source.json() if source.suffix == ".json" or source.data.lstrip()[:1] == b"[" else None
    except ValueError as error:
        if source.data.lstrip()[:1] == b"[":
            raise SourceDamaged(f"is not JSON: {error}") from error
        whole = None  # one value a line, under the other name
    if whole is not None:
        yield from enumerate(whole if isinstance(whole, list) else [whole], start=1)
        return
    for number, line in enumerate(source.data.splitlines(), start=1):
        if line.strip():
            try:
                yield number, parse(line)[0]
            except ValueError as error:
                raise SourceDamaged(f"line {number} is not JSON: {error}") from error


def _sessions(source: Source) -> Iterator[ImportedSession]:
    keys: set[str] = set()
    for number, value in _values(source):
        form = _form(value)
        if form is None:
            raise SourceDamaged(
                f"value {number} is of no form that this importer knows",
                remedy="A file holds values of one kind: take out what does not belong there.",
            )
        node = Foreign(value)
        for key, make in form(node, number):
            unique = numbered(key, keys)
            keys.add(unique)
            yield make(source, unique)


Make = Callable[[Source, str], ImportedSession]


def _form(value: Any) -> Callable[[Foreign, int], Iterator[tuple[str, Make]]] | None:
    """How a value is read, by what it holds."""
    if not isinstance(value, dict):
        return None
    if "question_id" in value and isinstance(value.get("choices"), list):
        return _answers
    if "question_id" in value and isinstance(value.get("turns"), list):
        return _question
    for key, who, what in (("conversations", "from", {"value"}), ("messages", "role", {"content", "tool_calls"})):
        talk = value.get(key)
        if isinstance(talk, list) and all(isinstance(one, dict) and who in one and what & set(one) for one in talk):
            return _talk
    return None


# -- MT-bench ----------------------------------------------------------------------------------------------------------


def _question(node: Foreign, _: int) -> Iterator[tuple[str, Make]]:
    """A question of several turns, with a reference answer to each where there is one."""

    def make(source: Source, key: str) -> ImportedSession:
        turns = [turn.text() for turn in node.need("turns").each()]
        reference = node.get("reference")
        answers = [answer.text() for answer in reference.each()] if reference else []
        account = Account(source, format=FORMAT, key=key, decision=plain_decision(turns[0] if turns else ""), at=None)
        label = account.seat("reference", model=_UNKNOWN, objective="Give the right answer.") if answers else ""
        _alternate(account, turns, label, answers)
        if not answers:
            account.remark("Questions without answers: nobody has spoken.")
        tags = [category.text()] if (category := node.get("category")) else []
        return account.end(
            record=node.value,
            unmapped=node.left_behind(),
            tags=("mt-bench", *tags),
            counts={"questions": 1, "answers": len(answers)},
        )

    yield node.need("question_id").word(), make


def _answers(node: Foreign, _: int) -> Iterator[tuple[str, Make]]:
    """A model's answers to a question, one session for each choice."""
    question, model = node.need("question_id").word(), node.said("model_id", _UNKNOWN)
    answer = node.get("answer_id")
    name = f"{question}/{model}" + (f"/{answer.word()}" if answer else "")
    time = node.get("tstamp")
    at = time.number() if time else None
    choices = node.need("choices").each()
    for index, choice in enumerate(choices):

        def make(source: Source, key: str, choice: Foreign = choice, last: bool = index == len(choices) - 1) -> Any:
            answers = [turn.text() for turn in choice.need("turns").each()]
            if (number := choice.get("index")) is not None:
                number.whole()
            turns, row = _asked(source, question)
            account = Account(source, format=FORMAT, key=key, decision=plain_decision(turns[0]), at=at)
            label = account.seat(model, model=model)
            if row is None:
                account.remark(f"The questions stand in another file, {QUESTIONS}, which does not lie beside this one.")
            _alternate(account, turns, label, answers)
            left: tuple[Unmapped, ...] = node.left_behind() if last else choice.left_behind()
            return account.end(
                record=[node.value, choice.value, row],
                unmapped=left,
                tags=("mt-bench",),
                counts={"answers": len(answers)},
            )

        yield (name if len(choices) == 1 else f"{name}/{index}"), make


@lru_cache(maxsize=2)
def _questions(data: bytes) -> dict[str, dict[str, Any]]:
    """Questions by their id; lines that are none count for nothing."""
    found = {}
    for line in data.splitlines():
        try:
            row, _ = parse(line)
        except ValueError:
            continue
        if isinstance(row, dict) and isinstance(row.get("turns"), list) and "question_id" in row:
            found[str(row["question_id"])] = row
    return found


def _asked(source: Source, question: str) -> tuple[list[str], dict[str, Any] | None]:
    """The turns of a question and the row that holds them, from the file of questions beside the answers."""
    beside = source.beside(QUESTIONS)
    row = _questions(beside.data).get(question) if beside else None
    turns = [turn for turn in row["turns"] if isinstance(turn, str)] if row else []
    return turns or [f"(Question {question}, whose words the source does not hold.)"], row


def _alternate(account: Account, turns: list[str], label: str, answers: list[str]) -> None:
    """Questions and answers in turn; the first question is the decision's."""
    for index in range(max(len(turns), len(answers))):
        if 0 < index < len(turns):
            account.say(turns[index])
        if index < len(answers):
            account.turn(label, answers[index])


# -- conversations -----------------------------------------------------------------------------------------------------


def _talk(node: Foreign, number: int) -> Iterator[tuple[str, Make]]:
    """A conversation, in ShareGPT's words or in those of role and content."""
    name = node.get("id") or node.get("conversation_id")
    shared = node.value.get("conversations") is not None
    talk = node.need("conversations" if shared else "messages").each()
    role, content = ("from", "value") if shared else ("role", "content")

    def make(source: Source, key: str) -> ImportedSession:
        spoken = [(one.need(role).text(), _content(one, content), one) for one in talk]
        asked = next((index for index, (who, _, _) in enumerate(spoken) if who in PEOPLE), None)
        opening = spoken[asked][1] if asked == 0 or (asked == 1 and spoken[0][0] in SYSTEM) else ""
        model = node.said("model", _UNKNOWN)
        account = Account(source, format=FORMAT, key=key, decision=plain_decision(opening), at=None)
        prompt = spoken[0][1] if spoken and spoken[0][0] in SYSTEM else ""
        for index, (who, text, one) in enumerate(spoken):
            if who in SYSTEM and index:
                one.set_aside("an instruction in the middle of the talk has no place in a session")
            elif who in PEOPLE and not (opening and index == asked):
                account.say(text)
            elif who not in SYSTEM | PEOPLE:
                account.turn(account.seat(who, model=model, prompt=prompt), text)
        answered = bool(spoken) and spoken[-1][0] not in PEOPLE
        return account.end(
            "complete" if answered else "partial",
            record=node.value,
            unmapped=node.left_behind(),
            counts={"messages": len(spoken)},
        )

    yield (name.word() if name else f"value {number}"), make


def _content(message: Foreign, key: str) -> str:
    """The words of a message; pictures and the like stand as their kind in brackets, calls of tools likewise."""
    said = message.get(key)
    words = [] if said is None else [said.text()] if said.is_a(str) else [_part(part) for part in said.each()]
    calls = message.get("tool_calls")
    for call in calls.each() if calls else ():
        function = call.need("function")
        words.append(called(function.need("name").text(), function.need("arguments").take()))
    return "\n".join(word for word in words if word)


def _part(part: Foreign) -> str:
    kind = part.said("type")
    return part.need("text").text() if kind == "text" else f"[{kind or 'something'}]"
