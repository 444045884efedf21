"""Keys in the settings: the table, where it is at fault, and the command that lists them."""

from __future__ import annotations

import pytest

from chatarena.cli.home import Paths
from chatarena.cli.settings_loading import explain, load_settings
from tests.cli.conftest import Chatarena, write_config


@pytest.mark.parametrize(
    "text",
    [
        '[keys]\narena.next = "f8"\napp.help = ["f1", "ctrl+h"]\n',
        '[keys.arena]\nnext = "f8"\n[keys.app]\nhelp = "f1,ctrl+h"\n',
        '[keys]\n"arena.next" = "f8"\n"app.help" = "f1,ctrl+h"\n',
        '[ui.keymap]\n"arena.next" = "f8"\n"app.help" = "f1,ctrl+h"\n',
        '[ui]\ntheme = "light"\nkeymap = { "arena.next" = "f8" }\n[keys]\napp.help = "f1,ctrl+h"\n',
    ],
    ids=["dotted", "tables", "quoted", "as-a-setting", "both"],
)
def test_keys_are_a_table_of_their_own(home: Paths, text: str) -> None:
    write_config(home, text)
    assert load_settings(paths=home, environ={}).ui.keymap == {"arena.next": "f8", "app.help": "f1,ctrl+h"}


def test_each_key_keeps_its_line(home: Paths) -> None:
    path = write_config(home, '[session]\nrounds = 3\n\n[keys]\narena.next = "f8"\n')
    sources = {row.key: row.source for row in explain(paths=home, environ={})}
    assert sources['ui.keymap."arena.next"'] == f"{path}:5"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[keys]\narena.next = 5\n", "must be a text in quotes"),
        ("keys = 5\n", "keys is an unknown key"),
        ('[ui]\nkeymap = "x"\n[keys]\narena.next = "f8"\n', "unknown key"),
    ],
)
def test_a_table_that_is_none_is_said(chatarena: Chatarena, home: Paths, text: str, said: str) -> None:
    write_config(home, text)
    done = chatarena("config", "validate")
    assert done.code == 2
    assert said in done.out


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('arena.nxt = "f8"', "did you mean 'arena.next'"),
        ('arena.next = "ctrl+p"', "would do both"),
        ('arena.next = "ctl+n"', "there is no key"),
    ],
)
def test_keys_that_do_not_go_together_are_found_before_a_session(
    chatarena: Chatarena, home: Paths, line: str, said: str
) -> None:
    write_config(home, f"[keys]\n{line}\n")
    for words in (("config", "validate"), ("keys",)):
        done = chatarena(*words)
        assert done.code == 2
        assert said in done.out + done.err


def test_the_list_says_which_are_your_own(chatarena: Chatarena, home: Paths) -> None:
    write_config(home, '[keys]\narena.next = "f8"\n')
    found = {row["id"]: row for row in chatarena("keys", "--json").data}
    assert (found["arena.next"]["keys"], found["arena.next"]["default"]) == ("f8", "ctrl+n")
    assert found["app.quit"]["keys"] == found["app.quit"]["default"] == "ctrl+q"
    lines = [line.split() for line in chatarena("keys").out.splitlines()]
    assert ["arena.next", "f8", "yours"] in [line[:3] for line in lines]
