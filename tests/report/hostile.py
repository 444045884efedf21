"""Texts that try to be more than text, and a session in which everybody speaks like that."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

from chatarena.arena import events as ev
from chatarena.arena.decision import Option, State
from chatarena.arena.events import Entry
from tests.session_log.samples import entries, everything

HOSTILE = {
    "script": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "closing": "</p></section></main></body></html><h1>Mine</h1>",
    "cdata": "]]><![CDATA[ <b>x</b> ]]> --> <!-- -- <?php ?>",
    "attribute": '" onmouseover="alert(1)" x=\'y\' `z`',
    "entities": "&lt;b&gt; &amp;amp; &#60;i&#62; &copy &NotEqualTilde; &;",
    "style": "</style><style>*{display:none}</style> @import url(https://evil.example/x.css);",
    "svg": "</text></svg><svg onload=alert(1)><a xlink:href='javascript:alert(1)'>",
    "overrides": "abc \u202edcba\u202c \u2066x\u2069 \u200f\u05d0",
    "escapes": "\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07link\x1b]8;;\x07 \x9b2J \x00\x08",
    "heading": "# Mine\n## Mine too\nSo\n===\nand\n---\n\n    code\n\tcode",
    "fence": "```\nunclosed\n~~~ also\n`one`` two```",
    "lists": "- a\n+ b\n* c\n1. d\n2) e\n> f\n| g | h |\n| --- | --- |\n***\n___",
    "links": "[x](javascript:alert(1)) ![y](https://evil.example/y.png) <https://evil.example>\n\n[z]: //x.example",
    "emphasis": "**bold** _it_ ~~gone~~ a*b*c $x^2$ \\",
    "japanese": "海辺の町は\u3000静かです。",
    "blank": "  \n\n ",
}
# The fields in which people, models and programs may say what they like; `label` is that of options and states.
_FREE = {"question", "context", "text", "reason", "partial", "raw", "absence", "detail", "objective", "goal", "persona"}
_FREE |= {
    "tags",
    "model",
    "served_model",
    "requested_model",
    "assumptions",
    "missing",
    "version",
    "cast",
    "error",
    "label",
}


def session(text: str) -> tuple[Entry, ...]:
    """Everything that can happen in a session, in which every text that somebody wrote is this one."""
    return entries("one", tuple(_spoiled(event, text) for event in everything()))


def _spoiled(value: Any, text: str, *, field: str = "") -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        names = [item.name for item in fields(value) if item.name != "label" or isinstance(value, Option | State)]
        return replace(value, **{name: _spoiled(getattr(value, name), text, field=name) for name in names})
    if isinstance(value, tuple):
        return tuple(_spoiled(item, text, field=field) for item in value)
    return text if isinstance(value, str) and field in _FREE else value


def turns(events: tuple[Entry, ...]) -> list[str]:
    """What was said, in order."""
    return [entry.event.text for entry in events if isinstance(entry.event, ev.TurnTaken)]
