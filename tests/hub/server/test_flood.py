"""A flood of telemetry (invariant D7, small form): it costs the flooder its connection, and nobody else anything."""

import contextlib

from websockets.exceptions import ConnectionClosed

from interlock import ids
from interlock.hub.server.limits import BEATS, OVERRUN_BYTES
from tests.hub.server.raw import RawGate, raw_gate, reasoning
from tests.support.hubs import HubProcess, running_hub

LONG = "x" * 50_000


def test_a_flood_costs_the_flooder_at_most_its_connection() -> None:
    """Of a gate that never waits the hub stores a run without holes, and a kill of another run goes out beside it."""
    run, quiet = ids.new_run(), ids.new_run()
    with running_hub() as hub, raw_gate(hub) as bystander:
        bystander.open(quiet)
        with raw_gate(hub) as gate:
            gate.open(run)
            pour(gate, run, 12 * OVERRUN_BYTES)
            kill_is_obeyed(hub, bystander, quiet)
        items = hub.get(f"/v1/runs/{run}/events?limit=1000&after=0")["items"]
        seqs = [item["e"]["seq"] for item in items if item["e"]["event"]["kind"] == "reasoning"]
        assert seqs
        assert seqs == list(range(2, 2 + len(seqs)))
        bystander.say("beat", n=1)
        assert bystander.hear("lease")["n"] == 1


def test_a_flood_of_heartbeats_is_passed_over() -> None:
    """Each one costs a look at every run of the gate: few of many are answered, and the connection goes on."""
    with running_hub() as hub, raw_gate(hub) as gate:
        for n in range(500):
            gate.say("beat", n=n)
        ask = {"call": "c", "tool": "refund", "cls": "write", "digest": "0" * 64, "args": "{}"}
        gate.say("permit", req="p", run=ids.new_run(), **ask)
        assert gate.hear("refused")["code"] == "unknown_run"
        leases = [frame["n"] for frame in gate.seen if frame["kind"] == "lease"]
        assert leases[:BEATS] == list(range(BEATS))
        assert len(leases) < 250


def pour(gate: RawGate, run: str, size: int) -> None:
    """Send this many bytes of events without waiting for any to be stored, or until the hub closes."""
    with contextlib.suppress(ConnectionClosed):
        for first in range(2, 2 + size // len(LONG), 4):
            gate.events(run, first, *[reasoning(LONG) for _ in range(4)])


def kill_is_obeyed(hub: HubProcess, gate: RawGate, run: str) -> None:
    """Kill a run and see its gate get the order."""
    status, _ = hub.ask("POST", "/v1/orders", {"verb": "kill", "runs": [run], "reason": "x"})
    assert status == 200
    assert gate.hear("order")["runs"] == [run]
