"""`chatarena network debate`: agents who say what they know and count it, so that the right answers are known."""

from __future__ import annotations

import asyncio
import json

import pytest

from chatarena.arena.protocol import Protocol
from chatarena.authoring.profiles import Profile, load_profile
from chatarena.cli import network_debate
from chatarena.cli.home import Paths
from chatarena.cli.network import configure
from chatarena.cli.settings_loading import load_settings
from chatarena.cli.stage import open_stage
from chatarena.language_model.port import Request
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.session_log.store import SessionLog
from tests.cli.conftest import Chatarena

PROFILES = ("flat", "venue")


class Honest:
    """Repeats every card it has been told or has heard, and claims what the options are worth by them."""

    def __init__(self, profiles: tuple[Profile, ...]) -> None:
        self._profiles = profiles

    def answer(self, request: Request) -> Reply:
        read = " ".join(" ".join(part.text.split()) for part in request.parts)
        profile = next(one for one in self._profiles if one.question in read)
        known = [place for place, card in enumerate(profile.cards) if card.text in read]
        if request.top_logprobs:
            return Reply(text="Yes", top_logprobs=(("Yes", -0.1), ("No", -2.4)))
        if not request.schema:
            return Reply(text=" ".join(profile.cards[place].text for place in known) or "Nothing.")
        worth = profile.worth(known)
        low, high = min(worth), max(worth)
        return Reply(
            text=json.dumps(
                {
                    option: round(100 * (value - low) / (high - low))
                    for (option, _, _), value in zip(profile.options, worth, strict=True)
                }
            )
        )


@pytest.mark.parametrize("topology", ["star", "chain", "complete"])
def test_honest_agents_on_a_network_find_what_none_can_find_alone(home: Paths, topology: str) -> None:
    import argparse

    parser = argparse.ArgumentParser()
    configure(parser)
    args = parser.parse_args(["debate", *PROFILES, "--topologies", topology, "--model", "scripted/honest"])
    profiles = tuple(load_profile(name) for name in PROFILES)
    settings = load_settings({"models.default": "scripted/honest"}, paths=home)
    arrangements = [network_debate.WHOLE, network_debate.ALONE, topology]

    async def hold() -> list[network_debate.Held]:
        async with open_stage(settings, home, scripted=ScriptedModel(Honest(profiles).answer)) as stage:
            return await network_debate.hold_all(stage, profiles, arrangements, settings, home, args)

    held = asyncio.run(hold())
    assert not any(one.why for one in held)
    for arrangement in arrangements:
        for one in network_debate.judged(held, profiles, arrangement):
            right = [row is not None and max(row) == row[one.best] for row in one.stated]
            if arrangement == network_debate.ALONE:
                assert not any(right)
            else:
                assert right[-1]
    protocol: Protocol = held[-1].session.head.protocol
    assert len(protocol.output) == 1 and held[-1].session.weighed == "by the network"
    assert held[-1].session.card is not None and held[-1].session.card.recommended == (profiles[-1].best(),)
    with SessionLog(home.database, read_only=True) as log:
        names = [one.name for one in log.sessions(limit=None)]
    assert f"flat: {topology}" in names and len(names) == 6


def test_what_is_reported_is_what_was_said(home: Paths, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole report of honest agents: right on every network, wrong alone, and scores all in one unit."""
    import argparse

    parser = argparse.ArgumentParser()
    configure(parser)
    args = parser.parse_args(["debate", *PROFILES, "--topologies", "star,chain", "--model", "scripted/honest"])
    profiles = tuple(load_profile(name) for name in PROFILES)
    settings = load_settings({"models.default": "scripted/honest"}, paths=home)
    arrangements = [network_debate.WHOLE, network_debate.ALONE, "star", "chain"]

    async def hold() -> list[network_debate.Held]:
        async with open_stage(settings, home, scripted=ScriptedModel(Honest(profiles).answer)) as stage:
            return await network_debate.hold_all(stage, profiles, arrangements, settings, home, args)

    held = asyncio.run(hold())
    scores, source = network_debate.scored(held, profiles)
    # "Yes" at -0.1 and "No" at -2.4 for every option.
    assert source == "token probabilities"
    assert all(row == pytest.approx([2.3] * 3) for one in scores for row in one.stated)
    capsys.readouterr()
    args.json = True
    network_debate.report(args, profiles, ["star", "chain"], held, 8.0, "scripted/honest")
    data = json.loads(capsys.readouterr().out)["data"]
    assert all(one["hidden"] for one in data["profiles"])
    assert data["without_a_network"]["guessing"]["right"] == pytest.approx(1 / 3)
    assert data["without_a_network"][network_debate.WHOLE]["right"] == 1.0
    assert data["without_a_network"]["best of them alone"]["right"] == 0.0
    for native in data["native"].values():
        assert native["output"]["right"] == 1.0 and native["output"]["missing"] == 0 and native["precision"] == 8.0
    # Everybody scores everything alike, so nodes learn the share of best options and nothing else.
    assert all(one["excess"] == pytest.approx(0.0, abs=1e-9) for one in data["fitted"].values())
    args.json = False
    network_debate.report(args, profiles, ["star", "chain"], held, 8.0, "scripted/honest")
    told = capsys.readouterr().out
    assert "at the precision 8" in told and "read from token probabilities" in told and "guessing" in told


def test_words_that_do_not_go(chatarena: Chatarena) -> None:
    got = chatarena("network", "debate", "flat", "--mode", "fitted")
    assert got.code == 2 and "one decision" in got.err
    got = chatarena("network", "debate", "--topologies", "random")
    assert got.code == 2 and "cannot be held on 'random'" in got.err
    got = chatarena("network", "debate", "flatt")
    assert got.code == 2 and "did you mean 'flat'?" in got.err
