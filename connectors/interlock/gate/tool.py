"""The decorator in front of a tool: binds the arguments, passes the gate, reports the end."""

import asyncio
import contextvars
import functools
import inspect
import threading
from collections.abc import Callable
from time import time
from typing import Any, TypeVar, cast, get_args

import orjson

from interlock.clock import boot
from interlock.errors import CallRefused, CallTimedOut, ConfigError
from interlock.gate.binding import Binder
from interlock.gate.call import Call, ToolClass
from interlock.gate.interrupt import Interrupt
from interlock.gate.passage import START, admit
from interlock.gate.run import Run, current, here
from interlock.gate.texts import plain, told_error
from interlock.gate.waits import adrive, drive
from interlock.link import Flight, Link, Member

__all__ = ["Tool", "current_call", "decorate"]

F = TypeVar("F", bound=Callable[..., Any])

_SNAPSHOT = (
    orjson.OPT_PASSTHROUGH_SUBCLASS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
)

_MARK = "__interlock_tool__"
_calls: contextvars.ContextVar[Call | None] = contextvars.ContextVar("interlock_call", default=None)


def current_call() -> Call | None:
    """Return the call whose tool body this is, or None outside of one.

    Its ``permit_id`` is what to hand downstream as the idempotency key. A read has no permit and does not count: in
    one that a write makes, this is the write.
    """
    return _calls.get()


class Tool:
    """What the gate knows of one tool: its name, class, time limit in seconds, and how its arguments bind."""

    def __init__(
        self, fn: Callable[..., Any], cls: ToolClass, timeout: float | None, name: str | None
    ) -> None:
        if cls not in get_args(ToolClass):
            raise ConfigError("no such tool class", value=cls, fix="use read, write or danger")
        if timeout is not None and timeout <= 0:
            raise ConfigError("a timeout is more than 0 seconds", value=timeout, fix="leave it out for none")
        self.fn, self.timeout = fn, timeout
        self.cls: ToolClass = cls
        self.name = (name or fn.__name__)[:512]
        self.binder = Binder(self.name, fn)

    def run(self) -> Run:
        """Return the run this call belongs to. Raises CallRefused outside of every run."""
        run = current()
        if run is None:
            problem = "no run here: call it inside 'with gate.run(...)'; in another thread, inside 'with run.attach()'"
            raise CallRefused("", self.name, problem, code="no_run")
        return run

    def call(self, run: Run, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
        """Return the call with its arguments bound."""
        return Call(run, self.name, self.cls, self.binder.bind(args, kwargs))

    def snapshot(self, bound: dict[str, Any]) -> bytes | None:
        """Return the arguments of a read as JSON, to be spelled out later; None when that has to be done now."""
        try:
            data = orjson.dumps(bound, option=_SNAPSHOT)
        except (TypeError, ValueError, RecursionError):
            return None
        # Where orjson is more lenient than canonical text: NaN becomes null, and depth has no bound.
        return None if b"null" in data or data.count(b"{") + data.count(b"[") > 60 else data


def decorate(fn: F, cls: ToolClass, timeout: float | None, name: str | None) -> F:
    """Return ``fn`` behind the gate, sync or async as it is."""
    if inspect.isgeneratorfunction(fn) or inspect.isasyncgenfunction(fn):
        raise ConfigError(
            "a tool that yields cannot be gated", value=fn.__name__, fix="return a list instead"
        )
    tool = Tool(fn, cls, timeout, name)
    wrapper: Callable[..., Any]
    if inspect.iscoroutinefunction(fn):
        wrapper = _async(tool)
    elif timeout is not None:
        wrapper = _threaded(tool)
    elif cls == "read":
        wrapper = _read(tool)
    else:
        wrapper = _plain(tool)
    functools.update_wrapper(wrapper, fn)
    setattr(wrapper, _MARK, tool)
    return cast("F", wrapper)


def tool_of(fn: object) -> Tool | None:
    """Return the tool behind a gated function; None for anything else."""
    found = getattr(fn, _MARK, None)
    return found if isinstance(found, Tool) else None


def _plain(tool: Tool) -> Callable[..., Any]:
    def gated(*args: Any, **kwargs: Any) -> Any:
        call = tool.call(tool.run(), args, kwargs)
        drive(admit(call))
        return _body(call, tool.fn, args, kwargs)

    return gated


def _body(call: Call, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    within = _calls.set(_counted(call))
    try:
        result = fn(*args, **kwargs)
    except BaseException as error:
        call.finished(error=error)
        raise
    finally:
        _calls.reset(within)
    call.finished(result)
    return result


def _counted(call: Call) -> Call | None:
    return call if call.permit is not None else _calls.get()


def _read(tool: Tool) -> Callable[..., Any]:
    """The fast path of a read: everything in memory, no lock, no encoding but one snapshot of the arguments."""
    fn, name, bind, snapshot = tool.fn, tool.name, tool.binder.bind, tool.snapshot
    slow = _plain(tool)

    def gated(*args: Any, **kwargs: Any) -> Any:
        run = here()
        data = None if run is None else snapshot(bind(args, kwargs))
        if run is None or data is None:
            return slow(*args, **kwargs)
        member, link = run.member, run.link
        if link.crowd.closed:
            return slow(*args, **kwargs)
        call = run.next_call()
        flying = member.flying
        checked = boot()
        flying[call] = Flight(call, name, "read", checked)
        if (
            member.shut
            or member.over
            or member.forked
            or checked >= link.lease_until
            or boot() - checked > START
        ):
            del flying[call]
            if member.shut or member.leaving:
                link.post(link.settle, member)
            return slow(*args, **kwargs)
        link.emit(member, time(), {"kind": "read", "call": call, "tool": name, "args": data}, call)
        event: dict[str, Any] = {"kind": "tool.finished", "call": call, "outcome": "done"}
        try:
            result = fn(*args, **kwargs)
            event["result"] = plain(result)
            return result
        except BaseException as error:
            event["outcome"], event["error"] = "failed", told_error(error)
            raise
        finally:
            event["ms"] = (boot() - checked) * 1000
            link.emit(member, time(), event, call)
            del flying[call]
            _landed(link, member)

    return gated


def _landed(link: Link, member: Member) -> None:
    if member.shut or member.leaving:
        link.post(link.settle, member)


def _threaded(tool: Tool) -> Callable[..., Any]:
    """A tool with a time limit runs in a thread, since a thread cannot be stopped: late, it stays in flight."""

    def gated(*args: Any, **kwargs: Any) -> Any:
        call = tool.call(tool.run(), args, kwargs)
        return _Worker(call, tool, args, kwargs).wait()

    return gated


class _Worker:
    """One call in a thread of its own. The limit counts from the start of the call, never while it is held."""

    def __init__(self, call: Call, tool: Tool, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._call, self._tool, self._args, self._kwargs = call, tool, args, kwargs
        self._started, self._ended = threading.Event(), threading.Event()
        self._result: Any = None
        self._error: BaseException | None = None
        self._lock = threading.Lock()
        context = contextvars.copy_context()
        name = f"interlock-{tool.name[:40]}"
        threading.Thread(target=context.run, args=(self._work,), name=name, daemon=True).start()

    def _work(self) -> None:
        call = self._call
        try:
            drive(admit(call))
            self._started.set()
            _calls.set(_counted(call))
            result = self._tool.fn(*self._args, **self._kwargs)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the tool was called
            self._error = error
            with self._lock:
                if call.begun:
                    call.finished(error=error)
        else:
            self._result = result
            with self._lock:
                call.finished(result)
        finally:
            self._ended.set()
            self._started.set()

    def wait(self) -> Any:
        """Return what the tool returned, raise what it raised, or CallTimedOut."""
        self._started.wait()
        limit = self._tool.timeout or 0.0
        if not self._ended.wait(limit):
            problem = CallTimedOut(self._call.run.id, self._tool.name, limit, permit=self._call.permit_id)
            with self._lock:
                if not self._ended.is_set() and self._call.give_up(str(problem)):
                    raise problem
            self._ended.wait()
        if self._error is not None:
            raise self._error
        return self._result


def _async(tool: Tool) -> Callable[..., Any]:
    async def gated(*args: Any, **kwargs: Any) -> Any:
        call = tool.call(tool.run(), args, kwargs)
        await adrive(admit(call))
        interrupt = Interrupt(call, asyncio.current_task()) if call.by_lease else None
        within = _calls.set(_counted(call))
        try:
            async with asyncio.timeout(tool.timeout):
                result = await tool.fn(*args, **kwargs)
        except BaseException as error:
            instead = _ended(call, tool, interrupt, error)
            if instead is error:
                raise
            raise instead from error
        finally:
            _calls.reset(within)
        killed = interrupt.over(None) if interrupt else None
        call.finished(result)
        if killed is not None:
            raise killed
        return result

    return gated


def _ended(call: Call, tool: Tool, interrupt: Interrupt | None, error: BaseException) -> BaseException:
    """Report how an awaited tool failed, and return what its caller gets."""
    killed = interrupt.over(error) if interrupt else None
    if killed is not None:
        call.finished(error=killed)
        return killed
    if isinstance(error, TimeoutError) and tool.timeout is not None and call.ms() >= tool.timeout * 1000:
        late = CallTimedOut(call.run.id, tool.name, tool.timeout, permit=call.permit_id)
        call.finished(error=late)
        return late
    call.finished(error=error)
    return error
