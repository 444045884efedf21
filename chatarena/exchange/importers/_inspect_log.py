"""The two containers of an Inspect log: one JSON file, or a zip of JSON files with the ending `.eval`."""

from __future__ import annotations

import importlib
import io
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from chatarena.errors import SourceDamaged, SourceError
from chatarena.exchange.foreign import Foreign, parse
from chatarena.exchange.importing import Source

ZSTANDARD: Final = 93
HEADERS: Final = ("header.json", "_journal/start.json")
_SAMPLES: Final = "samples/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What holds for the whole log, its samples, and the names of further files in a zip."""

    header: Foreign
    samples: tuple[Foreign, ...]
    others: tuple[str, ...]


def read_log(source: Source) -> Log | None:
    """The log in a file; None where it is none.

    Raises:
        SourceError: it is packed in a way that needs a package which is not there.
        SourceDamaged: it is a log and cannot be read; says where.
    """
    if source.suffix == ".eval":
        return _zipped(source) if source.starts_with(b"PK") else None
    if source.suffix != ".json" or b'"eval"' not in source.data:
        return None
    try:
        value = source.json()
    except ValueError:
        return None
    if not _is_header(value):
        return None
    header = Foreign(value)
    samples = header.get("samples")
    return Log(header=header, samples=samples.each() if samples else (), others=())


def _is_header(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("eval"), dict) and "task" in value["eval"]


def _zipped(source: Source) -> Log | None:
    try:
        with zipfile.ZipFile(io.BytesIO(source.data)) as plain:
            packed = any(item.compress_type == ZSTANDARD for item in plain.infolist())
        reader = _zstandard() if packed else zipfile
        with reader.ZipFile(io.BytesIO(source.data)) as archive:
            names = archive.namelist()
            head = next((name for name in HEADERS if name in names), None)
            if head is None:
                return None
            header = _part(archive, head)
            if not _is_header(header):
                return None
            samples = tuple(_samples(archive, names))
    except (zipfile.BadZipFile, EOFError) as error:
        raise SourceDamaged(f"is not a whole zip file: {error}", remedy="Get the file again.") from error
    others = tuple(name for name in names if name != head and not name.startswith(_SAMPLES))
    return Log(header=Foreign(header), samples=samples, others=others)


def _samples(archive: Any, names: list[str]) -> Iterator[Foreign]:
    for name in names:
        if name.startswith(_SAMPLES) and name.endswith(".json"):
            value = _part(archive, name)
            if not isinstance(value, dict):
                raise SourceDamaged(f"{name} is not a sample")
            yield Foreign(value, "samples[]")


def _part(archive: Any, name: str) -> Any:
    try:
        return parse(archive.read(name))[0]
    except ValueError as error:
        raise SourceDamaged(f"{name} is not JSON: {error}") from error


def _zstandard() -> Any:
    """A reader of zip files that knows Zstandard: Python's own from 3.14 on, else that of a package.

    Raises:
        SourceError: it is not there; says what to install.
    """
    if sys.version_info >= (3, 14):
        return zipfile
    try:
        return importlib.import_module("backports.zstd.zipfile")
    except ImportError as error:
        raise SourceError(
            "the log is packed with Zstandard, which this Python cannot read by itself",
            remedy="Install the package for it: pip install 'stackelberg-chatarena[imports]'. Or convert the log:"
            " inspect log convert --to json --output-dir DIR FILE",
        ) from error
