"""One setting changed in a file that somebody keeps: everything else stays, to the letter."""

from __future__ import annotations

import stat
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.cli.settings_file import changed_text, write_setting
from chatarena.cli.settings_form import choices, describe
from chatarena.cli.settings_template import template
from chatarena.errors import UsageError

SCALARS = [
    (section, one.key, one.value)
    for section, _, described in describe()
    for one in described
    if choices(section, one.key) is not None and one.value != ()
]

CASES = {
    "an empty file": ("", 3, "\n[session]\nrounds = 3\n"),
    "a section without it": ("[session]\ncast = 'x'\n", 3, "[session]\ncast = 'x'\nrounds = 3\n"),
    "below its commented-out line": (
        "[session]\n# passes\n#rounds = 2\n# who\ncast = 'x'\n",
        3,
        "[session]\n# passes\n#rounds = 2\nrounds = 3\n# who\ncast = 'x'\n",
    ),
    "in its place, its comment kept": ("[session]\nrounds = 2  # few\n", 3, "[session]\nrounds = 3  # few\n"),
    "a hash that is no comment": (
        "[session]\ncast = 'a#b'\nrounds=2 # '#'\n",
        3,
        "[session]\ncast = 'a#b'\nrounds = 3 # '#'\n",
    ),
    "with a dotted key": ("session.rounds = 2\n", 3, "session.rounds = 3\n"),
    "before the next section": ("[session]\n\n[ui]\ntheme = 'x'\n", 3, "[session]\nrounds = 3\n\n[ui]\ntheme = 'x'\n"),
    "a key that is called alike elsewhere": (
        "[ui.keymap]\nrounds = 'r'\n[session]\n",
        3,
        "[ui.keymap]\nrounds = 'r'\n[session]\nrounds = 3\n",
    ),
    "over several lines": ("[session]\nrounds = [\n 2, # two\n]\n", 3, "[session]\nrounds = 3\n"),
    "taken out": ("[session]\n# passes\nrounds = 2\ncast = 'x'\n", None, "[session]\n# passes\ncast = 'x'\n"),
    "taken out where it is not": ("[session]\n", None, "[session]\n"),
}


@pytest.mark.parametrize(("before", "value", "after"), CASES.values(), ids=CASES)
def test_a_setting_is_put_where_it_belongs(before: str, value: int | None, after: str) -> None:
    assert changed_text(before, "session", "rounds", value) == after


@pytest.mark.parametrize(
    "text", ["session = { rounds = 2, cast = 'x' }\n", "[session]\nrounds = \n"], ids=["an inline table", "no TOML"]
)
def test_what_cannot_be_changed_alone_is_left_to_its_author(text: str) -> None:
    with pytest.raises(UsageError):
        changed_text(text, "session", "rounds", 3)


@given(st.lists(st.sampled_from(SCALARS), min_size=1, max_size=6))
def test_the_template_takes_every_setting_and_loses_no_line(wanted: list[tuple[str, str, object]]) -> None:
    text = template()
    for section, key, value in wanted:
        text = changed_text(text, section, key, value)
    said = tomllib.loads(text)
    assert all(said[section][key] == value for section, key, value in wanted)
    kept = iter(text.split("\n"))
    assert all(line in kept for line in template().split("\n")), "every line is still there, in order"
    for section, key, _ in wanted:
        text = changed_text(text, section, key, None)
    assert text == template()


def test_a_file_keeps_its_line_ends_its_mode_and_its_place(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.toml", tmp_path / "config.toml"
    real.write_bytes(b"# mine\r\n[session]\r\nrounds = 2\r\n")
    real.chmod(0o640)
    link.symlink_to(real)
    write_setting(link, "session", "rounds", 5)
    assert link.is_symlink() and real.read_bytes() == b"# mine\r\n[session]\r\nrounds = 5\r\n"
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "dotfiles.toml"]


def test_a_new_file_is_the_template_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config.toml"
    write_setting(path, "session", "rounds", 4)
    assert tomllib.loads(path.read_text())["session"] == {"rounds": 4}
    assert "#cast = " in path.read_text() and stat.S_IMODE(path.stat().st_mode) == 0o600
