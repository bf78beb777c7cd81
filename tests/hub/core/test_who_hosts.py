"""Whom the hub asks to make something good or to look: not whoever offers, but whose role may call the tool (S8)."""

from __future__ import annotations

import pytest

from interlock.contract import ToolClass
from interlock.hub.core.making import Way
from interlock.jobs import Do, Offered, Offers
from interlock.text import Untrusted
from tests.hub.core.plant import Plant, running
from tests.hub.core.rulings import push, text_of

pytestmark = pytest.mark.pure

ROLES = """
version: 1
tools:
  refund: {class: write}
  find: {class: read}
roles:
  support: {tools: {"*": allow}}
  office:
    tools:
      find: {args: {key: string}}
  forbidden:
    tools:
      "*": allow
      find: {never: "not yours"}
"""


def offering(plant: Plant, gate: int, role: str, cls: ToolClass = "read") -> None:
    """Let a gate offer to look for refunds, in a role."""
    plant.hello(gate, gate)
    offered = (Offered(tool=Untrusted("find"), cls=cls),)
    plant.frame(gate, Offers(agent=Untrusted("a"), role=Untrusted(role), tools=offered))


def asked(plant: Plant) -> list[int]:
    """Have somebody look for a call whose outcome is unknown; return which gates were asked."""
    permit = plant.permit(1, 1, f"c-{next(plant.numbers)}")
    plant.outcome(1, 1, permit, "c", "unknown")
    way, unknowns = Way("find", '{"key":"k"}', "read"), plant.core.unknowns
    plant.take(plant.core.hand(lambda: unknowns.probe(next(plant.numbers), permit, way, "ann"), plant.now))
    return [conn for conn, frames in plant.sent.items() if any(isinstance(frame, Do) for frame in frames)]


@pytest.mark.parametrize("role", ["forbidden", "unheard-of"])
def test_a_role_that_may_not_call_a_tool_is_not_asked_to(role: str) -> None:
    """One that offered first, and whose role the policy denies the tool, answers no probe of another's effect."""
    plant = running()
    push(plant, 1, text_of(ROLES))
    offering(plant, 2, role)
    assert (asked(plant), plant.core.hosting.count("find")) == ([], 0)
    offering(plant, 3, "office")
    assert (asked(plant), plant.core.hosting.count("find")) == ([3], 1)


def test_without_a_policy_whoever_offered_first_is_asked() -> None:
    """As everywhere where no policy was pushed."""
    plant = running()
    offering(plant, 2, "unheard-of")
    offering(plant, 3, "office")
    assert asked(plant) == [2]
