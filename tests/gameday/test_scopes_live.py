"""Standing orders on real processes: two at once, one over another, over a dying hub; the ledger's file decides."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from tests.gameday.sandbox import GUARD, Actor, Sandbox, sandbox, until

Json = dict[str, Any]

ROLE = {"role": "support-agent"}


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Sandbox]:
    """A hub and a ledger for one test."""
    with sandbox(tmp_path) as found:
        yield found


def give(box: Sandbox, verb: str, key: str = "") -> Json:
    """Give an order to the whole role and return the hub's answer, which must be a good one."""
    body = {"verb": verb, "scope": ROLE, "reason": "a test"}
    status, said = box.hub.ask("POST", "/v1/orders", body, **{"Idempotency-Key": key} if key else {})
    assert status == 200, said
    return dict(said)


def at_once(box: Sandbox, verb: str, *keys: str) -> list[Json]:
    """Give the order once for each of these idempotency keys, all at the same time, and return the answers."""
    together = Barrier(len(keys))

    def one(key: str) -> Json:
        together.wait(GUARD)
        return give(box, verb, key)

    with ThreadPoolExecutor(len(keys)) as people:
        return list(people.map(one, keys))


def lift(box: Sandbox, order: str) -> None:
    """Take a standing order back."""
    body = {"proof": order[-4:], "reason": "over"}
    status, said = box.hub.ask("POST", f"/v1/orders/{order}/lift", body)
    assert status == 200, said


def standing(box: Sandbox) -> set[str]:
    """Return the orders that stand, as line 1 has them and as the list has them: both say the same."""
    listed = [one["order"] for one in box.hub.get("/v1/orders?standing=true")["orders"]]
    pulse = [one["order"] for one in box.hub.get("/v1/status")["standing"]]
    assert sorted(listed) == sorted(pulse)
    assert len(set(listed)) == len(listed)
    return set(listed)


def working(box: Sandbox, count: int) -> list[Actor]:
    """Start agents of the role and return them once each had an effect."""
    actors = [box.actor("loop") for _ in range(count)]
    for actor in actors:
        until(partial(box.effects, actor.run), "an effect")
    return actors


def effects(box: Sandbox, actors: list[Actor]) -> list[Json]:
    """Return what the ledger's file holds of these agents' runs."""
    return [effect for actor in actors for effect in box.effects(actor.run)]


def confirmed(box: Sandbox, actors: list[Actor]) -> None:
    """Wait until every run is confirmed stopped."""
    for actor in actors:
        until(partial(_confirmed, box, actor.run), "the confirmed stop")


def _confirmed(box: Sandbox, run: str) -> bool:
    return bool(box.hub.get(f"/v1/runs/{run}")["run"]["stop"] == "confirmed")


def begun_after(box: Sandbox, actors: list[Actor], orders: set[str]) -> list[Json]:
    """Return the effects whose permit the record does not have ahead of the first of these orders."""
    record = box.audit()
    first = next(n for n, entry in enumerate(record) if entry["kind"] == "order" and entry["order"] in orders)
    ahead = {entry["body"]["permit"] for entry in record[:first] if entry["kind"] == "permit"}
    found = effects(box, actors)
    assert found, "nothing was written at all, so nothing is proved"
    return [effect for effect in found if effect["permit"] not in ahead]


def nothing_of(box: Sandbox, actor: Actor) -> None:
    """Wait until an agent that began under a kill has ended, and see that it wrote nothing."""
    run = actor.run
    assert actor.process.wait(GUARD) == 0
    until(lambda: box.hub.get(f"/v1/runs/{run}")["run"]["stop"], "the stop in the run")
    assert box.effects(run) == []


def test_two_people_kill_one_role_at_the_same_time(box: Sandbox) -> None:
    """Both are answered and both orders stand; no write begins after the first; lifting one lets nothing begin."""
    actors = working(box, 3)
    answers = at_once(box, "kill", "", "")
    orders = {str(answer["order"]) for answer in answers}
    runs = {actor.run for actor in actors}
    assert all({receipt["run"] for receipt in answer["receipts"]} == runs for answer in answers)
    assert standing(box) == orders
    confirmed(box, actors)
    before = effects(box, actors)
    assert begun_after(box, actors, orders) == []
    *others, last = sorted(orders)
    for order in others:
        lift(box, order)
        nothing_of(box, box.actor("loop"))
    assert standing(box) == {last}
    lift(box, last)
    assert standing(box) == set()
    working(box, 1)
    assert effects(box, actors) == before


def test_one_decision_sent_six_times_at_once_is_one_order(box: Sandbox) -> None:
    """With one key all are answered with the same order, it stands once, and no write begins after it."""
    actors = working(box, 2)
    answers = at_once(box, "kill", *["the-same-key"] * 6)
    orders = {str(answer["order"]) for answer in answers}
    assert len(orders) == 1
    assert standing(box) == orders
    assert all(len(answer["receipts"]) == len(actors) for answer in answers)
    confirmed(box, actors)
    assert begun_after(box, actors, orders) == []


def test_a_pause_lifted_under_a_kill_lets_nothing_begin(box: Sandbox) -> None:
    """Paused, killed, the pause lifted: nothing; the kill too: the killed stay so over a restart, a new run works."""
    actors = working(box, 2)
    pause = str(give(box, "pause")["order"])
    until(lambda: box.hub.get(f"/v1/orders/{pause}/summary")["complete"], "the drained pause")
    before = effects(box, actors)
    kill = str(give(box, "kill")["order"])
    assert standing(box) == {pause, kill}
    lift(box, pause)
    assert standing(box) == {kill}
    nothing_of(box, box.actor("loop"))
    confirmed(box, actors)
    lift(box, kill)
    box.hub.kill()
    box.hub.start()
    assert standing(box) == set()
    working(box, 1)
    assert all(_confirmed(box, actor.run) for actor in actors)
    assert effects(box, actors) == before
    assert begun_after(box, actors, {pause}) == []


def test_one_run_goes_by_name_under_a_standing_pause(box: Sandbox) -> None:
    """It writes again and its receipt names the order that still stands; the others and a newcomer write nothing."""
    one, other = working(box, 2)
    pause = str(give(box, "pause")["order"])
    until(lambda: box.hub.get(f"/v1/orders/{pause}/summary")["complete"], "the drained pause")
    paused, still = effects(box, [one]), effects(box, [other])
    resume = box.order("resume", one.run)
    until(lambda: len(box.effects(one.run)) > len(paused) + 1, "the writes of the run that goes")
    notes = [stage["note"] for stage in box.reach(one.run, resume, "acknowledged")["stages"]]
    assert any(pause in note for note in notes), notes
    assert standing(box) == {pause}
    late = box.actor("loop")
    receipt = box.reach(late.run, pause, "acknowledged")
    assert receipt["verb"] == "pause"
    count = len(box.effects(one.run))
    until(lambda: len(box.effects(one.run)) > count + 5, "more writes of the run that goes")
    assert effects(box, [late]) == []
    assert effects(box, [other]) == still
    lift(box, pause)
    until(lambda: box.effects(late.run), "the newcomer's write")


@pytest.mark.parametrize(
    "place",
    [
        "before reply",
        pytest.param("order received", marks=pytest.mark.rig),
        pytest.param("order pushed", marks=pytest.mark.rig),
    ],
)
def test_a_role_is_killed_once_though_the_hub_died_over_it(tmp_path: Path, place: str) -> None:
    """The same key sent again after the restart: one standing order, and no write begins after it was answered."""
    with sandbox(tmp_path, INTERLOCK_FAILPOINT=place) as box:
        actors = working(box, 2)
        with pytest.raises(ConnectionError):
            give(box, "kill", "the-same-key")
        assert box.hub.wait() == -signal.SIGKILL
        box.hub.environ.clear()
        box.hub.start()
        orders = {str(give(box, "kill", "the-same-key")["order"]) for _ in range(2)}
        assert len(orders) == 1
        assert standing(box) == orders
        confirmed(box, actors)
        before = effects(box, actors)
        assert begun_after(box, actors, orders) == []
        nothing_of(box, box.actor("loop"))
        assert effects(box, actors) == before
        assert box.hub.get("/v1/audit/verify")["ok"]
