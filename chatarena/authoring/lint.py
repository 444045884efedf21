"""What makes an agent give itself away, or work badly, though its file is valid."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import combinations

from chatarena.authoring.agents import FAVOURED, AgentFile

MIN_PERSONA_WORDS, MAX_PERSONA_WORDS, MAX_OBJECTIVE_WORDS, MAX_OBJECTIVE_SENTENCES = 30, 130, 45, 3
MAX_GOAL_WORDS = 14
# Shipped agents stay well below; beyond it a reader of the persona could tell what the agent is rewarded for.
MAX_SHARED_WITH_PERSONA, MAX_OVERLAP_OF_OBJECTIVES = 0.34, 0.5

# Words of four letters and more that say nothing about what an agent wants; shorter ones are left out altogether.
_COMMON_WORDS = """
above after also because been before best choice choose chooses chosen come count counts could does each earn earns
even every everybody everything fewer from gets give gives good grows have however into least less like likely made
make makes many matter mean means might more most much must nobody none nothing once only option options other others
over pays person pick picks reward rewarded same score scores should some still such than that their them then there
they thing things this those though under upon very want wants well were what whatever when where whether which while
will wins with without word words worth would your yours
"""
_COMMON = frozenset(_COMMON_WORDS.split())
_ADMISSIONS = (
    *(r"\bobjective\b", r"\bhidden\b", r"\bsecret", r"\bagenda\b", r"\brewarded\b", r"\bcommission\b", r"\bpaid\b"),
    *(
        r"\bbias",
        r"\bmisalign",
        r"\bon behalf of\b",
        r"\breal(ly)? (aim|goal|reason|want)",
        r"\bonly care",
        r"\bpretend",
    ),
    *(r"\bmanipulat", r"\bdeceiv", r"\bincentive", r"\b(your|my|its) (true |own )?(goal|aim|interest)"),
)
_NO_PROSE = re.compile(r"^\s*([-*+•]\s|\d+[.)]\s|#|```|>)", re.MULTILINE)


def check_agent(written: AgentFile) -> tuple[str, ...]:
    """Everything about an agent that would unmask it or spoil its turns, in words; empty when it is fine."""
    agent = written.agent
    return (
        *_hints("label", agent.label, (agent.name, agent.objective, *agent.tags)),
        *_hints("manner", written.manner, (agent.name, agent.objective, agent.goal, *agent.tags)),
        *_objective_faults(agent.objective),
        *_goal_faults(agent.goal),
        *_persona_faults(agent.persona, agent.objective),
    )


def check_set(agents: Mapping[str, AgentFile]) -> tuple[str, ...]:
    """Everything that makes these agents hard to tell apart: shared labels, and objectives that say the same."""
    found = []
    for one, other in combinations(agents.values(), 2):
        left, right = one.agent, other.agent
        if left.label.casefold() == right.label.casefold():
            found.append(f"{left.name!r} and {right.name!r} share the label {left.label!r}")
        overlap = objective_overlap(left.objective, right.objective)
        if overlap > MAX_OVERLAP_OF_OBJECTIVES:
            found.append(f"the objectives of {left.name!r} and {right.name!r} share {overlap:.0%} of their words")
    return tuple(found)


def objective_overlap(one: str, other: str) -> float:
    """Jaccard overlap |A & B| / |A | B| of the stems of two texts' telling words; 0 where neither has any."""
    left, right = _stems(one), _stems(other)
    return len(left & right) / len(left | right) if left | right else 0.0


def _hints(what: str, public: str, private: Iterable[str]) -> list[str]:
    leaked = _stems(public) & {stem for text in private for stem in _stems(text)}
    return [f"the {what} {public!r} hints at what is private ({word}...)" for word in sorted(leaked)]


def _objective_faults(objective: str) -> list[str]:
    found = []
    words = objective.split()
    if not {"you", "your"} & set(_words(objective)):
        found.append("the objective does not address the agent as 'you'")
    if len(words) > MAX_OBJECTIVE_WORDS:
        found.append(f"the objective has {len(words)} words; small models follow {MAX_OBJECTIVE_WORDS} at most")
    sentences = len(re.findall(r"[.!?。](?=\s|$)", objective))
    if sentences > MAX_OBJECTIVE_SENTENCES:
        found.append(f"the objective has {sentences} sentences; {MAX_OBJECTIVE_SENTENCES} at most")
    return found


def _goal_faults(goal: str) -> list[str]:
    """A goal is asked about with yes or no, where negations and asides mislead a small model (docs/log.md)."""
    if not goal:
        return []
    found = []
    if not goal.startswith("to "):
        found.append("the goal does not begin with 'to'")
    if len(goal.split()) > MAX_GOAL_WORDS:
        found.append(f"the goal has {len(goal.split())} words; {MAX_GOAL_WORDS} at most")
    if {"not", "never", "no", "nothing"} & set(_words(goal)):
        found.append("the goal says what it does not want; say what it wants")
    return found


def _persona_faults(persona: str, objective: str) -> list[str]:
    count = len(persona.split())
    found = []
    if not MIN_PERSONA_WORDS <= count <= MAX_PERSONA_WORDS:
        found.append(f"the persona has {count} words; {MIN_PERSONA_WORDS} to {MAX_PERSONA_WORDS} work best")
    if _NO_PROSE.search(persona) or "`" in persona:
        found.append("the persona has a list, heading or code; write plain sentences")
    for sign in _ADMISSIONS:
        admission = re.search(sign, persona, re.IGNORECASE)
        if admission:
            found.append(f"the persona gives itself away: {admission[0]!r}")
    wanted = _stems(objective) - _stems(FAVOURED)
    shared = wanted & _stems(persona)
    if wanted and len(shared) / len(wanted) > MAX_SHARED_WITH_PERSONA:
        found.append(f"the persona names its objective: both say {', '.join(f'{stem}...' for stem in sorted(shared))}")
    return found


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]+", text.casefold())


def _stems(text: str) -> set[str]:
    """Rough English stems: enough to see `saving` in `saves`, and no language is refused."""
    stems = set()
    for word in _words(text):
        if word not in _COMMON and len(word) > 3:
            stems.add(re.sub(r"(?<=\w{3})(ations?|ation|ments?|ness|ings?|ies|ied|ers?|est|ed|es|ly|s|y|e)$", "", word))
    return stems
