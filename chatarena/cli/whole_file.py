"""Files that a command was asked for: each is there whole or not at all, and is said to be there."""

from __future__ import annotations

from pathlib import Path


def write(path: Path, content: str | bytes) -> None:
    """Write a file, in the place of one of that name and for its owner alone, as exports are; text as UTF-8.

    A pipe or a device, as `/dev/stdout` is one, is written into.

    Raises:
        UsageError: it cannot be written.
    """
    from chatarena.cli.output import narrate
    from chatarena.exchange.placing import explained, place_filled

    data = content.encode() if isinstance(content, str) else content

    def fill(place: Path) -> None:
        place.write_bytes(data)

    if path.exists() and not path.is_file():
        with explained(path):
            fill(path)
    else:
        place_filled(path.resolve(), fill, force=True)
    narrate(f"written: {path}")
