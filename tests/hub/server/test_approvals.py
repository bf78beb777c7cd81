"""Approvals at a real hub: from a gate's question to a person's answer and what became of it, over a hub that dies."""

from __future__ import annotations

import base64
import json
import os
import stat
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from interlock import canonical, ids
from tests.hub.server.escalated import comes, wants
from tests.hub.server.raw import RawGate, raw_gate
from tests.support import forked
from tests.support.hubs import GUARD, HubProcess, running_hub

SECRET = "AKIA" + "ABCDEFGHIJKLMNOP"
Command = Callable[..., tuple[int, Any]]


@pytest.fixture
def command(hub: HubProcess) -> Command:
    """What runs a command with ``--json`` at this module's hub, and returns its exit code and its answer."""

    def run(*words: str) -> tuple[int, Any]:
        line = [sys.executable, "-P", "-m", "interlock_console.cli", *words, "--json"]
        environ = os.environ | hub.environment()
        done = forked.run(line, env=environ, capture_output=True, timeout=GUARD, check=False)
        return done.returncode, json.loads(done.stdout)

    return run


@pytest.fixture
def gate(hub: HubProcess) -> Iterator[RawGate]:
    """A gate that speaks by hand."""
    with raw_gate(hub) as made:
        yield made


@pytest.fixture
def alone(hub: HubProcess) -> Iterator[None]:
    """Leave no call that waits for a person, or for its gate: its exact arguments would lie in a file."""
    yield
    for state in ("waiting", "approved"):
        for one in hub.get(f"/v1/escalations?state={state}")["escalations"]:
            assert hub.ask("POST", "/v1/orders", {"verb": "kill", "runs": [one["run"]]})[0] == 200


def ended(gate: RawGate, run: str, call: str, permit: str) -> None:
    """Say that a call ended well, and wait until that is on disk."""
    gate.say("outcome", run=run, permit=permit, call=call, outcome="done", ms=1.0)
    gate.hear("kept")


def pending(hub: HubProcess) -> list[Path]:
    """Return the files of exact arguments."""
    return list((hub.data / "pending").iterdir())


@pytest.mark.usefixtures("alone")
def test_a_call_is_approved_from_the_command_line_and_its_outcome_is_shown(
    hub: HubProcess, gate: RawGate, command: Command
) -> None:
    """The list, the card, an edit that keeps a secret nobody saw, one permit, how it ended; the secret is nowhere."""
    run, args = ids.new_run(), {"amount": 180.0, "note": "for A-1009", "key": SECRET}
    gate.open(run)
    wants(gate, run, "c-1", args, says=f"promised it, {SECRET}")
    name = gate.hear("waiting")["escalation"]
    folder = hub.data / "pending"
    modes = {stat.S_IMODE(path.stat().st_mode) for path in pending(hub)}
    assert (modes, stat.S_IMODE(folder.stat().st_mode)) == ({0o600}, 0o700)
    code, listed = command("escalations")
    assert (code, [found["id"] for found in listed["escalations"]]) == (0, [name])
    found = command("escalations", name)[1]
    assert (found["hidden"], found["goal"], found["requester"]["agent"]) == (True, "refund A-1009", "refunds")
    assert hub.get(f"/v1/runs/{run}")["run"]["waiting_for"] == name
    assert hub.get("/v1/status")["escalations"]["waiting"] == 1
    shown = json.loads(found["args"])
    edited = folder.parent.parent / "edited.json"
    edited.write_text(json.dumps({**shown, "amount": 150}), encoding="utf-8")
    code, answer = command("approve", name, "--digest", found["digest"][:12], "--args", str(edited))
    assert (code, answer["state"], answer["edited"]) == (0, "approved", True)
    approved = gate.hear("approved")
    assert canonical.decode("refund", approved["args"]) == {**args, "amount": 150}
    permit = comes(gate, run, "c-1", approved)["permit"]
    ended(gate, run, "c-1", permit)
    found = command("escalations", name)[1]
    assert (found["state"], found["permit"], found["outcome"]) == ("used", permit, "done")
    assert [path for path in pending(hub) if path.name.startswith(name)] == []
    _nowhere(hub, [found, listed, answer, hub.get("/v1/audit?limit=500"), hub.get(f"/v1/runs/{run}/events")])


def _nowhere(hub: HubProcess, answers: list[Any]) -> None:
    """See that no file of the hub and no answer has the secret, in any spelling that a search would find."""
    raw = SECRET.encode()
    spelled = [raw, raw.hex().encode(), base64.b64encode(raw)[:-4], raw[::-1], SECRET.encode("utf-16-le")]
    stored = hub.files(lambda path: path.read_bytes() if path.is_file() else b"")
    for where in (*stored.values(), json.dumps(answers).encode()):
        assert not any(each in where for each in spelled)


def test_a_hub_that_is_killed_keeps_what_waits(command: Command, hub: HubProcess) -> None:
    """The gate comes back, asks again, and gets the same escalation; then a person approves, and it runs once."""
    run, name = ids.new_run(), ids.new_gate()
    with raw_gate(hub, name) as gate:
        gate.open(run)
        wants(gate, run, "c-1", {"amount": 180.0})
        before = gate.hear("waiting")
        hub.kill()
    hub.start()
    with raw_gate(hub, name) as gate:
        gate.open(run, again=True)
        wants(gate, run, "c-1", {"amount": 180.0}, req="again")
        after = gate.hear("waiting")
        assert after["escalation"] == before["escalation"]
        assert after["wait_ms"] <= before["wait_ms"]
        found = command("escalations", after["escalation"])[1]
        assert command("approve", found["id"], "--digest", found["digest"])[0] == 0
        approved = gate.hear("approved")
        hub.kill()
    hub.start()
    with raw_gate(hub, name) as gate:
        gate.open(run, again=True)
        permit = comes(gate, run, "c-1", approved)["permit"]
        assert comes(gate, run, "c-1", approved)["permit"] == permit
        ended(gate, run, "c-1", permit)
    kinds = [entry["kind"] for entry in hub.get("/v1/audit?limit=500")["entries"] if entry["run"] == run]
    assert [kinds.count(kind) for kind in ("escalation", "approved", "permit", "outcome")] == [1, 1, 1, 1]


def test_of_many_who_decide_at_once_one_wins(hub: HubProcess, gate: RawGate) -> None:
    """The others are told who and what; the gate hears one decision."""
    run = ids.new_run()
    gate.open(run)
    wants(gate, run, "c-1", {"amount": 180.0})
    name = gate.hear("waiting")["escalation"]
    digest = hub.get(f"/v1/escalations/{name}")["digest"]

    def decide(n: int) -> tuple[int, Any]:
        verb, reason = ("approve", "reject")[n % 2], {"reason": "no"}
        return hub.ask("POST", f"/v1/escalations/{name}/{verb}", {"digest": digest, **reason})

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(decide, range(16)))
    won = [answer for status, answer in answers if status == 200]
    lost = [answer["error"] for status, answer in answers if status != 200]
    assert (len(won), {error["code"] for error in lost}) == (1, {"decided"})
    assert all(won[0]["state"] in error["problem"] for error in lost)
    kinds = [entry["kind"] for entry in hub.get("/v1/audit?limit=500")["entries"] if entry["run"] == run]
    assert kinds.count("approved") + kinds.count("rejected") == 1


def test_a_reject_reaches_the_agent_with_its_reason(hub: HubProcess, gate: RawGate, command: Command) -> None:
    """And whoever is late, or read something else, is told what to do next, in words and by exit code."""
    run = ids.new_run()
    gate.open(run)
    wants(gate, run, "c-1", {"amount": 180.0})
    name = gate.hear("waiting")["escalation"]
    digest = hub.get(f"/v1/escalations/{name}")["digest"]
    code, wrong = command("reject", name, "--digest", "ab" * 32, "--reason", "no")
    assert (code, wrong["error"]["code"], f"interlock escalations {name}" in wrong["error"]["problem"]) == (
        1,
        "digest",
        True,
    )
    assert command("reject", name, "--digest", "abababab", "--reason", "no")[0] == 2
    assert command("reject", name[:12], "--digest", digest[:8], "--reason", "wrong customer")[0] == 0
    refused = gate.hear("refused")
    assert (refused["code"], refused["reason"], refused["escalation"]) == ("rejected", "wrong customer", name)
    code, late = command("approve", name[:12], "--digest", digest)
    assert (code, late["error"]["code"]) == (1, "decided")
    assert f"'interlock escalations {name}' shows what became of it" in late["error"]["problem"]
    assert command("escalations", name[:12])[1]["id"] == name
    assert command("escalations", "e-" + "0" * 16)[0] == 6
    rejected = command("escalations", "--state", "rejected")[1]["escalations"]
    assert rejected[0]["id"] == name


def test_while_nothing_can_be_written_nothing_is_approved_and_rejects_hold() -> None:
    """Where exact arguments cannot be kept nobody is asked, no approval comes true, and rejects go out at once."""
    with running_hub() as hub, raw_gate(hub) as gate:
        run = ids.new_run()
        gate.open(run)
        names: dict[str, str] = {}
        for call in ("c-1", "c-2"):
            wants(gate, run, call, {"amount": 180.0})
            names[call] = gate.hear("waiting")["escalation"]
        digests = {call: hub.get(f"/v1/escalations/{name}")["digest"] for call, name in names.items()}
        folder, away = hub.data / "pending", hub.data / "away"
        folder.rename(away)
        wants(gate, run, "c-3", {"amount": 181.0})
        path = f"/v1/escalations/{names['c-1']}/approve"
        status, answer = hub.ask("POST", path, {"digest": digests["c-1"]})
        assert (status, answer["error"]["code"]) == (409, "unrecorded")
        path = f"/v1/escalations/{names['c-2']}/reject"
        status, answer = hub.ask("POST", path, {"digest": digests["c-2"], "reason": "no"})
        assert (status, answer["state"], answer["unrecorded"]) == (200, "rejected", True)
        while (refused := gate.hear("refused"))["escalation"] != names["c-2"]:
            assert refused["code"] == "void", "an approval that was on its way was taken back"
        assert refused["code"] == "rejected"
        away.rename(folder)
        assert gate.hear("waiting")["req"] == "ask-c-3"
        assert hub.get(f"/v1/escalations/{names['c-1']}")["state"] in ("waiting", "void")
        assert [frame for frame in gate.seen if frame["kind"] == "approved"] == []
