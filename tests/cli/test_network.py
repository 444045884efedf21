"""`chatarena network`: the same numbers in words, in JSON and in a drawing; wrong words refused with a remedy."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from chatarena.cli.home import Paths
from tests.cli.conftest import Chatarena


@pytest.fixture
def table(home: Paths) -> Path:
    """Six features of which the label is the sum, and a word that is no number."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((200, 6)) @ (np.eye(6) + 0.4 * rng.standard_normal((6, 6)))
    y = x.sum(axis=1) + 0.5 * rng.standard_normal(200)
    path = home.database.parent / "table.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["colour," + ",".join(f"f{i}" for i in range(6)) + ",y"]
    lines += ["red," + ",".join(f"{value:.9f}" for value in (*row, target)) for row, target in zip(x, y, strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_run_says_what_its_document_says(chatarena: Chatarena, table: Path) -> None:
    words = ("network", "run", "--data", str(table), "--target", "y", "--agents", "8", "--topology", "window")
    told, document = chatarena(*words), chatarena(*words, "--json")
    assert told.code == document.code == 0, told.err
    data = json.loads(document.out)["data"]
    assert data["table"]["rows"] == 140 and data["table"]["rows_kept_out"] == 60
    assert data["table"]["not_used"] == {"colour": "words, not numbers"}
    assert "window: 8 agents, 13 hand-offs, depth 8" in told.out
    assert f"best agent alone {100 * data['best_alone']:.3g} %" in told.out
    # In sample errors fall along every edge.
    for agent, heard in enumerate(data["network"]["parents"]):
        assert all(data["excess"][agent] <= data["excess"][parent] + 1e-12 for parent in heard)
    assert len(data["excess_kept_out"]) == 8 and "colour is not used" in told.err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param(("--messages", "rounded:1"), "bound: the derived ones are for exact messages", id="rounded"),
        pytest.param(("--messages", "side"), "messages that say above or below", id="sides"),
        pytest.param(("--messages", "noisy:0.5"), "messages with noise of 0.5", id="noise"),
        pytest.param(("--ridge", "0.1"), "breaks the identities", id="ridge"),
        pytest.param(("--learner", "trees"), "not the algorithm of Kearns", id="trees"),
        pytest.param(("--hold-out", "0"), "0 kept out", id="nothing kept out"),
    ],
)
def test_what_changes_the_guarantee_is_said(
    chatarena: Chatarena, table: Path, more: tuple[str, ...], says: str
) -> None:
    got = chatarena("network", "run", "--data", str(table), "--target", "y", "--agents", "6", *more)
    assert got.code == 0, got.err
    assert says in " ".join(got.out.split())


def test_logistic_agents_learn_labels(chatarena: Chatarena, table: Path) -> None:
    rng = np.random.default_rng(1)
    rows = table.read_text().splitlines()
    path = table.with_name("labels.csv")
    labelled = [f"{line},{int(float(line.split(',')[-1]) + 2 * rng.standard_normal() > 0)}" for line in rows[1:]]
    path.write_text("\n".join([rows[0] + ",label", *labelled]) + "\n")
    words = ("--features-of", "f*", "--learner", "logistic", "--agents", "6")
    got = chatarena("network", "run", "--data", str(path), "--target", "label", *words, "--json")
    assert got.code == 0, got.err
    data = json.loads(got.out)["data"]
    assert data["table"]["features"] == [f"f{i}" for i in range(6)]
    assert all(after <= before + 1e-9 for before, after in zip(data["excess"], data["excess"][1:], strict=False))
    refused = chatarena("network", "run", "--data", str(path), "--target", "y", *words)
    assert refused.code == 2 and "labels must be 0 or 1" in refused.err


def test_a_sweep_and_its_figure(chatarena: Chatarena, table: Path) -> None:
    figure = table.with_name("sweep.svg")
    words = ("network", "sweep", "--data", str(table), "--target", "y", "--agents", "6", "--allocations", "3")
    got = chatarena(*words, "--topologies", "chain,star,two-level-star", "--svg", str(figure), "--json")
    assert got.code == 0, got.err
    curves = json.loads(got.out)["data"]["curves"]
    assert [curve["topology"] for curve in curves] == ["chain", "star", "two-level-star"]
    assert len(curves[0]["excess"]) == 6 and curves[0]["output"] == curves[0]["excess"][-1]
    drawn = figure.read_text()
    assert drawn.startswith("<svg ") and drawn.count("<polyline") == 3 and "best agent alone" in drawn
    assert chatarena(*words, "--svg", str(figure)).code == 2
    assert chatarena(*words, "--json").out == chatarena(*words, "--json").out
    wrong = chatarena(*words, "--topologies", "chain,start")
    assert wrong.code == 2 and "did you mean 'star'?" in wrong.err


def test_a_sweep_of_a_file_a_greedy_path_and_lossy_messages(chatarena: Chatarena, table: Path) -> None:
    panel = table.with_name("panel.yaml")
    panel.write_text("name: panel\nagents:\n  - anna\n  - ben\n  - {name: judge, hears: [anna, ben]}\n")
    words = ("network", "sweep", "--data", str(table), "--target", "y", "--allocations", "3", "--json")
    got = chatarena(*words, "--topologies", f"{panel},star,greedy-path,round-robin", "--rounds", "2")
    assert got.code == 0, got.err
    own, star, greedy, talk = json.loads(got.out)["data"]["curves"]
    assert own["agents"] == 3 and own["excess"] == star["excess"] and own["topology"] == "panel"
    assert greedy["runs"] == 1 and greedy["output"]["low"] is None and greedy["output"]["mean"] <= own["output"]["mean"]
    assert talk["depths"] == [1, 2, 3, 4, 5, 6] and all(curve["bound"] <= 1.0 for curve in (own, star, greedy, talk))
    lossy = chatarena(*words, "--topologies", "chain", "--agents", "6", "--messages", "side")
    exact = chatarena(*words, "--topologies", "chain", "--agents", "6")
    outputs = [json.loads(one.out)["data"]["curves"][0] for one in (lossy, exact)]
    assert outputs[0]["bound"] is None and outputs[0]["output"]["mean"] > outputs[1]["output"]["mean"]
    wrong = chatarena(*words, "--topologies", str(panel), "--agents", "4")
    assert wrong.code == 2 and "has 3 agents, this sweep 4" in wrong.err


def test_agents_that_return_see_the_same_again(chatarena: Chatarena, table: Path) -> None:
    panel = table.with_name("panel.yaml")
    panel.write_text("name: panel\nagents:\n  - {name: a, hears: [b]}\n  - {name: b, hears: [a]}\nrounds: 3\n")
    words = ("network", "run", "--data", str(table), "--target", "y", "--json", "--topology")
    for more in ((str(panel),), ("round-robin", "--agents", "2", "--rounds", "3")):
        data = json.loads(chatarena(*words, *more).out)["data"]
        assert data["network"]["seats"] == [0, 1] * 3 and data["seen"] == data["seen"][:2] * 3
        # Four of six features at most: the others are named, and there is no bound below everything.
        assert len(data["unseen"]) >= 2 and data["bound"] == 1.0


@pytest.mark.parametrize("ridge", ["0", "5"])
def test_without_a_network_agents_learn_as_they_do_on_one(chatarena: Chatarena, table: Path, ridge: str) -> None:
    words = ("network", "run", "--data", str(table), "--target", "y", "--agents", "5", "--ridge", ridge, "--json")
    data = json.loads(chatarena(*words, "--topology", "empty").out)["data"]
    assert data["best_alone"] == pytest.approx(min(data["excess"]))


def test_rows_kept_out_are_measured_by_what_features_explain_there(chatarena: Chatarena, table: Path) -> None:
    """As a sweep does it, so that a run and a sweep of one draw say the same."""
    words = ("--data", str(table), "--target", "y", "--agents", "5", "--allocation", "cyclic", "--json")
    run = json.loads(chatarena("network", "run", *words).out)["data"]
    swept = json.loads(chatarena("network", "sweep", *words, "--topologies", "chain").out)["data"]
    # One seed keeps the same rows out of both.
    assert run["explained_kept_out"] > 0.0 and swept["explained_kept_out"] > 0.0
    assert run["excess_kept_out"][-1] == pytest.approx(swept["curves"][0]["output_heldout"]["mean"])


HERE = importlib.util.find_spec("matplotlib") is not None
PICTURES = [
    pytest.param(("draw", "--agents", "4"), id="draw"),
    pytest.param(("design", "oblivious", "--features", "3"), id="design"),
    pytest.param(("sweep", "--target", "y", "--agents", "4", "--allocations", "2"), id="sweep"),
]


def _with_table(words: tuple[str, ...], table: Path) -> tuple[str, ...]:
    return ("network", *words, *(("--data", str(table)) if words[0] == "sweep" else ()))


@pytest.mark.skipif(HERE, reason="matplotlib is installed")
@pytest.mark.parametrize("words", PICTURES)
def test_a_picture_without_the_library_says_what_to_install(
    chatarena: Chatarena, table: Path, words: tuple[str, ...]
) -> None:
    got = chatarena(*_with_table(words, table), "--png", str(table.with_suffix(".png")))
    assert (got.code, got.out) == (2, "") and "stackelberg-chatarena[figures]" in got.err
    assert not table.with_suffix(".png").exists()


@pytest.mark.skipif(not HERE, reason="matplotlib is not installed: pip install stackelberg-chatarena[figures]")
@pytest.mark.parametrize("words", PICTURES)
def test_a_picture_is_drawn(chatarena: Chatarena, table: Path, words: tuple[str, ...]) -> None:
    picture = table.with_suffix(".png")
    got = chatarena(*_with_table(words, table), "--png", str(picture), "--svg", str(table.with_suffix(".svg")))
    assert got.code == 0, got.err
    assert picture.read_bytes().startswith(b"\x89PNG\r\n") and table.with_suffix(".svg").read_text()[:4] == "<svg"


@pytest.mark.parametrize(
    ("words", "excess"),
    [
        pytest.param(("depth", "--size", "5"), 0.0, id="depth, all known"),
        pytest.param(("depth", "--size", "5", "--agents", "3"), 0.25, id="depth 3"),
        pytest.param(("hub",), 0.5, id="hub"),
        pytest.param(("decoy", "--agents", "41"), 0.9, id="forty spokes"),
        pytest.param(("decoy", "--agents", "5", "--topology", "complete"), 0.0, id="everybody hears everybody"),
        pytest.param(("three-features", "--agents", "10"), 0.001167, id="three features"),
    ],
)
def test_instances(chatarena: Chatarena, words: tuple[str, ...], excess: float) -> None:
    got = chatarena("network", "instance", *words, "--json")
    assert got.code == 0, got.err
    assert json.loads(got.out)["data"]["output_excess"] == pytest.approx(excess, abs=5e-5)
    assert "Source: " in chatarena("network", "instance", *words).out


def test_designs_are_exact_on_a_table(chatarena: Chatarena, table: Path) -> None:
    words = ("--data", str(table), "--target", "y", "--json")
    for kind in ("adaptive", "oblivious"):
        got = chatarena("network", "design", kind, *words)
        assert got.code == 0, got.err
        assert json.loads(got.out)["data"]["excess"] < 1e-12
    greedy = json.loads(chatarena("network", "design", "greedy", "--depth", "4", *words).out)["data"]
    assert len(greedy["features"]) == 4 and 0.0 < greedy["excess"] < 1.0
    alone = chatarena("network", "design", "oblivious", "--features", "3")
    assert "7 agents, 10 hand-offs" in alone.out
    assert chatarena("network", "design", "adaptive", "--features", "3").code == 2


def test_a_network_of_ones_own(chatarena: Chatarena, table: Path) -> None:
    path = table.with_name("panel.yaml")
    path.write_text("name: panel\nagents:\n  - anna\n  - ben\n  - {name: judge, hears: [anna, ben]}\n")
    drawing = path.with_suffix(".svg")
    got = chatarena("network", "draw", "--topology", str(path), "--svg", str(drawing))
    assert got.code == 0, got.err
    assert "◉ judge ← anna, ben" in got.out and "◉judge" in got.out
    assert "<title>panel</title>" in drawing.read_text() and drawing.read_text().count("<path") == 2
    run = chatarena("network", "run", "--data", str(table), "--target", "y", "--topology", str(path), "--json")
    assert json.loads(run.out)["data"]["network"]["parents"] == [[], [], [0, 1]]
    path.write_text("name: panel\nagents:\n  - {name: anna, hears: [ben]}\n  - {name: ben, hears: [anna]}\n")
    circle = chatarena("network", "draw", "--topology", str(path))
    assert circle.code == 2 and "in a circle" in circle.err and "rounds: 2" in circle.err
    path.write_text(path.read_text() + "rounds: 3\n")
    assert (
        "2 agents who speak 6 times in all, 8 hand-offs, depth 3"
        in chatarena("network", "draw", "--topology", str(path)).out
    )


@pytest.mark.parametrize(
    ("words", "says"),
    [
        pytest.param(("draw", "--topology", "lattice"), "no network is called 'lattice'", id="topology"),
        pytest.param(("draw", "--topology", "nowhere.yaml"), "nowhere.yaml", id="no file"),
        pytest.param(("instance", "decoys"), "did you mean 'decoy'?", id="instance"),
        pytest.param(("instance", "three-features", "--size", "4"), "has three features", id="size"),
        pytest.param(("draw", "--agents", "200", "--svg", "x.svg"), "would show nothing", id="too many to draw"),
        pytest.param(("draw", "--topology", "random", "--chance", "2"), "from 0 to 1", id="chance"),
        pytest.param(("draw", "--topology", "complete", "--agents", "100000"), "hand-offs", id="too many hand-offs"),
        pytest.param(("draw", "--topology", "chain", "--width", "3"), "says nothing about chain", id="idle width"),
        pytest.param(("design", "oblivious", "--features", "500"), "at most 60", id="too many agents"),
        pytest.param(("design", "oblivious", "--features", "3", "--depth", "2"), "for `greedy`", id="idle depth"),
        pytest.param(("design", "oblivious"), "needs a number of features", id="no features"),
        pytest.param(("draw", "--svg", "nowhere/x.svg"), "no folder nowhere", id="no folder"),
        pytest.param(("draw", "--topology", "random", "--seed", "-1"), "at least 0", id="negative seed"),
        pytest.param(("instance", "circle", "--size", "100000"), "too long", id="an endless instance"),
        pytest.param(("instance", "hub", "--size", "1"), "at least two features", id="a hub with one feature"),
        pytest.param(("instance", "decoy", "--agents", "2"), "3 agents at least", id="half a decoy"),
        pytest.param(("instance", "hub", "--width", "2"), "Give --topology too", id="idle width of an instance"),
    ],
)
def test_wrong_words(chatarena: Chatarena, words: tuple[str, ...], says: str) -> None:
    got = chatarena("network", *words)
    assert got.code == 2 and says in got.err


@pytest.mark.parametrize(
    ("more", "says"),
    [
        pytest.param(("--messages", "rounded:x"), "decimals are 0 to 15", id="decimals"),
        pytest.param(("--messages", "rounded"), "decimals are 0 to 15", id="no decimals"),
        pytest.param(("--messages", "noisy:-1"), "is not negative", id="noise"),
        pytest.param(("--ridge", "nan"), "0 or more", id="ridge"),
        pytest.param(("--passing", "logits"), "for the logistic learner", id="idle passing"),
        pytest.param(("--messages", "side", "--ridge", "1"), "hand on exact numbers", id="ridge and messages"),
        pytest.param(("--learner", "trees", "--ridge", "1"), "for the linear learner", id="idle ridge"),
    ],
)
def test_wrong_words_about_a_run(chatarena: Chatarena, table: Path, more: tuple[str, ...], says: str) -> None:
    got = chatarena("network", "run", "--data", str(table), "--target", "y", *more)
    assert got.code == 2 and says in got.err and "Traceback" not in got.err


def test_too_few_rows_and_too_many_features(chatarena: Chatarena, table: Path) -> None:
    few = table.with_name("few.csv")
    few.write_text("\n".join(table.read_text().splitlines()[:9]) + "\n")
    got = chatarena("network", "run", "--data", str(few), "--target", "y")
    assert got.code == 2 and "any fit is exact" in got.err
    more = chatarena("network", "run", "--data", str(table), "--target", "y", "--features-per-agent", "7")
    assert more.code == 2 and "cannot see 7 of 6" in more.err


def test_the_list_names_everything(chatarena: Chatarena) -> None:
    from chatarena.networks.instances import INSTANCES
    from chatarena.networks.topologies import TOPOLOGIES

    told, data = chatarena("network").out, json.loads(chatarena("network", "list", "--json").out)["data"]
    assert data["topologies"] == list(TOPOLOGIES) and [one["name"] for one in data["instances"]] == list(INSTANCES)
    assert all(name.replace(" ", "-") in told for name in (*TOPOLOGIES, *INSTANCES))
