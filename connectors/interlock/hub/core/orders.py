"""Orders: taking rights away is pushed first and committed beside it; giving rights is committed first."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import orjson

from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Refusal
from interlock.hub.core.fold import settle
from interlock.hub.core.permits import Permits
from interlock.hub.core.stages import Stages
from interlock.hub.core.targets import Target, again, descendants, inherited, refusal
from interlock.hub.core.world import Case, Run, Verb
from interlock.wire import Command, Held

__all__ = ["Ask", "Orders"]

BATCH = 1000
"""Runs named in one frame; a gate with more of them gets several."""
BY_MAX, REASON_MAX = 128, 2000


@dataclass(frozen=True, slots=True)
class Ask:
    """What an operator asks for. ``at`` is Unix seconds; ``key`` the idempotency key, or empty."""

    order: str
    verb: Verb
    runs: tuple[str, ...]
    by: str
    reason: str
    at: float
    key: str = ""

    def digest(self) -> str:
        """Return what two requests with one idempotency key must have in common."""
        return sha256(orjson.dumps([self.verb, sorted(self.runs), self.by, self.reason])).hexdigest()


class Orders:
    """Gives orders to runs and their descendants, also to those that register later."""

    def __init__(self, desk: Desk, stages: Stages, permits: Permits, redact: Callable[[str], str]) -> None:
        self._desk = desk
        self._stages = stages
        self._permits = permits
        self._redact = redact

    def give(self, request: int, ask: Ask) -> None:
        """Carry out an operator's request for all its runs, or refuse it for all. A repeated one is answered again."""
        world = self._desk.world
        if ask.key in world.keys:
            self._repeat(request, ask)
            return
        found = refusal(world, ask.verb, ask.runs)
        if found is not None:
            self._desk.refuse(request, found)
            return
        standing = {name: case for name in ask.runs if (case := again(world, ask.verb, name)) is not None}
        fresh = [name for name in dict.fromkeys(ask.runs) if name not in standing]
        for case in standing.values():
            body = {"verb": ask.verb, "by": ask.by, "reason": self._redact(ask.reason), "asked_as": ask.order}
            self._desk.write(Fact("order.again", body, run=case.run, order=case.order))
        cases = self.issue(ask, self._reach(ask.verb, fresh))
        pairs = [(case.order, case.run) for case in (*standing.values(), *cases)]
        self._desk.then(lambda: self._desk.reply(request, tuple(pairs)))

    def _repeat(self, request: int, ask: Ask) -> None:
        digest, order = self._desk.world.keys[ask.key]
        if digest != ask.digest():
            problem = f"idempotency key {ask.key!r} was used for another request"
            self._desk.refuse(request, Refusal("conflict", problem, "use a new key for a new request"))
            return
        runs = self._desk.world.orders[order]
        self._desk.then(lambda: self._desk.reply(request, tuple((order, run) for run in runs)))

    def below(self, verb: Verb, name: str) -> list[Target]:
        """Return the descendants an order at this run reaches."""
        return list(descendants(self._desk.world, verb, name))

    def _reach(self, verb: Verb, names: Sequence[str]) -> list[Target]:
        reached = dict.fromkeys(names, "")
        for name in names:
            for target in self.below(verb, name):
                reached.setdefault(target.run, target.inherited_from)
        return [Target(name, above) for name, above in reached.items()]

    def issue(self, ask: Ask, targets: Iterable[Target], told_by: str = "") -> list[Case]:
        """Give an order to these runs. A gate that obeyed it before the hub knew it is named in ``told_by``."""
        desk = self._desk
        base = {
            "verb": ask.verb,
            "by": ask.by[:BY_MAX],
            "reason": self._redact(ask.reason)[:REASON_MAX],
            "at": ask.at,
            "key": ask.key,
            "ask": ask.digest() if ask.key else "",
        }
        if told_by:
            base["told_by"] = told_by
        facts = [
            Fact("order", base | {"inherited_from": target.inherited_from}, run=target.run, order=ask.order)
            for target in targets
        ]
        if ask.verb != "resume":
            return self._push_first(ask, facts, told_by)
        for fact in facts:
            desk.write(fact)
        cases = [desk.world.orders[ask.order][fact.run] for fact in facts]
        desk.then(partial(self._resumed, cases))
        return cases

    def _push_first(self, ask: Ask, facts: Sequence[Fact], told_by: str) -> list[Case]:
        desk = self._desk
        for fact in facts:
            desk.write(fact)
        cases = [desk.world.orders[ask.order][fact.run] for fact in facts]
        self._push(cases, told_by)
        for case in cases:
            desk.tell(case.run, case.issued())
            if case.verb == "kill":
                self._stages.expect(desk.world.runs[case.run], case)
                self._permits.release(desk.world.runs[case.run])
        note = f"told by gate {told_by!r}, which obeyed it before this hub knew it" if told_by else ""
        desk.then(partial(self._recorded, cases, note))
        return cases

    def _push(self, cases: Sequence[Case], told_by: str = "") -> None:
        """Write the order to every connected gate of these runs: one frame names all runs of a connection.

        The gate that told of the order gets it with ``opened``.
        """
        desk = self._desk
        runs, gates = desk.world.runs, desk.world.gates
        named: dict[int, list[str]] = {}
        for case in cases:
            for gate in runs[case.run].active():
                conn = gates[gate].conn
                if conn and (gate != told_by or case.inherited_from):
                    named.setdefault(conn, []).append(case.run)
                    case.sent.add(gate)
        for conn, names in named.items():
            if cases[0].verb in ("kill", "pause"):
                desk.world.links[conn].told.update(dict.fromkeys(names, cases[0].order))
            for first in range(0, len(names), BATCH):
                part = tuple(names[first : first + BATCH])
                desk.send(conn, Command(order=cases[0].as_order(part), runs=part))
        if named:
            desk.pushed(cases[0].order)

    def remind(self, conn: int) -> None:
        """Write what holds for every run of this connection's gate, where the connection has not carried it yet."""
        world = self._desk.world
        link = world.links[conn]
        for name in world.gates[link.gate].runs:
            case = world.runs[name].stop()
            if case is not None and link.told.get(name) != case.order:
                link.told[name] = case.order
                case.sent.add(link.gate)
                self._desk.send(conn, Command(order=case.as_order((name,)), runs=(name,)))
                if "pushed" not in case.stages:
                    self._desk.pushed(case.order)

    def inherit(self, name: str) -> None:
        """Let a run that just registered stand under the orders of its ancestors; ``opened`` tells its gate."""
        desk = self._desk
        run = desk.world.runs[name]
        for above in inherited(desk.world, run.parent):
            body = {
                "verb": above.verb,
                "by": above.by,
                "reason": above.reason,
                "at": above.at,
                "key": "",
                "ask": "",
                "inherited_from": above.inherited_from or above.run,
            }
            desk.write(Fact("order", body, run=name, order=above.order))
            case = desk.world.orders[above.order][name]
            desk.tell(case.run, case.issued())
            if case.verb == "kill":
                self._stages.expect(run, case)
            desk.then(partial(self._recorded, [case], ""))

    def adopt(self, gate: str, held: Iterable[Held], name: str) -> None:
        """Make an order that a gate obeys, and the record does not know, an order of this hub: it died too early.

        Only what takes rights away, and only where nothing stronger or newer is known.
        """
        world = self._desk.world
        for entry in held:
            verb, order = entry.order.verb, entry.order.order
            run = world.runs[name]
            known = world.orders.get(order, {})
            if entry.run != name or verb == "resume" or name in known or run.kill is not None:
                continue
            if any(case.verb != verb for case in known.values()) or (
                verb != "kill" and again(world, verb, name)
            ):
                continue
            ask = Ask(order, verb, (name,), entry.order.by.raw, entry.order.reason.raw, entry.order.at)
            self.issue(ask, [target for target in self._reach(verb, [name]) if target.run not in known], gate)

    def pushed(self, order: str) -> None:
        """Write down that the order went out to the gates that are connected."""
        desk = self._desk
        found = desk.world.orders.get(order, {}).values()
        for note, cases in _by_note(desk.world.runs, found).items():
            desk.stages(cases, "pushed", note)

    def _recorded(self, cases: Sequence[Case], note: str) -> None:
        if cases:
            self._desk.stages(cases, "recorded", note)
        for case in cases:
            self._stages.settle(self._desk.world.runs[case.run])

    def _resumed(self, cases: Sequence[Case]) -> None:
        """The resume is on disk: now it takes hold, unless a pause or kill came in between."""
        desk = self._desk
        late = self._registered_since(cases)
        for case in cases:
            settle(desk.world, case)
        self._recorded(cases, "")
        going = [case for case in cases if not case.closed]
        for case in cases:
            desk.tell(case.run, case.issued())
        if going:
            self._push(going)
        for case in going:
            self._permits.release(desk.world.runs[case.run])
        if late:
            first = cases[0]
            ask = Ask(
                first.order, "resume", tuple(target.run for target in late), first.by, first.reason, first.at
            )
            self.issue(ask, late)

    def _registered_since(self, cases: Sequence[Case]) -> list[Target]:
        """Return the children that inherited the pause while its resume was on its way to the disk."""
        asked = {case.run for case in cases}
        found: dict[str, str] = {}
        for case in cases:
            if not case.closed and not case.inherited_from:
                for target in descendants(self._desk.world, "resume", case.run):
                    if target.run not in asked:
                        found.setdefault(target.run, target.inherited_from)
        return [Target(run, above) for run, above in found.items()]


def _by_note(runs: dict[str, Run], cases: Iterable[Case]) -> dict[str, list[Case]]:
    found: dict[str, list[Case]] = {}
    for case in cases:
        if case.sent and "pushed" not in case.stages:
            counted = list(runs[case.run].active())
            note = f"to {len(case.sent)} of {max(len(counted), len(case.sent))} gates"
            found.setdefault(note, []).append(case)
    return found
