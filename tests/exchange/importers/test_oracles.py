"""What the other programs themselves write is read: llm and inspect_ai, where `make oracles` has installed them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chatarena.exchange.importing import Source
from tests.exchange.importers.records import account_of, folded, said, sessions_of

pytestmark = pytest.mark.oracle


def echo_model(llm: Any) -> Any:
    """A model of llm that repeats what it is asked."""

    class Echo(llm.Model):  # type: ignore[misc, name-defined]
        model_id = "echo"
        needs_key = None
        can_stream = True

        def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any) -> Any:
            response.set_usage(input=3, output=5)
            yield f"You say: {prompt.prompt}"

    return Echo()


def test_a_database_that_llm_wrote(tmp_path: Path) -> None:
    llm = pytest.importorskip("llm", reason="llm is not installed: make oracles")
    from llm.migrations import migrate
    from sqlite_utils import Database

    log = Database(tmp_path / "logs.db")
    migrate(log)
    model = echo_model(llm)
    talk = model.conversation()
    for prompt, options in (("Hello", {"system": "Be short"}), ("Again", {}), ("It says", {"fragments": ["a" * 99]})):
        response = talk.prompt(prompt, **options)
        response.text()
        response.log_to_db(log)
    log.conn.close()
    (session,) = sessions_of(Source(tmp_path / "logs.db"), "simonw_llm")
    seen = folded(session)
    assert seen.head.decision.question == "Hello"
    assert said(session)[:3] == [("echo", "You say: Hello"), ("you", "Again"), ("echo", "You say: Again")]
    assert "a" * 99 in said(session)[3][1]
    assert seen.commitment("echo").part("brief") == "Be short"
    assert all(turn.call is not None and turn.call.completion_tokens == 5 for turn in seen.turns)
    assert session.entries[0].at > 1.7e9


@pytest.mark.parametrize("form", ["eval", "json"])
def test_a_log_that_inspect_wrote(tmp_path: Path, form: str) -> None:
    pytest.importorskip("inspect_ai", reason="inspect_ai is not installed: make oracles")
    from inspect_ai.event import ModelEvent
    from inspect_ai.log import EvalConfig, EvalDataset, EvalLog, EvalSample, EvalSpec, write_eval_log
    from inspect_ai.model import ChatMessageAssistant, ChatMessageUser, GenerateConfig, ModelOutput

    answer = ChatMessageAssistant(id="m2", content="Yes.", model="mock")
    call = ModelEvent(
        model="mockllm/mock",
        input=[],
        tools=[],
        tool_choice="none",
        config=GenerateConfig(),
        output=ModelOutput.from_message(answer),
    )
    sample = EvalSample(
        id=1,
        epoch=1,
        input="Shall we go?",
        target="yes",
        messages=[ChatMessageUser(id="m1", content="Shall we go?"), answer],
        output=ModelOutput.from_message(answer),
        events=[call],
    )
    spec = EvalSpec(
        created="2026-01-01T10:00:00+00:00",
        task="going",
        dataset=EvalDataset(),
        model="mockllm/mock",
        config=EvalConfig(),
    )
    write_eval_log(EvalLog(status="success", eval=spec, samples=[sample]), str(tmp_path / f"run.{form}"))
    (session,) = sessions_of(Source(tmp_path / f"run.{form}"), "inspect_ai")
    assert said(session) == [("mockllm/mock", "Yes.")]
    assert folded(session).head.decision.question == "Shall we go?"
    assert account_of(session).key.endswith("/1/epoch 1")
