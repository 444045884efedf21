"""The agents at the table by their public faces: label, manner, model; never what they are after, unless asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual.app import RenderResult
from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from chatarena.authoring.text import one_line
from chatarena.tui.cells import crop, wrap
from chatarena.tui.seats import Agents, Hidden, SeatChoice, labels_of

UNKNOWN_MANNER = "nothing is said of how it sounds"
HIDDEN_MARK = "▲"


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


class Faces(Widget):
    """Faces one below the other, wrapped under their labels; above them what there is to say of all."""

    DEFAULT_CSS = """
    Faces { height: auto; width: 1fr; }
    """

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._title, self._above = "", ""
        self._faces: tuple[Face, ...] = ()
        self._first = 1

    def show(self, faces: Sequence[Face], *, title: str = "", above: str = "", first: int = 1) -> None:
        """Show these faces, numbered from `first`; 0 for a face that has no seat."""
        self._title, self._above, self._faces, self._first = one_line(title), one_line(above), tuple(faces), first
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def render(self) -> RenderResult:
        return Content("\n").join(self._lines(self.size.width))

    def _lines(self, cells: int) -> list[Content]:
        lines = [Content.styled(line, "bold") for line in wrap(self._title, cells)] if self._title else []
        lines += [Content(line) for line in wrap(self._above, cells)] if self._above else []
        lines += [Content("")] if lines and self._faces else []
        for place, face in enumerate(self._faces):
            lines += face_lines(face, self._first + place if self._first else 0, cells)
        return lines or [Content("Nobody yet.")]


def face_lines(face: Face, number: int, cells: int) -> list[Content]:
    """One face in lines of at most `cells`, all but the label indented."""
    label = crop(one_line(face.label), max(1, cells - 3))
    lines = [Content.styled(f"{number:>2} {label}" if number else label, "bold")]
    lines += _indented(one_line(face.manner) or UNKNOWN_MANNER, cells)
    if face.model:
        lines += _indented(f"speaks through {one_line(face.model)}", cells)
    if face.hidden is not None:
        paid = f" Paid for option {face.favours}." if face.favours is not None else ""
        lines += _indented(f"{HIDDEN_MARK} hidden: {one_line(face.hidden.objective)}{paid}", cells, "$warning")
        tags = ", ".join(map(one_line, face.hidden.tags))
        lines += _indented(tags, cells, "$text-muted") if tags else []
    return lines


def _indented(text: str, cells: int, style: str = "") -> list[Content]:
    return [Content.styled(f"   {line}", style) for line in wrap(text, max(1, cells - 3))]
