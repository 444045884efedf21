"""The prose of an agent's rule: every protocol finds it, and a person's own file takes its place."""

from __future__ import annotations

import pytest

from chatarena.arena.opening import RULE_PURPOSES
from chatarena.arena.protocol import PROTOCOL_NAMES
from chatarena.authoring.rules import rule_templates
from chatarena.errors import AuthoringError


@pytest.mark.parametrize("protocol", PROTOCOL_NAMES)
def test_every_protocol_has_prose_for_every_part(protocol):
    texts = rule_templates(protocol)
    assert set(texts) == set(RULE_PURPOSES)
    assert all(texts.values())


def test_a_rebuttal_has_its_own_turn():
    assert rule_templates("rebuttal")["turn"] != rule_templates("simultaneous")["turn"]


def test_a_persons_own_prose_takes_the_place_of_ours(tmp_path):
    own = tmp_path / "protocol"
    own.mkdir()
    (own / "repair.md").write_text("Again please: {option_ids}")
    assert rule_templates("simultaneous", (tmp_path,))["repair"] == "Again please: {option_ids}"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("Again: {option_idz}", "option_idz", id="misspelt"),
        pytest.param("Again.", "{option_ids} is missing", id="missing"),
        pytest.param("Again: {option_ids} ⟦hurd⟧", "hurd", id="unknown-place"),
    ],
)
def test_a_faulty_file_is_named(tmp_path, text, words):
    own = tmp_path / "protocol"
    own.mkdir()
    (own / "repair.md").write_text(text)
    with pytest.raises(AuthoringError, match=r"repair\.md") as caught:
        rule_templates("simultaneous", (tmp_path,))
    assert words in caught.value.message
