"""What providers raise becomes something a person can act on; no secret gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.errors import (
    AuthenticationFailed,
    ModelError,
    ModelNotInstalled,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from chatarena.language_model.provider_errors import Origin, empty_reply, mapped, refuses_format
from chatarena.language_model.scrub import scrub

NOW = 1_800_000_000.0  # Fri, 15 Jan 2027 08:00:00 GMT


class Raised(Exception):
    """Shaped like LiteLLM's exceptions: a status, perhaps headers and a body."""

    def __init__(self, text: str, status: int | None = None, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status_code, self.litellm_response_headers = status, headers


def origin(model: str = "openai/gpt-4o", address: str = "", **environ: str) -> Origin:
    variables = ("OPENAI_API_KEY",) if model.startswith("openai/") else ()
    return Origin(model=model, variables=variables, address=address, environ=environ, now=lambda: NOW)


@pytest.mark.parametrize(
    ("status", "text", "model", "kind", "said"),
    [
        pytest.param(401, "no", "openai/x", AuthenticationFailed, "OPENAI_API_KEY", id="401"),
        pytest.param(403, "no", "openai/x", AuthenticationFailed, "OPENAI_API_KEY", id="403"),
        pytest.param(402, "pay", "openai/x", RequestRefused, "Top up", id="402"),
        pytest.param(429, "slow", "openai/x", RateLimited, "slow down", id="429"),
        pytest.param(429, "your credit balance is too low", "openai/x", RequestRefused, "Top up", id="no credit"),
        pytest.param(408, "late", "openai/x", ProviderUnavailable, "did not answer", id="408"),
        pytest.param(500, "oops", "openai/x", ProviderUnavailable, "did not answer", id="500"),
        pytest.param(529, "overloaded", "anthropic/x", ProviderUnavailable, "anthropic", id="529"),
        pytest.param(400, "prompt is too long", "openai/x", RequestRefused, "Shorten", id="too long"),
        pytest.param(400, "content management policy", "azure/x", RequestRefused, "Word the decision", id="filtered"),
        pytest.param(404, "no such", "openai/x", RequestRefused, "models list", id="404"),
        pytest.param(404, "not found", "ollama_chat/x:1b", RequestRefused, "ollama pull x:1b", id="not pulled"),
        pytest.param(404, "absent", "embedded/q-1.5b", ModelNotInstalled, "models get q-1.5b", id="no weights"),
        pytest.param(422, "bad", "openai/x", RequestRefused, "sampling", id="422"),
        pytest.param(None, "odd", "openai/x", ModelError, "Raised", id="no status at all"),
    ],
)
def test_statuses(status: int | None, text: str, model: str, kind: type[ModelError], said: str) -> None:
    error = mapped(Raised(text, status), origin(model))
    assert type(error) is kind and said in str(error) and error.remedy


@pytest.mark.parametrize("error", [ConnectionRefusedError("x"), TimeoutError(), OSError(5, "io")])
def test_trouble_below_http_is_unavailability(error: Exception) -> None:
    ours = mapped(error, origin("ollama_chat/x", address="http://127.0.0.1:11434"))
    assert type(ours) is ProviderUnavailable and "http://127.0.0.1:11434" in ours.remedy


def test_a_missing_key_and_a_refused_key_are_told_apart() -> None:
    missing = mapped(Raised("no", 401), origin())
    refused = mapped(Raised("no", 401), origin(OPENAI_API_KEY="some-key-value"))
    nameless = mapped(Raised("no", 401), origin("local/x"))
    assert "Set the environment variable OPENAI_API_KEY" in missing.remedy
    assert "Check the environment variable OPENAI_API_KEY" in refused.remedy
    assert "api_key_env" in nameless.remedy


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "7"}, 7.0, id="seconds"),
        pytest.param({"Retry-After": "0.5"}, 0.5, id="any case"),
        pytest.param({"retry-after-ms": "1500", "retry-after": "9"}, 1.5, id="milliseconds first"),
        pytest.param({"retry-after": "Fri, 15 Jan 2027 08:00:30 GMT"}, 30.0, id="a date"),
        pytest.param({"retry-after": "Fri, 15 Jan 2027 07:00:00 GMT"}, 0.0, id="a date gone by"),
        pytest.param({"retry-after": "soon"}, None, id="nonsense"),
        pytest.param({"retry-after": "-3"}, None, id="negative"),
        pytest.param({"retry-after": "nan"}, None, id="not a number"),
        pytest.param({}, None, id="absent"),
        pytest.param(None, None, id="no headers"),
    ],
)
def test_retry_after(headers: dict[str, str] | None, seconds: float | None) -> None:
    assert mapped(Raised("slow", 429, headers), origin()).retry_after == seconds


def test_our_own_error_is_found_inside_a_librarys() -> None:
    try:
        try:
            raise ModelNotInstalled("weights missing", remedy="get them")
        except ModelNotInstalled as inner:
            raise Raised("wrapped", 500) from inner
    except Raised as outer:
        assert isinstance(mapped(outer, origin()), ModelNotInstalled)


def test_litellms_wrapping_is_taken_off() -> None:
    text = (
        "litellm.ContextWindowExceededError: litellm.BadRequestError: ContextWindowExceededError: OpenAIException - "
        "Context length is 8192\x1b[31m\ntokens. Original exception: whatever <a object at 0x7f00>"
    )
    message = mapped(Raised(text, 400), origin()).message
    assert message == "openai refused the request for openai/gpt-4o: Context length is 8192 [31m tokens."


def test_long_texts_are_cut() -> None:
    assert len(mapped(Raised("x" * 10_000, 500), origin()).message) < 500


@pytest.mark.parametrize(
    ("finish", "refusal", "said", "retryable"),
    [
        ("stop", "", "no text", True),
        ("length", "", "Raise max_tokens", True),
        ("content_filter", "", "content filter", False),
        ("stop", "I will not", "I will not", False),
    ],
)
def test_an_empty_reply_says_why(finish: str, refusal: str, said: str, retryable: bool) -> None:
    error = empty_reply("openai/x", finish, refusal)
    assert said in str(error) and error.retryable is retryable


@pytest.mark.parametrize(
    ("error", "refused"),
    [
        (Raised("response_format of type json_schema is not supported", 400), True),
        (Raised("Invalid schema for response_format 'reply'", 400), True),
        (Raised("'response_format.type' must be 'json_schema' or 'text'", 400), True),
        (Raised("json_schema is not supported", 500), False),
        (Raised("Unknown model", 400), False),
        (Raised("the schema and prompt exceed the context length", 400), False),
    ],
)
def test_a_refused_format_is_recognised(error: Raised, refused: bool) -> None:
    assert refuses_format(error) is refused


SECRETS = [
    "sk-proj-abcdefghijkl1234",
    "AIzaSyA1234567890abcdefghijk",
    "gsk_abcdefghij1234567890",
    "hf_abcdefghijklmnop",
    "xai-abcdefghijklmnop",
]
SHAPES = [
    "Incorrect API key provided: {}",
    "headers={{'Authorization': 'Bearer {}'}}",
    "x-api-key: {}",
    "https://host/v1?key={}&x=1",
    "POST https://user:{}@host/v1",
    'env {{"OPENAI_API_KEY": "{}"}}',
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("secret", SECRETS)
def test_keys_are_blotted_out_by_their_shape(shape: str, secret: str) -> None:
    assert secret not in scrub(shape.format(secret), {})


@given(
    st.text(min_size=8, max_size=30).filter(lambda text: text.strip() == text and len(set(text)) > 4),
    st.sampled_from(["MY_API_KEY", "HF_TOKEN", "DB_PASSWORD", "client_secret"]),
    st.sampled_from(SHAPES),
)
def test_values_of_secret_variables_are_blotted_out_whatever_their_shape(value: str, name: str, shape: str) -> None:
    text = scrub(shape.format(value), {name: value})
    assert value not in text


def test_ordinary_words_stay() -> None:
    environ = {"OPENAI_API_KEY": "none", "HOME": "/home/someone", "PATH": "/usr/bin"}
    text = "The task-oriented skill at /home/someone costs none of http://127.0.0.1:11434/v1 risk-averse"
    assert scrub(text, environ) == text
