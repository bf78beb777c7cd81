"""Plans carried out: each on disk as a whole before its first step, each step on disk before its job is sent.

One step after the other, the newest effect first. What is known of a step comes from the record, so that a hub that was
killed between any two of these goes on where it was: it asks the same host for the same job, under the same key.
"""

from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from typing import Any

from interlock.events import CompensationEnded, CompensationPlanned, CompensationStep
from interlock.hub.core.ask import BY_MAX, REASON_MAX, Ask
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Refusal, Reply
from interlock.hub.core.evidence import ended
from interlock.hub.core.hosting import Hosting
from interlock.hub.core.making import FLYING, Host, Making, Plan, Step
from interlock.hub.core.orders import Orders
from interlock.hub.core.planning import RUNS, digest, rows
from interlock.jobs import Did, Doing, Offers
from interlock.text import Untrusted

__all__ = ["AWAY_S", "PROOF", "Makings"]

PROOF = 4
"""Characters at the end of a plan's digest that show that an operator read this plan."""
AWAY_S = 15.0
"""How long a host may be away with a job that it has not begun, before another gets it."""


class Makings:
    """Begins plans, sends their steps, and stops them. ``redact`` hides secrets in what a person writes."""

    def __init__(self, desk: Desk, orders: Orders, hosting: Hosting, redact: Callable[[str], str]) -> None:
        self._desk, self._orders, self._hosting, self._redact = desk, orders, hosting, redact

    @property
    def _making(self) -> Making:
        return self._desk.world.making

    # what a person asks for

    def begin(
        self, request: int, plan: str, steps: Sequence[Step], shown: str, proof: str, by: str, reason: str
    ) -> None:
        """Begin with a plan, if it is what the person was shown; it is sent once it is on disk as a whole."""
        refusal = _refusal(steps, shown, proof)
        if refusal is not None:
            self._desk.refuse(request, refusal)
            return
        desk = self._desk
        body: dict[str, Any] = {
            "plan": plan,
            "by": by[:BY_MAX],
            "reason": self._redact(reason)[:REASON_MAX],
            "at": desk.now.wall,
            "digest": digest(steps),
            "cause": "person",
            "steps": rows(steps),
        }
        desk.write(Fact("compensation", body, run=_one([step.run for step in steps])))
        desk.then(partial(self._recorded, request, self._making.plans[plan]))

    def _recorded(self, request: int, plan: Plan) -> None:
        plan.recorded = True
        for run in dict.fromkeys(step.run for step in plan.steps):
            permits = tuple(step.permit for step in plan.steps if step.run == run)
            told = CompensationPlanned(
                plan=plan.plan, by=Untrusted(plan.by), reason=Untrusted(plan.reason), permits=permits
            )
            self._desk.tell(run, told)
        self._desk.answer(Reply(request, order=plan.plan))
        self._next(plan)

    def stop(self, request: int, name: str, by: str, reason: str) -> None:
        """Send no further step of a plan. What is with a host already is not called back: a kill of its run is."""
        plan = self._making.plans.get(name)
        if plan is None:
            fix = "'interlock compensate show' lists the plans"
            self._desk.refuse(request, Refusal("not_found", f"no plan {name!r}", fix))
        elif plan.state != "running":
            problem = f"plan {name!r} has ended already ({plan.state})"
            self._desk.refuse(request, Refusal("conflict", problem, "there is nothing to stop"))
        else:
            why = f"stopped by {by[:BY_MAX]}: {self._redact(reason)[:REASON_MAX]}"
            self._end(plan, "stopped", why, by[:BY_MAX], "person")
            self._desk.then(lambda: self._desk.answer(Reply(request, order=name)))

    def unwritten(self) -> None:
        """Stop what could not be written down: it begins nothing, also once the disk takes it after all."""
        for name in list(self._making.going):
            plan = self._making.plans[name]
            if not plan.recorded:
                why = "it could not be written to disk when it was asked for, so it was not begun"
                self._end(plan, "stopped", why, "hub", "")

    # step by step

    def _next(self, plan: Plan) -> None:
        """Send the next step, if it is its time and somebody is there who can."""
        if plan.state != "running" or not plan.recorded:
            return
        if any(step.progress in FLYING for step in plan.steps):
            return
        n = next((n for n, step in enumerate(plan.steps) if step.progress == "waiting"), None)
        if n is None:
            self._end(plan, "done", "", "hub", "")
            return
        step = plan.steps[n]
        host = self._hosting.who(step.way.tool) if step.way is not None else None
        if host is not None:
            self._move(plan, n, "sent", job=_name("j", plan.plan, n, len(self._making.jobs)), host=host.gate)
            self._desk.then(partial(self._send, plan, step, step.job))

    def _send(self, plan: Plan, step: Step, job: str) -> None:
        """The step is on disk. A plan that was stopped meanwhile sends nothing."""
        host = self._making.hosts.get(step.host)
        if step.job != job or step.progress not in FLYING:
            return
        if plan.state != "running" and step.progress == "sent" and not step.conn:
            self._void(job, "it was stopped before it was sent; nothing happened")
            return
        if host is None or step.way is None:
            return
        step.conn, step.away = host.conn, None
        self._hosting.compensate(host, job, step.way, step.permit, step.key)

    def _move(self, plan: Plan, n: int, state: str, **more: Any) -> None:
        step = plan.steps[n]
        body = {"plan": plan.plan, "n": n, "state": state, "at": self._desk.now.wall, "key": step.key, **more}
        body["tool"] = step.way.tool if step.way is not None else step.tool
        if state != "sent":
            body.setdefault("job", step.job)
        self._desk.write(Fact("step", body, run=step.run, permit=step.permit))
        if state != "waiting" and step.way is not None:
            problem = str(more.get("problem") or "")
            told = CompensationStep.model_validate(
                {
                    "plan": plan.plan,
                    "permit": step.permit,
                    "tool": Untrusted(step.way.tool),
                    "state": state,
                    "run": step.job_run or None,
                    "problem": Untrusted(problem) if problem else None,
                }
            )
            self._desk.then(partial(self._tell, step, told))

    def _tell(self, step: Step, told: CompensationStep) -> None:
        for run in dict.fromkeys((step.run, told.run or step.run)):
            if run in self._desk.world.runs:
                self._desk.tell(run, told)

    def _end(self, plan: Plan, state: str, why: str, by: str, cause: str) -> None:
        body = {
            "plan": plan.plan,
            "state": state,
            "why": why,
            "by": by,
            "cause": cause,
            "at": self._desk.now.wall,
        }
        self._desk.write(Fact("compensation.ended", body, run=_one([step.run for step in plan.steps])))
        told = CompensationEnded.model_validate({"plan": plan.plan, "state": state, "why": why[:2000]})
        runs = dict.fromkeys(run for step in plan.steps for run in (step.run, step.job_run))
        for run in [run for run in runs if run in self._desk.world.runs]:
            self._desk.then(partial(self._desk.tell, run, told))

    # what hosts say

    def offered(self, host: Host, frame: Offers) -> None:
        """A host is there: ask it again for the jobs it has, and send what waited for it."""
        for job in list(self._making.open):
            step, plan = self._making.step(job), self._plan(job)
            if step is None or step.job != job or step.host != host.gate or step.progress not in FLYING:
                continue
            if plan.state != "running" and step.progress == "sent" and job not in frame.jobs:
                self._void(job, "it was stopped before its host had it; nothing happened")
            elif plan.state == "running" or job in frame.jobs:
                # Behind the disk too: the step itself may still be on its way there.
                self._desk.then(partial(self._send, plan, step, job))
        self._go_on()

    def doing(self, conn: int, frame: Doing) -> bool:
        """A job is a run now. One that was given to another host meanwhile must not act: its run is killed."""
        step = self._making.step(frame.job)
        run = self._desk.world.runs.get(frame.run)
        gate = self._desk.world.links[conn].gate
        if step is None or run is None or run.members.get(gate) != "":
            return step is not None
        if step.job != frame.job or step.host != gate:
            self._kill(frame.run, f"job {frame.job} was given up before it began")
        elif step.progress == "sent":
            plan, n = self._place(frame.job)
            self._move(plan, n, "doing", run=frame.run)
        elif step.job_run != frame.run:
            self._kill(frame.run, f"job {frame.job} is run {step.job_run} already")
        return True

    def did(self, conn: int, frame: Did) -> bool:
        """A host says how a job ended. What is on record decides; see :mod:`interlock.hub.core.evidence`."""
        step = self._making.step(frame.job)
        if step is None:
            return False
        gate = self._desk.world.links[conn].gate
        if step.job != frame.job or step.host != gate or step.progress not in FLYING:
            return True
        said = {"outcome": frame.outcome, "error": "", "result": ""}
        if frame.error is not None:
            said["error"] = self._redact(frame.error.raw)
        if frame.result is not None:
            said["result"] = self._redact(frame.result.raw)
        step.said = said
        if step.progress == "sent":
            plan, n = self._place(frame.job)
            state = "refused" if frame.outcome == "refused" else "failed"
            self._finish(plan, n, state, said["error"] or "its host did not begin with it", "")
        self.settle()
        return True

    def settle(self) -> None:
        """Look at every job whose end is not known, and go on with what can."""
        for job in list(self._making.open):
            step = self._making.step(job)
            if step is None or not step.job_run:
                continue
            end = ended(self._desk.world, step)
            if end is not None and end.progress != step.progress:
                plan, n = self._place(job)
                self._finish(plan, n, end.progress, end.problem, end.result)
        self._go_on()

    def _go_on(self) -> None:
        for name in list(self._making.going):
            self._next(self._making.plans[name])

    def tick(self) -> None:
        """Give up on hosts that went away before they began."""
        now = self._desk.now.mono
        for job in list(self._making.open):
            step = self._making.step(job)
            if step is None or step.progress != "sent":
                continue
            host = self._making.hosts.get(step.host)
            if host is not None and (step.conn in (0, host.conn)):
                step.away = None
            elif step.away is None:
                step.away = now
            elif now - step.away >= AWAY_S:
                self._void(job, "its host went away before it began; nothing happened")
        self.settle()

    def _void(self, job: str, why: str) -> None:
        """Take a job back that never began: a plan that goes on gives the step to whoever is there."""
        plan, n = self._place(job)
        if plan.state == "running":
            self._move(plan, n, "waiting", problem=why)
        else:
            self._finish(plan, n, "failed", why, "")

    def _finish(self, plan: Plan, n: int, state: str, problem: str, result: str) -> None:
        step = plan.steps[n]
        self._move(plan, n, state, problem=problem[:2000], result=result)
        step.said = None
        if plan.state != "running":
            return
        if state != "done":
            tool = step.way.tool if step.way is not None else step.tool
            why = f"step {n + 1} of {len(plan.steps)} ({tool} for {step.permit}): {problem}"
            self._end(plan, state, why, "hub", "")

    def _kill(self, run: str, why: str) -> None:
        ask = Ask(
            _name("o", run, why), "kill", (run,), "hub", why, self._desk.now.wall, partial=True, cause="hub"
        )
        self._orders.give(0, ask)

    def _place(self, job: str) -> tuple[Plan, int]:
        name, n = self._making.jobs[job]
        return self._making.plans[name], n

    def _plan(self, job: str) -> Plan:
        return self._place(job)[0]


def _name(letter: str, *of: object) -> str:
    """Return an id that is the same whenever the same thing is named."""
    return f"{letter}-{sha256(repr(of).encode()).hexdigest()[:16]}"


def _one(runs: Sequence[str]) -> str:
    """Return the run that all are, or nothing."""
    return runs[0] if len(set(runs)) == 1 else ""


def _refusal(steps: Sequence[Step], shown: str, proof: str) -> Refusal | None:
    states = {step.state for step in steps}
    if digest(steps) != shown:
        problem = "the plan is not the one that was shown: something changed since"
        return Refusal("digest", problem, "plan again, read it, and run that one")
    if proof != shown[-PROOF:]:
        problem = f"{proof!r} is not how the plan's digest ends, so nothing was begun"
        return Refusal(
            "proof", problem, f"give the last {PROOF} characters of the digest of the plan you read"
        )
    if "unknown first" in states:
        problem = "whether an effect of the plan happened is unknown"
        return Refusal(
            "unknown_first", problem, "reconcile it ('interlock unknowns'), or plan without that permit"
        )
    if "running" in states:
        problem = "another plan is about to make an effect of this one good"
        return Refusal("running", problem, "wait for it, or stop it ('interlock compensate stop')")
    if not states & RUNS:
        return Refusal("nothing", "no effect of the plan can be made good by it", "there is nothing to run")
    return None
