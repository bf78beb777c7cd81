"""What is unknown, until somebody finds out: a probe, a person, or a late outcome. Nothing here repeats a call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from typing import Any, Literal, cast

import orjson

from interlock.events import OutcomeReconciled, OutcomeUnknown
from interlock.hub.core.ask import BY_MAX, REASON_MAX
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact, Refusal, Reply
from interlock.hub.core.hosting import Hosting, missing
from interlock.hub.core.making import Answer, Reconciled, Unknown, Way
from interlock.jobs import Did, Doing
from interlock.text import Untrusted

__all__ = ["ANSWER_MAX", "SETTLES_S", "Unknowns", "found_out", "left_open", "verdict"]

ANSWER_MAX = 2000
"""Characters of a probe's answer that are kept."""
SETTLES_S = 60.0
"""For so long after a call became unknown, what asked for its effect may still be on its way: a probe that finds
nothing says nothing of what comes a moment later, and the agent's process may be gone, so that nobody would say."""
_INBOX = "'interlock unknowns' lists what is"


def verdict(result: str) -> Literal["done", "failed"] | None:
    """Return what a probe's answer says of the effect, given as JSON text; None where it decides nothing.

    ``null``, ``false``, an empty list or object, and an object with ``found: false`` say that nothing happened;
    ``true`` and a list or object with something in it that it did. A text or a number may mean either.
    """
    try:
        value: Any = orjson.loads(result)
    except orjson.JSONDecodeError:
        return None
    found = cast("dict[str, Any]", value).get("found") if isinstance(value, dict) else None
    if isinstance(found, bool):
        return "done" if found else "failed"
    if value is None or isinstance(value, bool | list | dict):
        return "done" if value else "failed"
    return None


@dataclass(slots=True)
class _Probe:
    """A probe that a host was asked for, and who waits for it."""

    job: str
    permit: str
    gate: str
    conn: int
    by: str
    requests: list[int] = field(default_factory=list[int])


class Unknowns:
    """Probes and marks. Live only: a probe reads, so what a restart forgets is asked again by whoever wants it."""

    def __init__(self, desk: Desk, hosting: Hosting, redact: Callable[[str], str]) -> None:
        self._desk, self._hosting, self._redact = desk, hosting, redact
        self._probes: dict[str, _Probe] = {}

    def _find(self, permit: str) -> Unknown | None:
        return self._desk.world.making.unknowns.get(permit)

    def probe(self, request: int, permit: str, way: Way, by: str) -> None:
        """Ask a host whether an effect happened. Its ``Reply`` comes with the answer, decided or not."""
        if self._find(permit) is None:
            self._desk.refuse(request, _known(permit))
            return
        asked = next((probe for probe in self._probes.values() if probe.permit == permit), None)
        if asked is not None:
            asked.requests.append(request)
            return
        host = self._hosting.who(way.tool, read=True)
        if host is None:
            fix = "start it with the tool as a read, or mark the outcome by hand"
            self._desk.refuse(request, Refusal("no_host", missing(way.tool), fix))
            return
        job = "j-" + sha256(repr((permit, request, self._desk.now)).encode()).hexdigest()[:16]
        self._probes[job] = _Probe(job, permit, host.gate, host.conn, by[:BY_MAX], [request])
        self._hosting.probe(host, job, way, permit)

    def mark(self, request: int, permit: str, outcome: str, by: str, reason: str) -> None:
        """Write down what a person found out."""
        unknown = self._find(permit)
        if unknown is None:
            self._desk.refuse(request, _known(permit))
            return
        self._reconcile(unknown, outcome, "person", by[:BY_MAX], reason, "")
        self._desk.then(lambda: self._desk.answer(Reply(request, order=permit)))

    def _reconcile(self, unknown: Unknown, outcome: str, how: str, by: str, reason: str, answer: str) -> None:
        desk, reason = self._desk, self._redact(reason)[:REASON_MAX]
        body = {
            "call": unknown.call,
            "tool": unknown.tool,
            "outcome": outcome,
            "how": how,
            "by": by,
            "cause": "person" if how == "person" else "",
            "reason": reason,
            "answer": answer,
            "at": desk.now.wall,
        }
        desk.write(Fact("reconciled", body, run=unknown.run, permit=unknown.permit))
        if unknown.run in desk.world.runs:
            told = found_out(desk.world.making.reconciled[unknown.permit])
            desk.then(lambda: desk.tell(unknown.run, told))

    def doing(self, _conn: int, frame: Doing) -> bool:
        """A probe began."""
        return frame.job in self._probes

    def did(self, conn: int, frame: Did) -> bool:
        """A probe was answered: what it says decides, or is kept to be looked at."""
        probe = self._probes.get(frame.job)
        if probe is None or self._desk.world.links[conn].gate != probe.gate:
            return probe is not None
        del self._probes[frame.job]
        result = self._redact(frame.result.raw) if frame.result is not None else ""
        problem = self._redact(frame.error.raw) if frame.error is not None else ""
        if frame.outcome == "done" and frame.result is None:
            problem = "its answer is too long, or no JSON"
        found = verdict(result) if frame.outcome == "done" and frame.result is not None else None
        self._answered(probe, found, result[:ANSWER_MAX], problem)
        return True

    def _answered(
        self, probe: _Probe, found: Literal["done", "failed"] | None, result: str, problem: str
    ) -> None:
        unknown, desk = self._find(probe.permit), self._desk
        early = SETTLES_S - (desk.now.wall - unknown.at) if unknown is not None else 0.0
        if found == "failed" and early > 0:
            found = None
            problem = f"it found nothing, and the call may still be on its way; ask again in {early:.0f} s"
        if unknown is not None and found is not None:
            reason = "the probe found it" if found == "done" else "the probe found nothing"
            self._reconcile(unknown, found, "probe", probe.by, reason, result)
        elif unknown is not None:
            if not problem:
                problem = "a text or a number says neither: look at it, then mark the outcome by hand"
            unknown.answer = Answer(desk.now.wall, probe.job, result, problem)
        for request in probe.requests:
            desk.then(partial(desk.answer, Reply(request, order=probe.permit)))

    def closed(self, conn: int) -> None:
        """A host is away: whoever waits for its probes is told so, and may ask again."""
        for job in [job for job, probe in self._probes.items() if probe.conn == conn]:
            self._answered(
                self._probes.pop(job), None, "", "the host went away before it answered; ask again"
            )


def found_out(found: Reconciled) -> OutcomeReconciled:
    """Return what the trace of the run is told."""
    return OutcomeReconciled.model_validate(
        {
            "call": found.call,
            "permit": found.permit,
            "tool": Untrusted(found.tool),
            "outcome": found.outcome,
            "how": found.how,
            "by": Untrusted(found.by),
            "reason": Untrusted(found.reason),
        }
    )


def left_open(unknown: Unknown) -> OutcomeUnknown:
    """Return what the trace of the run is told of a call whose outcome is unknown."""
    tool = Untrusted(unknown.tool)
    return OutcomeUnknown(call=unknown.call, permit=unknown.permit, tool=tool, why=unknown.why)


def _known(permit: str) -> Refusal:
    return Refusal("not_found", f"the outcome of {permit!r} is not unknown", _INBOX)
