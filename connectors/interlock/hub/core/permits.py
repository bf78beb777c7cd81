"""Permits and outcomes: the intent is on disk before the gate may act, the outcome before the gate may forget."""

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from typing import Any

from interlock.events import EscalationUsed, InFlight, OutcomeUnknown
from interlock.hub.core.approvals import Approvals, Pass
from interlock.hub.core.bypolicy import ByPolicy
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Tell
from interlock.hub.core.planned import strays
from interlock.hub.core.world import Held, Permit, Run
from interlock.model import BodyRef
from interlock.text import Untrusted
from interlock.wire import MARGIN_MS, PERMIT_MS, AskPermit, Granted, Kept, Outcome, Refused

__all__ = ["ARGS_MAX", "HELD_MAX", "OPEN_MAX", "Permits"]

ARGS_MAX = 4096
"""Characters of arguments that are kept in the record itself; longer ones are kept in the trace."""
HELD_MAX = 1000
"""Requests of one paused run that are kept waiting."""
OPEN_MAX = 1000
"""Permits of one run that have no outcome yet. Each new one is held against them, so that without an end to their
number one agent could keep the hub from everybody's orders."""
_STRAYS = (
    "the job's plan names other arguments for this tool, and nothing but those and the defaults that its host offered "
    "may run; call it with exactly what the job has"
)
DOUBT_S = (PERMIT_MS + MARGIN_MS) / 1000
"""How long an outcome may still come after the gate of a killed run said that the call is not in flight."""


class Permits:
    """Decides each request in the same order as kills; ``new_permit`` makes names, ``redact`` hides secrets.

    ``approvals`` says which requests go on, and which wait for people or are refused; ``rules`` is asked once more
    where policy or dial changed between that and the grant.
    """

    def __init__(
        self,
        desk: Desk,
        approvals: Approvals,
        rules: ByPolicy,
        new_permit: Callable[[], str],
        redact: Callable[[str], str],
    ) -> None:
        self._desk, self._approvals, self._rules = desk, approvals, rules
        self._new = new_permit
        self._redact = redact
        self._doubts: list[tuple[float, str, str]] = []
        self._doubted: set[str] = set()
        """Permits in ``_doubts``: an agent may answer as often as it likes."""
        self.doubtful: Callable[[Run], None] = lambda _: None
        """Told the run of each call that had a permit and whose outcome is unknown."""
        self._unasked: dict[str, int] = {}
        """Gate -> how many outcomes it told of permits that this record does not have, as after a restore."""

    def ask(self, conn: int, frame: AskPermit) -> None:
        """Refuse, hold, or write the intent down and grant it afterwards."""
        desk = self._desk
        link = desk.world.links[conn]
        run = desk.world.runs[frame.run]
        if self._refused(conn, run, frame):
            return
        if run.pause is not None:
            if len(run.held) >= HELD_MAX:
                problem = f"{HELD_MAX} requests of this paused run wait already"
                desk.send(conn, Refused(req=frame.req, code="limit", problem=problem))
                return
            run.held.append(Held(conn, link.gate, frame))
            return
        self._grant(Held(conn, link.gate, frame))

    def _refused(self, conn: int, run: Run, ask: AskPermit) -> bool:
        if run.kill is not None:
            problem = f"run {run.name!r} was killed by order {run.kill.order!r}"
            order = run.kill.as_order((run.name,))
            self._desk.send(conn, Refused(req=ask.req, code="killed", problem=problem, order=order))
        elif run.claim:
            problem = f"run {run.name!r} has ended; nothing more starts in it"
            self._desk.send(conn, Refused(req=ask.req, code="finished", problem=problem))
        else:
            return False
        return True

    def _grant(self, held: Held) -> None:
        """Write the intent down and grant it once it is on disk. A request that was repeated is granted again."""
        desk, ask = self._desk, held.ask
        run = desk.world.runs[ask.run]
        same = self._repeated(run, held)
        if same is not None and self._rules.check(run, ask, again=True).verdict in ("deny", "shadow"):
            self._void(run, same, "policy or dial changed before the gate asked for it again")
            same = None
        if same is None and ask.escalation is None and strays(desk.world, ask):
            # What a person edited and approved is another matter: it may run, and makes nothing good.
            desk.send(held.conn, Refused(req=ask.req, code="denied", problem=_STRAYS))
            return
        way = Pass(None, None, same) if same is not None else self._approvals.way(held)
        if way is None:
            return
        same = way.permit
        for permit in [permit for permit in run.permits.values() if permit.gate == held.gate]:
            if permit is not same and permit.call == ask.call:
                self._void(run, permit, "the gate asked again for the same call")
        if same is None and len(run.permits) >= OPEN_MAX:
            problem = f"{OPEN_MAX} permits of run {run.name!r} have no outcome yet"
            desk.send(held.conn, Refused(req=ask.req, code="limit", problem=problem))
            return
        if same is None:
            fact = self._intent(held, way)
            desk.write(fact)
            same = run.permits[fact.permit]
        same.expires = desk.now.mono + PERMIT_MS / 1000
        desk.then(partial(self._granted, held, same, self._rules.changes))

    def _repeated(self, run: Run, held: Held) -> Permit | None:
        """Return the permit this very request was given before. One that is for an approval is looked at again."""
        ask = held.ask
        if ask.escalation is not None:
            return None
        given = (permit for permit in run.permits.values() if permit.gate == held.gate)
        return next((each for each in given if each.req == ask.req and each.digest == ask.digest), None)

    def _intent(self, held: Held, way: Pass) -> Fact:
        desk, ask = self._desk, held.ask
        args: Any = ask.args
        if isinstance(args, BodyRef):
            args = {"sha256": args.sha256, "size": args.size}
        else:
            args = self._redact(args.raw)
            args = args if len(args) <= ARGS_MAX else {"head": args[:512], "characters": len(args)}
        body = {
            "permit": self._new(),
            "gate": held.gate,
            "call": ask.call,
            "req": ask.req,
            "tool": ask.tool.raw,
            "cls": ask.cls,
            "digest": ask.digest,
            "args": args,
            **self._rules.stamp(desk.world.runs[ask.run], way.decision),
        }
        if strays(desk.world, ask):
            body["strays"] = True
        if way.escalation is not None:
            body |= self._approvals.use(way.escalation)
        return Fact("permit", body, run=ask.run, permit=body["permit"])

    def _granted(self, held: Held, permit: Permit, changes: int) -> None:
        """The intent is on disk. Only a run that still runs gets the permit, and only by the rules that hold now."""
        desk = self._desk
        run = desk.world.runs[held.ask.run]
        if permit.name not in run.permits:
            return
        here = held.conn in desk.world.links
        if changes != self._rules.changes and not permit.granted and self._outdated(run, held):
            self._void(run, permit, "policy or dial changed before the permit was given")
            if here and not self._refused(held.conn, run, held.ask):
                self._grant(held)
            return
        if here and run.kill is None and run.pause is None and not run.claim:
            first, permit.granted = not permit.granted, True
            permit.expires = desk.now.mono + PERMIT_MS / 1000
            desk.send(held.conn, Granted(req=held.ask.req, permit=permit.name))
            if first:
                self._used(permit, run)
            return
        if not permit.granted:
            self._void(run, permit, "the run was stopped, or its gate went away, before the permit was given")
        if here and not self._refused(held.conn, run, held.ask):
            run.held.append(held)

    def _outdated(self, run: Run, held: Held) -> bool:
        """Return whether a request that was to be granted is not let through any more."""
        verdict = self._rules.check(run, held.ask, again=True).verdict
        return verdict in ("deny", "shadow") or (verdict == "ask" and held.ask.escalation is None)

    def _used(self, permit: Permit, run: Run) -> None:
        """Tell the run's trace of the use of an approval."""
        name = self._desk.world.inbox.permits.get(permit.name)
        if name is not None:
            self._desk.tell(run.name, EscalationUsed(escalation=name, call=permit.call, permit=permit.name))

    def _void(self, run: Run, permit: Permit, why: str) -> None:
        body = {"permit": permit.name, "why": why, "given": permit.granted}
        known = self._approvals.of(permit.name)
        self._desk.write(Fact("permit.void", body, run=run.name, permit=permit.name))
        self._approvals.ended(known)

    def release(self, run: Run) -> None:
        """Decide what a paused run asked for: it goes on, or it was killed or ended instead."""
        waiting, run.held = run.held, []
        for held in waiting:
            if held.conn in self._desk.world.links and not self._refused(held.conn, run, held.ask):
                self._grant(held)

    def outcome(self, conn: int, frame: Outcome) -> None:
        """Write an outcome down once, a late one after ``unknown`` too; tell the gate when it is on disk."""
        desk = self._desk
        run = desk.world.runs[frame.run]
        gate = desk.world.links[conn].gate
        permit = run.permits.get(frame.permit)
        if (permit.gate if permit is not None else self._doubted_at(frame.permit) or gate) != gate:
            desk.hang(conn, "role", f"permit {frame.permit!r} was given to another gate")
            return
        if permit is None and self._elsewhere(run, frame.permit):
            desk.hang(conn, "role", f"permit {frame.permit!r} was given in another run")
            return
        last, doubted = run.spent.get(frame.permit), desk.world.making.unknowns.get(frame.permit)
        if permit is None and last is None and not self._believed(conn, gate):
            return
        if last is None or (last == "unknown" and frame.outcome != "unknown"):
            body = {
                "permit": frame.permit,
                "gate": gate,
                "call": frame.call,
                "tool": permit.tool if permit else doubted.tool if doubted else "",
                "outcome": frame.outcome,
                "digest": frame.digest,
                "late": frame.late,
                "unasked": permit is None and last is None,
                "ms": frame.ms,
            }
            self._close(run, "outcome", body)
        desk.then(lambda: desk.send(desk.world.gates[gate].conn, Kept(permits=(frame.permit,))))

    def _doubted_at(self, permit: str) -> str:
        """Return the gate whose call is unknown, found out or not: a late outcome is its to tell."""
        making = self._desk.world.making
        known = making.unknowns.get(permit) or making.reconciled.get(permit)
        return known.gate if known is not None else ""

    def _elsewhere(self, run: Run, permit: str) -> bool:
        """Return whether what is known of this permit is of another run: nobody says how a stranger's call ended."""
        making, approved = self._desk.world.making, self._approvals.of(permit)
        known = (making.unknowns.get(permit), making.reconciled.get(permit), approved)
        return any(each is not None and each.run != run.name for each in known)

    def _believed(self, conn: int, gate: str) -> bool:
        """Take an outcome of a permit that the record does not have: no more of them than a run can have open."""
        count = self._unasked[gate] = self._unasked.get(gate, 0) + 1
        if count > OPEN_MAX:
            self._desk.hang(conn, "limit", f"outcomes of more than {OPEN_MAX} permits that nobody was given")
        return count <= OPEN_MAX

    def _close(self, run: Run, kind: str, body: dict[str, Any]) -> None:
        case = run.kill or run.pause
        permit = run.permits.get(body["permit"])
        if case is not None and (permit is None or permit.granted):
            ms = max(0.0, (self._desk.now.mono - case.received) * 1000)
            body["after"] = {"order": case.order, "ms": round(ms, 3)}
        if body["outcome"] == "unknown":
            body["at"] = self._desk.now.wall
        known = self._approvals.of(body["permit"])
        self._desk.write(Fact(kind, body, run=run.name, permit=body["permit"]))
        self._approvals.ended(known)
        if permit is not None and body["outcome"] == "unknown":
            self.doubtful(run)

    def give_up(self, run: Run, gate: str, why: str) -> None:
        """Say of every permit this gate holds in the run that its outcome is unknown. Nothing is repeated."""
        for permit in [permit for permit in run.permits.values() if permit.gate == gate]:
            self.unknown(run, permit, why)

    def unknown(self, run: Run, permit: Permit, why: str) -> None:
        """Say that the outcome of a permit will not come; one that the gate never got is void instead."""
        if not permit.granted:
            self._void(run, permit, why)
            return
        body = {
            "permit": permit.name,
            "gate": permit.gate,
            "call": permit.call,
            "tool": permit.tool,
            "outcome": "unknown",
            "why": why,
        }
        self._close(run, "outcome.unknown", body)
        told = OutcomeUnknown(call=permit.call, permit=permit.name, tool=Untrusted(permit.tool), why=why)
        # Whoever sees it in the run looks for it in the audit log next.
        self._desk.then(partial(self._desk.do, Tell(run.name, run.trace, told)))

    def doubt(self, run: Run, gate: str, in_flight: tuple[InFlight, ...]) -> None:
        """Note which permits of a killed run are neither in flight, as the gate says, nor have an outcome.

        The gate's answer decides whether the run stands still. Whether such a call ever started is not known
        unless its outcome comes, so after :data:`DOUBT_S` it is listed as unknown.
        """
        flying = {entry.permit for entry in in_flight} | {entry.call for entry in in_flight}
        for permit in run.permits.values():
            doubtful = permit.gate == gate and permit.name not in flying and permit.call not in flying
            if doubtful and permit.name not in self._doubted:
                self._doubted.add(permit.name)
                heappush(self._doubts, (self._desk.now.mono + DOUBT_S, run.name, permit.name))

    def tick(self) -> None:
        """Say of every doubted permit whose outcome has not come that it is unknown."""
        while self._doubts and self._doubts[0][0] <= self._desk.now.mono:
            _, name, permit = heappop(self._doubts)
            self._doubted.discard(permit)
            run = self._desk.world.runs.get(name)
            if run is not None and permit in run.permits:
                why = "its gate said that nothing is in flight, and no outcome came"
                self.unknown(run, run.permits[permit], why)

    def forget(self, conn: int) -> None:
        """Drop the waiting requests of a connection that closed; the gate asks again when it is back."""
        for name in self._desk.world.links[conn].runs:
            run = self._desk.world.runs[name]
            if run.held:
                run.held = [held for held in run.held if held.conn != conn]
