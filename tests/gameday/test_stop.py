"""What a stop proves, on real processes: the ledger's own file beside the hub's receipt."""

import time
from collections.abc import Iterator

import pytest

from tests.gameday.sandbox import Sandbox, sandbox, until
from tests.support.proxy import Proxy

WATCH_SECONDS = 1.5
"""How long the ledger is watched for an effect that must not come. A loop of these agents takes 0.03 s."""


@pytest.fixture(scope="module")
def way() -> Iterator[Proxy]:
    """A way to the hub that can be cut. It is there first, since the hub has to know the name it is reached by."""
    with Proxy("http://127.0.0.1:0") as found:
        yield found


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory, way: Proxy) -> Iterator[Sandbox]:
    """A hub and a ledger that the tests of this file share; each has runs of its own."""
    with sandbox(tmp_path_factory.mktemp("sandbox"), "--host", way.url.removeprefix("http://")) as found:
        way._port = int(found.hub.url.rpartition(":")[2])
        yield found


@pytest.fixture(autouse=True)
def _through(way: Proxy) -> Iterator[None]:
    """No test leaves the way cut."""
    yield
    way.heal()


def test_nothing_happens_after_confirmed(box: Sandbox) -> None:
    """Once a kill is confirmed the ledger never stamps another effect of the run."""
    agent = box.actor("loop")
    until(lambda: len(box.effects(agent.run)) >= 3, "three effects")
    order = box.order("kill", agent.run)
    confirmed = box.reach(agent.run, order, "confirmed")
    before = box.effects(agent.run)
    at = next(stage["at"] for stage in confirmed["stages"] if stage["stage"] == "confirmed")
    assert all(effect["wall"] <= at for effect in before)
    time.sleep(WATCH_SECONDS)
    assert box.effects(agent.run) == before


def test_a_tool_that_outlives_its_time_keeps_the_run_unconfirmed(box: Sandbox) -> None:
    """A refund given up on after its limit still writes from its thread: not before that is the stop confirmed."""
    with box.ledger_still():
        agent = box.actor("late", "A-1009")
        run = agent.run
        until(lambda: box.hub.get(f"/v1/runs/{run}")["run"]["unknown"], "the outcome that is not known")
        order = box.order("kill", run)
        receipt = box.reach(run, order, "acknowledged")
        assert box.effects(run) == []
        assert [call["tool"] for call in receipt["in_flight_at_stop"]] == ["refund"]
        assert "confirmed" not in box.stages(run, order)
    confirmed = box.reach(run, order, "confirmed")
    effects = box.effects(run)
    at = next(stage["at"] for stage in confirmed["stages"] if stage["stage"] == "confirmed")
    assert len(effects) == 1
    assert effects[0]["wall"] <= at
    assert [(late["tool"], late["outcome"]) for late in confirmed["late"]] == [("refund", "done")]


def test_every_gate_of_a_run_has_to_answer(box: Sandbox) -> None:
    """A second process that joined the run and stands still keeps the stop unconfirmed until it has answered."""
    agent = box.actor("loop")
    other = box.actor("share", agent.run)
    assert other.run == agent.run
    until(lambda: len(box.effects(agent.run)) >= 1, "an effect")
    other.freeze()
    order = box.order("kill", agent.run)
    until(lambda: stands_still(box, agent.run, order), "one gate that stands still")
    before = box.effects(agent.run)
    time.sleep(WATCH_SECONDS)
    assert "confirmed" not in box.stages(agent.run, order)
    assert box.effects(agent.run) == before
    other.thaw()
    box.reach(agent.run, order, "confirmed")


def stands_still(box: Sandbox, run: str, order: str) -> bool:
    """Return whether a gate of a run answered an order and has nothing in flight any more."""
    gates = box.receipt(run, order).get("gates", ())
    return any(gate["answered"] and not gate["in_flight"] for gate in gates)


def last_permit(box: Sandbox, run: str, order: str) -> str:
    """Return the newest permit that the record has for a run before an order."""
    permit = ""
    for entry in box.audit():
        if entry["order"] == order:
            return permit
        if entry["kind"] == "permit" and entry["run"] == run:
            permit = entry["permit"]
    raise AssertionError(f"order {order} is not in the record")


def test_a_silent_gate_is_presumed_stopped_and_never_confirmed(box: Sandbox, way: Proxy) -> None:
    """An agent whose link is cut and one that stands still are presumed stopped when all rights ran out, no more."""
    cut, frozen = box.actor("loop", url=way.url), box.actor("loop")
    until(lambda: box.effects(cut.run) and box.effects(frozen.run), "effects of both")
    way.hole()
    frozen.freeze()
    orders = {agent.run: box.order("kill", agent.run) for agent in (cut, frozen)}
    for run, order in orders.items():
        box.reach(run, order, "presumed")
    before = {run: box.effects(run) for run in orders}
    time.sleep(WATCH_SECONDS)
    for run, order in orders.items():
        assert "confirmed" not in box.stages(run, order)
        assert box.receipt(run, order)["waits_for"]
        assert box.effects(run) == before[run]
        assert box.hub.get(f"/v1/runs/{run}")["run"]["stop"] == "presumed"
    way.heal()
    frozen.thaw()
    for run, order in orders.items():
        box.reach(run, order, "confirmed")
    assert box.effects(cut.run) == before[cut.run]
    # A process that froze inside the body of a call ends that call when it thaws; it starts no other.
    late = [effect["permit"] for effect in box.effects(frozen.run) if effect not in before[frozen.run]]
    assert late in ([], [last_permit(box, frozen.run, orders[frozen.run])])
