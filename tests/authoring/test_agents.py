"""Agents from Markdown: front matter with lines, placeholders that somebody fills, names that are file names."""

from __future__ import annotations

from pathlib import Path

import pytest

from chatarena.arena.agent import Agent, Sampling
from chatarena.authoring.agents import AgentFile, load_agent, load_agents, parse_agent
from chatarena.errors import AuthoringError

HEAD = "---\nname: thrift\nlabel: Alder\ntags: [narrow, money]\nobjective: You are rewarded for the smallest bill.\n"
BODY = "---\nYou speak plainly.\n"


@pytest.mark.parametrize(
    ("text", "line", "says", "remedy"),
    [
        pytest.param("", 1, "the front matter is missing", "a line `---`", id="empty"),
        pytest.param("name: thrift\n", 1, "the front matter is missing", "a line `---`", id="no fence"),
        pytest.param("---\nname: thrift\n", 1, "the front matter is not closed", "a line `---`", id="open"),
        pytest.param("---\n---\nwords\n", 2, "the file is empty", "key: value", id="nothing between the fences"),
        pytest.param("---\nname: x\n" + BODY, 2, "the key 'label' is missing", "such as `label: Alder`", id="label"),
        pytest.param(
            HEAD.replace("objective:", "objectve:") + BODY, 5, "unknown key 'objectve'", "'objective'", id="typo"
        ),
        pytest.param(
            HEAD.replace("You are rewarded for the smallest bill.", "") + BODY,
            5,
            "'objective' is empty",
            "You",
            id="blank",
        ),
        pytest.param(HEAD + "Model: x\n" + BODY, 6, "unknown key 'Model'", "did you mean 'model'?", id="capital"),
        pytest.param(HEAD + "name: other\n" + BODY, 6, "'name' stands twice, first in line 2", "one", id="twice"),
        pytest.param(
            HEAD.replace("thrift", "Thrift It") + BODY, 2, "cannot be 'Thrift It'", "small letters", id="name"
        ),
        pytest.param(HEAD.replace("money", "mony") + BODY, 4, "unknown tag 'mony'", "did you mean 'money'?", id="tag"),
        pytest.param(
            HEAD.replace("[narrow, money]", "money") + BODY, 4, "a list, not 'money'", "`- `", id="tag no list"
        ),
        pytest.param(HEAD.replace("[narrow, money]", "[]") + BODY, 4, "has 0 entries", "add", id="no tags"),
        pytest.param(
            HEAD.replace("Alder", "x" * 25) + BODY, 3, "25 characters; 24 at most", "shorten", id="label length"
        ),
        pytest.param(HEAD + "aligned: yes\n" + BODY, 6, "must be true or false, not 'yes'", "write true", id="yes"),
        pytest.param(HEAD + "favours: b\n" + BODY, 6, "'favours' cannot be 'b'", "write assigned", id="favours"),
        pytest.param(HEAD + "sampling: 0.7\n" + BODY, 6, "must be a mapping, not '0.7'", "temperature", id="sampling"),
        pytest.param(
            HEAD + "sampling:\n  temprature: 1\n" + BODY, 7, "'temprature'", "'temperature'", id="sampling key"
        ),
        pytest.param(HEAD + "sampling: {temperature: 3}\n" + BODY, 6, "too large", "at most 2", id="temperature"),
        pytest.param(HEAD + "sampling: {top_p: 0}\n" + BODY, 6, "too small", "more than 0", id="top_p"),
        pytest.param(HEAD + "sampling: {max_tokens: many}\n" + BODY, 6, "a whole number, not 'many'", "3", id="tokens"),
        pytest.param(
            HEAD + BODY + "\nTake {favoured}.\n", 9, "unknown placeholder {favoured}", "favours: assigned", id="buyer"
        ),
        pytest.param(
            HEAD + BODY + "Ask {nobody}.\n", 8, "unknown placeholder {nobody}", "without braces", id="placeholder"
        ),
        pytest.param(
            HEAD + "favours: assigned\n" + BODY, 5, "does not say in its objective", "{favoured}", id="unsaid"
        ),
        pytest.param(
            HEAD.replace("smallest bill", "{favored}") + "favours: assigned\n" + BODY,
            *(5, "unknown placeholder {favored}", "did you mean 'favoured'?"),
            id="misspelt placeholder",
        ),
        pytest.param(
            HEAD.replace("smallest bill", "{favoured}") + "favours: assigned\naligned: true\n" + BODY,
            *(2, "cannot be both aligned and paid", "remove"),
            id="aligned seller",
        ),
        pytest.param(
            HEAD + "---\n" + "word " * 1_000, 7, "4999 characters; 4000 at most", "120 words", id="long persona"
        ),
        pytest.param(HEAD.replace("label: ", "label: @") + BODY, 3, "this is not YAML", "quotes", id="not YAML"),
    ],
)
def test_refused(text: str, line: int, says: str, remedy: str) -> None:
    with pytest.raises(AuthoringError) as caught:
        parse_agent(text, file="thrift.md")
    assert caught.value.message.startswith(f"thrift.md:{line}: ")
    assert says in caught.value.message
    assert remedy in caught.value.remedy


def test_everything_a_file_may_say() -> None:
    sampling = '{temperature: 0, top_p: 0.5, max_tokens: 90, repeat_penalty: 1.1, stop: ["\\n\\n"]}'
    text = f"{HEAD}model: ollama/x\nsampling: {sampling}\n"
    read = parse_agent(text + "aligned: true\n---\n\nYou speak\nplainly.\n\nAnd well.\n", file="thrift.md")
    assert read == AgentFile(
        agent=Agent(
            name="thrift",
            label="Alder",
            objective="You are rewarded for the smallest bill.",
            persona="You speak plainly.\n\nAnd well.",
            tags=("narrow", "money"),
            model="ollama/x",
            sampling=Sampling(temperature=0, top_p=0.5, max_tokens=90, repeat_penalty=1.1, stop=("\n\n",)),
            aligned=True,
        ),
        file="thrift.md",
    )


def test_sampling_that_is_not_given_keeps_its_defaults() -> None:
    assert parse_agent(HEAD + "sampling: {max_tokens: 90}\n" + BODY).agent.sampling == Sampling(max_tokens=90)
    assert parse_agent(HEAD + "sampling:\n" + BODY).agent.sampling == Sampling()


def test_escapes_do_not_survive_reading() -> None:
    text = HEAD.replace("label: Alder", 'label: "Al\\e[1mder"') + "---\nYou \u202espeak.\n"
    agent = parse_agent(text).agent
    assert (agent.label, agent.persona) == ("Alder", "You speak.")


def test_braces_that_are_no_placeholder_are_text() -> None:
    assert parse_agent(HEAD + '---\nSay {"a": 1} or {}.\n').agent.persona == 'Say {"a": 1} or {}.'


def test_own_files_replace_shipped_ones_by_name(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for directory, label in ((first, "One"), (second, "Two")):
        (directory / "agents").mkdir(parents=True)
        (directory / "agents" / "seller.md").write_text(HEAD.replace("thrift", "seller").replace("Alder", label) + BODY)
    (first / "agents" / "thrift.md").write_text(HEAD + BODY)
    (first / "agents" / "README.md").write_text("not an agent")
    agents = load_agents([first, second, tmp_path / "missing"])
    assert agents["seller"].agent.label == "Two"
    assert agents["seller"].file == str(second / "agents" / "seller.md")
    assert {"thrift", "aligned"} <= set(agents) and "README" not in agents
    assert set(load_agents([first], names=["thrift", "seller", "thrift"])) == {"thrift", "seller"}


def test_byte_order_mark_and_windows_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "thrift.md"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + BODY + "\n- one\n- two\n").replace("\n", "\r\n").encode())
    assert load_agent(path).agent.persona == "You speak plainly.\n\n- one\n- two"


def test_a_name_is_its_file(tmp_path: Path) -> None:
    path = tmp_path / "spender.md"
    path.write_text(HEAD + BODY)
    with pytest.raises(AuthoringError, match=r"called 'thrift' and its file 'spender\.md'"):
        load_agent(path)


def test_an_unknown_agent_names_the_nearest() -> None:
    with pytest.raises(AuthoringError, match="no agent called 'cost_minimizer'\n  did you mean 'cost-minimiser'"):
        load_agents(names=["cost_minimizer"])
