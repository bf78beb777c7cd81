# ruff: noqa: PT012 - what is raised at the end of a block, past everything in it, is the point
"""Kill, pause, resume and cancel, as the agent feels them and as the gate answers them."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

import interlock
from interlock import Gate, KillSignal, Run, RunKilled, wire
from interlock.errors import CallTimedOut, CancelSignal
from tests.support.hublet import Hublet

Opened = Callable[[], Run]


def _killed(hub: Hublet, run: Run) -> str:
    order = hub.order("kill", run.id)
    hub.wait(lambda: hub.answers(order), "the kill was not answered")
    return order


def test_a_kill_gets_past_an_agent_that_swallows_errors(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """No ``except Exception`` holds a kill back; past the block it is an ordinary RunKilled, with the order."""
    ran: list[str] = []
    orders: list[str] = []

    @gate.tool(cls="write")
    def refund() -> None:
        ran.append("refund")

    with pytest.raises(RunKilled, match="killed by order") as raised, opened() as run:
        refund()
        orders.append(_killed(hub, run))
        for _ in range(50):
            try:
                refund()
            except Exception:  # noqa: BLE001 - what agents do
                continue
    assert [raised.value.order] == orders
    assert isinstance(raised.value.__cause__, KillSignal)
    assert ran == ["refund"]
    with run.attach(), pytest.raises(RunKilled):
        refund()


def test_an_agent_that_swallows_everything_cannot_go_on(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Each later call raises again, of every class, and model calls too; the block does not end quietly."""
    ran: list[str] = []

    @gate.tool(cls="read")
    def look() -> None:
        ran.append("look")

    @gate.tool(cls="write", timeout=5)
    def refund() -> None:
        ran.append("refund")

    def think() -> None:
        with run.model("m"):
            ran.append("model")

    with pytest.raises(RunKilled), opened() as run:
        _killed(hub, run)
        for step in (look, refund, think) * 3:
            with pytest.raises(KillSignal):
                step()
            try:
                step()
            except BaseException:  # noqa: BLE001 - the worst an agent can do
                pass
    gate.close(20)
    assert ran == []
    assert hub.told(run.id, "run.finished") == [{"kind": "run.finished", "claim": "killed"}]
    verdicts = [event["verdict"] for event in hub.told(run.id, "gate.decided")]
    assert verdicts == ["killed"] * 18


def test_a_write_in_flight_is_never_interrupted_and_holds_the_answer_open(
    hub: Hublet, gate: Gate, opened: Opened
) -> None:
    """The answer names the call until it ends; only then the gate says that nothing is in flight."""
    inside, go = threading.Event(), threading.Event()

    @gate.tool(cls="write")
    def refund() -> str:
        inside.set()
        assert go.wait(20)
        return "paid"

    results: list[Any] = []

    def agent() -> None:
        with pytest.raises(RunKilled), run:
            results.append(refund())
            refund()

    run = opened()
    thread = threading.Thread(target=agent)
    thread.start()
    assert inside.wait(20)
    order = _killed(hub, run)
    (answer,) = hub.answers(order)
    (flight,) = answer.in_flight
    assert flight.tool == "refund"
    assert flight.cls == "write"
    assert flight.permit is not None
    go.set()
    hub.wait(lambda: not hub.answers(order)[-1].in_flight, "the end was not told")
    thread.join()
    assert results == ["paid"]
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["done"]
    at = [type(frame) for frame in hub.frames]
    assert at.index(wire.Outcome) < len(at) - 1 - at[::-1].index(wire.Answer)


def test_a_tool_that_outlives_its_timeout_stays_in_flight(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Late, the outcome is unknown and the run unconfirmed until the thread returned; then the late outcome is sent."""
    go = threading.Event()

    @gate.tool(cls="write", timeout=0.05)
    def refund() -> str:
        assert go.wait(20)
        return "paid after all"

    with pytest.raises(RunKilled), opened() as run:
        with pytest.raises(CallTimedOut, match="outcome is unknown"):
            refund()
        order = _killed(hub, run)
        assert [flight.tool for flight in hub.answers(order)[-1].in_flight] == ["refund"]
        hub.wait(lambda: hub.of(wire.Outcome), "nobody was told that it is unknown")
    assert not hub.of(wire.Leave)
    go.set()
    hub.wait(lambda: len(hub.of(wire.Outcome)) == 2, "no late outcome")
    hub.wait(lambda: not hub.answers(order)[-1].in_flight, "the end was not told")
    assert [(frame.outcome, frame.late) for frame in hub.of(wire.Outcome)] == [
        ("unknown", False),
        ("done", True),
    ]
    hub.wait(lambda: hub.of(wire.Leave), "the gate did not leave")
    told = hub.told(run.id, "tool.finished")
    assert [(event["outcome"], event.get("late", False)) for event in told] == [
        ("unknown", False),
        ("done", True),
    ]


async def test_awaited_reads_and_model_calls_are_cancelled(hub: Hublet, gate: Gate) -> None:
    """A kill ends what only waits, at once, and what it raises is the kill; the task itself is not cancelled."""
    inside = asyncio.Event()

    @gate.tool(cls="read")
    async def look() -> None:
        inside.set()
        await asyncio.sleep(60)

    async def agent(model: bool) -> str:
        try:
            async with gate.run(agent="a", role="r", goal="g") as run:
                runs.append(run)
                if not model:
                    await look()
                async with run.model("m"):
                    inside.set()
                    await asyncio.sleep(60)
        except RunKilled:
            await asyncio.sleep(0)
            return "killed"
        return "went on"

    for model in (False, True):
        runs: list[Run] = []
        inside.clear()
        task = asyncio.create_task(agent(model))
        await inside.wait()
        await asyncio.to_thread(hub.order, "kill", runs[0].id)
        assert await asyncio.wait_for(task, 20) == "killed"
        assert task.cancelling() == 0


async def test_an_awaited_write_is_not_cancelled(hub: Hublet, gate: Gate) -> None:
    """A write that is awaited ends by itself; the kill comes with the next call."""
    inside, go = asyncio.Event(), asyncio.Event()
    done: list[str] = []

    @gate.tool(cls="write")
    async def refund() -> None:
        inside.set()
        await go.wait()
        done.append("paid")

    async def agent(run: Run) -> None:
        async with run:
            await refund()
            await refund()

    run = gate.run(agent="a", role="r", goal="g")
    task = asyncio.create_task(agent(run))
    await inside.wait()
    await asyncio.to_thread(_killed, hub, run)
    go.set()
    with pytest.raises(RunKilled):
        await asyncio.wait_for(task, 20)
    assert done == ["paid"]


def test_a_pause_holds_the_next_call_until_a_resume(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Nothing starts while paused, whatever its class; time limits count from the start; then all goes on."""
    ran: list[str] = []

    @gate.tool(cls="read")
    def look() -> None:
        ran.append("look")

    @gate.tool(cls="write", timeout=0.4)
    def refund() -> None:
        ran.append("refund")

    with opened() as run:
        pause = hub.order("pause", run.id)
        hub.wait(lambda: hub.answers(pause), "the pause was not answered")
        assert hub.answers(pause)[0].in_flight == ()

        def work(step: Callable[[], None]) -> None:
            with run.attach():
                step()

        threads = [threading.Thread(target=work, args=(step,)) for step in (look, refund)]
        for thread in threads:
            thread.start()
        hub.wait(lambda: len(hub.told(run.id, "gate.decided")) == 2, "no hold was told")
        threads[1].join(0.6)
        assert ran == []
        assert all(thread.is_alive() for thread in threads)
        assert all(answer.in_flight == () for answer in hub.answers(pause))
        resume = hub.order("resume", run.id)
        for thread in threads:
            thread.join(20)
        assert sorted(ran) == ["look", "refund"]
        assert hub.answers(resume)
    gate.close(20)
    verdicts = [(event["verdict"], event["rule"]) for event in hub.told(run.id, "gate.decided")]
    assert verdicts.count(("hold", f"order {pause}")) == 2
    assert [verdict for verdict, _ in verdicts].count("allow") == 2
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["done"]


async def test_a_pause_holds_a_task_without_blocking_the_loop(hub: Hublet, gate: Gate) -> None:
    """Held tasks wait; the loop goes on; a kill during the pause ends them."""

    @gate.tool(cls="write")
    async def refund() -> None:
        raise AssertionError("it ran")

    async def agent() -> None:
        async with run:
            await asyncio.to_thread(hub.order, "pause", run.id)
            await refund()

    run = gate.run(agent="a", role="r", goal="g")
    task = asyncio.create_task(agent())
    await asyncio.to_thread(hub.wait, lambda: hub.told(run.id, "gate.decided"), "no hold was told")
    assert not task.done()
    await asyncio.to_thread(hub.order, "kill", run.id)
    with pytest.raises(RunKilled):
        await asyncio.wait_for(task, 20)


def test_a_permit_that_arrives_in_a_pause_waits_for_its_end(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """A call that asked before the pause is held with the rest, and starts with a permit that is good then."""
    ran: list[str] = []

    @gate.tool(cls="write")
    def refund() -> None:
        ran.append("refund")

    def agent() -> None:
        with run:
            refund()

    run = opened()
    hub.granting = False
    thread = threading.Thread(target=agent)
    thread.start()
    hub.wait(lambda: hub.of(wire.AskPermit), "no request came")
    pause = hub.order("pause", run.id)
    hub.wait(lambda: hub.answers(pause), "the pause was not answered")
    hub.grant(run.id)
    hub.wait(lambda: "hold" in str(hub.told(run.id, "gate.decided")), "no hold was told")
    assert ran == []
    hub.order("resume", run.id)
    thread.join(20)
    assert ran == ["refund"]
    gate.close(20)
    assert [frame.outcome for frame in hub.of(wire.Outcome)].count("done") == 1


def test_cancel_only_asks(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """After a cancel calls still start; the agent ends where it chooses to look, and its block ends quietly."""

    @gate.tool(cls="read")
    def look() -> int:
        return 1

    with opened() as run:
        before = run.cancelled
        order = hub.order("cancel", run.id)
        hub.wait(lambda: hub.answers(order), "the cancel was not answered")
        assert run.cancelled
        assert look() == 1
        went_on: list[int] = []
        try:
            run.check_cancelled()
        except Exception:  # noqa: BLE001 - what agents do
            went_on.append(1)
        went_on.append(2)
    assert went_on == []
    assert not before
    gate.close(20)
    assert hub.told(run.id, "run.finished") == [{"kind": "run.finished", "claim": "cancelled"}]
    assert issubclass(CancelSignal, BaseException)


def test_a_second_gate_answers_for_itself(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """A gate that joined a run is told and answers too; while its call runs, its answer says so."""
    inside, go = threading.Event(), threading.Event()

    @gate.tool(cls="write")
    def refund() -> None:
        inside.set()
        assert go.wait(20)

    with interlock.connect(hub.url, hub.token) as second:

        def helper(run: str) -> None:
            with pytest.raises(RunKilled), second.join(run):
                refund()
                refund()

        with pytest.raises(RunKilled), opened() as run:
            thread = threading.Thread(target=helper, args=(run.id,))
            thread.start()
            assert inside.wait(20)
            order = hub.order("kill", run.id)
            hub.wait(lambda: len(hub.answers(order)) >= 2, "not both gates answered")
            assert sorted(len(answer.in_flight) for answer in hub.answers(order)) == [0, 1]
            go.set()
            hub.wait(lambda: not hub.answers(order)[-1].in_flight, "the end was not told")
            thread.join(20)
    hub.wait(lambda: hub.told(run.id, "run.finished"), "the end was not told")
    gates = {line.partition("/")[2] for line in hub.events if line.startswith(run.id)}
    assert gates == {gate.id, second.id}
    assert hub.told(run.id, "run.finished") == [{"kind": "run.finished", "claim": "killed"}]
