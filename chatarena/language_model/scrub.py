"""Takes secrets out of text that will be shown or written: keys, Authorization headers, values of secret variables."""

from __future__ import annotations

import re
from collections.abc import Mapping

# Shorter values ("none", "x", "true") are no secrets, and blotting them out would eat ordinary words.
_SHORTEST_SECRET = 8
_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|AUTH", re.IGNORECASE)
_PATTERNS = (
    (
        re.compile(r"(?i)\b(authorization|proxy-authorization|x-api-key|api-key)(['\"]?\s*[:=]\s*['\"]?)[^\r\n'\",}]+"),
        r"\1\2[secret]",
    ),
    (re.compile(r"(?i)\bbearer\s+[^\s'\",}]+"), "Bearer [secret]"),
    (re.compile(r"(?i)([?&](?:api[_-]?key|key|token|access_token|sig|signature)=)[^&\s'\"]+"), r"\1[secret]"),
    (re.compile(r"(?i)(\b[a-z][a-z0-9+.-]*://)[^/\s:@]+:[^/\s@]+@"), r"\1[secret]@"),
    # Prefixes of keys: OpenAI/Anthropic/OpenRouter sk-, Google AIza, Groq gsk_, xAI xai-, Hugging Face hf_,
    # Perplexity pplx-, Replicate r8_, GitHub gh?_, AWS AKIA.
    (
        re.compile(r"\b(?:(?:sk|pk|rk|xai|pplx|fw|nvapi)[-_]|AIza|gsk_|hf_|r8_|gh[pousr]_|AKIA)[A-Za-z0-9_\-*.]{8,}"),
        "[secret]",
    ),
)


def scrub(text: str, environ: Mapping[str, str]) -> str:
    """The text with every value of a secret-looking variable and everything shaped like a key blotted out."""
    for name, value in sorted(environ.items(), key=lambda item: -len(item[1])):
        if len(value) >= _SHORTEST_SECRET and _SECRET_NAME.search(name) and value in text:
            text = text.replace(value, f"[{name}]")
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text
