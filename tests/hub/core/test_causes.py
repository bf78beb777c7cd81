"""What made somebody give an order is on the record, so that kills can be counted by cause."""

import pytest

from interlock.hub.core.image import dump, load
from interlock.hub.core.scope import Scope
from interlock.hub.core.summary import standing, summary
from interlock.text import Untrusted
from interlock.wire import Why
from tests.hub.core.office import office
from tests.hub.core.plant import Plant, order_id, run_id, running

pytestmark = pytest.mark.pure

SUPPORT = Scope("role", "support")


def _causes(plant: Plant) -> list[str]:
    return [fact.body["cause"] for _, fact in plant.disk if fact.kind == "order"]


def test_an_order_has_its_cause_on_the_record_and_in_its_receipt() -> None:
    """What the operator says, else that a person wanted it; a run that comes later has the order's."""
    plant = running()
    plant.order(1, "pause", 1)
    plant.order(2, "kill", scope=SUPPORT, cause="repeat")
    plant.hello(2, 2)
    plant.open(2, 5)
    assert _causes(plant) == ["person", "repeat", "repeat"]
    found = summary(plant.core.world, order_id(2))
    assert found is not None
    assert found["cause"] == standing(plant.core.world)[0]["cause"] == "repeat"


def test_what_nobody_at_this_hub_ordered_says_so() -> None:
    """After a restart the cause is as it was; an order of before causes were kept counts as a person's."""
    plant = running()
    plant.order(1, "kill", 1, cause="guardrail")
    plant.crash()
    assert plant.core.world.given[order_id(1)].cause == "guardrail"
    assert plant.core.world.runs[run_id(1)].kill is not None
    old = Plant()
    for at, fact in plant.disk:
        fact.body.pop("cause", None)
        old.disk.append((at, fact))
    old.crash()
    assert old.core.world.given[order_id(1)].cause == "person"


def test_an_image_keeps_the_cause() -> None:
    """A start from an image knows what a start from the whole record knows."""
    plant = running()
    plant.order(1, "kill", 1, cause="policy")
    brought = load(dump(plant.core.world), plant.now)
    assert brought.given[order_id(1)].cause == "policy"


@pytest.mark.parametrize(
    ("rules", "cause"),
    [
        (["roles.support.tools.refund.ask_when.amount"], "policy"),
        (["roles.support.ask_when.danger.tainted", "roles.support.tools.refund"], "guardrail"),
        (["dial fleet"], "dial"),
        (["roles.support.autonomy", "dial role"], "dial"),
        (["dial role", "roles.support.tools.refund.ask_when.amount"], "policy"),
    ],
)
def test_an_escalation_has_the_cause_that_asked(rules: list[str], cause: str) -> None:
    """What came from outside counts as the guardrail's; the dial is the cause only where nothing else asked."""
    made = office()
    made.wants(why=tuple(Why(rule=rule, bound=Untrusted("b")) for rule in rules))
    (fact,) = made.facts("escalation")
    assert fact["cause"] == cause
