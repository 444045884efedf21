"""The protocol as a picture: who speaks when and who hears whom, in any width, and read back from the drawing."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena.protocol import PROTOCOL_NAMES, Hearing, Protocol, topological_levels
from chatarena.tui.cells import width
from chatarena.tui.protocol_lines import draw, network_sentence

LABELS = ("Alder", "Beech", "Cypress", "Aspen")


def network(**parents: str) -> Protocol:
    hearing = tuple(Hearing(agent=agent, parents=tuple(names.split())) for agent, names in parents.items())
    return Protocol(name="network", hearing=hearing)


PICTURES = [
    pytest.param(
        Protocol(),
        """
         round 1   round 2
 Alder   ●────┬───▸●────╮
 Beech   ●────┼───▸●────┤
 Cypress ●────┼───▸●────┤
 Aspen   ●────┼───▸●────┤
 You          ╰▸◇       ╰▸◇
""",
        id="simultaneous: everybody's line meets and goes out to all",
    ),
    pytest.param(
        Protocol(name="rebuttal", rounds=6),
        """
         round 1   round 2   round 3   … to 6
 Alder   ●────┬───▸●────┬───▸●────┬───▸●────╮
 Beech   ●────┼───▸●────┼───▸●────┼───▸●────┤
 Cypress ●────┼───▸●────┼───▸●────┼───▸●────┤
 Aspen   ●────┼───▸●────┼───▸●────┼───▸●────┤
 You          ╰▸◇       ╰▸◇       ╰▸◇       ╰▸◇
""",
        id="rebuttal: rounds that do not fit are counted",
    ),
    pytest.param(
        Protocol(name="round_robin"),
        """
 Alder   ●
 Beech   ├──▸●
 Cypress ├───┼──▸●
 Aspen   ╰───┴───┴──▸●
""",
        id="round robin: each hears all before it",
    ),
    pytest.param(
        Protocol(name="one_on_one"),
        """
 Alder   ●   ●
 Beech   │   │   ●   ●
 Cypress │   │   │   │   ●   ●
 Aspen   │   │   │   │   │   │   ●   ●
 You     ◇   ◇   ◇   ◇   ◇   ◇   ◇   ◇
""",
        id="one on one: a line from each straight to the participant",
    ),
    pytest.param(
        network(Beech="Alder", Cypress="Alder", Aspen="Beech Cypress"),
        """
 Alder   ●
 Beech   ├──▸●
 Cypress ╰───│──▸●
 Aspen       ╰───┴──▸●
""",
        id="network: lines that cross without a corner are not heard",
    ),
    pytest.param(
        network(Alder="Aspen", Beech="Alder", Cypress="Beech", Aspen="Cypress"),
        """
 Alder   ● ◂ Aspen
 Beech   ● ◂ Alder
 Cypress ● ◂ Beech
 Aspen   ● ◂ Cypress
""",
        id="a circle is listed",
    ),
]


@pytest.mark.parametrize(("protocol", "picture"), PICTURES)
def test_the_picture(protocol: Protocol, picture: str) -> None:
    drawn = picture.strip("\n").split("\n")
    assert list(draw(protocol, LABELS, 66))[: len(drawn)] == drawn


@pytest.mark.parametrize(
    ("protocol", "says"),
    [
        pytest.param(Protocol(rounds=1), "1 round; each has heard all rounds before.", id="one round"),
        pytest.param(Protocol(name="one_on_one", rounds=3), "12 visits in all.", id="visits are counted"),
        pytest.param(Protocol(name="round_robin"), "the order is drawn anew each round", id="shuffled"),
        pytest.param(Protocol(name="round_robin", shuffle=False), "in this order", id="not shuffled"),
        pytest.param(network(Alder="Beech", Beech="Alder"), "There is a circle", id="a circle speaks at once"),
        pytest.param(network(Beech="Alder"), "Whoever is heard speaks first", id="no circle, step by step"),
    ],
)
def test_the_picture_says_in_words_what_it_shows(protocol: Protocol, says: str) -> None:
    assert says in " ".join(" ".join(draw(protocol, LABELS, 66)).split())


def test_nobody_is_no_picture_and_a_crowd_is_counted() -> None:
    assert draw(Protocol(), (), 60) == ()
    crowd = tuple(f"Tree {number}" for number in range(100))
    for name in PROTOCOL_NAMES:
        drawn = draw(Protocol(name=name), crowd, 60)
        assert len(drawn) <= 20 and any("more" in line for line in drawn), name


networks = st.integers(1, 9).flatmap(
    lambda size: st.tuples(st.just(size), st.sets(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1))))
)


def built(size: int, edges: set[tuple[int, int]]) -> tuple[tuple[str, ...], Protocol]:
    labels = tuple(f"n{number}" for number in range(size))
    hearing = tuple(
        Hearing(agent=labels[at], parents=tuple(labels[to] for to in range(size) if to != at and (at, to) in edges))
        for at in range(size)
    )
    return labels, Protocol(name="network", hearing=hearing)


@given(networks)
def test_who_hears_whom_can_be_read_back_from_the_drawing(drawn_network: tuple[int, set[tuple[int, int]]]) -> None:
    labels, protocol = built(*drawn_network)
    lines = [line for line in draw(protocol, labels, 66) if line[1:3] in labels]
    order = [line[1:3] for line in lines]
    assert sorted(order) == sorted(labels)
    for at, line in enumerate(lines):
        stairs = line[4:]
        if topological_levels(protocol, labels):
            joined = {order[column] for column in range(at) if stairs[4 * column] in "├┼┴╰"}
        else:
            joined = set(stairs.partition("◂ ")[2].split(", ")) - {""}
        assert joined == set(protocol.parents(order[at]))


@given(
    st.sampled_from(PROTOCOL_NAMES),
    st.integers(0, 60),
    st.lists(st.text(max_size=30), min_size=1, max_size=20, unique=True),
    st.integers(1, 130),
)
def test_no_line_is_too_wide_whatever_the_labels_say(name: str, rounds: int, labels: list[str], cells: int) -> None:
    hearing = tuple(Hearing(agent=one, parents=(other,)) for other, one in pairwise(labels))
    protocol = Protocol(name=name, rounds=rounds, hearing=hearing if name == "network" else ())  # type: ignore[arg-type]
    lines = draw(protocol, labels, cells)
    assert all(width(line) <= cells for line in lines)
    assert not any(character in line for line in lines for character in "\x1b\n\r\t")


def test_the_sentence_of_a_network_is_that_of_its_levels() -> None:
    assert network_sentence(Protocol(name="network")) == network_sentence(network(Beech="Alder"))


def test_the_picture_in_the_manual_is_the_one_that_is_drawn() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "how-to" / "compose-a-decision.md").read_text(encoding="utf-8")
    protocol = network(Beech="Alder", Cypress="Alder", Aspen="Beech Cypress")
    assert "\n".join(draw(protocol, LABELS, 66)[: len(LABELS)]) in manual
