"""A host of tools: a job is run once, however often it is asked for, under its key, and its end is told again."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

import interlock
from interlock import wire
from interlock.errors import ConfigError
from interlock.jobs import Did, Do, Doing, Offers
from interlock.text import Untrusted
from tests.support.hublet import Hublet

PERMIT = "p-00000000000000d1"
JOBS = [f"j-{n:016x}" for n in range(9)]
KEY = f"c-{PERMIT}"


def send(hub: Hublet, job: str, tool: str, args: str = '{"what":"a"}', **more: Any) -> None:
    """Ask the host that offered for a job."""
    frame = Do.model_validate(
        {
            "job": job,
            "what": "compensate",
            "tool": Untrusted(tool),
            "args": Untrusted(args),
            "key": KEY,
            "permit": PERMIT,
            "goal": Untrusted("make it good"),
            **more,
        }
    )
    hub.tell(frame)


def did(hub: Hublet, job: str, count: int = 1) -> Did:
    """Wait until a job's end was said so often, and return what was said last."""
    hub.wait(lambda: sum(frame.job == job for frame in hub.of(Did)) >= count, f"the end of {job}")
    said: list[Did] = [frame for frame in hub.of(Did) if frame.job == job]
    return said[-1]


def test_a_job_that_is_asked_for_again_runs_once(hub: Hublet, gate: interlock.Gate) -> None:
    """On the same connection and after a cut the host answers from memory; the tool got the key of the job once."""
    keys = list[str | None]()

    @gate.tool(cls="write")
    def take(what: str) -> dict[str, str]:
        call = interlock.current_call()
        keys.append(call.idempotency_key if call else None)
        return {"taken": what}

    with gate.serve(agent="office", role="office", tools=[take]):
        hub.wait(lambda: hub.of(Offers), "what it offers")
        send(hub, JOBS[1], "take")
        assert did(hub, JOBS[1]).outcome == "done"
        send(hub, JOBS[1], "take")
        again = did(hub, JOBS[1], 2)
        assert again.result is not None
        assert again.result.raw == '{"taken":"a"}'
        before = len(hub.of(Offers))
        hub.cut()
        hub.wait(lambda: len(hub.of(Offers)) > before, "its return")
        assert JOBS[1] in hub.of(Offers)[-1].jobs
        send(hub, JOBS[1], "take")
        did(hub, JOBS[1], 3)
    assert keys == [KEY]
    order = [type(frame) for frame in hub.frames if isinstance(frame, wire.Open | Doing | wire.AskPermit)]
    assert order == [wire.Open, Doing, wire.AskPermit]


def test_what_a_tool_fills_in_by_itself_is_offered_with_it(hub: Hublet, gate: interlock.Gate) -> None:
    """The request for a job's permit has the job's arguments and, unchanged, exactly what was offered as defaults."""

    @gate.tool(cls="write")
    def take(what: str, note: str = "by default", *rest: str, times: int = 1, **more: str) -> str:
        del rest, more
        return f"{what}{note}{times}"

    with gate.serve(agent="office", role="office", tools=[take]):
        hub.wait(lambda: hub.of(Offers), "what it offers")
        send(hub, JOBS[1], "take")
        did(hub, JOBS[1])
    (asked,) = hub.of(wire.AskPermit)
    have, offered = json.loads(asked.args.raw), json.loads(hub.of(Offers)[0].tools[0].defaults)
    assert have == {"what": "a", **offered}
    assert offered == {"note": "by default", "rest": [], "times": 1, "more": {}}


def test_async_tools_refusals_and_failures_are_told_apart(hub: Hublet, gate: interlock.Gate) -> None:
    """An awaited tool runs; one that raises failed, one that broke off is unknown, and what is not there is refused."""

    @gate.tool(cls="write")
    async def wait(what: str) -> str:
        await asyncio.sleep(0)
        return what

    @gate.tool(cls="write")
    def fail(what: str) -> None:
        raise ValueError(what)

    @gate.tool(cls="write")
    def lose(what: str) -> None:
        raise ConnectionResetError(what)

    with gate.serve(agent="office", role="office", tools=[wait, fail, lose]) as host:
        hub.wait(lambda: hub.of(Offers), "what it offers")
        for job, tool in zip(JOBS[1:], ("wait", "fail", "lose", "other"), strict=False):
            send(hub, job, tool)
        send(hub, JOBS[6], "wait", '{"odd":1}')
        send(hub, JOBS[7], "wait", '{"odd":1,"what":"b"}', fits=True)
        said = {job: did(hub, job) for job in (*JOBS[1:5], *JOBS[6:8])}
        assert [said[job].outcome for job in said] == [
            "done",
            "failed",
            "unknown",
            "refused",
            "refused",
            "done",
        ]
        assert said[JOBS[2]].error is not None
        host.close()
        hub.wait(lambda: not hub.of(Offers)[-1].tools, "the end of what it offers")
        assert host.wait(0.1)


def test_a_host_says_what_it_cannot_be(hub: Hublet, gate: interlock.Gate) -> None:
    """Only gated tools, each name once, and one host for a gate."""

    @gate.tool(cls="read")
    def look() -> None:
        """Look."""

    for tools in ([len], [look, look], []):
        with pytest.raises(ConfigError):
            gate.serve(agent="office", role="office", tools=tools)
    with gate.serve(agent="office", role="office", tools=[look]), pytest.raises(ConfigError):
        gate.serve(agent="office", role="office", tools=[look])
