"""Prices and abilities of models, read from LiteLLM's own table. Used in the model process only.

The table lists some hosted models at zero because nobody has entered their price; such a zero is unknown here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chatarena.arena.settings import Price
from chatarena.language_model.providers import EMBEDDED, provider_of, runs_here
from chatarena.language_model.wire import Endpoint, ModelFacts, endpoint_for, keys_for

_MILLION = 1_000_000


def full_name(litellm: Any, model: str) -> str:
    """The name with its provider in front; a bare name that LiteLLM does not know stays as it is."""
    if "/" in model:
        return model
    row = litellm.model_cost.get(model, {})
    return f"{row['litellm_provider']}/{model}" if row.get("litellm_provider") else model


def table_row(litellm: Any, model: str) -> Mapping[str, Any]:
    """LiteLLM's entry for exactly this model of exactly this provider; empty where it has none."""
    table: Mapping[str, Mapping[str, Any]] = litellm.model_cost
    if model in table:
        return table[model]
    row = table.get(model.partition("/")[2], {})
    return row if row.get("litellm_provider") == provider_of(model) else {}


def price_row(litellm: Any, model: str, endpoints: Mapping[str, Endpoint]) -> Price:
    """What a call to this model costs; a model at an address of its own costs what the settings say, else unknown."""
    endpoint = endpoint_for(endpoints, model)
    if endpoint is not None and (endpoint.input_price is not None or endpoint.output_price is not None):
        return Price(
            model=model,
            input_per_token=_per_token(endpoint.input_price),
            output_per_token=_per_token(endpoint.output_price),
            source="settings",
        )
    if runs_here(model):
        return Price(model=model, input_per_token=0.0, output_per_token=0.0, source="runs on this machine")
    if endpoint is not None and endpoint.api_base:
        return Price(model=model, input_per_token=None, output_per_token=None, source="an address of its own")
    row = table_row(litellm, model)
    asked, written = row.get("input_cost_per_token"), row.get("output_cost_per_token")
    if asked is None or written is None or (not asked and not written and not model.endswith(":free")):
        return Price(model=model, input_per_token=None, output_per_token=None, source="not in LiteLLM's table")
    return Price(model=model, input_per_token=float(asked), output_per_token=float(written), source="LiteLLM's table")


def model_facts(litellm: Any, model: str, environ: Mapping[str, str], endpoints: Mapping[str, Endpoint]) -> ModelFacts:
    """What this model can do, and whether its key is there."""
    variables = keys_for(endpoints, model)
    context = table_row(litellm, model).get("max_input_tokens")
    return ModelFacts(
        model=model,
        provider=provider_of(model),
        context_tokens=int(context) if isinstance(context, int | float) else None,
        supports_schema=first_format(litellm, model) == "json_schema",
        supports_logprobs=supports_logprobs(litellm, model),
        key_variables=variables,
        key_present=not variables or any(environ.get(name) for name in variables),
    )


def supported_parameters(litellm: Any, model: str) -> frozenset[str]:
    """The OpenAI parameters that LiteLLM can pass on to this model."""
    name, provider, *_ = litellm.get_llm_provider(model)
    return frozenset(litellm.get_supported_openai_params(model=name, custom_llm_provider=provider) or ())


def supports_logprobs(litellm: Any, model: str) -> bool:
    """Whether token probabilities can be asked for at all; whether they come is seen in the reply."""
    return provider_of(model) == EMBEDDED or {"logprobs", "top_logprobs"} <= supported_parameters(litellm, model)


def first_format(litellm: Any, model: str) -> str:
    """The strictest form of structured reply worth trying: json_schema, json_object or none.

    A server behind a name that LiteLLM does not know is tried with json_schema: a server that cannot do it says so.
    """
    if provider_of(model) == EMBEDDED:
        return "json_schema"
    if "response_format" not in supported_parameters(litellm, model):
        return "none"
    known = bool(table_row(litellm, model))
    return "json_schema" if not known or runs_here(model) or litellm.supports_response_schema(model) else "json_object"


def _per_token(price_per_million: float | None) -> float | None:
    return None if price_per_million is None else price_per_million / _MILLION
