"""Lifts: a standing order is taken back. That gives rights, so it is on disk before anything goes on."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from interlock.hub.core.ask import BY_MAX, REASON_MAX, Ask, AskLift
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Refusal, Reply
from interlock.hub.core.fold import settle_lift
from interlock.hub.core.orders import Orders, pairs
from interlock.hub.core.targets import Target, births, resuming
from interlock.hub.core.world import Case, Given, Lifted

__all__ = ["PROOF", "Lifts"]

PROOF = 4
"""Characters at the end of an order's id that show that an operator means this order."""


class Lifts:
    """Ends standing orders. Of a pause it lets go exactly what that alone holds; of a kill nothing."""

    def __init__(self, desk: Desk, orders: Orders, redact: Callable[[str], str]) -> None:
        self._desk, self._orders, self._redact = desk, orders, redact

    def lift(self, request: int, ask: AskLift) -> None:
        """Lift an order, or refuse to. A repeated request is answered again."""
        world = self._desk.world
        known = world.keys.get(ask.key) if ask.key else None
        ask = replace(ask, by=ask.by[:BY_MAX])
        refused = self._refusal(ask) if known is None else _other(ask, known)
        if refused is not None:
            self._desk.refuse(request, refused)
            return
        given = world.given[ask.order]
        if known is None:
            self._write(given, ask)
        self._orders.answer(Reply(request, None, tuple(pairs(world, _resume(given))), ask.order))

    def _refusal(self, ask: AskLift) -> Refusal | None:
        given = self._desk.world.given.get(ask.order)
        if given is None:
            return Refusal("not_found", f"no order {ask.order!r}", "'interlock orders --standing' lists them")
        if given.scope is None or given.verb == "resume":
            problem = f"order {ask.order!r} never stood: it held for the runs it named, and no others"
            return Refusal("conflict", problem, "resume a paused run by its name; a killed run stays killed")
        done = given.lifted or given.lifting
        if done is not None:
            problem = f"order {ask.order!r} was lifted before, by {done.by!r}"
            return Refusal("conflict", problem, "there is nothing left to lift")
        if ask.proof != ask.order[-PROOF:]:
            problem = f"{ask.proof!r} is not how order {ask.order!r} ends, so nothing was lifted"
            return Refusal(
                "proof", problem, f"give the last {PROOF} characters of the id of the order you mean"
            )
        return None

    def _write(self, given: Given, ask: AskLift) -> None:
        """Write the lift down, with the resume of what the order alone holds; both wait for the disk."""
        desk = self._desk
        reason = self._redact(ask.reason)[:REASON_MAX]
        body = {
            "by": ask.by,
            "reason": reason,
            "at": ask.at,
            "resume": ask.resume,
            "key": ask.key,
            "ask": ask.digest() if ask.key else "",
        }
        desk.write(Fact("lift", body, order=given.order))
        lift = Lifted(ask.by, reason, ask.at, ask.resume)
        free = self._hand_over(given)
        cases = self._orders.let_go(_letting_go(given, lift), free) if free else []
        desk.then(partial(self._lifted, given, cases))

    def _lifted(self, given: Given, cases: Sequence[Case]) -> None:
        settle_lift(self._desk.world, given)
        late = self._hand_over(given)
        if cases:
            self._orders.resumed(cases[0].order, cases, late)
        elif late and given.lifted is not None:
            self._orders.issue(_letting_go(given, given.lifted), late)

    def finish(self) -> None:
        """After a start: let go what registered while a lift was written, and was not let go before the hub died."""
        world = self._desk.world
        held = {run.pause.order for run in world.live.values() if run.pause is not None}
        for given in [world.given[order] for order in held]:
            if given.lifted is not None:
                late = self._hand_over(given)
                if late:
                    self._orders.issue(_letting_go(given, given.lifted), late)
        self._orders.finish()

    def _hand_over(self, given: Given) -> list[Target]:
        """Give what the pause holds to whatever else holds it, and return what nothing else does."""
        world = self._desk.world
        free: list[Target] = []
        passed: dict[str, list[Target]] = {}
        for run in world.live.values() if given.verb == "pause" else ():
            held = run.pause
            if held is None or held.order != given.order or resuming(run) is not None:
                continue
            other = next((found for found in births(world, run, given) if found[0].verb != "cancel"), None)
            if other is None:
                free.append(Target(run.name, held.inherited_from))
            else:
                passed.setdefault(other[0].order, []).append(Target(run.name, other[1]))
        for order, targets in passed.items():
            holds = world.given[order]
            ask = Ask(order, holds.verb, (), holds.by, holds.reason, holds.at, cause=holds.cause)
            self._orders.issue(ask, targets, instead=given.order)
        return free


def _resume(given: Given) -> str:
    lift = given.lifted or given.lifting
    return lift.resume if lift is not None else ""


def _other(ask: AskLift, known: tuple[str, str]) -> Refusal | None:
    if known[0] == ask.digest():
        return None
    problem = f"idempotency key {ask.key!r} was used for another request"
    return Refusal("conflict", problem, "use a new key for a new request")


def _letting_go(given: Given, lift: Lifted) -> Ask:
    return Ask(lift.resume, "resume", (), lift.by, lift.reason, lift.at, lifts=given.order)
