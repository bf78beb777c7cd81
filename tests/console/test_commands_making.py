"""``interlock compensate`` and ``interlock unknowns`` against a real hub: what they show, refuse and exit with."""

import gc
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import interlock
from interlock_console.cli import main
from tests.gameday.sandbox import until
from tests.support.afterwards import mark_all, stop_all
from tests.support.hubs import HubProcess

Json = dict[str, Any]
Ask = Callable[..., tuple[int, Any]]

# A one-shot command leaves its connection to the end of its process, and here several share one.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

POLICY = """\
version: 1
tools:
  give: {class: write, compensate: {tool: take, args: {what: "args.what"}}, probe: given}
  take: {class: write, compensate: none}
  given: {class: read}
roles:
  clerk: {autonomy: auto, tools: {give: allow, take: allow, given: allow}}
"""


@pytest.fixture(scope="module", autouse=True)
def policy(hub: HubProcess) -> None:
    """Say what makes a gift good."""
    status, answer = hub.ask("POST", "/v1/policy", {"source": POLICY, "reason": "a test"})
    assert status == 200, answer


@pytest.fixture
def gate(hub: HubProcess) -> Iterator[interlock.Gate]:
    """A gate of the test's own: each has one tool host in its life."""
    with interlock.connect(hub.url, hub.agent_token) as made:
        yield made


@pytest.fixture(autouse=True)
def _nothing_left(hub: HubProcess) -> Iterator[None]:
    """No plan goes on and nothing is unknown once a test is over."""
    yield
    stop_all(hub)
    mark_all(hub)


@pytest.fixture
def ask(hub: HubProcess, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run a command and return its exit code and what it printed, decoded where it is JSON."""
    monkeypatch.setenv("INTERLOCK_URL", hub.url)
    monkeypatch.setenv("INTERLOCK_TOKEN", hub.operator_token)

    def run(*words: str) -> tuple[int, Any]:
        code = main(list(words))
        gc.collect()
        said = capsys.readouterr()
        return code, json.loads(said.out) if "--json" in words and said.out else said.out + said.err

    return run


class Clerk:
    """An agent that gives, and says of one gift that nobody knows."""

    def __init__(self, gate: interlock.Gate) -> None:
        self.gate, self.taken = gate, list[str]()

        @gate.tool(cls="write")
        def give(what: str) -> Json:
            if what == "lost":
                raise ConnectionResetError("the line broke")
            return {"gift": what}

        @gate.tool(cls="write")
        def take(what: str) -> Json:
            self.taken.append(what)
            return {"taken": what}

        @gate.tool(cls="read")
        def given(what: str) -> bool | str:
            return what != "lost" and what

        self.give, self.tools = give, [take, given]

    def gives(self, *what: str) -> str:
        """Give these in one run, and return it."""
        with self.gate.run(agent="clerk", role="clerk", goal="give") as run:
            for each in what:
                try:
                    self.give(each)
                except ConnectionResetError:
                    continue
        return run.id


def test_a_plan_is_read_run_and_shown(hub: HubProcess, gate: interlock.Gate, ask: Ask) -> None:
    """The plan says what would happen, runs with its digest and proof only, and shows its receipts afterwards."""
    clerk = Clerk(gate)
    run = clerk.gives("a", "b")
    until(lambda: ask("compensate", "plan", run, "--json")[1]["ready"] == 2, "both outcomes")
    code, plan = ask("compensate", "plan", run, "--json")
    assert (code, plan["ready"]) == (0, 2)
    code, text = ask("compensate", "plan", run)
    assert 'by take (write) {"what":"b"}; no process offers take now' in text
    assert f"--digest {plan['digest'][:8]}" in text
    code, text = ask("compensate", "run", run, "--reason", "r")
    assert (code, "give --digest and --proof" in text) == (2, True)
    code, text = ask("compensate", "run", run, "--reason", "r", "--digest", "0" * 8, "--proof", plan["proof"])
    assert (code, "the plan has another digest" in text) == (2, True)
    code, text = ask("compensate", "run", run, "--reason", "r", "--digest", plan["digest"], "--proof", "x")
    assert (code, "is not how the plan's digest ends" in text) == (1, True)
    words = ("--reason", "r", "--digest", plan["digest"][:8], "--proof", plan["proof"], "--json")
    code, made = ask("compensate", "run", run, *words)
    assert (code, made["state"]) == (3, "waiting")
    assert clerk.taken == []
    code, stopped = ask("compensate", "stop", made["plan"], "--reason", "not now", "--json")
    assert (code, stopped["state"]) == (0, "stopped")
    with gate.serve(agent="clerk", role="clerk", tools=clerk.tools):
        until(
            lambda: ask("compensate", "plan", run, "--json")[1]["steps"][0]["compensation"]["hosts"],
            "the host",
        )
        plan = ask("compensate", "plan", run, "--json")[1]
        code, made = ask(
            "compensate", "run", run, *words[:3], plan["digest"], "--proof", plan["proof"], "--json"
        )
        assert (code, made["state"]) == (0, "done")
        assert clerk.taken == ["b", "a"]
        code, text = ask("compensate", "show", made["plan"])
        assert "1. DONE  give" in text
        code, listed = ask("compensate", "show", "--json")
        assert [each["state"] for each in listed["plans"][:2]] == ["done", "stopped"]
        lost = clerk.gives("lost")
        rows = until(lambda: ask("unknowns", "--json")[1]["unknowns"], "what is unknown")
        assert [(row["run"], row["tool"]) for row in rows] == [(lost, "give")]
        assert ask("compensate", "plan", lost, "--json")[1]["steps"][0]["state"] == "unknown first"
        _found_out(ask, rows[0]["permit"])
    assert ask("compensate", "plan", lost, "--json")[1]["steps"][0]["state"] == "nothing happened"
    code, _ = ask("unknowns", "mark", rows[0]["permit"], "--outcome", "done", "--reason", "r")
    assert code == 6


def _found_out(ask: Ask, permit: str) -> None:
    """Probe too early, which decides nothing, and mark it by hand."""
    code, found = ask("unknowns", "probe", permit, "--json")
    assert (code, found["reconciled"], found["unknown"]["answer"]["result"]) == (3, None, "false")
    assert "may still be on its way" in found["unknown"]["answer"]["problem"]
    words = ("--outcome", "failed", "--reason", "the shop shows none")
    code, found = ask("unknowns", "mark", permit, *words, "--json")
    assert (code, found["reconciled"]["how"]) == (0, "person")


def test_what_cannot_be_asked_says_what_to_do(ask: Ask) -> None:
    """Unknown names, missing options and plans that do not exist are refused with the next step."""
    assert ask("compensate", "plan", "p-00000000000000ff")[0] == 6
    assert ask("compensate", "show", "m-00000000000000ff")[0] == 6
    code, text = ask("unknowns", "probe")
    assert (code, "interlock unknowns probe PERMIT" in text) == (2, True)
    code, text = ask("unknowns", "mark", "p-00000000000000ff")
    assert (code, "needs --outcome and --reason" in text) == (2, True)
    assert ask("unknowns")[0] == 0
