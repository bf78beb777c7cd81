"""One recorded run, played through the gate as a live agent would go: asked, held, killed and cancelled as one."""

import threading
from dataclasses import dataclass
from time import time
from typing import Any, Literal

from interlock.adapters._classing import class_of
from interlock.adapters._pairing import Pairs, pair
from interlock.adapters._recording import Recorded, Recording
from interlock.clock import boot
from interlock.errors import ArgumentsError, CallRefused, PermitExpired, RunKilled, RunOver
from interlock.gate import Call, Gate, Run
from interlock.gate.passage import admit
from interlock.gate.waits import drive

__all__ = ["End", "Played", "play"]

End = Literal["finished", "killed", "cancelled", "failed"]

GLANCE_SECONDS = 0.1
"""How often a wait looks whether an order came."""
CROWDED_BYTES = 512 * 1024
"""With this much of the gate's reports not yet stored, a player waits for the hub."""

_ROLES: dict[str, Any] = {role: role for role in ("system", "user", "assistant", "tool")}


@dataclass(slots=True)
class Played:
    """What became of one recording: events sent as recorded, the gate's own beside them, and calls refused."""

    name: str
    run: str = ""
    end: End = "failed"
    recorded: int = 0
    own: int = 0
    refused: int = 0
    problem: str = ""


class _Interrupted(Exception):
    """The player is told to end."""


def play(gate: Gate, recording: Recording, speed: float | None, ending: threading.Event) -> Played:
    """Play one run to its end, ``speed`` times as fast as recorded, or as fast as it goes when that is None.

    ``ending`` set from another thread ends it early. Never raises for what happens to the run; HubUnavailable and
    HubError come through when it cannot even be opened.
    """
    played = Played(recording.name)
    labels = {"recording": recording.name} | ({"task": recording.task} if recording.task else {})
    run = gate.run(
        agent=recording.agent,
        role="replay",
        goal=recording.goal,
        model=recording.model or None,
        mode="replay",
        connector="replay",
        labels=labels,
        recorded=recording.events[0].seq,
    )
    stand = _Stand(run, recording, played, speed, ending)
    try:
        with run:
            played.run, played.recorded = run.id, 1
            stand.go()
        played.end = "cancelled" if run.cancelled and not stand.done else "finished"
    except RunKilled:
        played.end = "killed"
    except (RunOver, _Interrupted) as error:
        played.problem = str(error) or "interrupted"
    return played


class _Counted(Call):
    """A call whose events without a recorded number are counted: those the gate adds by itself."""

    played: Played | None = None

    def emit(self, event: dict[str, Any], recorded: int | None = None) -> None:
        """Report an event of this call."""
        if recorded is None and self.played is not None:
            self.played.own += 1
        super().emit(event, recorded)


class _Stand:
    """The player's place in one run: its clock, and the calls that wait for their recorded result."""

    def __init__(
        self, run: Run, recording: Recording, played: Played, speed: float | None, ending: threading.Event
    ) -> None:
        self._run, self._recording, self._played = run, recording, played
        self._speed, self._ending = speed, ending
        self._pairs: Pairs = pair(recording.events)
        self._calls: dict[int, Call] = {}
        self._began = 0.0
        self.done = False

    def go(self) -> None:
        """Play all events after the first, in their recorded order. Returns early once the run is killed."""
        self._began = boot()
        try:
            for event in self._recording.events[1:]:
                self._wait(event)
                if self._run.killed:
                    return
                self._run.check_cancelled()
                _PLAY[event.kind](self, event)
            self.done = True
        except _Interrupted:
            self._abandon("the replay was interrupted")
            self._run.finish("failed", error="the replay was interrupted")
            raise
        finally:
            self._abandon("the run ended before its recorded result")

    def _wait(self, event: Recorded) -> None:
        """Wait until the event is due and the hub keeps up. A pause holds everything but ends of calls in flight."""
        while not self._run.killed:
            if self._ending.is_set():
                raise _Interrupted
            if self._run.paused and not self._ends_a_call(event):
                began = boot()
                self._glance(GLANCE_SECONDS)
                self._began += boot() - began
                continue
            late = self._due(event) - boot()
            if late <= 0 and self._run.link.outbox.bytes < CROWDED_BYTES:
                return
            self._glance(min(GLANCE_SECONDS, max(late, 0.005)))

    def _due(self, event: Recorded) -> float:
        return 0.0 if self._speed is None else self._began + event.ts / self._speed

    def _glance(self, seconds: float) -> None:
        self._ending.wait(seconds)

    def _ends_a_call(self, event: Recorded) -> bool:
        return event.kind == "tool_result" and self._pairs.call_of.get(event.seq) in self._calls

    # one method for each recorded kind

    def goal(self, event: Recorded) -> None:
        """The goal stands in ``run.started`` already; here it is what the user said, and when."""
        self._run.message(event.text or "", "user", author=event.agent or None, recorded=event.seq)
        self._played.recorded += 1

    def message(self, event: Recorded) -> None:
        """Say what was said."""
        role = _ROLES.get(event.role, "other")
        self._run.message(event.text or "", role, author=event.agent or None, recorded=event.seq)
        self._played.recorded += 1

    def reasoning(self, event: Recorded) -> None:
        """Say what was thought."""
        self._run.reasoning(event.text or "", recorded=event.seq)
        self._played.recorded += 1

    def tool_call(self, event: Recorded) -> None:
        """Ask the gate for the call. One that is refused is left out with its result, as an agent would go on."""
        tool = event.tool or "unnamed"
        cls, name = class_of(self._recording, event.tool), self._pairs.ids[event.seq]
        try:
            # Heeded by having nothing to run: what a recorded call did, it did then.
            call = _Counted(
                self._run, tool[:512], cls, event.arguments, call_id=name, recorded=event.seq, heeds=True
            )
            call.played = self._played
            self._played.recorded += 1
            drive(admit(call))
        except (CallRefused, PermitExpired, ArgumentsError) as error:
            self._played.refused += 1
            self._played.problem = self._played.problem or str(error)
            return
        self._calls[event.seq] = call

    def tool_result(self, event: Recorded) -> None:
        """End the call with what came back then."""
        said = event.text or ""
        source = self._pairs.call_of.get(event.seq)
        if source is None:
            self._uncalled(event, said)
        else:
            call = self._calls.pop(source, None)
            if call is None:
                return
            if event.failed:
                call.finished(error=said, recorded=event.seq)
            else:
                call.finished(said, recorded=event.seq)
        self._played.recorded += 1

    def _uncalled(self, event: Recorded, said: str) -> None:
        """A result whose call the recording does not hold is kept as what it is: an end without a beginning."""
        run, call = self._run, f"seq-{event.seq}"
        how = {"outcome": "failed", "error": said} if event.failed else {"outcome": "done", "result": said}
        ended = {"kind": "tool.finished", "call": call, "ms": 0.0, **how}
        run.link.emit(run.member, time(), ended, call, event.seq)

    def run_finished(self, event: Recorded) -> None:
        """End the run without a claim: what its makers judged later is not the agent's to say."""
        self._abandon("the recording holds no result of this call")
        self._run.finish("ended", event.text, recorded=event.seq)
        self._played.recorded += 1

    def _abandon(self, why: str) -> None:
        """End the calls that will get no result; whether they acted is not known."""
        for call in self._calls.values():
            call.finished(error=why, outcome="unknown")
        self._calls.clear()


_PLAY = {
    kind: getattr(_Stand, kind)
    for kind in ("goal", "message", "reasoning", "tool_call", "tool_result", "run_finished")
}
