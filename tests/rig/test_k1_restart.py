"""K1 in full: a kill that was answered is never undone, wherever on its way the hub dies."""

import time
from pathlib import Path

import pytest

from tests.rig.say import say
from tests.rig.writers import Phoenix, Writer, new_key, stages, until

pytestmark = [pytest.mark.rig, pytest.mark.timeout(600)]

ROUNDS = 25
PLACES = {
    "order received": (1, 1),
    "order pushed": (1, 1),
    "before reply": (1, 1),
    "after reply": (1, 1),
    "before append": (2, 5),
    "after append": (2, 5),
    "record before commit": (2, 5),
    "record after commit": (2, 5),
    "trace before commit": (2, 5),
    "trace after commit": (2, 5),
}
"""Where the hub dies, and which pass: what is stored before the order is the opening of the run."""


@pytest.mark.parametrize("place", PLACES)
def test_a_kill_that_was_answered_outlives_every_death_on_its_way(tmp_path: Path, place: str) -> None:
    """Answered means killed for ever; unanswered means wholly there, held by the gate, or never heard of."""
    on_the_way = 0
    killed: list[str] = []
    with Phoenix(tmp_path, seed=len(place)) as box:
        for number in range(ROUNDS):
            passes = box.rng.randint(*PLACES[place])
            say(f"round {number}: {place}@{passes}")
            box.start(f"{place}@{passes}")
            on_the_way += _round(box)
            killed.append(box.last)
            box.hub.kill()
        box.start()
        assert {box.state(run)["stop"] for run in killed} == {"confirmed"}
        assert box.hub.get("/v1/audit/verify")["ok"]
    say(f"{place}: the hub died {on_the_way} times of {ROUNDS} while the kill was on its way")
    assert on_the_way >= ROUNDS // 3


def _round(box: Phoenix) -> bool:
    """Kill one run around a death of the hub; return whether it died by itself after the order was given."""
    writer = box.writer()
    box.last = writer.run_id
    key = new_key()
    writer.go()
    given = box.hub.running and bool(box.hub.environ)
    order = box.give("kill", writer.run_id, key) if given else ""
    deadline = time.monotonic() + 1.0
    while given and box.hub.running and time.monotonic() < deadline:
        time.sleep(0.01)
    died = given and not box.hub.running
    box.rise()
    if order:
        _holds(box, writer, order)
    else:
        order = _settles(box, writer, key)
    _confirmed(box, writer, order)
    return died


def _holds(box: Phoenix, writer: Writer, order: str) -> None:
    """Check that the answered kill is in state and receipt, and that nothing takes it back."""
    assert box.state(writer.run_id)["stop"] in ("recorded", "presumed", "confirmed")
    assert [found["order"] for found in box.receipts(writer.run_id, "kill")] == [order]
    assert "recorded" in stages(box.receipts(writer.run_id, "kill")[0])
    body = {"verb": "resume", "runs": [writer.run_id], "reason": "no"}
    assert box.hub.ask("POST", "/v1/orders", body)[0] == 409


def _settles(box: Phoenix, writer: Writer, key: str) -> str:
    """Check that hub and gate agree about the unanswered kill once the gate is back; then give it again."""
    before = len(writer.effects())
    until(lambda: writer.killed or len(writer.effects()) > before, "the gate's return")
    if writer.killed:
        until(lambda: box.state(writer.run_id)["stop"], "the kill that the gate holds")
    again = box.give("kill", writer.run_id, key)
    assert again
    assert {found["order"] for found in box.receipts(writer.run_id, "kill")} == {again}
    return again


def _confirmed(box: Phoenix, writer: Writer, order: str) -> None:
    """Check that the kill is proven and that the file has nothing after it."""
    until(lambda: "confirmed" in stages(box.receipts(writer.run_id, "kill")[0]), "the confirmation")
    receipt = box.receipts(writer.run_id, "kill")[0]
    assert receipt["order"] == order
    writer.end()
    assert writer.killed
    effects = writer.effects()
    assert [wall for _, wall in effects if wall > stages(receipt)["confirmed"]] == []
    assert len({permit for permit, _ in effects}) == len(effects)
