"""`chatarena demo`: a whole debate in seconds on a scripted model, with the reveal. No key, no weights, no network."""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from chatarena.arena import events as ev
from chatarena.arena.moves import Ask
from chatarena.arena.protocol import Protocol
from chatarena.arena.session import Session, fold
from chatarena.arena.settings import Settings as SessionSettings
from chatarena.cli.conduct import conduct
from chatarena.cli.ending import run_endable, said
from chatarena.cli.home import Paths, find_paths
from chatarena.cli.output import narrate
from chatarena.cli.stage import Plan, open_stage, plan_session

if TYPE_CHECKING:
    from chatarena.language_model.port import Request
    from chatarena.language_model.scripted import Reply, ScriptedModel

MODEL = "scripted/demo"
SEED = 7


def configure(parser: argparse.ArgumentParser) -> None:
    """The command's words."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument(
        "--jsonl", dest="form", action="store_const", const="jsonl", help="one entry a line, as it happens"
    )
    form.add_argument("--json", dest="form", action="store_const", const="json", help="one document at the end")
    parser.add_argument("--no-log", action="store_true", help="keep nothing of this session")
    parser.add_argument(
        "--seconds-per-word", type=float, default=0.01, metavar="S", help="how fast the script is spoken"
    )
    parser.set_defaults(run=run, kept=said, form="plain")


def run(args: argparse.Namespace) -> int:
    """Run the command; returns the exit code."""
    from chatarena.cli.settings_loading import load_settings
    from chatarena.language_model.scripted import ScriptedModel

    paths = find_paths()
    script = read_script(paths)
    plan = demo_plan(script, paths)
    actors = Actors(script, plan, args.seconds_per_word)

    async def main() -> int:
        scripted = ScriptedModel(actors.answer)
        async with open_stage(load_settings(paths=paths), paths, scripted=scripted, keep_log=not args.no_log) as stage:
            narrate("A scripted debate: a person wrote every word of it; nothing is called and nothing is spent.")
            moderator, opening = await stage.begin(plan, DemoParticipant(script["participant"]))
            return await conduct(moderator, opening, args.form)

    return run_endable(main())


def read_script(paths: Paths) -> dict[str, Any]:
    """The words of the demo."""
    import yaml

    script: dict[str, Any] = yaml.safe_load((paths.prompts / "demo" / "job-offer.yaml").read_text(encoding="utf-8"))
    return script


def demo_plan(script: Mapping[str, Any], paths: Paths) -> Plan:
    """The session that the script is written for."""
    from chatarena.authoring.decisions import load_example

    rounds = min(len(part["rounds"]) for part in script["agents"].values())
    return plan_session(
        load_example(script["decision"]).decision,
        script["cast"],
        Protocol(rounds=rounds),
        SessionSettings(appraise=("verbal",)),
        model=MODEL,
        seed=SEED,
        paths=replace(paths, own_prompts=paths.prompts),
    )


def recast(entries: Sequence[ev.Entry], paths: Paths) -> tuple[ScriptedModel, DemoParticipant] | None:
    """The scripted model and participant of a session that is a demo; None for any other."""
    from chatarena.language_model.scripted import ScriptedModel

    session = fold(entry.event for entry in entries)
    if any(face.model != MODEL for face in session.head.faces):
        return None
    script = read_script(paths)
    actors = Actors(script, demo_plan(script, paths), 0.0)
    return ScriptedModel(actors.answer), DemoParticipant(script["participant"])


class Actors:
    """Answers each agent's calls from the script, by its label, the round and what is asked.

    The round is read from the prompt: whoever resumes or forks a demo asks for rounds in the middle.
    """

    def __init__(self, script: Mapping[str, Any], plan: Plan, delay: float) -> None:
        self._parts = {agent.label: script["agents"][agent.name] for agent in plan.agents}
        self._ids = plan.decision.option_ids
        self._delay = delay

    def answer(self, request: Request) -> Reply:
        """A turn, the claim that goes with it, or what the agent wants: only claims are in public."""
        from chatarena.language_model.scripted import Reply

        part = self._parts[request.lane]
        if request.schema and "private note" in request.parts[-1].text:
            values = part["appraisal"]
        else:
            spoken = part["rounds"][min(_round_of(request), len(part["rounds"])) - 1]
            if not request.schema:
                return Reply(text=spoken["turn"], delay=self._delay)
            values = spoken["claim"]
        return Reply(text=json.dumps(dict(zip(self._ids, values, strict=True))))


def _round_of(request: Request) -> int:
    """The round that a prompt for a turn speaks of; the prompt of a claim holds that of its turn."""
    texts = (part.text for part in reversed(request.parts) if part.role == "user")
    found = next(found for text in texts if (found := re.search(r"This is round (\d+) of", text)))
    return int(found[1])


class DemoParticipant:
    """Rates, asks and chooses as the script says."""

    def __init__(self, script: Mapping[str, Any]) -> None:
        self._script = script

    async def answer(self, ask: Ask, session: Session) -> tuple[ev.Event, ...]:
        decision = session.head.decision
        match ask.what:
            case "ratings":
                return (self._ratings(ask, session, self._script[ask.phase]),)
            case "floor" if ask.round == 1:
                return (
                    self._ratings(ask, session, self._script["round"]),
                    ev.ParticipantSpoke(text=self._script["says"], round=ask.round),
                    ev.FloorPassed(round=ask.round),
                )
            case "floor":
                return (ev.FloorPassed(round=ask.round),)
            case "beliefs":
                return (ev.BeliefsGiven(phase=ask.phase, round=ask.round, probabilities=()),)
            case "selection":
                return (ev.AgentSelected(agent=session.labels[0]),)
            case "choice":
                chosen = decision.option_ids[self._script["choice"] - 1]
                return (ev.ChoiceMade(option=chosen, confidence=float(self._script["confidence"])),)

    def _ratings(self, ask: Ask, session: Session, values: list[float]) -> ev.RatingsGiven:
        pairs = zip(session.head.decision.option_ids, values, strict=True)
        ratings = tuple(ev.Rating(option=option, value=float(value)) for option, value in pairs)
        return ev.RatingsGiven(phase=ask.phase, round=ask.round, ratings=ratings)
