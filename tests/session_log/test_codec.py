"""Events survive being written as text; what cannot survive is refused with a reason."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.arena.forecast import Forecast
from chatarena.errors import LogError
from chatarena.session_log.codec import decode, encode
from tests.session_log import samples
from tests.session_log.strategies import KINDS, events, events_of


def test_the_samples_have_every_kind() -> None:
    assert {event.kind for event in (*samples.everything(), *samples.elsewhere())} == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_round_trip(kind: str) -> None:
    @given(events_of(kind))
    def holds(event: ev.Event) -> None:
        text = encode(event)
        back = decode(text)
        assert back == event
        assert type(back) is type(event)
        assert encode(back) == text, "canonical text has one form"
        assert decode(text.encode(), kind=kind) == event

    holds()


@given(events())
def test_any_json_reader_sees_the_same_values(event: ev.Event) -> None:
    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    plain = json.loads(encode(event), parse_constant=refuse)
    assert list(plain) == [field for field in type(event).__dataclass_fields__], "all fields, in the order defined"
    assert plain["kind"] == event.kind


def test_canonical_text_is_stable() -> None:
    event = ev.ChoiceMade(option="stay", confidence=55)
    assert encode(event) == '{"kind":"choice_made","option":"stay","confidence":55.0,"seconds":null}'


def test_a_text_from_before_a_field_was_added_takes_the_default() -> None:
    assert decode('{"option": "stay", "kind": "choice_made"}') == ev.ChoiceMade(option="stay")


FORECAST = Forecast(source="own", precision=1.0, utilities=(0.5,), probabilities=(1.0,), normalisation="")
NOT_RECORDABLE = {
    "nan": (ev.PrecisionSet(precision=math.nan), "precision_set.precision is nan"),
    "infinity": (ev.PrecisionSet(precision=math.inf), "cannot be recorded"),
    "nan where None is allowed": (ev.ChoiceMade(option="x", confidence=math.nan), "choice_made.confidence is nan"),
    "nan deep inside": (
        ev.ForecastShown(round=1, forecast=replace(FORECAST, utilities=(0.5, -math.inf))),
        "forecast_shown.forecast.utilities[1] is -inf",
    ),
    "wrong type": (ev.RoundStopped(round="1"), "Expected `int`, got `str` - at `$.round`"),  # type: ignore[arg-type]
    "list for a tuple": (ev.RoundOpened(round=1, order=["a"]), "round_opened.order is ['a']"),  # type: ignore[arg-type]
    "truth for a number": (ev.RoundStopped(round=True), "Expected `int`, got `bool`"),
    "unknown word": (ev.SessionClosed(status="done"), "Invalid enum value 'done'"),  # type: ignore[arg-type]
    "not an event": ("hello", "not an event: 'hello'"),
}


@pytest.mark.parametrize(("event", "why"), NOT_RECORDABLE.values(), ids=NOT_RECORDABLE)
def test_what_must_not_be_recorded_is_refused(event: ev.Event, why: str) -> None:
    with pytest.raises(ValueError) as caught:
        encode(event)
    assert why in str(caught.value)


@given(events_of("participant_spoke"), st.integers(0xD800, 0xDFFF))
def test_half_a_character_is_refused_cleanly(event: ev.ParticipantSpoke, surrogate: int) -> None:
    with pytest.raises(
        LogError, match="participant_spoke cannot be recorded: a text holds half of a character"
    ) as caught:
        encode(replace(event, text=event.text + chr(surrogate)))
    assert caught.value.remedy


NOT_READABLE = {
    "no JSON": ("{", "not an event"),
    "no kind": ("{}", "missing required field `kind`"),
    "not an object": ("[1]", "not an event"),
    "unknown kind": ('{"kind":"coin_tossed"}', "unknown kind of event: 'coin_tossed'"),
    "unknown field": ('{"kind":"revealed","by":"x"}', "unknown field revealed.by"),
    "unknown field deep inside": (
        '{"kind":"round_opened","round":1,"order":[]}'.replace("[]", '["a"],"x":1'),
        "unknown field round_opened.x",
    ),
    "unknown field of a part": (
        '{"kind":"ratings_given","phase":"prior","round":0,"ratings":[{"option":"a","value":1,"mood":2}]}',
        "unknown field ratings_given.ratings[0].mood",
    ),
    "missing field": ('{"kind":"round_stopped"}', "missing required field `round`"),
    "wrong type": ('{"kind":"round_stopped","round":"1"}', "Expected `int`, got `str` - at `$.round`"),
    "fraction": ('{"kind":"round_stopped","round":1.5}', "Expected `int`, got `float`"),
    "too large for a float": ('{"kind":"precision_set","precision":1e999}', "out of range"),
    "NaN": ('{"kind":"precision_set","precision":NaN}', "not an event"),
    "unknown word": ('{"kind":"session_closed","status":"done"}', "Invalid enum value 'done'"),
}


@pytest.mark.parametrize(("text", "why"), NOT_READABLE.values(), ids=NOT_READABLE)
def test_what_cannot_be_understood_is_refused(text: str, why: str) -> None:
    with pytest.raises(LogError) as caught:
        decode(text)
    assert why in caught.value.message


def test_the_kind_must_agree_with_the_text() -> None:
    with pytest.raises(LogError, match="revealed"):
        decode('{"kind":"round_added"}', kind="revealed")
