"""A read that is awaited passes the gate as one that is not: told the same, held the same, ended by a kill."""

import asyncio
from typing import Any

import pytest

from interlock import Gate, wire
from interlock.errors import ArgumentsError, CallRefused, RunKilled, RunOver
from tests.support.hublet import Hublet

TOLD = ("tool.proposed", "gate.decided", "tool.started", "tool.finished")


def _told(hub: Hublet, run: str) -> list[list[dict[str, Any]]]:
    """Return what the trace was told of a run's calls, kind by kind, without names and times."""
    return [
        [{name: value for name, value in event.items() if name not in ("call", "ms")} for event in found]
        for found in (hub.told(run, kind) for kind in TOLD)
    ]


async def test_the_trace_is_told_the_same_of_both(hub: Hublet, gate: Gate) -> None:
    """Arguments and digest, the rule, the result and the error, each in the same place; and nobody is asked."""

    def look(order: str, limit: int | None = None) -> Any:
        if limit == 0:
            raise ValueError(order)
        return {"id": order, "limit": limit}

    async def awaited(order: str, limit: int | None = None) -> Any:
        await asyncio.sleep(0)
        return look(order, limit)

    plain = gate.tool(cls="read", name="look")(look)
    other = gate.tool(cls="read", name="look")(awaited)
    async with gate.run(agent="a", role="r", goal="g") as first:
        plain("A-1")
        plain(order="A-2", limit=3)
        with pytest.raises(ValueError, match="A-3"):
            plain("A-3", 0)
        with pytest.raises(ArgumentsError):
            plain()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    async with gate.run(agent="a", role="r", goal="g") as second:
        assert await other("A-1") == {"id": "A-1", "limit": None}
        await other(order="A-2", limit=3)
        with pytest.raises(ValueError, match="A-3"):
            await other("A-3", 0)
        with pytest.raises(ArgumentsError):
            await other()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await asyncio.to_thread(gate.close, 20)
    assert _told(hub, first.id) == _told(hub, second.id)
    assert [len(found) for found in _told(hub, second.id)] == [3, 3, 3, 3]
    assert hub.of(wire.AskPermit) == []
    assert second.member.flying == {}


async def test_a_pause_holds_it_and_a_kill_ends_the_wait(hub: Hublet, gate: Gate) -> None:
    """It does not start, the loop goes on, and what it raises is the kill."""
    ran: list[str] = []

    @gate.tool(cls="read")
    async def look(order: str) -> None:
        ran.append(order)

    async def agent() -> None:
        async with run:
            await look("A-1")
            await asyncio.to_thread(hub.order, "pause", run.id)
            await look("A-2")

    run = gate.run(agent="a", role="r", goal="g")
    task = asyncio.create_task(agent())
    await asyncio.to_thread(hub.wait, lambda: "hold" in _verdicts(hub, run.id), "no hold was told")
    assert not task.done()
    assert run.member.flying == {}
    await asyncio.to_thread(hub.order, "kill", run.id)
    with pytest.raises(RunKilled):
        await asyncio.wait_for(task, 20)
    assert ran == ["A-1"]


async def test_a_kill_is_what_comes_out_also_where_the_tool_swallows_its_end(hub: Hublet, gate: Gate) -> None:
    """The tool catches the cancellation and returns: its result is told, and the caller gets the kill all the same."""
    inside = asyncio.Event()

    @gate.tool(cls="read")
    async def look() -> str:
        inside.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return "half of it"
        return "all of it"

    async def agent() -> None:
        async with run:
            await look()

    run = gate.run(agent="a", role="r", goal="g")
    task = asyncio.create_task(agent())
    await inside.wait()
    assert [flight.tool for flight in run.member.in_flight()] == ["look"]
    await asyncio.to_thread(hub.order, "kill", run.id)
    with pytest.raises(RunKilled):
        await asyncio.wait_for(task, 20)
    await asyncio.to_thread(gate.close, 20)
    [finished] = hub.told(run.id, "tool.finished")
    assert (finished["outcome"], finished["result"]) == ("done", "half of it")
    assert "KillSignal" in finished["error"]
    assert task.cancelling() == 0


async def test_a_task_that_is_cancelled_leaves_nothing_in_flight(hub: Hublet, gate: Gate) -> None:
    """The cancellation is the agent's own, so it goes on as one; the read has failed."""
    inside = asyncio.Event()

    @gate.tool(cls="read")
    async def look() -> None:
        inside.set()
        await asyncio.sleep(60)

    async with gate.run(agent="a", role="r", goal="g") as run:
        task = asyncio.create_task(look())
        await inside.wait()
        assert len(run.member.flying) == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert run.member.flying == {}
    await asyncio.to_thread(gate.close, 20)
    assert [event["outcome"] for event in hub.told(run.id, "tool.finished")] == ["failed"]


async def test_outside_of_a_run_and_after_it_there_is_no_read(gate: Gate) -> None:
    """Who has no run, or one that is over, is told so."""

    @gate.tool(cls="read")
    async def look() -> None:
        raise AssertionError("it ran")

    with pytest.raises(CallRefused, match="no run here"):
        await look()
    async with gate.run(agent="a", role="r", goal="g") as run:
        pass
    with run.attach(), pytest.raises(RunOver):
        await look()


def _verdicts(hub: Hublet, run: str) -> list[str]:
    return [event["verdict"] for event in hub.told(run, "gate.decided")]
