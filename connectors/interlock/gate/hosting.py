"""A host of tools: runs what the hub asks this process to run, each job as a run of its own through this gate.

A job is asked for again after every reconnect, and whoever has it answers from memory: nothing runs twice. What the
host remembers goes with the process; a job that was under way then is unknown, and the hub sees that by its permit.
"""

import asyncio
import inspect
import json
import threading
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any, Self

from interlock import canonical
from interlock.errors import ArgumentsError, CallTimedOut, ConfigError, GateError, InterlockError, KillSignal
from interlock.gate.filling import filled_in
from interlock.gate.keys import handed
from interlock.gate.outcomes import failure
from interlock.gate.texts import told_error
from interlock.gate.tool import Tool, tool_of
from interlock.jobs import JOBS_MAX, OFFERS_MAX, RESULT_MAX, Did, Do, Doing, Offered, Offers
from interlock.link import Link
from interlock.text import Untrusted

if TYPE_CHECKING:
    from interlock.gate.gate import Gate

__all__ = ["Host"]

_LOOK_S = 0.5


class _Job:
    """One job: the run it became, and how it ended."""

    def __init__(self, frame: Do) -> None:
        self.frame = frame
        self.run = ""
        self.did: Did | None = None


class Host:
    """What :meth:`interlock.Gate.serve` returns. Its tools are offered until it is closed, or its gate is."""

    def __init__(
        self, gate: "Gate", link: Link, agent: str, role: str, tools: Iterable[Callable[..., Any]]
    ) -> None:
        """Offer these tools. Raises ConfigError for what is no gated tool, and where the gate has a host already."""
        self._gate, self._link = gate, link
        self._agent, self._role = agent, role
        self._tools = _named(tools)
        self._jobs: dict[str, _Job] = {}
        self._closed = threading.Event()
        if Do in link.handlers:
            raise ConfigError("this gate has a tool host already", fix="name all tools in one serve(...)")
        link.handlers[Do] = self._do
        link.welcomes.append(self._welcomed)
        link.post(self._welcomed)

    # the link's thread

    def _welcomed(self) -> None:
        """Say what there is, and which jobs are runs: before any of these runs can ask for anything."""
        self._link.say(self._offers())
        for job in self._jobs.values():
            if job.run and job.did is None:
                self._doing(job)

    def _offers(self) -> Offers:
        offered = () if self._closed.is_set() else tuple(_offer(tool) for _, tool in self._tools.values())
        return Offers(
            agent=Untrusted(self._agent), role=Untrusted(self._role), tools=offered, jobs=tuple(self._jobs)
        )

    def _doing(self, job: _Job) -> None:
        self._link.say(Doing(job=job.frame.job, run=job.run))

    def _did(self, job: _Job, did: Did) -> None:
        job.did = did
        self._link.say(did)
        ended = [name for name, each in self._jobs.items() if each.did is not None]
        for name in ended[: max(0, len(self._jobs) - JOBS_MAX)]:
            del self._jobs[name]

    def _do(self, frame: Do) -> None:
        known = self._jobs.get(frame.job)
        if known is None:
            known = self._jobs[frame.job] = _Job(frame)
            threading.Thread(target=self._work, args=(known,), name="interlock-job", daemon=True).start()
        elif known.did is not None:
            self._link.say(known.did)
        elif known.run:
            self._doing(known)

    # a thread of the job's own

    def _work(self, job: _Job) -> None:
        try:
            did = self._worked(job)
        except BaseException as error:  # noqa: BLE001 - whatever ended the thread, the hub is told
            did = _failed(job.frame, error, read=job.frame.what == "probe")
        self._link.post(self._did, job, did)

    def _worked(self, job: _Job) -> Did:
        frame = job.frame
        found = self._tools.get(frame.tool.raw)
        if found is None or self._closed.is_set():
            return _refused(frame, f"{frame.tool.raw!r} is not offered here any more")
        fn, tool = found
        args = json.loads(frame.args.raw)
        if frame.fits:
            args = {name: value for name, value in args.items() if name in tool.binder.names}
        labels = {"job": frame.job, ("compensates" if frame.key else "probes"): frame.permit}
        goal, did = frame.goal.raw, _refused(frame, "an operator asked its run to end")
        with self._gate.run(agent=self._agent, role=self._role, goal=goal, labels=labels) as run:
            job.run = run.id
            self._link.post(self._doing, job)
            with handed(frame.key) if frame.key else nullcontext():
                try:
                    result = _call(fn, args)
                except Exception as error:  # noqa: BLE001 - a tool may raise anything, and the hub is told
                    run.finish("failed", error=error)
                    did = _failed(frame, error, read=_class(tool) == "read")
                else:
                    run.finish("done", result)
                    did = _done(frame, result)
        return did

    # from any thread

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the host is closed, or the hub will not have this gate any more; False after ``timeout`` s."""
        left = timeout
        while not self._closed.wait(_LOOK_S if left is None else min(left, _LOOK_S)):
            if self._link.fatal is not None:
                raise self._link.fatal
            if left is not None:
                left -= _LOOK_S
                if left <= 0:
                    return False
        return True

    def close(self) -> None:
        """Offer nothing any more. Jobs that are under way go on to their end."""
        if not self._closed.is_set():
            self._closed.set()
            self._link.post(self._welcomed)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _named(tools: Iterable[Callable[..., Any]]) -> dict[str, tuple[Callable[..., Any], Tool]]:
    found: dict[str, tuple[Callable[..., Any], Tool]] = {}
    for fn in tools:
        tool = tool_of(fn)
        if tool is None:
            raise ConfigError("not a tool of a gate", value=fn, fix="decorate it with @gate.tool(...)")
        if tool.name in found:
            raise ConfigError("two tools of one name", value=tool.name, fix="offer one of them")
        found[tool.name] = fn, tool
    if not 0 < len(found) <= OFFERS_MAX:
        raise ConfigError("a host offers 1 to 200 tools", value=len(found), fix="name them in tools=[...]")
    return found


def _class(tool: Tool) -> str:
    return tool.contract.cls or "danger"


def _offer(tool: Tool) -> Offered:
    cls = _class(tool)
    said = {"tool": Untrusted(tool.name), "cls": cls, "definition": tool.binder.definition(cls)}
    return Offered.model_validate({**said, "defaults": filled_in(tool)})


def _call(fn: Callable[..., Any], args: dict[str, Any]) -> Any:
    if not inspect.iscoroutinefunction(fn):
        return fn(**args)

    async def awaited() -> Any:
        return await fn(**args)

    return asyncio.run(awaited())


def _done(frame: Do, result: Any) -> Did:
    try:
        text = canonical.encode(frame.tool.raw, result)
    except ArgumentsError:
        return Did(job=frame.job, outcome="done")
    shown = Untrusted(text) if len(text) <= RESULT_MAX else None
    return Did(job=frame.job, outcome="done", result=shown)


def _refused(frame: Do, problem: str) -> Did:
    return Did(job=frame.job, outcome="refused", error=Untrusted(problem[:2000]))


def _failed(frame: Do, error: BaseException, *, read: bool) -> Did:
    """Say how a job failed: what the gate or the hub would not let start is ``refused``."""
    late = isinstance(error, CallTimedOut)
    if isinstance(error, GateError | InterlockError | KillSignal) and not late:
        return _refused(frame, str(error))
    return Did(
        job=frame.job,
        outcome="failed" if read else failure(error, read=read),
        error=Untrusted((told_error(error) or repr(error))[:2000]),
    )
