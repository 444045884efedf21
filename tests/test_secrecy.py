"""What is shaped like a secret goes, what is not stays, and a mask is never masked again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.language_model.scrub import scrub as scrub_for_reading
from chatarena.secrecy import mask_keys, mask_values, secrets_named
from chatarena.session_log.redaction import scrub as scrub_for_the_log

KEYS = {
    "OpenAI": "sk-proj-abc123DEF456ghi789",
    "as quoted in errors": "sk-abcd************wxyz",
    "ElevenLabs": "sk_0123456789abcdef0123456789abcdef",
    "Stripe": "rk_live_51Habcdefghijk",
    "Langfuse": "pk-lf-01234567-89ab-cdef",
    "xAI": "xai-abcdefghijklmnop",
    "Perplexity": "pplx-0123456789abcdef",
    "Fireworks": "fw_3ZabcDEF456ghi789",
    "NVIDIA": "nvapi-abc123DEF456ghi789",
    "Replicate": "r8_abcdefghij0123456789",
    "Google": "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "GitHub": "github_pat_11ABCDEFG0abcdefghijkl_mnop",
    "Slack": "xoxb-123456789012-abcdefghijkl",
    "AWS, for a while": "ASIAIOSFODNN7EXAMPLE",
    "web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
}


@pytest.mark.parametrize("mask", [mask_keys, lambda text: scrub_for_reading(text, {})], ids=["here", "for reading"])
@pytest.mark.parametrize("around", ["{}", "wrong key: {}.", '{{"key": "{}"}}', "({}, and so on)"])
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_a_key_is_known_by_its_shape(key: str, around: str, mask: object) -> None:
    assert mask(around.format(key)) == around.format("[secret]")  # type: ignore[operator]


IN_PLACE = {
    "header": ("Authorization: Bearer abcDEF123456", "Authorization: Bearer [secret]"),
    "header as JSON": ('{"x-api-key": "0123456789ab"}', '{"x-api-key": "[secret]"}'),
    "bearer alone": ("with bearer abc=DEF123456", "with bearer [secret]"),
    "query": ("/v1?alt=sse&api_key=ab%2Fcd==&x=1", "/v1?alt=sse&api_key=[secret]&x=1"),
    "signature": ("/blob?signature=ab", "/blob?signature=[secret]"),
    "password in an address": ("postgres://me:pa55@host/db", "postgres://me:[secret]@host/db"),
    "private key": ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----!", "[secret]!"),
    "private key, cut off": ("-----BEGIN PRIVATE KEY-----\nMII", "[secret]"),
}


@pytest.mark.parametrize(("text", "masked"), IN_PLACE.values(), ids=IN_PLACE)
def test_a_secret_is_known_by_its_place(text: str, masked: str) -> None:
    assert mask_keys(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "The bearer of this letter should ask for a risk-averse adviser.",
        "sk-learn, hf_hub, pk-1 and ghp_ are no keys",
        "What is an API key: a password for programs?",
        "http://127.0.0.1:11434/v1?alt=sse and me@example.com",
        "task-oriented skills, and [secret] stays [secret]",
        "?key=[MY_TOKEN]&x=1 at https://me:[DB_PASSWORD]@host",
        "海辺の町は静かです。",
    ],
)
def test_anything_else_stays(text: str) -> None:
    assert mask_keys(text) == text


PIECES = st.lists(
    st.sampled_from(
        [*KEYS.values(), *(text for text, _ in IN_PLACE.values()), "[secret]", "?key=", ": ", " ", "é", "@"]
    )
).map("".join)


@given(st.one_of(st.text(), PIECES))
def test_a_mask_is_never_masked_again(text: str) -> None:
    once = mask_keys(text)
    assert mask_keys(once) == once


@given(PIECES)
def test_what_is_read_once_keeps_no_key_that_the_log_would_not_keep(text: str) -> None:
    for_the_log, for_reading = scrub_for_the_log(text, {}), scrub_for_reading(text, {})
    for key in KEYS.values():
        assert key not in for_reading or key in for_the_log


ENVIRON = {
    "A_KEY": "plain-words-as-key",
    "B_KEY": "plain-words",
    "WORD_KEY": "verbally",
    "SHORT_KEY": "a1b2c3",
    "PADDED_KEY": "  tok12345\n",
    "HOME": "/home/someone-with-a-long-name",
}


@pytest.mark.parametrize(
    ("shortest_word", "names"),
    [(8, ("A_KEY", "B_KEY", "PADDED_KEY", "WORD_KEY")), (12, ("A_KEY", "B_KEY", "PADDED_KEY"))],
    ids=["words too", "no short words"],
)
def test_which_values_are_secret_and_the_longest_comes_first(shortest_word: int, names: tuple[str, ...]) -> None:
    found = secrets_named(ENVIRON, lambda name: name.endswith("_KEY"), shortest_word=shortest_word)
    assert found == tuple((name, ENVIRON[name].strip()) for name in names)


def test_a_value_within_a_longer_one_does_not_cut_it() -> None:
    secrets = secrets_named(ENVIRON, lambda name: name in ("A_KEY", "B_KEY"), shortest_word=8)
    assert mask_values("plain-words-as-key, plain-words", secrets) == "[A_KEY], [B_KEY]"
