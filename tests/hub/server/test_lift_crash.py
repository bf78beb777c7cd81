"""The hub dies around a lift: the order stands and holds its runs, or it is lifted and they run. Nothing in between."""

import pytest

from interlock import ids
from tests.hub.server.raw import raw_gate
from tests.support.hubs import HubProcess, running_hub

PLACES = [
    ("before append", True),
    ("record after commit", False),
    ("before reply", False),
]


@pytest.mark.parametrize(("place", "stands"), PLACES, ids=[place for place, _ in PLACES])
def test_a_lift_is_whole_or_not_at_all_wherever_the_hub_dies(place: str, stands: bool) -> None:
    """What the record has decides, for the runs that were paused, for new ones, and for what line 1 shows."""
    run, late = ids.new_run(), ids.new_run()
    with running_hub() as hub:
        with raw_gate(hub) as gate:
            gate.open(run)
            order = _paused(hub)
            gate.say("answer", order=order, run=run, in_flight=[])
            hub.get(f"/v1/orders/{order}?wait=drained&timeout=20")
            hub.stop()
        hub.environ["INTERLOCK_FAILPOINT"] = place
        hub.start()
        with pytest.raises(ConnectionError):
            hub.ask("POST", f"/v1/orders/{order}/lift", {"proof": order[-4:], "reason": "over"})
        hub.wait()
        del hub.environ["INTERLOCK_FAILPOINT"]
        hub.start()
        told = hub.get(f"/v1/orders/{order}/summary")
        assert (told["standing"], told["lifted"] is None) == (stands, stands)
        assert [one["order"] for one in hub.get("/v1/status")["standing"]] == [order] * stands
        with raw_gate(hub, gate.gate) as back:
            states = [back.open(run, again=True)["state"], back.open(late)["state"]]
        assert states == ["paused" if stands else "running"] * 2
        assert hub.get("/v1/audit/verify")["ok"]


def _paused(hub: HubProcess) -> str:
    body = {"verb": "pause", "scope": {"role": "support"}, "reason": "look"}
    return str(hub.ask("POST", "/v1/orders", body)[1]["order"])
