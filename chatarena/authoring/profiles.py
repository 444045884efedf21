"""Hidden profiles: decisions that nobody can get right from what one agent knows, and everybody from what all know.

Law: the full-information answer is computed from what the cards say, never written down beside it. Whether it is hidden
depends on among how many agents cards are dealt, so that is computed too (`Profile.hidden`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chatarena.arena.decision import Decision, EvidenceCard, Option
from chatarena.authoring.places import prompt_file, prompt_files, read_text
from chatarena.errors import AuthoringError


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A piece of evidence and by how much it changes the worth of options, by id."""

    text: str
    changes: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A decision with its evidence split into cards, and the worth of its options in `measure`, more being better."""

    name: str
    question: str
    context: str
    measure: str
    options: tuple[tuple[str, str, float], ...]
    cards: tuple[Card, ...]

    def worth(self, known: Sequence[int]) -> tuple[float, ...]:
        """What each option is worth to somebody who knows the context and these cards (by position)."""
        return tuple(
            base + sum(by for card in known for changed, by in self.cards[card].changes if changed == option)
            for option, _, base in self.options
        )

    def best(self, known: Sequence[int] | None = None) -> str:
        """The id of the best option to somebody who knows these cards; all of them where None.

        Raises:
            ValueError: several are best.
        """
        worth = self.worth(range(len(self.cards)) if known is None else known)
        top = [option for (option, _, _), value in zip(self.options, worth, strict=True) if value == max(worth)]
        if len(top) > 1:
            raise ValueError(f"{self.name}: {' and '.join(top)} are equally good")
        return top[0]

    def dealt(self, agents: int) -> tuple[tuple[int, ...], ...]:
        """The cards each agent holds, dealt in order.

        Raises:
            ValueError: no agent.
        """
        if agents < 1:
            raise ValueError(f"cards are dealt to at least one agent, not {agents}")
        return tuple(tuple(range(agent, len(self.cards), agents)) for agent in range(agents))

    def hidden(self, agents: int) -> bool:
        """Whether nobody sees the best option: neither from the context alone nor with the cards of any one agent.

        Raises:
            ValueError: no agent.
        """
        best = [option for option, _, _ in self.options].index(self.best())
        return all(self.worth(known)[best] < max(self.worth(known)) for known in ((), *self.dealt(agents)))

    def decision(self) -> Decision:
        """The decision with its cards unnamed, so that they are dealt to whoever is seated, as `dealt` says."""
        return Decision(
            question=self.question,
            context=self.context,
            options=tuple(Option(id=option, label=label) for option, label, _ in self.options),
            evidence=tuple(EvidenceCard(agent="", text=card.text) for card in self.cards),
        )


def parse_profile(text: str, *, name: str, file: str = "text") -> Profile:
    """Read a hidden profile from YAML.

    Raises:
        AuthoringError: not YAML, anything the form refuses, a card about no option, or no single best option.
    """
    from chatarena.authoring.documents import read_yaml
    from chatarena.authoring.forms import fill
    from chatarena.authoring.profile_form import ProfileForm

    form = fill(ProfileForm, read_yaml(text, file=file))
    made = Profile(
        name=name,
        question=form.question,
        context=form.context,
        measure=form.measure,
        options=tuple((option.id, option.label, option.worth) for option in form.options),
        cards=tuple(Card(text=card.text, changes=tuple(card.changes.items())) for card in form.evidence),
    )
    ids = [option for option, _, _ in made.options]
    unknown = next((option for card in made.cards for option, _ in card.changes if option not in ids), None)
    if unknown is not None:
        raise AuthoringError(
            f"a card changes {unknown!r}, which is no option",
            file=file,
            key="evidence",
            remedy=f"the options are {', '.join(ids)}",
        )
    try:
        made.best()
    except ValueError as error:
        raise AuthoringError(
            str(error), file=file, key="evidence", remedy="change a number so that one option is best"
        ) from error
    return made


def load_profile(name: str, directories: Sequence[Path] = ()) -> Profile:
    """The hidden profile of this name, or in this file.

    Raises:
        AuthoringError: there is none, or it is faulty.
    """
    given = Path(name)
    path = given if given.suffix in (".yaml", ".yml") else prompt_file("profiles", name, directories)
    return parse_profile(read_text(path), name=path.stem, file=str(path))


def load_profiles(directories: Sequence[Path] = ()) -> tuple[Profile, ...]:
    """All of them, by name.

    Raises:
        AuthoringError: one of them is faulty.
    """
    return tuple(load_profile(name, directories) for name in prompt_files("profiles", directories))
