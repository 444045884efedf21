"""`chatarena game evaluation`: the same numbers as the library, both forms, the figure, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from chatarena.games.evaluation import plan_evaluation
from chatarena.games.families import tables
from chatarena.games.relaxed import few_curve, noise_curve, paid_losses, weighted_ranges
from tests.cli.conftest import Chatarena

WORDS = ("game", "evaluation", "--family", "exact-hull", "--games", "40", "--seed", "3", "--interactions", "4,64")


@pytest.mark.parametrize("errors", ["drawn", "fixed"])
def test_the_numbers_are_those_of_the_library(chatarena: Chatarena, errors: str) -> None:
    found = chatarena(*WORDS, "--errors", errors, "--fee", "0.3", "--json").data
    rng = np.random.Generator(np.random.PCG64(np.random.SeedSequence(3)))
    made = tables("exact-hull", 40, rng)
    drawn = made.prior, made.user, made.leaders
    noise = noise_curve(*drawn, (4, 64), seed=3, errors=errors, eps=np.zeros(40))
    assert [one["loss"]["mean"] for one in found["noise"]] == [one.loss.mean for one in noise]
    assert [one["bound"] for one in found["noise"]] == [one.bound for one in noise]
    assert [one["violations"] for one in found["noise"]] == ([0, 0] if errors == "fixed" else [None, None])
    assert [one["by_lot"]["mean"] for one in found["few"]] == [one.by_lot.mean for one in few_curve(*drawn, seed=3)]
    paid = paid_losses(*drawn, fee=0.3, seed=3)
    assert [one["loss"]["largest"] for one in found["paid"]] == [one.loss.largest for one in paid]
    plan = plan_evaluation(0.01, 2, errors=errors, rules=5, leader_ranges=weighted_ranges(made.leaders, 1.0))
    assert (found["plan"]["n"], found["plan"]["loss"]) == (plan.n, plan.loss)


@pytest.mark.parametrize("errors", ["drawn", "fixed"])
@pytest.mark.parametrize("family", ["epsilon-hull", "sellers"])
def test_what_is_said_to_be_enough_is_what_the_bound_says_after_so_many(
    chatarena: Chatarena, family: str, errors: str
) -> None:
    words = ("game", "evaluation", "--family", family, "--agents", "3", "--games", "20", "--errors", errors, "--json")
    plan = chatarena(*words, "--interactions", "4").data["plan"]
    again = chatarena(*words, "--interactions", str(plan["n"])).data["noise"][0]
    assert plan["tau"] == again["tau"]
    # Sellers are in the hull: their plan is for an epsilon that is not zero.
    assert plan["loss"] == pytest.approx(again["bound"]) if family == "epsilon-hull" else plan["loss"] >= again["bound"]


def test_the_bound_is_above_every_loss_and_unknown_where_epsilon_is(chatarena: Chatarena) -> None:
    for point in chatarena(*WORDS, "--errors", "fixed", "--json").data["noise"]:
        assert point["loss"]["largest"] <= point["bound"]
    words = (*WORDS[:2], "--family", "random", "--games", "20", "--interactions", "8")
    assert chatarena(*words, "--json").data["noise"][0]["bound"] is None
    row = next(line for line in chatarena(*words).out.splitlines() if line.startswith("8 "))
    assert row.split()[2] == "-"


def test_a_person_reads_all_three_parts_and_gets_a_picture(chatarena: Chatarena) -> None:
    done = chatarena(*WORDS, "--svg", "evaluation.svg")
    assert done.code == 0
    for said in ("errors drawn after commitment", "interactions with each", "compares only some", "own outcomes only"):
        assert said in done.out
    drawn = Path("evaluation.svg").read_text()
    assert drawn.startswith("<svg")
    assert ">loss of her utility, which runs from 0 to 1</text>" in drawn
    again = chatarena(*WORDS, "--svg", "evaluation.svg")
    assert (again.code, again.out) == (2, "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--interactions", "0,5"), "at least 1"),
        (("--fee", "-1"), "more than 0"),
        (("--agents", "9", "--states", "5"), "profiles"),
    ],
    ids=["no interaction", "negative fee", "too many profiles"],
)
def test_what_cannot_be_done_says_why(chatarena: Chatarena, words: tuple[str, ...], said: str) -> None:
    done = chatarena(*WORDS[:6], *words)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
