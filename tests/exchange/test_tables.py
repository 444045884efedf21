"""Tables: what stands in them, that they agree with an independent count, and that the codebook cannot drift."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.errors import ExportMismatch
from chatarena.exchange.codebook import codebook
from chatarena.exchange.counting import NUMBERS, Count, compare, counted_in_entries, counted_in_log
from chatarena.exchange.tables import LONG_TABLES
from chatarena.exchange.tables.columns import PLACE, At, Row, Told, told
from chatarena.exchange.tables.sessions import FIXED, WIDE_TABLES, measure, spread
from chatarena.session_log.store import SessionLog
from tests.session_log.samples import CALL, committed, entries, everything, opened, spoken
from tests.session_log.strategies import KINDS, events_of
from tests.support.sessions import WEATHER, opening, play, ratings

TABLES = {table.name: table for table in LONG_TABLES}
LATER = [kind for kind in KINDS if kind not in ("session_opened", "agent_committed")]


def sample(*more: ev.Event, session: str = "one") -> Told:
    return told(entries(session, (*everything(), *more)), name="mine", tags=("b", "a"), origin="x.jsonl")


def dicts(name: str, session: Told) -> list[dict[str, Any]]:
    names = [heading.name for heading in TABLES[name].headings]
    return [dict(zip(names, row, strict=True)) for row in TABLES[name].rows(session)]


def wide(*sessions: Told, name: str = "wide") -> list[dict[str, Any]]:
    headings, rows = spread(name, [measure(session) for session in sessions])
    return [dict(zip((heading.name for heading in headings), row, strict=True)) for row in rows]


def picked(rows: Iterable[dict[str, Any]], *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row[column] for column in columns) for row in rows]


# -- what stands in the tables -----------------------------------------------------------------------------------------


def test_every_entry_is_an_event():
    session = sample()
    rows = dicts("events", session)
    assert picked(rows, "seq", "kind") == [(entry.seq, entry.event.kind) for entry in session.entries]
    assert rows[0]["at_utc"] == "2026-09-21T14:13:20.000Z"
    assert (rows[0]["at"], rows[0]["elapsed"]) == (1_790_000_000.0, 0.25)
    assert {row["audience"] for row in rows} == {"public", "participant", "analyst", "agent:Ash", "agent:樺"}


def test_turns_carry_their_call_and_its_unknowns():
    rows = dicts("turns", sample(ev.TurnTaken(agent="Ash", round=3, text="=1+1\nand on")))
    assert picked(rows, "agent", "status", "audience", "served_model", "cost_usd") == [
        ("Ash", "complete", "public", "gpt-x-2026", 0.25),
        ("樺", "interrupted", "agent:樺", None, None),
        ("Ash", "complete", "public", None, None),
    ]
    assert rows[2]["text"] == "=1+1\nand on"
    assert picked(dicts("missed", sample()), "agent", "cause", "error", "retryable") == [
        ("樺", "failed", "ProviderUnavailable", False)
    ]


def test_ratings_are_long_and_a_missing_number_has_its_reason():
    rows = dicts("ratings", sample())
    assert picked(rows, "who", "kind", "method", "phase", "round", "option_label", "state", "value", "absence") == [
        ("participant", "rating", None, "prior", 0, "Move", None, 80.0, None),
        ("participant", "rating", None, "prior", 0, "Stay", None, None, "not in the reply"),
        ("Ash", "claim", "verbal", None, 1, "Move", None, 80.0, None),
        ("Ash", "claim", "verbal", None, 1, "Stay", None, None, "not in the reply"),
        ("Ash", "appraisal", "logprob", None, 1, "Move", "sun", 61.5, None),
        ("participant", "rating", None, "final", 2, "Move", None, None, "declined"),
    ]
    assert picked(rows, "seconds")[0] == (4.5,)
    assert rows[4]["logit"] == 0.46
    assert rows[4]["state_label"] == "It is sunny"


def test_beliefs_are_one_row_a_state_and_declining_is_one_row():
    declined = ev.BeliefsGiven(phase="final", round=2, probabilities=())
    rows = dicts("beliefs", sample(declined))
    assert picked(rows, "phase", "state_position", "state", "state_label", "probability", "absence", "seconds") == [
        ("prior", 1, "sun", "It is sunny", 0.6, None, 2.5),
        ("prior", 2, "rain", "It rains", 0.4, None, 2.5),
        ("final", None, None, None, None, "declined", None),
    ]


def test_forecasts_are_one_row_an_option():
    rows = dicts("forecasts", sample())
    assert picked(rows, "option", "utility", "probability", "best", "heard") == [
        ("move", 0.8, 1.0, True, '["Ash"]'),
        ("stay", None, None, False, '["Ash"]'),
    ]


def test_acts_are_all_that_the_participant_did():
    by_budget = ev.DebateStopped(by="budget", reason="spent")
    rows = dicts("acts", sample(by_budget))
    assert picked(rows, "act", "round", "agent", "option", "text", "value", "seconds") == [
        ("ratings_given", 0, None, None, None, None, 4.5),
        ("beliefs_given", 0, None, None, None, None, 2.5),
        ("participant_spoke", 1, "Ash", None, "And the schools?", None, None),
        ("precision_set", 1, None, None, None, 4.0, None),
        ("floor_passed", 1, None, None, None, None, 1.5),
        ("round_added", 1, None, None, None, None, None),
        ("round_stopped", 2, None, None, None, None, None),
        ("debate_stopped", 2, None, None, "enough", None, None),
        ("session_left", 2, None, None, "the program ended", None, None),
        ("session_resumed", 2, None, None, None, None, None),
        ("ratings_given", 2, None, None, None, None, None),
        ("agent_selected", 2, "Ash", None, None, None, 3.25),
        ("choice_made", 2, None, "stay", None, 55.0, 6.5),
        ("revealed", 2, None, None, None, None, None),
    ]


def test_agents_stand_at_their_commitments_and_without_one_at_the_opening():
    rows = dicts("agents", told(entries("one", (opened(), committed("樺")))))
    assert picked(rows, "seq", "agent", "name", "objective", "aligned") == [
        (0, "Ash", None, None, None),
        (1, "樺", "樺", "Sell houses.", False),
    ]


def test_agents_carry_what_was_known_of_them_before():
    panel = ev.PanelWeights(
        weights=(ev.AgentWeight(agent="Ash", weight=0.25), ev.AgentWeight(agent="樺", weight=0.75)),
        sessions=3,
        instances=9,
        gap_sup=0.125,
    )
    records = (ev.TrackRecord(agent="樺", bias=0.1, noise_sd=0.2, sessions=3),)
    met = told(entries("one", (replace(opened(), records=records, panel=panel),)))
    rows = dicts("agents", met)
    assert picked(rows, "agent", "earlier_sessions", "earlier_bias", "earlier_noise_sd", "earlier_weight") == [
        ("Ash", None, None, None, 0.25),
        ("樺", 3, 0.1, 0.2, 0.75),
    ]
    assert wide(met)[0]["earlier_gap"] == 0.125


def test_calls_are_those_of_turns_claims_and_appraisals():
    rows = dicts("calls", sample())
    assert picked(rows, "purpose", "agent", "cost_usd") == [
        ("turn", "Ash", 0.25),
        ("claim", "Ash", 0.25),
        ("claim", "Ash", None),
        ("appraisal", "Ash", 0.25),
    ]


def test_one_row_a_session():
    (row,) = wide(sample(), name="sessions")
    assert row["status"] == "complete"
    assert (row["name"], row["tags"], row["origin"]) == ("mine", '["a", "b"]', "x.jsonl")
    assert (row["choice"], row["choice_position"], row["choice_label"], row["confidence"]) == ("stay", 2, "Stay", 55.0)
    assert (row["recommended"], row["recommended_position"], row["recommended_probability"]) == ('["move"]', 1, 0.75)
    assert (row["prior_1"], row["prior_2"]) == (80.0, None)
    assert (row["final_1"], row["probability_1"], row["probability_2"]) == (None, 1.0, None)
    assert (row["belief_prior_1"], row["state_2_label"], row["state_1_probability"]) == (0.6, "It rains", 0.7)
    assert (row["precision_start"], row["precision"]) == (8.0, 4.0)
    assert (row["prior_ratings_seconds"], row["choice_seconds"], row["selection_seconds"]) == (4.5, 6.5, 3.25)
    assert (row["turns"], row["missed"], row["calls"], row["calls_of_unknown_cost"]) == (2, 1, 4, 1)
    # One unknown makes the sum unknown: a part of it must not pass for the whole.
    assert (row["cost_usd"], row["prompt_tokens"]) == (None, None)
    assert wide(told(entries("p", (opened(), spoken()))))[0]["cost_usd"] == CALL.cost


def test_wide_is_numbered_by_option_agent_and_round():
    (row,) = wide(sample())
    assert (row["claim_Ash_1"], row["claim_Ash_2"]) == (80.0, None)
    assert "logprob_Ash_1" not in row, "that appraisal is of one state only"
    assert (row["turns_樺"], row["missed_樺"], row["model_樺"]) == (1, 1, "local/m")
    assert (row["probability_round1_1"], row["floor_round1_seconds"]) == (1.0, 1.5)


def test_sessions_of_different_decisions_have_the_union_of_columns():
    rated = ev.RatingsGiven(phase="prior", round=0, ratings=ratings(WEATHER, [10, 20]))
    by_state = ev.RatingsGiven(phase="prior", round=0, ratings=(ev.Rating(option="museum", value=7, state="rain"),))
    weather = told(entries("b", (*opening(2, decision=WEATHER), rated, by_state)))
    city = told(entries("c", tuple(event for _, _, event in play(opening(3)))))
    first, second = wide(weather, city)
    assert list(first) == list(second)
    assert (first["prior_2"], first["prior_3"], first["option_3_label"]) == (20.0, None, None)
    assert (first["prior_2_state_2"], second["prior_2_state_2"]) == (7.0, None)
    assert (second["prior_3"], second["option_3_label"]) == (40.0, "Stay where I am")
    assert first["claim_Cedar_1"] is None is first["turns_Cedar"]
    assert (first["turns_Ash"], second["turns_Cedar"]) == (0, 2)


def test_labels_that_make_the_same_word_keep_apart():
    def labelled(session: str, *labels: str) -> Told:
        faces = tuple(ev.Face(label=label, model="m", fingerprint="f") for label in labels)
        return told(entries(session, (replace(opened(), faces=faces),)))

    first, second = wide(labelled("a", "A/B", "!!"), labelled("b", "a b", "A_B"))
    models = {name for name in first if name.startswith("model_")}
    assert models == {"model_A_B", "model_A_B_2", "model_a_b_3", "model_agent"}
    assert sum(first[name] is not None for name in models) == 2 == sum(second[name] is not None for name in models)


def test_rows_of_a_parent_are_marked_in_a_fork():
    fork = ev.SessionForked(parent="one", at=4, prefix="", version="1")
    session = told(entries("two", (*everything()[:4], fork, *everything()[6:8])))
    assert picked(dicts("events", session), "inherited") == [(True,)] * 4 + [(False,)] * 3
    (row,) = wide(session)
    assert (row["forked_from"], row["fork_at"], row["status"]) == ("one", 4, "open")
    assert all(not row["inherited"] for row in dicts("events", sample()))


# -- the count ---------------------------------------------------------------------------------------------------------


def counted(session: Told) -> dict[str, Count]:
    """Rows and numbers as the tables have them."""
    found = {}
    for name, table in TABLES.items():
        rows = dicts(name, session)
        column = NUMBERS.get(name)
        there = None if column is None else sum(row[column] is not None for row in rows)
        assert len(rows) == sum(1 for _ in table.rows(session))
        found[name] = Count(rows=len(rows), numbers=there)
    return {**found, "sessions": Count(rows=1), "wide": Count(rows=1)}


@given(st.lists(st.sampled_from(LATER).flatmap(events_of), max_size=6))
def test_the_tables_of_any_session_are_what_sql_counts_in_it(events: list[ev.Event]):
    session = told(entries("any", (opened(), committed("Ash"), *events)))
    compare(counted_in_entries(session.entries), counted(session))
    places = {name: [(row["session"], row["seq"]) for row in dicts(name, session)] for name in TABLES}
    assert all(place == sorted(place) for place in places.values())
    for row in wide(session):
        assert all(not isinstance(cell, float) or math.isfinite(cell) for cell in row.values())


def test_the_count_in_the_log_is_that_in_the_entries_and_stops_where_the_export_does(tmp_path):
    recorded = entries("one", everything())
    with SessionLog(tmp_path / "log.db", environ={}) as log:
        log.append(recorded)
        log.append(entries("other", everything()[:9]))
    assert counted_in_log(log.path, "one", len(recorded)) == counted_in_entries(recorded)
    assert counted_in_log(log.path, "one", 5) == counted_in_entries(recorded[:5])


@pytest.mark.parametrize("table", [*TABLES, "sessions", "wide"])
def test_a_row_too_many_or_a_number_too_few_is_a_mismatch(table):
    right = counted(sample())
    compare(right, right)
    for wrong in (
        Count(rows=right[table].rows + 1, numbers=right[table].numbers),
        Count(rows=right[table].rows, numbers=-1),
    ):
        with pytest.raises(ExportMismatch, match=table):
            compare(right, {**right, table: wrong})
    with pytest.raises(ExportMismatch, match="nothing"):
        compare(right, {name: count for name, count in right.items() if name != table})


# -- the columns and their codebook ------------------------------------------------------------------------------------

TYPES: dict[str, tuple[type, ...]] = {
    "text": (str,),
    "words": (str,),
    "list": (str,),
    "time": (str,),
    "integer": (int,),
    "number": (float,),
    "flag": (bool,),
}


def all_headings() -> dict[str, Any]:
    measured = [measure(sample())]
    spreads = {name: spread(name, measured)[0] for name in WIDE_TABLES}
    return {**{name: table.headings for name, table in TABLES.items()}, **spreads}


def test_the_codebook_has_every_column_of_every_table_and_no_other():
    headings = all_headings()
    told_columns = [(row[0], row[1]) for row in codebook(headings, "csv", safe=False)]
    assert len(set(told_columns)) == len(told_columns)
    assert set(told_columns) == {
        (f"{name}.csv", heading.name) for name, columns in headings.items() for heading in columns
    }
    assert all(row[2] and row[4] for row in codebook(headings, "csv", safe=False)), "a type and a meaning each"


@given(st.lists(st.sampled_from(LATER).flatmap(events_of), max_size=4))
def test_cells_are_of_their_column_s_type_and_empty_only_where_the_codebook_says_what_that_means(events):
    session = told(entries("any", (*everything(), *events)), name="n")
    tables: list[tuple[str, Any, Iterable[Row]]] = [(n, t.headings, t.rows(session)) for n, t in TABLES.items()]
    tables += [(name, *spread(name, [measure(session)])) for name in WIDE_TABLES]
    unknown = {"option", "option_label"}  # a forecast of more options than the decision has
    for name, headings, rows in tables:
        for row in rows:
            for heading, cell in zip(headings, row, strict=True):
                if cell is None:
                    assert heading.missing or (name == "forecasts" and heading.name in unknown), (name, heading.name)
                else:
                    assert type(cell) in TYPES[heading.type], (name, heading.name, cell)


def test_the_codebook_says_what_becomes_of_formulas_and_line_breaks():
    rows = {(row[0], row[1]): row[2] for row in codebook(all_headings(), "csv", safe=False)}
    assert "line breaks" in str(rows["turns.csv", "text"])
    assert "unaltered" in str(rows["turns.csv", "text"])
    safe = {(row[0], row[1]): row[2] for row in codebook(all_headings(), "csv", safe=True)}
    assert "apostrophe" in str(safe["turns.csv", "text"])
    assert "apostrophe" not in str(safe["turns.csv", "seq"])


def test_no_two_columns_of_one_row_a_session_are_called_alike():
    names = [heading.name for heading in all_headings()["wide"]]
    assert len({name.casefold() for name in names}) == len(names)
    assert [column.heading.name for column in FIXED] == names[: len(FIXED)]


def test_every_long_table_begins_with_its_place():
    for table in LONG_TABLES:
        assert table.columns[: len(PLACE)] == PLACE
        for row in table.rows(sample()):
            assert row[: len(PLACE)] == tuple(
                column.read(At(told=sample(), entry=sample().entries[int(row[1])])) for column in PLACE
            )
