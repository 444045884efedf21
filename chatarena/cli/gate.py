"""Who may talk to the arena in a browser. Laws: a token is compared in constant time and never repeated anywhere; where
no token is asked for, only this machine's own names are answered to, and no other site's page is.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from chatarena.errors import UsageError

LOOPBACK = "127.0.0.1"
LEAST_TOKEN = 16
OWN_NAMES = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether an address that is listened on can be reached from this machine alone."""
    if host.casefold() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def token_for(host: str, given: str | None) -> str:
    """The token to ask for; empty where none is needed.

    Args:
        given: what the command line says: a token, an empty text where one is to be made, None for nothing.

    Raises:
        UsageError: the token can be guessed.
    """
    if not given:
        return "" if given is None and is_loopback(host) else secrets.token_urlsafe(32)
    if len(given) < LEAST_TOKEN:
        raise UsageError(
            f"a token of {len(given)} characters can be guessed",
            remedy=f"write at least {LEAST_TOKEN}, or --token alone: then one is made",
        )
    return given


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Lets in who knows the token, and remembers her by a pass that is good as long as this server runs.

    An empty token asks nobody for one.
    """

    token: str = field(default="", repr=False)
    passport: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def knows(self, token: str) -> bool:
        """Whether this is the token."""
        return bool(self.token) and _same(token, self.token)

    def admits(self, passport: str) -> bool:
        """Whether whoever shows this pass may come in."""
        return not self.token or _same(passport, self.passport)

    def answers_to(self, host: str) -> bool:
        """Whether the name in a request's Host header is ours.

        Without a token any name that leads here would do, also one of another site's that was pointed here to let its
        page read ours.
        """
        return bool(self.token) or (_name(f"//{host}") in OWN_NAMES)

    @staticmethod
    def own(origin: str, host: str) -> bool:
        """Whether a request with this Origin header comes from a page of ours; empty where there is no such header."""
        return not origin or urlsplit(origin).netloc.casefold() == host.casefold()


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "surrogatepass"), other.encode("utf-8", "surrogatepass"))


def _name(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").casefold()
    except ValueError:
        return ""
