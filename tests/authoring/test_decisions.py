"""Decisions from YAML and back: every mistake has a line and a remedy, nothing valid is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatarena.arena.decision import Decision, EvidenceCard, Option, State
from chatarena.arena.protocol import PROTOCOL_NAMES, Hearing, ProtocolName
from chatarena.authoring.casts import Seat
from chatarena.authoring.decisions import (
    DecisionFile,
    Terms,
    decision_to_yaml,
    load_decision,
    load_example,
    option_id,
    parse_decision,
    state_id,
)
from chatarena.authoring.hearing import NETWORKS
from chatarena.authoring.seats import seat_names
from chatarena.authoring.text import clean, one_line
from chatarena.errors import AuthoringError, UsageError

HEAD = "question: Stay or go?\noptions:\n  - Stay\n  - Go\n"


@pytest.mark.parametrize(
    ("text", "line", "says", "remedy"),
    [
        pytest.param("options: [a, b]\n", 1, "the key 'question' is missing", "such as `question:", id="no question"),
        pytest.param("question:\noptions: [a, b]\n", 1, "the key 'question' is empty", "write it", id="empty question"),
        pytest.param("question: '  '\noptions: [a, b]\n", 1, "'question' is empty", "at least one word", id="blank"),
        pytest.param('question: "\\e[31m"\noptions: [a, b]\n', 1, "'question' is empty", "word", id="only an escape"),
        pytest.param("question: [a]\noptions: [a, b]\n", 1, "must be text, not a list", "quotes", id="list as text"),
        pytest.param("question: Why?\n", 1, "the key 'options' is missing", "such as", id="no options"),
        pytest.param("question: q\noptions: [a]\n", 2, "has 1 entry; it needs at least 2", "add more", id="one option"),
        pytest.param("question: q\noptions: []\n", 2, "has 0 entries", "add more", id="no option"),
        pytest.param("question: q\noptions: a or b\n", 2, "must be a list, not 'a or b'", "`- `", id="text as list"),
        pytest.param(
            "question: q\noptions: {a: b}\n", 2, "must be a list, not a mapping", "`- `", id="mapping as list"
        ),
        pytest.param(
            f"question: q\noptions: [{', '.join('abcdefghijklm')}]\n", 2, "12 at most", "remove", id="13 options"
        ),
        pytest.param("question: q\noptions:\n- a\n-\n", 4, "text or a mapping, not empty", "label", id="empty option"),
        pytest.param("question: q\noptions:\n- a\n- [b]\n", 4, "not a list", "label", id="list as option"),
        pytest.param("question: q\noptions:\n- Go\n- ' gO '\n", 4, "repeats the label", "of its own", id="same label"),
        pytest.param("question: q\noptions:\n- a\n- label: b\n  id: a\n", 4, "repeats the id", "leave", id="same id"),
        pytest.param("question: q\noptions:\n- a\n- {lable: b}\n", 4, "unknown key 'lable'", "mean 'label'", id="typo"),
        pytest.param(HEAD + "contxt: c\n", 5, "unknown key 'contxt'", "did you mean 'context'?", id="typo at the top"),
        pytest.param(HEAD + "weather: c\n", 5, "unknown key 'weather'", "valid here: question", id="unknown key"),
        pytest.param(
            f"question: q\noptions:\n- a\n- {'x' * 10_000}\n", 4, "has 10000 characters; 200", "`detail`", id="10,000"
        ),
        pytest.param(f"question: {'x' * 1_001}\noptions: [a, b]\n", 1, "1001 characters; 1000", "shorten", id="long"),
        pytest.param(
            "question: q\noptions: [a, {label: b, id: 7}]\n", 2, "cannot be '7'", "start with a letter", id="id"
        ),
        pytest.param(
            "question: q\noptions: [a, {label: b, id: true}]\n", 2, "a name, not true", "quotes", id="id true"
        ),
        pytest.param(HEAD + "states: [x, y]\n", 5, "must be a mapping, not 'x'", "`label: ...`", id="bare state"),
        pytest.param(
            HEAD + "states:\n- {label: x}\n- {label: y}\n", 6, "'probability' is missing", "0.5", id="no prior"
        ),
        pytest.param(HEAD + "states:\n- {label: x, probability: 1}\n", 5, "2 to 12 states", "", id="one state"),
        pytest.param(
            HEAD + "states:\n- {label: x, probability: 0.5}\n- {label: y, probability: 0.4}\n",
            *(5, "sum to 0.9; they must sum to 1", "together they make 1"),
            id="sum",
        ),
        pytest.param(
            HEAD + "states:\n- {label: x, probability: 0.5, id: s}\n- {label: y, probability: 0.5, id: s}\n",
            *(5, "share an id", "of its own"),
            id="state ids",
        ),
        *(
            pytest.param(
                HEAD + f"states:\n- {{label: x, probability: {number}}}\n- {{label: y, probability: 0}}\n",
                *(6, says, remedy),
                id=f"probability {number}",
            )
            for number, says, remedy in (
                ("1.5", "is 1.5, which is too large", "at most 1"),
                ("-0.1", "is -0.1, which is too small", "at least 0"),
                (".nan", "must be a number, not '.nan'", "in digits"),
                ("1e999", "is inf, which is too large", "at most 1"),
                ("'1'", "must be a number, not the text '1'", "without quotes"),
                ("likely", "must be a number, not 'likely'", "in digits"),
            )
        ),
        pytest.param(HEAD + "evidence: x\n", 5, "must be a list of texts", "`- ...`", id="evidence text"),
        pytest.param(HEAD + "evidence:\n- x\n- [y]\n", 7, "entry 2 of 'evidence' must be text", "", id="evidence nest"),
        pytest.param(HEAD + "evidence:\n  Bob:\n  - x\n", 6, "cannot be 'Bob'", "small letters", id="evidence owner"),
        pytest.param(HEAD + "evidence:\n  bob: x\n", 6, "must be a list, not 'x'", "`- `", id="evidence owner's text"),
        pytest.param(HEAD + "evidence:\n  '':\n  - x\n", 5, "lists of texts by agent name", "", id="evidence no owner"),
        pytest.param(HEAD + "cast: My Cast\n", 5, "cannot be 'My Cast'", "small letters", id="cast name"),
        pytest.param(
            HEAD + "protocol: debate\n", 5, "cannot be 'debate'", "simultaneous or round_robin", id="protocol"
        ),
        pytest.param(HEAD + "rounds: 0\n", 5, "is 0, which is too small", "at least 1", id="no rounds"),
        pytest.param(HEAD + "rounds: 51\n", 5, "is 51, which is too large", "at most 50", id="many rounds"),
        pytest.param(HEAD + "rounds: 2.5\n", 5, "must be a whole number", "such as 3", id="half a round"),
        pytest.param("question: q\n  options: [a, b]\n", 2, "this is not YAML", "indentation", id="not YAML"),
        pytest.param(HEAD + "agents: health\n", 5, "must be a list, not 'health'", "`- `", id="table"),
        pytest.param(HEAD + "agents:\n- Dr Oak\n", 6, "cannot be 'Dr Oak'", "small letters", id="seat"),
        pytest.param(HEAD + "agents:\n- {agent: x, favours: 13}\n", 6, "position (1 to 12)", "draw", id="favours"),
        pytest.param(
            HEAD + "cast: x\nnetwork: star\n", 6, "only the protocol `network`", "add `protocol: network`", id="no talk"
        ),
        pytest.param(HEAD + "cast: x\noutput: [oak]\n", 6, "only a network has", "add `network:`", id="no network"),
        pytest.param(HEAD + "protocol: network\nnetwork: star\n", 6, "neither a cast", "add `cast", id="nobody"),
        *(
            pytest.param(f"{HEAD}agents: [oak, elm]\nprotocol: network\nnetwork:{text}\n", *wrong, id=f"network {text}")
            for text, *wrong in (
                (" ringg", 7, "must be the name of a network", "write one of chain, ring"),
                (" [oak]", 7, "not a list", "lines such as"),
                ("\n  oak: elm", 7, "whom 'oak' hears as a list, not 'elm'", "write `oak: ["),
                ("\n  oak: [elm, elm]", 7, "names somebody twice", "once"),
                ("\n  Oak: [elm]", 7, "names no seat by 'Oak'", "small letters"),
                ("\n  oak: [elm]\n  elk: [oak]", 9, "names 'elk', who has no seat", "mean 'elm'"),
                ("\n  oak: [elm]\n  elm:\n  - oak-2", 9, "names 'oak-2', who has no seat", "`NAME-2`"),
                ("\n  oak: [elm]\n  elm: [elm]", 9, "'elm' cannot hear itself", "remove it"),
                (" star\noutput: [elk]", 8, "the output names 'elk', who has no seat", "mean 'elm'"),
                (" star\noutput: []", 8, "must name the seats whose claims are the panel's", "write `output: [NAME]`"),
                (" star\noutput: {oak: elm}", 8, "must name the seats", "those whom nobody hears"),
                (" star\noutput: [oak, oak]", 8, "names somebody twice", "once"),
                (" star\noutput: 2", 8, "names no seat by '2'", "small letters"),
                ("\n  oak: []", 7, "nobody hears anybody", "another protocol"),
            )
        ),
        *(
            pytest.param(f"{HEAD}ratings:{text}\n", *wrong, id=f"ratings {text}")
            for text, *wrong in (
                (" 60", 5, "must give each option a number, not '60'", "`a: 60`"),
                (" [60, 40]", 5, "not a list", "`a: 60`"),
                ("\n  a: 60\n  c: 40", 7, "unknown option 'c'", "the options are a (Stay), b (Go)"),
                ("\n  a: 60\n  Gow: 40", 7, "unknown option 'Gow'", "did you mean 'Go'?"),
                ("\n  a: 60\n  Stay: 40", 7, "'a' is rated twice", "keep one"),
                ("\n  a: 60", 5, "say nothing of 'Go'", "rate every option, or none"),
                ("\n  a: 60\n  b: 101", 7, "is 101, which is too large", "at most 100"),
                ("\n  a: 60\n  b: much", 7, "must be a number, not 'much'", "in digits"),
            )
        ),
        *(
            pytest.param(f"{HEAD}{text}\n", 5, *wrong, id=text)
            for text, *wrong in (
                ("budget: 0", "too small", "more than 0"),
                ("budget: cheap", "must be a number", "in digits"),
                ("time_budget: 0", "too small", "more than 0"),
                ("claims: off", "must be true or false, not 'off'", "without quotes"),
                ("time_budget: 5m", "must be a number", "in digits"),
                ("token_budget: 0.5", "must be a whole number", "such as 3"),
                ("precision: 101", "too large", "at most 100"),
                ("seed: x", "must be a whole number", "such as 3"),
                ("appraise: none", "cannot be 'none'", "verbal or logprob or both"),
                ("source: mine", "cannot be 'mine'", "auto or own or panel or blend"),
            )
        ),
    ],
)
def test_refused(text: str, line: int, says: str, remedy: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        parse_decision(text, file="d.yaml")
    assert caught.value.message.startswith(f"d.yaml:{line}: ")
    assert says in caught.value.message
    assert remedy in caught.value.remedy and caught.value.remedy
    assert caught.value.exit_code == UsageError.exit_code == 2


def test_all_faults_of_a_file_are_named_at_once() -> None:
    with pytest.raises(AuthoringError) as caught:
        parse_decision("question: ''\noptions: [a, '']\nrounds: no\n", file="d.yaml")
    said = str(caught.value)
    assert [said.index(f"d.yaml:{line}: ") for line in (1, 2, 3)] == sorted(
        said.index(f"d.yaml:{n}: ") for n in (1, 2, 3)
    )


def test_a_misspelt_key_is_not_also_missing() -> None:
    with pytest.raises(AuthoringError) as caught:
        parse_decision("question: q\noptions: [a, {lable: b, weight: 1}]\n")
    assert "unknown key 'lable'" in caught.value.message
    assert "missing" not in str(caught.value) and "'weight'" in caught.value.remedy


def test_words_that_yaml_turns_into_something_else_stay_words() -> None:
    decision = parse_decision("question: 1984\noptions: [no, yes, 1900, 12:30, 1e3, 2026-11-22]\n").decision
    assert decision.question == "1984"
    assert [option.label for option in decision.options] == ["no", "yes", "1900", "12:30", "1e3", "2026-11-22"]


def test_everything_a_file_may_say() -> None:
    read = parse_decision(
        "question: Stay\n  or go?\ncontext: |\n  one\n  two\noptions:\n- Stay\n- {label: Go, detail: far, id: go}\n"
        "states: [{label: rain, probability: 0.25}, {label: sun, probability: .75, id: sun}]\n"
        "evidence: {alder: [x, y], birch: [z]}\ncast: diverse\nprotocol: rebuttal\nrounds: 3\n",
        file="d.yaml",
    )
    assert read == DecisionFile(
        decision=Decision(
            question="Stay or go?",
            context="one\ntwo",
            options=(Option(id="a", label="Stay"), Option(id="go", label="Go", detail="far")),
            states=(State(id="s1", label="rain", probability=0.25), State(id="sun", label="sun", probability=0.75)),
            evidence=(
                EvidenceCard(agent="alder", text="x"),
                EvidenceCard(agent="alder", text="y"),
                EvidenceCard(agent="birch", text="z"),
            ),
        ),
        cast="diverse",
        protocol="rebuttal",
        rounds=3,
        file="d.yaml",
    )


def test_what_is_left_empty_is_absent() -> None:
    read = parse_decision(
        HEAD + "context:\nstates: ~\nevidence:\ncast:\nprotocol:\nrounds:\nagents:\nratings:\nbudget:\n"
    )
    assert read == parse_decision(HEAD)
    assert read == DecisionFile(decision=read.decision, file="text")


def test_what_acts_on_a_terminal_does_not_survive_reading() -> None:
    decision = parse_decision('question: q\noptions: ["a\\e[2J\\u202e", "b\\nc"]\ncontext: "\\u009b31mx"\n').decision
    assert [option.label for option in decision.options] == ["a", "b c"]
    assert decision.context == "x"


LABELS = st.text(max_size=60).map(one_line).filter(bool)
TEXTS = st.text(max_size=120).map(lambda text: clean(text).strip())
IDS = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,8}", fullmatch=True)


@st.composite
def decisions(draw: st.DrawFn) -> Decision:
    fold = lambda text: " ".join(text.split()).casefold()  # noqa: E731
    labels = draw(st.lists(LABELS, min_size=2, max_size=12, unique_by=fold))
    ids = draw(st.none() | st.lists(IDS, min_size=len(labels), max_size=len(labels), unique=True))
    weights = draw(st.just([]) | st.lists(st.integers(0, 1_000), min_size=2, max_size=12).filter(any))
    owners = draw(st.just([""]) | st.lists(st.sampled_from(["alder", "birch-2", "oak"]), unique=True))
    cards = [(owner, draw(st.lists(TEXTS.filter(bool), min_size=1, max_size=3))) for owner in owners]
    return Decision(
        question=draw(LABELS),
        context=draw(TEXTS),
        options=tuple(
            Option(id=ids[position] if ids else option_id(position), label=label, detail=draw(TEXTS))
            for position, label in enumerate(labels)
        ),
        states=tuple(
            State(id=state_id(position), label=draw(LABELS), probability=weight / sum(weights))
            for position, weight in enumerate(weights)
        ),
        evidence=tuple(EvidenceCard(agent=owner, text=text) for owner, texts in cards for text in texts),
    )


MODELS = st.sampled_from(["", "embedded/x", "ollama/llama3.2:1b"])
SMALL = st.floats(0.001, 1e6)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Seat, ...]:
    agents = draw(st.lists(st.sampled_from(["health", "seller", "oak"]), max_size=5))
    favours = st.none() | st.integers(1, 12) | IDS
    return tuple(Seat(agent=agent, favours=draw(favours), model=draw(MODELS)) for agent in agents)


@st.composite
def networks(draw: st.DrawFn, seats: tuple[Seat, ...]) -> str | tuple[Hearing, ...]:
    """A network's name, or one laid by hand among the seats (among any names where a cast has the seats)."""
    names = list(seat_names([seat.agent for seat in seats]) or ("alder", "birch", "oak-2"))
    made = []
    for listener in draw(st.lists(st.sampled_from(names), unique=True)):
        others = [name for name in names if name != listener]
        heard = draw(st.lists(st.sampled_from(others), min_size=1, unique=True)) if others else []
        made += [Hearing(agent=listener, parents=tuple(heard))] if heard else []
    return tuple(made) or draw(st.sampled_from(NETWORKS))


@st.composite
def files(draw: st.DrawFn) -> DecisionFile:
    """Everything that can be composed."""
    decision, seats = draw(decisions()), draw(tables())
    protocol: ProtocolName | None = draw(st.none() | st.sampled_from(PROTOCOL_NAMES))
    cast = draw(st.sampled_from(["", "diverse"]))
    laid = protocol == "network" and (cast or seats) and draw(st.booleans())
    names = seat_names([seat.agent for seat in seats]) or ("alder", "birch", "oak-2")
    rating = st.floats(0, 100)
    options = len(decision.options)
    return DecisionFile(
        decision=decision,
        cast=cast,
        seats=seats,
        protocol=protocol,
        network=draw(networks(seats)) if laid else (),
        output=tuple(draw(st.lists(st.sampled_from(names), max_size=3, unique=True))) if laid else (),
        rounds=draw(st.none() | st.integers(1, 50)),
        ratings=tuple(draw(st.just([]) | st.lists(rating, min_size=options, max_size=options))),
        terms=Terms(
            model=draw(MODELS),
            seed=draw(st.none() | st.integers(-(2**63) + 1, 2**63 - 1)),
            precision=draw(st.none() | st.floats(0, 100)),
            appraise=draw(st.sampled_from([None, "verbal", "logprob", "both"])),
            source=draw(st.sampled_from([None, "auto", "own", "panel", "blend"])),
            budget=draw(st.none() | SMALL),
            token_budget=draw(st.none() | st.integers(1, 2**40)),
            time_budget=draw(st.none() | SMALL),
            claims=draw(st.none() | st.booleans()),
        ),
        file="text",
    )


@given(files())
def test_written_and_read_again_is_the_same(file: DecisionFile) -> None:
    text = decision_to_yaml(file)
    assert parse_decision(text) == file
    assert decision_to_yaml(parse_decision(text)) == text


def test_a_table_a_network_and_first_ratings_as_one_writes_them() -> None:
    read = parse_decision(
        "question: q\noptions: [Stay, {label: Go, id: go}]\n"
        "agents:\n- health\n- {agent: seller, favours: 2}\n- seller\n"
        "protocol: network\nnetwork:\n  seller-2: [health, seller]\n  seller: [health]\nratings: {go: 40, Stay: 60.5}\n"
    )
    assert read.seats == (Seat(agent="health"), Seat(agent="seller", favours=2), Seat(agent="seller"))
    assert read.network == (
        Hearing(agent="seller-2", parents=("health", "seller")),
        Hearing(agent="seller", parents=("health",)),
    )
    assert read.ratings == (60.5, 40.0), "by id or label, in the order of the options"


@pytest.mark.parametrize("text", ["health", "[health]"])
def test_the_end_of_a_network_is_one_seat_or_a_list(text: str) -> None:
    read = parse_decision(f"{HEAD}agents: [health, privacy]\nprotocol: network\nnetwork: chain\noutput: {text}\n")
    assert read.output == ("health",)


def test_a_circle_is_a_network_as_good_as_any() -> None:
    text = "network: {health: [privacy], privacy: [health]}\n"
    assert parse_decision(f"{HEAD}agents: [health, privacy]\nprotocol: network\n{text}").network


def test_what_is_written_is_pleasant_to_edit() -> None:
    decision = Decision(
        question="Stay: or go?",
        context="one\ntwo",
        options=(Option(id="a", label="no"), Option(id="b", label="行く", detail="far")),
    )
    assert decision_to_yaml(DecisionFile(decision=decision, cast="diverse", rounds=2)) == (
        "question: 'Stay: or go?'\ncontext: |-\n  one\n  two\n"
        "options:\n- 'no'\n- label: 行く\n  detail: far\ncast: diverse\nrounds: 2\n"
    )


def test_an_unusable_decision_is_not_written() -> None:
    lone = Decision(question="q", options=(Option(id="a", label="a"),))
    with pytest.raises(ValueError, match="at least 2 options"):
        decision_to_yaml(DecisionFile(decision=lone))


def test_evidence_with_and_without_owner_is_not_written() -> None:
    decision = Decision(
        question="q",
        options=(Option(id="a", label="a"), Option(id="b", label="b")),
        evidence=(EvidenceCard(agent="", text="x"), EvidenceCard(agent="alder", text="y")),
    )
    with pytest.raises(ValueError, match="only some of the evidence has an owner"):
        decision_to_yaml(DecisionFile(decision=decision))


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        pytest.param(b"question: caf\xe9\n", "d.yaml:1: the file is not UTF-8 text (byte 0xe9)", id="Latin-1"),
        pytest.param(b"a: b\n" * 250_000, "larger than 1 MB", id="large"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, raw: bytes, says: str) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes(raw)
    with pytest.raises(AuthoringError) as caught:
        load_decision(path)
    assert says in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AuthoringError, match=r"none\.yaml: the file cannot be read: No such file"):
        load_decision(tmp_path / "none.yaml")
    with pytest.raises(AuthoringError, match="the file cannot be read"):
        load_decision(tmp_path)


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "d.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode())
    assert load_decision(path).decision == parse_decision(HEAD).decision


def test_an_unknown_example_names_the_nearest() -> None:
    with pytest.raises(AuthoringError, match="did you mean 'job-offer'"):
        load_example("job-ofer")
