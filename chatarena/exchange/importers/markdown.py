"""Transcripts in plain Markdown. The grammar is in docs/how-to/import-a-debate.md."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from chatarena.arena.decision import Decision, Option
from chatarena.arena.events import Unmapped
from chatarena.exchange.account import Account, asked, moment
from chatarena.exchange.foreign import NO_PLACE
from chatarena.exchange.importing import ImportedSession, Source

FORMAT: Final = "markdown"
SUFFIXES: Final = (".md", ".markdown", ".txt")
PEOPLE: Final = frozenset(("you", "me", "user", "human", "participant", "judge"))
# Names that are often written small; another plain name begins with a capital, or in a script that has none.
_SMALL: Final = PEOPLE | {"assistant", "system", "moderator", "bot", "ai"}
# The second line of a transcript that this program wrote: its bundle holds all of the session, this does not.
_OURS: Final = re.compile(r"^# .*\n\nSession [0-9A-HJKMNP-TV-Z]{26} · ")
_NAME: Final = r"[^\W_][^:*\n]{0,39}?"
_HEADING: Final = re.compile(r"^(#{1,6})\s+(.*?)\s*#*$")
_ROUND: Final = re.compile(r"^round\s+\d+\b.*$", re.IGNORECASE)
_BOLD: Final = re.compile(rf"^\*\*({_NAME})(?::\*\*|\*\*:)(?:\s+(.*))?$")
_PLAIN: Final = re.compile(r"^([^\W\d_][\w.'()-]*(?: [\w.'()-]+){0,3}):(?:\s+(.*))?$")
_ITEM: Final = re.compile(r"^\s{0,3}(?:[-*+]|\d{1,3}[.)])\s+(.*)$")
_FENCE: Final = re.compile(r"^\s{0,3}(```|~~~)")
_QUESTION: Final = re.compile(r"^(?:\*\*)?question(?::\*\*|\*\*:|:)\s+(.+)$", re.IGNORECASE)

Kind = Literal["text", "heading", "speech"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line as the grammar sees it: the name or the title in front, and what is said on it."""

    kind: Kind
    text: str
    name: str = ""
    level: int = 0

    @property
    def is_round(self) -> bool:
        return self.kind == "heading" and _ROUND.match(self.name) is not None

    @property
    def is_options(self) -> bool:
        return self.kind == "heading" and self.name.casefold().rstrip(":") == "options"


@dataclass(slots=True, kw_only=True)
class Section:
    """Lines under one head: a speech, a round, the options, a heading of nobody's, or the beginning of the file."""

    head: Line | None
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def read(source: Source) -> Sequence[ImportedSession] | None:
    """The transcript in a file; None where no two speak twice and there are neither rounds nor options."""
    if source.suffix not in SUFFIXES or b"\0" in source.data[:1024]:
        return None
    text = source.text()
    if _OURS.match(text):
        return None
    front, body = _front_matter(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    sections = _sections(body)
    speakers = Counter(section.head.name for section in sections if section.head and section.head.kind == "speech")
    marked = any(section.head and (section.head.is_round or section.head.is_options) for section in sections)
    if not speakers or not (marked or sum(times > 1 for times in speakers.values()) > 1):
        return None
    return (_session(source, text, front, sections),)


# -- lines -------------------------------------------------------------------------------------------------------------


def _front_matter(lines: list[str]) -> tuple[dict[str, str], list[str]]:
    """`key: value` between two lines of dashes at the top, and the lines below."""
    if lines[0].strip() != "---" or "---" not in [line.strip() for line in lines[1:]]:
        return {}, lines
    end = [line.strip() for line in lines[1:]].index("---") + 1
    found = {}
    for number, line in enumerate(lines[1:end], start=2):
        key, colon, value = line.partition(":")
        if line.strip():
            found[key.strip() if colon else f"line {number}"] = value.strip() if colon else line
    return found, lines[end + 1 :]


def _sections(body: list[str]) -> list[Section]:
    """The lines under their heads. One way of naming speakers holds for the whole file: bold, plain, or headings."""
    outside = _outside_fences(body)
    bold = any(plain and _BOLD.match(line) for line, plain in outside)
    plain_names = Counter(found[1] for line, plain in outside if plain and (found := _plain_name(line)) is not None)
    speaks = bool(plain_names) and max(plain_names.values()) > 1
    rounds = any(_ROUND.match(found[2]) for line, plain in outside if plain and (found := _HEADING.match(line)))
    sections = [Section(head=None)]
    for line, plain in outside:
        head = _head(line, bold=bold, names=speaks and not bold, rounds=rounds) if plain else None
        if head is None:
            sections[-1].lines.append(line)
        else:
            sections.append(Section(head=head, lines=[head.text] if head.text else []))
    return sections


def _plain_name(line: str) -> re.Match[str] | None:
    """A line that begins with a plain name, if it does."""
    found = _PLAIN.match(line)
    if found is None or _QUESTION.match(line) or (found[1][0].islower() and found[1].casefold() not in _SMALL):
        return None
    return found


def _outside_fences(body: list[str]) -> list[tuple[str, bool]]:
    """Lines, and whether each stands outside a block of code: nobody begins to speak within one."""
    found, fence = [], ""
    for line in body:
        mark = _FENCE.match(line)
        inside = bool(fence)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1] == fence:
            fence = ""
        found.append((line, not inside and not mark))
    return found


def _head(line: str, *, bold: bool, names: bool, rounds: bool) -> Line | None:
    """What this line begins, if anything."""
    if found := _HEADING.match(line):
        head = Line(kind="heading", text="", name=found[2], level=len(found[1]))
        nobody = bold or names or not rounds or head.level == 1 or head.is_round or head.is_options
        if not nobody:
            return Line(kind="speech", text="", name=head.name)
        return head
    if _QUESTION.match(line):
        return None
    spoke = _BOLD.match(line) if bold else _plain_name(line) if names else None
    return Line(kind="speech", text=spoke[2] or "", name=spoke[1].strip()) if spoke else None


# -- the session -------------------------------------------------------------------------------------------------------


def _session(source: Source, text: str, front: dict[str, str], sections: list[Section]) -> ImportedSession:
    talk = next(index for index, section in enumerate(sections) if section.head and _is_talk(section.head))
    opening, rest = sections[:talk], sections[talk:]
    decision, remarks = _decision(source, front, opening, sections)
    date = next((key for key in ("date", "created") if moment(front.get(key, "")) is not None), "")
    began = moment(front[date]) if date else None
    account = Account(source, format=FORMAT, key="", decision=decision, at=began)
    for remark in remarks:
        account.remark(remark)
    left = [item for section in rest if section.head for item in _tell(account, section.head, section)]
    left += [
        Unmapped(where=f"front matter: {key}", count=1, why=NO_PLACE, sample=value[:80])
        for key, value in front.items()
        if key != date and not (key == "title" and value == decision.question)
    ]
    speeches = sum(section.head is not None and section.head.kind == "speech" for section in rest)
    return account.end(record=text, unmapped=left, tags=("transcript",), counts={"speeches": speeches})


def _tell(account: Account, head: Line, section: Section) -> list[Unmapped]:
    """Tells one section; what nobody says in it is given back."""
    if head.is_round:
        return [*_round(account, head), *_unsaid(section)]
    if head.is_options:
        return _unsaid(Section(head=head, lines=[line for line in section.lines if not _ITEM.match(line)]))
    if head.kind == "heading":
        return [Unmapped(where=head.name, count=1, why="a heading that names no speaker"), *_unsaid(section)]
    if head.name.casefold() not in PEOPLE:
        account.turn(account.seat(head.name, model="unknown"), section.text)
    elif account.began or not account.asks(section.text):
        account.say(section.text)
    return []


def _is_talk(head: Line) -> bool:
    return head.is_round or head.kind == "speech"


def _round(account: Account, head: Line) -> list[Unmapped]:
    """Opens a round. Rounds are counted; where the transcript counts otherwise, or says more, that is told."""
    number = account.open_round()
    if head.name.split()[1].rstrip(":.") != str(number):
        account.remark(f"{head.name!r} is the transcript's name of round {number}.")
    if len(head.name.split()) == 2:
        return []
    return [Unmapped(where=head.name, count=1, why="a round has a number and no title")]


def _unsaid(section: Section) -> list[Unmapped]:
    if not section.text:
        return []
    where = section.head.name if section.head else ""
    sample = " ".join(section.text.split())[:80]
    return [Unmapped(where=where, count=1, why="text under a heading that nobody says", sample=sample)]


def _decision(
    source: Source, front: dict[str, str], opening: list[Section], sections: list[Section]
) -> tuple[Decision, list[str]]:
    """The question, what was said around it, and the options."""
    title = next((s.head.name for s in opening if s.head and s.head.level == 1), front.get("title", ""))
    before = list(_before(opening))
    named = [found[1].strip() for line in before if (found := _QUESTION.match(line))]
    text = "\n".join(line for line in before if not _QUESTION.match(line)).strip()
    remarks = []
    words = named[0] if named else title
    if named and title:
        text = f"{title}\n\n{text}".strip()
    if not words and text:
        words, _, text = text.partition("\n\n")
    first = next((s for s in sections if s.head and s.head.kind == "speech"), None)
    if not words and first is not None and first.head is not None and first.head.name.casefold() in PEOPLE:
        words = first.text
    if not words:
        words = source.stem
        remarks.append("The transcript has no title and no question: the name of the file stands for it.")
    question, long = asked(words)
    context = "\n\n".join(part for part in (long, text.strip()) if part)
    return Decision(question=question, options=tuple(_options(sections)), context=context), remarks


def _before(opening: list[Section]) -> Iterator[str]:
    """The lines before anybody speaks, with the headings among them, but for the title and the options."""
    titled = False
    for section in opening:
        head = section.head
        if head is not None and head.is_options:
            yield from (line for line in section.lines if line.strip() and not _ITEM.match(line))
            continue
        if head is not None and (head.level > 1 or titled):
            yield f"{'#' * head.level} {head.name}"
        titled = titled or (head is not None and head.level == 1)
        yield from section.lines


def _options(sections: list[Section]) -> Iterator[Option]:
    """The items of the list under the heading Options: a label, and after a colon what there is to say of it."""
    taken = 0
    for section in sections:
        if section.head is None or not section.head.is_options:
            continue
        for line in section.lines:
            if found := _ITEM.match(line):
                taken += 1
                label, _, detail = found[1].replace("**", "").partition(": ")
                yield Option(id=f"option{taken}", label=label.strip(), detail=detail.strip())
