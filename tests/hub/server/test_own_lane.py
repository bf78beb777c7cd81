"""Orders have a lane of their own (invariant K10, small form), and what waits for a disk is bounded (D7, small form).

Whoever holds the write lock of the trace's database keeps the hub from storing any event, for as long as it likes.
"""

import contextlib
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import apsw
import psutil
from websockets.exceptions import ConnectionClosed

from interlock import ids
from interlock.hub.server.limits import OVERRUN_BYTES, UNSTORED_MAX
from tests.hub.server.raw import RawGate, raw_gate, reasoning
from tests.hub.server.test_flood import kill_is_obeyed, pour
from tests.support.hubs import GUARD, HubProcess, running_hub

MEBIBYTE = 1024 * 1024


@contextmanager
def nothing_stored(hub: HubProcess) -> Iterator[None]:
    """Keep every event from being stored while the block runs."""
    connection = apsw.Connection(str(Path(hub.data) / "trace.db"))
    connection.set_busy_timeout(10_000)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def test_orders_pass_events_that_cannot_be_stored() -> None:
    """With a thousand events ahead of it and none of them storable, a kill is recorded, obeyed and confirmed."""
    busy, quiet = ids.new_run(), ids.new_run()
    with running_hub() as hub, raw_gate(hub) as load, raw_gate(hub) as gate:
        load.open(busy)
        gate.open(quiet)
        assert hub.get(f"/v1/runs/{busy}")["run"]["n"] >= 1
        with nothing_stored(hub):
            for first in range(2, 1002, 100):
                load.events(busy, first, *[reasoning("x" * 500) for _ in range(100)])
            answer = hub.ask("POST", "/v1/orders", {"verb": "kill", "runs": [quiet], "reason": "now"})
            receipt = answer[1]["receipts"][0]
            assert "recorded" in [stage["stage"] for stage in receipt["stages"]]
            assert gate.hear("order")["runs"] == [quiet]
            gate.say("answer", order=receipt["order"], run=quiet, in_flight=[])
            told = hub.get(f"/v1/orders/{receipt['order']}?wait=confirmed&timeout=30")["receipts"][0]
            assert "confirmed" in [stage["stage"] for stage in told["stages"]]
            assert not any(frame["kind"] == "stored" for frame in load.seen)
        load.stored(busy, 1001)
        stops = hub.get("/v1/brake")["stops"]
        assert [(stop["run"], stop["confirmed"] is not None) for stop in stops] == [(quiet, True)]


def test_what_cannot_be_stored_is_bounded() -> None:
    """Twice as much as the hub keeps waiting costs some flooders their connection; memory and orders do not notice."""
    # Each gate alone is within its own limit; it is all of them together that is too much.
    each = OVERRUN_BYTES - MEBIBYTE
    quiet, gates = ids.new_run(), 2 * UNSTORED_MAX // each
    with running_hub() as hub, ExitStack() as stack:
        bystander = stack.enter_context(raw_gate(hub))
        bystander.open(quiet)
        floods = [stack.enter_context(raw_gate(hub)) for _ in range(gates)]
        runs = [ids.new_run() for _ in floods]
        for flood, run in zip(floods, runs, strict=True):
            flood.open(run)
        process = psutil.Process(hub.pid)
        before = process.memory_info().rss
        with nothing_stored(hub):
            for flood, run in zip(floods, runs, strict=True):
                pour(flood, run, each)
            kill_is_obeyed(hub, bystander, quiet)
            # What is poured is JSON of one-byte characters; decoded it is as long, kept twice at most.
            assert process.memory_info().rss - before < 6 * UNSTORED_MAX
            assert process.memory_info().rss < 512 * MEBIBYTE
            until = time.monotonic() + GUARD
            while not any(map(_was_closed, floods)):
                assert time.monotonic() < until, "no flooder was closed"


def _was_closed(gate: RawGate) -> bool:
    """Return whether the hub said ``bye limit`` to a gate."""
    with contextlib.suppress(ConnectionClosed, TimeoutError):
        while True:
            frame = gate.socket.recv(0.05)
            if '"bye"' in str(frame):
                assert '"limit"' in str(frame)
                return True
    return False
