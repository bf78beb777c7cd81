"""What a plan makes of an effect's result: what the record has the digest of, whatever its agent says afterwards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interlock import canonical, ids
from interlock.hub.core.effects import Fact
from interlock.hub.record import Record
from interlock.hub.record.intents import Intents
from interlock.hub.server.recall import Recall
from interlock.hub.trace import Trace
from tests.hub.server.raw import Json, raw_gate
from tests.hub.store.events import line, run_id, started
from tests.support.hubs import HubProcess

POLICY = """
version: 1
tools:
  refund: {class: write, compensate: {tool: cancel, args: {refund: "result.refund_id"}}}
  cancel: {class: write}
roles:
  support: {tools: {refund: allow, cancel: allow}}
"""
SECRET = "[secret:0123456789abcdef]"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """A hub whose policy says how a refund is made good."""
    with HubProcess(tmp_path_factory.mktemp("recall") / "hub") as made:
        status, said = made.ask("POST", "/v1/policy", {"source": POLICY, "reason": "a test says so"})
        assert status == 200, said
        yield made


def planned(hub: HubProcess, results: list[Json], digest_of: Json) -> Json:
    """Let a refund end with the digest of one result, and its agent tell these; return the plan's only step."""
    with raw_gate(hub) as gate:
        run, exact = ids.new_run(), canonical.encode("refund", {"order": "A-1"})
        gate.open(run, role="support")
        digest = canonical.digest("refund", exact)
        asked: Json = {"tool": "refund", "cls": "write", "args": exact, "digest": digest, "call": "c-1"}
        gate.say("permit", req="ask", run=run, **asked)
        permit = gate.hear("granted")["permit"]
        events: list[Json] = [{"kind": "tool.proposed", **asked}]
        for result in results:
            told: Json = {"kind": "tool.finished", "call": "c-1", "outcome": "done", "ms": 1.0}
            events.append({**told, "result": json.dumps(result)})
        gate.events(run, 2, *events)
        gate.stored(run, 1 + len(events))
        done = hashlib.sha256(json.dumps(digest_of).encode()).hexdigest()
        gate.say("outcome", run=run, permit=permit, call="c-1", outcome="done", digest=done)
        gate.hear("kept")
    status, plan = hub.ask("POST", "/v1/compensations/plan", {"permits": [permit]})
    assert status == 200, plan
    (step,) = plan["steps"]
    return dict(step)


TRUE, FORGED = {"refund_id": "R-1"}, {"refund_id": "R-2"}


@pytest.mark.parametrize(
    ("results", "digest_of"),
    [
        ([TRUE], TRUE),
        ([TRUE, {**FORGED, "note": SECRET}], TRUE),
        ([{**FORGED, "note": SECRET}, TRUE], TRUE),
        ([{**TRUE, "card": SECRET}, {**FORGED, "note": SECRET}], {**TRUE, "card": "4111"}),
    ],
)
def test_a_result_that_is_told_again_changes_no_plan(
    hub: HubProcess, results: list[Any], digest_of: Json
) -> None:
    """The refund that is cancelled is the one that was made, also where the agent later tells of another."""
    step = planned(hub, results, digest_of)
    assert (step["state"], step["compensation"]["args"]) == ("ready", '{"refund":"R-1"}')


def test_a_result_that_was_never_the_outcomes_is_not_used(hub: HubProcess) -> None:
    """With another digest, and no secret that explains it, nothing is guessed."""
    step = planned(hub, [FORGED], TRUE)
    assert (step["state"], "has the digest of" in step["cannot"]) == ("cannot be undone", True)


def test_an_effect_whose_texts_were_erased_cannot_be_undone(hub: HubProcess) -> None:
    """The plan says that an erasure took what it would need, and which one; it was ready before."""
    step = planned(hub, [TRUE], TRUE)
    assert step["state"] == "ready"
    status, done = hub.ask("POST", "/v1/erase", {"run": step["run"], "reason": "she asked"})
    assert status == 200, done
    _, plan = hub.ask("POST", "/v1/compensations/plan", {"permits": [step["permit"]]})
    (again,) = plan["steps"]
    assert (again["state"], f"erased: [erased {done['erasure']}]" in again["cannot"]) == (
        "cannot be undone",
        True,
    )


@pytest.fixture
def stores(tmp_path: Path) -> Iterator[tuple[Record, Trace, Recall]]:
    """Both stores of a hub, and what reads them together."""
    record, trace = Record.open(tmp_path), Trace.open(tmp_path)
    yield record, trace, Recall(Intents(tmp_path), trace)
    trace.close()
    record.close()


def _told(record: Record, trace: Trace, text: str) -> str:
    """Let a run have a permit, and a result in the trace; return the run."""
    run, digest = run_id(1), canonical.digest("refund", canonical.encode("refund", {}))
    permit = {"call": "c-1", "tool": "refund", "cls": "write", "digest": digest}
    record.append([Fact("permit", permit, run=run, permit="p-1")], 1_795_000_000.0)
    told = {"kind": "tool.finished", "call": "c-1", "outcome": "done", "ms": 1.0, "result": text}
    trace.write([line(1, 1, started()), line(1, 2, told)])
    return run


def _used_once_it_ended(record: Record, recall: Recall, run: str, text: str) -> None:
    """Let the outcome with the digest of the result be recorded: then it is what the call returned."""
    outcome = {"call": "c-1", "outcome": "done", "digest": hashlib.sha256(text.encode()).hexdigest()}
    record.append([Fact("outcome", outcome, run=run, permit="p-1")], 1_795_000_002.0)
    (late,) = recall.seen([run], None)
    assert (late.result.problem, late.result.value) == ("", TRUE)


def test_a_result_that_came_before_its_outcome_is_not_called_another(
    stores: tuple[Record, Trace, Recall],
) -> None:
    """Each store has its own file: between the two writes nothing is said against a result, and then it is used."""
    record, trace, recall = stores
    text = json.dumps(TRUE)
    run = _told(record, trace, text)
    (early,) = recall.seen([run], None)
    assert early.result.problem == "its outcome is not in the record (not here yet)"
    _used_once_it_ended(record, recall, run, text)


def test_an_outcome_that_the_hub_wrote_as_unknown_is_not_waited_for(
    stores: tuple[Record, Trace, Recall],
) -> None:
    """It is in the record, so nobody is told to come back for it; one that comes late all the same is used."""
    record, trace, recall = stores
    text = json.dumps(TRUE)
    run = _told(record, trace, text)
    bare = "the record has no digest that the result in the trace could be held against"
    unknown = {"call": "c-1", "outcome": "unknown", "why": "its gate is gone"}
    record.append([Fact("outcome.unknown", unknown, run=run, permit="p-1")], 1_795_000_001.0)
    (seen,) = recall.seen([run], None)
    assert seen.result.problem == bare
    _used_once_it_ended(record, recall, run, text)
