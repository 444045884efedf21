"""After the reveal: how the talk moved her, an export, and this cast over her earlier sessions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.pilot import Pilot

from chatarena.authoring.tags import KINDS
from chatarena.errors import UsageError
from chatarena.replay.movement import Moved
from chatarena.report.hull.study import Question
from chatarena.report.hull.view import View
from chatarena.tui.aftermath import Aftermath
from chatarena.tui.app import ArenaApp
from chatarena.tui.cells import width
from chatarena.tui.masks import aim_line
from chatarena.tui.moved_lines import MOST_STEPS, moved_lines
from tests.support.sessions import DECISION
from tests.tui.support import Backstage, asked, press, rows, seen, settle, start_example

SIZES = pytest.mark.parametrize("size", [(80, 24), (160, 48)], ids=["80x24", "160x48"])


class After:
    """Keeps what was asked for."""

    def __init__(self, error: UsageError | None = None) -> None:
        self.written: list[tuple[str, Path]] = []
        self.questions: list[Question] = []
        self.error = error

    async def export(self, form: str, folder: Path) -> str:
        if self.error is not None:
            raise self.error
        self.written.append((form, folder))
        return str(folder / "debate.md")

    def cast(self, question: Question) -> View | str:
        self.questions.append(question)
        return "This cast sat in 3 of your sessions."


async def revealed(pilot: Pilot[None], app: ArenaApp, after: After | None) -> None:
    """A session to its reveal, with ratings that move."""
    await start_example(pilot, app)
    assert app.live is not None
    app.live.aftermath = Aftermath(export=after.export, cast=after.cast) if after is not None else None
    await press(pilot, "8", "0", "down", "4", "0", "enter")
    await settle(pilot, lambda: asked(app, "floor"))
    await press(pilot, "ctrl+r", "6", "0", "enter")
    await press(pilot, "ctrl+g")
    await settle(pilot, lambda: asked(app, "ratings"))
    await press(pilot, "enter")
    await settle(pilot, lambda: asked(app, "choice"))
    assert "How each turn moved you" not in seen(app)
    await press(pilot, "down", "enter")
    await settle(pilot, lambda: "masks come off" in seen(app))


@SIZES
async def test_how_each_turn_moved_her_stands_below_the_masks(size: tuple[int, int]) -> None:
    app = Backstage().app()
    async with app.run_test(size=size) as pilot:
        await revealed(pilot, app, After())
        await press(pilot, "end")
        await settle(pilot, lambda: "How each turn moved you" in seen(app))
        shown = seen(app)
        assert "rated 80 → 60" in shown
        assert "1 · you rate after " in shown and "Lisbon 60 (−20)" in shown


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        (("change-attitude",), "Kind of aim: change-attitude (likes or dislikes change as such)"),
        (("paid", "money", "place"), f"Kind of aim: paid ({KINDS['paid']}); about money, place"),
        (("work", "[/] own"), "Kind of aim: about work; #[/] own"),
    ],
    ids=["a kind", "a kind and subjects", "one of her own"],
)
def test_a_tag_of_the_reveal_says_what_it_means(tags: tuple[str, ...], told: str) -> None:
    assert aim_line(tags) == told


LONG = "Ask for a trial of six months"


@SIZES
async def test_options_of_the_reveal_are_told_whole(size: tuple[int, int]) -> None:
    first, *others = DECISION.options
    app = Backstage(decision=replace(DECISION, options=(replace(first, label=LONG), *others))).app()
    async with app.run_test(size=size) as pilot:
        await revealed(pilot, app, After())
        tables = [row for row in rows(app) if f"▌ {LONG} ━" in row or f"▌ {LONG} ╸" in row or f"▌ {LONG} ┄" in row]
        assert tables and all(row.rstrip()[-1].isdigit() for row in tables), "with both numbers in the same line"


async def test_an_export_and_the_cast_are_a_key_away() -> None:
    after = After()
    app = Backstage().app()
    async with app.run_test(size=(120, 40)) as pilot:
        await revealed(pilot, app, after)
        await press(pilot, "e")
        await settle(pilot, lambda: "Export: Which city" in seen(app))
        await press(pilot, "down", "down", "enter")
        await settle(pilot, lambda: bool(after.written))
        assert after.written == [("markdown", Path.cwd())]
        await press(pilot, "c")
        await settle(pilot, lambda: "This cast sat in 3 of your sessions." in seen(app))
        await press(pilot, "k")
        await settle(pilot, lambda: len(after.questions) == 2)
        assert after.questions[0].kind != after.questions[1].kind


async def test_an_export_that_fails_says_why() -> None:
    app = Backstage().app()
    async with app.run_test(size=(120, 40)) as pilot:
        await revealed(pilot, app, After(UsageError("the folder is not there", remedy="make it first")))
        await press(pilot, "e")
        await settle(pilot, lambda: "Export: Which city" in seen(app))
        await press(pilot, "enter")
        await settle(pilot, lambda: "the folder is not there" in seen(app) and "make it first" in seen(app))


async def test_without_a_log_neither_is_offered() -> None:
    app = Backstage().app()
    async with app.run_test(size=(120, 40)) as pilot:
        await revealed(pilot, app, None)
        assert "Export" not in seen(app) and "This cast" not in seen(app) and "Analyse" in seen(app)


@pytest.mark.parametrize("cells", [20, 40, 80, 160])
def test_no_line_is_wider_than_there_is_room(cells: int) -> None:
    steps = [
        Moved(
            measure="chance" if number % 2 else "rating",
            round=number,
            agents=("島の渡し船", "Birch"),
            causes=("claims",),
            before=(0.1, 0.5, None),
            after=(0.1 + number % 7 / 10, 0.5, None),
        )
        for number in range(200)
    ]
    lines = moved_lines(DECISION, steps, cells)
    assert all(width(line) <= cells for line in lines)
    steps_told = [line for line in lines[4:-1] if line[:1].isdigit()]
    assert len(steps_told) == MOST_STEPS, "of very many steps those that moved most, and how many there were"
    assert moved_lines(DECISION, [], cells) == []


@pytest.mark.parametrize("cells", [60, 78])
def test_what_a_step_changed_is_told_whole(cells: int) -> None:
    """Where it does not fit beside what came before, it goes on in the next line."""
    step = Moved(
        measure="chance",
        round=1,
        agents=("Ash", "Birch", "Cedar"),
        causes=("claims",),
        before=(0.1, 0.5, 0.4),
        after=(0.3, 0.2, 0.5),
    )
    lines = moved_lines(DECISION, [step], cells)
    told = " ".join(" ".join(lines[4:]).split())
    for change in ("Lisbon 30 % (+20)", "Oslo 20 % (−30)", "Stay where I am 50 % (+10)"):
        assert change in told
