"""A read that is awaited, let in by what is in memory: it costs no permit, no lock and no spelling of its arguments."""

from collections.abc import Callable
from time import time
from typing import Any

from interlock.clock import boot
from interlock.gate.outcomes import Outcome
from interlock.gate.passage import START
from interlock.gate.run import Run
from interlock.gate.texts import plain, told_error
from interlock.gate.tool import Tool
from interlock.link import Flight, Link, Member

__all__ = ["Read", "landed", "let_in"]


class Read:
    """A read in flight, until :meth:`ended`."""

    __slots__ = ("_flight", "run", "tool")

    def __init__(self, run: Run, tool: str, flight: Flight) -> None:
        self.run, self.tool, self._flight = run, tool, flight

    def cancelled_by(self, cancel: Callable[[], None] | None) -> None:
        """Let a kill end it with this; None for the time after."""
        self._flight.cancel = cancel
        if cancel is not None and self.run.member.kill is not None:
            cancel()

    def ended(self, outcome: Outcome, result: Any = None, error: BaseException | None = None) -> None:
        """Report how it ended, and count as in flight no longer."""
        run, call, now = self.run, self._flight.call, boot()
        event: dict[str, Any] = {"kind": "tool.finished", "call": call, "outcome": outcome}
        event["ms"] = (now - self._flight.since) * 1000
        try:
            if error is not None:
                event["error"] = told_error(error)
            if result is not None or error is None:
                event["result"] = text = plain(result)
                run.screen.heard(self.tool, call, text)
        finally:
            run.link.emit(run.member, time(), event, call)
            run.judge.ended(self.tool, outcome, now)
            del run.member.flying[call]
            landed(run.link, run.member)


def let_in(tool: Tool, run: Run, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Read | None:
    """Let a read start; None where more than memory has to say whether it may, or how it is told of."""
    member, link = run.member, run.link
    if not tool.terms(run).bare:
        return None
    bound = tool.binder.bind(args, kwargs)
    data = tool.snapshot(bound)
    if data is None or link.crowd.closed:
        return None
    checked = boot()
    rule = run.judge.glance(tool.name, bound, run.taint, checked)
    if not rule:
        return None
    call = run.next_call()
    # In flight first, then the look at what holds the run: see interlock.link.member.
    flight = member.flying[call] = Flight(call, tool.name, "read", checked)
    held = member.shut or member.over or member.forked or checked >= link.lease_until
    if held or boot() - checked > START:
        run.judge.forgo(tool.name)
        del member.flying[call]
        landed(link, member)
        return None
    event = {"kind": "read", "call": call, "tool": tool.name, "args": data, "rule": rule}
    link.emit(member, time(), event, call)
    return Read(run, tool.name, flight)


def landed(link: Link, member: Member) -> None:
    """Have the link say what is in flight now, and leave: an order waits for it, or the run is over."""
    if member.shut or member.leaving:
        link.post(link.settle, member)
