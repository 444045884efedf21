"""Which value holds and why; what is refused, with line and nearest valid key; that no secret is kept or told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena.settings import DEFAULT_PRECISION
from chatarena.authoring.casts import load_cast
from chatarena.cli.home import Paths, find_paths
from chatarena.cli.settings import ModelPrice, Settings, lookup
from chatarena.cli.settings_form import SettingsForm, check
from chatarena.cli.settings_loading import explain, load_settings, schema
from chatarena.errors import SettingsError
from chatarena.language_model.watchdog import default_timeouts
from chatarena.language_model.wire import Endpoint, endpoint_for
from tests.cli.conftest import write_config

SECRET = "sk-" + "a1B2c3D4" * 4


def paths_in(tmp_path: Path, *, own: str = "", project: str = "") -> Paths:
    """A home with these two settings files, as far as they say anything."""
    paths = find_paths({"CHATARENA_HOME": str(tmp_path / "home")}, tmp_path)
    if own:
        write_config(paths, own)
    if project:
        (tmp_path / "chatarena.toml").write_text(project)
        paths = replace(paths, project_config=tmp_path / "chatarena.toml")
    return paths


def fault(tmp_path: Path, own: str = "", **given: Any) -> SettingsError:
    with pytest.raises(SettingsError) as caught:
        load_settings(paths=paths_in(tmp_path, own=own, project=given.pop("project", "")), **{"environ": {}, **given})
    return caught.value


# -- defaults ----------------------------------------------------------------------------------------------------------


def test_without_any_source_everything_is_the_default(tmp_path: Path) -> None:
    paths = paths_in(tmp_path)
    assert load_settings(paths=paths, environ={}) == Settings()
    assert {row.source for row in explain(paths=paths, environ={})} == {"default"}


def test_the_form_and_the_dataclasses_say_the_same() -> None:
    defaults = Settings()
    assert list(SettingsForm.model_fields) == [section.name for section in fields(Settings)]
    for section in fields(Settings):
        plain = getattr(defaults, section.name)
        assert is_dataclass(plain)
        form = getattr(SettingsForm(), section.name)
        assert list(type(form).model_fields) == [setting.name for setting in fields(plain)], section.name
        for setting in fields(plain):
            assert getattr(form, setting.name) == getattr(plain, setting.name), (section.name, setting.name)


def test_defaults_agree_with_the_rooms_that_use_them() -> None:
    assert Settings().session.precision == DEFAULT_PRECISION
    assert load_cast(Settings().session.cast).seats
    described = SettingsForm.model_fields["timeouts"].annotation
    for name in ("first_token", "stall", "total"):
        text = described.model_fields[name].description  # type: ignore[union-attr]
        for model in ("openai/x", "ollama/x", "embedded/x"):
            assert f"{getattr(default_timeouts(model), name):g}" in text


# -- precedence --------------------------------------------------------------------------------------------------------


def test_each_source_beats_the_ones_below_it_and_leaves_the_rest(tmp_path: Path) -> None:
    own = '[session]\nrounds = 3\ncast = "own"\nprecision = 1\nprotocol = "rebuttal"\n'
    project = '[session]\nrounds = 4\ncast = "project"\nprecision = 2.5\n'
    paths = paths_in(tmp_path, own=own, project=project)
    environ = {"CHATARENA_SESSION__ROUNDS": "5", "CHATARENA_SESSION__CAST": "env"}
    overrides = {"session.rounds": 6, "session.cast": None}
    session = load_settings(overrides, paths=paths, environ=environ).session
    assert (session.rounds, session.cast, session.precision, session.protocol) == (6, "env", 2.5, "rebuttal")
    sources = {row.key: row.source for row in explain(overrides, paths=paths, environ=environ)}
    assert sources["session.rounds"] == "command line"
    assert sources["session.cast"] == "the variable CHATARENA_SESSION__CAST"
    assert sources["session.precision"] == f"{tmp_path / 'chatarena.toml'}:4"
    assert sources["session.protocol"] == f"{paths.config_file}:5"
    assert sources["session.appraise"] == "default"


def test_tables_are_merged_entry_by_entry(tmp_path: Path) -> None:
    own = '[models]\napi_base = { openai = "http://own/", groq = "http://own/" }\n'
    paths = paths_in(tmp_path, own=own)
    environ = {"CHATARENA_MODELS__API_BASE": '{ openai = "http://env/" }'}
    found = load_settings(paths=paths, environ=environ).models.api_base
    assert found == {"openai": "http://env/", "groq": "http://own/"}
    sources = {row.key: row.source for row in explain(paths=paths, environ=environ)}
    assert sources["models.api_base.openai"] == "the variable CHATARENA_MODELS__API_BASE"
    assert sources["models.api_base.groq"] == f"{paths.config_file}:2"


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        pytest.param("SESSION__ROUNDS", "5", 5, id="whole"),
        pytest.param("SESSION__BUDGET", "0.5", 0.5, id="number"),
        pytest.param("SESSION__BUDGET", "none", None, id="unset-by-word"),
        pytest.param("SESSION__BUDGET", "", None, id="unset-by-nothing"),
        pytest.param("SESSION__CAST", "8", "8", id="text-that-looks-like-a-number"),
        pytest.param("SESSION__APPRAISE", "verbal, logprob", ("verbal", "logprob"), id="list-with-commas"),
        pytest.param("SESSION__APPRAISE", '["logprob"]', ("logprob",), id="list-in-toml"),
        pytest.param("UI__REDUCED_MOTION", "true", True, id="truth"),
        pytest.param("CONCURRENCY__PROVIDERS", "{ openai = 3 }", {"openai": 3}, id="table"),
        pytest.param(
            "MODELS__PRICES",
            "{ x = { input_per_million = 2 } }",
            {"x": ModelPrice(input_per_million=2.0, output_per_million=None)},
            id="prices",
        ),
    ],
)
def test_a_variable_is_read_as_the_kind_its_setting_wants(tmp_path: Path, name: str, text: str, value: object) -> None:
    own = "[session]\nbudget = 9\n"
    settings = load_settings(paths=paths_in(tmp_path, own=own), environ={f"CHATARENA_{name}": text})
    section, _, key = name.lower().partition("__")
    assert getattr(getattr(settings, section), key) == value


# -- refusals ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "said", "remedy"),
    [
        pytest.param("[modls]\n", 1, "modls is an unknown key", "did you mean 'models'?", id="section"),
        pytest.param("\n\n[session]\n# x\nround = 3\n", 5, "session.round is an unknown key", "'rounds'", id="key"),
        pytest.param("rounds = 3\n", 1, "rounds is an unknown key here", "under [session]", id="no-section"),
        pytest.param("[ui]\nrounds = 3\n", 2, "ui.rounds is an unknown key here", "under [session]", id="misplaced"),
        pytest.param("session = 3\n", 1, "session must be a table, not 3", "config init", id="section-no-table"),
        pytest.param('[session]\nrounds = "3"\n', 2, "a whole number, not '3'", "config init", id="quoted-number"),
        pytest.param("[session]\nrounds = 3.5\n", 2, "session.rounds must be a whole number", "", id="fraction"),
        pytest.param("[session]\nrounds = 51\n", 2, "must be at most 50, not 51", "change", id="too-many"),
        pytest.param("[retry]\nattempts = 0\n", 2, "must be at least 1, not 0", "change", id="too-few"),
        pytest.param("[timeouts]\ntotal = -1\n", 2, "must be more than 0", "change", id="negative"),
        pytest.param("[timeouts]\ntotal = inf\n", 2, "timeouts.total must be", "", id="infinite"),
        pytest.param("[timeouts]\ntotal = nan\n", 2, "must be a finite number", "", id="nan"),
        pytest.param("[session]\nbudget = true\n", 2, "session.budget must be a number, not True", "", id="truth"),
        pytest.param("[ui]\nreduced_motion = 1\n", 2, "must be true or false, not 1", "", id="no-truth"),
        pytest.param('[cache]\npolicy = "of"\n', 2, "must be 'off', 'on' or 'only', not 'of'", "", id="choice"),
        pytest.param('[session]\ncast = ""\n', 2, "session.cast is empty", "remove the line", id="empty"),
        pytest.param('[models]\ndefault = "a b"\n', 2, "must not contain blanks", "one word", id="blank"),
        pytest.param('[models.api_base]\nx = "ftp://a"\n', 2, "models.api_base.x must be an address", "http", id="url"),
        pytest.param('[models.api_base]\n"a b" = "http://a"\n', 2, "is not a usable name", "blanks", id="table-key"),
        pytest.param(
            "[models.prices.x]\ninput = 1\n", 2, "models.prices.x.input is an unknown key", "input_per", id="deep"
        ),
        pytest.param("[session]\nrounds = \n", 2, "this is not TOML", "key = ", id="syntax"),
        pytest.param("[session]\nrounds = 1\nrounds = 2\n", 3, "this is not TOML", "", id="twice"),
    ],
)
def test_a_fault_names_line_key_and_remedy(tmp_path: Path, text: str, line: int, said: str, remedy: str) -> None:
    error = fault(tmp_path, text)
    assert error.message.startswith(f"{tmp_path / 'home/config/config.toml'}:{line}: ")
    assert said in error.message
    assert remedy in error.remedy
    assert error.exit_code == 2


def test_all_faults_of_all_sources_are_told_at_once(tmp_path: Path) -> None:
    error = fault(
        tmp_path,
        "[session]\nround = 1\n[ui]\nthem = 1\n",
        project="[retry]\nattempts = 0\n",
        environ={"CHATARENA_SESSION__ROUNDS": "many"},
        overrides={"session.protocol": "shouting"},
    )
    assert error.message.startswith("command line: session.protocol must be")
    for told in ("CHATARENA_SESSION__ROUNDS", "chatarena.toml:2: retry.attempts", ":2: session.round", ":4: ui.them"):
        assert told in error.remedy


@pytest.mark.parametrize(
    ("name", "said"),
    [
        pytest.param("SESSION__ROUND", "session.round is an unknown key", id="key"),
        pytest.param("SESION__ROUNDS", "sesion is an unknown key", id="section"),
    ],
)
def test_a_misspelt_variable_is_a_fault_and_not_ignored(tmp_path: Path, name: str, said: str) -> None:
    assert said in fault(tmp_path, environ={f"CHATARENA_{name}": "3"}).message


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(b"[session]\nrounds = 3\xff\n", id="not-utf8"),
        pytest.param(b"# " + b"x" * 200_000, id="large"),
        pytest.param(b"x = " + b"[" * 50_000, id="deep"),
        pytest.param(b"x = " + b"9" * 50_000, id="long-number"),
    ],
)
def test_a_hostile_file_is_a_plain_fault(tmp_path: Path, raw: bytes) -> None:
    paths = paths_in(tmp_path, own="x")
    paths.config_file.write_bytes(raw)
    with pytest.raises(SettingsError) as caught:
        load_settings(paths=paths, environ={})
    assert str(paths.config_file) in caught.value.message
    assert len(str(caught.value)) < 1_000


def test_an_override_without_a_section_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="rounds"):
        load_settings({"rounds": 3}, paths=paths_in(tmp_path), environ={})


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=6,
    )
)
def test_whatever_is_given_is_checked_or_objected_to(value: Any) -> None:
    for section in SettingsForm.model_fields:
        for key in SettingsForm.model_fields[section].annotation.model_fields:  # type: ignore[union-attr]
            values, objections = check({section: {key: value}})
            assert not (values and objections)
            assert all(objection.message and objection.remedy for objection in objections)


# -- secrets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f'[models]\ndefault = "{SECRET}"\n', id="as-a-model"),
        pytest.param(f'[models]\napi_key = "{SECRET}"\n', id="under-an-unknown-key"),
        pytest.param(f'[models]\napi_key_env = {{ openai = "{SECRET}" }}\n', id="for-the-name"),
        pytest.param('[models]\napi_key_env = { cohere = "aB3dE5fG7hJ9kL1mN3pQ5" }\n', id="without-a-prefix"),
        pytest.param(f'[models]\napi_base = {{ openai = "https://me:{SECRET}@host/" }}\n', id="in-an-address"),
        pytest.param('[models]\napi_base = { x = "https://host/?key=aB3dE5fG7hJ9kL1" }\n', id="in-a-query"),
    ],
)
def test_a_key_is_refused_and_never_repeated(tmp_path: Path, text: str) -> None:
    error = fault(tmp_path, text)
    assert "aB3dE5" not in str(error)
    assert "a1B2c3" not in str(error)
    assert ":2: " in error.message
    assert "variable" in error.remedy


def test_a_key_in_a_variable_or_on_the_command_line_is_refused_too(tmp_path: Path) -> None:
    for error in (
        fault(tmp_path, environ={"CHATARENA_MODELS__DEFAULT": SECRET}),
        fault(tmp_path, overrides={"models.default": SECRET}),
    ):
        assert "looks like a key" in error.message
        assert SECRET not in str(error)


def test_an_unknown_key_that_asks_for_a_secret_explains_where_secrets_live(tmp_path: Path) -> None:
    error = fault(tmp_path, '[models]\nopenai_api_key = "x"\n')
    assert "never stored" in error.message
    assert "api_key_env" in error.remedy


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('api_base = { openai = "https://elsewhere/" }', id="address"),
        pytest.param('api_key_env = { openai = "OPENAI_API_KEY" }', id="key-variable"),
    ],
)
def test_a_project_file_cannot_send_keys_and_words_elsewhere(tmp_path: Path, line: str) -> None:
    error = fault(tmp_path, project=f"[models]\n{line}\n")
    assert "chatarena.toml:2: models.api_" in error.message
    assert "chatarena paths config" in error.remedy
    own = paths_in(tmp_path, own=f"[models]\n{line}\n")
    assert load_settings(paths=replace(own, project_config=None), environ={}) != Settings()


# -- use and schema ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "found"),
    [
        pytest.param("openai/local", 1, id="itself"),
        pytest.param("openai/local/q4", 1, id="longest-beginning"),
        pytest.param("openai/localhost", 2, id="whole-words-only"),
        pytest.param("openai", 2, id="bare"),
        pytest.param("groq/x", None, id="nothing"),
    ],
)
def test_a_table_is_looked_up_by_the_longest_beginning(model: str, found: int | None) -> None:
    table = {"openai/": 2, "openai/local": 1} if model != "openai" else {"openai": 2}
    assert lookup(table, model) == found
    endpoint = endpoint_for({key: Endpoint(api_base=str(value)) for key, value in table.items()}, model)
    assert (None if endpoint is None else int(endpoint.api_base)) == found


def test_the_schema_accepts_what_the_program_accepts(tmp_path: Path) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(schema())
    jsonschema.Draft202012Validator.check_schema(schema())
    good: Mapping[str, Any] = {"session": {"rounds": 3, "appraise": ["verbal"]}, "models": {"prices": {"x": {}}}}
    assert not list(validator.iter_errors(good))
    wrong: tuple[Mapping[str, Any], ...] = (
        {"sesion": {}},
        {"session": {"round": 3}},
        {"session": {"rounds": 0}},
        {"cache": {"policy": "x"}},
    )
    for bad in wrong:
        assert list(validator.iter_errors(bad)), bad
