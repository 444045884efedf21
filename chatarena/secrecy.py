"""What is shaped like a secret, and how it is taken out of a text. Law: a function of its arguments, here, alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Secrets = tuple[tuple[str, str], ...]

MASK = "[secret]"
SHORTEST = 8  # a shorter value ("none", "x", "true") is no secret, and blotting it out would eat ordinary words
# Keys as their issuers shape them: OpenAI, Anthropic, OpenRouter, ElevenLabs sk; Stripe sk, rk, pk; xAI; Perplexity;
# Fireworks fw; NVIDIA nvapi; Groq gsk_; Hugging Face hf_; Replicate r8_; GitHub gh?_ and github_pat_; Slack xox?-;
# Google AIza; AWS AKIA/ASIA; JSON web tokens eyJ. Stars are kept: providers quote refused keys as sk-ab***yz.
_KEYS = re.compile(
    r"\b(?:(?:sk|pk|rk|xai|pplx|fw|nvapi)[-_]|gsk_|hf_|r8_|gh[pousr]_|github_pat_|xox[a-z]-)[\w*.-]{9,}[\w*]"
    r"|\bAIza[\w-]{20,}|\bA(?:KIA|SIA)[A-Z0-9]{16}\b|\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
    re.DOTALL,
)
_FREE = r"(?!\[\w+\])"  # what has been masked already, perhaps by a variable's name, stays as it is
_PLACES = (
    re.compile(
        r"(?i)(\bauthorization['\"]?\s*[:=]\s*['\"]?(?:(?:bearer|basic|token)\s+)?"
        r"|\b(?:x-)?api[-_]?key['\"]?\s*[:=]\s*['\"]?)[\w.~+/=*-]{8,}"
    ),
    re.compile(rf"(?i)([?&](?:api[-_]?key|key|token|access_token|sig|signature)=){_FREE}[^&\s'\"]+"),
    # Words follow "bearer" in ordinary prose; a digit or a sign tells a token from them.
    re.compile(r"(?i)(\bbearer\s+)(?=[^\s'\"]*[\d=_*])[\w.~+/=*-]{8,}"),
    re.compile(rf"(?i)(\b[a-z][a-z0-9+.-]*://[^/\s:@]*:){_FREE}[^/\s@]+(?=@)"),
)


def mask_keys(text: str) -> str:
    """The text without anything that is shaped like a key, or that stands where keys and passwords stand."""
    text = _KEYS.sub(MASK, text)
    for place in _PLACES:
        text = place.sub(rf"\1{MASK}", text)
    return text


def mask_values(text: str, secrets: Secrets) -> str:
    """The text with every secret value replaced by its variable's name in brackets."""
    for name, value in secrets:
        if value in text:
            text = text.replace(value, f"[{name}]")
    return text


def secrets_named(environ: Mapping[str, str], named: Callable[[str], bool], *, shortest_word: int) -> Secrets:
    """The (name, value) pairs of an environment whose values must not be seen, longest value first.

    Args:
        named: whether a variable of this name holds a secret.
        shortest_word: from how many characters on a value of letters alone counts; any other does from 8.
    """
    pairs = ((name, value.strip()) for name, value in environ.items() if named(name))
    found = (pair for pair in pairs if len(pair[1]) >= (shortest_word if pair[1].isalpha() else SHORTEST))
    return tuple(sorted(found, key=lambda pair: (-len(pair[1]), pair[0])))
