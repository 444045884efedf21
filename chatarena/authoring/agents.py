"""Agents as Markdown files: front matter says who the agent is and what it is rewarded for, the body how it argues.

Law: a file's name is its agent's name, so that a person's own file replaces the shipped one by lying beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from chatarena.arena.agent import Agent, Sampling
from chatarena.authoring.places import prompt_file, prompt_files, read_text, suggest
from chatarena.authoring.templates import placeholders, split_front_matter
from chatarena.authoring.text import clean
from chatarena.errors import AuthoringError

if TYPE_CHECKING:
    from chatarena.authoring.agent_form import AgentForm
    from chatarena.authoring.documents import Document

FAVOURED = "favoured"
MAX_PERSONA = 4_000

# The end of a line within a paragraph; lists and headings keep theirs.
_LINE_END = re.compile(r"(?<=\S)\n(?=[^\s\-*+•#>`\d])")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentFile:
    """An agent as written, before it has a seat. `manner` is public: how it sounds, before anybody has heard it.

    `assigned` marks a seller: the option it is paid for is settled when it is seated, and until then its objective and
    persona hold the placeholder `{favoured}` for that option's label.
    """

    agent: Agent
    assigned: bool = False
    file: str = ""
    manner: str = ""


def parse_agent(text: str, *, file: str = "text") -> AgentFile:
    """Read an agent from the text of its file.

    Raises:
        AuthoringError: no front matter, anything a form refuses, or a placeholder that nothing will fill.
    """
    from chatarena.authoring.agent_form import AgentForm
    from chatarena.authoring.documents import read_yaml
    from chatarena.authoring.forms import fill

    front, body, body_line = split_front_matter(text, file=file)
    if not front:
        raise AuthoringError(
            "the front matter is missing",
            file=file,
            line=1,
            remedy="start the file with a line `---`, then `name:`, `label:`, `tags:`, `objective:`, then `---`",
        )
    document = read_yaml(front, file=file, first_line=2)
    form = fill(AgentForm, document)
    persona = _LINE_END.sub(" ", clean(body).strip())
    if len(persona) > MAX_PERSONA:
        raise AuthoringError(
            f"the persona has {len(persona)} characters; {MAX_PERSONA} at most",
            file=file,
            line=body_line,
            remedy="60 to 120 words are enough",
        )
    _check_placeholders(form, document, body, body_line)
    return AgentFile(agent=_agent(form, persona), assigned=bool(form.favours), file=file, manner=form.manner)


def load_agent(path: Path) -> AgentFile:
    """Read an agent's file, whose stem must be the agent's name.

    Raises:
        AuthoringError: as `parse_agent`, or the file cannot be read, or its stem is not the name.
    """
    read = parse_agent(read_text(path), file=str(path))
    if read.agent.name != path.stem:
        raise AuthoringError(
            f"the agent is called {read.agent.name!r} and its file {path.name!r}",
            file=str(path),
            key="name",
            remedy=f"write `name: {path.stem}`, or rename the file to {read.agent.name}.md",
        )
    return read


def load_agents(directories: Sequence[Path] = (), *, names: Iterable[str] | None = None) -> dict[str, AgentFile]:
    """Agents by name: all of them, or those named.

    Args:
        directories: a person's own directories (see `places.prompt_files`).
        names: read only these; a fault in any other file then goes unnoticed.

    Raises:
        AuthoringError: a name that does not exist, or the first faulty file.
    """
    if names is None:
        return {name: load_agent(path) for name, path in prompt_files("agents", directories).items()}
    return {name: load_agent(prompt_file("agents", name, directories)) for name in dict.fromkeys(names)}


def agent_schema() -> dict[str, object]:
    """JSON Schema of an agent's front matter."""
    from chatarena.authoring.agent_form import AgentForm
    from chatarena.authoring.forms import publish

    return publish(
        AgentForm,
        title="ChatArena agent",
        description="The front matter of prompts/agents/<name>.md; the text below it is the persona.",
    )


def _agent(form: AgentForm, persona: str) -> Agent:
    sampling = Sampling()
    if form.sampling is not None:
        sampling = Sampling(**form.sampling.model_dump(exclude_unset=True))
    return Agent(
        name=form.name,
        label=form.label,
        objective=form.objective,
        goal=form.goal,
        persona=persona,
        tags=form.tags,
        model=form.model,
        sampling=sampling,
        aligned=form.aligned,
    )


def _check_placeholders(form: AgentForm, document: Document, body: str, body_line: int) -> None:
    known = (FAVOURED,) if form.favours else ()
    in_objective = [(name, document.line(("objective",))) for name, _ in placeholders(form.objective)]
    in_goal = [(name, document.line(("goal",))) for name, _ in placeholders(form.goal)]
    in_body = [(name, body_line + line) for name, line in placeholders(body)]
    for name, line in (*in_objective, *in_goal, *in_body):
        if name not in known:
            remedy = (
                "add `favours: assigned` to the front matter: only a seller has {favoured}"
                if name == FAVOURED
                else f"write it without braces; {suggest(name, known) if known else 'this agent has no placeholders'}"
            )
            raise AuthoringError(
                f"unknown placeholder {{{name}}}", file=document.file, line=line, key=name, remedy=remedy
            )
    if form.favours and not in_objective:
        raise AuthoringError(
            "an agent with `favours: assigned` does not say in its objective what it is paid for",
            file=document.file,
            line=document.line(("objective",)),
            key="objective",
            remedy="write {favoured} where the option's label belongs",
        )
