"""Policy, dial and approvals at the real hub: pushed over HTTP, obeyed at the gate, and on the record."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import interlock
from interlock import Gate, canonical
from interlock.errors import CallRefused, Rejected
from tests.gate.ruled import Agent
from tests.support.afterwards import raise_all
from tests.support.hubs import HubProcess

GUARD = 60.0
SOURCE = """
version: 1
tools:
  look: {class: read}
  refund: {class: write}
  note: {class: write}
roles:
  support-agent:
    default: deny
    tools:
      look: allow
      refund:
        args: {order_id: string, amount: "> 0, <= 200"}
        ask_when: {amount: "> 100"}
      note: {args: {text: "len <= 200000"}}
"""


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubProcess]:
    """One hub for all tests here, with the policy pushed."""
    with HubProcess(tmp_path_factory.mktemp("ruled") / "hub") as hub:
        status, said = hub.ask("POST", "/v1/policy", {"source": SOURCE, "reason": "a test says so"})
        assert status == 200, said
        yield hub


@pytest.fixture
def ruled(real: HubProcess) -> Iterator[Gate]:
    """A gate connected to it; afterwards the hub runs and no dial is lowered."""
    with interlock.connect(real.url, real.agent_token) as gate:
        yield gate
    if not real.running:
        real.start()
    raise_all(real)


@pytest.fixture
def sink() -> list[Any]:
    """What the tool did."""
    return []


@pytest.fixture
def refund(ruled: Gate, sink: list[Any]) -> Callable[..., Any]:
    """A write whose effects are seen in the sink."""

    @ruled.tool(cls="write")
    def refund(order_id: str, amount: float) -> str:
        sink.append((order_id, amount))
        return "paid"

    return refund


def _run(gate: Gate) -> Any:
    return gate.run(agent="refunds", role="support-agent", goal="refund order A-1")


def _until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + GUARD
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def _waiting(hub: HubProcess, run: str) -> dict[str, Any]:
    def found() -> list[dict[str, Any]]:
        status, said = hub.ask("GET", "/v1/escalations?state=waiting")
        assert status == 200, said
        return [one for one in said["escalations"] if one["run"] == run]

    return dict(_until(found)[0])


def _facts(hub: HubProcess, run: str) -> list[dict[str, Any]]:
    status, said = hub.ask("GET", "/v1/audit?limit=500")
    assert status == 200, said
    return [entry for entry in said["entries"] if entry["run"] == run]


def test_an_approval_runs_what_was_edited_once(
    real: HubProcess, ruled: Gate, refund: Any, sink: list[Any]
) -> None:
    """Edited and approved at the hub, the gate runs those bytes, and the record has intent and outcome of them."""
    edited = '{"amount":20.0,"order_id":"A-1"}'
    with _run(ruled) as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        one = _waiting(real, run.id)
        assert one["args"] == '{"amount":150.0,"order_id":"A-1"}'
        path = f"/v1/escalations/{one['id']}"
        body = {"digest": one["digest"], "args": edited, "reason": "the order was of 20"}
        status, said = real.ask("POST", f"{path}/approve", body)
        assert status == 200, said
        assert agent.end().result == "paid"
    ruled.close(20)
    assert sink == [("A-1", 20.0)]
    permits = [entry for entry in _facts(real, run.id) if entry["kind"] == "permit"]
    assert [entry["body"]["digest"] for entry in permits] == [canonical.digest("refund", edited)]
    assert permits[0]["body"]["escalation"] == one["id"]


def test_arguments_of_any_length_are_judged_by_what_the_hub_has_of_them(ruled: Gate) -> None:
    """A write within its bounds runs, however long its arguments are: what the hub has not is the gate's to judge."""
    kept: list[int] = []

    @ruled.tool(cls="write")
    def note(text: str) -> None:
        kept.append(len(text))

    with ruled.run(agent="support", role="support-agent", goal="write it down"):
        for size in (40_000, 150_000):
            note("x" * size)
        with pytest.raises(CallRefused, match="len <= 200000"):
            note("x" * 200_001)
    assert kept == [40_000, 150_000]


def test_a_reject_reaches_the_agent_with_its_reason(
    real: HubProcess, ruled: Gate, refund: Any, sink: list[Any]
) -> None:
    """The agent learns who said no and why; nothing ran."""
    with _run(ruled) as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        one = _waiting(real, run.id)
        body = {"digest": one["digest"], "reason": "ask the customer first"}
        status, said = real.ask("POST", f"/v1/escalations/{one['id']}/reject", body)
        assert status == 200, said
        error = agent.end().error
    assert isinstance(error, Rejected)
    assert error.reason == "ask the customer first"
    assert sink == []


def test_a_call_that_waits_survives_the_hub(
    real: HubProcess, ruled: Gate, refund: Any, sink: list[Any]
) -> None:
    """The hub dies and comes back: the same escalation waits, and its approval runs the call once."""
    with _run(ruled) as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        one = _waiting(real, run.id)
        # Told to the gate once it is on disk: what the disk has not is asked anew, as another escalation.
        _until(lambda: [ask for ask in run.link.requests.asks.values() if ask.escalation == one["id"]])
        real.kill()
        real.start()
        _until(lambda: ruled.connected)
        again = _until(lambda: [back for back in [_waiting(real, run.id)] if back["id"] == one["id"]])[0]
        body = {"digest": again["digest"], "reason": "it is fine"}
        status, said = real.ask("POST", f"/v1/escalations/{one['id']}/approve", body)
        assert status == 200, said
        assert agent.end().result == "paid"
    assert sink == [("A-1", 150.0)]


def test_a_dial_turned_over_http_holds_the_next_call(
    real: HubProcess, ruled: Gate, refund: Any, sink: list[Any]
) -> None:
    """Lowered, it refuses at once; a second gate that joins the run is held by the same policy and dial."""
    scope = {"scope": {"agent": "refunds"}, "level": "read-only", "reason": "a test says so"}
    with _run(ruled) as run:
        assert refund("A-1", 1.0) == "paid"
        before = run.link.rules
        status, said = real.ask("POST", "/v1/dial", scope)
        assert status == 200, said
        _until(lambda: run.link.rules is not before)
        with pytest.raises(CallRefused, match="stands at 'read-only'"):
            refund("A-1", 2.0)
        with interlock.connect(real.url, real.agent_token) as other, other.join(run.id) as joined:
            assert joined.role == "support-agent"
            with pytest.raises(CallRefused, match="stands at 'read-only'"):
                refund("A-1", 3.0)
        raised = scope | {"level": "auto", "proof": said["order"][-4:]}
        status, said = real.ask("POST", "/v1/dial", raised)
        assert status == 200, said
        lowered = run.link.rules
        _until(lambda: run.link.rules is not lowered or not run.link.rules.dials)
        assert refund("A-1", 4.0) == "paid"
    assert [amount for _, amount in sink] == [1.0, 4.0]
