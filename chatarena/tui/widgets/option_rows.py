"""The rows of the compose screen: options, what is uncertain, and what only one agent is told."""

from __future__ import annotations

from collections.abc import Sequence

from chatarena.arena.decision import MAX_OPTIONS, MAX_STATES, MIN_OPTIONS
from chatarena.tui.widgets.rows import Column, Rows, Texts

MAX_CARDS = 40


def option_rows(rows: Sequence[Texts]) -> Rows:
    """Label, detail and first rating of every option."""
    columns = (
        Column(name="label", placeholder="option", share=2),
        Column(name="detail", placeholder="detail (optional)", share=3),
        Column(name="worth", placeholder="0–100", cells=6),
    )
    return Rows(columns, rows, least=MIN_OPTIONS, most=MAX_OPTIONS, id="options")


def state_rows(rows: Sequence[Texts]) -> Rows:
    """Label and chance in per cent of every way the world may be."""
    columns = (Column(name="label", placeholder="what may turn out"), Column(name="chance", placeholder="%", cells=7))
    return Rows(columns, rows, most=MAX_STATES, id="states")


def evidence_rows(rows: Sequence[Texts]) -> Rows:
    """A text and the agent that alone is told it."""
    columns = (Column(name="text", placeholder="told to one agent"), Column(name="owner", placeholder="whom", cells=14))
    return Rows(columns, rows, most=MAX_CARDS, id="evidence")
