"""How fast people are asked, beside the pace that the policy calls normal (A9)."""

from typing import Any, cast

import pytest

from interlock.hub.core.inbox import Escalation
from interlock.hub.core.pacing import Asked, paces
from interlock.policy import load
from tests.hub.core.office import office

pytestmark = pytest.mark.pure

NOW = 1_795_000_000.0
POLICY = load("""
version: 1
tools: {refund: {class: write}, mail: {class: danger}, wipe: {class: danger}}
roles:
  desk:
    approvals: {pace: 10}
    tools: {refund: ask, mail: ask, wipe: {ask_when: {always: true}, approvals: {needs: 2, pace: 1}}}
  calm:
    tools: {refund: ask}
""")


class _Asked:
    def __init__(self, role: str, tool: str, ago_s: float) -> None:
        self.role, self.tool, self.asked_at = role, tool, NOW - ago_s


def _paces(*asked: tuple[str, str, float]) -> list[Asked]:
    newest = sorted((_Asked(*each) for each in asked), key=lambda each: -each.asked_at)
    return paces(cast("Any", newest), POLICY, NOW)


def test_what_was_asked_in_the_last_hour_is_counted_for_each_pace_of_the_policy() -> None:
    """A role's pace is for its tools together, a tool's own for it alone; an older question counts no more."""
    found = _paces(
        ("desk", "refund", 3601),
        ("desk", "refund", 9),
        ("desk", "mail", 8),
        ("desk", "wipe", 7),
        ("desk", "wipe", 3),
    )
    assert [(one.role, list(one.tools), one.per_h, one.pace) for one in found] == [
        ("desk", ["wipe"], 2, 1),
        ("desk", ["mail", "refund"], 2, 10),
    ]


def test_what_has_no_pace_is_not_paced() -> None:
    """A role that declares none, one that the policy does not know, and no policy at all say nothing."""
    assert _paces(("calm", "refund", 1), ("unknown", "refund", 1)) == []
    assert paces(cast("list[Escalation]", [_Asked("desk", "wipe", 1)]), None, NOW) == []


def test_decisions_of_the_last_hour_are_people_s_and_outlive_a_restart() -> None:
    """Approvals and rejects count, also after the hub died; what timed out, and what is older, does not."""
    made = office()
    made.reject("ann", made.waits("c-1"))
    made.approve("ann", made.waits("c-2"))
    made.waits("c-3")
    assert made.core.deciding.per_hour() == 2
    made.crash()
    assert made.core.deciding.per_hour() == 2
    made.time += 3601
    made.take(made.core.tick(made.now))
    assert made.core.deciding.per_hour() == 0


def test_what_nobody_decided_in_time_is_counted_by_itself() -> None:
    """It is no decision of a person, is not hidden behind theirs, outlives a restart, and is over after an hour."""
    made = office()
    made.reject("ann", made.waits("c-1"))
    made.waits("c-2")
    made.waits("c-3")
    assert made.core.deciding.timed_out_per_hour() == 0
    for _ in range(2):
        made.time += 301
        made.take(made.core.tick(made.now))
    assert (made.core.deciding.per_hour(), made.core.deciding.timed_out_per_hour()) == (1, 2)
    made.crash()
    assert made.core.deciding.timed_out_per_hour() == 2
    made.time += 3601
    made.take(made.core.tick(made.now))
    assert made.core.deciding.timed_out_per_hour() == 0
