"""Orders: taking rights away is pushed first and committed beside it; giving rights is committed first."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from interlock.hub.core.ask import Ask
from interlock.hub.core.choice import Choice, choose
from interlock.hub.core.delivery import Delivery
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Refusal, Reply
from interlock.hub.core.fold import settle
from interlock.hub.core.permits import Permits
from interlock.hub.core.stages import Stages
from interlock.hub.core.targets import Target, descendants, resuming
from interlock.hub.core.world import Case, World

__all__ = ["Ask", "Orders", "pairs"]

_SHARED = frozenset({"scope", "again", "refused"})
"""What an order says of itself that is about more than one run."""


class Orders:
    """Gives orders to runs and their descendants, also to those that register later."""

    def __init__(
        self,
        desk: Desk,
        stages: Stages,
        permits: Permits,
        delivery: Delivery,
        redact: Callable[[str], str],
    ) -> None:
        self._desk = desk
        self._stages = stages
        self._permits = permits
        self._delivery = delivery
        self._redact = redact
        self._due: dict[int, Reply] = {}

    def give(self, request: int, ask: Ask) -> None:
        """Carry out an operator's request for all its runs, or refuse it for all. A repeated one is answered again.

        One that is ``partial`` leaves out what cannot be a target.
        """
        world = self._desk.world
        if ask.key in world.keys:
            self._repeat(request, ask)
            return
        choice = choose(world, ask.verb, ask.runs, ask.scope, set(ask.spared))
        if choice.refused and not ask.partial:
            self._desk.refuse(request, next(iter(choice.refused.values())))
            return
        ask = ask.cleaned(self._redact(ask.reason))
        named = self._delivery.push(ask.worded(), choice.targets) if ask.verb != "resume" else {}
        rest = partial(self._given, request, ask, choice, named)
        if named:
            self._desk.behind_frames(ask.order, rest)
        else:
            rest()

    def _given(self, request: int, ask: Ask, choice: Choice, named: dict[int, list[str]]) -> None:
        more: dict[str, Any] = {}
        if ask.scope is not None:
            more["scope"] = ask.scope.plain()
        if ask.spared:
            more["spared"] = sorted(ask.spared)
        if choice.held:
            more["again"] = again = dict[str, list[str]]()
            for case in choice.held:
                again.setdefault(case.order, []).append(case.run)
        if choice.refused:
            more["refused"] = {run: refusal.code for run, refusal in choice.refused.items()}
        cases = self._hold(ask, choice.targets, named, more)
        pairs = tuple((case.order, case.run) for case in (*choice.held, *cases))
        order = _answered_with(self._desk.world, ask.order)
        self.answer(Reply(request, None, pairs, order, tuple(choice.refused.items())))

    def answer(self, reply: Reply) -> None:
        """Answer a request once everything up to here is on disk."""
        self._due[reply.request] = reply
        self._desk.then(partial(self._answer, reply))

    def _answer(self, reply: Reply) -> None:
        del self._due[reply.request]
        self._desk.answer(reply)

    def due(self, request: int) -> Reply | None:
        """Return what a request will be answered once it is on disk; None where it is answered already."""
        return self._due.get(request)

    def _repeat(self, request: int, ask: Ask) -> None:
        world = self._desk.world
        digest, order = world.keys[ask.key]
        given = world.given.get(order)
        if digest != ask.digest() or given is None:
            problem = f"idempotency key {ask.key!r} was used for another request"
            self._desk.refuse(request, Refusal("conflict", problem, "use a new key for a new request"))
            return
        refused = tuple(
            (run, Refusal(code, "see the first answer", "")) for run, code in given.refused.items()
        )
        self.answer(Reply(request, None, tuple(pairs(world, order)), _answered_with(world, order), refused))

    def issue(self, ask: Ask, targets: Sequence[Target], *, told_by: str = "", instead: str = "") -> None:
        """Give an order to these runs.

        A gate that obeyed it before the hub knew it is named in ``told_by``, and in ``instead`` the lifted order in
        whose place it holds from now on.
        """
        ask = ask.cleaned(self._redact(ask.reason))
        named = self._delivery.push(ask.worded(), targets, told_by) if ask.verb != "resume" else {}
        more: dict[str, Any] = {"told_by": told_by} if told_by else {}
        if instead:
            more |= {"instead": instead, "since": self._desk.now.wall}
        self._hold(ask, targets, named, more)
        if named:
            self._desk.pushed(ask.order)

    def let_go(self, ask: Ask, targets: Sequence[Target]) -> list[Case]:
        """Write a resume of these runs; it is for whoever waits for the disk to let it take hold."""
        return self._write(ask, targets, {"lifts": ask.lifts})

    def _hold(
        self, ask: Ask, targets: Sequence[Target], named: dict[int, list[str]], more: dict[str, Any]
    ) -> list[Case]:
        """Let the order hold: at once where its frames are out already, or once it is on disk for a resume."""
        desk = self._desk
        cases = self._write(ask, targets, more)
        if ask.verb == "resume":
            desk.then(partial(self._resumed, ask.order, cases))
            return cases
        self._delivery.sent(ask.order, named)
        issued = {case.inherited_from: case for case in cases}
        events = {above: case.issued() for above, case in issued.items()}
        for case in cases:
            desk.tell(case.run, events[case.inherited_from])
            if case.verb == "kill":
                self._stages.expect(desk.world.runs[case.run], case)
                self._permits.release(desk.world.runs[case.run])
        told_by = more.get("told_by")
        note = f"told by gate {told_by!r}, which obeyed it before this hub knew it" if told_by else ""
        desk.then(partial(self._recorded, ask.order, cases, note))
        return cases

    def _write(self, ask: Ask, targets: Sequence[Target], more: dict[str, Any]) -> list[Case]:
        """Write the order down: one fact for all its targets."""
        body = {
            "verb": ask.verb,
            "by": ask.by,
            "reason": ask.reason,
            "at": ask.at,
            "cause": ask.cause,
            "key": ask.key,
            "ask": ask.asked,
            **more,
        }
        if len(targets) == 1 and not more.keys() & _SHARED:
            only = targets[0]
            fact = Fact("order", body | {"inherited_from": only.inherited_from}, only.run, ask.order)
        else:
            body["runs"] = [target.run for target in targets if not target.inherited_from]
            body["below"] = {target.run: target.inherited_from for target in targets if target.inherited_from}
            fact = Fact("order", body, order=ask.order)
        self._desk.write(fact)
        cases = self._desk.world.orders[ask.order]
        return [cases[target.run] for target in targets]

    def _recorded(self, order: str, cases: Sequence[Case], note: str) -> None:
        self._desk.world.given[order].recorded = True
        if cases:
            self._desk.stages(cases, "recorded", note)
        with self._desk.gathering():
            for case in cases:
                self._stages.settle(self._desk.world.runs[case.run])

    def _resumed(self, order: str, cases: Sequence[Case]) -> None:
        """The resume is on disk: now it takes hold, with the children that inherited the pause in the meantime."""
        self.resumed(order, cases, self._registered_since(cases))

    def resumed(self, order: str, cases: Sequence[Case], late: Sequence[Target]) -> None:
        """Let runs go on whose resume is on disk, unless a pause or kill came in between; the late ones follow."""
        desk = self._desk
        for case in cases:
            settle(desk.world, case)
        for note, alike in self._by_what_stands(cases).items():
            self._recorded(order, alike, note)
        desk.world.given[order].recorded = True
        going = [case for case in cases if not case.closed]
        for case in cases:
            desk.tell(case.run, case.issued())
        ask = _resume(desk.world, order)
        if going:
            named = self._delivery.push(
                ask.worded(), [Target(case.run, case.inherited_from) for case in going]
            )
            self._delivery.sent(order, named)
            if named:
                desk.pushed(order)
        for case in going:
            self._permits.release(desk.world.runs[case.run])
        if late:
            self.issue(ask, late)

    def _by_what_stands(self, cases: Sequence[Case]) -> dict[str, list[Case]]:
        """Return the cases by the note that says which standing pauses go on without them."""
        world = self._desk.world
        pauses = [given for given in world.standing.values() if given.verb == "pause"]
        found: dict[str, list[Case]] = {}
        for case in cases:
            run = world.runs[case.run]
            over = [given.order for given in pauses if run.name in given.freed and not case.closed]
            note = (
                f"the standing pause {' and '.join(map(repr, over))} goes on for the others" if over else ""
            )
            found.setdefault(note, []).append(case)
        return found

    def finish(self) -> None:
        """After a start: let go what registered below a run whose resume was being written, and was not let go yet."""
        world = self._desk.world
        late: dict[str, list[Target]] = {}
        for run in world.live.values():
            above = world.runs.get(run.pause.inherited_from) if run.pause is not None else None
            if above is None or above.pause is not None or above.resume is None or resuming(run) is not None:
                continue
            late.setdefault(above.resume.order, []).append(Target(run.name, above.name))
        for order, targets in late.items():
            self.issue(_resume(world, order), targets)

    def _registered_since(self, cases: Sequence[Case]) -> list[Target]:
        """Return the children that inherited the pause while its resume was on its way to the disk."""
        asked = {case.run for case in cases}
        found: dict[str, str] = {}
        for case in cases:
            if not case.closed and not case.inherited_from and case.run in self._desk.world.children:
                for target in descendants(self._desk.world, "resume", case.run):
                    if target.run not in asked:
                        found.setdefault(target.run, target.inherited_from)
        return [Target(run, above) for run, above in found.items()]


def _resume(world: World, order: str) -> Ask:
    given = world.given[order]
    return Ask(order, "resume", (), given.by, given.reason, given.at, lifts=given.lifts, cause=given.cause)


def _answered_with(world: World, order: str) -> str:
    """Return the order an operator is told of: where the like holds for the one run that was meant, that one."""
    given = world.given[order]
    alone = given.scope is None and not world.orders[order] and not given.refused and len(given.also) == 1
    return given.also[0][0] if alone else order


def pairs(world: World, order: str) -> list[tuple[str, str]]:
    """Return every target of an order as pairs of order and run; where the like held already, that order."""
    given = world.given.get(order)
    return [*(given.also if given else ()), *((order, run) for run in world.orders.get(order, {}))]
