"""What is composed as a file: a plan written with all that belongs to it, a file read as something to begin with."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.cli import composing
from chatarena.cli.home import Paths, private_directory
from chatarena.errors import UsageError
from chatarena.tui.files import Files
from chatarena.tui.ports import Example, Plan
from chatarena.tui.seats import SeatChoice

if TYPE_CHECKING:
    from chatarena.arena.decision import Decision
    from chatarena.authoring.decisions import DecisionFile


def open_files(paths: Paths) -> Files:
    """Reading and writing decisions and casts."""

    async def save(plan: Plan, path: str) -> str:
        return save_decision(plan, path, paths)

    async def load(path: str) -> Example:
        return read_example(Path(path).expanduser(), paths)

    async def save_cast(name: str, seats: tuple[SeatChoice, ...]) -> str:
        return write_cast(name, seats, paths)

    return Files(
        suggest=lambda plan: suggest(plan.decision),
        taken=lambda path: Path(path).expanduser().exists(),
        save=save,
        load=load,
        cast_taken=lambda name: name in {choice.name for choice in composing.casts(paths)},
        save_cast=save_cast,
    )


def suggest(decision: Decision) -> str:
    """The name of a file for a decision: the first words of its question."""
    words = re.findall(r"\w+", decision.question.casefold())[:6]
    return f"{'-'.join(words)[:60] or 'decision'}.yaml"


def save_decision(plan: Plan, path: str, paths: Paths) -> str:
    """Write everything composed as YAML; over a file that is there.

    Raises:
        UsageError: the decision cannot be used yet, or the file cannot be written.
    """
    from chatarena.authoring.decisions import decision_to_yaml

    try:
        text = decision_to_yaml(file_of(plan, paths))
    except ValueError as error:
        raise UsageError(f"this cannot be saved yet: {error}", remedy="put it right, then save again") from error
    return _write(Path(path).expanduser(), text)


def file_of(plan: Plan, paths: Paths) -> DecisionFile:
    """A plan as a file holds it: seats by their names, and nothing said that was left to the program.

    Raises:
        AuthoringError: no such cast or agent.
    """
    from chatarena.authoring.decisions import DecisionFile, Terms

    _, names = composing.table(plan, paths)
    settings, protocol = plan.settings, plan.protocol
    terms = Terms(
        model=plan.model,
        seed=plan.seed,
        # Said whatever it is: what counts where a file says nothing is another thing on another machine.
        precision=settings.precision,
        appraise=settings.appraise[0] if len(settings.appraise) == 1 else "both" if settings.appraise else None,
        source=None if settings.source == "auto" else settings.source,
        budget=settings.budget,
        token_budget=settings.token_budget,
        time_budget=settings.time_budget,
        claims=None if protocol.claims else False,
    )
    return DecisionFile(
        decision=replace(plan.decision, evidence=composing.owned(plan.decision.evidence, names)),
        cast=plan.cast if plan.cast in {choice.name for choice in composing.casts(paths)} else "",
        seats=composing.written(plan.seats),
        protocol=protocol.name,
        network=composing.renamed(protocol.hearing, names),
        output=tuple(names.get(label, label) for label in protocol.output),
        rounds=protocol.rounds,
        ratings=plan.prior,
        terms=terms,
    )


def read_example(path: Path, paths: Paths) -> Example:
    """A decision's file as something to begin with.

    Raises:
        AuthoringError: it cannot be read; says where and what to do.
    """
    from chatarena.authoring.decisions import load_decision

    return example_of(load_decision(path), paths)


def example_of(file: DecisionFile, paths: Paths, *, group: str = "") -> Example:
    """A file as something to begin with: who hears whom, and who is told what, by the labels of those at the table.

    Raises:
        AuthoringError: a network or table of somebody who does not exist.
    """
    from chatarena.authoring.casts import laid_by_hand, load_cast
    from chatarena.authoring.hearing import check_output, written_hearing

    decision, hearing, output = file.decision, None, tuple[str, ...]()
    owned = any(card.agent for card in decision.evidence)
    if file.network or file.seats or (owned and file.cast):
        own = (paths.own_prompts,)
        cast = laid_by_hand(file.seats, file.cast) if file.seats else load_cast(file.cast, own)
        seats = composing.seats_by_label(cast, paths)
        labels = {name: label for label, name in seats.items()}
        decision = replace(decision, evidence=composing.owned(decision.evidence, labels))
        if file.network:
            laid = written_hearing(file.network, tuple(labels), file=file.file)
            hearing = composing.renamed(laid, labels)
            check_output(file.output, tuple(labels), file=file.file)
            output = tuple(labels[name] for name in file.output)
    return Example(
        title=decision.question,
        decision=decision,
        cast=file.cast,
        group=group,
        seats=tuple(SeatChoice(agent=seat.agent, favours=seat.favours, model=seat.model) for seat in file.seats),
        protocol=file.protocol,
        hearing=hearing,
        output=output,
        rounds=file.rounds,
        ratings=file.ratings,
        terms=file.terms,
    )


def write_cast(name: str, seats: tuple[SeatChoice, ...], paths: Paths) -> str:
    """Write a table as one of the person's own casts; over one of that name.

    Raises:
        AuthoringError: the name is none.
    """
    from chatarena.authoring.casts import parse_cast, written_seats
    from chatarena.authoring.documents import write_yaml

    entries = written_seats(composing.written(seats))
    text = write_yaml({"name": name, "description": "Picked by hand.", "agents": entries})
    parse_cast(text, file=name)
    return _write(paths.own_prompts / "casts" / f"{name}.yaml", text)


def _write(path: Path, text: str) -> str:
    from chatarena.exchange.placing import place_file

    private_directory(path.parent)
    place_file(path, (text,), force=True)
    return str(path)
