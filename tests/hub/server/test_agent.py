"""A gate at a real hub, frame by frame."""

from interlock import ids
from tests.hub.server.raw import raw_gate, reasoning
from tests.support.hubs import HubProcess, running_hub


def order(hub: HubProcess, verb: str, *runs: str) -> list[dict[str, object]]:
    """Give an order and return its receipts."""
    status, answer = hub.ask("POST", "/v1/orders", {"verb": verb, "runs": list(runs), "reason": "test"})
    assert status == 200, answer
    receipts: list[dict[str, object]] = answer["receipts"]
    return receipts


def stages(receipt: dict[str, object]) -> list[str]:
    """Return the names of the stages a receipt has."""
    found = receipt["stages"]
    assert isinstance(found, list)
    return [stage["stage"] for stage in found]


def test_events_are_stored_acknowledged_and_served_back(hub: HubProcess) -> None:
    """What a gate sent is on disk once the hub says so, and comes back with its text unchanged."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        opened = gate.open(run)
        assert (opened["kind"], opened["state"]) == ("opened", "running")
        gate.events(run, 2, reasoning("the parcel never arrived \u001b[31m"), reasoning("x" * 5000))
        gate.stored(run, 3)
    items = hub.get(f"/v1/runs/{run}/events")["items"]
    sent = [item for item in items if item["e"]["event"]["kind"] == "reasoning"]
    assert [item["e"]["event"]["text"] for item in sent] == [
        "the parcel never arrived \u001b[31m",
        "x" * 5000,
    ]
    assert items[0]["e"]["event"]["kind"] == "run.started"
    assert [item["n"] for item in items] == list(range(1, len(items) + 1))


def test_a_kill_is_recorded_then_answered_then_confirmed(hub: HubProcess) -> None:
    """The operator's answer is a recorded order; the run is confirmed once its gate has nothing in flight."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        (receipt,) = order(hub, "kill", run)
        assert "recorded" in stages(receipt)
        assert "confirmed" not in stages(receipt)
        command = gate.hear("order")
        assert command["order"]["verb"] == "kill"
        assert command["runs"] == [run]
        flying = {"call": "c1", "tool": "refund", "cls": "write", "ms": 3.0}
        gate.say("answer", order=receipt["order"], run=run, in_flight=[flying])
        path = f"/v1/orders/{receipt['order']}"
        (seen,) = hub.get(f"{path}?wait=acknowledged&timeout=20")["receipts"]
        assert "confirmed" not in stages(seen)
        assert seen["in_flight_at_stop"][0]["tool"] == "refund"
        gate.say("answer", order=receipt["order"], run=run, in_flight=[])
        (seen,) = hub.get(f"{path}?wait=confirmed&timeout=20")["receipts"]
        assert "confirmed" in stages(seen)
        gate.say(
            "permit", req="p", run=run, call="c2", tool="refund", cls="write", digest="0" * 64, args="{}"
        )
        assert gate.hear("refused")["code"] == "killed"


def test_a_recorded_kill_survives_a_hub_that_dies_right_after(tmp_path: object) -> None:
    """A hub that is ended by SIGKILL once it said recorded tells the gate of the kill when both are back."""
    run, name = ids.new_run(), ids.new_gate()
    with running_hub() as hub:
        with raw_gate(hub, name) as gate:
            gate.open(run)
            (receipt,) = order(hub, "kill", run)
            hub.kill()
        hub.start()
        with raw_gate(hub, name) as gate:
            opened = gate.open(run, again=True)
            assert opened["state"] == "killed"
            assert opened["order"]["order"] == receipt["order"]
            # What its trace had not stored when the hub died, the gate sends again from here.
            assert opened["seq"] in (0, 1)


def test_a_permit_is_granted_and_its_outcome_kept(hub: HubProcess) -> None:
    """A write call of a running run gets a permit, and its outcome is acknowledged once it is on disk."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        gate.say(
            "permit", req="p", run=run, call="c1", tool="refund", cls="write", digest="0" * 64, args="{}"
        )
        permit = gate.hear("granted")["permit"]
        gate.say("outcome", run=run, permit=permit, call="c1", outcome="done", ms=1.5)
        assert permit in gate.hear("kept")["permits"]


def test_a_beat_is_answered_by_a_lease(hub: HubProcess) -> None:
    """Each heartbeat gets the lease that belongs to it."""
    with raw_gate(hub) as gate:
        gate.say("beat", n=7)
        assert gate.hear("lease")["n"] == 7


def test_a_second_connection_of_a_gate_takes_the_place_of_the_first(hub: HubProcess) -> None:
    """The older connection is told that it was superseded."""
    with raw_gate(hub) as first, raw_gate(hub, first.gate):
        assert first.hear("bye")["code"] == "superseded"


def test_a_run_that_began_cannot_begin_again(hub: HubProcess) -> None:
    """An agent that says later that it is somebody else, or somebody's child, is cut off and stays who it was."""
    with raw_gate(hub) as gate:
        run, other = ids.new_run(), ids.new_run()
        gate.open(other)
        gate.open(run)
        again = {"kind": "run.started", "agent": "audit", "role": "x", "goal": "y", "parent": other}
        gate.events(run, 2, again)
        assert gate.hear("bye")["code"] == "role"
    state = hub.get(f"/v1/runs/{run}")["run"]
    assert (state["agent"], state["parent"]) == ("refunds", "")
