"""K11: on a disk that fails a kill and a pause act at once, and the hub that comes back has them on record."""

import resource
from http.client import HTTPException

import pytest

from interlock import ids
from interlock.hub.record import verify
from interlock.hub.server.lanes import EXIT_UNKNOWN
from tests.hub.server.raw import raw_gate
from tests.support.hubs import HubProcess, running_hub


def _fail(hub: HubProcess) -> None:
    """Let every write past the beginning of a file fail from now on: what the disk took is where it was."""
    resource.prlimit(hub.pid, resource.RLIMIT_FSIZE, (1024, 1024))


@pytest.mark.parametrize("verb", ["kill", "pause"])
def test_on_a_failing_disk_a_stop_reaches_the_gates_and_is_recorded_later(verb: str) -> None:
    """The gate has the order though no commit came through; the hub ends, and records it from the gate's own word."""
    run = ids.new_run()
    with running_hub(options=["--no-canary"]) as hub:
        with raw_gate(hub) as gate:
            assert gate.open(run)["state"] == "running"
            # What the run itself has to be written is on the disk: the first to fail is the order.
            assert hub.get(f"/v1/runs/{run}")["run"]["run"] == run
            assert hub.get("/v1/audit?kind=run")["entries"]
            _fail(hub)
            with pytest.raises((ConnectionError, HTTPException)):
                hub.ask("POST", "/v1/orders", {"verb": verb, "runs": [run], "reason": "runaway"})
            order = gate.hear("order")["order"]
            assert order["verb"] == verb
        assert hub.wait() == EXIT_UNKNOWN
        assert verify(hub.data).ok
        hub.start()
        with raw_gate(hub, gate.gate) as back:
            held = [{"order": order, "run": run}]
            assert back.open(run, again=True, held=held)["state"] == (
                "killed" if verb == "kill" else "paused"
            )
        (receipt,) = hub.get(f"/v1/orders/{order['order']}?wait=recorded&timeout=20")["receipts"]
        assert receipt["order"] == order["order"]
        assert hub.get("/v1/audit?kind=order")["entries"][-1]["order"] == order["order"]
        assert hub.get("/v1/audit/verify")["ok"]
