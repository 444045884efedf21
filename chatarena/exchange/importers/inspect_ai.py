"""Logs of Inspect (UK AI Security Institute): a session for every sample and epoch.

Whoever speaks in the role `user` is the participant, though most often it is the task's own text. Choices become
options; targets and scores have no place in a session, as nobody stated a belief.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, Option
from chatarena.arena.opening import LETTERS
from chatarena.exchange.account import Account, asked, called, moment, plain_decision
from chatarena.exchange.foreign import Foreign
from chatarena.exchange.importers._inspect_log import Log, read_log
from chatarena.exchange.importing import ImportedSession, Source

FORMAT: Final = "inspect_ai"
_ATTACHMENT: Final = "attachment://"
# Fields that are there in every sample and nearly always hold nothing.
_OFTEN_EMPTY: Final = (
    *("choices", "sandbox", "files", "setup", "metadata", "store", "scores", "timelines", "model_usage", "role_usage"),
    *("model_fallbacks", "error_retries", "attachments", "events", "events_data", "limit", "error", "invalidation"),
)
_WHY_NOT: Final = {
    "target": "the right answer; nobody stated a belief that could be scored against it",
    "scores": "a scorer's verdict on the whole sample has no place in a session",
    "events": "the trace of the run; of its model calls the times and tokens were read",
    "events_data": "texts that the trace of the run refers to",
    "metadata": "what the data set says of the sample",
    "store": "what the solvers kept for themselves",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """How a message was made: when it was complete, and by which call."""

    at: float | None
    call: ev.Call


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A session that is told to its end, but for what the log as a whole leaves behind."""

    account: Account
    node: Foreign
    status: str
    counts: dict[str, int] = field(default_factory=dict)


def read(source: Source) -> Sequence[ImportedSession] | None:
    """The sessions in a log; None where the file is none. A log without samples holds none."""
    log = read_log(source)
    if log is None:
        return None
    header = _header(log)
    drafts = [_sample(source, header, sample) for sample in log.samples]
    for draft in drafts[1:]:
        draft.account.remark("What the log holds beside its samples is listed with the first of them.")
    ends = [moment(draft.node.said("completed_at")) for draft in drafts]
    rest = {index: draft.node.left_behind() for index, draft in enumerate(drafts)}
    if drafts:
        rest[0] += (*log.header.left_behind(), *_other_files(log))
    return tuple(
        draft.account.end(
            draft.status,
            at=ends[index],
            record=[header["task"], header["model"], draft.node.value],
            unmapped=rest[index],
            tags=("inspect", header["task"]),
            counts=draft.counts,
        )
        for index, draft in enumerate(drafts)
    )


def _header(log: Log) -> dict[str, str]:
    log.header.explain("about the log as a whole: its plan, results and statistics")
    spec = log.header.need("eval")
    spec.explain("how the evaluation was set up")
    packages = spec.get("packages")
    return {
        "task": spec.need("task").text(),
        "model": spec.said("model", "unknown"),
        "created": spec.said("created"),
        "eval": spec.said("eval_id") or spec.said("run_id"),
        "version": packages.said("inspect_ai") if packages else "",
    }


def _other_files(log: Log) -> tuple[ev.Unmapped, ...]:
    if not log.others:
        return ()
    why = "files in the log beside header and samples, which sum these up"
    return (ev.Unmapped(where="zip", count=len(log.others), why=why, sample=", ".join(log.others)[:80]),)


# -- one sample --------------------------------------------------------------------------------------------------------


def _sample(source: Source, header: dict[str, str], node: Foreign) -> Draft:
    node.explain("about the sample as a whole")
    node.skip_empty(*_OFTEN_EMPTY)
    name, epoch = node.need("id").word(), node.need("epoch").whole()
    reader = _Words(node.get("attachments"))
    found = node.get("messages")
    messages = [_Message(one, reader) for one in found.each()] if found else []
    first = next((one for one in messages if one.role == "user"), None)
    began = moment(node.said("started_at"))
    account = Account(
        source,
        format=FORMAT,
        key=f"{header['eval'] or header['task']}/{name}/epoch {epoch}",
        decision=_decision(node, first, reader),
        at=began if began is not None else moment(header["created"]),
    )
    if header["version"]:
        account.remark(f"The log was written by inspect_ai {header['version']}.")
    made = _made(node)
    _tell(account, messages, first, header["model"], made)
    status = _ending(account, node, header["model"])
    reader.finish()
    for key, why in _WHY_NOT.items():
        if (left := node.get(key)) is not None and left.value not in ({}, []):
            left.set_aside(why)
    return Draft(
        account=account, node=node, status=status, counts={"messages": len(messages), "model calls": len(made)}
    )


def _decision(node: Foreign, first: _Message | None, reader: _Words) -> Decision:
    """The sample's input is what is asked. Where a solver wrapped it up, the talk begins with that."""
    given = node.get("input")
    words = first.text if first else ""
    if given is not None and given.is_a(str):
        words = reader.said(given.text())
    elif given is not None:
        given.set_aside("the input as messages; those of the talk begin with it")
    choices = node.get("choices")
    labels = [choice.text() for choice in choices.each()] if choices else []
    if not labels:
        return plain_decision(words)
    question, context = asked(words or "(The sample holds no question.)")
    ids = [LETTERS[index].lower() if index < len(LETTERS) else f"choice{index + 1}" for index in range(len(labels))]
    options = tuple(Option(id=id_, label=label) for id_, label in zip(ids, labels, strict=True))
    return Decision(question=question, options=options, context=context)


def _tell(
    account: Account, messages: list[_Message], first: _Message | None, model: str, made: dict[str, Made]
) -> None:
    """The talk, message by message; the first one of the user's only where it says more than the question."""
    names = {one.model or model for one in messages if one.role == "assistant"}
    start = messages.index(first) if first else 0
    prompt = "\n".join(one.text for one in messages[:start] if one.role == "system")
    for index, one in enumerate(messages):
        if one.role == "user" and not (one is first and account.asks(one.text)):
            account.say(one.text)
        elif one.role == "assistant":
            label = one.model or model if len(names) > 1 else model
            how = made.get(one.id)
            account.turn(
                account.seat(label, model=label, prompt=prompt),
                one.text,
                how.at if how else None,
                call=how.call if how else None,
            )
        elif one.role == "tool":
            label = f"{one.function or 'tool'} (tool)"
            account.turn(account.seat(label, model="tool", objective="Return what a tool gives."), one.text)
        elif one.role == "system" and index >= start:
            one.node.set_aside("an instruction in the middle of the talk has no place in a session")


def _ending(account: Account, node: Foreign, model: str) -> str:
    """How the sample ended: at a limit, with an error, or of itself."""
    if (limit := node.get("limit")) is not None:
        what = f"{limit.said('type', 'a')} limit"
        amount = limit.get("limit")
        reason = what if amount is None else f"{what} of {amount.number():g}"
        account.add(ev.DebateStopped(by="budget", reason=reason), moment(node.said("completed_at")))
    if (error := node.get("error")) is not None:
        account.open_round()
        account.miss(account.seat(model, model=model), error.said("message", "an error"))
        return "partial"
    return "complete" if limit is None else "partial"


class _Message:
    """One message of the talk, read."""

    def __init__(self, node: Foreign, reader: _Words) -> None:
        self.node = node
        self.role = node.need("role").text()
        self.id, self.model, self.function = node.said("id"), node.said("model"), node.said("function")
        node.said("source")
        node.agrees("tool_call_id", node.value.get("tool_call_id"))
        error = node.get("error")
        words = [reader.content(node.get("content")), *_calls(node)]
        if error is not None:
            words.append(f"[error: {error.said('message')}]")
        self.text = "\n".join(word for word in words if word)


def _calls(node: Foreign) -> list[str]:
    found = []
    calls = node.get("tool_calls")
    for call in calls.each() if calls else ():
        for key in ("id", "type"):
            call.said(key)
        if (view := call.get("view")) is not None:
            view.set_aside("how a viewer shows the call")
        arguments = call.get("arguments")
        found.append(called(call.need("function").text(), arguments.take() if arguments else {}))
    return found


class _Words:
    """Texts, with what stands in the sample's attachments put in its place."""

    def __init__(self, attachments: Foreign | None) -> None:
        self._attachments = dict(attachments.named()) if attachments else {}
        self._used: set[str] = set()

    def said(self, text: str) -> str:
        key = text.removeprefix(_ATTACHMENT)
        if key == text or key not in self._attachments:
            return text
        self._used.add(key)
        return self._attachments[key].text()

    def content(self, node: Foreign | None) -> str:
        """The words of a message; pictures and the like stand as their kind in brackets."""
        if node is None:
            return ""
        if node.is_a(str):
            return self.said(node.text())
        return "\n".join(word for part in node.each() if (word := self._part(part)))

    def _part(self, part: Foreign) -> str:
        kind = part.said("type")
        if kind == "text":
            return self.said(part.need("text").text())
        if kind == "reasoning":
            part.set_aside("what a model thought before it spoke has no place in a session")
            return ""
        return f"[{kind or 'something'}]"

    def finish(self) -> None:
        for key, attachment in self._attachments.items():
            if key not in self._used:
                attachment.set_aside("a text or picture that the trace of the run refers to")


def _made(node: Foreign) -> dict[str, Made]:
    """How each message was made, by its id: from the model calls in the trace, the last one from the output.

    Only looks at the trace, which is left behind as a whole.
    """
    found: dict[str, Made] = {}
    trace = node.value.get("events")
    for event in trace if isinstance(trace, list) else []:
        if isinstance(event, dict) and event.get("event") == "model":
            found.update(_call(event.get("output"), event))
    output = node.get("output")
    if output is not None:
        for key, made in _call(output.value, {}).items():
            found.setdefault(key, made)
        output.set_aside("the last model call; its message is the last turn, its tokens are with it")
    return found


def _call(output: Any, event: dict[str, Any]) -> dict[str, Made]:
    """The call behind an output, by the id of its message; nothing where the output holds no such message."""
    choices = output.get("choices") if isinstance(output, dict) else None
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    message = choice.get("message")
    name = message.get("id") if isinstance(message, dict) else None
    if not isinstance(name, str):
        return {}
    usage = output.get("usage") if isinstance(output.get("usage"), dict) else {}
    ended = event.get("completed") or event.get("timestamp")
    call = ev.Call(
        fingerprint="",
        requested_model=_text(event.get("model")) or _text(output.get("model")),
        served_model=_text(output.get("model")),
        finish_reason=_text(choice.get("stop_reason")),
        prompt_tokens=_count(usage.get("input_tokens")),
        completion_tokens=_count(usage.get("output_tokens")),
        total_seconds=_seconds(output.get("time")),
    )
    return {name: Made(at=moment(ended) if isinstance(ended, str) else None, call=call)}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else None


def _seconds(value: object) -> float | None:
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if whole and 0 <= value < 1e12 else None  # type: ignore[operator,arg-type]
