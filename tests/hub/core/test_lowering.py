"""Rules of the policy lower a role's dial by themselves, on the record; only a person raises it again (L1)."""

from typing import Any

import pytest

from interlock.errors import PolicyError
from interlock.hub.core.effects import Fact
from interlock.policy import load
from tests.hub.core.office import Office
from tests.hub.core.plant import running
from tests.hub.core.rulings import YAML, code, push, text_of, turn

pytestmark = pytest.mark.pure

PLAIN = "version: 1\ntools: {refund: {class: write}}\nroles:\n  support:\n    default: deny\n    tools: {refund: allow}"
LOWER = "    default: deny\n    lower: [{to: ask, after: 2 unknown in 10m}, {to: stopped, after: 3 unknown in 1h}]"


def _level(plant: Any) -> str:
    dial = plant.core.world.rules.dials.get(("role", "support"))
    return dial.level if dial is not None else "auto"


def _unknown(plant: Any, *calls: str) -> None:
    for call, permit in [(call, plant.permit(1, 1, call)) for call in calls]:
        plant.outcome(1, 1, permit, call, "unknown")
        plant.outcome(1, 1, permit, call, "unknown")  # repeated until it is kept: counted once


def _dials(plant: Any) -> list[Fact]:
    return [fact for _, fact in plant.disk if fact.kind == "dial"]


def test_unknown_outcomes_of_a_role_lower_its_dial() -> None:
    """At the count, within the time, once; the fact names the rule, what it saw, and that a policy was the cause."""
    plant = running()
    push(plant, 1, text_of(PLAIN.replace("    default: deny", LOWER)))
    _unknown(plant, "c-1")
    plant.time += 601
    assert _level(plant) == "auto"
    _unknown(plant, "c-2", "c-3")
    assert [fact.body["level"] for fact in _dials(plant)] == ["ask", "stopped"]
    body = _dials(plant)[0].body
    assert (body["by"], body["cause"], body["raised"]) == ("rule:roles.support.lower", "policy", False)
    assert body["reason"] == "2 unknown in 10m of this role: its dial goes down to ask"
    assert code(plant, turn(plant, 9, "auto")) == "proof"


def test_rejections_by_people_lower_the_dial_of_the_role() -> None:
    """Each rejected call counts once, whoever rejected it; an approved one does not."""
    office = Office()
    seen: list[str] = []
    office.core.deciding.rejected = seen.append
    office.hello(1, 1)
    office.open(1, 1)
    office.beat(1)
    office.reject("ann", office.waits("c-1"))
    office.approve("ann", office.waits("c-2"))
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("lower", "said"),
    [
        ("{to: auto, after: 3 unknown in 1h}", "to is 'auto'"),
        ("{to: ask, after: 3 failed in 1h}", "after is '3 failed in 1h'"),
        ("{to: ask, after: 3 unknown in 2d}", "after is '3 unknown in 2d'"),
        ("{to: ask}", "lower says too little"),
        ("{to: ask, after: 3 unknown in 1h, till: x}", "unknown key 'till' in lower"),
        ("ask", "lower is a text"),
    ],
)
def test_what_lowers_nothing_is_refused_where_it_stands(lower: str, said: str) -> None:
    """Each mistake has its line, its column and what to write instead."""
    with pytest.raises(PolicyError) as caught:
        load(YAML.replace("    default: deny", f"    default: deny\n    lower: {lower}"))
    (problem, *_) = [one for one in caught.value.problems if said in one.problem]
    assert problem.line == 11
    assert problem.fix


def test_the_normal_form_keeps_what_lowers() -> None:
    """It reads as itself, so that every gate and every hub has the same rules."""
    made = load(YAML.replace("    default: deny", LOWER))
    again = type(made).from_json(made.to_json())
    assert [rule.after for rule in again.lowers("support")] == ["2 unknown in 10m", "3 unknown in 1h"]
    assert again.lowers("nobody") == ()
