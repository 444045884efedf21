"""Files that a command was asked for: each is there whole or not at all, and is said to be there."""

from __future__ import annotations

from pathlib import Path

from chatarena.errors import UsageError


def write(path: Path, content: str | bytes) -> None:
    """Write a file, in the place of one of that name; text as UTF-8.

    A pipe or a device, as `/dev/stdout` is one, is written into.

    Raises:
        UsageError: it cannot be written.
    """
    from chatarena.cli.output import narrate

    data = content.encode() if isinstance(content, str) else content
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)
        else:
            _exchange(path.resolve(), data)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}", remedy="Check the folder.") from error
    narrate(f"written: {path}")


def _exchange(path: Path, data: bytes) -> None:
    import os
    import secrets

    # Named, not made by `tempfile`: such a file would be its owner's alone, and a figure is made to be shown.
    part = path.with_name(f".{path.name[:60]}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
