"""Policy and dial at a real hub: what the API answers, what a gate is told, and what a restart keeps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from interlock import canonical, ids
from interlock.policy import staged
from tests.hub.core.rulings import YAML
from tests.hub.server.raw import RawGate, raw_gate, reasoning
from tests.support.hubs import HubProcess, running_hub

OTHER = YAML.replace("<= 200", "<= 50")
_bounds = count(51)


def post(hub: HubProcess, path: str, **body: Any) -> Any:
    """Ask for something that must be done, and return the answer."""
    status, answer = hub.ask("POST", path, body)
    assert status == 200, answer
    return answer


def refused(hub: HubProcess, path: str, **body: Any) -> tuple[int, str]:
    """Ask for something that is refused; return status and code."""
    status, answer = hub.ask("POST", path, body)
    assert answer["error"]["fix"]
    return status, answer["error"]["code"]


def ask(gate: RawGate, run: str, number: int, amount: int) -> str:
    """Ask for a permit; return ``granted`` or the code of the refusal."""
    text = canonical.encode("refund", {"amount": amount})
    digest = canonical.digest("refund", text)
    req = f"{run} {number}"
    gate.say(
        "permit", req=req, run=run, call=f"c{number}", tool="refund", cls="write", digest=digest, args=text
    )
    while True:
        frame = gate.hear("granted") if amount <= 50 else gate.hear("refused")
        if frame["req"] == req:
            return str(frame.get("code", "granted"))


@pytest.fixture
def fresh() -> Iterator[HubProcess]:
    """A hub that no policy was pushed to."""
    with running_hub() as running:
        yield running


def test_a_policy_is_pushed_holds_is_staged_and_survives_a_restart(fresh: HubProcess) -> None:
    """One life of a policy: each step with what the status says, what the gate gets, and what the record keeps."""
    hub = fresh
    assert hub.get("/v1/status")["policy"] is None
    status, answer = hub.ask("POST", "/v1/policy", {"source": "version: 1\nroles: {a: {tols: {}}}\n"})
    assert (status, answer["error"]["code"]) == (400, "policy")
    assert [(each["line"], each["column"]) for each in answer["error"]["problems"]] == [(2, 13)]
    with raw_gate(hub) as gate:
        assert gate.hear("rules")["dials"] == []
        first = post(hub, "/v1/policy", source=YAML, reason="to begin")["active"]
        assert gate.hear("policy")["digest"] == first["digest"]
        assert gate.hear("rules")["active"]["n"] == 1
        assert hub.get("/v1/status")["policy"]["digest"] == first["digest"]
        run = ids.new_run()
        gate.open(run)
        assert (ask(gate, run, 1, 20), ask(gate, run, 2, 900)) == ("granted", "denied")
        assert refused(hub, "/v1/policy", source=YAML) == (409, "unchanged")
        answer = post(hub, "/v1/policy", source=OTHER, stage=0.5)
        assert (answer["candidate"]["share"], answer["candidate"]["diff_total"]) == (0.5, 1)
        assert gate.hear("policy")["n"] == 2
        assert gate.hear("rules")["candidate"]["share"] == 0.5
    permit = next(each for each in hub.get("/v1/audit?limit=200")["entries"] if each["kind"] == "permit")
    assert (permit["body"]["policy"], permit["body"]["rule"]) == (
        first["digest"],
        "roles.support.tools.refund",
    )
    hub.kill()
    hub.start()
    after = hub.get("/v1/policy")
    assert (after["active"], after["candidate"]["n"]) == (first, 2)
    with raw_gate(hub) as gate:
        assert [gate.hear("policy")["n"], gate.hear("policy")["n"]] == [1, 2]
        assert gate.hear("rules")["candidate"]["n"] == 2
    assert refused(hub, "/v1/policy/promote", digest=first["digest"]) == (409, "conflict")
    promoted = post(hub, "/v1/policy/promote", digest=after["candidate"]["digest"])
    assert (promoted["active"]["n"], promoted["candidate"]) == (2, None)
    assert post(hub, "/v1/policy/rollback", n=1)["active"]["n"] == 1
    assert [each["n"] for each in hub.get("/v1/policy/versions")["versions"]] == [2, 1]
    whole = hub.get("/v1/policy/versions/2")
    assert (whole["source"], whole["version"]["size"]) == (OTHER, len(whole["json"]))
    assert hub.ask("GET", "/v1/policy/versions/9")[0] == 404


@pytest.fixture
def restored(hub: HubProcess) -> Iterator[None]:
    """Leave no candidate, and no dial that is turned down."""
    yield
    if (candidate := hub.get("/v1/policy")["candidate"]) is not None:
        post(hub, "/v1/policy/withdraw", digest=candidate["digest"])
    for dial in hub.get("/v1/status")["dials"]:
        post(hub, "/v1/dial", scope=dial["scope"], level="auto", proof=dial["order"][-4:])


@pytest.mark.usefixtures("restored")
def test_both_sides_of_a_stage_are_counted_in_the_trace(hub: HubProcess) -> None:
    """What gates decided by each policy, by rule, runs counted once; a restart loses nothing of it."""
    if hub.get("/v1/policy")["active"] is None:
        post(hub, "/v1/policy", source=YAML)
    assert hub.ask("GET", "/v1/policy/sides")[0] == 404
    there = post(hub, "/v1/policy", source=OTHER, stage=0.5)
    digests = {False: there["active"]["digest"], True: there["candidate"]["digest"]}
    runs = {
        side: next(run for run in iter(ids.new_run, "") if staged(run, 0.5, digests[True]) is side)
        for side in digests
    }
    with raw_gate(hub) as gate:
        for side, run in runs.items():
            gate.open(run)
            told = [("allow", "roles.support.tools.refund")] * 3 + [("deny", "roles.support.default")]
            decided = [
                {
                    "kind": "gate.decided",
                    "call": f"c{n}",
                    "verdict": verdict,
                    "rule": rule,
                    "policy": digests[side],
                }
                for n, (verdict, rule) in enumerate(told)
            ]
            approved = {**decided[0], "call": "c9", "escalation": "e-" + "0" * 16}
            forged = {**decided[0], "policy": "ab" * 32}
            gate.events(run, 2, *decided, approved, forged)
            gate.stored(run, 7)
    shown = hub.get("/v1/policy/sides")
    for name in ("active", "candidate"):
        side = shown[name]
        assert (side["runs"], side["calls"], side["allow"], side["ask"], side["deny"]) == (1, 4, 3, 0, 1)
        first = {"rule": "roles.support.tools.refund", "verdict": "allow", "count": 3}
        assert side["rules"][0] == first
    state = hub.get(f"/v1/runs/{runs[True]}")["run"]
    assert (state["candidate"], state["policy"], state["level"]) == (True, digests[True], "auto")
    hub.kill()
    hub.start()
    assert hub.get("/v1/policy/sides") == shown
    post(hub, "/v1/policy/withdraw", digest=digests[True])
    assert hub.ask("GET", "/v1/policy/sides")[0] == 404


def test_a_run_shows_another_version_from_the_next_thing_that_it_reports(hub: HubProcess) -> None:
    """The trace has it before that thing, and has nothing of versions under which the run reported nothing."""
    sources = [YAML.replace("<= 200", f"<= {next(_bounds)}") for _ in range(3)]
    post(hub, "/v1/policy", source=sources[0])
    with raw_gate(hub) as gate:
        run = ids.new_run()
        gate.open(run)
        for source in sources[1:]:
            post(hub, "/v1/policy", source=source)
        gate.events(run, 2, reasoning("still here"))
        gate.stored(run, 2)
    items = hub.get(f"/v1/runs/{run}/events")["items"]
    events = [item["e"]["event"] for item in items]
    told = [
        (event["kind"], event.get("n")) for event in events if event["kind"] in ("run.ruled", "reasoning")
    ]
    holds = hub.get("/v1/policy")["active"]
    assert told == [("run.ruled", holds["n"] - 2), ("run.ruled", holds["n"]), ("reasoning", None)]
    assert hub.get(f"/v1/runs/{run}")["run"]["policy"] == holds["digest"]


@pytest.mark.usefixtures("restored")
def test_a_dial_is_with_the_gates_at_once_and_raised_with_proof(hub: HubProcess) -> None:
    """Down without proof, up with the order's last four; the run's state says its level, the status lists the dial."""
    with raw_gate(hub) as gate:
        gate.hear("rules")
        run = ids.new_run()
        gate.open(run)
        down = post(hub, "/v1/dial", scope={"role": "support"}, level="shadow", reason="odd refunds")
        assert down["was"] == "auto"
        assert gate.hear("rules")["dials"][0]["level"] == "shadow"
        assert hub.get("/v1/status")["dials"][0]["reason"] == "odd refunds"
        assert refused(hub, "/v1/dial", scope={"role": "support"}, level="auto") == (409, "proof")
        assert refused(hub, "/v1/dial", scope={"role": "support"}, level="shadow") == (409, "unchanged")
        proof = down["order"][-4:]
        up = post(hub, "/v1/dial", scope={"role": "support"}, level="auto", proof=proof)
        assert (up["dial"], up["was"]) == (None, "shadow")
        assert gate.hear("rules")["dials"] == []
        levels = [
            item["e"]["event"]["level"]
            for item in hub.get(f"/v1/runs/{run}/events")["items"]
            if item["e"]["event"]["kind"] == "run.ruled"
        ]
    assert levels[-2:] == ["shadow", "auto"]


def test_no_policy_with_a_secret_in_it_is_kept(hub: HubProcess) -> None:
    """A policy is kept for ever, so one with a token in it is refused, and the record has nothing of it."""
    secret = "AKIA" + "ABCDEFGHIJKLMNOP"
    told = YAML.replace('never: "irreversible"', f'never: "{secret}"')
    assert refused(hub, "/v1/policy", source=told) == (409, "secret")
    assert secret not in str(hub.get("/v1/audit?limit=500"))
