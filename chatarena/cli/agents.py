"""`chatarena agents`: who could argue, what is wrong with an agent's file, what may stand in one.

The list keeps objectives to itself, so that the author of a debate can pick a cast without spoiling it for a
participant who looks on; `show` prints everything, because whoever names an agent asks for it.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.cli.home import find_paths
from chatarena.cli.verbs import Verbs, wants_json
from chatarena.errors import AuthoringError

if TYPE_CHECKING:
    from chatarena.authoring.agents import AgentFile

WRITTEN = ("agent", "cast", "decision")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = "Your own agents lie in the folder that `chatarena paths agents` prints."
    verbs = Verbs(parser)
    verbs.add("list", "names, labels and tags; objectives stay hidden", list_)
    show_parser = verbs.add("show", "everything about one agent, its objective included", show)
    show_parser.add_argument("name", metavar="NAME")
    check_parser = verbs.add("check", "find what is wrong with agents' files, or would give an agent away", check)
    check_parser.add_argument("files", nargs="*", metavar="FILE", help="files or names; all agents by default")
    schema_parser = verbs.add("schema", "print the JSON Schema of what is written by hand", schema)
    schema_parser.add_argument(
        "of",
        nargs="?",
        choices=WRITTEN,
        default="agent",
        help="an agent's front matter (default), a cast or a decision",
    )


def list_(args: argparse.Namespace) -> int:
    """Prints every agent; a file that cannot be read is a warning and the others are listed."""
    from chatarena.authoring.places import prompt_files
    from chatarena.cli.output import emit_json, emit_table, narrate

    read, faults = _read(list(prompt_files("agents", _own()).values()))
    if wants_json(args):
        emit_json([_public(written) for written in read], warnings=[fault.message for fault in faults])
        return 0
    rows = [(w.agent.name, w.agent.label, ", ".join(w.agent.tags), _origin(w)) for w in read]
    emit_table(("name", "label", "tags", "from"), rows)
    for fault in faults:
        narrate(f"left out: {fault}")
    return 0


def show(args: argparse.Namespace) -> int:
    """Prints one agent."""
    from chatarena.authoring.agents import load_agent
    from chatarena.authoring.places import prompt_file
    from chatarena.cli.output import emit_json, say, tell

    written = load_agent(prompt_file("agents", args.name, _own()))
    if wants_json(args):
        emit_json(_whole(written))
        return 0
    agent = written.agent
    say(f"{agent.name}, who appears as {agent.label}")
    for name, value in _facts(written).items():
        tell(str(value), mark=f"{name:<10} ")
    tell(f"\n{agent.persona}")
    return 0


def check(args: argparse.Namespace) -> int:
    """Prints one line a fault (exit code 2) and one a remark (exit code 0)."""
    from chatarena.authoring.lint import check_agent, check_set
    from chatarena.cli.output import emit_json, say, tell

    paths = _files(getattr(args, "files", []))
    read, faults = _read(paths)
    remarks = [(written.file, remark) for written in read for remark in check_agent(written)]
    remarks += [("", remark) for remark in check_set({written.agent.name: written for written in read})]
    if wants_json(args):
        data = {
            "checked": [str(path) for path in paths],
            "faults": [
                {"file": f.file, "line": f.line, "key": f.key, "message": f.message, "remedy": f.remedy} for f in faults
            ],
            "remarks": [{"file": file, "message": remark} for file, remark in remarks],
        }
        emit_json(data, status="failed" if faults else "ok")
        return 2 if faults else 0
    for fault in faults:
        tell(str(fault), mark="fail  ", tone="fail")
    for file, remark in remarks:
        tell(f"{file}{': ' if file else ''}{remark}", mark="warn  ", tone="warn")
    if not faults:
        say(f"{len(read)} agents can be used", mark="ok    ", tone="ok")
    return 2 if faults else 0


def schema(args: argparse.Namespace) -> int:
    """Prints the JSON Schema, in the envelope only where `--json` asks for it."""
    import json

    from chatarena.authoring.agents import agent_schema
    from chatarena.authoring.casts import cast_schema
    from chatarena.authoring.decisions import decision_schema
    from chatarena.cli.output import emit_json, say

    schemas = dict(zip(WRITTEN, (agent_schema, cast_schema, decision_schema), strict=True))
    found = schemas[args.of]()
    if wants_json(args):
        emit_json(found)
    else:
        say(json.dumps(found, indent=2))
    return 0


def _own() -> tuple[Path, ...]:
    return (find_paths().own_prompts,)


def _files(names: Sequence[str]) -> list[Path]:
    """Files as named, or the files of agents so called, or all."""
    from chatarena.authoring.places import prompt_file, prompt_files

    if not names:
        return list(prompt_files("agents", _own()).values())
    as_path = [name for name in names if "/" in name or name.endswith(".md")]
    return [Path(name) if name in as_path else prompt_file("agents", name, _own()) for name in names]


def _read(paths: Sequence[Path]) -> tuple[list[AgentFile], list[AuthoringError]]:
    from chatarena.authoring.agents import load_agent

    read: list[AgentFile] = []
    faults: list[AuthoringError] = []
    for path in paths:
        try:
            read.append(load_agent(path))
        except AuthoringError as error:
            faults.append(error)
    return read, faults


def _origin(written: AgentFile) -> str:
    return "you" if Path(written.file).parent == find_paths().agents_dir else "shipped"


def _public(written: AgentFile) -> dict[str, object]:
    agent = written.agent
    return {
        "name": agent.name,
        "label": agent.label,
        "manner": written.manner,
        "tags": list(agent.tags),
        "from": _origin(written),
        "file": written.file,
    }


def _whole(written: AgentFile) -> dict[str, object]:
    agent = written.agent
    return {
        **_public(written),
        "objective": agent.objective,
        "persona": agent.persona,
        "model": agent.model,
        "aligned": agent.aligned,
        "seller": written.assigned,
        "sampling": asdict(agent.sampling),
    }


def _facts(written: AgentFile) -> dict[str, str]:
    from chatarena.cli.output import cell

    agent, sampling = written.agent, written.agent.sampling
    drawn = f"temperature {_number(sampling.temperature)}, at most {sampling.max_tokens} tokens"
    facts = {
        "objective": agent.objective,
        "tags": ", ".join(agent.tags),
        "aligned": "yes: the control, whose objective is the person's own good" if agent.aligned else "",
        "seller": "yes: paid for one option, settled when it is seated" if written.assigned else "",
        "model": agent.model or "the session's",
        "sampling": drawn,
        "file": written.file,
    }
    return {name: cell(value) for name, value in facts.items() if value}


def _number(value: float | None) -> str:
    return "as the provider likes" if value is None else f"{value:g}"
