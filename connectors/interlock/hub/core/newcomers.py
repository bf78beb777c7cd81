"""What holds for a run that registers: the orders of its ancestors, the standing ones, and what its gate obeys."""

from collections.abc import Iterable
from functools import partial
from typing import Any

from interlock.hub.core.ask import Ask
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact
from interlock.hub.core.orders import Orders
from interlock.hub.core.stages import Stages
from interlock.hub.core.targets import Target, again, births, descendants
from interlock.hub.core.world import Case, Given
from interlock.wire import Held

__all__ = ["Newcomers"]


class Newcomers:
    """Lets no run begin ahead of an order that holds for it already."""

    def __init__(self, desk: Desk, orders: Orders, stages: Stages) -> None:
        self._desk, self._orders, self._stages = desk, orders, stages

    def inherit(self, name: str) -> None:
        """Let a run that just registered stand under what holds for it; ``opened`` tells its gate."""
        desk = self._desk
        run = desk.world.runs[name]
        for given, above in births(desk.world, run):
            body: dict[str, Any] = {
                "verb": given.verb,
                "by": given.by,
                "reason": given.reason,
                "at": given.at,
                "cause": given.cause,
                "key": "",
                "ask": "",
                "inherited_from": above,
                "since": desk.now.wall,
            }
            desk.write(Fact("order", body, run=name, order=given.order))
            case = desk.world.orders[given.order][name]
            desk.tell(case.run, case.issued())
            if case.verb == "kill":
                self._stages.expect(run, case)
            desk.then(partial(self._recorded, case))

    def _recorded(self, case: Case) -> None:
        self._desk.stage(case, "recorded")
        self._stages.settle(self._desk.world.runs[case.run])

    def adopt(self, gate: str, held: Iterable[Held], name: str) -> None:
        """Make an order that a gate obeys, and the record does not know, an order of this hub: it died too early.

        Only what takes rights away, and only where nothing stronger or newer is known. The order holds for this run
        and its descendants: no gate can say that it holds for a role or the fleet.
        """
        world = self._desk.world
        for entry in held:
            verb, order = entry.order.verb, entry.order.order
            if entry.run != name or verb == "resume" or not self._missing(entry):
                continue
            known = world.orders.get(order, {})
            by, why = entry.order.by.raw, entry.order.reason.raw
            ask = Ask(order, verb, (name,), by, why, entry.order.at, cause="gate")
            reached = [Target(name, ""), *descendants(world, verb, name)]
            self._orders.issue(ask, [target for target in reached if target.run not in known], told_by=gate)

    def _missing(self, held: Held) -> bool:
        """Return whether an order that a gate obeys is to be taken over."""
        world, verb = self._desk.world, held.order.verb
        run, given = world.runs[held.run], world.given.get(held.order.order)
        if run.kill is not None or held.run in world.orders.get(held.order.order, {}):
            return False
        if given is not None and (given.verb != verb or _over(given)):
            return False
        return verb == "kill" or again(world, verb, held.run) is None


def _over(given: Given) -> bool:
    """Return whether a pause or cancel was lifted; what a kill did to a run is final."""
    return given.lifted is not None and given.verb != "kill"
