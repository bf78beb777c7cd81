"""A kill: pushed before it is recorded, answered after, confirmed by every gate, final."""

from __future__ import annotations

import pytest

from interlock.hub.core.effects import Append, Reply, Send
from interlock.wire import Command
from tests.hub.core.plant import Plant, flying, order_id, run_id

pytestmark = pytest.mark.pure


def running(gates: int = 1, *, auto: bool = True) -> Plant:
    """Return a plant with run 1, opened by gate 1 on connection 1 and joined by the others."""
    plant = Plant()
    for gate in range(1, gates + 1):
        plant.hello(gate, gate)
        if gate == 1:
            plant.open(1, 1)
        else:
            plant.join(gate, 1)
        plant.beat(gate)
    plant.auto = auto
    return plant


def test_a_kill_is_on_the_wire_before_it_is_on_its_way_to_the_disk() -> None:
    """Every connected gate's frame comes before the append, and the operator's answer after the commit."""
    plant = running(2, auto=False)
    plant.log.clear()
    request = plant.order(1, "kill", 1)
    sends = [effect for effect in plant.log if isinstance(effect, Send)]
    assert [effect.conn for effect in sends] == [1, 2]
    assert all(isinstance(effect.frame, Command) for effect in sends)
    first_append = next(at for at, effect in enumerate(plant.log) if isinstance(effect, Append))
    assert all(plant.log.index(effect) < first_append for effect in sends)
    assert request not in plant.replies
    plant.commit_all()
    assert plant.replies[request] == Reply(request, receipts=((order_id(1), run_id(1)),))


def test_a_kill_is_confirmed_once_its_gate_says_that_nothing_is_in_flight() -> None:
    """Recorded, acknowledged, then confirmed with the call's end, and the receipt waits for nothing then."""
    plant = running()
    plant.order(1, "kill", 1)
    assert plant.stages(1, 1) == ["requested", "pushed", "recorded"]
    plant.answer(1, 1, 1, flying("c-1"))
    assert plant.stages(1, 1)[-1] == "acknowledged"
    assert "1 call in flight: refund (write)" in plant.receipt(1, 1).waits_for[0]
    plant.answer(1, 1, 1)
    receipt = plant.receipt(1, 1)
    assert receipt.stages[-1].stage == "confirmed"
    assert receipt.waits_for == ()
    assert [entry.call for entry in receipt.in_flight_at_stop] == ["c-1"]
    assert plant.kinds(1)[-1] == "stop.confirmed"
