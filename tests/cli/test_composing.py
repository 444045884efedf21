"""What the compose screen is handed by the command line: seats, checks, estimates and files, on the shipped prompts."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, EvidenceCard, Option
from chatarena.arena.protocol import PROTOCOL_NAMES, Hearing, Protocol
from chatarena.arena.settings import Settings
from chatarena.authoring.casts import BY_HAND
from chatarena.cli import composing, saving
from chatarena.cli.home import Paths, find_paths
from chatarena.cli.options import overrides, plan_from, read_decision
from chatarena.cli.outlook import Estimator, pace_of
from chatarena.cli.settings_loading import load_settings
from chatarena.cli.stage import open_stage
from chatarena.cli.studio import open_studio
from chatarena.errors import AuthoringError, UsageError
from chatarena.language_model.scripted import ScriptedModel
from chatarena.tui.form import form_of, read
from chatarena.tui.participant import Desk
from chatarena.tui.ports import Plan
from chatarena.tui.seats import SeatChoice
from tests.support.worlds import answer

TEA = Decision(question="Tea or coffee?", options=(Option(id="a", label="Tea"), Option(id="b", label="Coffee")))
TABLE = (SeatChoice(agent="health"), SeatChoice(agent="seller", favours=2), SeatChoice(agent="seller", favours=1))


def plan(**changes: object) -> Plan:
    base = Plan(decision=TEA, cast="diverse", protocol=Protocol(), model="scripted/words", settings=Settings(), seed=1)
    return replace(base, **changes)  # type: ignore[arg-type]


@pytest.fixture
def paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Paths:
    monkeypatch.setenv("CHATARENA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return find_paths()


def test_a_table_laid_by_hand_is_seated_as_it_was_laid(paths: Paths) -> None:
    seats = (TABLE[0], replace(TABLE[1], model="other/model"), TABLE[2])
    made = composing.staged(plan(cast="", seats=seats), paths)
    assert made.cast == BY_HAND
    assert [(agent.name, agent.favours, agent.model) for agent in made.agents] == [
        ("health", "", "scripted/words"),
        ("seller", "b", "other/model"),
        ("seller-2", "a", "scripted/words"),
    ]


def test_labels_become_names_again_in_networks_and_evidence(paths: Paths) -> None:
    _, names = composing.table(plan(cast="", seats=TABLE), paths)
    first, second, third = names
    hearing = (Hearing(agent=third, parents=(first, second)),)
    decision = replace(TEA, evidence=(EvidenceCard(agent=third, text="told"),))
    made = composing.staged(
        plan(cast="", seats=TABLE, decision=decision, protocol=Protocol(name="network", hearing=hearing)), paths
    )
    assert made.protocol.hearing == (Hearing(agent="seller-2", parents=("health", "seller")),)
    assert [agent.evidence for agent in made.agents] == [(), (), ("told",)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({}, "", id="fine"),
        pytest.param({"cast": ""}, "cast", id="nobody"),
        pytest.param({"cast": "no-such"}, "cast", id="unknown cast"),
        pytest.param({"decision": replace(TEA, question="")}, "question", id="no question"),
        pytest.param({"decision": replace(TEA, options=TEA.options[:1])}, "options", id="one option"),
        pytest.param({"protocol": Protocol(rounds=0)}, "rounds", id="no rounds"),
        pytest.param({"settings": Settings(token_budget=0)}, "token_budget", id="no tokens"),
        pytest.param({"settings": Settings(time_budget=-1.0)}, "time_budget", id="no time"),
        pytest.param(
            {"settings": Settings(source="panel"), "protocol": Protocol(claims=False)}, "source", id="no claims"
        ),
        pytest.param({"settings": Settings(precision=1e9)}, "precision", id="precision"),
        pytest.param(
            {"decision": replace(TEA, evidence=(EvidenceCard(agent="Nobody", text="x"),))}, "evidence", id="evidence"
        ),
    ],
)
def test_problems_stand_at_their_field(paths: Paths, changes: dict[str, object], field: str) -> None:
    assert [problem.field for problem in composing.problems(plan(**changes), paths)] == ([field] if field else [])


def test_faces_give_nobody_away(paths: Paths) -> None:
    hidden = composing.hidden(paths)
    faces = composing.faces(paths)
    assert {face.name for face in faces} == set(hidden)
    assert [face.label for face in faces] == sorted(face.label for face in faces), "not in the order of their names"
    assert all(face.manner and hidden[face.name].objective not in face.manner for face in faces)
    for choice in composing.casts(paths):
        assert len(choice.labels) == len(set(choice.labels)) == len(choice.seats)


def test_a_decision_is_saved_with_what_goes_with_it_and_read_back(paths: Paths) -> None:
    composed = plan(protocol=Protocol(name="rebuttal", rounds=3))
    file = saving.suggest(TEA)
    assert file == "tea-or-coffee.yaml"
    written = saving.save_decision(composed, file, paths)
    assert Path(written).stat().st_mode & 0o777 == 0o600
    example = saving.read_example(Path(file), paths)
    assert (example.decision, example.cast, example.protocol, example.rounds) == (TEA, "diverse", "rebuttal", 3)
    saving.save_decision(plan(decision=replace(TEA, context="It is late.")), file, paths)
    assert saving.read_example(Path(file), paths).decision.context == "It is late."
    assert [path.name for path in Path().iterdir() if path.suffix != ""] == [file], "and nothing half-written stays"


AGENTS = ("health", "seller", "privacy", "growth")


@st.composite
def plans(draw: st.DrawFn, paths: Paths) -> Plan:
    """Everything the compose screen can make of two options and up to five seats."""
    seat = st.builds(
        SeatChoice,
        agent=st.sampled_from(AGENTS),
        favours=st.none() | st.integers(1, 3),
        model=st.sampled_from(["", "other/model"]),
    )
    seats = tuple(draw(st.lists(seat, max_size=5)))
    made = plan(cast="" if seats else "diverse", seats=seats)
    labels = tuple(composing.table(made, paths)[1])
    talk = draw(st.sampled_from(PROTOCOL_NAMES if len(labels) > 1 else ("simultaneous", "one_on_one")))
    edges = (
        draw(st.sets(st.sampled_from([(a, b) for a in labels for b in labels if a != b]), min_size=1))
        if (talk == "network")
        else set()
    )
    hearing = tuple(
        Hearing(agent=a, parents=tuple(b for b in labels if (a, b) in edges))
        for a in labels
        if any((a, b) in edges for b in labels)
    )
    ends = draw(st.sets(st.sampled_from(labels), max_size=2)) if talk == "network" else set()
    output = tuple(label for label in labels if label in ends)
    cards = draw(st.lists(st.builds(EvidenceCard, agent=st.sampled_from(labels), text=st.just("told")), max_size=2))
    cards.sort(key=lambda card: labels.index(card.agent))
    rating = st.floats(0, 100)
    settings = Settings(
        appraise=draw(st.sampled_from([(), ("verbal",), ("logprob",), ("verbal", "logprob")])),
        source=draw(st.sampled_from(["auto", "own"])),
        precision=draw(st.floats(0, 100)),
        budget=draw(st.none() | st.floats(0.01, 1e4)),
        token_budget=draw(st.none() | st.integers(1, 10**9)),
        time_budget=draw(st.none() | st.floats(0.5, 1e5)),
    )
    return replace(
        made,
        decision=replace(TEA, evidence=tuple(cards)),
        protocol=Protocol(
            name=talk, rounds=draw(st.integers(1, 50)), hearing=hearing, claims=draw(st.booleans()), output=output
        ),
        settings=settings,
        seed=draw(st.none() | st.integers(0, 2**62)),
        prior=tuple(draw(st.just([]) | st.lists(rating, min_size=2, max_size=2))),
    )


@hypothesis.settings(
    max_examples=25, deadline=None, suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_everything_composed_is_in_the_file(paths: Paths, data: st.DataObject) -> None:
    """Saved, opened in an empty form and read again, a plan is the same; and the command line makes the same of it."""
    composed = data.draw(plans(paths))
    written = saving.save_decision(composed, "all.yaml", paths)
    form = form_of(saving.read_example(Path(written), paths), cast="monopoly", model="none/yet")
    read_again, found = read(form, tuple(composing.table(composed, paths)[1]))
    assert (read_again, found) == (composed, ())
    words = SimpleNamespace(
        **dict.fromkeys(("cast", "network", "protocol", "rounds", "appraise", "source", "model", "seed", "precision")),
        **dict.fromkeys(("budget", "token_budget", "time_budget", "cache", "claims")),
    )
    file = read_decision(written, paths)
    settings = load_settings(overrides(words, file.terms), paths=paths)
    try:
        seated = composing.staged(replace(composed, seed=1), paths)
    except AuthoringError as error:
        assert "not a seller" in error.message
        return
    made = plan_from(words, replace(file, terms=replace(file.terms, seed=1)), settings, paths, participant=True)
    assert made == seated and file.ratings == composed.prior


def test_the_usual_precision_is_in_the_file_too_for_elsewhere_another_may_be_usual(paths: Paths) -> None:
    written = saving.save_decision(plan(), "usual.yaml", paths)
    terms = read_decision(written, paths).terms
    words = SimpleNamespace(
        precision=None, **dict.fromkeys(("model", "cache", "budget", "token_budget", "time_budget"))
    )
    environ = {"CHATARENA_SESSION__PRECISION": "20"}
    settings = load_settings(overrides(words, terms), paths=paths, environ=environ)
    assert terms.precision == settings.session.precision == 8


def test_what_cannot_be_saved_or_opened_says_why(paths: Paths) -> None:
    with pytest.raises(UsageError, match="cannot be saved yet"):
        saving.save_decision(plan(decision=replace(TEA, question="")), "x.yaml", paths)
    Path("odd.yaml").write_text(
        "question: q\noptions: [a, b]\ncast: diverse\nprotocol: network\nnetwork: {heatlh: [privacy]}\n"
    )
    with pytest.raises(AuthoringError, match=r"odd\.yaml: the network names 'heatlh', who has no seat"):
        saving.read_example(Path("odd.yaml"), paths)
    Path("end.yaml").write_text(
        "question: q\noptions: [a, b]\ncast: diverse\nprotocol: network\nnetwork: star\noutput: heatlh\n"
    )
    with pytest.raises(AuthoringError, match=r"end\.yaml: the output names 'heatlh', who has no seat"):
        saving.read_example(Path("end.yaml"), paths)
    with pytest.raises(AuthoringError, match="cannot be read"):
        saving.read_example(Path("nowhere.yaml"), paths)


def test_what_another_window_is_just_saving_is_left_alone(paths: Paths, tmp_path: Path) -> None:
    saved = tmp_path / "mine.yaml"
    saving.save_decision(plan(), str(saved), paths)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    (unfinished := tmp_path / ".mine.yaml.new").write_text("half of it")
    saving.save_decision(plan(), str(saved), paths)
    assert unfinished.read_text() == "half of it"
    unfinished.unlink()
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_table_becomes_a_cast_of_ones_own(paths: Paths) -> None:
    saving.write_cast("my-own", TABLE, paths)
    first = composing.casts(paths)[0]
    assert (first.name, first.own, first.seats) == ("my-own", True, TABLE)
    assert saving.open_files(paths).cast_taken("my-own")
    with pytest.raises(AuthoringError):
        saving.write_cast("Not A Name", TABLE, paths)


@pytest.mark.parametrize("unblinded", [False, True])
async def test_a_session_of_somebody_who_saw_the_aims_is_tagged(paths: Paths, unblinded: bool) -> None:
    async with open_stage(load_settings(paths=paths), paths, scripted=ScriptedModel(answer)) as stage:
        asked = asyncio.Event()
        run = await open_studio(stage, load_settings(paths=paths)).start(
            plan(unblinded=unblinded), Desk(lambda: 0.0, asked.set)
        )

        async def play() -> None:
            async with aclosing(run.moderator.run(run.opening)) as stream:
                async for _ in stream:
                    pass

        playing = asyncio.create_task(play())
        await asked.wait()
        assert stage.log is not None
        assert stage.log.annotations(run.moderator.session_id).tags == (("unblinded",) if unblinded else ())
        playing.cancel()
        await asyncio.wait({playing})


async def test_the_estimate_is_that_of_the_dry_run_and_minutes_come_from_earlier_sessions(paths: Paths) -> None:
    from chatarena.cli.stage import opening_events
    from chatarena.moderator.spending import estimate_session

    settings = load_settings(paths=paths)
    async with open_stage(settings, paths, scripted=ScriptedModel(answer)) as stage:
        made = await Estimator(stage).estimate(plan())
        whole = estimate_session(opening_events(composing.staged(plan(), paths), paths))
        assert (made.calls, made.tokens) == (whole.calls, whole.tokens)
        assert made.seconds is None, "nothing tells how fast this model is"
        slow = await Estimator(stage).estimate(plan(model="embedded/qwen2.5-1.5b"))
        assert slow.free and slow.seconds is not None and "14 tokens a second" in slow.pace
        assert slow.seconds > slow.tokens / slow.calls / 65, "prompts have to be read before anything is said"
        one = replace(plan(model="embedded/qwen2.5-1.5b"), settings=Settings(time_budget=1.0, token_budget=10))
        assert [line.split(",")[0] for line in (await Estimator(stage).estimate(one)).over] == [
            "More than the token budget of 10",
            "Longer than the time budget of 1 s",
        ]
        dear = await Estimator(stage).estimate(plan(model="openai/nobody-knows-its-price"))
        assert dear.unpriced == ("openai/nobody-knows-its-price",) and not dear.free, "an unknown price is not nothing"


def call(seconds: float | None, model: str = "m", *, cached: bool = False) -> ev.Call:
    return ev.Call(
        fingerprint="", requested_model=model, served_model=model, finish_reason="stop", total_seconds=seconds,
        from_cache=cached,
    )  # fmt: skip


def entries(*events: ev.Event) -> list[ev.Entry]:
    return [ev.Entry(session="s", seq=at, at=0.0, elapsed=0.0, event=event) for at, event in enumerate(events)]


@pytest.mark.parametrize(
    ("calls", "turn", "turns"),
    [
        pytest.param([call(2.0), call(4.0), call(9.0)], 4.0, 3, id="median"),
        pytest.param([call(2.0), call(0.0, cached=True)], 2.0, 1, id="the cache tells nothing"),
        pytest.param([call(2.0), call(7.0, "other")], 2.0, 1, id="nor does another model"),
        pytest.param([call(2.0), call(None)], 2.0, 1, id="nor a call of unknown length"),
    ],
)
def test_the_pace_of_a_model(calls: list[ev.Call], turn: float, turns: int) -> None:
    taken = [ev.TurnTaken(agent="A", round=at, text="x", call=one) for at, one in enumerate(calls, start=1)]
    pace = pace_of(entries(*taken), "m")
    assert pace is not None and (pace.turn, pace.turns) == (turn, turns)
    assert pace_of(entries(*taken), "unheard") is None
