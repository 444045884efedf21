"""`sessions`: the verbs that change something or keep house, over sessions that were really played."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from chatarena.arena import events as ev
from chatarena.arena.agent import Agent
from chatarena.arena.decision import Decision, Option, State
from chatarena.arena.moves import Ask
from chatarena.arena.protocol import Protocol
from chatarena.arena.session import Session
from chatarena.arena.settings import Settings
from chatarena.cli.home import Paths
from chatarena.errors import ProviderUnavailable
from chatarena.language_model.cache import Cached, ResponseCache, cache_key
from chatarena.language_model.port import Request
from chatarena.language_model.scripted import Reply, ScriptedModel
from chatarena.session_log.chain import chain_hash
from chatarena.session_log.queries import QUERIES
from chatarena.session_log.store import SessionLog
from tests.cli.conftest import Chatarena, write_config
from tests.support.instant_loop import instantly
from tests.support.sessions import DECISION, cast, opening
from tests.support.worlds import Run, ScriptedParticipant, answer

# The character stands nowhere else. Its three bytes are in every trigram of the search index that it is part of.
RARE = "龘"
TRACES = (RARE.encode(), b"zqxj", json.dumps(RARE)[1:-1].encode())
FIRST, SECOND, THIRD = "01AAAAAAAAAAAAAAAAAAAAAAAA", "01BBBBBBBBBBBBBBBBBBBBBBBB", "01BCCCCCCCCCCCCCCCCCCCCCCC"


class Marks:
    """Texts, each with a mark of its own, and all marks that were given out."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, what: str) -> str:
        self.given.append(f"{RARE}zqxj{len(self.given):03}{RARE}")
        return f"{what} {self.given[-1]}"


def marked(mark: Marks) -> tuple[ev.Event, ...]:
    """The opening of a session with a mark in every text."""
    decision = Decision(
        question=mark("Where to"),
        context=mark("We wonder"),
        options=tuple(Option(id=key, label=mark(key), detail=mark("detail")) for key in ("here", "there")),
        states=tuple(State(id=key, label=mark(key), probability=0.5) for key in ("wet", "dry")),
    )
    agents = tuple(
        Agent(
            name=f"agent-{label.lower()}",
            label=label,
            objective=mark("You want"),
            persona=mark("You are"),
            evidence=(mark("You know"),),
            model="openai/marked",
        )
        for label in ("Ash", "Birch", "Cedar")
    )
    settings = Settings(appraise=("verbal",))
    return opening(3, decision=decision, agents=agents, protocol=Protocol(rounds=1), settings=settings)


def marking(mark: Marks) -> ScriptedModel:
    """Puts a mark into everything that it says; Cedar breaks off."""

    def reply(request: Request) -> Reply:
        if request.lane == "Cedar" and not request.schema:
            return Reply(text=mark("half of it"), error=ProviderUnavailable(mark("down")), after=4)
        if request.schema:
            keys = json.loads(request.schema)["required"]
            return Reply(text=f"{json.dumps(dict.fromkeys(keys, 40))} {mark('I add')}")
        return Reply(text=mark("I say that this is how it is,"))

    return ScriptedModel(reply)


def remarks(mark: Marks) -> ScriptedParticipant:
    def does(ask: Ask, session: Session) -> tuple[ev.Event, ...]:
        if ask.what != "floor":
            return ()
        return (ev.ParticipantSpoke(text=mark("I wonder"), round=ask.round), ev.FloorPassed(round=ask.round))

    return ScriptedParticipant(does)


def played(session: str, run: Run, events: tuple[ev.Event, ...]) -> tuple[ev.Entry, ...]:
    instantly(run.play(events))
    return tuple(replace(entry, session=session) for entry in run.recorded)


@pytest.fixture
def log(home: Paths) -> Iterator[SessionLog]:
    with SessionLog(home.database, environ={}) as opened:
        yield opened


def content(home: Paths) -> bytes:
    """All that the log and the kept replies hold, names of files included."""
    files = [*home.database.parent.iterdir(), *(path for path in home.cache_dir.rglob("*") if path.is_file())]
    return b"\n".join(path.name.encode() + b"\n" + path.read_bytes() for path in files)


def kept_session(home: Paths, log: SessionLog) -> None:
    cached = Cached(ScriptedModel(answer), ResponseCache(home.cache_dir))
    log.append(played("KEPT", Run(cached), opening(2, agents=cast(2, "openai/kept"))))


# -- rm ----------------------------------------------------------------------------------------------------------------

ADDRESSES = {
    "kept by this version": ("http://127.0.0.1:9/v1", False),
    "kept by an earlier one at an address that is set": ("http://127.0.0.1:9/v1", True),
    "kept by an earlier one at the provider's own": ("", True),
    "kept by an earlier one at an address that nobody knows": ("http://127.0.0.1:7/v1", True),
}


@pytest.mark.parametrize(("address", "old"), ADDRESSES.values(), ids=ADDRESSES)
def test_rm_leaves_not_a_word_of_the_session(chatarena: Chatarena, home: Paths, address: str, old: bool) -> None:
    write_config(home, '[models]\napi_base = { "openai/marked" = "http://127.0.0.1:9/v1" }\n')
    mark = Marks()
    cached = Cached(marking(mark), ResponseCache(home.cache_dir), address=lambda _: address)
    entries = played(FIRST, Run(cached, remarks(mark)), marked(mark))
    with SessionLog(home.database, environ={}) as log:
        for entry in entries:
            log.append((entry,))
        log.rename(FIRST, mark("My name for it"))
        log.tag(FIRST, add=(mark("tag"), mark("other")))
        kept_session(home, log)
        log.compact()
    if old:
        forget_requests(home)
    replies = len(list(home.cache_dir.rglob("*.json")))
    before = content(home)
    for given in mark.given:
        spelled = (given.encode(), json.dumps(given)[1:-1].encode())
        assert any(one in before for one in spelled), f"or looking for {given} proves nothing"
    done = chatarena("sessions", "rm", FIRST, "--yes", "--json")
    assert done.code == 0
    after = content(home)
    for trace in (*TRACES, FIRST.encode()):
        assert trace not in after
    assert done.data["deleted"] == [FIRST]
    assert replies - done.data["replies_deleted"] == len(list(home.cache_dir.rglob("*.json"))) > 0
    with SessionLog(home.database, environ={}) as log:
        assert [listed.id for listed in log.sessions()] == ["KEPT"]
        assert ResponseCache(home.cache_dir).stats().entries == len(log.replies(["KEPT"]).requests)


def forget_requests(home: Paths) -> None:
    """Makes the kept replies what the first version wrote."""
    for path in home.cache_dir.rglob("*.json"):
        entry = json.loads(path.read_bytes())
        del entry["request"]
        path.write_text(json.dumps(entry))


@pytest.mark.parametrize("old", [False, True], ids=["kept by this version", "kept by an earlier one"])
def test_a_reply_that_another_session_used_stays_and_rm_says_so(chatarena: Chatarena, home: Paths, old: bool) -> None:
    script = ScriptedModel(answer)
    cached = Cached(script, ResponseCache(home.cache_dir))
    events = opening(2, agents=cast(2, "openai/kept"), protocol=Protocol(rounds=1))
    with SessionLog(home.database, environ={}) as log:
        log.append(played(FIRST, Run(cached), events))
        log.append(played(SECOND, Run(cached), events))
        calls = len(log.replies([FIRST]).requests)
    assert len(script.requests) == calls, "the second session was told the same"
    if old:
        forget_requests(home)
    done = chatarena("sessions", "rm", FIRST, "--yes")
    assert done.out == f"{FIRST}\n"
    assert f"replies to {calls} of its calls stay" in done.err
    assert ResponseCache(home.cache_dir).stats().entries == calls
    assert chatarena("sessions", "rm", SECOND, "--yes", "--json").data == {
        "deleted": [SECOND],
        "forks_left": [],
        "replies_deleted": calls,
        "replies_shared": 0,
    }
    assert ResponseCache(home.cache_dir).stats().entries == 0


def test_replies_that_cannot_be_deleted_keep_the_session(
    chatarena: Chatarena, home: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    with SessionLog(home.database, environ={}) as log:
        kept_session(home, log)
    # A folder in the place of a reply cannot be unlinked by anybody.
    stuck = home.cache_dir / "ab" / f"{'ab' * 32}.json"
    stuck.mkdir(parents=True)
    done = chatarena("sessions", "rm", "KEPT", "--yes")
    assert (done.code, done.out) == (1, "")
    assert "still there" in done.err
    assert [row["id"] for row in chatarena("sessions", "--json").data] == ["KEPT"]
    stuck.rmdir()
    assert chatarena("sessions", "rm", "KEPT", "--yes").code == 0


def forked(log: SessionLog, parent: str, child: str) -> None:
    shared = log.entries(parent)[:8]
    fork = ev.SessionForked(parent=parent, at=8, prefix=chain_hash(shared), version="0")
    log.append(tuple(replace(entry, session=child) for entry in shared))
    log.append((ev.Entry(session=child, seq=8, at=shared[-1].at + 1, elapsed=0.0, event=fork),))


def test_rm_says_which_forks_hold_copies(chatarena: Chatarena, home: Paths, log: SessionLog) -> None:
    kept_session(home, log)
    forked(log, "KEPT", SECOND)
    forked(log, SECOND, THIRD)
    done = chatarena("sessions", "rm", "KEPT", "--yes", "--json")
    assert (done.data["deleted"], done.data["forks_left"]) == (["KEPT"], [SECOND, THIRD])
    assert f"2 forks hold copies of its beginning: {SECOND}, {THIRD}. They stay; --with-forks" in done.err
    assert done.data["replies_shared"] == len(log.replies([SECOND]).requests) > 0, "the copied calls"
    done = chatarena("sessions", "rm", SECOND, "--yes", "--with-forks")
    assert done.out.split() == [SECOND, THIRD]
    assert "They go with it" in done.err
    assert log.sessions() == ()
    assert ResponseCache(home.cache_dir).stats().entries == 0
    assert DECISION.question.encode() not in content(home)


# -- names and tags ----------------------------------------------------------------------------------------------------


def test_tags_and_names_are_set_shown_listed_and_found(chatarena: Chatarena, home: Paths, log: SessionLog) -> None:
    kept_session(home, log)
    assert "tags" not in chatarena("sessions").out
    assert chatarena("sessions", "tag", "last", "pilot", "two words").out == "pilot\ntwo words\n"
    done = chatarena("sessions", "tag", "KEPT", "thesis", "--remove", "pilot", "nothing", "--json")
    assert done.data == {"session": "KEPT", "name": "", "tags": ["thesis", "two words"]}
    assert chatarena("sessions", "rename", "KEPT", "The", "city \x1b[31mquestion").out == "The city question\n"
    assert chatarena("sessions", "tag", "KEPT").out == "thesis\ntwo words\n"
    header, row = chatarena("sessions").out.splitlines()
    assert header.split()[4:6] == ["name", "tags"]
    assert "#thesis #two words" in row
    assert [row["id"] for row in chatarena("sessions", "list", "--tag", "thesis", "--json").data] == ["KEPT"]
    assert chatarena("sessions", "list", "--tag", "pilot").err == "No session is like that.\n"
    for query in ("thesis", "city question", "#two"):
        (hit, *_) = chatarena("sessions", "search", query, "--json").data
        assert (hit["session"], hit["kind"]) == ("KEPT", "note")
    assert "its name" in chatarena("sessions", "search", "thesis").out
    found = chatarena("sessions", "search", "Oslo").out.splitlines()
    assert found[0].split() == ["session", "when", "name", "tags", "who", "words"]
    assert "The city question" in found[1] and "#thesis" in found[1]
    shown = chatarena("sessions", "show", "KEPT", "--json").data
    assert (shown["session"], shown["tags"]) == ("KEPT", ["thesis", "two words"])
    assert chatarena("sessions", "rename", "KEPT", "").out == "\n"
    assert chatarena("sessions", "--json").data[0]["name"] == ""


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(("tag", "KEPT", " "), id="blank tag"),
        pytest.param(("tag", "KEPT", "x" * 81), id="long tag"),
        pytest.param(("rename", "KEPT", "x" * 81), id="long name"),
        pytest.param(("rename", "KEPT"), id="no name"),
        pytest.param(("tag",), id="no session"),
        pytest.param(("tag", "OTHER", "x"), id="no such session"),
        pytest.param(("rename", "OTHER", "x"), id="no such session to name"),
        pytest.param(("list", "--since", "yesterday"), id="no such time"),
        pytest.param(("list", "--since", "9999999999w"), id="before all time"),
        pytest.param(("merge",), id="merge nothing"),
        pytest.param(("backup",), id="back up to nowhere"),
    ],
)
def test_wrong_calls_exit_2_and_change_nothing(
    chatarena: Chatarena, home: Paths, log: SessionLog, words: tuple[str, ...]
) -> None:
    kept_session(home, log)
    before = (log.sessions(), log.annotations("KEPT"))
    done = chatarena("sessions", *words)
    assert (done.code, done.out) == (2, "")
    assert done.err
    assert (log.sessions(), log.annotations("KEPT")) == before


# -- the whole file ----------------------------------------------------------------------------------------------------


def test_merge_brings_in_another_machines_sessions(chatarena: Chatarena, home: Paths, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    with SessionLog(other, environ={}) as log:
        kept_session(home, log)
        log.append(played(FIRST, Run(), opening(2)))
    assert not home.database.exists()
    done = chatarena("sessions", "merge", str(other), "--json")
    assert (done.code, done.data) == (0, {"added": [FIRST, "KEPT"], "extended": [], "known": [], "conflicts": []})
    assert chatarena("sessions", "merge", str(other)).err == (
        "0 added, 0 extended, 2 known, 0 that differ and were left alone\n"
    )
    with SessionLog(other, environ={}) as log:
        log.delete(FIRST)
        log.append(played(FIRST, Run(), opening(3)))
    done = chatarena("sessions", "merge", str(other))
    assert done.code == 1
    assert done.out.splitlines()[1].split() == [FIRST, "differs", "from", "entry", "0", "on"]
    done = chatarena("sessions", "merge", str(other), "--json")
    assert json.loads(done.out)["status"] == "failed"
    assert done.data["conflicts"] == [{"session": FIRST, "seq": 0}]


def test_merge_of_what_is_no_log_is_an_error(chatarena: Chatarena, home: Paths, tmp_path: Path) -> None:
    for path in (tmp_path / "none.db", tmp_path):
        done = chatarena("sessions", "merge", str(path))
        assert (done.code, done.out) == (1, "")
        assert str(path) in done.err


def test_a_backup_is_a_log(chatarena: Chatarena, home: Paths, log: SessionLog, tmp_path: Path) -> None:
    kept_session(home, log)
    copy = tmp_path / "copy.db"
    done = chatarena("sessions", "backup", str(copy))
    assert (done.code, done.out) == (0, f"{copy}\n")
    with SessionLog(copy, environ={}) as backup:
        assert backup.sessions() == log.sessions()
    again = chatarena("sessions", "backup", str(copy))
    assert (again.code, again.out) == (1, "")
    assert "exists already" in again.err
    second = tmp_path / "second.db"
    done = chatarena("sessions", "backup", str(second), "--json")
    assert done.data == {"file": str(second), "bytes": second.stat().st_size}


def test_vacuum_gives_space_back(chatarena: Chatarena, home: Paths, log: SessionLog) -> None:
    kept_session(home, log)
    log._connection.execute("CREATE TABLE filler (x)")
    log._connection.execute("INSERT INTO filler SELECT randomblob(1000000)")
    log._connection.execute("DROP TABLE filler")
    log._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    done = chatarena("sessions", "vacuum", "--json")
    assert done.data["bytes_before"] - done.data["bytes_after"] > 900_000
    assert done.data["bytes_after"] == home.database.stat().st_size
    assert "before" in chatarena("sessions", "vacuum").out


@pytest.mark.parametrize(
    "words", [("backup", "x.db"), ("vacuum",), ("tag", "last"), ("rename", "last", "x")], ids=" ".join
)
def test_without_a_log_there_is_nothing_to_keep_and_none_is_made(
    chatarena: Chatarena, home: Paths, words: tuple[str, ...]
) -> None:
    done = chatarena("sessions", *words)
    assert (done.code, done.out) == (1, "")
    assert "there is no session log yet" in done.err
    assert not home.database.exists()


def test_datasette_metadata_names_the_log_as_datasette_will(chatarena: Chatarena, home: Paths) -> None:
    made = json.loads(chatarena("sessions", "datasette").out)
    assert list(made["databases"]) == [home.database.stem]
    assert list(made["databases"][home.database.stem]["queries"]) == [query.name for query in QUERIES]
    assert chatarena("sessions", "datasette", "--json").data == made


def test_an_older_log_is_upgraded_by_whatever_looks_at_it_first(chatarena: Chatarena, home: Paths) -> None:
    home.database.parent.mkdir(parents=True)
    dump = Path(__file__).parents[1] / "session_log" / "data" / "schema_1.sql"
    with sqlite3.connect(home.database) as connection:
        connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    assert len(chatarena("sessions", "list", "--json").data) == 3
    assert chatarena("sessions", "show", "last").code == 0


def test_what_was_imported_is_shown_and_listed_as_such(chatarena: Chatarena, home: Paths, log: SessionLog) -> None:
    bare = opening(2)[0]
    assert isinstance(bare, ev.SessionOpened)
    imported = ev.SessionImported(
        format="debates",
        source="old \x1b[31mtalks.json",
        key="7",
        sha256="c" * 64,
        remarks=("turns are in file order",),
        unmapped=(ev.Unmapped(where="votes", count=3, why="no place for them"),),
    )
    facts = (
        replace(bare, faces=(ev.Face(label="Someone", model="", fingerprint=""),)),
        imported,
        ev.TurnTaken(agent="Someone", round=1, text="Oslo, of course."),
        ev.SessionClosed(status="complete"),
    )
    log.take_in(
        tuple(ev.Entry(session="IMP", seq=seq, at=0.0, elapsed=0.0, event=event) for seq, event in enumerate(facts)),
        name="talk 7",
    )
    done = chatarena("sessions", "show", "IMP")
    assert done.code == 0
    for words in ("Someone: Oslo, of course.", "Imported from old ", "turns are in file order", "votes (3): no place"):
        assert words in done.out
    assert "\x1b" not in done.out
    assert [row["id"] for row in chatarena("sessions", "list", "--origin", "debates", "--json").data] == ["IMP"]
    assert chatarena("sessions", "list", "--origin", "here", "--json").data == []
    assert "talk 7" in chatarena("sessions").out


def test_the_key_of_a_reply_is_what_the_first_version_made_of_it() -> None:
    """Files that it wrote are found by it."""
    assert cache_key("a", "b") == "7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78"
