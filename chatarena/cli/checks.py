"""What `chatarena doctor` checks of the machine. A check changes nothing and says what to do where something lacks."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TextIO

from chatarena.cli.home import Paths
from chatarena.errors import ArenaError

Status = Literal["ok", "warn", "fail"]

_PACKAGES = ("litellm", "xllamacpp", "textual", "rich", "numpy", "pydantic", "msgspec", "sqlite-utils", "PyYAML")
_COLUMNS, _LINES = 80, 24
# A long session is well under 1 MB.
_FREE_FOR_LOG = 50_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What one check found; `remedy` says what to do, empty where nothing need be done."""

    name: str
    status: Status
    found: str
    remedy: str = ""


def ok(name: str, found: str) -> Check:
    """All is well."""
    return Check(name=name, status="ok", found=found)


def failed(name: str, error: ArenaError) -> Check:
    """What an error says."""
    return Check(name=name, status="fail", found=error.message, remedy=error.remedy)


def skipped(name: str, why: str) -> Check:
    """Not looked at."""
    return ok(name, f"not tried: {why}")


def python() -> Check:
    """Which interpreter runs this."""
    version = ".".join(str(part) for part in sys.version_info[:3])
    return ok("python", f"{version} ({sys.implementation.name}) at {sys.executable}")


def packages() -> Check:
    """Whether everything is installed that some command needs, and in which version."""
    from importlib.metadata import PackageNotFoundError, version

    found, missing = [], []
    for name in _PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Check(
            name="packages",
            status="fail",
            found=f"missing: {', '.join(missing)}",
            remedy="install chatarena again; xllamacpp is needed by the embedded model only",
        )
    return ok("packages", ", ".join(found))


def terminal(stream: TextIO, environ: Mapping[str, str]) -> Check:
    """Whether the arena can be drawn here."""
    from chatarena.cli.output import wants_colour

    if not stream.isatty():
        return ok("terminal", "none here: the output goes to a file or a pipe")
    size = shutil.get_terminal_size()
    encoding = (stream.encoding or "").lower().replace("-", "")
    depth = "true colour" if environ.get("COLORTERM") in ("truecolor", "24bit") else environ.get("TERM", "unknown")
    colour = depth if wants_colour(stream, environ) else "no colour"
    found = f"{size.columns}x{size.lines}, {colour}, {stream.encoding}"
    if encoding != "utf8":
        remedy = "set the locale to a UTF-8 one, such as LANG=C.UTF-8"
    elif size.columns < _COLUMNS or size.lines < _LINES:
        remedy = f"make the window at least {_COLUMNS}x{_LINES}, or use `chatarena debate --plain`"
    else:
        return ok("terminal", found)
    return Check(name="terminal", status="warn", found=found, remedy=remedy)


def prompts(paths: Paths) -> Check:
    """Whether all agents can be read."""
    from chatarena.authoring.agents import load_agents

    try:
        agents = load_agents((paths.own_prompts,))
    except ArenaError as error:
        return failed("agents", error)
    return ok("agents", f"{len(agents)} can be used")


def database(paths: Paths) -> Check:
    """Whether sessions can be recorded; a log that is not there yet is not made."""
    from chatarena.session_log.opening import connect

    if not paths.database.exists():
        above = existing(paths.database.parent)
        if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
            return ok("session log", f"will be made at {paths.database}")
        remedy = "make it writable, or set CHATARENA_HOME to a folder of yours"
        return Check(name="session log", status="fail", found=f"{above} cannot be written", remedy=remedy)
    try:
        connect(paths.database).close()
    except ArenaError as error:
        return failed("session log", error)
    return ok("session log", f"can be written: {paths.database}")


def disk(paths: Paths, weights_missing: int) -> Check:
    """Whether there is room for the log, and for as many bytes of weights as are still to come."""
    from chatarena.cli.output import bytes_in_words

    needed: dict[int, tuple[Path, int]] = {}
    # Parts and the joined file lie side by side for a moment, so weights take their size twice.
    for place, bytes_ in ((paths.database.parent, _FREE_FOR_LOG), (paths.models_dir, 2 * weights_missing)):
        above = existing(place)
        first, so_far = needed.get(above.stat().st_dev, (above, 0))
        needed[above.stat().st_dev] = (first, so_far + bytes_)
    disks = [(place, shutil.disk_usage(place).free, bytes_) for place, bytes_ in needed.values()]
    found = "; ".join(
        f"{bytes_in_words(free)} free at {place}, {bytes_in_words(bytes_)} needed" for place, free, bytes_ in disks
    )
    if all(free >= bytes_ for _, free, bytes_ in disks):
        return ok("disk", found)
    remedy = "free some space, or move the weights with CHATARENA_MODELS_DIR"
    return Check(name="disk", status="fail", found=found, remedy=remedy)


def existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    return next(place for place in (path, *path.absolute().parents) if place.exists())
