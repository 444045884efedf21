"""Secrets are masked; ordinary words are not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.session_log.redaction import mask_event, scrub, scrub_provider_text, secrets_of
from tests.session_log import samples

SECRETS = {
    "OpenAI": "sk-proj-abc123DEF456ghi789",
    "Anthropic": "sk-ant-api03-Zz99_yY-88xxWw",
    "OpenAI, as quoted in errors": "sk-abcd************wxyz",
    "Google": "AIzaSyA1234567890abcdefghijklmnopqrstuv",
    "GitHub": "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    "GitHub, fine-grained": "github_pat_11ABCDEFG0abcdefghijkl_mnop",
    "Slack": "xoxb-123456789012-abcdefghijkl",
    "AWS": "AKIAIOSFODNN7EXAMPLE",
    "Groq": "gsk_abcdefghij0123456789",
    "Hugging Face": "hf_abcdefghij0123456789",
    "web token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("around", ["{}", "Incorrect API key provided: {}.", '{{"key": "{}"}}', "({})", "x={}&y"])
def test_keys_are_masked(secret: str, around: str) -> None:
    assert scrub(around.format(secret), {}) == around.format("[secret]")


IN_CONTEXT = {
    "bearer": ("Authorization: Bearer abcDEF123456", "Authorization: Bearer [secret]"),
    "basic": ("authorization: Basic dXNlcjpwYXNz", "authorization: Basic [secret]"),
    "header as JSON": ('{"x-api-key": "0123456789ab"}', '{"x-api-key": "[secret]"}'),
    "query": ("GET /v1?key=abcdefgh12&alt=sse", "GET /v1?key=[secret]&alt=sse"),
    "URL": ("http://me:pa55@host/v1", "http://me:[secret]@host/v1"),
    "private key": ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----!", "[secret]!"),
}


@pytest.mark.parametrize(("text", "masked"), IN_CONTEXT.values(), ids=IN_CONTEXT)
def test_secrets_known_by_their_place_are_masked(text: str, masked: str) -> None:
    assert scrub(text, {}) == masked


ORDINARY = [
    "The bearer of this letter should ask for a risk-averse adviser.",
    "Basic economics says so; task-oriented people disagree.",
    "sk-learn, hf_hub and ghp_ are no keys",
    '{"move": 80, "stay": 20}',
    "HTTP 429 from https://api.example.com/v1/chat?alt=sse: try again in 20 s",
    "What is an API key: a password for programs?",
    "海辺の町は静かです。",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_text_stays(text: str) -> None:
    assert scrub(text, {}) == text


@given(st.text())
def test_scrubbing_twice_changes_nothing_more(text: str) -> None:
    once = scrub(text + " Bearer " + text + " sk-" + text, {})
    assert scrub(once, {}) == once


ENVIRON = {
    "SOME_API_KEY": "plain-words-as-key",
    "MY_TOKEN": "  tok12345  ",
    "DB_PASSWORD": "correcthorse",
    "SHORT_SECRET": "a1b2c3",
    "WORD_TOKEN": "verbally",
    "EMPTY_KEY": "",
    "HOME": "/home/someone-with-a-long-name",
}


def test_which_variables_are_secret() -> None:
    assert secrets_of(ENVIRON) == (
        ("SOME_API_KEY", "plain-words-as-key"),
        ("DB_PASSWORD", "correcthorse"),
        ("MY_TOKEN", "tok12345"),
    )


def test_values_of_secret_variables_are_masked_wherever_they_stand() -> None:
    text = "tok12345 and plain-words-as-key in /home/someone-with-a-long-name"
    assert scrub(text, ENVIRON) == "[MY_TOKEN] and [SOME_API_KEY] in /home/someone-with-a-long-name"


def test_only_texts_from_providers_are_scrubbed_by_shape() -> None:
    key = SECRETS["OpenAI"]
    for event in samples.everything():
        assert scrub_provider_text(event, ()) == event, "the sample session holds no key"
    missed = ev.TurnMissed(agent="a", round=1, cause="failed", reason=f"bad {key}", partial=f"so {key}")
    assert scrub_provider_text(missed, ()) == replace(missed, reason="bad [secret]", partial="so [secret]")
    left = ev.SessionLeft(reason=key)
    assert scrub_provider_text(left, ()) == ev.SessionLeft(reason="[secret]")
    absent = (ev.Rating(option="a", value=None, absence=f"call failed: {key}"),)
    claim = ev.ClaimMade(agent="a", round=1, ratings=absent, raw=key)
    scrubbed = (ev.Rating(option="a", value=None, absence="call failed: [secret]"),)
    assert scrub_provider_text(claim, ()) == replace(claim, ratings=scrubbed, raw="[secret]")
    for said in (samples.spoken(key), ev.ParticipantSpoke(text=key, round=0)):
        assert scrub_provider_text(said, ()) == said


def test_masking_an_event_leaves_its_fixed_words_alone() -> None:
    secrets = secrets_of({"A_KEY": "simultaneous", "B_TOKEN": "session_opened", "C_SECRET": "work from home"})
    event = samples.opened()
    masked = mask_event(event, secrets)
    expected = replace(event, decision=replace(event.decision, context="We both [C_SECRET]."))
    assert masked == expected
