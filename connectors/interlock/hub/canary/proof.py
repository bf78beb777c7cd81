"""One proof of the brake: a run is paused, let go and killed, and each claim of a receipt is looked at from inside."""

import threading
import time
from collections.abc import Callable
from typing import Any

from interlock.errors import InterlockError, RunKilled
from interlock.gate import Gate, Run
from interlock.hub.canary.body import Body
from interlock.hub.canary.operator import Operator
from interlock.reserved import CANARY

__all__ = ["HOLD_SECONDS", "STAGE_SECONDS", "Failed", "Proof"]

Json = dict[str, Any]

STAGE_SECONDS = 5.0
"""What an order and each stage of it may take. Far more than it takes: what comes later did not come."""
HOLD_SECONDS = 0.2
"""How long the canary looks at calls that are held, and at a run that is dead."""
POLL_SECONDS = 0.0005


class Failed(InterlockError):
    """The brake was not proven; the sentence says what was seen instead."""


class Proof:
    """One run from its start to its end. ``verdict`` is what there is to say of it, at any moment."""

    def __init__(self, gate: Gate, operator: Operator) -> None:
        self._gate, self._operator = gate, operator
        self.verdict: Json = {"run": "", "ok": False, "problem": "it did not come to its end", "orders": {}}

    def take(self) -> Json:
        """Do it, and return the verdict: ``{"run", "ok", "problem", "orders": {verb: {"order", "closed"}}}``."""
        run = self._gate.run(agent=CANARY, role=CANARY, goal="prove that pause and kill work", labels={})
        self.verdict["run"] = run.id
        try:
            self._operator.open()
            self._within(run)
        except InterlockError as error:
            self.verdict["problem"] = str(error)
        else:
            self.verdict |= {"ok": True, "problem": ""}
        return self.verdict

    def _within(self, run: Run) -> None:
        body = Body(self._gate, run)
        problem: InterlockError | None = None
        try:
            with run:
                try:
                    self._steps(run, body)
                except InterlockError as error:
                    problem = error
                    self._give_up(run)
        except RunKilled:
            # However the block of a killed run is left, it raises; what went wrong within is kept.
            pass
        ended = body.end(STAGE_SECONDS)
        if problem is not None:
            raise problem
        if not ended:
            raise Failed("a call of the killed run did not return")
        self._past(run, body)

    def _steps(self, run: Run, body: Body) -> None:
        body.start()
        self._goes(body, "calls of a fresh run")
        self._paused(run, body)
        self._resumed(run, body)
        self._killed(run, body)

    def _give_up(self, run: Run) -> None:
        """Kill what is left of a run whose proof failed, so that its held calls return. The verdict stands."""
        try:
            self._operator.order("kill", run.id)
        except InterlockError:
            return

    def _goes(self, body: Body, what: str) -> None:
        """See that calls of both classes start."""
        before = body.read.started, body.write.started
        self._until(
            lambda: body.read.started > before[0] + 1 and body.write.started > before[1],
            lambda: f"{what} did not start within {STAGE_SECONDS:g} s{_said(body)}",
            body,
        )

    def _paused(self, run: Run, body: Body) -> None:
        self._order("pause", run, lambda: run.paused, "drained")
        self._until(
            lambda: body.read.asked > body.read.back and body.write.asked > body.write.back,
            lambda: "no call was held although the run is paused",
            body,
        )
        before = _counts(body)
        time.sleep(HOLD_SECONDS)
        if _counts(body) != before:
            raise Failed("a call started, or one that was held returned, after the receipt said 'drained'")

    def _resumed(self, run: Run, body: Body) -> None:
        self._order("resume", run, lambda: not run.paused, "acknowledged")
        self._goes(body, "calls that were held by the pause")

    def _killed(self, run: Run, body: Body) -> None:
        self._order("kill", run, lambda: run.killed, "confirmed")
        before = body.read.started, body.write.started
        refused = body.read.killed, body.write.killed
        time.sleep(HOLD_SECONDS)
        self._still(body, before)
        self._until(
            lambda: body.read.killed > refused[0] + 1 and body.write.killed > refused[1],
            lambda: "a further call of the killed run did not raise",
            body,
        )
        self._still(body, before)

    def _past(self, run: Run, body: Body) -> None:
        """See that the calls of a killed run raise past its block too, and start nothing."""
        before = body.read.started, body.write.started
        with run.attach():
            for tool in (body.look, lambda: body.touch(0)):
                try:
                    tool()
                except RunKilled:
                    continue
                raise Failed("a call after the killed run's block did not raise")
        self._still(body, before)

    def _still(self, body: Body, before: tuple[int, int]) -> None:
        for cls, seen, known in (("read", body.read, before[0]), ("write", body.write, before[1])):
            if seen.started != known:
                raise Failed(f"{seen.started - known} {cls} calls started after the receipt said 'confirmed'")

    def _order(self, verb: str, run: Run, obeyed: Callable[[], bool], stage: str) -> None:
        """Give an order, see the gate obey, and wait for the stage; keep how long the gate took."""
        answer: list[Json | InterlockError] = []
        asking = threading.Thread(target=self._give, args=(verb, run.id, answer), daemon=True)
        began = time.perf_counter()
        asking.start()
        until = began + STAGE_SECONDS
        while not obeyed() and time.perf_counter() < until and (asking.is_alive() or not _failed(answer)):
            time.sleep(POLL_SECONDS)
        closed = (time.perf_counter() - began) * 1000
        asking.join(STAGE_SECONDS)
        receipt = _received(verb, answer)
        if not obeyed():
            raise Failed(f"the gate did not obey the {verb} within {STAGE_SECONDS:g} s")
        self.verdict["orders"][verb] = {"order": receipt["order"], "closed": round(closed, 3)}
        self._reached(verb, self._operator.wait(receipt["order"], stage, STAGE_SECONDS), stage)

    def _give(self, verb: str, run: str, answer: list[Json | InterlockError]) -> None:
        try:
            answer.append(self._operator.order(verb, run))
        except InterlockError as error:
            answer.append(error)

    def _reached(self, verb: str, receipt: Json, stage: str) -> None:
        reached = [entry["stage"] for entry in receipt["stages"]]
        for wanted in ("recorded", stage):
            if wanted not in reached:
                waits = "; ".join(receipt["waits_for"]) or "the receipt does not say why"
                raise Failed(f"the {verb} was not {wanted!r} within {STAGE_SECONDS:g} s: {waits}")

    def _until(self, condition: Callable[[], bool], problem: Callable[[], str], body: Body) -> None:
        until = time.monotonic() + STAGE_SECONDS
        while not condition():
            wrong = body.read.problem or body.write.problem
            if wrong:
                raise Failed(f"a call of the canary failed: {wrong}")
            if time.monotonic() > until:
                raise Failed(problem())
            time.sleep(POLL_SECONDS)


def _counts(body: Body) -> tuple[int, ...]:
    read, write = body.read, body.write
    return read.asked, read.started, read.back, write.asked, write.started, write.back


def _said(body: Body) -> str:
    return f" ({body.read.started} reads and {body.write.started} writes did)"


def _failed(answer: list[Json | InterlockError]) -> bool:
    return bool(answer) and isinstance(answer[0], InterlockError)


def _received(verb: str, answer: list[Json | InterlockError]) -> Json:
    if not answer:
        raise Failed(f"the hub did not answer the {verb} within {STAGE_SECONDS:g} s")
    if isinstance(answer[0], InterlockError):
        raise answer[0]
    return answer[0]
