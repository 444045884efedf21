"""What the screens are handed: files by their public faces, problems beside their fields, sessions that run."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import replace

import pytest

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, Option
from chatarena.arena.protocol import Protocol
from chatarena.arena.settings import Settings as SessionSettings
from chatarena.authoring.agents import load_agents
from chatarena.cli import composing
from chatarena.cli import studio as studios
from chatarena.cli.home import Paths
from chatarena.cli.settings import Settings
from chatarena.cli.stage import open_stage
from chatarena.language_model.scripted import ScriptedModel
from chatarena.tui.ports import Plan
from tests.support.worlds import ScriptedParticipant, answer

TEA = Decision(question="Tea or coffee?", options=(Option(id="t", label="Tea"), Option(id="c", label="Coffee")))
PLAN = Plan(
    decision=TEA, cast="opposed-pair", protocol=Protocol(rounds=1), model="scripted/x", settings=SessionSettings()
)


def test_casts_show_labels_and_nothing_private(home: Paths) -> None:
    agents = load_agents()
    shown = repr(composing.casts(home))
    for written in agents.values():
        assert written.agent.objective not in shown
        assert written.agent.persona not in shown


def test_every_example_can_be_started_as_it_is(home: Paths) -> None:
    found = studios.examples(home)
    assert len(found) >= 8
    for example in found:
        plan = replace(PLAN, decision=example.decision, cast=example.cast or "diverse")
        assert composing.problems(plan, home) == (), example.title


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        pytest.param(replace(PLAN, decision=replace(TEA, question="")), "question", id="question"),
        pytest.param(replace(PLAN, decision=replace(TEA, options=TEA.options[:1])), "options", id="options"),
        pytest.param(replace(PLAN, cast="nobody"), "cast", id="cast"),
        pytest.param(replace(PLAN, protocol=Protocol(rounds=0)), "rounds", id="rounds"),
        pytest.param(replace(PLAN, settings=SessionSettings(budget=-1)), "budget", id="budget"),
        pytest.param(replace(PLAN, settings=SessionSettings(token_budget=-1)), "token_budget", id="tokens"),
        pytest.param(replace(PLAN, settings=SessionSettings(precision=-1)), "precision", id="precision"),
    ],
)
def test_a_problem_stands_beside_its_field(home: Paths, plan: Plan, field: str) -> None:
    assert [problem.field for problem in composing.problems(plan, home)] == [field]


def test_an_embedded_model_is_read_by_token_probabilities_unless_told_otherwise(home: Paths) -> None:
    plan = replace(PLAN, settings=replace(PLAN.settings, appraise=()))
    assert composing.staged(replace(plan, model="embedded/qwen2.5-1.5b"), home).settings.appraise == ("logprob",)
    assert composing.staged(replace(plan, model="openai/x"), home).settings.appraise == ("verbal",)


async def test_a_started_session_is_logged_listed_and_can_be_resumed(home: Paths) -> None:
    async with open_stage(Settings(), home, scripted=ScriptedModel(answer)) as stage:
        studio = studios.open_studio(stage, Settings())
        run = await studio.start(PLAN, ScriptedParticipant())
        async with aclosing(run.moderator.run(run.opening)) as stream:
            async for item in stream:
                if isinstance(item, ev.Entry) and isinstance(item.event, ev.TurnTaken):
                    break
        rows = await studio.recent()
        assert [row.title for row in rows] == ["Tea or coffee?"]
        again = await studio.resume(rows[0].id, ScriptedParticipant())
        async for _ in again.moderator.run(again.opening):
            pass
        assert again.moderator.session.closed == ev.SessionClosed(status="complete")
        assert [row.status for row in await studio.recent()] == ["complete"]
