"""Contracts at a real hub: what is on record of attempts, and who is told of an open breaker."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

import interlock
from interlock.errors import CallTimedOut, CircuitOpen
from interlock.gate import Gate
from tests.gameday.sandbox import until
from tests.support.hubs import HubProcess, running_hub


@pytest.fixture(scope="module")
def real() -> Iterator[HubProcess]:
    """A hub of the module's own."""
    with running_hub() as found:
        yield found


def _fragile(gate: Gate) -> Callable[[str], None]:
    """Return a tool that never answers, behind a breaker that one failure opens for minutes."""

    @gate.tool(contract={"class": "read", "breaker": "1 of 1 / 10m", "endpoint": "carrier"})
    def quote(carrier: str) -> None:
        raise CallTimedOut("", carrier, 1.0, permit=None)

    return quote


def _open(hub: HubProcess, gate: Gate) -> list[dict[str, Any]]:
    """Return the breakers of this gate that the hub's status tells of."""
    return [told for told in hub.get("/v1/status")["breakers"] if told["gate"] == gate.id]


def test_attempts_are_one_intent_and_one_outcome_on_record(real: HubProcess) -> None:
    """Two attempts broke off and one paid: the record has one permit, done; nothing of the run is unknown."""
    keys: list[str | None] = []
    contract = {"class": "write", "retries": 2, "backoff": "0.001s x1 <= 1ms", "idempotency": "order"}
    with interlock.connect(real.url, real.agent_token) as gate:

        @gate.tool(contract=contract)
        def refund(order: str) -> str:
            call = interlock.current_call()
            keys.append(call.idempotency_key if call else None)
            if len(keys) < 3:
                raise ConnectionResetError("gone")
            return "paid"

        with gate.run(agent="refunds", role="support", goal="refund") as run:
            assert refund("A-1") == "paid"
        gate.close(40)
    entries = real.get(f"/v1/audit?run={run.id}&limit=500")["entries"]
    kinds = [entry["kind"] for entry in entries]
    assert kinds.count("permit") == 1
    assert kinds.count("outcome") == 1
    assert len(set(keys)) == 1
    assert real.get(f"/v1/runs/{run.id}")["run"]["unknown"] == {}


def test_an_open_breaker_is_told_to_all_until_its_gate_is_gone(real: HubProcess) -> None:
    """The status names tool, endpoint and gate; once that gate has left, nobody is held back any more."""
    with interlock.connect(real.url, real.agent_token) as gate:
        quote = _fragile(gate)
        with gate.run(agent="quotes", role="support", goal="ask for a price"):
            with pytest.raises(CallTimedOut):
                quote("north")
            with pytest.raises(CircuitOpen):
                quote("north")
            (told,) = until(lambda: _open(real, gate), "the breaker")
    assert (told["tool"], told["endpoint"]) == ("quote", "north")
    assert (told["state"], told["until"] > told["since"]) == ("open", True)
    until(lambda: not _open(real, gate), "the end of the breaker")


def test_a_hub_that_was_killed_and_started_again_knows_of_an_open_breaker() -> None:
    """The gate says so as soon as it is back, without a call: the breaker need not change again first."""
    with running_hub() as hub, interlock.connect(hub.url, hub.agent_token) as gate:
        quote = _fragile(gate)
        with gate.run(agent="quotes", role="support", goal="ask for a price"):
            with pytest.raises(CallTimedOut):
                quote("north")
            (before,) = until(lambda: hub.get("/v1/status")["breakers"], "the breaker")
            hub.kill()
            hub.start()
            (after,) = until(lambda: hub.get("/v1/status")["breakers"], "the breaker after the restart")
    same = ("tool", "endpoint", "gate", "state")
    assert [after[key] for key in same] == [before[key] for key in same]
    assert abs(after["until"] - before["until"]) < 60
    assert abs(after["since"] - before["since"]) < 60
