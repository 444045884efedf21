"""What an import found, file by file and format by format: for people, and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from chatarena.arena import events as ev

if TYPE_CHECKING:
    from chatarena.errors import ArenaError
    from chatarena.exchange.importing import ImportedSession

Outcome = Literal["added", "extended", "known"]
_MOST_SHOWN = 40


@dataclass(slots=True, kw_only=True)
class Tally:
    """What the files of one format came to."""

    files: int = 0
    sessions: int = 0
    turns: int = 0
    beliefs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    held: dict[str, list[int]] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Left:
    """Something that was left behind: how often, in how many sessions, and what it looks like."""

    count: int
    sessions: int
    sample: str


class Report:
    """Gathers what is told of an import."""

    def __init__(self, *, dry_run: bool) -> None:
        self.dry_run = dry_run
        self.failures: list[tuple[Path, ArenaError]] = []
        self._unknown: list[tuple[Path, ArenaError]] = []
        self._formats: dict[str, Tally] = {}
        self._files: dict[Path, tuple[str, dict[str, str]]] = {}
        self._left: dict[tuple[str, str, str], Left] = {}

    def format_of(self, path: Path) -> str:
        return self._files[path][0]

    # -- gathering -------------------------------------------------------------------------------------------------

    def failed(self, path: Path, error: ArenaError) -> None:
        self.failures.append((path, error))

    def unknown(self, path: Path, error: ArenaError) -> None:
        """A file in a folder is of no known format, or holds no debate."""
        self._unknown.append((path, error))

    def read(self, path: Path, format: str, sessions: Sequence[ImportedSession]) -> None:
        """A file was read."""
        tally = self._formats.setdefault(format, Tally())
        tally.files += 1
        tally.sessions += len(sessions)
        self._files[path] = format, {}
        for session in sessions:
            kinds = Counter(entry.event.kind for entry in session.entries)
            tally.turns += kinds["turn_taken"]
            tally.beliefs += kinds["beliefs_given"]
            for what, number in session.counts:
                tally.held.setdefault(what, []).append(number)
            self._leave(format, session)

    def _leave(self, format: str, session: ImportedSession) -> None:
        for entry in session.entries[:2]:
            if isinstance(entry.event, ev.SessionImported) and format == entry.event.format:
                for item in entry.event.unmapped:
                    # Digests and numbers tell one thing from another of the same kind; a summary is of kinds.
                    key = (format, item.where, item.why.split(": ")[0])
                    left = self._left.setdefault(key, Left(count=0, sessions=0, sample=item.sample))
                    left.count += item.count
                    left.sessions += 1

    def taken(self, path: Path, session: str, outcome: Outcome) -> None:
        """A session was brought in, or was there; in a dry run, it would be."""
        format, outcomes = self._files[path]
        outcomes[session] = outcome
        self._formats[format].outcomes[outcome] += 1

    # -- telling ---------------------------------------------------------------------------------------------------

    def print(self) -> None:
        """Tables on stdout; failures and what was passed over on stderr."""
        from chatarena.cli.output import emit_table, narrate

        if self._formats:
            added = "would add" if self.dry_run else "added"
            rows = [
                (
                    name,
                    t.files,
                    t.sessions,
                    t.outcomes["added"] + t.outcomes["extended"],
                    t.outcomes["known"],
                    t.turns,
                    t.beliefs,
                )
                for name, t in self._formats.items()
            ]
            emit_table(("format", "files", "sessions", added, "known", "turns", "beliefs"), rows)
        held = [
            (name, what, sum(numbers), max(numbers), sum(number == 0 for number in numbers))
            for name, tally in self._formats.items()
            for what, numbers in tally.held.items()
        ]
        if held:
            narrate("\nWhat the records held, in their own words:")
            emit_table(("format", "what", "in all", "most in one", "none in"), held)
        self._print_left()
        for path, (_, sessions) in self._files.items():
            if not sessions:
                narrate(f"read along with others, without a session of its own: {path}")
        for path, error in self._unknown:
            narrate(f"passed over: {path}: {error.message.removeprefix(f'{path.name}: ')}")
        for path, error in self.failures:
            narrate(f"failed: {path}: {error}")
        if self.failures:
            failed = {path for path, _ in self.failures}
            narrate(f"{len(failed)} of {len(failed | set(self._files)) + len(self._unknown)} files failed.")

    def _print_left(self) -> None:
        from chatarena.cli.output import emit_table, narrate

        if not self._left:
            return
        narrate("\nLeft behind; every session lists its own:")
        rows = [(where, left.count, left.sessions, why) for (_, where, why), left in self._left.items()]
        emit_table(("where", "count", "sessions", "why"), rows[:_MOST_SHOWN])
        if len(rows) > _MOST_SHOWN:
            narrate(f"... and {len(rows) - _MOST_SHOWN} more kinds; --json lists them all.")

    def emit_json(self) -> None:
        """Everything as one document."""
        from chatarena.cli.output import emit_json

        data = {
            "dry_run": self.dry_run,
            "formats": {name: _tally(tally) for name, tally in self._formats.items()},
            "files": [
                {"path": str(path), "format": format, "sessions": outcomes}
                for path, (format, outcomes) in self._files.items()
            ],
            "left_behind": [
                {
                    "format": format,
                    "where": where,
                    "why": why,
                    "count": left.count,
                    "sessions": left.sessions,
                    "sample": left.sample,
                }
                for (format, where, why), left in self._left.items()
            ],
            "unknown": [str(path) for path, _ in self._unknown],
            "failures": [
                {"path": str(path), "error": error.message, "remedy": error.remedy} for path, error in self.failures
            ],
        }
        emit_json(data, status="failed" if self.failures else "ok")


def _tally(tally: Tally) -> dict[str, object]:
    held = {
        what: {"total": sum(numbers), "most": max(numbers), "records_with_none": sum(number == 0 for number in numbers)}
        for what, numbers in tally.held.items()
    }
    return {
        "files": tally.files,
        "sessions": tally.sessions,
        "turns": tally.turns,
        "beliefs": tally.beliefs,
        "outcomes": dict(tally.outcomes),
        "held": held,
    }
