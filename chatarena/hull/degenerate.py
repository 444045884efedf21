"""Cases in which a fit says less than it seems to, found and put into words instead of a proud "inside"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

FindingKind: TypeAlias = Literal["rank deficient"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One reason to read a result with care: what kind, which agents it is about, and a sentence."""

    kind: FindingKind
    words: str
    agents: tuple[str, ...] = ()
