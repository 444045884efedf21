"""Files and folders that appear whole or not at all, readable by their owner alone, and never over others unasked."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chatarena.errors import UsageError


def place_file(target: Path, pieces: Iterable[str], *, force: bool) -> None:
    """Write a text to a new file; with `force` it takes the place of an old one.

    Raises:
        UsageError: the file exists already, or cannot be written.
    """

    def fill(path: Path) -> None:
        with path.open("w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)

    place_filled(target, fill, force=force)


def place_filled(target: Path, fill: Callable[[Path], None], *, force: bool) -> None:
    """As `place_file`, where `fill` writes the file."""
    refuse_existing(target, force=force)
    with explained(target):
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name[:60]}.", suffix=".part", dir=target.parent)
        os.close(descriptor)  # made with mode 0600
        part = Path(name)
        try:
            fill(part)
            with part.open("rb+") as file:
                os.fsync(file.fileno())
            _move(part, target, force=force)
        finally:
            part.unlink(missing_ok=True)


def _move(part: Path, target: Path, *, force: bool) -> None:
    if force:
        part.replace(target)
        return
    try:
        # Fails where the name was taken meanwhile, which a renaming would not notice.
        target.hardlink_to(part)
    except FileExistsError:
        refuse_existing(target, force=False)
    except OSError:
        # Some file systems know no links.
        refuse_existing(target, force=False)
        part.rename(target)


@contextmanager
def folder_in_the_making(target: Path, *, force: bool, ours: Collection[str]) -> Iterator[Path]:
    """A hidden folder beside `target` that takes its name where the block ends well, and vanishes where it does not.

    Args:
        force: lets it take the place of an older one.
        ours: names of the files that an older one may hold: a folder with anything else in it is not replaced.

    Raises:
        UsageError: the folder exists already, holds other files, or cannot be written.
    """
    refuse_existing(target, force=force)
    if target.is_dir():
        _refuse_strange(target, ours)
    with explained(target):
        part = Path(tempfile.mkdtemp(prefix=f".{target.name[:60]}.", suffix=".part", dir=target.parent))
    try:
        yield part
        with explained(target):
            _exchange(part, target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _exchange(part: Path, target: Path) -> None:
    if not target.exists():
        part.rename(target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name[:60]}.", suffix=".old", dir=target.parent))
    target.rename(old / "old")
    try:
        part.rename(target)
    except OSError:
        (old / "old").rename(target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def refuse_existing(target: Path, *, force: bool) -> None:
    """Nothing where `target` may be written.

    Raises:
        UsageError: something has that name already, and it is not to be replaced.
    """
    if target.exists() and not force:
        raise UsageError(f"{target} exists already", remedy="Give another name with --out, or replace it with --force.")


def _refuse_strange(target: Path, ours: Collection[str]) -> None:
    strange = sorted(path.name for path in target.iterdir() if path.name not in ours or not path.is_file())
    if strange:
        raise UsageError(
            f"{target} holds what no export wrote: {', '.join(strange[:3])}{' ...' if len(strange) > 3 else ''}",
            remedy="Give another name with --out.",
        )


@contextmanager
def explained(target: Path) -> Iterator[None]:
    """Says of every failure of the file system what could not be written.

    Raises:
        UsageError: instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"{target} cannot be written: {error.strerror or error}", remedy="Check the folder and its permissions."
        ) from error
