"""Exports of oTree: what a column is follows from its name, where a channel belongs from the files in the folder."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chatarena.arena import events as ev
from chatarena.errors import SourceDamaged, SourceUnknown
from chatarena.exchange.importing import ImportedSession, Source, read_source
from tests.exchange.importers.records import account_of, covers, folded, kinds, left, said, sessions_of, write

NOON = 1_772_366_400  # 2026-03-01T12:00:00 UTC
CHAT = ("session_code", "id_in_session", "participant_code", "channel", "nickname", "body", "timestamp")
TIMES = (
    *("session_code", "participant_id_in_session", "participant_code", "page_index", "app_name", "page_name"),
    *("epoch_time_completed", "round_number", "timeout_happened", "is_wait_page"),
)
PEOPLE = {"ann": 1, "ben": 2, "cat": 3, "dan": 4}

Cells = dict[str, object]


def table(rows: list[Cells], *first: str) -> str:
    """Rows as CSV with all columns that any of them has."""
    columns = list(dict.fromkeys([*first, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def who(code: str, session: str = "s1", **more: object) -> Cells:
    """What an export says of a participant, whatever the app."""
    return {
        "participant.id_in_session": PEOPLE[code],
        "participant.code": code,
        "participant.time_started_utc": "2026-03-01 12:00:00.500000",
        "participant._index_in_pages": 5,
        "participant._max_page_index": 9,
        "session.code": session,
        **{f"participant.{name}": value for name, value in more.items()},
    }


def sat(code: str, *, app: str = "", round: int = 1, group: int = 1, **fields: object) -> Cells:
    """A participant's cells in one app and round; without `app` as in the export of one app."""
    front = f"{app}.{round}." if app else ""
    return {
        **{f"{front}player.{name}": value for name, value in {"id_in_group": PEOPLE[code], **fields}.items()},
        f"{front}group.id_in_subsession": group,
        f"{front}subsession.round_number": round,
    }


def of_app(**fields: object) -> str:
    """The export of an app in which Ann sat alone."""
    return table([who("ann") | sat("ann", **fields)])


def wrote(code: str, seconds: float, channel: str = "7-jury-31", body: str = "", **more: object) -> Cells:
    values = ("s1", PEOPLE[code], code, channel, code.title(), body or f"{code} at {seconds}", NOON + seconds)
    return {**dict(zip(CHAT, values, strict=True)), **more}


def chat(*rows: Cells) -> str:
    return table(list(rows), *CHAT)


def left_page(code: str, index: int, app: str, round: int, seconds: int) -> Cells:
    values = ("s1", PEOPLE[code], code, index, app, "Page", NOON + seconds, round, 0, 0)
    return dict(zip(TIMES, values, strict=True))


def folder(path: Path, **files: str) -> dict[str, Source]:
    return {name: write(path, f"{name}.csv", text) for name, text in files.items()}


def one(session: ImportedSession) -> tuple[Any, ...]:
    """The facts in a session beside what was said: options, choice, ratings by phase, beliefs by phase."""
    seen = folded(session)
    return (
        seen.head.decision.option_ids,
        seen.choice and (seen.choice.option, seen.choice.confidence),
        [(given.phase, *(rating.value for rating in given.ratings)) for given in seen.ratings],
        [(given.phase, *given.probabilities) for given in seen.beliefs],
    )


# -- what a column is --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        pytest.param({"choice": "stay"}, (("stay",), ("stay", None), [], []), id="choice"),
        pytest.param({"final_decision": 2}, (("2",), ("2", None), [], []), id="decision"),
        pytest.param({"vote": 1, "choice": 2}, (("1",), ("1", None), [], []), id="the-first-counts"),
        pytest.param({"choice": "go", "confidence": 70.5}, (("go",), ("go", 70.5), [], []), id="confidence"),
        pytest.param(
            {"rating_go": 90, "rating_stay": 10, "choice": "GO"},
            (("go", "stay"), ("go", None), [("final", 90, 10)], []),
            id="ratings",
        ),
        pytest.param(
            {"prior_rating_go": 50, "prior_rating_stay": 0, "final_rating_stay": 20},
            (("go", "stay"), None, [("prior", 50, 0), ("final", None, 20)], []),
            id="ratings-before-and-after",
        ),
        pytest.param(
            {"rating_go": 101, "rating_stay": "much", "rating_run": ""},
            (("go", "stay", "run"), None, [("final", None, None, None)], []),
            id="no-ratings",
        ),
        pytest.param({"rating_go": 7, "rating_stay": 3}, (("go", "stay"), None, [("final", None, None)], []), id="1-7"),
        pytest.param(
            {"rating_go": "", "rating_stay": "", "choice": "go"}, (("go", "stay"), ("go", None), [], []), id="blank"
        ),
        pytest.param(
            {"belief_rain": 0.3, "belief_sun": 0.7, "reason": "x"}, ((), None, [], [("final", 0.3, 0.7)]), id="1"
        ),
        pytest.param(
            {"prior_belief_rain": 20, "prior_belief_sun": 80, "reason": "x"},
            ((), None, [], [("prior", 0.2, 0.8)]),
            id="100",
        ),
        pytest.param({"belief_rain": 0.3, "belief_sun": 0.3, "reason": "x"}, ((), None, [], []), id="no-sum"),
        pytest.param({"belief_rain": 1, "belief_sun": "", "reason": "x"}, ((), None, [], []), id="half-a-belief"),
        pytest.param(
            {"belief": 0.3, "belief_rain": 0.3, "rating_go": 1, "reason": "x"}, ((), None, [], []), id="alone"
        ),
    ],
)
def test_a_column_is_what_its_name_says(tmp_path: Path, fields: dict[str, object], expected: object) -> None:
    (session,) = sessions_of(write(tmp_path, "jury.csv", of_app(**fields)), "otree")
    assert one(session) == expected
    given = {f"player.{name}" for name, value in fields.items() if value != ""}
    # What is no fact is left behind, and the other way round.
    facts = len(expected[2]) + len(expected[3]) + (expected[1] is not None)  # type: ignore[index]
    assert bool(given - set(left([session]))) == bool(facts or "reason" in fields)


@pytest.mark.parametrize(
    ("fields", "where", "why"),
    [
        ({"rating_go": 1, "choice": "go"}, "player.rating_go", "there must be 2 to 12 of the kind rating_X"),
        ({"belief_rain": 1, "choice": "go"}, "player.belief_rain", "there must be 2 to 12 of the kind belief_X"),
        ({"rating_a": 90, "rating_b": 1, "choice": 1}, "player.choice", "is none of what was rated"),
        ({"choice": "x" * 201, "reason": "y"}, "player.choice", "are no options"),
        ({"choice": "go", "confidence": 3}, "player.confidence", "nobody gave more than 10"),
        ({"belief_a": 0.5, "belief_b": 0.6, "choice": "go"}, "player.belief_b", "sum to 1 or to 100"),
        ({"choice": "go", "age": 30}, "player.age", "knows no place"),
    ],
    ids=["one-rating", "one-belief", "another-choice", "long-choice", "short-scale", "no-sum", "other"],
)
def test_what_cannot_be_taken_for_it_says_why(tmp_path: Path, fields: Cells, where: str, why: str) -> None:
    (session,) = sessions_of(write(tmp_path, "jury.csv", of_app(**fields)), "otree")
    (found,) = (item for item in account_of(session).unmapped if item.where == where)
    assert why in found.why
    assert found.sample == f'"{fields[where.removeprefix("player.")]}"'[:79] + ("…" if len(found.sample) == 80 else "")


def test_a_rating_that_is_none_keeps_what_stood_there(tmp_path: Path) -> None:
    rows = [
        who("ann") | sat("ann", rating_go=7, rating_stay="", prior_rating_go="much"),
        who("ben") | sat("ben", rating_go=8, rating_stay=1, prior_rating_go=2),
    ]
    first, _ = sessions_of(write(tmp_path, "jury.csv", table(rows)), "otree")
    prior, final = folded(first).ratings
    assert [rating.absence for rating in prior.ratings] == ["not a number: 'much'", "not asked for"]
    assert [rating.absence for rating in final.ratings] == [
        "7: the file does not say of which scale, and nobody gave more than 10",
        "left out",
    ]


def test_options_are_what_anybody_chose_where_nothing_was_rated(tmp_path: Path) -> None:
    rows = [
        who(code) | sat(code, choice=choice) for code, choice in (("ann", 10), ("ben", 9), ("cat", "x"), ("dan", 9))
    ]
    sessions = sessions_of(write(tmp_path, "jury.csv", table(rows)), "otree")
    assert {folded(session).head.decision.option_ids for session in sessions} == {("9", "10", "x")}
    many = [who("ann") | sat("ann", round=number, choice=number, reason="why not") for number in range(1, 14)]
    found = sessions_of(write(tmp_path, "many.csv", table(many)), "otree")
    assert {folded(session).head.decision.options for session in found} == {()}
    assert left(found)["player.choice"] == 13


def test_words_and_the_order_of_it_all(tmp_path: Path) -> None:
    fields = {
        "comment_on_ann": "Nice.",
        "choice": "go",
        "reason": "It is sure.",
        "prior_rating_go": 50,
        "rating_go": 80,
    }
    rows = [who("ann") | sat("ann", **fields, rating_stay=20)]
    files = folder(tmp_path, jury=table(rows), chat=chat(wrote("ann", 5)))
    (session,) = sessions_of(files["jury"], "otree")
    assert kinds(session) == [
        "ratings_given",
        "participant_spoke",
        "ratings_given",
        "choice_made",
        "participant_spoke",
        "participant_spoke",
        "session_closed",
    ]
    assert said(session) == [("you", "ann at 5"), ("you", "Nice."), ("you", "It is sure.")]
    assert session.entries[0].at == NOON + 0.5
    assert "What oTree asked is not in its exports." in " ".join(account_of(session).remarks)


@pytest.mark.parametrize(
    ("more", "fields", "status"),
    [
        ({}, {"prior_rating_a": 20, "prior_rating_b": 30}, "partial"),
        ({}, {"choice": "a"}, "complete"),
        ({"_index_in_pages": 10}, {"prior_rating_a": 20, "prior_rating_b": 30}, "complete"),
    ],
    ids=["broke-off", "chose", "came-to-the-end"],
)
def test_who_broke_off_has_a_partial_session(tmp_path: Path, more: Cells, fields: Cells, status: str) -> None:
    rows = [who("ann", **more) | sat("ann", **fields)]
    (session,) = sessions_of(write(tmp_path, "jury.csv", table(rows)), "otree")
    closed = folded(session).closed
    assert closed is not None and closed.status == status


# -- which export it is ------------------------------------------------------------------------------------------------


def both(**more: object) -> dict[str, str]:
    """Two rounds of one app, as the export of all apps and as that of the app, and a survey beside it."""
    rounds = [
        (code, number, {"choice": choice, "group": 1 + (PEOPLE[code] > 2)})
        for code, choice in (("ann", "go"), ("ben", "stay"), ("cat", "go"))
        for number in (1, 2)
    ]
    wide: dict[str, Cells] = {}
    for code, number, fields in rounds:
        row = wide.setdefault(code, who(code, **more) | {"session.config.name": "jury"})
        row |= sat(code, app="jury", round=number, **fields)
    for code in ("ann", "dan"):
        wide.setdefault(code, who(code)).update(sat(code, app="survey", age=30))
    single = [who(code, **more) | sat(code, round=number, **fields) for code, number, fields in rounds]
    return {"all_apps_wide": table(list(wide.values())), "jury": table(single)}


def test_the_export_of_all_apps_and_that_of_one_give_the_same_sessions(tmp_path: Path) -> None:
    files = folder(tmp_path, **both())
    wide, single = (sessions_of(files[name], "otree") for name in ("all_apps_wide", "jury"))
    assert {session.id for session in wide} == {session.id for session in single}
    assert len(wide) == 6
    assert {account_of(session).key for session in wide} == {
        f"s1/{code}/jury/round {number}" for code in ("ann", "ben", "cat") for number in (1, 2)
    }
    # Of the survey and of Dan, who did nothing else, nothing is lost.
    behind = left(wide)
    assert behind["survey.1.player.age"] == 2
    assert behind["session.config.name"] == 6
    assert "participant.code" in behind and "participant.code" not in left(single)


@pytest.mark.parametrize(
    "name",
    ["jury-2026-03-02", "jury_2026-03-02", "jury (accessed 2020-01-01)", "jury (1)", "jury-2026-03-02 (2)"],
)
def test_the_app_is_called_as_its_file_without_the_date(tmp_path: Path, name: str) -> None:
    (session,) = sessions_of(write(tmp_path, f"{name}.csv", of_app(choice="go")), "otree")
    assert account_of(session).key == "s1/ann/jury/round 1"
    (plain,) = sessions_of(write(tmp_path, "jury.csv", of_app(choice="go")), "otree")
    assert plain.id == session.id


@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "for-excel"])
@pytest.mark.parametrize("quote", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL], ids=["bare", "quoted"])
def test_a_byte_order_mark_and_quotes_change_nothing(tmp_path: Path, mark: str, quote: int) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=quote).writerows(csv.reader(io.StringIO(of_app(choice="go"))))  # type: ignore[arg-type]
    (session,) = sessions_of(write(tmp_path, "jury.csv", mark + text.getvalue()), "otree")
    assert session.id == sessions_of(write(tmp_path / "b", "jury.csv", of_app(choice="go")), "otree")[0].id


def test_an_id_changes_with_what_is_told_of_the_participant_and_with_nothing_else(tmp_path: Path) -> None:
    rows = [who(code) | sat(code, choice="go", rating_go=90, rating_stay=5) for code in ("ann", "ben")]
    first = sessions_of(write(tmp_path, "jury.csv", table(rows[:1])), "otree")[0]
    assert sessions_of(write(tmp_path, "jury.csv", table(rows)), "otree")[0].id == first.id
    rows[0]["player.rating_go"] = 91
    assert sessions_of(write(tmp_path, "jury.csv", table(rows)), "otree")[0].id != first.id


def test_who_somebody_is_outside_is_not_shown(tmp_path: Path) -> None:
    rows = [who("ann", label="P-5021", mturk_worker_id="W77") | sat("ann", choice="go")]
    (session,) = sessions_of(write(tmp_path, "jury.csv", table(rows)), "otree")
    assert left([session])["participant.label"] == left([session])["participant.mturk_worker_id"] == 1
    assert "P-5021" not in str(session) and "W77" not in str(session)


# -- where a channel belongs -------------------------------------------------------------------------------------------


def jury(*, rounds: int = 1, wide: bool = True, apps: tuple[str, ...] = ("jury",)) -> dict[str, str]:
    """Ann and Ben are one group, Cat and Dan another, in every app and round."""
    rows: list[Cells] = []
    for code, number in PEOPLE.items():
        places = [(app, round) for app in apps for round in range(1, rounds + 1)]
        cells = [sat(code, app=app if wide else "", round=round, group=1 + (number > 2)) for app, round in places]
        rows += (
            [who(code) | {k: v for row in cells for k, v in row.items()}] if wide else [who(code) | c for c in cells]
        )
    return {"all_apps_wide" if wide else apps[0]: table(rows)}


def times(*, round_two_at: int = 100) -> str:
    """Round 1 until then, round 2 behind it, for everybody."""
    rows = []
    for code in PEOPLE:
        rows += [left_page(code, 0, "", 1, 1), left_page(code, 1, "jury", 1, round_two_at)]
        rows += [left_page(code, 2, "jury", 2, round_two_at + 50)]
    return table(rows, *TIMES)


def hearers(sessions: tuple[ImportedSession, ...]) -> dict[str, list[str]]:
    """What was said in whose session, by the participant and the round."""
    return {
        "/".join(account_of(session).key.split("/")[1::2]): [text for _, text in said(session)] for session in sessions
    }


@pytest.mark.parametrize(
    ("files", "messages", "expected"),
    [
        pytest.param(jury(), [wrote("ann", 5)], ["ann/round 1", "ben/round 1"], id="by-writer"),
        pytest.param(jury(wide=False), [wrote("ann", 5)], ["ann/round 1", "ben/round 1"], id="one-app-by-name"),
        pytest.param(jury(), [wrote("ann", 5, "7-x-31")], ["ann/round 1", "ben/round 1"], id="other-name-in-addresses"),
        pytest.param(jury(wide=False), [wrote("ann", 5, "7-x-31")], [], id="one-app-and-another-name"),
        pytest.param(jury(apps=("jury", "talk")), [wrote("ann", 5, "7-x-31")], [], id="either-app"),
        pytest.param(
            jury(apps=("jury", "talk")), [wrote("ann", 5, "7-talk-31")], ["ann/round 1", "ben/round 1"], id="named-app"
        ),
        pytest.param(jury(rounds=2), [wrote("ann", 5)], [], id="either-round"),
        pytest.param(
            jury(rounds=2) | {"times": times()}, [wrote("ann", 105)], ["ann/round 2", "ben/round 2"], id="round-by-time"
        ),
        pytest.param(
            jury(rounds=2, wide=False) | {"times": times()},
            [wrote("ann", 5, "7-x-31")],
            ["ann/round 1", "ben/round 1"],
            id="one-app-by-time",
        ),
        pytest.param(
            jury(rounds=2) | {"times": times()},
            [wrote("ann", 99.5)],
            ["ann/round 1", "ben/round 1"],
            id="just-before-the-next",
        ),
        pytest.param(jury(rounds=2) | {"times": times()}, [wrote("ann", 100.5)], [], id="within-the-second-between"),
        pytest.param(jury(rounds=2) | {"times": times()}, [wrote("ann", 5), wrote("ben", 105)], [], id="across-rounds"),
        pytest.param(jury() | {"times": times()}, [wrote("ann", 500)], [], id="nobody-left-the-page"),
        pytest.param(
            jury(rounds=2) | {"times": times()},
            [wrote("ben", 120), wrote("ann", 500)],
            ["ann/round 2", "ben/round 2"],
            id="one-left-the-page",
        ),
        pytest.param(jury(), [wrote("ann", 5), wrote("cat", 6)], [], id="across-groups"),
        pytest.param(jury(), [wrote("ann", 5, "7-jury-private")], ["ann/round 1"], id="not-of-the-whole-group"),
        pytest.param(jury(), [wrote("ann", 5, session_code="s2")], [], id="another-session"),
    ],
)
def test_a_channel_belongs_to_the_one_group_that_it_can_be_of(
    tmp_path: Path, files: dict[str, str], messages: list[Cells], expected: list[str]
) -> None:
    sources = folder(tmp_path, **files, chat=chat(*messages))
    data = next(source for name, source in sources.items() if name not in ("times", "chat"))
    apart = sessions_of(sources["chat"], "otree")
    if expected:
        heard = hearers(sessions_of(data, "otree"))
        assert heard == {key: [row["body"] for row in messages] for key in expected}
        assert apart == ()
    else:
        with pytest.raises(SourceUnknown, match="no debate"):
            read_source(data)
        assert [text for session in apart for _, text in said(session)] == [row["body"] for row in messages]
        assert {folded(session).head.settings.participant for session in apart} == {False}


def test_the_chat_is_the_participants_own_words_and_those_of_the_others(tmp_path: Path) -> None:
    messages = [
        wrote("ben", 20, nickname="Ann"),
        wrote("ann", 10),
        wrote("ann", 30.5, nickname="Annie"),
        wrote("ben", 40, nickname="Ann"),
    ]
    files = folder(tmp_path, **jury(), chat=chat(*messages))
    ann, ben = sessions_of(files["all_apps_wide"], "otree")
    assert said(ann) == [
        ("you", "ann at 10"),
        ("Ann (2)", "ben at 20"),
        ("you", "ann at 30.5"),
        ("Ann (2)", "ben at 40"),
    ]
    assert said(ben) == [
        ("Ann", "ann at 10"),
        ("you", "ben at 20"),
        ("Ann", "ann at 30.5"),
        ("you", "ben at 40"),
    ]
    spoken = [entry.at - NOON for entry in ann.entries if entry.event.kind in ("turn_taken", "participant_spoke")]
    assert spoken == [10, 20, 30.5, 40]
    assert folded(ann).commitment("Ann (2)").agent.model == "human"
    remarks = account_of(ann).remarks
    assert {"In the chat Ann is the participant.", "In the chat Ann (2) is participant 2, ben."} <= set(remarks)
    assert "Ann also wrote under the name Annie." in remarks
    assert not [where for where in left([ann, ben]) if where.startswith("chat")]


def test_who_wrote_nothing_heard_it_and_a_remark_says_that_this_is_assumed(tmp_path: Path) -> None:
    files = folder(tmp_path, **jury(), chat=chat(wrote("ann", 10)))
    _, ben = sessions_of(files["all_apps_wide"], "otree")
    assert said(ben) == [("Ann", "ann at 10")]
    assert any("is assumed" in remark for remark in account_of(ben).remarks)


def test_of_two_channels_in_one_talk_which_was_which_is_left_behind(tmp_path: Path) -> None:
    files = folder(tmp_path, **jury(), chat=chat(wrote("ann", 10), wrote("ann", 20, "7-jury-me-you"), wrote("ben", 30)))
    ann, ben = sessions_of(files["all_apps_wide"], "otree")
    assert [text for _, text in said(ann)] == ["ann at 10", "ann at 20", "ben at 30"]
    assert [text for _, text in said(ben)] == ["ann at 10", "ben at 30"]
    assert (left([ann])["chat[].channel"], "chat[].channel" in left([ben])) == (3, False)


def test_two_downloads_of_one_chat_count_once(tmp_path: Path) -> None:
    first, second = wrote("ann", 10), wrote("ben", 20)
    files = folder(tmp_path, **jury(), chat=chat(first), chat_later=chat(first, second))
    ann, _ = sessions_of(files["all_apps_wide"], "otree")
    assert [text for _, text in said(ann)] == ["ann at 10", "ben at 20"]


def test_page_times_say_when_what_has_no_time_was_given(tmp_path: Path) -> None:
    row = who("ann") | sat("ann", prior_rating_a=20, prior_rating_b=30, choice="a")
    pages = table([left_page("ann", 0, "", 1, 3), left_page("ann", 1, "jury", 1, 60)], *TIMES)
    files = folder(tmp_path, jury=table([row]), times=pages)
    (session,) = sessions_of(files["jury"], "otree")
    at = {entry.event.kind: entry.at - NOON for entry in session.entries}
    assert (at["session_opened"], at["ratings_given"], at["choice_made"]) == (0.5, 3, 60)
    assert sessions_of(files["times"], "otree") == ()


def test_within_a_second_page_times_put_nothing_out_of_order(tmp_path: Path) -> None:
    row = who("ann") | sat("ann", prior_rating_a=20, prior_rating_b=30, choice="a")
    pages = table([left_page("ann", 0, "", 1, 0), left_page("ann", 1, "jury", 1, 60)], *TIMES)
    files = folder(tmp_path, jury=table([row]), times=pages, chat=chat(wrote("ann", 60.5)))
    (session,) = sessions_of(files["jury"], "otree")
    at = {entry.event.kind: entry.at - NOON for entry in session.entries}
    assert (at["ratings_given"], at["participant_spoke"], at["choice_made"]) == (0.5, 60.5, 60.5)
    assert not any("came earlier" in remark for remark in account_of(session).remarks)


def test_a_chat_alone_is_a_session_for_each_channel(tmp_path: Path) -> None:
    source = write(tmp_path, "chat.csv", chat(wrote("ann", 1), wrote("cat", 2, "7-jury-32"), wrote("ben", 3)))
    first, second = sessions_of(source, "otree")
    assert said(first) == [("Ann", "ann at 1"), ("Ben", "ben at 3")]
    assert said(second) == [("Cat", "cat at 2")]
    assert (account_of(first).key, first.entries[0].at, dict(first.counts)) == (
        "s1/chat/7-jury-31",
        NOON + 1,
        {"messages": 2},
    )
    assert account_of(first).unmapped == ()


# -- what is no debate, and what is damaged ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (of_app(age=30), "no debate: by the names of its columns nobody chose"),
        (of_app(choice="", reason=" "), "no debate"),
        (table([who("ann")]), "no debate"),
        (chat(), "nobody wrote anything"),
        (table([left_page("ann", 1, "jury", 1, 5)]), "when participants left their pages"),
    ],
    ids=["survey", "nothing-given", "no-app", "silent-chat", "page-times-alone"],
)
def test_what_is_no_debate_says_so(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceUnknown, match=message):
        read_source(write(tmp_path, "jury.csv", text))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (of_app(choice="go") + "1,2\n", "line 3 has 2 cells, its header 10"),
        (of_app(choice='a"b').replace('""', '"'), "is no CSV from line 2 on"),
        (table([who("ann") | {"participant.code": ""} | sat("ann")]), "line 2 names no participant"),
        (table([who("ann", session="") | sat("ann")]), "line 2 names no session"),
        (table([who("ann") | sat("ann") | {"subsession.round_number": "last"}]), "line 2 does not say which round"),
        (chat(wrote("ann", 1, timestamp="soon")), "line 2 holds 'soon' for a time"),
        (chat(wrote("ann", 1, timestamp="nan")), "which is not in seconds since 1970"),
        (chat(wrote("ann", 1, channel="")), "line 2 has no channel"),
    ],
    ids=["short-row", "quotes", "no-code", "no-session", "no-round", "no-time", "nan", "no-channel"],
)
def test_damage_is_named_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SourceDamaged) as caught:
        read_source(write(tmp_path, "jury.csv", text))
    assert caught.value.message.startswith("jury.csv: ") and message in caught.value.message


def test_a_damaged_neighbour_is_named(tmp_path: Path) -> None:
    files = folder(tmp_path, jury=of_app(choice="go"), chat=chat(wrote("ann", 1, timestamp="soon")))
    with pytest.raises(SourceDamaged, match=r"jury\.csv: cannot be read without chat\.csv beside it, which line 2"):
        read_source(files["jury"])


@pytest.mark.parametrize("name", ["jury.csv", "jury.txt", "jury.json"])
def test_other_tables_are_not_its_own(tmp_path: Path, name: str) -> None:
    text = "a,b\n1,2\n" if name == "jury.csv" else of_app(choice="go")
    with pytest.raises(SourceUnknown):
        read_source(write(tmp_path, name, text), "otree")


# -- nothing is dropped ------------------------------------------------------------------------------------------------

NAMES = st.text("pqz_.", min_size=1, max_size=6)
PLACES = ("participant.", "session.", "jury.1.player.", "jury.1.group.", "jury.1.subsession.", "survey.1.player.", "")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(
    added=st.dictionaries(st.tuples(st.sampled_from(PLACES), NAMES), st.text("ab ", min_size=1, max_size=3), max_size=5)
)
def test_a_column_that_nobody_knows_is_listed(tmp_path: Path, added: dict[tuple[str, str], str]) -> None:
    row = who("ann") | sat("ann", app="jury", choice="go") | sat("ann", app="survey", age=30)
    row |= {place + name: value for (place, name), value in added.items()}
    sessions = sessions_of(write(tmp_path, "all.csv", table([row])), "otree")
    found = [item.where for session in sessions for item in account_of(session).unmapped]
    for place, name in added:
        where = f"added.{name}" if not place else place.removeprefix("jury.1.") + name
        assert any(covers(item, where) for item in found), (where, found)


def test_what_is_read_is_not_listed(tmp_path: Path) -> None:
    fields = {
        "choice": "a",
        "confidence": 50,
        "rating_a": 20,
        "rating_b": 30,
        "belief_x": 1,
        "belief_y": 0,
        "reason": "z",
    }
    files = folder(tmp_path, jury=of_app(**fields), chat=chat(wrote("ann", 1)))
    (session,) = sessions_of(files["jury"], "otree")
    assert left([session]) == {"participant.id_in_session": 1, "player.id_in_group": 1}
    (session,) = sessions_of(write(tmp_path / "alone", "jury.csv", of_app(**fields, role="judge")), "otree")
    assert left([session]) == {"participant.id_in_session": 1, "player.id_in_group": 1}


def test_a_column_that_stands_twice_is_listed(tmp_path: Path) -> None:
    text = of_app(choice="go", age=30).replace("player.age", "player.choice")
    (session,) = sessions_of(write(tmp_path, "jury.csv", text), "otree")
    assert folded(session).choice == ev.ChoiceMade(option="go")
    assert left([session])["player.choice (2)"] == 1
