"""Where authored files live: those that ship with the package, and a person's own, which replace them by name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

from chatarena.errors import AuthoringError

Kind = Literal["agents", "casts", "decisions", "profiles", "protocol"]
SUFFIXES: dict[Kind, tuple[str, ...]] = {
    "agents": (".md",),
    "casts": (".yaml", ".yml"),
    "decisions": (".yaml", ".yml"),
    "profiles": (".yaml", ".yml"),
    "protocol": (".md",),
}
MAX_BYTES = 1_000_000

_ONE_OF: dict[Kind, str] = {
    "agents": "agent",
    "casts": "cast",
    "decisions": "decision",
    "profiles": "hidden profile",
    "protocol": "template",
}


def shipped_prompts() -> Path:
    """The directory of the files that ship: inside the installed package, else the checkout's `prompts/`.

    Raises:
        AuthoringError: neither is there; the installation is incomplete.
    """
    package = Path(__file__).resolve().parents[1]
    for place in (package / "_prompts", package.parent / "prompts"):
        if place.is_dir():
            return place
    raise AuthoringError(
        "the prompts that ship with chatarena are missing",
        file=str(package / "_prompts"),
        remedy="install the package again: its wheel carries them",
    )


def prompt_files(kind: Kind, directories: Sequence[Path] = ()) -> dict[str, Path]:
    """Every file of a kind by its name (the file's stem), sorted by name.

    Args:
        kind: which of the sub-folders agents, casts, decisions, protocol to look into.
        directories: a person's own directories; a later one replaces an earlier one, and all replace what ships.
            One that does not exist, or lacks the sub-folder, adds nothing.
    """
    found: dict[str, Path] = {}
    for directory in (shipped_prompts(), *directories):
        for path in sorted((directory / kind).glob("*")):
            if path.suffix in SUFFIXES[kind] and not path.name.startswith((".", "_", "README")):
                found[path.stem] = path
    return dict(sorted(found.items()))


def prompt_file(kind: Kind, name: str, directories: Sequence[Path] = ()) -> Path:
    """The file of one agent, cast, decision or template.

    Raises:
        AuthoringError: there is none of that name; the remedy names the nearest.
    """
    files = prompt_files(kind, directories)
    if name not in files:
        raise AuthoringError(f"there is no {_ONE_OF[kind]} called {name!r}", key=name, remedy=suggest(name, files))
    return files[name]


def read_text(path: Path) -> str:
    """The text of an authored file, with `\\n` line ends and without a byte order mark.

    Raises:
        AuthoringError: it cannot be read, is larger than 1 MB, or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise AuthoringError(
            f"the file cannot be read: {error.strerror or error}",
            file=str(path),
            remedy="check the path and its permissions",
        ) from error
    if len(raw) > MAX_BYTES:
        raise AuthoringError(
            "the file is larger than 1 MB",
            file=str(path),
            remedy="keep authored files short: texts longer than a page do not help",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise AuthoringError(
            f"the file is not UTF-8 text (byte 0x{raw[error.start]:02x})",
            file=str(path),
            line=line,
            remedy="save the file in the encoding UTF-8",
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like this one; empty where none is alike."""
    import difflib

    by_fold = {name.casefold().replace("_", "-"): name for name in known}
    found = difflib.get_close_matches(word.casefold().replace("_", "-"), by_fold, n=1, cutoff=0.6)
    return by_fold[found[0]] if found else ""


def suggest(word: str, known: Iterable[str]) -> str:
    """What to tell somebody who wrote an unknown word: the nearest known one, else all of them."""
    known = tuple(known)
    close = nearest(word, known)
    if close:
        return f"did you mean {close!r}?"
    return f"there are: {', '.join(known)}" if known else "there are none"
