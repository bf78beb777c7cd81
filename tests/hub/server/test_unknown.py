"""D2 at a real hub: a commit that raised is never called done or failed, and the hub ends with its own code."""

import http.client
import resource

import pytest

from interlock import ids
from interlock.hub.record import verify
from interlock.hub.server.lanes import EXIT_UNKNOWN
from tests.hub.server.raw import raw_gate
from tests.support.hubs import HubProcess, running_hub


def break_files(hub: HubProcess, size: int) -> None:
    """Let every write of the hub past this many bytes of a file fail with an error that is no full disk."""
    _, most = resource.prlimit(hub.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(hub.pid, resource.RLIMIT_FSIZE, (size, most))


@pytest.mark.parametrize("size", [2000, 0])
def test_a_commit_that_raised_ends_the_hub_and_no_order_is_called_recorded(size: int) -> None:
    """The operator gets no answer; the hub says why where it can, ends with 70, and starts again with a whole chain."""
    run = ids.new_run()
    with running_hub() as hub:
        with raw_gate(hub) as gate:
            gate.open(run)
            gate.say("events", batch=[gate.envelope(run, 2, {"kind": "reasoning", "text": "here"})])
            gate.stored(run, 2)
            break_files(hub, size)
            with pytest.raises((OSError, http.client.HTTPException)):
                hub.ask("POST", "/v1/orders", {"verb": "kill", "runs": [run], "reason": "runaway"})
            assert hub.wait() == EXIT_UNKNOWN == 70
            assert gate.hear("order")["order"]["verb"] == "kill"
        # With room for nothing at all, not even the reason can be printed.
        assert ("it is unknown whether" in hub.output()) == (size > 0)
        assert verify(hub.data).ok
        hub.start()
        assert hub.get(f"/v1/runs/{run}")["run"]["run"] == run
