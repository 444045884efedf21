"""Hidden profiles: the shipped ones are what they are called, and faulty ones are refused in words."""

from __future__ import annotations

from collections import Counter

import pytest

from chatarena.authoring.profiles import Profile, load_profile, load_profiles, parse_profile
from chatarena.errors import AuthoringError

AGENTS = 4
TEXT = """
question: Which one?
context: A gives 3 and B gives 4.
measure: what it gives
options:
  - {id: a, label: A, worth: 3}
  - {id: b, label: B, worth: 4}
evidence:
  - {text: B gives 1 less., changes: {b: -1}}
  - {text: A gives 1 more., changes: {a: 1}}
"""


@pytest.mark.parametrize("profile", load_profiles(), ids=lambda profile: profile.name)
def test_no_agent_of_a_shipped_profile_can_see_the_best_option_alone(profile: Profile) -> None:
    best = profile.best()
    assert profile.hidden(AGENTS) and not profile.hidden(1)
    assert profile.best(()) != best, "the context alone gives it away"
    for cards in profile.dealt(AGENTS):
        assert profile.best(cards) != best, f"{cards} give it away"
    # Every number that the worth rests on can be read: options in the context, changes on their card.
    for _, label, worth in profile.options:
        assert f"{abs(worth):,g}" in profile.context
        assert label.removeprefix("The ").casefold() in " ".join(profile.context.casefold().split())
    for card in profile.cards:
        assert all(f"{abs(by):g}" in card.text for _, by in card.changes)


def test_ten_ship_in_which_neither_place_nor_seat_gives_the_best_option_away() -> None:
    profiles = load_profiles()
    assert len(profiles) == 10
    places = Counter([option for option, _, _ in profile.options].index(profile.best()) for profile in profiles)
    seats = Counter(
        seat
        for profile in profiles
        for seat, card in enumerate(profile.cards)
        if any(option == profile.best() and by > 0 for option, by in card.changes)
    )
    assert set(places) == {0, 1, 2} and max(places.values()) <= 4
    assert set(seats) == {0, 1, 2, 3} and max(seats.values()) <= 3


def test_cards_are_dealt_as_seats_get_them() -> None:
    profile = load_profile("flat")
    assert profile.dealt(4) == ((0,), (1,), (2,), (3,)) and profile.dealt(3) == ((0, 3), (1,), (2,))
    decision = profile.decision()
    assert [card.text for card in decision.evidence] == [card.text for card in profile.cards]
    assert all(not card.agent for card in decision.evidence)
    worth = dict(zip([option for option, _, _ in profile.options], profile.worth(range(4)), strict=True))
    assert worth == {"harbour": -595, "mill": -695, "station": -670}
    with pytest.raises(ValueError, match="at least one agent"):
        profile.dealt(0)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        pytest.param("{b: -1}", "{c: -1}", "'c', which is no option", id="no such option"),
        pytest.param("A gives 1 more., changes: {a: 1}", "None., changes: {a: 0}", "equally good", id="a tie"),
        pytest.param("worth: 4", "worth: four", "number", id="no number"),
        pytest.param("{b: -1}", "[]", "how much each option", id="no changes"),
        pytest.param("measure: what it gives\n", "", "measure", id="missing"),
    ],
)
def test_faulty_profiles(old: str, new: str, says: str) -> None:
    assert parse_profile(TEXT, name="x").best() == "a"
    with pytest.raises(AuthoringError, match=says):
        parse_profile(TEXT.replace(old, new), name="x")
