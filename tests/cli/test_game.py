"""`chatarena game`: named games, files and sessions solved; series kept, continued and shared out."""

from __future__ import annotations

import json
import math
import re
import signal
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml

from chatarena.arena import events as ev
from chatarena.cli import game as command
from chatarena.cli.game_series import Spec, play, read_results
from chatarena.cli.home import Paths
from chatarena.cli.long_run import run_all, workers
from chatarena.errors import UsageError
from chatarena.games.families import FAMILIES, drawn_game
from chatarena.games.game import game
from chatarena.games.instances import INSTANCES, instance
from chatarena.games.solution import solve
from chatarena.report.games.text import verdict
from chatarena.session_log.store import SessionLog
from tests.cli.conftest import Chatarena
from tests.session_log.samples import NOON, entries
from tests.support.data import data_folder
from tests.support.sessions import DECISION, WEATHER, cast, opening, ratings

SPEC = Spec(family="random", leaders=2, states=2, actions=2, size=0.05, seed=3)


def silent(done: int, total: int) -> None:
    """Tells nobody."""


def by_state(values: dict[tuple[str, str], float]) -> tuple[ev.Rating, ...]:
    return tuple(ev.Rating(option=option, state=state, value=value) for (option, state), value in values.items())


def kept(home: Paths, name: str, events: tuple[ev.Event, ...]) -> None:
    SessionLog(home.database, environ={}).append(entries(name, events, at=NOON))


def weather(*, hole: bool = False, agents_by_state: bool = True) -> tuple[ev.Event, ...]:
    """A session whose participant rates options by state; Ash likes museums, Birch what she likes."""
    hers = {("picnic", "sun"): 100.0, ("picnic", "rain"): 0.0, ("museum", "sun"): 30.0, ("museum", "rain"): 70.0}
    ash = {key: 100.0 if key[0] == "museum" else 0.0 for key in hers}
    whole = [("picnic", 20.0), ("museum", 80.0)]
    said = []
    for agent, numbers in (("Ash", ash), ("Birch", hers)):
        if hole and agent == "Ash":
            numbers = {key: value for key, value in numbers.items() if key != ("museum", "rain")}
        rated = by_state(numbers) if agents_by_state else tuple(ev.Rating(option=o, value=v) for o, v in whole)
        said.append(ev.AppraisalMade(agent=agent, round=1, ratings=rated, method="verbal"))
    return (
        *opening(2, decision=WEATHER, agents=cast(2)),
        ev.BeliefsGiven(phase="prior", round=0, probabilities=(0.6, 0.4)),
        ev.RoundOpened(round=1, order=("Ash", "Birch")),
        *said,
        ev.RatingsGiven(phase="final", round=1, ratings=by_state(hers)),
        ev.SessionClosed(status="complete"),
    )


# -- named games and files ---------------------------------------------------------------------------------------------


def test_the_command_and_the_room_know_the_same_families() -> None:
    assert command.FAMILIES == FAMILIES


def test_a_list_has_every_game_and_family(chatarena: Chatarena) -> None:
    listed = chatarena("game", "list", "--json").data
    assert [one["name"] for one in listed["games"]] == list(INSTANCES)
    assert [one["name"] for one in listed["families"]] == list(FAMILIES)
    shown = chatarena("game").out
    assert all(name in shown for name in (*INSTANCES, *FAMILIES))


@pytest.mark.parametrize("name", INSTANCES)
def test_every_named_game_is_shown_and_solved(chatarena: Chatarena, name: str) -> None:
    assert chatarena("game", "show", name).code == 0
    done = chatarena("game", "solve", name)
    assert (done.code, done.err) == (0, "")
    assert "in equilibrium (pure" in done.out
    assert "VIOLATION" not in done.out


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("sellers", "The user can rely on these agents' competition: wherever", id="everything, promised"),
        pytest.param("hull-fails", "The user cannot rely on these agents' competition: it may", id="nothing"),
        pytest.param("monopoly", "One leader is a monopoly", id="one"),
        pytest.param("prosecutor-and-defence", "These agents' competition serves the user, but", id="not promised"),
    ],
)
def test_the_first_sentence_says_whether_she_can_rely_on_them(chatarena: Chatarena, name: str, said: str) -> None:
    answer = chatarena("game", "solve", name).out.split("\n\n")[1]
    assert answer.startswith(said), answer


def test_what_competition_gives_in_part_is_said_between_its_ends() -> None:
    # Both tell the first state from the others, and would have her mix up the other two.
    lead = [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    answer = next(verdict(solve(game([0.34, 0.33, 0.33], np.eye(3).tolist(), [lead, lead]))))
    assert answer.startswith("These agents' competition is worth something to the user, not all there is")
    assert answer.endswith("she gets 0.56, between 0.34 without advice and 1 knowing everything.")


@pytest.mark.parametrize("seed", range(8))
def test_no_more_is_promised_in_words_than_holds(seed: int) -> None:
    # Residuals so small that 2 epsilon leaves something to promise.
    found = solve(drawn_game(np.random.default_rng(seed), "epsilon-hull", size=0.004))
    assert found.guarantee is not None
    low, high = found.game.scale
    floor = low + (high - low) * max(found.benchmarks.prior, found.benchmarks.optimum - found.guarantee)
    line = next(line for line in verdict(found) if line.startswith("Promised"))
    said = float(line.split(": ")[1].split(",")[0])
    assert floor - 1.1e-3 <= said <= floor + 1e-9


def test_a_user_with_logit_response_is_held_against_herself_and_not_against_one_who_never_errs() -> None:
    # Where she hardly listens to anybody, knowing everything is worth little more to her than even chances.
    found = solve(instance("prosecutor-and-defence").game, precision=1.0)
    surely, evenly = 1.0 / (1.0 + math.exp(-1.0)), 1.0 / (1.0 + math.exp(-0.4))
    assert found.quantal_marks == pytest.approx((0.7 * evenly + 0.3 * (1.0 - evenly), surely))
    said = list(verdict(found))
    assert said[0].startswith("These agents' competition serves the user, but nothing promises it")
    assert "0.7311, where without advice it would be 0.5395" in said[0]
    assert any("a user who responds best would get 0.7 from" in line for line in said)
    assert not any("monopol" in line for line in said)


def test_a_monopoly_is_of_a_user_who_responds_best(chatarena: Chatarena) -> None:
    assert "it leaves her 0.7," in chatarena("game", "solve", "judge").out
    quantal = " ".join(chatarena("game", "solve", "judge", "--precision", "5").out.split())
    assert "it leaves a user who responds best 0.7," in quantal and "0.6523 without advice" in quantal


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("sellers", "Even the worst equilibrium found is better for her than any monopoly.", id="better"),
        pytest.param("hull-fails", "The worst equilibrium found is no better for her than any monopoly.", id="as good"),
        pytest.param(
            "fragile-best-response",
            "The worst equilibrium found is worse for her than every monopoly.",
            id="worse than all",
        ),
    ],
)
def test_the_answer_stands_before_the_tables_it_rests_on(chatarena: Chatarena, name: str, said: str) -> None:
    out = chatarena("game", "solve", name).out
    assert 0 < out.index(said) < out.index("weighted alignment") < out.index("in equilibrium (pure")
    assert "weights of 0 or more" in out


def test_a_shown_game_is_a_file_that_is_solved_to_the_same(chatarena: Chatarena) -> None:
    Path("court.yaml").write_text(chatarena("game", "show", "prosecutor-and-defence", "--yaml").out)
    ours = chatarena("game", "solve", "court.yaml", "--json").data
    theirs = chatarena("game", "solve", "prosecutor-and-defence", "--json").data
    assert ours["benchmarks"] == theirs["benchmarks"]
    assert ours["equilibria"] == theirs["equilibria"]
    assert ours["origin"] == "file court.yaml"


def test_the_judge_is_the_published_example(chatarena: Chatarena) -> None:
    found = chatarena("game", "solve", "judge", "--json").data
    only = found["benchmarks"]["monopolies"][0]
    assert only["value"] == pytest.approx(0.6)
    assert found["benchmarks"]["prior"] == pytest.approx(only["user_lowest"]) == pytest.approx(0.7)


def test_values_are_told_on_the_games_own_scale(chatarena: Chatarena) -> None:
    out = chatarena("game", "solve", "nobody-aligned").out
    assert re.search(r"everything known +0\.84 ", out)
    assert "Promised in every equilibrium to a user who responds best: 0.84, which is everything" in out
    assert "better for her than any monopoly" in out
    assert "not the paper's" in out


def test_leaders_with_logit_response_are_told_of(chatarena: Chatarena) -> None:
    words = ("game", "solve", "hull-fails", "--leaders-precision", "50")
    out = chatarena(*words).out
    assert "she gets 0.3333 on average" in " ".join(out.split())
    assert "leader 2 most often tells nothing" in out
    assert chatarena(*words, "--json").data["quantal_leaders"]["user"] == pytest.approx(1 / 3, abs=1e-4)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("[1.0, 0.0]", "[1.0]", "all its rows alike, not 1, 2", id="ragged"),
        pytest.param("probability: 0.7", "probability: 0.9", "probabilities of all states make 1", id="prior"),
    ],
)
def test_a_wrong_file_is_told_in_its_own_terms(chatarena: Chatarena, old: str, new: str, said: str) -> None:
    user = "user: [[1.0, 0.0], [0.0, 1.0]]"
    text = f"""states: [{{label: a, probability: 0.7}}, {{label: b, probability: 0.3}}]
actions: [x, y]
{user}
leaders: [{{name: one, utilities: [[0, 0], [1, 1]]}}]
"""
    Path("wrong.yaml").write_text(text.replace(old, new, 1))
    done = chatarena("game", "solve", "wrong.yaml")
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert "array" not in done.err


def test_a_page_and_a_picture_are_written_and_not_replaced(chatarena: Chatarena) -> None:
    words = ("game", "solve", "hull-fails", "--html", "page.html", "--svg", "values.svg")
    assert chatarena(*words).code == 0
    page = Path("page.html").read_text()
    assert "<svg" in page
    assert "In equilibrium (pure" in page
    # Names stand beside the figure and tables have their lines: the rules that say so are in the page.
    for rule in (".paths .end", ".numbers th", ".interval"):
        assert rule in page
    assert ".paths .end" in Path("values.svg").read_text()
    assert Path("values.svg").read_text().startswith("<svg")
    done = chatarena(*words)
    assert (done.code, done.out) == (2, "")
    assert chatarena(*words, "--force").code == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param(("solve", "nowhere.yaml"), "nowhere.yaml", id="no such file"),
        pytest.param(("solve", "prisoners"), "there is no session", id="no such name"),
        pytest.param(("solve", "judge", "sellers"), "judge is a game by itself", id="two games"),
        pytest.param(("solve", "judge", "--leaders-precision", "3"), "one leader is a monopoly", id="monopoly"),
        pytest.param(("solve", "judge", "--messages", "x"), "x: a whole number, at least 1", id="no number"),
        pytest.param(("solve", "scores.csv"), "neither a game's file", id="a table"),
        pytest.param(("bound", "--seed", "-1"), "at least 0", id="negative seed"),
        pytest.param(("solve", "judge", "--html", "nowhere/a.html"), "no folder nowhere", id="no folder"),
        pytest.param(("evaluation", "--interactions", "4,x"), "4,x: whole numbers", id="no numbers"),
        pytest.param(("evaluation", "--fee", "-1"), "more than 0", id="negative fee"),
        pytest.param(("sweep", "--over", "epsilon", "--family", "random"), "epsilon-hull", id="no residual"),
        pytest.param(("sweep", "--over", "lambda", "--concept", "selection"), "responds best", id="quantal selection"),
        pytest.param(("sweep", "--states", "9", "--games", "2"), "at most 7 signals", id="too large"),
    ],
)
def test_what_cannot_be_done_says_why(chatarena: Chatarena, words: tuple[str, ...], said: str) -> None:
    done = chatarena("game", *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_selection_tells_where_competition_ends(chatarena: Chatarena) -> None:
    out = chatarena("game", "selection", "sellers").out
    assert "Pure equilibria give her 0.81." in out
    found = chatarena("game", "selection", "sellers", "--json").data
    assert len(found["runs"]) == 8
    # Rest is rest within the margin of 2 % by which leaders outbid.
    assert all(run["value"] >= found["best"] - 0.03 for run in found["runs"])


def test_the_bound_is_held_against_games(chatarena: Chatarena) -> None:
    found = chatarena("game", "bound", "--games", "3000", "--seed", "2", "--json").data
    assert (found["violations"], found["profile_violations"], found["games"]) == (0, 0, 3000)
    assert "Equilibria that lose more than the bound: 0." in chatarena("game", "bound", "--games", "50").out


@pytest.mark.parametrize("over", ["epsilon", "agents", "lambda"])
def test_a_curve_is_printed_and_drawn(chatarena: Chatarena, over: str) -> None:
    done = chatarena("game", "sweep", "--over", over, "--games", "20", "--svg", "curve.svg")
    assert done.code == 0
    assert "violations" in done.out
    drawn = Path("curve.svg").read_text()
    assert "worst equilibrium" in drawn
    assert ("bound T2" if over == "lambda" else "2 epsilon") in drawn


def test_the_schema_describes_files(chatarena: Chatarena) -> None:
    schema = json.loads(chatarena("game", "schema").out)
    assert {"states", "actions", "user", "leaders"} <= set(schema["required"])


# -- sessions ----------------------------------------------------------------------------------------------------------


def test_a_session_rated_by_state_is_a_game(home: Paths, chatarena: Chatarena) -> None:
    kept(home, "W", weather())
    done = chatarena("game", "solve", "W", "--json")
    assert done.code == 0
    found = done.data["game"]
    assert found["states"] == ["It is sunny", "It rains"]
    assert found["prior"] == pytest.approx([0.6, 0.4])
    assert found["user"] == [[1.0, 0.0], [0.3, 0.7]]
    assert found["leaders"] == ["Ash", "Birch"]
    assert found["leader_utilities"] == [[[0.0, 0.0], [1.0, 1.0]], [[1.0, 0.0], [0.3, 0.7]]]
    # Birch wants what she wants, so competition gives her everything.
    assert done.data["guarantee"] == pytest.approx(0.0, abs=1e-8)
    assert "Chances of the states are her beliefs before the talk." in done.data["notes"]
    told = chatarena("game", "solve", "W")
    assert "which is everything" in told.out
    assert "her beliefs before the talk" in told.out


def test_agents_without_states_want_the_same_in_all_of_them(home: Paths, chatarena: Chatarena) -> None:
    kept(home, "W", weather(agents_by_state=False))
    found = chatarena("game", "show", "W", "--json").data
    assert found["game"]["leader_utilities"] == [[[0.2, 0.2], [0.8, 0.8]]] * 2
    assert any("taken for every state" in note for note in found["notes"])


def test_a_missing_number_is_refused_by_name(home: Paths, chatarena: Chatarena) -> None:
    kept(home, "W", weather(hole=True))
    done = chatarena("game", "solve", "W")
    assert (done.code, done.out) == (2, "")
    assert "Ash has none for Museum, if It rains" in done.err
    assert "--agents" in done.err
    assert chatarena("game", "solve", "W", "--agents", "Birch").code == 0


def plain_session(number: int) -> tuple[ev.Event, ...]:
    rng = np.random.default_rng(number)
    labels = [agent.label for agent in cast(2)]
    return (
        *opening(2),
        ev.RoundOpened(round=1, order=tuple(labels)),
        *(
            ev.AppraisalMade(
                agent=who, round=1, ratings=ratings(DECISION, rng.uniform(0, 100, 3).tolist()), method="verbal"
            )
            for who in labels
        ),
        ev.RatingsGiven(phase="final", round=1, ratings=ratings(DECISION, rng.uniform(0, 100, 3).tolist())),
        ev.SessionClosed(status="complete"),
    )


def test_one_session_without_states_has_nothing_to_tell(home: Paths, chatarena: Chatarena) -> None:
    kept(home, "A", plain_session(1))
    done = chatarena("game", "solve", "A")
    assert "Nothing is uncertain" in " ".join(done.out.split())
    assert "Nothing that anybody could tell would change what she does best" in done.out


def test_sessions_whose_options_only_share_their_ids_are_no_game(home: Paths, chatarena: Chatarena) -> None:
    other = replace(
        DECISION, options=tuple(replace(option, label=f"{option.label}, later") for option in DECISION.options)
    )
    kept(home, "A", plain_session(1))
    kept(home, "B", (*opening(2, decision=other), *plain_session(2)[len(opening(2)) :]))
    done = chatarena("game", "solve", "A", "B")
    assert (done.code, done.out) == (2, "")
    assert "different options (Lisbon, Oslo, Stay where I am in A; Lisbon, later, Oslo, later" in done.err


def test_several_sessions_are_states(home: Paths, chatarena: Chatarena) -> None:
    for number, name in enumerate("ABC"):
        kept(home, name, plain_session(number))
    found = chatarena("game", "solve", "A", "B", "C", "--json").data
    assert found["game"]["states"] == ["session A", "session B", "session C"]
    assert found["game"]["prior"] == pytest.approx([1 / 3] * 3)
    assert found["benchmarks"]["optimum"] > found["benchmarks"]["prior"]


def test_a_published_debate_is_a_court_and_a_consultancy_a_monopoly(chatarena: Chatarena) -> None:
    debates = data_folder("nyu_debates") / "official"
    for name, leaders in (("a-pail-of-air-0", 2), ("doublecross-4", 1)):
        if not (debates / f"{name}.json").exists():
            pytest.skip(f"the debate {name} is not here")
        assert chatarena("import", str(debates / f"{name}.json")).code == 0
        done = chatarena("game", "solve", "last", "--json")
        found = done.data["game"]
        assert len(found["leaders"]) == leaders
        assert found["user"] == [[1.0, 0.0], [0.0, 1.0]]
        assert all(row[0] == row[1] for leader in found["leader_utilities"] for row in leader)
        assert sum(found["prior"]) == pytest.approx(1.0)
        assert not any(note.startswith("The participant's are") for note in done.data["notes"])
        if leaders == 2:
            # Two who want opposite answers whatever is true: far from the hull, and competition tells all.
            assert done.data["guarantee"] == pytest.approx(1.0)
            assert all(each["worst"] == pytest.approx(1.0) for each in done.data["equilibria"])


# -- series ------------------------------------------------------------------------------------------------------------


def test_a_series_is_continued_and_the_same_as_at_once(chatarena: Chatarena) -> None:
    words = ("game", "simulate", "--family", "sellers", "--states", "2", "--actions", "2", "--seed", "5", "--json")
    at_once = chatarena(*words, "--games", "6").data
    chatarena(*words, "--games", "3", "--out", "series.jsonl")
    done = chatarena(*words, "--games", "6", "--out", "series.jsonl")
    assert done.data == at_once
    assert "3 of 6" in done.err
    assert at_once["violations"] == 0
    lines = Path("series.jsonl").read_text().splitlines()
    assert [json.loads(line)["index"] for line in lines[1:]] == list(range(6))


def test_a_line_that_was_cut_off_is_done_again_and_another_run_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "series.jsonl"
    work = partial(play, SPEC)
    whole = run_all(work, 4, spec={"seed": 3}, file=file, pool=None, tell=silent)
    text = file.read_text()
    file.write_text(text[: -len(text.splitlines()[-1]) // 2])
    assert run_all(work, 4, spec={"seed": 3}, file=file, pool=None, tell=silent) == whole
    assert file.read_text() == text
    with pytest.raises(UsageError, match="another run"):
        run_all(work, 4, spec={"seed": 4}, file=file, pool=None, tell=silent)
    file.write_text(text.replace('"index"', '"place"'))
    with pytest.raises(UsageError, match="no result"):
        run_all(work, 4, spec={"seed": 3}, file=file, pool=None, tell=silent)


def test_other_processes_find_the_same(tmp_path: Path) -> None:
    work = partial(play, SPEC)
    alone = run_all(work, 5, spec={}, file=None, pool=None, tell=silent)
    with workers(2, None) as pool:
        assert isinstance(pool, ProcessPoolExecutor)
        shared = run_all(work, 5, spec={}, file=tmp_path / "s.jsonl", pool=pool, tell=silent)
    assert shared == alone
    assert [one.index for one in read_results(shared)] == list(range(5))


def test_a_cluster_finds_the_same() -> None:
    distributed = pytest.importorskip("distributed", reason="the extra `scale` is not installed")
    work = partial(play, SPEC)
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as cluster,
        workers(1, cluster.scheduler_address) as pool,
    ):
        shared = run_all(work, 3, spec={}, file=None, pool=pool, tell=silent)
    assert shared == run_all(work, 3, spec={}, file=None, pool=None, tell=silent)


def test_a_cluster_without_the_extra_says_what_to_install(chatarena: Chatarena) -> None:
    import importlib.util

    if importlib.util.find_spec("distributed") is not None:
        pytest.skip("the extra `scale` is installed here")
    done = chatarena("game", "simulate", "--games", "2", "--dask", "tcp://127.0.0.1:9")
    assert (done.code, done.out) == (2, "")
    assert "scale" in done.err


def test_a_table_of_a_series_is_printed(chatarena: Chatarena) -> None:
    done = chatarena("game", "simulate", "--family", "exact-hull", "--games", "3", "--states", "2", "--actions", "2")
    assert done.code == 0
    assert "Violations of V* - 2 epsilon: 0." in done.out
    assert re.search(r"loss in the worst equilibrium, every rule +0 ", done.out)


def test_game_files_are_yaml(chatarena: Chatarena) -> None:
    assert yaml.safe_load(chatarena("game", "show", "judge", "--yaml").out)["name"] == "judge"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no /proc here, which names a process' children")
def test_a_kill_keeps_what_was_played_and_leaves_no_process_behind(home: Paths) -> None:
    words = ("game", "simulate", "--family", "sellers", "--games", "640", "--states", "4", "--actions", "4")
    script = "import sys; from chatarena.cli import main; sys.exit(main(sys.argv[1:]))"
    with subprocess.Popen(
        [sys.executable, "-c", script, *words, "--jobs", "2", "--out", "long.jsonl"],
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
        assert running.stderr is not None
        # Nothing is played at the first line, a tenth at the second.
        assert [running.stderr.readline() for _ in range(2)][1].startswith("sellers games: ")
        others = [int(word) for word in children.read_text().split()]
        assert len(others) >= 2
        running.send_signal(signal.SIGTERM)
        told = running.communicate(timeout=120)[1]
    assert running.returncode == 130
    assert "long.jsonl has the games played so far; the same command goes on from there" in told
    assert "Traceback" not in told
    assert not any(Path(f"/proc/{other}/exe").exists() for other in others)
