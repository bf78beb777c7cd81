"""Break-glass (invariant S9): with a reason, a quarter of an hour at most, on record, looked at by somebody else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interlock.hub.core.glass import alarms
from interlock.hub.core.people import GLASS_SECONDS
from interlock.hub.core.scope import Scope
from tests.hub.core.people import ROOT, People
from tests.hub.core.plant import BOOT

pytestmark = pytest.mark.pure


def staffed(*, auto: bool = True) -> People:
    """Return a hub with a viewer and an approver."""
    people = People(auto=auto)
    people.put("ann", "viewer")
    people.put("bo", "approver")
    people.plant.commit_all()
    return people


def test_the_rights_hold_once_it_is_on_disk_and_end_by_themselves() -> None:
    """Not before the commit, and not one second longer than a quarter of an hour."""
    people = staffed(auto=False)
    assert people.smash("ann") == "waits"
    assert people.role("ann") == "viewer"
    people.plant.commit_all()
    assert people.role("ann") == "admin"
    people.plant.wait(GLASS_SECONDS - 1.0)
    assert people.role("ann") == "admin"
    people.plant.wait(1.0)
    assert people.role("ann") == "viewer"
    people.plant.commit_all()
    assert people.kinds()[-1] == "break_glass.ended"


def test_no_clock_and_no_restart_makes_it_longer() -> None:
    """A restart counts on, a wall clock that is set back changes nothing, and one that is set forward ends it."""
    people = staffed()
    people.smash("ann")
    people.restart(after=600.0)
    assert people.role("ann") == "admin"
    roles = people.plant.core.world.people
    mono, wall = people.plant.now
    assert roles.role("ann", mono, wall - 86_400.0) == "admin"
    assert roles.role("ann", mono + 301.0, wall - 86_400.0) == "viewer"
    assert roles.role("ann", mono, wall + 3_600.0) == "viewer"
    people.restart(after=301.0)
    assert people.role("ann") == "viewer"


def test_another_boot_of_the_machine_ends_it() -> None:
    """Its monotonic clock began anew, so nothing says how long it has held."""
    people = staffed()
    people.smash("ann")
    people.restart(after=1.0, boot="another")
    assert people.role("ann") == "viewer"
    people.plant.wait(1.0)
    assert people.kinds()[-1] == "break_glass.ended"
    people.restart(boot=BOOT)
    assert people.role("ann") == "viewer"


def test_everything_done_under_it_is_marked() -> None:
    """Each fact of the operator's has its id, and no fact of anybody else's has."""
    people = staffed()
    people.smash("ann")
    plant = people.plant
    plant.hello(1, 1)
    plant.open(1, 1)
    for number, by in enumerate(("ann", "bo"), 1):
        ask = replace(plant.asked(number, "pause", scope=Scope("fleet")), by=by)
        plant.take(plant.core.order(next(plant.numbers), ask, plant.now))
    marks = {fact.body["by"]: fact.body.get("break_glass") for _, fact in plant.disk if fact.kind == "order"}
    assert marks == {"ann": "b-1", "bo": None}
    plant.wait(GLASS_SECONDS)
    ask = replace(plant.asked(3, "kill", scope=Scope("fleet")), by="ann")
    plant.take(plant.core.order(next(plant.numbers), ask, plant.now))
    kill = [fact for _, fact in plant.disk if fact.kind == "order"][-1]
    assert (kill.body["by"], "break_glass" in kill.body) == ("ann", False)


def test_every_console_is_told_while_it_holds_and_the_review_waits_behind_it() -> None:
    """The alarm names who, as what, why and until when; it ends with the rights and not before."""
    people = staffed()
    people.smash("ann")

    def told() -> tuple[list[str], int]:
        said = alarms(people.plant.core.world.people, *people.plant.now)
        return [each["who"] + " " + each["role"] + " " + each["why"] for each in said["break_glass"]], said[
            "reviews"
        ]

    assert told() == (["ann admin for the test"], 0)
    people.plant.wait(GLASS_SECONDS)
    assert told() == ([], 1)
    assert people.review(ROOT) == "done"
    assert told() == ([], 0)


def test_who_may_review() -> None:
    """Nobody while it holds, never the one who broke it, and no admin on borrowed rights."""
    people = staffed()
    people.smash("bo")
    assert people.review(ROOT) == "conflict"
    people.mend("bo")
    people.put("bo", "admin")
    assert people.review("bo") == "self"
    people.smash("ann", name="b-2")
    assert people.review("ann") == "break_glass"
    assert people.review(ROOT) == "done"
    assert people.review(ROOT) == "conflict"
    assert people.review(ROOT, name="b-9") == "not_found"


def test_nothing_that_outlasts_it_is_given_under_it() -> None:
    """No operator, no higher role, no token: fifteen minutes are not made for ever. Taking away works."""
    people = staffed()
    token, _ = people.token("bo")
    people.smash("ann")
    assert people.put("eve", "viewer", by="ann") == "break_glass"
    assert people.put("ann", "admin", by="ann") == "break_glass"
    assert people.token("ann", by="ann")[1] == "break_glass"
    assert people.token("bo", by="ann", agent="*", role="support")[1] == "break_glass"
    assert people.put("bo", "viewer", by="ann") == "done"
    assert people.revoke(token, by="ann") == "done"


def test_there_is_one_at_a_time_and_only_where_it_gives_something() -> None:
    """Who has the role already breaks nothing, and a second one does not renew the first."""
    people = staffed()
    assert people.smash("bo", "approver") == "conflict"
    assert people.smash(ROOT) == "conflict"
    assert people.smash("bo", "admin") == "done"
    assert people.smash("BO", "admin", "b-2") == "conflict"
    people.remove("bo")
    assert people.role("bo") == ""
    assert not people.plant.core.world.people.open
