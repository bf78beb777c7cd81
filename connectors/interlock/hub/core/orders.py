"""Orders: taking rights away is pushed first and committed beside it; giving rights is committed first."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256

import orjson

from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Deliver, Fact, Refusal, Worded
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
    asked: str = ""
    """The digest of the request as it came, where it has a key."""

    def digest(self) -> str:
        """Return what two requests with one idempotency key must have in common."""
        return sha256(orjson.dumps([self.verb, sorted(self.runs), self.by, self.reason])).hexdigest()

    def worded(self) -> Worded:
        """Return the order's fields as gates get them."""
        return _worded(self.verb, self.order, self.by, self.reason, self.at)


def _worded(verb: Verb, order: str, by: str, reason: str, at: float) -> Worded:
    return {"order": order, "by": by, "reason": reason, "at": at, "verb": verb}


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
        ask = self._cleaned(ask)
        targets = self._reach(ask.verb, fresh)
        named = self._push(ask.worded(), targets) if ask.verb != "resume" else {}
        rest = partial(self._given, request, ask, list(standing.values()), targets, named)
        if named:
            self._desk.behind_frames(ask.order, rest)
        else:
            rest()

    def _given(
        self, request: int, ask: Ask, standing: list[Case], targets: list[Target], named: dict[int, list[str]]
    ) -> None:
        desk = self._desk
        for case in standing:
            body = {"verb": ask.verb, "by": ask.by, "reason": ask.reason, "asked_as": ask.order}
            desk.write(Fact("order.again", body, run=case.run, order=case.order))
        cases = self._hold(ask, targets, named)
        pairs = tuple((case.order, case.run) for case in (*standing, *cases))
        desk.then(lambda: desk.reply(request, pairs))

    def _cleaned(self, ask: Ask) -> Ask:
        reason = self._redact(ask.reason)[:REASON_MAX]
        asked = ask.digest() if ask.key else ""
        return Ask(ask.order, ask.verb, ask.runs, ask.by[:BY_MAX], reason, ask.at, ask.key, asked)

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
        parents = self._desk.world.children
        for name in names:
            if name in parents:
                for target in self.below(verb, name):
                    reached.setdefault(target.run, target.inherited_from)
        return [Target(name, above) for name, above in reached.items()]

    def issue(self, ask: Ask, targets: Sequence[Target], told_by: str = "") -> None:
        """Give an order to these runs. A gate that obeyed it before the hub knew it is named in ``told_by``."""
        ask = self._cleaned(ask)
        named = self._push(ask.worded(), targets, told_by) if ask.verb != "resume" else {}
        self._hold(ask, targets, named, told_by)
        if named:
            self._desk.pushed(ask.order)

    def _push(self, order: Worded, targets: Iterable[Target], told_by: str = "") -> dict[int, list[str]]:
        """Write the order to every connected gate of these runs: one frame names all runs of a connection.

        The gate that told of the order gets it with ``opened``. Returns the runs named to each connection.
        """
        desk = self._desk
        runs, gates = desk.world.runs, desk.world.gates
        named: dict[int, list[str]] = {}
        for target in targets:
            for gate, left in runs[target.run].members.items():
                conn = 0 if left else gates[gate].conn
                if conn and (gate != told_by or target.inherited_from):
                    named.setdefault(conn, []).append(target.run)
        if named:
            parts = [
                (conn, tuple(names[first : first + BATCH]))
                for conn, names in named.items()
                for first in range(0, len(names), BATCH)
            ]
            desk.do(Deliver(order, tuple(parts)))
        return named

    def _hold(
        self, ask: Ask, targets: Sequence[Target], named: dict[int, list[str]], told_by: str = ""
    ) -> list[Case]:
        """Let the order hold: at once where its frames are out already, or once it is on disk for a resume."""
        desk = self._desk
        base = {
            "verb": ask.verb,
            "by": ask.by,
            "reason": ask.reason,
            "at": ask.at,
            "key": ask.key,
            "ask": ask.asked,
        }
        if told_by:
            base["told_by"] = told_by
        for target in targets:
            body = base | {"inherited_from": target.inherited_from}
            desk.write(Fact("order", body, run=target.run, order=ask.order))
        known = desk.world.orders.get(ask.order, {})
        cases = [known[target.run] for target in targets]
        if ask.verb == "resume":
            desk.then(partial(self._resumed, cases))
            return cases
        self._sent(ask.order, named)
        issued = {case.inherited_from: case for case in cases}
        events = {above: case.issued() for above, case in issued.items()}
        for case in cases:
            desk.tell(case.run, events[case.inherited_from])
            if case.verb == "kill":
                self._stages.expect(desk.world.runs[case.run], case)
                self._permits.release(desk.world.runs[case.run])
        note = f"told by gate {told_by!r}, which obeyed it before this hub knew it" if told_by else ""
        desk.then(partial(self._recorded, cases, note))
        return cases

    def _sent(self, order: str, named: dict[int, list[str]]) -> None:
        """Keep in mind to whom the order was written."""
        world = self._desk.world
        for conn, names in named.items():
            link, cases = world.links[conn], world.orders[order]
            for name in names:
                cases[name].sent.add(link.gate)
                if cases[name].verb in ("kill", "pause"):
                    link.told[name] = order

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
            one = going[0]
            order = _worded("resume", one.order, one.by, one.reason, one.at)
            named = self._push(order, [Target(case.run, case.inherited_from) for case in going])
            self._sent(one.order, named)
            if named:
                desk.pushed(one.order)
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
