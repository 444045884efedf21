"""The published schemas say what is enforced, no more and no less, but for what a schema cannot say."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import yaml
from hypothesis import event, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from chatarena.authoring.agent_form import AgentForm
from chatarena.authoring.agents import agent_schema
from chatarena.authoring.cast_form import CastForm
from chatarena.authoring.casts import cast_schema
from chatarena.authoring.decision_form import DecisionForm
from chatarena.authoring.decisions import decision_schema
from chatarena.authoring.documents import Plain, read_yaml
from chatarena.authoring.forms import Form, fill
from chatarena.authoring.places import prompt_files
from chatarena.authoring.tags import TAGS
from chatarena.authoring.templates import split_front_matter
from chatarena.errors import AuthoringError

SCHEMAS: dict[str, tuple[type[Form], dict[str, object]]] = {
    "agents": (AgentForm, agent_schema()),
    "casts": (CastForm, cast_schema()),
    "decisions": (DecisionForm, decision_schema()),
}


def as_editors_see_it(value: Any) -> Any:
    """The value with plain scalars typed by the core schema of YAML 1.2, which editors use."""
    if isinstance(value, dict):
        return {key: as_editors_see_it(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_editors_see_it(item) for item in value]
    if not isinstance(value, Plain):
        return value
    if re.fullmatch("true|True|TRUE|false|False|FALSE", value):
        return value.lower() == "true"
    if re.fullmatch(r"[-+]?[0-9]+", value):
        return int(value)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", value):
        return float(value)
    return str(value)


def agree(kind: str, text: str) -> bool:
    form, schema = SCHEMAS[kind]
    document = read_yaml(text)
    try:
        fill(form, document)
    except AuthoringError:
        enforced = False
    else:
        enforced = True
    assert Draft202012Validator(schema).is_valid(as_editors_see_it(document.value)) == enforced, text
    return enforced


@pytest.mark.parametrize("kind", SCHEMAS)
def test_the_schema_is_one_and_survives_json(kind: str) -> None:
    schema = SCHEMAS[kind][1]
    Draft202012Validator.check_schema(schema)
    assert json.loads(json.dumps(schema)) == schema
    assert schema["additionalProperties"] is False


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_key_is_described_and_every_example_is_valid(kind: str) -> None:
    schema: Any = SCHEMAS[kind][1]
    for part in (schema, *schema["$defs"].values()):
        for found in (part, *part.get("anyOf", ())):
            for key, value in found.get("properties", {}).items():
                assert value.get("description"), key
                validator = Draft202012Validator({**value, "$defs": schema["$defs"]})
                assert all(validator.is_valid(example) for example in value.get("examples", ()))


def test_the_list_of_tags_is_published() -> None:
    schema: Any = agent_schema()
    assert schema["properties"]["tags"]["items"]["enum"] == list(TAGS)


@pytest.mark.parametrize("kind", ["agents", "casts", "decisions"])
def test_what_ships_satisfies_its_schema(kind: Any) -> None:
    for path in prompt_files(kind).values():
        text = path.read_text(encoding="utf-8")
        assert agree(kind, split_front_matter(text)[0] if kind == "agents" else text), path


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("{question: q, options: [a, b]}", True),
        ("{question: 1984, options: [no, 12]}", True),
        ("{question: q, options: [a, ' ']}", False),
        ("{question: ' ', options: [a, b]}", False),
        ("{question: q, options: [a, {label: b, id: true}]}", False),
        ("{question: q, options: [a, {label: b, id: 'true'}]}", True),
        ("{question: q, options: [a, b], rounds: 2.0}", True),
        ("{question: q, options: [a, b], rounds: 0}", False),
        ("{question: q, options: [a, b], evidence: [' ']}", False),
        ("{question: q, options: [a, b], evidence: {A: [x]}}", False),
        ("{question: q, options: [a, b], evidence: }", True),
        ("{question: q, options: [a]}", False),
        (f"{{question: q, options: [a, {'x' * 201}]}}", False),
    ],
)
def test_samples_of_decisions(text: str, accepted: bool) -> None:
    assert agree("decisions", text) is accepted


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("", True),
        ("sampling: {stop: ['\\n\\n', ' ', 12]}", True),
        ("sampling: {stop: ['']}", False),
        ("sampling: {stop: [~]}", False),
        ("sampling: {temperature: ~}", True),
        ("sampling: {temperature: '0.5'}", False),
        ("aligned: yes", False),
        ("aligned: TRUE", True),
        ("favours: assigned", True),
        ("favours: a", False),
        ("model: 12", True),
        ("mdel: x", False),
    ],
)
def test_samples_of_agents(text: str, accepted: bool) -> None:
    head = "{name: x, label: x, tags: [narrow], objective: You win, "
    assert agree("agents", f"{head}{text}}}") is accepted


# Values that are right for some key and wrong for others, plain and quoted.
PLAIN = ("x", "no", "true", "True", "12", "1", "0", "-1", "0.5", "1.0", "1e3", "2.5", "~", "", "A b", "a-b", "ö")
QUOTED = ("'12'", "'true'", "''", "' '", "'a b'", "'~'", "'x'")
SCALARS = st.sampled_from((*PLAIN, *QUOTED, "seller", "assigned", "rebuttal", "money"))


def flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        # A blank entry of a flow list is no entry at all, so nothing is written as `~` there.
        return "[" + ", ".join(flow(item) or "~" for item in value) + "]"
    return str(value)


@st.composite
def mapping(draw: st.DrawFn, needed: dict[str, Any], may: dict[str, Any]) -> dict[str, Any]:
    """Mostly right mappings: now and then a key is lacking, unknown, or of another kind."""
    made = {}
    for key, value in {**needed, **may}.items():
        chance = draw(st.integers(0, 29))
        if chance == 0:
            made[key] = draw(WRONG)
        elif chance > 1 if key in needed else chance > 15:
            made[key] = draw(value)
    if draw(st.integers(0, 19)) == 0:
        made["unknown"] = draw(SCALARS)
    return made


WRONG = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(st.sampled_from(["label", "a"]), SCALARS))

WORDS = st.sampled_from(["x", "no", "12", "'a b'", "ö", "1e3", "'12'"])
NAMES = st.sampled_from(["seller", "a-b", "x", "no"])
TEXT_OR_NOTHING = st.sampled_from(["x", "12", "~", "", "''", "true"])
NUMBERS = st.sampled_from(["0", "0.5", "1", ".5", "1e-1", "2"])
OPTIONS = st.lists(
    WORDS | mapping({"label": WORDS}, {"detail": TEXT_OR_NOTHING, "id": NAMES | st.just("~")}), min_size=2, max_size=3
)
STATES = st.lists(mapping({"label": WORDS, "probability": NUMBERS}, {"id": NAMES}), max_size=3)
CARDS = st.lists(WORDS, min_size=1, max_size=3)
SEATS = st.lists(
    NAMES
    | mapping({"agent": NAMES}, {"favours": st.sampled_from(["1", "12", "x", "~", "'x'"]), "model": TEXT_OR_NOTHING}),
    min_size=1,
    max_size=3,
)
WHOLES = st.sampled_from(["1", "2.0", "50", "16", "220", "~"])
GENERATED = {
    "agents": mapping(
        {
            "name": NAMES,
            "label": WORDS,
            "tags": st.lists(st.sampled_from(sorted(TAGS)), min_size=1, max_size=3),
            "objective": WORDS,
        },
        {
            "model": TEXT_OR_NOTHING,
            "aligned": st.sampled_from(["true", "False", "~"]),
            "sampling": mapping(
                {},
                {
                    "temperature": NUMBERS,
                    "top_p": NUMBERS,
                    "max_tokens": WHOLES,
                    "repeat_penalty": NUMBERS,
                    "stop": CARDS,
                },
            ),
            "favours": st.sampled_from(["assigned", "~", "''"]),
        },
    ),
    "casts": mapping(
        {
            "name": NAMES,
            "description": WORDS,
            "agents": SEATS,
        },
        {},
    ),
    "decisions": mapping(
        {"question": WORDS, "options": OPTIONS},
        {
            "context": TEXT_OR_NOTHING,
            "states": STATES,
            "evidence": CARDS | st.dictionaries(NAMES, CARDS, max_size=2),
            "cast": NAMES,
            "agents": SEATS,
            "protocol": st.sampled_from(["rebuttal", "network", "~"]),
            "network": st.sampled_from(["star", "two-level-star", "~", "'star'", "x"])
            | st.dictionaries(NAMES, st.lists(NAMES, max_size=2), max_size=2),
            "rounds": WHOLES,
            "ratings": st.dictionaries(NAMES, NUMBERS, max_size=2),
            "model": TEXT_OR_NOTHING,
            "seed": WHOLES,
            "precision": NUMBERS,
            "appraise": st.sampled_from(["both", "none", "~"]),
            "source": st.sampled_from(["own", "mine", "~"]),
            "budget": NUMBERS,
            "token_budget": WHOLES,
            "time_budget": NUMBERS,
            "claims": st.sampled_from(["true", "False", "no", "~"]),
        },
    ),
}


@pytest.mark.parametrize("kind", SCHEMAS)
@given(data=st.data())
def test_schema_and_form_agree(kind: str, data: st.DataObject) -> None:
    written = flow(data.draw(GENERATED[kind]))
    try:
        document = read_yaml(written)
    except AuthoringError:
        # Such as `{name: }`, which some mixes of blanks make; that is the reader's business.
        return
    assert isinstance(document.value, dict)
    # `aligned` with `favours: assigned` contradict each other, which no simple schema says.
    if document.value.get("aligned") in ("true", "True") and document.value.get("favours") == "assigned":
        return
    event("accepted" if agree(kind, written) else "refused")


def test_plain_scalars_mean_what_editors_think() -> None:
    """The stand-in above is checked against the library where YAML 1.1 and 1.2 agree."""
    text = "[1, -7, 0.5, true, False, word, '1', 2.]"
    assert as_editors_see_it(read_yaml(f"a: {text}").value)["a"] == yaml.safe_load(text)
