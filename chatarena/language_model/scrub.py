"""Takes secrets out of text that will be shown or written: keys, Authorization headers, values of secret variables.

Such text is a provider's or a library's, read once and by one person: rather a word too many is blotted out than a key
too few. The log is choosier, because it keeps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from chatarena.secrecy import MASK, SHORTEST, mask_keys, mask_values, secrets_named

_SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL|AUTH", re.IGNORECASE)
# Whatever follows such a name or the word "bearer", to its end: schemes of several parts carry signatures.
_HEADER = re.compile(
    r"(?i)\b(authorization|proxy-authorization|x-api-key|api-key)(['\"]?\s*[:=]\s*['\"]?)[^\r\n'\",}]+"
)
_BEARER = re.compile(r"(?i)\bbearer\s+[^\s'\",}]+")


def scrub(text: str, environ: Mapping[str, str]) -> str:
    """The text with every value of a secret-looking variable and everything shaped like a key blotted out."""
    secrets = secrets_named(environ, lambda name: _SECRET_NAME.search(name) is not None, shortest_word=SHORTEST)
    text = _HEADER.sub(rf"\1\2{MASK}", mask_values(text, secrets))
    return mask_keys(_BEARER.sub(f"Bearer {MASK}", text))
