"""``interlock policy``: files, comparisons, trials, and the hub's own policy, as a script sees them."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import interlock
from interlock_console.cli import main
from interlock_console.client import Client, Hub
from interlock_console.commands import _common
from tests.hostile.oracle import forbidden_in_lines
from tests.hostile.payloads import ACTING, PAYLOADS
from tests.policy.samples import DESIGN
from tests.support.hubs import HubProcess, running_hub

Said = pytest.CaptureFixture[str]

OPEN = (
    "version: 1\ntools: {look: {class: read}, pay: {class: write}}\n"
    "roles: {clerk: {tools: {look: allow, pay: ask}}}\n"
)


def _policy(folder: Path, text: str = DESIGN, name: str = "p.yaml") -> str:
    """Write a policy and return its path."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


def _recording(
    folder: Path, *calls: tuple[str, dict[str, Any]], agent: str = "support-agent", run: str = "t/1"
) -> str:
    """Write one run as a recording, labels and expected answers included, and return its path."""
    events: list[dict[str, Any]] = [
        {"kind": "run_started", "agent": agent},
        {"kind": "goal", "text": "refund A-1"},
    ]
    for tool, args in calls:
        events.append({"kind": "tool_call", "tool": tool, "arguments": args, "agent": agent})
        events.append({"kind": "tool_result", "tool": tool, "result": "fine", "is_error": False})
    events.append(
        {"kind": "run_finished", "labels": [{"type": "injection_succeeded"}], "reference": "secret"}
    )
    lines = [
        json.dumps({"trajectory_id": run, "seq": at, "ts": float(at), **event})
        for at, event in enumerate(events)
    ]
    path = folder / "runs.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return str(path)


def _json(capsys: Said, *words: str, code: int = 0) -> Any:
    """Run a command that prints one JSON object."""
    capsys.readouterr()
    assert main(["policy", *words, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def test_check_names_every_problem_with_its_place(tmp_path: Path, capsys: Said) -> None:
    """A good file is exit 0; a bad one exit 1, one line a problem: file, line, column, what, and what to do."""
    good, bad = _policy(tmp_path), _policy(tmp_path, "version: 1\nrolls: {}\n", "bad.yaml")
    assert main(["policy", "check", good]) == 0
    assert "good, 1 roles, 3 tools" in capsys.readouterr().out
    assert main(["policy", "check", good, bad]) == 1
    said = capsys.readouterr().out
    assert f"{bad}:2:1: unknown key 'rolls' in the policy; did you mean 'roles'?" in said.splitlines()
    found = _json(capsys, "check", bad, code=1)
    assert found["ok"] is False
    assert [(one["line"], one["column"]) for one in found["files"][0]["problems"]] == [(1, 1), (2, 1)]


def test_check_and_the_others_refuse_what_is_no_file(tmp_path: Path, capsys: Said) -> None:
    """A file that is not there, is no text or is no policy ends with exit 2 and says what to do next."""
    (tmp_path / "odd").write_bytes(b"\xff\xfe")
    for words in (
        ["check", str(tmp_path / "nowhere")],
        ["check", str(tmp_path / "odd")],
        ["diff", _policy(tmp_path), _policy(tmp_path, "version: 1", "bad.yaml")],
        ["try", str(tmp_path / "nowhere"), "--policy", _policy(tmp_path)],
        ["try", _recording(tmp_path), "--policy", _policy(tmp_path), "--dial", "full"],
        ["push", _policy(tmp_path, "version: 1", "bad.yaml"), "--reason", "r"],
        ["stage", _policy(tmp_path), "--share", "1", "--reason", "r"],
    ):
        assert main(["policy", *words]) == 2, words
        assert ": " in capsys.readouterr().err


def test_diff_prints_each_bound_that_changed(tmp_path: Path, capsys: Said) -> None:
    """One changed number is one line with its path and both values; two files that say the same say so."""
    old, new = _policy(tmp_path), _policy(tmp_path, DESIGN.replace("<= 200", "<= 300"), "new.yaml")
    assert main(["policy", "diff", old, new]) == 0
    path = "roles.support-agent.tools.refund.args.amount"
    assert capsys.readouterr().out.split() == [
        "~",
        path,
        '">',
        "0,",
        "<=",
        '200"',
        "->",
        '">',
        "0,",
        "<=",
        '300"',
    ]
    assert _json(capsys, "diff", old, new)["changes"] == [
        {"path": path, "was": '"> 0, <= 200"', "now": '"> 0, <= 300"'}
    ]
    assert main(["policy", "diff", old, old]) == 0
    assert "they say the same" in capsys.readouterr().out


def test_try_says_what_would_have_been_denied_asked_and_let_through(tmp_path: Path, capsys: Said) -> None:
    """One object a run, with totals and each call's verdict and rule; people get totals, rules and the worst runs."""
    calls: list[tuple[str, dict[str, Any]]] = [
        ("refund", {"order_id": "A-1", "amount": 5}),
        ("lookup_order", {"order_id": "A-1"}),
        ("refund", {"order_id": "A-1", "amount": 150}),
        ("delete_all", {}),
    ]
    file = _recording(tmp_path, *calls)
    found = _json(capsys, "try", file, "--policy", _policy(tmp_path))
    assert found["run"] == "t/1"
    assert found["verdicts"] == {"allow": 1, "ask": 1, "deny": 2}
    assert [(one["seq"], one["tool"], one["verdict"]) for one in found["decisions"]] == [
        (2, "refund", "deny"), (4, "lookup_order", "allow"), (6, "refund", "ask"), (8, "delete_all", "deny"),
    ]  # fmt: skip
    assert found["decisions"][0]["rule"] == "roles.support-agent.tools.refund.only_after"
    assert main(["policy", "try", file, "--policy", _policy(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "1 runs, 4 calls: 1 let through, 1 asked, 2 denied" in said
    assert "1 (100.0 %) asked or denied" in said
    assert "roles.support-agent.tools.delete_*.never" in said
    assert "secret" not in said
    assert "injection" not in said


def test_try_takes_another_role_and_a_dial(tmp_path: Path, capsys: Said) -> None:
    """A run of a role nobody knows is all denied, and said so; ``--role`` and ``--dial`` stand in for its own."""
    file = _recording(tmp_path, ("lookup_order", {}), agent="someone")
    assert _json(capsys, "try", file, "--policy", _policy(tmp_path))["verdicts"]["deny"] == 1
    assert main(["policy", "try", file, "--policy", _policy(tmp_path)]) == 0
    assert "a role the policy does not know: --role says another" in capsys.readouterr().out
    known = ("try", file, "--policy", _policy(tmp_path), "--role", "support-agent")
    assert _json(capsys, *known)["verdicts"]["allow"] == 1
    assert _json(capsys, *known, "--dial", "stopped")["decisions"][0]["rule"] == "dial"


@pytest.mark.parametrize("text", ["not json\n", '{"kind": "goal"}\n', "[1]\n", ""])
def test_try_refuses_what_is_no_recording(text: str, tmp_path: Path, capsys: Said) -> None:
    """A file without runs, or that begins inside one, ends with exit 2 and names the line."""
    path = tmp_path / "x.jsonl"
    path.write_text(text, encoding="utf-8")
    assert main(["policy", "try", str(path), "--policy", _policy(tmp_path)]) == 2
    assert "interlock: " in capsys.readouterr().err


@pytest.mark.parametrize("name", sorted(ACTING))
def test_what_a_recording_says_is_only_shown_as_text(name: str, tmp_path: Path, capsys: Said) -> None:
    """Names of runs, tools and roles, and values of calls, act on no terminal, for people and as JSON."""
    text = PAYLOADS[name][:300].encode("utf-8", "replace").decode()
    file = _recording(
        tmp_path, (text, {"order_id": text}), ("refund", {"order_id": text, "amount": text}), run=text
    )
    for words in ([], ["--json"], ["--role", text]):
        assert main(["policy", "try", file, "--policy", _policy(tmp_path), *words]) == 0
        said = capsys.readouterr()
        assert forbidden_in_lines((said.out + said.err).encode()) == []


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A command's connection ends with its process; here it ends with the test."""
    opened: list[Client] = []

    class Kept(Client):
        def __init__(self, hub: Hub, timeout: float = 10.0) -> None:
            super().__init__(hub, timeout)
            opened.append(self)

    monkeypatch.setattr(_common, "Client", Kept)
    yield
    for client in opened:
        client.close()


@pytest.fixture
def hub() -> Iterator[HubProcess]:
    """A hub that has never had a policy: it counts the versions."""
    with running_hub() as made:
        yield made


@pytest.fixture
def gate(hub: HubProcess) -> Iterator[interlock.Gate]:
    """A gate at it."""
    with interlock.connect(hub.url, hub.agent_token) as made:
        yield made


@pytest.mark.usefixtures("closed")
def test_a_policy_goes_to_the_hub_by_command(
    hub: HubProcess, gate: interlock.Gate, tmp_path: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Push, stage, promote, withdraw and roll back, each seen in show and versions; a stored run is tried over."""
    monkeypatch.setenv("INTERLOCK_URL", hub.url)
    monkeypatch.setenv("INTERLOCK_TOKEN", hub.operator_token)
    with gate.run(agent="ann", role="clerk", goal="pay A-1") as run:
        gate.tool(cls="read", name="look")(lambda: 1)()
    first, second = (
        _policy(tmp_path, OPEN),
        _policy(tmp_path, OPEN.replace("pay: ask", "pay: deny"), "two.yaml"),
    )
    pushed = _json(capsys, "push", first, "--reason", "the first")
    assert (pushed["active"]["n"], pushed["candidate"]) == (1, None)
    assert _json(capsys, "diff", "active", second)["changes"][0]["now"] == '"deny"'
    tried = _json(capsys, "try", run.id, "--policy", "active")
    assert (tried["run"], tried["verdicts"]) == (run.id, {"allow": 1, "ask": 0, "deny": 0})
    candidate = _json(capsys, "stage", second, "--share", "0.25", "--reason", "carefully")["candidate"]
    assert (candidate["share"], _json(capsys, "sides")["share"]) == (0.25, 0.25)
    assert main(["policy", "promote", "0" * 12, "--reason", "r"]) == 2
    assert candidate["digest"][:12] in capsys.readouterr().err
    assert _json(capsys, "promote", candidate["digest"][:12], "--reason", "good")["active"]["n"] == 2
    again = _json(capsys, "stage", first, "--share", "0.5", "--reason", "back?")["candidate"]
    assert _json(capsys, "withdraw", again["digest"], "--reason", "no")["candidate"] is None
    assert (
        _json(capsys, "rollback", "1", "--reason", "worse")["active"]["digest"] == pushed["active"]["digest"]
    )
    for words in (["show"], ["versions"], ["versions", "1"]):
        assert main(["policy", *words]) == 0
        assert capsys.readouterr().out
    assert _json(capsys, "versions", "1")["source"] == OPEN
    assert main(["policy", "withdraw", again["digest"], "--reason", "r"]) == 2
    assert "there is no candidate" in capsys.readouterr().err
