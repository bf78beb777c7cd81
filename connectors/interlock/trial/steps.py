"""The steps of a trial: each does one thing to the tool, counts what came of it, and says so in one line."""

import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from interlock.gate import Gate
from interlock.gate.keys import handed
from interlock.gate.texts import plain, told_error
from interlock.trial.relay import Fault, Relay
from interlock.trial.scene import Scene
from interlock.trial.subject import Subject

__all__ = ["Line", "Trial"]

Json = dict[str, Any]

SHOWN = 160


@dataclass(frozen=True, slots=True)
class Line:
    """What one step did and found. ``ok`` is None for what was not tried, or says nothing of the contract."""

    step: str
    did: str
    found: str
    effects: int
    ok: bool | None

    def to_json(self) -> Json:
        """Return the line as plain JSON."""
        return asdict(self)


class _Came(NamedTuple):
    """What one call came to: for its caller, and on record."""

    run: str
    result: Any
    error: Exception | None
    outcome: str

    @property
    def said(self) -> str:
        """What the caller got, as text."""
        text = told_error(self.error) or f"returned {plain(self.result)}"
        return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


class Trial:
    """One tool on trial. ``args`` are taken in turn: one for each key, so that two keys are two effects."""

    def __init__(
        self,
        scene: Scene,
        gate: Gate,
        subject: Subject,
        args: Sequence[Json],
        effects: Callable[[], int],
        relay: Relay | None,
        hold_s: float,
    ) -> None:
        self._scene, self._gate, self._subject, self._args = scene, gate, subject, args
        self._effects, self._relay, self._hold_s = effects, relay, hold_s
        self._turn = 0

    def lines(self) -> Iterator[Line]:
        """Yield what the tool does, step by step. A tool whose first call has no effect is asked nothing more."""
        first, key, args = self._once()
        yield first
        if first.ok is False:
            return
        if not self._subject.read:
            yield self._twice(key, args)
            yield self._beside()
        yield from self._faults()

    def _fresh(self) -> tuple[str, Json]:
        args = self._args[self._turn % len(self._args)]
        self._turn += 1
        return f"i-{secrets.token_hex(16)}", args

    def _call(self, key: str, args: Json) -> _Came:
        result, error = None, None
        with self._gate.run(agent="trial", role="trial", goal=f"try {self._subject.name}") as run:
            try:
                with handed(key):
                    result = self._subject.call(**args)
            except Exception as problem:  # noqa: BLE001 - what it raises is what the trial is about
                error = problem
        ended = self._scene.outcomes(run.id)
        return _Came(run.id, result, error, ended[0][0] if ended else "refused")

    def _counted(self, step: Callable[[], Any]) -> tuple[Any, int]:
        before = self._effects()
        done = step()
        return done, self._effects() - before

    def _once(self) -> tuple[Line, str, Json]:
        key, args = self._fresh()
        came, effects = self._counted(lambda: self._call(key, args))
        wanted = 0 if self._subject.read else 1
        good = came.outcome == "done" and effects == wanted
        more = (
            ""
            if good
            else f"; {wanted} was expected: see its arguments, and whether --effects counts its effects"
        )
        return Line("once", "called once", f"{came.outcome}: {came.said}{more}", effects, good), key, args

    def _twice(self, key: str, args: Json) -> Line:
        came, effects = self._counted(lambda: self._call(key, args))
        found = f"{came.outcome}: {came.said}"
        if effects:
            found += (
                "; its key is not honoured downstream, or not handed there (current_call().idempotency_key)"
            )
        return Line("twice", "called again with the same key", found, effects, effects == 0)

    def _beside(self) -> Line:
        key, args = self._fresh()
        came: list[_Came] = []

        def both() -> None:
            threads = [threading.Thread(target=lambda: came.append(self._call(key, args))) for _ in range(2)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        _, effects = self._counted(both)
        found = "; ".join(sorted(f"{one.outcome}: {one.said}" for one in came))
        return Line("beside", "called twice at once with one key", found, effects, effects == 1)

    # what goes wrong on the way

    def _faults(self) -> Iterator[Line]:
        yield self._late()
        if self._relay is None:
            for step, did in (
                ("lost", "answer lost"),
                ("wrong", "answered wrongly"),
                ("down", "downstream away"),
            ):
                yield Line(step, did, "not tried: name the variable of its downstream with --proxy", 0, None)
            return
        yield self._faulty("lost", "answered, and the answer lost on the way")
        yield self._faulty("wrong", "answered with another text")
        yield self._faulty("down", "its downstream closes every line")

    def _under(self, fault: Fault, key: str, args: Json) -> _Came:
        if self._relay is None:
            self._subject.late_s = self._hold_s
        else:
            self._relay.fault = fault
        try:
            return self._call(key, args)
        finally:
            self._subject.late_s = 0.0
            if self._relay is not None:
                self._relay.fault = ""

    def _late(self) -> Line:
        key, args = self._fresh()
        limit = self._subject.limit_s

        def late() -> _Came:
            came = self._under("late", key, args)
            if self._subject.lingers:
                # What it still does in its thread belongs to this step.
                self._scene.outcomes(came.run, 2)
            return came

        came, effects = self._counted(late)
        did = f"answered after {self._hold_s:g} s"
        if limit is None:
            return Line("late", did, f"it has no time limit and waited: {came.outcome}", effects, None)
        return self._judged("late", f"{did}, its limit is {limit:g} s", came, key, args, effects)

    def _faulty(self, fault: Fault, did: str) -> Line:
        key, args = self._fresh()
        came, effects = self._counted(lambda: self._under(fault, key, args))
        return self._judged(fault, did, came, key, args, effects)

    def _judged(self, step: str, did: str, came: _Came, key: str, args: Json, effects: int) -> Line:
        """Say whether what is on record is true, and whether a repeat with the same key makes a second effect."""
        found = f"{came.outcome}: {came.said}"
        if self._subject.read:
            return Line(step, did, found, effects, effects == 0)
        if came.outcome == "failed" and effects:
            lie = "; recorded as failed and yet it happened: raise TimeoutError or ConnectionError for a lost answer"
            return Line(step, did, found + lie, effects, False)
        if came.outcome == "done" and not effects:
            return Line(step, did, f"{found}; recorded as done and yet nothing happened", effects, False)
        _, more = self._counted(lambda: self._call(key, args))
        total = effects + more
        again = f"; called again with the same key: {total} effect{'s' * (total != 1)} in all"
        return Line(step, did, found + again, effects, total == 1)
