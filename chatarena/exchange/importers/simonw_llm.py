"""Logs of simonw/llm: an SQLite file of threads and their turns, of conversations and their responses, or of both.

Versions before 0.32 write `conversations` and `responses`, later ones `threads`, `turns`, `messages` and `parts`. A
later version leaves the older tables as they are: a response that has become a turn is read as the turn.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from chatarena.arena import events as ev
from chatarena.errors import SourceDamaged
from chatarena.exchange.account import Account, called, moment, plain_decision
from chatarena.exchange.foreign import Foreign
from chatarena.exchange.importers._llm_tables import MAGIC, Tables, is_log
from chatarena.exchange.importing import ImportedSession, Source

FORMAT: Final = "simonw_llm"


def read(source: Source) -> Sequence[ImportedSession] | None:
    """The sessions in a log of llm; None where the file is no such database."""
    if not source.starts_with(MAGIC):
        return None
    with Tables(source) as tables:
        if not is_log(tables.names):
            return None
        drafts = [
            *(_thread(source, Foreign(record)) for record in tables.threads()),
            *(_conversation(source, Foreign(record)) for record in tables.conversations()),
        ]
        rest = tables.rest()
    if rest and not drafts:
        raise SourceDamaged("holds no conversation, though its tables are those of a log of llm")
    return tuple(draft.end(rest if index == 0 else (), drafts[0]) for index, draft in enumerate(drafts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A session that is told to its end, but for what the file as a whole leaves behind."""

    account: Account
    node: Foreign
    name: str
    answered: bool
    counts: dict[str, int]

    def end(self, rest: tuple[ev.Unmapped, ...], first: Draft) -> ImportedSession:
        if self is not first:
            self.account.remark("What the file holds beside its conversations is listed with the first of them.")
        return self.account.end(
            "complete" if self.answered else "partial",
            record=self.node.value,
            unmapped=(*self.node.left_behind(), *rest),
            name=self.name,
            tags=("llm",),
            counts=self.counts,
        )


def _time(node: Foreign, key: str) -> float | None:
    found = node.get(key)
    return moment(found.text()) if found else None


def _call(row: Foreign) -> tuple[str, float | None, ev.Call]:
    """Model, time of the end and bookkeeping of one call."""
    row.explain("bookkeeping of the call")
    model = row.said("model", "unknown")
    began, duration = _time(row, "datetime_utc"), row.get("duration_ms")
    seconds = duration.number() / 1000 if duration else None
    tokens = {key: found.whole() if (found := row.get(f"{key}_tokens")) else None for key in ("input", "output")}
    call = ev.Call(
        fingerprint="",
        requested_model=model,
        served_model=row.said("resolved_model"),
        finish_reason="",
        prompt_tokens=tokens["input"],
        completion_tokens=tokens["output"],
        total_seconds=seconds,
    )
    return model, began if began is None or seconds is None else began + seconds, call


# -- threads, turns, messages, parts -----------------------------------------------------------------------------------


def _thread(source: Source, node: Foreign) -> Draft:
    """A thread: the chain of messages behind its tip, with the turns that made them."""
    thread = node.need("thread")
    messages = node.need("messages").each()
    turns = {turn.need("tip_message_hash").text(): turn for turn in node.need("turns").each()}
    told = [(message.need("role").text(), message.need("hash").text(), _parts(message)) for message in messages]
    first = next((index for index, (role, _, _) in enumerate(told) if role == "user"), None)
    prompt = "\n".join(text for role, _, text in told[:first] if role == "system")
    account = Account(
        source,
        format=FORMAT,
        key=f"thread {thread.need('id').text()}",
        decision=plain_decision(told[first][2] if first is not None else ""),
        at=_began(node, thread),
    )
    asked_at = _asked_at(node)
    for index, (role, hash_, text) in enumerate(told):
        if role == "user" and index != first:
            account.say(text, asked_at.get(hash_))
        elif role == "assistant":
            made = turns.get(hash_)
            model, at, call = _call(made) if made else ("unknown", None, None)
            account.turn(account.seat(model, model=model, prompt=prompt), text, at, call=call)
        elif role == "tool":
            account.turn(account.seat("tool", model="tool", objective="Return what a tool gives."), text)
        elif role == "system" and index >= (first or 0):
            messages[index].set_aside("an instruction in the middle of the talk has no place in a session")
    _origin(account, thread)
    return Draft(
        account=account,
        node=node,
        name=thread.said("name"),
        answered=bool(told) and told[-1][0] != "user",
        counts={"messages": len(told), "turns": len(turns)},
    )


def _began(node: Foreign, thread: Foreign) -> float | None:
    """When the talk began: with its first turn. A thread is written when that is over."""
    own = _time(thread, "datetime_utc")
    first = min(
        (at for turn in node.need("turns").each() if (at := _time(turn, "datetime_utc")) is not None), default=None
    )
    return own if first is None else first if own is None else min(own, first)


def _asked_at(node: Foreign) -> dict[str, float]:
    """When a message was sent: at the beginning of the call whose last input it is."""
    found = {}
    for turn in node.need("turns").each():
        at, parent = _time(turn, "datetime_utc"), turn.get("parent_message_hash")
        if at is not None and parent is not None:
            found[parent.text()] = at
    return found


def _origin(account: Account, thread: Foreign) -> None:
    if (origin := thread.get("forked_from")) is not None:
        account.remark(f"The thread was forked from thread {origin.text()}.")


def _parts(message: Foreign) -> str:
    """The words of a message; what is no text stands in brackets."""
    return "\n".join(word for part in message.need("parts").each() for word in _part(part) if word)


def _part(part: Foreign) -> Iterator[str]:
    payload = part.get("payload")
    match part.need("type").text():
        case "text":
            yield part.said("text")
        case "tool_call" if payload is not None:
            yield called(
                payload.said("name", "a tool"), arguments.take() if (arguments := payload.get("arguments")) else {}
            )
        case "tool_result" if payload is not None:
            yield payload.said("output")
        case "attachment":
            yield "[attachment]"
        case "reasoning":
            part.set_aside("what a model thought before it spoke has no place in a session")
        case kind:
            yield f"[{kind}]"


# -- conversations and responses ---------------------------------------------------------------------------------------


def _conversation(source: Source, node: Foreign) -> Draft:
    """A conversation: prompts and responses in the order of their ids, which is that of their times."""
    responses = node.need("responses").each()
    asked = [response.said("prompt") for response in responses]
    account = Account(
        source,
        format=FORMAT,
        key=f"conversation {node.said('id', 'without a name')}",
        decision=plain_decision(asked[0] if asked else ""),
        at=_time(responses[0], "datetime_utc") if responses else None,
    )
    prompts: list[str] = []
    for index, response in enumerate(responses):
        if index and asked[index]:
            account.say(asked[index], _time(response, "datetime_utc"))
        _results(account, response)
        prompt = response.said("system")
        prompts += [prompt] if prompt and prompt not in prompts else []
        model, at, call = _call(response)
        label = account.seat(model, model=model, prompt=prompt)
        account.turn(label, "\n".join([response.said("response"), *_calls(response)]).strip("\n"), at, call=call)
    if len(prompts) > 1:
        account.remark(f"There were {len(prompts)} system prompts in turn; an agent is shown with its first one.")
        for prompt in prompts[1:]:
            account.remark(f"A later system prompt: {prompt}")
    node.agrees("model", responses[0].value.get("model") if responses else None)
    return Draft(
        account=account,
        node=node,
        name=node.said("name"),
        answered=bool(responses),
        counts={"responses": len(responses)},
    )


def _results(account: Account, response: Foreign) -> None:
    """What tools had given, which is part of the prompt."""
    results = response.get("tool_results")
    for result in results.each() if results else ():
        label = account.seat("tool", model="tool", objective="Return what a tool gives.")
        account.turn(label, f"[{result.said('name', 'tool')}] {result.said('output')}")


def _calls(response: Foreign) -> Iterator[str]:
    calls = response.get("tool_calls")
    for call in calls.each() if calls else ():
        yield called(call.said("name", "a tool"), arguments.take() if (arguments := call.get("arguments")) else {})
