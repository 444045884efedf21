"""Where things live: the user's own folders, one override for all of them, and the checkout's `sessions/`.

`CHATARENA_HOME` puts configuration, data, state and cache below one folder. Weights are large and the same for every
home, so `CHATARENA_MODELS_DIR` moves them alone. Laws: finding paths creates nothing; what this program creates is
readable by its owner only.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chatarena.errors import UsageError

HOME_VARIABLE = "CHATARENA_HOME"
MODELS_VARIABLE = "CHATARENA_MODELS_DIR"
PROJECT_CONFIG = "chatarena.toml"

_APP = "chatarena"
_PACKAGE = Path(__file__).resolve().parent.parent
_DISTRIBUTION = 'name = "stackelberg-chatarena"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """Where everything is kept; nothing here need exist yet.

    `project_config` is None where the current directory has no `chatarena.toml`. `cache_dir` holds replies of models,
    `models_dir` weights. `own_prompts` is the person's counterpart of the shipped `prompts`: what lies there replaces
    what ships by name.
    """

    config_file: Path
    project_config: Path | None
    database: Path
    log_dir: Path
    cache_dir: Path
    models_dir: Path
    own_prompts: Path

    @property
    def agents_dir(self) -> Path:
        """The person's own agents."""
        return self.own_prompts / "agents"

    @property
    def prompts(self) -> Path:
        """The agents, casts, decisions and templates that ship.

        Raises:
            AuthoringError: the installation is incomplete.
        """
        from chatarena.authoring.places import shipped_prompts

        return shipped_prompts()


def find_paths(environ: Mapping[str, str] = os.environ, directory: Path | None = None) -> Paths:
    """Where everything is kept for this user, in this directory.

    Args:
        environ: looked up for CHATARENA_HOME and CHATARENA_MODELS_DIR; an empty value counts as unset.
        directory: where a project's `chatarena.toml` is looked for; the current one by default.

    Raises:
        UsageError: one of the two is set to something that is there and is no folder, or lies below such.
    """
    home = environ.get(HOME_VARIABLE, "")
    config, data, state, cache = _below(_folder(HOME_VARIABLE, home)) if home else _platform()
    database = data / "chatarena.db"
    if not home and (checkout := checkout_sessions()) is not None:
        database = checkout / "chatarena.db"
    weights = environ.get(MODELS_VARIABLE, "")
    project = (Path.cwd() if directory is None else directory) / PROJECT_CONFIG
    return Paths(
        config_file=config / "config.toml",
        project_config=project if project.is_file() else None,
        database=database,
        log_dir=state / "logs",
        cache_dir=cache / "replies",
        models_dir=_folder(MODELS_VARIABLE, weights) if weights else cache / "models",
        own_prompts=config / "prompts",
    )


def checkout_sessions(package: Path = _PACKAGE) -> Path | None:
    """The `sessions/` folder of the checkout this package runs from; None where it is installed."""
    project, sessions = package.parent / "pyproject.toml", package.parent / "sessions"
    if not (sessions.is_dir() and project.is_file()):
        return None
    ours = any(line.strip() == _DISTRIBUTION for line in project.read_text(encoding="utf-8").splitlines())
    return sessions if ours else None


def shipped_sessions(package: Path = _PACKAGE) -> dict[str, Path]:
    """The saved sessions that ship, by name: in the installed package or in the checkout's `sessions/examples`."""
    checkout = checkout_sessions(package)
    place = package / "_sessions" if checkout is None else checkout / "examples"
    return {path.stem: path for path in sorted(place.glob("*.jsonl"))}


def private_directory(path: Path) -> Path:
    """The directory, created with mode 0700 along with what is missing above it.

    Raises:
        UsageError: it cannot be created.
    """
    try:
        for missing in reversed([parent for parent in (path, *path.parents) if not parent.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise _cannot_create(path, error) from error
    if not path.is_dir():
        raise UsageError(f"{path} is not a directory", remedy=f"Move it away, or set {HOME_VARIABLE} elsewhere.")
    return path


def write_private(path: Path, text: str) -> None:
    """Writes a new file with mode 0600, and its directory where that is missing.

    Raises:
        UsageError: the file exists already, or cannot be written.
    """
    private_directory(path.parent)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path} exists already", remedy="Edit it, or move it away first.") from error
    except OSError as error:
        raise _cannot_create(path, error) from error


def _folder(variable: str, text: str) -> Path:
    """The folder that a variable names; it need not be there yet."""
    path = Path(text).expanduser().absolute()
    # What may not be looked at counts as not there, where `Path.exists` fails: whoever opens it says what is wrong.
    there = next(part for part in (path, *path.parents) if os.path.exists(part))  # noqa: PTH110
    if not there.is_dir():
        raise UsageError(
            f"{variable} is {text}, but {there} is not a folder",
            remedy=f"Set {variable} to a folder; one that is not there yet is made when it is needed.",
        )
    return path


def _below(home: Path) -> tuple[Path, Path, Path, Path]:
    return home / "config", home / "data", home / "state", home / "cache"


def _platform() -> tuple[Path, Path, Path, Path]:
    from platformdirs import PlatformDirs

    dirs = PlatformDirs(_APP, appauthor=False)
    return dirs.user_config_path, dirs.user_data_path, dirs.user_state_path, dirs.user_cache_path


def _cannot_create(path: Path, error: OSError) -> UsageError:
    return UsageError(
        f"{path} cannot be written: {error.strerror or error}",
        remedy=f"Check its permissions and free space, or set {HOME_VARIABLE} to a folder of yours.",
    )
