"""What the screens need from the rest of the program. Law: the front end composes nothing; it is handed a `Studio`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Literal

from chatarena.tui.archive import NOT_LOGGED, Archive, SessionRow
from chatarena.tui.files import NO_FILES, Files
from chatarena.tui.preferences import NO_PREFERENCES, Preferences

# The first picture needs none of what these are names of.
if TYPE_CHECKING:
    from chatarena.arena.decision import Decision
    from chatarena.arena.events import Entry, Event
    from chatarena.arena.protocol import Hearing, Protocol, ProtocolName
    from chatarena.arena.settings import Settings
    from chatarena.authoring.decisions import Terms
    from chatarena.moderator.moderator import Moderator
    from chatarena.moderator.world import Participant
    from chatarena.tui.aftermath import Aftermath
    from chatarena.tui.outlook import Outlook
    from chatarena.tui.seats import AgentChoice, Hidden, SeatChoice

Field = Literal[
    "question",
    "context",
    "options",
    "states",
    "cast",
    "protocol",
    "network",
    "evidence",
    "rounds",
    "model",
    "budget",
    "token_budget",
    "time_budget",
    "precision",
    "claims",
    "appraise",
    "source",
    "seed",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A session as composed: all it takes to start one. Without a seed the studio draws one.

    `seats` is the table where it was laid by hand; empty, the cast as it is written. `protocol.hearing` and the owners
    of evidence are labels. `prior` is what the participant said each option is worth while composing, in option order;
    empty, she is asked. `unblinded` says that she has seen objectives of the agents.
    """

    decision: Decision
    cast: str
    protocol: Protocol
    model: str
    settings: Settings
    seed: int | None = None
    seats: tuple[SeatChoice, ...] = ()
    prior: tuple[float, ...] = ()
    unblinded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A decision to begin with and what its file says of the session; `group` is what it is listed under.

    `seats` is a table laid by hand; `hearing` names its listeners by label, None where nothing is said, and `output`
    those whose claims are the panel's. `ratings` are first ratings in option order, `terms` what the session may take
    and how its numbers are made.
    """

    title: str
    decision: Decision
    cast: str = ""
    group: str = ""
    seats: tuple[SeatChoice, ...] = ()
    protocol: ProtocolName | None = None
    hearing: tuple[Hearing, ...] | None = None
    output: tuple[str, ...] = ()
    rounds: int | None = None
    ratings: tuple[float, ...] = ()
    terms: Terms | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CastChoice:
    """A cast as a participant may know it: its name, a note that gives nobody away, and the agents' public labels.

    `network` says that the cast brings its own communication network, so the network protocol can be chosen; the
    studio then fills in who hears whom.
    """

    name: str
    note: str
    labels: tuple[str, ...]
    network: bool = False
    seats: tuple[SeatChoice, ...] = ()
    own: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChoice:
    """A model that can be chosen; `note` says what stands in the way where it is not `ready`."""

    name: str
    note: str
    ready: bool = True
    price_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """A recorded debate that comes with the program; `id` is what `Studio.replay` takes."""

    id: str
    question: str
    options: tuple[str, ...]
    agents: tuple[str, ...]
    rounds: int
    choice: str = ""
    models: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How a model is: whether it could answer now (None: nobody can tell beforehand), what was found, what to do."""

    ready: bool | None
    found: str
    remedy: str = ""


async def _unknown(_: str) -> Health:
    return Health(ready=None, found="")


async def _untried(_: str) -> str:
    return ""


async def _no_debates() -> tuple[Shipped, ...]:
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldProblem:
    """What is wrong with one field of a plan, in words that say what to do."""

    field: Field
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A session ready to run: iterate `moderator.run(opening)`; `entries` are those of earlier runs.

    `aftermath` is what can be done with it afterwards; None where nothing is logged.
    """

    moderator: Moderator
    opening: tuple[Event, ...]
    entries: tuple[Entry, ...] = ()
    aftermath: Aftermath | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """Everything outside the screens.

    Plain callables answer at once and from memory; awaitables may touch disk, network or a child process. All errors
    a person can meet are `ArenaError`. `notice` is the honest sentence about a model, empty where there is nothing to
    say. `warm` returns when the model can answer and reports progress in words meanwhile. `replay` returns the entries
    of a recorded session or of one that ships. `agents` are public faces; `hidden` gives away what they are after, by
    name, and is called only for whoever asks to be unblinded. `health` looks at what a model
    needs and calls nothing; `try_out` asks it one tiny question and says how it went. `shipped` lists the debates that
    come with the program. `clock` is monotonic seconds.
    """

    examples: Callable[[], tuple[Example, ...]]
    casts: Callable[[], tuple[CastChoice, ...]]
    models: Callable[[], tuple[ModelChoice, ...]]
    default_cast: str
    default_model: str
    notice: Callable[[str], str]
    problems: Callable[[Plan], tuple[FieldProblem, ...]]
    estimate: Callable[[Plan], Awaitable[Outlook]]
    suggestions: Callable[[], Awaitable[tuple[str, ...]]]
    recent: Callable[[], Awaitable[tuple[SessionRow, ...]]]
    warm: Callable[[str, Callable[[str], None]], Awaitable[None]]
    start: Callable[[Plan, Participant], Awaitable[Run]]
    resume: Callable[[str, Participant], Awaitable[Run]]
    replay: Callable[[str], Awaitable[tuple[Entry, ...]]]
    agents: Callable[[], tuple[AgentChoice, ...]] = tuple
    hidden: Callable[[], Mapping[str, Hidden]] = dict
    files: Files = NO_FILES
    archive: Archive = NOT_LOGGED
    preferences: Preferences = NO_PREFERENCES
    health: Callable[[str], Awaitable[Health]] = _unknown
    try_out: Callable[[str], Awaitable[str]] = _untried
    shipped: Callable[[], Awaitable[tuple[Shipped, ...]]] = _no_debates
    clock: Callable[[], float] = monotonic
