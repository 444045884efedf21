"""Logs of Inspect in their three containers: JSON, a plain zip, and one packed with Zstandard."""

from __future__ import annotations

import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chatarena.arena import events as ev
from chatarena.errors import SourceDamaged, SourceError
from chatarena.exchange.importers import _inspect_log
from chatarena.exchange.importing import Source, read_source
from tests.exchange.importers.records import (
    account_of,
    folded,
    inspect_header,
    inspect_log,
    inspect_sample,
    left,
    said,
    sessions_of,
    write,
)


def zipped(
    folder: Path, archive_module: Any, method: int, samples: list[dict[str, Any]], head: str = "header.json"
) -> Source:
    made = io.BytesIO()
    with archive_module.ZipFile(made, "w", method) as archive:
        for sample in samples:
            name = f"samples/{sample['id']}_epoch_{sample['epoch']}.json"
            archive.writestr(name, json.dumps(sample))
        archive.writestr("summaries.json", "[]")
        archive.writestr(head, json.dumps(inspect_header()))
    return write(folder, "run.eval", made.getvalue())


def zstandard() -> Any:
    if sys.version_info >= (3, 14):
        return zipfile
    return pytest.importorskip("backports.zstd.zipfile", reason="backports.zstd is not installed (the extra `imports`)")


CONTAINERS = ["json", "deflate", "zstandard", "unfinished"]


def log_in(folder: Path, container: str) -> Source:
    """A log of one sample in one of its containers."""
    match container:
        case "json":
            return write(folder, "run.json", inspect_log())
        case "zstandard":
            return zipped(folder, zstandard(), _inspect_log.ZSTANDARD, [inspect_sample()])
        case "unfinished":
            return zipped(folder, zipfile, zipfile.ZIP_DEFLATED, [inspect_sample()], "_journal/start.json")
        case _:
            return zipped(folder, zipfile, zipfile.ZIP_DEFLATED, [inspect_sample()])


@pytest.mark.parametrize("container", CONTAINERS)
def test_every_container_holds_the_same_session(tmp_path: Path, container: str) -> None:
    (plain,) = sessions_of(log_in(tmp_path / "plain", "json"), "inspect_ai")
    (session,) = sessions_of(log_in(tmp_path, container), "inspect_ai")
    assert session.id == plain.id
    assert [entry.event for entry in session.entries[2:]] == [entry.event for entry in plain.entries[2:]]


def test_a_sample_becomes_a_session(tmp_path: Path) -> None:
    (session,) = sessions_of(log_in(tmp_path, "json"), "inspect_ai")
    assert (
        said(session)
        == [
            ("you", "Which? A) red B) blue"),
            ("openai/gpt", '[calls look {"at": "sky"}]'),
            ("look (tool)", "[image]\nIt is blue."),
            ("openai/gpt", "ANSWER: B"),
        ]
        or said(session)[1][0] == "gpt-4"
    )
    seen = folded(session)
    assert seen.head.decision.question == "Which?"
    assert [(option.id, option.label) for option in seen.head.decision.options] == [("a", "red"), ("b", "blue")]
    assert [made.rule[0].text for made in seen.commitments if made.rule] == ["Be brief."]
    assert account_of(session).key == "e1/s1/epoch 1"
    assert seen.closed is not None and seen.closed.status == "complete"


def test_a_call_in_the_trace_gives_its_turn_time_and_tokens(tmp_path: Path) -> None:
    (session,) = sessions_of(log_in(tmp_path, "json"), "inspect_ai")
    first, _, last = (entry for entry in session.entries if isinstance(entry.event, ev.TurnTaken))
    assert isinstance(first.event, ev.TurnTaken) and isinstance(last.event, ev.TurnTaken)
    assert first.elapsed == 11.0  # 20:28:14 to 20:28:25
    call = first.event.call
    assert call is not None
    assert (call.requested_model, call.served_model, call.finish_reason) == ("openai/gpt", "gpt-4", "tool_calls")
    assert (call.prompt_tokens, call.completion_tokens, call.total_seconds) == (5, 2, 4.5)
    # The last call is not in the trace but in the output, without a time.
    assert last.event.call is not None and last.event.call.prompt_tokens == 7
    assert session.entries[-1].elapsed == 26.0


def test_what_has_no_place_is_listed_with_the_reason(tmp_path: Path) -> None:
    first, second = sessions_of(write(tmp_path, "run.json", inspect_log(1, 2)), "inspect_ai")
    assert left([second]) == {
        "samples[].target": 1,
        "samples[].messages[].content[].image": 1,
        "samples[].messages[].content[]": 1,  # the reasoning
        "samples[].output": 1,
        "samples[].scores": 1,
        "samples[].events": 1,
        "samples[].attachments.*": 1,
    }
    assert {where for where in left([first]) if not where.startswith("samples")} == {
        *("version", "status", "eval.config", "plan", "results"),
    }
    assert first.id != second.id
    assert any("inspect_ai 0.3.90" in remark for remark in account_of(second).remarks)


@pytest.mark.parametrize(
    ("changes", "status", "stopped", "missed"),
    [
        ({"limit": {"type": "token", "limit": 500}}, "partial", "token limit of 500", None),
        ({"error": {"message": "out of luck", "traceback": "..."}}, "partial", None, "out of luck"),
        ({"messages": []}, "complete", None, None),
        ({"input": [{"role": "user", "content": "Which?"}], "choices": None}, "complete", None, None),
        ({"started_at": None, "completed_at": None, "events": []}, "complete", None, None),
    ],
    ids=["limit", "error", "no-messages", "input-as-messages", "no-times"],
)
def test_special_samples(
    tmp_path: Path, changes: dict[str, Any], status: str, stopped: str | None, missed: str | None
) -> None:
    log = inspect_log()
    log["samples"][0].update(changes)
    (session,) = sessions_of(write(tmp_path, "run.json", log), "inspect_ai")
    seen = folded(session)
    assert seen.closed is not None and seen.closed.status == status
    assert (seen.stopped.reason if seen.stopped else None) == stopped
    assert (seen.missed[0].reason if seen.missed else None) == missed
    assert seen.head.decision.question


def test_several_models_are_several_agents(tmp_path: Path) -> None:
    log = inspect_log()
    log["samples"][0]["messages"][2]["model"] = "other"
    (session,) = sessions_of(write(tmp_path, "run.json", log), "inspect_ai")
    assert [who for who, _ in said(session)] == ["you", "other", "look (tool)", "gpt-4"]


def test_a_log_without_samples_holds_no_session(tmp_path: Path) -> None:
    assert sessions_of(write(tmp_path, "run.json", inspect_header()), "inspect_ai") == ()


def test_without_the_package_a_log_in_zstandard_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if sys.version_info >= (3, 14):
        pytest.skip("this Python reads Zstandard by itself")
    source = zipped(tmp_path, zipfile, zipfile.ZIP_STORED, [inspect_sample()])
    # The method in the directory of the zip: bytes 10 and 11 of every entry of it, which begins with PK\1\2.
    data = bytearray(source.data)
    at = data.find(b"PK\x01\x02")
    data[at + 10 : at + 12] = _inspect_log.ZSTANDARD.to_bytes(2, "little")
    monkeypatch.setitem(sys.modules, "backports.zstd.zipfile", None)
    with pytest.raises(SourceError) as caught:
        read_source(write(tmp_path, "packed.eval", bytes(data)))
    assert "Zstandard" in caught.value.message
    assert "stackelberg-chatarena[imports]" in caught.value.remedy


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"PK\x03\x04 and no more", "is not a whole zip file", id="cut-off"),
        pytest.param(None, "samples/s1_epoch_1.json is not JSON", id="a-sample-that-is-no-json"),
    ],
)
def test_a_damaged_log_is_refused_with_the_place(tmp_path: Path, data: bytes | None, message: str) -> None:
    if data is None:
        made = io.BytesIO()
        with zipfile.ZipFile(made, "w") as archive:
            archive.writestr("header.json", json.dumps(inspect_header()))
            archive.writestr("samples/s1_epoch_1.json", "{")
        data = made.getvalue()
    with pytest.raises(SourceDamaged, match=f"run.eval: {message}"):
        read_source(write(tmp_path, "run.eval", data))
