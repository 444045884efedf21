"""Text laid out for a width: a line and how it looks."""

from __future__ import annotations

from typing import Literal

Look = Literal["plain", "bold", "heading", "quiet"]
Laid = tuple[str, Look]
