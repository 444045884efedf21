"""Game files: read, refused with the line and a remedy, and written so that they read back the same."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import yaml

from chatarena.authoring.games import game_schema, game_text, load_game, parse_game
from chatarena.errors import AuthoringError
from chatarena.games.instances import INSTANCES, instance

UMBRELLA = """\
name: umbrella
states:
  - label: it rains
    probability: 0.3
  - label: it is dry
    probability: 0.7
actions: [take it, leave it]
user:
  - [60, 40]
  - [0, 100]
leaders:
  - name: shop
    utilities: [[100, 100], [0, 0]]
  - name: weather service
    utilities: [[60, 40], [0, 100]]
scale: [0, 100]
"""


def test_a_file_is_a_game(tmp_path: Path) -> None:
    path = tmp_path / "umbrella.yaml"
    path.write_text(UMBRELLA)
    made = load_game(path)
    assert made.action_names == ("take it", "leave it")
    assert made.leader_names == ("shop", "weather service")
    assert np.allclose(made.user, [[0.6, 0.4], [0.0, 1.0]])
    assert np.allclose(made.prior, [0.3, 0.7])
    jsonschema.validate(yaml.safe_load(UMBRELLA), game_schema())


@pytest.mark.parametrize("name", INSTANCES)
def test_what_is_written_reads_back_the_same(name: str) -> None:
    made = instance(name).game  # type: ignore[arg-type]
    again = parse_game(game_text(made))
    assert (again.name, again.statement) == (made.name, made.statement)
    assert (again.state_names, again.action_names, again.leader_names) == (
        made.state_names,
        made.action_names,
        made.leader_names,
    )
    for ours, theirs in ((made.prior, again.prior), (made.user, again.user), (made.leaders, again.leaders)):
        assert np.allclose(ours, theirs, atol=1e-12)
    assert (made.leader_signal is None) == (again.leader_signal is None)
    if made.leader_signal is not None and again.leader_signal is not None:
        assert np.allclose(made.leader_signal, again.leader_signal)
    jsonschema.validate(json.loads(json.dumps(yaml.safe_load(game_text(made)))), game_schema())


def test_states_without_probabilities_are_equally_likely() -> None:
    made = parse_game("states: [a, b]\nactions: [x]\nuser: [[0, 1]]\nleaders:\n  - {name: one, utilities: [[1, 0]]}\n")
    assert np.allclose(made.prior, 0.5)


@pytest.mark.parametrize(
    ("change", "line", "words"),
    [
        pytest.param(("[0, 100]\nleaders", "[0, 120]\nleaders"), 8, "off the scale", id="off the scale"),
        pytest.param(("  - [0, 100]\nleaders", "leaders"), 10, "leaders must be", id="a row too few"),
        pytest.param(("probability: 0.7", "probability: 0.6"), 2, "must sum to 1", id="prior"),
        pytest.param(("    probability: 0.7\n", ""), 2, "only some of the states", id="some probabilities"),
        pytest.param(("[60, 40]\n  - [0", "[60, forty]\n  - [0"), 9, "must be a number", id="a word"),
        pytest.param(("name: shop", "nam: shop"), 12, "unknown key", id="misspelt"),
        pytest.param(("[take it, leave it]", "[take it, take it]"), 7, "different names of actions", id="same name"),
    ],
)
def test_faults_are_said_with_their_line(change: tuple[str, str], line: int, words: str) -> None:
    assert change[0] in UMBRELLA
    with pytest.raises(AuthoringError, match=words) as caught:
        parse_game(UMBRELLA.replace(*change), file="umbrella.yaml")
    assert caught.value.line == line
    assert caught.value.remedy
