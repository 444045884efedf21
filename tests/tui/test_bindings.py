"""Keys by id: all of them are known, a person's own ones are put in place, and what does not go together is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.binding import Binding

from chatarena.cli.keys import page
from chatarena.errors import SettingsError
from chatarena.tui.app import ArenaApp
from chatarena.tui.bindings import _nodes, clashes, defaults, is_key, keymap, owners, rooms, split
from chatarena.tui.screens.help import HelpScreen
from chatarena.tui.screens.home import HomeScreen
from chatarena.tui.surroundings import Surroundings
from tests.tui.support import Backstage, asked, press, seen, settle, speaker, start_example

DOCUMENT = Path(__file__).parents[2] / "docs" / "keys.md"


def test_every_binding_of_ours_has_an_id() -> None:
    for node in (*_nodes(), *ArenaApp.__mro__):
        if node.__module__.startswith("chatarena."):
            assert all(isinstance(one, Binding) and one.id for one in node.__dict__.get("BINDINGS", ())), node


def test_no_id_stands_for_two_things() -> None:
    ids = [bound.id for owner in owners() for bound in owner.bound]
    assert len(ids) == len(set(ids))


def test_every_default_key_is_one_that_a_keyboard_sends() -> None:
    assert [key for bound in defaults().values() for key in bound.keys if not is_key(key)] == []


def test_no_default_key_is_alt_and_a_letter() -> None:
    """Most terminals send Escape and the letter: some of these are other keys then, the others are typed."""
    keys = {key for bound in defaults().values() for key in bound.keys}
    assert [key for key in keys if key.startswith("alt+") and len(key) == len("alt+x")] == []


def test_a_screen_is_a_room_with_what_it_is_made_of() -> None:
    names = {tuple(owner.node.__name__ for owner in room) for room in rooms()}
    arena = next(room for room in names if "ArenaScreen" in room)
    assert {"Frame", "SpeechPane", "Sliders", "Ratings"} <= set(arena)
    assert "OptionRows" not in arena


def test_the_page_of_keys_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == f"{page(owners())}\n", "chatarena keys --markdown > docs/keys.md"


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("f5", ("f5",)),
        ("f5, ctrl+e", ("f5", "ctrl+e")),
        ("?", ("question_mark",)),
        (",", ("comma",)),
        ("ctrl+/", ("ctrl+slash",)),
        ("+", ("plus",)),
        ("", ()),
    ],
)
def test_keys_are_read(text: str, keys: tuple[str, ...]) -> None:
    assert split(text) == keys


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"arena.nxt": "f5"}, "did you mean 'arena.next'"),
        ({"arena.zzzzzz": "f5"}, "arena."),
        ({"interrupt": "f5"}, "there is no 'interrupt'"),
        ({"arena.next": "ctl+x"}, "there is no key 'ctl+x'"),
        ({"arena.next": ""}, "has no key"),
        ({"arena.next": "ctrl+p"}, "app.palette"),
        ({"arena.next": "up"}, "pane.up"),
        ({"arena.next": "f7", "arena.decide": "f7"}, "arena.decide"),
        ({"app.help": "n"}, "home.new"),
        ({"arena.next": "f1"}, "app.help"),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_refused(own: dict[str, str], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        keymap(own)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "own",
    [
        {"arena.next": "f8"},
        {"arena.interrupt": "f12", "arena.back": "f12"},
        {"compose.start": "f12"},
        {"arena.next": "ctrl+g", "arena.decide": "ctrl+n"},
        {"app.help": "f1,ctrl+h"},
    ],
    ids=str,
)
def test_what_goes_together_is_taken(own: dict[str, str]) -> None:
    made = keymap(own)
    assert {id_: made[id_] for id_ in own} == own


def test_nothing_of_ours_clashes_by_default() -> None:
    # What was given the keys that it has anyway is in nobody's way, wherever it can be.
    shared = clashes({id_: bound.keys for id_, bound in defaults().items()})
    assert shared == ()


async def test_another_key_does_it_the_old_one_does_not_and_help_says_so() -> None:
    app = ArenaApp(Backstage().studio(), Surroundings(keys=keymap({"app.help": "f12"})))
    async with app.run_test(size=(80, 70)) as pilot:
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        await press(pilot, "f1")
        await settle(pilot, lambda: isinstance(app.screen, HomeScreen))
        await press(pilot, "f12")
        await settle(pilot, lambda: isinstance(app.screen, HelpScreen))
        assert any(line.split()[:2] == ["f12", "Help"] for line in seen(app).replace("│", " ").splitlines())


async def test_to_move_one_of_two_that_share_a_key_leaves_the_other_its_key() -> None:
    backstage = Backstage(models=speaker())
    app = ArenaApp(backstage.studio(), Surroundings(keys=keymap({"arena.interrupt": "f12"})))
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")  # steps back: the question is declined
        await settle(pilot, lambda: asked(app, "floor"))


async def test_in_a_browser_what_it_keeps_for_itself_has_a_second_key() -> None:
    app = ArenaApp(Backstage().studio(), Surroundings(place="browser"))
    async with app.run_test() as pilot:
        await start_example(pilot, app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "floor"))
        assert app.live is not None
        before = app.live.session.round
        await press(pilot, "f8")
        await settle(pilot, lambda: app.live is not None and app.live.session.round == before + 1)
