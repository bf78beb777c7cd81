"""A1 at a real hub: killed at every commit and grant around the approval and its use, it gives one permit."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from websockets.exceptions import WebSocketException

from interlock import ids
from interlock.hub.failpoints import VARIABLE
from tests.hub.server.escalated import comes, wants
from tests.hub.server.raw import raw_gate
from tests.support.hubs import HubProcess

pytestmark = [pytest.mark.rig, pytest.mark.timeout(900)]

PLACES = [f"{place}@{k}" for place in ("before commit", "after commit", "after append") for k in range(1, 9)]


class Story:
    """One call from its question to its permit, told again and again to a hub that dies meanwhile."""

    def __init__(self, hub: HubProcess) -> None:
        self.hub, self.run, self.gate = hub, ids.new_run(), ids.new_gate()
        self.opened = False
        self.permits: list[str] = []
        self.died = 0

    def tell(self) -> None:
        """Go as far as the hub lives: ask, approve, come for the permit twice."""
        with raw_gate(self.hub, self.gate) as gate:
            self.opened = gate.open(self.run, again=self.opened)["kind"] == "opened"
            wants(gate, self.run, "c-1", {"amount": 180.0}, req=ids.new_span())
            frame = gate.hear("approved") if self._decided() else gate.hear("waiting")
            found = self.hub.get(f"/v1/escalations/{frame['escalation']}")
            if found["state"] == "waiting":
                path = f"/v1/escalations/{found['id']}/approve"
                self.hub.ask("POST", path, {"digest": found["digest"]})
                frame = gate.hear("approved")
            for _ in range(2):
                self.permits.append(comes(gate, self.run, "c-1", frame)["permit"])

    def _decided(self) -> bool:
        states = ("approved", "used")
        known = [
            found
            for state in states
            for found in self.hub.get(f"/v1/escalations?state={state}")["escalations"]
        ]
        return any(found["run"] == self.run for found in known)


@pytest.mark.parametrize("place", [*PLACES, "before grant@1", "before grant@2"])
def test_one_approval_is_one_permit_wherever_the_hub_dies(tmp_path: Path, place: str) -> None:
    """Whatever was heard before the hub died, heard after it, or neither: it is the same permit, and the only one."""
    with HubProcess(tmp_path / "hub", environ={}) as hub:
        story = Story(hub)
        hub.stop()
        hub.environ[VARIABLE] = place
        with suppress(RuntimeError):
            hub.start()
            with suppress(OSError, WebSocketException, EOFError):
                story.tell()
        hub.kill()
        del hub.environ[VARIABLE]
        hub.start()
        story.tell()
        kinds = [
            entry["kind"] for entry in hub.get("/v1/audit?limit=500")["entries"] if entry["run"] == story.run
        ]
        assert [kinds.count(kind) for kind in ("escalation", "approved", "permit")] == [1, 1, 1]
        assert len(set(story.permits)) == 1
        assert hub.get("/v1/audit/verify")["ok"]
