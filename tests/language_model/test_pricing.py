"""Prices and abilities, asked of the real LiteLLM and compared with its table read directly."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from chatarena.errors import RequestRefused
from chatarena.language_model.detect import keys_present
from chatarena.language_model.process import ModelProcess
from chatarena.language_model.providers import KEY_VARIABLES
from tests.language_model.conftest import KEY_VARIABLE

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.fixture(scope="module")
def table() -> dict[str, dict[str, Any]]:
    """LiteLLM's own table, read from its file without importing LiteLLM."""
    found = importlib.util.find_spec("litellm")
    assert found is not None and found.origin is not None
    path = Path(found.origin).with_name("model_prices_and_context_window_backup.json")
    loaded: dict[str, dict[str, Any]] = json.loads(path.read_text())
    return loaded


@pytest.mark.parametrize(
    ("name", "key"),
    [
        pytest.param("anthropic/claude-haiku-4-5", "claude-haiku-4-5", id="listed without its provider"),
        pytest.param("mistral/mistral-large-latest", "mistral/mistral-large-latest", id="listed with it"),
        pytest.param("claude-haiku-4-5", "claude-haiku-4-5", id="asked for by its bare name"),
        pytest.param("azure/gpt-4o", "azure/gpt-4o", id="the same model at another provider"),
    ],
)
async def test_known_prices_are_the_tables(
    model: ModelProcess, table: dict[str, dict[str, Any]], name: str, key: str
) -> None:
    row = (await model.prices([name]))[name]
    expected = (table[key]["input_cost_per_token"], table[key]["output_cost_per_token"])
    assert (row.input_per_token, row.output_per_token) == expected and row.model == name


@pytest.mark.parametrize(
    ("name", "source"),
    [
        pytest.param("openai/gpt-4o", "address", id="known model at an address of its own"),
        pytest.param("gpt-4o", "address", id="the same by its bare name"),
        pytest.param("gigachat/GigaChat-2", "table", id="listed at zero because nobody entered its price"),
        pytest.param("ollama/gpt-oss:120b-cloud", "table", id="hosted behind a local server"),
        pytest.param("mistral/no-such-model", "table", id="not listed"),
        pytest.param("groq/claude-haiku-4-5", "table", id="listed for another provider only"),
    ],
)
async def test_unknown_prices_are_unknown_and_never_zero(model: ModelProcess, name: str, source: str) -> None:
    row = (await model.prices([name]))[name]
    assert (row.input_per_token, row.output_per_token, row.known) == (None, None, False) and source in row.source


@pytest.mark.parametrize("name", ["embedded/qwen2.5-1.5b", "ollama_chat/llama3.2", "ollama/x", "lm_studio/x"])
async def test_what_runs_here_costs_nothing(model: ModelProcess, name: str) -> None:
    row = (await model.prices([name]))[name]
    assert (row.input_per_token, row.output_per_token, row.cost(None, None)) == (0.0, 0.0, 0.0)


async def test_prices_from_the_settings_are_per_million(model: ModelProcess) -> None:
    row = (await model.prices(["openai/priced"]))["openai/priced"]
    assert (row.input_per_token, row.output_per_token, row.source) == (2e-6, 8e-6, "settings")


async def test_what_is_known_of_models(model: ModelProcess, table: dict[str, dict[str, Any]]) -> None:
    names = ["openai/gpt-4o", "anthropic/claude-haiku-4-5", "ollama_chat/x", "embedded/x", "openai/keyless/x"]
    facts = await model.facts(names)
    gpt, claude, ollama, embedded, keyless = (facts[name] for name in names)
    assert gpt.context_tokens == table["gpt-4o"]["max_input_tokens"]
    assert (gpt.provider, gpt.key_variables, gpt.key_present) == ("openai", (KEY_VARIABLE,), True)
    assert gpt.supports_schema and gpt.supports_logprobs
    assert (claude.key_variables, claude.key_present) == (("ANTHROPIC_API_KEY",), False)
    assert not claude.supports_logprobs
    assert (ollama.key_variables, ollama.key_present, ollama.context_tokens) == ((), True, None)
    assert ollama.supports_schema and not ollama.supports_logprobs
    assert embedded.supports_schema and embedded.supports_logprobs and embedded.key_present
    assert (keyless.key_variables, keyless.key_present) == (("CHATARENA_NO_SUCH_KEY",), False)


async def test_the_models_offered_first_are_listed_and_current(
    model: ModelProcess, table: dict[str, dict[str, Any]]
) -> None:
    keys = {variables[0]: "x" for variables in KEY_VARIABLES.values()}
    offered = {one.model for one in keys_present(keys)} - {"openrouter/openai/gpt-5.4-mini"}  # resold, not listed
    rows = {name: table.get(name) or table[name.partition("/")[2]] for name in offered}
    assert [name for name, row in rows.items() if row.get("deprecation_date")] == []
    others = [name for name in offered if not name.startswith("openai/")]
    assert all(row.known for row in (await model.prices(others)).values())


async def test_a_provider_nobody_knows_is_refused(model: ModelProcess) -> None:
    with pytest.raises(RequestRefused, match="which provider"):
        await model.facts(["nobody/knows"])
