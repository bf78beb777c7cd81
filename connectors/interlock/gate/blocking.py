"""A sync tool behind the gate: in the caller's thread, or in one of its own where it has a time limit."""

from collections.abc import Callable
from time import time
from typing import Any

from interlock.clock import boot
from interlock.gate.call import Call
from interlock.gate.entry import Entry
from interlock.gate.glance import landed
from interlock.gate.passage import START, admit
from interlock.gate.retrying import Attempts, Ended
from interlock.gate.run import here
from interlock.gate.texts import plain, told_error
from interlock.gate.threads import Given, threaded
from interlock.gate.tool import Tool, given_back, pretended, within
from interlock.gate.waits import drive

__all__ = ["blocking"]


def blocking(tool: Tool) -> Callable[..., Any]:
    """Return the function that passes the gate and then calls the tool."""

    def gated(*args: Any, **kwargs: Any) -> Any:
        run = tool.run()
        terms = tool.terms(run)
        call = tool.call(run, terms, args, kwargs)
        entry = drive(Entry.entered(call, terms))
        if entry is not None and entry.answer is not None:
            return entry.repeated(entry.answer)
        attempts = Attempts(call, terms, entry)
        if terms.timeout is not None:
            return threaded(tool, terms.timeout, call, entry, attempts, (args, kwargs))
        with given_back(entry):
            drive(admit(call))
        if call.shadowed:
            return pretended(call, entry)
        if entry is not None:
            entry.changed()
        return _attempts(tool, call, attempts, (args, kwargs))

    return _read(tool, gated) if tool.contract.cls in (None, "read") else gated


def _attempts(tool: Tool, call: Call, attempts: Attempts, given: Given) -> Any:
    while True:
        ended = _attempt(tool, call, attempts, given)
        try:
            more = attempts.again(ended) and drive(attempts.next(ended))
        except BaseException:
            attempts.left(ended)
            raise
        if not more:
            return attempts.over(ended)


def _attempt(tool: Tool, call: Call, attempts: Attempts, given: Given) -> Ended:
    token = within(call)
    args, kwargs = tool.arguments(call, *given)
    try:
        result = tool.fn(*args, **kwargs)
    except BaseException as error:  # noqa: BLE001 - it is raised again where the call ends
        return attempts.raised(error)
    finally:
        token.var.reset(token)
    return attempts.returned(result)


def _read(tool: Tool, slow: Callable[..., Any]) -> Callable[..., Any]:
    """The fast path of a read: everything in memory, no lock, no encoding but one snapshot of the arguments."""
    fn, name, snapshot = tool.fn, tool.name, tool.snapshot
    bind, whole = tool.binder.bind, tool.binder.whole

    def gated(*args: Any, **kwargs: Any) -> Any:
        run = here()
        if run is None:
            return slow(*args, **kwargs)
        member, link = run.member, run.link
        if not (tool.held if link.rules is tool.known else tool.terms(run)).bare:
            return slow(*args, **kwargs)
        bound = kwargs if not args and kwargs.keys() == whole else bind(args, kwargs)
        data = snapshot(bound)
        if data is None or link.crowd.closed:
            return slow(*args, **kwargs)
        judge = run.judge
        checked = boot()
        rule = judge.glance(name, bound, run.taint, checked)
        if not rule:
            return slow(*args, **kwargs)
        call = run.next_call()
        flying = member.flying
        flying[call] = (name, checked)
        if (
            member.shut
            or member.over
            or member.forked
            or checked >= link.lease_until
            or boot() - checked > START
        ):
            del flying[call]
            judge.forgo(name)
            landed(link, member)
            return slow(*args, **kwargs)
        link.emit(
            member, time(), {"kind": "read", "call": call, "tool": name, "args": data, "rule": rule}, call
        )
        event: dict[str, Any] = {"kind": "tool.finished", "call": call, "outcome": "done"}
        try:
            result = fn(*args, **kwargs)
            event["result"] = text = plain(result)
            run.screen.heard(name, call, text)
            return result
        except BaseException as error:
            event["outcome"], event["error"] = "failed", told_error(error)
            raise
        finally:
            now = boot()
            event["ms"] = (now - checked) * 1000
            link.emit(member, time(), event, call)
            del flying[call]
            judge.ended(name, event["outcome"], now)
            landed(link, member)

    return gated
