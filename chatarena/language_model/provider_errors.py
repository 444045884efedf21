"""Turns what LiteLLM and its providers raise into the errors a person can act on. Used in the model process only.

Nothing of LiteLLM is imported: its exceptions carry the HTTP status and the response headers, which is all it takes.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from chatarena.errors import (
    AuthenticationFailed,
    EmptyReply,
    ModelError,
    ModelNotInstalled,
    ProviderUnavailable,
    RateLimited,
    RequestRefused,
)
from chatarena.language_model.providers import EMBEDDED, provider_of
from chatarena.language_model.scrub import scrub

_LONGEST_MESSAGE = 400
_LONGEST_READ = 10 * _LONGEST_MESSAGE  # some providers send whole pages
# LiteLLM stacks these in front of what the provider said.
_PREFIXES = re.compile(r"^(?:litellm\.)?(?:[A-Z]\w*(?:Error|Exception|Timeout)|[A-Z]\w*Exception)\s*(?::|-)\s*")
_ORIGINAL = re.compile(r"\s*Original exception: .*$", re.DOTALL)
_OBJECTS = re.compile(r"(?: ssl:)?<[^<>]{1,200} object at 0x[0-9a-f]+>")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]+")
_NO_CREDIT = re.compile(r"insufficient.quota|exceeded your current quota|billing|credit balance|payment", re.IGNORECASE)
_TOO_LONG = re.compile(r"context.{0,20}(length|window|size)|too many tokens|prompt is too long", re.IGNORECASE)
_FILTERED = re.compile(r"content.{0,20}(polic|filter|management)|safety", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an error came from: the model, the variables that may hold its key, its address where that is known.

    `environ` is where the secrets are, to keep them out of the text; `now` the wall clock in seconds since 1970, for
    a provider may name a moment to come back at.
    """

    model: str
    variables: tuple[str, ...]
    address: str
    environ: Mapping[str, str]
    now: Callable[[], float]

    @property
    def who(self) -> str:
        return provider_of(self.model) or "LiteLLM"


def mapped(error: BaseException, origin: Origin) -> ModelError:
    """The error of ours that says the same, without secrets."""
    for cause in _chain(error):
        if isinstance(cause, ModelError):
            return _scrubbed(cause, origin.environ)
    text = plain_text(error, origin.environ)
    status = _status(error)
    if status is not None and 400 <= status < 500 and status != 408:
        return _client_error(error, status, text, origin)
    if status is not None or isinstance(error, OSError | TimeoutError):
        return _unavailable(origin, text, retry_after(error, origin.now))
    return ModelError(
        f"calling {origin.model} failed unexpectedly ({type(error).__name__}): {text}",
        remedy="Try another model; if it happens again, report it with the log of the model process.",
    )


def _client_error(error: BaseException, status: int, text: str, origin: Origin) -> ModelError:
    if status in (401, 403):
        return refused_key(text, origin)
    if status == 402 or (status == 429 and _NO_CREDIT.search(f"{text} {getattr(error, 'body', '')}")):
        return RequestRefused(
            f"the account at {origin.who} has no credit left: {text}",
            remedy="Top up the account, or choose another model; the embedded and local ones cost nothing.",
        )
    if status == 429:
        return RateLimited(
            f"{origin.who} asks to slow down: {text}",
            remedy="Wait a little, use fewer agents at once, or choose another model.",
            retry_after=retry_after(error, origin.now),
        )
    return _refused(origin, text, status)


def refused_key(text: str, origin: Origin) -> AuthenticationFailed:
    """Says which variable holds, or should hold, the key."""
    present = next((name for name in origin.variables if origin.environ.get(name)), None)
    if present is None:
        return missing_key(origin.model, origin.variables, text)
    return AuthenticationFailed(
        f"{origin.who} refused the key for {origin.model}: {text}",
        remedy=f"Check the environment variable {present}: the key may be mistyped, expired, or not allowed to use"
        " this model.",
    )


def missing_key(model: str, variables: tuple[str, ...], text: str = "") -> AuthenticationFailed:
    """No key was sent."""
    said = f" ({text})" if text else ""
    what = "Name the variable that holds its key in the settings (api_key_env)"
    if variables:
        what = f"Set the environment variable {variables[0]}"
    return AuthenticationFailed(
        f"no key for {model}{said}", remedy=f"{what}, or choose a model on this machine, which needs none."
    )


def empty_reply(model: str, finish_reason: str, refusal: str = "") -> ModelError:
    """The error for a reply without text."""
    if refusal or finish_reason == "content_filter":
        return RequestRefused(
            f"{model} declined to answer" + (f": {refusal[:_LONGEST_MESSAGE]}" if refusal else " (content filter)"),
            remedy="Word the decision or the agent differently, or choose another model.",
        )
    if finish_reason == "length":
        return EmptyReply(
            f"{model} used up its tokens before it wrote any text",
            remedy="Raise max_tokens: a model that thinks first needs room for its thoughts.",
        )
    return EmptyReply(f"{model} returned no text", remedy="Try again, or choose another model.")


def refuses_format(error: BaseException) -> bool:
    """Whether the provider turned the call down because of the form asked of the reply."""
    text = str(error)
    wrong = _status(error) in (400, 404, 422) and not _TOO_LONG.search(text)
    return wrong and re.search(r"response_format|json_schema|json_object|structured|schema", text, re.I) is not None


def plain_text(error: BaseException, environ: Mapping[str, str]) -> str:
    """What the provider said, on one line, without LiteLLM's wrapping and without secrets."""
    text = _OBJECTS.sub("", _ORIGINAL.sub("", (str(error) or type(error).__name__)[:_LONGEST_READ]))
    while (shorter := _PREFIXES.sub("", text)) != text:
        text = shorter
    text = " ".join(_CONTROL.sub(" ", scrub(text, environ)).split())
    return text if len(text) <= _LONGEST_MESSAGE else text[: _LONGEST_MESSAGE - 1] + "…"


def retry_after(error: BaseException, now: Callable[[], float]) -> float | None:
    """Seconds the provider wants us to wait (RFC 9110, section 10.2.3: seconds or a date); None where it says nothing.

    Args:
        error: what was raised; the headers are looked for on it and on what caused it.
        now: the wall clock in seconds since 1970, for the form with a date.
    """
    for cause in _chain(error):
        for source in (getattr(cause, "litellm_response_headers", None), _headers(cause)):
            headers = {str(name).lower(): str(value) for name, value in dict(source or {}).items()}
            seconds = _seconds(headers, now)
            if seconds is not None:
                return max(0.0, seconds)
    return None


def _seconds(headers: Mapping[str, str], now: Callable[[], float]) -> float | None:
    if (milliseconds := _number(headers.get("retry-after-ms"))) is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    if value is None or (seconds := _number(value)) is not None:
        return None if value is None else seconds
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return moment.timestamp() - now()


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value < 1e9 else None


def _refused(origin: Origin, text: str, status: int) -> ModelError:
    provider, _, name = origin.model.partition("/")
    if provider == EMBEDDED and status == 404:
        return ModelNotInstalled(
            f"the weights of {origin.model} are not on this machine: {text}", remedy=f"Run: chatarena models get {name}"
        )
    if "LLM Provider NOT provided" in text:
        return no_provider(origin.model)
    if _TOO_LONG.search(text):
        remedy = "Shorten the context, use fewer rounds, or choose a model with a larger context."
    elif _FILTERED.search(text):
        remedy = "Word the decision or the agent differently, or choose another model."
    elif status == 404 and provider.startswith("ollama"):
        remedy = f"Fetch it first: ollama pull {name}"
    elif status == 404:
        remedy = "Check the model's name: `chatarena models list` shows what is known."
    else:
        remedy = "Check the model's name and the agent's sampling settings."
    return RequestRefused(f"{origin.who} refused the request for {origin.model}: {text}", remedy=remedy)


def no_provider(model: str) -> RequestRefused:
    """The model's name does not say who serves it."""
    return RequestRefused(
        f"the name {model!r} does not say which provider serves it",
        remedy="Write provider/model, for example openai/gpt-4o-mini or ollama_chat/llama3.2.",
    )


def _unavailable(origin: Origin, text: str, wait: float | None) -> ProviderUnavailable:
    remedy = "Check the connection, try again, or choose another model."
    if origin.address:
        remedy = f"Is a server running at {origin.address}? If so, try again; otherwise choose another model."
    return ProviderUnavailable(
        f"{origin.who} did not answer for {origin.model}: {text}", remedy=remedy, retry_after=wait
    )


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    try:
        return None if status is None else int(status)
    except (TypeError, ValueError):
        return None


def _headers(error: BaseException) -> Mapping[str, str] | None:
    return getattr(getattr(error, "response", None), "headers", None)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, what LiteLLM says it stands for, and what caused it."""
    seen: list[BaseException] = []
    left: list[object] = [error]
    while left:
        one = left.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            yield one
            left += [getattr(one, "original_exception", None), one.__cause__, one.__context__]


def _scrubbed(error: ModelError, environ: Mapping[str, str]) -> ModelError:
    error.message, error.remedy = scrub(error.message, environ), scrub(error.remedy, environ)
    return error
