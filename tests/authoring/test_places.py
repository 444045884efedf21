"""Where files are found, in a checkout and in an installed package; and that asking costs little."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import chatarena
from chatarena.authoring.places import nearest, prompt_files, read_text, shipped_prompts, suggest

PACKAGE = Path(chatarena.__file__).parent


def run(code: str, *, path: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=path,
        env={"PYTHONPATH": str(path)},
        check=True,
    )
    return done.stdout.strip()


def test_importing_the_room_loads_neither_pydantic_nor_yaml() -> None:
    rooms = ["agents", "casts", "decisions", "lint", "places", "seats", "tags", "templates", "text"]
    code = (
        f"import sys, chatarena.authoring, {', '.join(f'chatarena.authoring.{room}' for room in rooms)}\n"
        "print([name for name in ('pydantic', 'yaml', 'numpy', 'jsonschema', 'msgspec') if name in sys.modules])"
    )
    assert run(code, path=PACKAGE.parent) == "[]"


def test_an_installed_package_carries_its_prompts(tmp_path: Path) -> None:
    for part in ("__init__.py", "errors.py"):
        (tmp_path / "chatarena").mkdir(exist_ok=True)
        shutil.copy(PACKAGE / part, tmp_path / "chatarena" / part)
    for part in ("arena", "authoring"):
        shutil.copytree(PACKAGE / part, tmp_path / "chatarena" / part, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(shipped_prompts(), tmp_path / "chatarena" / "_prompts")
    code = "from chatarena.authoring.places import *; print(shipped_prompts()); print(len(prompt_files('agents')))"
    where, count = run(code, path=tmp_path).split("\n")
    assert Path(where) == tmp_path / "chatarena" / "_prompts"
    assert int(count) == len(prompt_files("agents"))

    shutil.rmtree(tmp_path / "chatarena" / "_prompts")
    code = (
        "from chatarena.authoring.places import *\nfrom chatarena.errors import AuthoringError\n"
        "try: shipped_prompts()\nexcept AuthoringError as error: print(error.remedy)"
    )
    assert "install the package again" in run(code, path=tmp_path)


def test_line_ends_are_newlines(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"a\r\nb\rc\n")
    assert read_text(tmp_path / "x") == "a\nb\nc\n"


def test_only_files_of_the_kind_are_found(tmp_path: Path) -> None:
    (tmp_path / "decisions").mkdir()
    for name in ("mine.yaml", "other.yml", "_draft.yaml", ".hidden.yaml", "README.md", "notes.txt"):
        (tmp_path / "decisions" / name).write_text("")
    found = prompt_files("decisions", [tmp_path])
    assert {name for name in found if found[name].is_relative_to(tmp_path)} == {"mine", "other"}
    assert list(found) == sorted(found)


@pytest.mark.parametrize(
    ("word", "known", "found"),
    [
        ("Objective", ["objective", "label"], "objective"),
        ("max-tokens", ["max_tokens", "top_p"], "max_tokens"),
        ("zebra", ["objective", "label"], ""),
        ("x", [], ""),
    ],
)
def test_nearest(word: str, known: list[str], found: str) -> None:
    assert nearest(word, known) == found


def test_suggestions() -> None:
    assert suggest("lable", ["label", "name"]) == "did you mean 'label'?"
    assert suggest("zebra", ["label", "name"]) == "there are: label, name"
    assert suggest("zebra", []) == "there are none"
