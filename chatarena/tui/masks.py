"""The reveal on the screen: what each agent was after, and what it said beside what it thought."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from chatarena.arena.decision import Decision
from chatarena.authoring.tags import KINDS, SUBJECTS, TAGS
from chatarena.authoring.text import clean, one_line
from chatarena.report.words import NOT_ASKED, Unmasked
from chatarena.tui.cells import MISSING, bar, fit, width

LABEL_CELLS, BAR_CELLS, FINGERPRINT = 22, 12, 16
# On a page as wide as the screen; with two ways of asking the table is wider as it is.
WIDE_LABEL = 32
METHODS = {"verbal": "in words", "logprob": "word odds"}


def mask_content(mask: Unmasked, decision: Decision, *, most: int = LABEL_CELLS) -> Content:
    """One agent with its mask off.

    Args:
        most: cells that the options' labels may take in its table.
    """
    lines = [Content.assemble((one_line(mask.label), "bold"), f" was {one_line(mask.name)}")]
    # The objective is addressed to the agent: "You are rewarded ..." must not read as if it were said to the person.
    lines.append(Content(f"It was told: “{clean(mask.objective).strip()}”"))
    if mask.tags:
        lines.append(Content(aim_line(mask.tags)))
    if mask.favours:
        lines.append(Content(f"It was paid for: {one_line(mask.favours)}"))
    lines += [Content(line) for line in comparison(mask, decision, most)]
    lines += [Content(line) for line in gap_lines(mask)]
    lines.append(Content.styled(f"Its rule, fixed before the first word: {mask.fingerprint[:FINGERPRINT]}…", "dim"))
    return Content("\n").join(lines)


def aim_line(tags: Sequence[str]) -> str:
    """What kind of aim it was and what it was about: tags of the documented list with what they mean, others as such.

    `Kind of aim: change-attitude (likes or dislikes change as such); about place`
    """
    kinds = [f"{tag} ({KINDS[tag]})" for tag in tags if tag in KINDS]
    subjects = [tag for tag in tags if tag in SUBJECTS]
    others = [f"#{one_line(tag)}" for tag in tags if tag not in TAGS]
    parts = (", ".join(kinds), f"about {', '.join(subjects)}" if subjects else "", " ".join(others))
    return f"Kind of aim: {'; '.join(filter(None, parts))}"


def comparison(mask: Unmasked, decision: Decision, most: int = LABEL_CELLS) -> list[str]:
    """A table of what it said and what it thought each option is worth, said in public and thought in private."""
    lines = []
    longest = max(width(one_line(option.label)) for option in decision.options)
    room = min(longest, most if len(mask.appraisals) < 2 else LABEL_CELLS)
    for method, values in mask.appraisals or (("", (None,) * len(decision.options)),):
        how = f" ({METHODS[method]})" if len(mask.appraisals) > 1 else ""
        public = f"{fit('said in public', BAR_CELLS + 5)}  " if mask.asked else ""
        lines.append(f"{fit('', room)} {public}thought for itself{how}")
        for option, said, thought in zip(decision.options, mask.claims, values, strict=True):
            spoken = f"{_cell(said)}  " if mask.asked else ""
            lines.append(f"{fit(one_line(option.label), room)} {spoken}{_cell(thought)}")
    return lines


def _cell(value: float | None) -> str:
    number = MISSING if value is None else f"{value:.0f}"
    return f"{bar(None if value is None else value / 100, BAR_CELLS)} {fit(number, 4, right=True)}"


def gap_lines(mask: Unmasked) -> list[str]:
    """How far what it said lies from what it thought, in words; and where that cannot be told, so."""
    if not mask.asked:
        return [NOT_ASKED]
    if mask.gap is None:
        return ["How far it said what it thought cannot be told: numbers are missing."]
    lines = [f"On average it said {mask.gap:.0f} points more or less than it thought."]
    if mask.favourite_differs:
        lines.append("The option it praised most is not the one that served it best.")
    elif mask.favourite_differs is False:
        lines.append("The option it praised most is the one that served it best.")
    return lines
