"""The prose that an agent's conversation rule is rendered from, for one protocol."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from chatarena.arena.agent import Purpose
from chatarena.arena.opening import RULE_PURPOSES
from chatarena.arena.protocol import ProtocolName
from chatarena.authoring.templates import load_template

PLACEHOLDERS = (
    *(
        "question",
        "context",
        "options",
        "option_ids",
        "option_keys",
        "states",
        "label",
        "others",
        "objective",
        "goal",
        "name",
    ),
    *("persona", "evidence", "rounds"),
)
PLACES = ("heard", "leaning", "favourite", "own", "round", "rounds", "option")
REQUIRED: dict[str, tuple[str, ...]] = {
    "decision": ("question", "context", "options"),
    "opening": ("label", "goal", "persona", "evidence"),
    "turn": ("label", "goal", "persona", "evidence"),
    "rebuttal": ("label", "goal", "persona", "evidence"),
    "claim": ("option_keys",),
    "appraisal": ("objective", "evidence", "option_keys"),
    "yes_no": ("goal", "evidence"),
    "repair": ("option_ids",),
}


def rule_templates(protocol: ProtocolName, directories: Sequence[Path] = ()) -> dict[Purpose, str]:
    """The template of each part of an agent's rule; a rebuttal has its own prose for every turn but the first.

    Args:
        directories: a person's own directories (see `places.prompt_files`).

    Raises:
        AuthoringError: a file is missing, or has an unknown or a missing placeholder.
    """
    return {purpose: _template(_file(purpose, protocol), directories) for purpose in RULE_PURPOSES}


def _file(purpose: Purpose, protocol: ProtocolName) -> str:
    return "rebuttal" if purpose == "turn" and protocol == "rebuttal" else purpose


def _template(name: str, directories: Sequence[Path]) -> str:
    required = REQUIRED.get(name, ())
    template = load_template(name, required=required, optional=PLACEHOLDERS, places=PLACES, directories=directories)
    return template.text
