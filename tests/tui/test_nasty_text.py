"""The nastiest text through all that shows text: the app lives, nothing is markup, nothing acts on a terminal."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from chatarena.arena import events as ev
from chatarena.arena.decision import Decision, Option, State
from chatarena.errors import ProviderUnavailable
from chatarena.language_model.scripted import ScriptedModel
from chatarena.tui import clipboard, faults
from chatarena.tui.blocks import Block, Row
from chatarena.tui.columns import Column
from chatarena.tui.comparing import Side
from chatarena.tui.frame import Frame
from chatarena.tui.messages import ComposeWanted
from chatarena.tui.palette import Listed
from chatarena.tui.ports import Example
from chatarena.tui.screens.arena import ArenaScreen
from chatarena.tui.screens.compare import CompareScreen
from chatarena.tui.screens.compose import ComposeScreen
from chatarena.tui.screens.dialogs import FaultScreen
from chatarena.tui.screens.log import LogScreen, tail
from chatarena.tui.screens.replay import ReplayScreen
from chatarena.tui.screens.verdict import VerdictScreen
from chatarena.tui.widgets.bars import BeliefBars, ChoiceBars
from chatarena.tui.widgets.floor import Floor
from chatarena.tui.widgets.lines import Lines
from chatarena.tui.widgets.pane import SpeechPane
from chatarena.tui.widgets.points import Points
from chatarena.tui.widgets.ratings import Ratings
from chatarena.tui.widgets.sliders import Sliders
from chatarena.tui.widgets.table import Line, Table
from tests.tui.support import Backstage, asked, press, saying, seen, settle, start_example

PIECES = (
    "[b]q[/b]",
    "[/",
    "]",
    "[@click=app.quit]go[/]",
    "[link=https://an.example]y[/link]",
    "[red",
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x1b]52;c;aGk=\x07",
    "\x1b]8;;https://an.example\x1b\\link\x1b]8;;\x1b\\",
    "\x9b31m",
    "\x1b",
    "\x1bP+q\x1b\\",
    "\x1bc",
    "\u202eevil\u202c",
    "\u2066in\u2069",
    "\u200b\u200d\ufeff",
    "e" + "\u0301" * 20,
    "👨‍👩‍👧‍👦",
    "🏳️‍🌈",
    "\ud800",
    "\x00\x07\x08\x7f",
    "\r\n",
    "\t",
    "\u2028",
    "مرحبا",
    "決める",
    "${var} {x} %s \\[",
    "&lt;b&gt; &#27;[31m",
    "![i](x) `c` # *h* <script>",
    "\U000e0041",
    "a" * 300,
    "||||" * 9,
)
# C0 but nothing, DEL, C1, embeddings, overrides and isolates, tags, lone surrogates.
ACTING = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f\ud800-\udfff]")
NASTY = st.lists(st.sampled_from(PIECES), min_size=1, max_size=8).map("".join)
ALL = "".join(PIECES)
LONG = "x" * 50_000 + "[/b]\x1b[2J" + "wide決" * 12_500


def drawn(app: Frame) -> list[str]:
    """Every line of the screen as it is sent, less what sets colours; nothing in it acts on a terminal."""
    lines = [Strip.join(line) for line in app.screen._compositor.render_full_update().strips]
    for line in lines:
        for text, style, control in line:
            assert not ACTING.search(text), ascii(text)
            assert not control
            assert style is None or style.link is None
    return [line.text for line in lines]


def decision(text: str) -> Decision:
    """A decision that says this wherever it says anything."""
    return Decision(
        question=f"[Q] {text}",
        context=f"[C] {text}",
        options=(Option(id="a", label=f"[A] {text}", detail=text), Option(id="b", label=f"[B] {text}", detail=text)),
        states=(State(id="x", label=f"[X] {text}", probability=0.5), State(id="y", label="y", probability=0.5)),
    )


def widgets(text: str) -> Sequence[Widget]:
    """Everything of ours that is handed text, with this text in it."""
    posed = decision(text)
    pane = SpeechPane(id="pane")
    pane.add(
        Block(kind="round", text=text),
        Block(kind="speaker", text=text),
        Block(kind="speech", text=text),
        Block(kind="claims", text=text, rows=(Row(label=text, value=40.0), Row(label=text, value=None))),
        Block(kind="person", text=text, who=text),
        Block(kind="note", text=text),
    )
    pane.say(text)
    bars, beliefs = ChoiceBars(posed), BeliefBars(posed)
    beliefs.show((0.3, 0.7), (0.5, None))
    sliders = Sliders([text, "two"], id="sliders")
    sliders.show(text.replace("\n", " "), (20.0, None))
    return (pane, bars, beliefs, sliders, Ratings(posed), Points([text, f"  {text}"]), Floor([text[:9] or "x"]))


class Bench(Screen[None]):
    """All of them one below the other."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(can_focus=False):
            for widget in widgets(self._text):
                widget.styles.height = 9
                yield widget
            table = Table(
                (Column(title="[T]", grows=True), Column(title=self._text[:40])), id="table", empty=self._text
            )
            table.styles.height = 6
            yield table
            lines = Lines(id="lines")
            lines.styles.height = 6
            yield lines

    def on_mount(self) -> None:
        text = self._text
        self.query_one(Table).show(
            [Line(id="1", cells=(text, text), below=text), Line(id="2", cells=(text,), heading=True)]
        )
        self.query_one(Lines).show(lambda cells: [(text[:cells], "plain"), (text[:cells], "heading")])


async def on_the_bench(text: str) -> None:
    app = Frame()
    async with app.run_test(size=(90, 110)) as pilot:
        app.push_screen(Bench(text))
        await settle(pilot, lambda: isinstance(app.screen, Bench))
        app.notify(f"[N] {text}", title=text)
        app.told.append(text)
        shown = "\n".join(drawn(app))
        for mark in ("[A]", "[B]", "[X]"):
            assert mark in shown
        app.show_fault(ProviderUnavailable(f"[M] {text}", remedy=f"[R] {text}"), safe="[S]")
        await settle(pilot, lambda: isinstance(app.screen, FaultScreen) and "[M]" in "\n".join(drawn(app)))
        await press(pilot, "escape")
        app.push_screen(LogScreen((text, "[L]"), None))  # it goes to its end
        await settle(pilot, lambda: isinstance(app.screen, LogScreen) and "[L]" in "\n".join(drawn(app)))


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(NASTY)
@example(ALL)
@example(LONG)
def test_every_widget_shows_it_and_lives(text: str) -> None:
    asyncio.run(on_the_bench(text))


@pytest.mark.parametrize("text", [ALL, LONG[:100_000]], ids=["all", "100 kB in one line"])
async def test_a_whole_session_of_it(text: str) -> None:
    backstage = Backstage(models=ScriptedModel(saying(f"[T] {text}")), decision=decision(text[:150]))
    app = backstage.app()
    async with app.run_test(size=(100, 40)) as pilot:
        await start_example(pilot, app)
        drawn(app)
        await press(pilot, "escape")
        await settle(pilot, lambda: asked(app, "beliefs") or asked(app, "floor"))
        if asked(app, "beliefs"):
            await press(pilot, "escape")
            await settle(pilot, lambda: asked(app, "floor"))
        arena = app.screen
        assert isinstance(arena, ArenaScreen)
        arena.tick()
        await settle(pilot, lambda: "[Q]" in seen(app))
        drawn(app)
        for key in ("m", "m", "y"):
            await press(pilot, "escape", key)
            drawn(app)
        await press(pilot, "ctrl+g")
        await settle(pilot, lambda: asked(app, "ratings") or asked(app, "beliefs") or asked(app, "choice"))
        for what in ("ratings", "beliefs"):
            if asked(app, what):
                await press(pilot, "escape")
                await settle(pilot, lambda now=what: not asked(app, now))
        await settle(pilot, lambda: isinstance(app.screen, VerdictScreen) and asked(app, "choice"))
        drawn(app)
        await press(pilot, "down", "enter")
        await settle(pilot, lambda: app.live is not None and app.live.over)
        await settle(pilot, lambda: "masks" in seen(app))
        drawn(app)
        app.replay_session("s1")
        await settle(pilot, lambda: isinstance(app.screen, ReplayScreen))
        await press(pilot, "9")
        drawn(app)
        entries = tuple(backstage.recorded)
        app.push_screen(CompareScreen(Side(title=text[:99], entries=entries), Side(title="", entries=entries[:9])))
        await settle(pilot, lambda: "What came of it" in seen(app))
        drawn(app)
    assert any(isinstance(entry.event, ev.TurnTaken) for entry in backstage.recorded)


async def test_composing_with_it() -> None:
    app = Backstage().app()
    posed = decision(ALL[:180])
    async with app.run_test(size=(100, 60)) as pilot:
        await settle(pilot, lambda: "Examples" in seen(app))
        app.home.post_message(ComposeWanted(Example(title=ALL, decision=posed, cast="three")))
        await settle(pilot, lambda: isinstance(app.screen, ComposeScreen))
        await settle(pilot, lambda: "[Q]" in seen(app))
        drawn(app)
        await press(pilot, "ctrl+p")
        await settle(pilot, lambda: "Search for commands" in seen(app))
        drawn(app)


async def test_the_palette_reads_nothing_as_markup() -> None:
    from textual.app import SystemCommand
    from textual.command import CommandPalette

    class Nasty(Listed):
        def commands(self):  # type: ignore[no-untyped-def]
            return [SystemCommand(f"[Z] {piece}", piece, lambda: None) for piece in PIECES]

    app = Frame()
    async with app.run_test(size=(90, 100)) as pilot:
        app.push_screen(CommandPalette(providers=[Nasty]))
        await settle(pilot, lambda: seen(app).count("[Z]") > 20)
        drawn(app)
        for key in "[Z":
            await press(pilot, key)
        await settle(pilot, lambda: seen(app).count("[Z]") > 20)
        drawn(app)


def test_a_log_file_is_shown_and_not_obeyed(tmp_path: object) -> None:
    from pathlib import Path

    path = Path(str(tmp_path)) / "x.log"
    path.write_bytes(ALL.encode("utf-8", "surrogatepass") + b"\xff\xfe" + LONG.encode())
    assert not ACTING.search(tail(path).replace("\n", "").replace("\t", ""))


@given(NASTY)
def test_what_is_copied_is_sent_in_an_alphabet_that_does_nothing(text: str) -> None:
    sent = clipboard.osc52(text, {"TMUX": "x"})
    assert re.fullmatch(r"\x1b\]52;c;[A-Za-z0-9+/=]*\x07\x1bPtmux;\x1b\x1b\]52;c;[A-Za-z0-9+/=]*\x07\x1b\\", sent)


@given(NASTY)
def test_a_fault_is_told_with_its_cause_whatever_it_says(text: str) -> None:
    try:
        try:
            raise ValueError(text)
        except ValueError as cause:
            raise RuntimeError("above") from cause
    except RuntimeError as error:
        assert faults.explain(error)[1] == "RuntimeError: above"
        assert len(faults.causes(error)) == 1
