"""The sessions that ship are golden playthroughs: whole, derived again exactly, repeated without a call, the same in
and out of a log, and between them they hold what a saved session may hold.

They were recorded with the embedded model. Where one of these tests fails after a change of the rules or of a prompt's
making, the change alters what old sessions mean: say so in a decision, or mend the change; do not record them anew.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from chatarena.arena import events as ev
from chatarena.arena.moves import CallMove
from chatarena.arena.session import Session, fold
from chatarena.cli.home import shipped_sessions
from chatarena.exchange.bundle import Bundle, check_bundle, read_bundle, write_bundle
from chatarena.exchange.schema import bundle_schema
from chatarena.replay.memory import Memory
from chatarena.replay.rederive import rederive
from chatarena.replay.rerun import differences, rerun
from chatarena.session_log.store import SessionLog

FILES = shipped_sessions()
EACH = pytest.mark.parametrize("path", FILES.values(), ids=FILES)


def written(bundle: Bundle) -> str:
    return "".join(f"{line}\n" for line in write_bundle(bundle.entries, name=bundle.name, tags=bundle.tags))


@EACH
def test_it_is_whole_and_says_the_same_when_written_again(path: Path) -> None:
    assert check_bundle(path.read_bytes()) == ()
    assert written(read_bundle(path)) == path.read_text(encoding="utf-8")


@EACH
def test_every_line_fits_the_schema(path: Path) -> None:
    validator = jsonschema.Draft202012Validator(bundle_schema())
    for line in path.read_text(encoding="utf-8").splitlines():
        validator.validate(json.loads(line))


@EACH
def test_what_was_shown_follows_from_the_facts(path: Path) -> None:
    checks = list(rederive(read_bundle(path).entries))
    # Another processor may round the last digit of a probability otherwise; nothing else may differ.
    assert {check.verdict for check in checks} <= {"same", "rounding", "not checked"}, [
        check for check in checks if check.verdict == "differs"
    ]
    counted = Counter(check.what for check in checks if check.verdict == "same")
    assert min(counted[what] for what in ("commitment", "order", "prompt")) > 0


@EACH
async def test_a_repetition_needs_no_call_and_says_the_same(path: Path) -> None:
    entries = read_bundle(path).entries
    memory = Memory(entries)

    async def perform(session: Session, move: CallMove) -> ev.Event:
        known = memory.recall(session, move)
        assert known is not None, f"the prompt of {move} is another one than when it was recorded"
        return known

    again = [event async for event in rerun(entries, perform)]
    assert differences([entry.event for entry in entries], again) == ()


@EACH
def test_a_log_gives_back_what_it_took_in(path: Path, tmp_path: Path) -> None:
    bundle = read_bundle(path)
    with SessionLog(tmp_path / "log.db", environ={}) as log:
        assert log.take_in(bundle.entries, name=bundle.name, tags=bundle.tags) == "added"
        assert log.take_in(bundle.entries, name=bundle.name, tags=bundle.tags) == "known"
        notes = log.annotations(bundle.session)
        back = replace(bundle, entries=log.entries(bundle.session), name=notes.name, tags=notes.tags)
    assert written(back) == path.read_text(encoding="utf-8")


def sessions() -> list[Session]:
    return [fold(entry.event for entry in read_bundle(path).entries) for path in FILES.values()]


def test_between_them_they_hold_what_a_session_may_hold() -> None:
    found = sessions()
    assert len(found) >= 6
    assert {session.head.protocol.name for session in found} >= {"simultaneous", "one_on_one", "network", "round_robin"}
    assert any(session.missed for session in found), "one with a turn that failed"
    assert any(not session.head.decision.question.isascii() for session in found), "one in another script"
    assert any(
        session.head.decision.states and any(made.agent.evidence for made in session.commitments) for session in found
    ), "one with states and private evidence"
    assert all(session.closed is not None and session.revealed and session.choice for session in found)


def test_they_were_spoken_by_a_model_and_not_by_a_script() -> None:
    for session in sessions():
        models = {turn.call.served_model for turn in session.turns if turn.call}
        assert models and not any(model.startswith("scripted") for model in models)
