"""The agents at the table by their public faces: label, manner, model; never what they are after, unless asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.content import Content

from chatarena.authoring.text import one_line
from chatarena.tui.seats import Agents, Hidden, SeatChoice, labels_of

UNKNOWN_MANNER = "nothing is said of how it sounds"


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """What is shown of one seat; `hidden` is None while the participant is blind."""

    label: str
    manner: str
    model: str = ""
    hidden: Hidden | None = None
    favours: int | str | None = None


def faces_of(seats: Sequence[SeatChoice], agents: Agents, hidden: Mapping[str, Hidden] | None) -> tuple[Face, ...]:
    """The faces of these seats, in order."""
    found = []
    for seat, label in zip(seats, labels_of(seats, agents), strict=True):
        agent = agents.get(seat.agent)
        found.append(
            Face(
                label=label,
                manner=agent.manner if agent else "",
                model=seat.model or (agent.model if agent else ""),
                hidden=hidden.get(seat.agent) if hidden is not None else None,
                favours=seat.favours if hidden is not None else None,
            )
        )
    return tuple(found)


def face_content(face: Face, number: int) -> Content:
    """One face, over as many lines as it needs."""
    parts = [Content.styled(f"{number:>2} {one_line(face.label)}", "bold")]
    parts.append(Content(f"   {one_line(face.manner) or UNKNOWN_MANNER}"))
    if face.model:
        parts.append(Content(f"   speaks through {one_line(face.model)}"))
    if face.hidden is not None:
        parts += hidden_lines(face.hidden, face.favours)
    return Content("\n").join(parts)


def hidden_lines(hidden: Hidden, favours: int | str | None = None) -> list[Content]:
    """What an agent is after, marked as what it is: private."""
    paid = f" (paid for option {favours})" if favours is not None else ""
    lines = [Content.assemble(("   ▲ hidden: ", "bold $warning"), one_line(hidden.objective) + paid)]
    if hidden.tags:
        lines.append(Content(f"     {', '.join(map(one_line, hidden.tags))}"))
    return lines


def table_content(faces: Sequence[Face]) -> Content:
    """All faces, one below the other."""
    if not faces:
        return Content("Nobody yet.")
    return Content("\n").join(face_content(face, number) for number, face in enumerate(faces, start=1))
