"""`agents`: the list keeps objectives hidden, show tells all, check finds faults and exits accordingly."""

from __future__ import annotations

import json
from pathlib import Path

from chatarena.authoring.agents import agent_schema, load_agents
from chatarena.authoring.casts import cast_schema
from chatarena.authoring.decisions import decision_schema
from chatarena.cli.home import Paths
from tests.cli.conftest import Chatarena

PERSONA = "You speak calmly and plainly, like a neighbour who has seen a great deal of life. " * 3
AGENT = """---
name: {name}
label: {label}
tags: [narrow, money]
objective: You are rewarded for the smallest bill and for nothing else.
---
{persona}
"""


def own_agent(home: Paths, name: str = "thrifty", label: str = "Quince", text: str = AGENT) -> Path:
    home.agents_dir.mkdir(parents=True, exist_ok=True)
    path = home.agents_dir / f"{name}.md"
    path.write_text(text.format(name=name, label=label, persona=PERSONA))
    return path


def test_list_shows_all_and_no_objective(chatarena: Chatarena, home: Paths) -> None:
    own_agent(home)
    done = chatarena("agents", "list")
    assert done.code == 0
    assert done.out == chatarena("agents").out
    shipped = load_agents()
    assert len(done.out.splitlines()) == 2 + len(shipped)
    assert "thrifty" in done.out
    rows = chatarena("agents", "--json").data
    assert {row["name"]: row["from"] for row in rows}["thrifty"] == "you"
    for written in shipped.values():
        assert written.agent.objective not in done.out
        assert all(written.agent.objective not in json.dumps(row) for row in rows)


def test_list_leaves_a_faulty_file_out_and_says_so(chatarena: Chatarena, home: Paths) -> None:
    own_agent(home, text="no front matter")
    done = chatarena("agents", "list")
    assert done.code == 0
    assert "thrifty" not in done.out
    assert "thrifty.md:1" in done.err
    assert len(json.loads(chatarena("agents", "--json").out)["warnings"]) == 1


def test_show_tells_everything(chatarena: Chatarena) -> None:
    agent = load_agents(names=["seller"])["seller"].agent
    told = chatarena("agents", "show", "seller").out
    assert agent.objective in told
    assert agent.persona in told
    data = chatarena("agents", "show", "seller", "--json").data
    assert (data["objective"], data["persona"], data["seller"]) == (agent.objective, agent.persona, True)
    assert data["sampling"]["temperature"] == agent.sampling.temperature


def test_show_of_an_unknown_name_offers_the_nearest(chatarena: Chatarena) -> None:
    done = chatarena("agents", "show", "seler")
    assert (done.code, done.out) == (2, "")
    assert "did you mean 'seller'?" in done.err


def test_check_accepts_all_that_ship_and_a_person_s_own(chatarena: Chatarena, home: Paths) -> None:
    own_agent(home)
    done = chatarena("agents", "check", "--json")
    assert done.code == 0
    assert done.data["faults"] == []
    assert len(done.data["checked"]) == len(load_agents()) + 1


def test_check_of_a_faulty_file_exits_2_with_file_and_line(chatarena: Chatarena, home: Paths) -> None:
    path = own_agent(home, text=AGENT.replace("label", "labl", 1))
    done = chatarena("agents", "check", str(path))
    assert done.code == 2
    assert f"{path}:3" in done.out
    data = chatarena("agents", "check", str(path), "--json").data
    assert [Path(fault["file"]) for fault in data["faults"]] == [path]


def test_check_remarks_on_an_agent_that_gives_itself_away_but_lets_it_pass(chatarena: Chatarena, home: Paths) -> None:
    path = own_agent(home, label="Bill")
    done = chatarena("agents", "check", "thrifty")
    assert done.code == 0
    assert "hints at what is private" in done.out
    assert chatarena("agents", "check", "thrifty", "--json").data["remarks"][0]["file"] == str(path)


def test_schema_prints_itself_or_in_the_envelope(chatarena: Chatarena) -> None:
    assert chatarena("agents", "schema", "--json").data == agent_schema()
    assert json.loads(chatarena("agents", "schema").out) == agent_schema()
    assert chatarena("agents", "schema", "cast", "--json").data == cast_schema()
    assert chatarena("agents", "schema", "decision", "--json").data == decision_schema()
