"""Where hub and gate disagree for a moment: runs long left, orders twice or early, a hub that wants no more of it."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

import interlock
from interlock import CallRefused, Gate, KillSignal, Run, RunKilled, wire
from interlock.errors import ConfigError
from interlock.gate.outcomes import failure
from tests.support.hublet import Hublet

Opened = Callable[[], Run]


def test_an_order_for_a_run_that_was_left_is_answered_with_leave(
    hub: Hublet, gate: Gate, opened: Opened
) -> None:
    """A hub that lost the leave in a crash learns it from the gate, so that its kill gets confirmed."""
    with opened() as run:
        pass
    hub.wait(lambda: hub.of(wire.Leave), "the gate did not leave")
    order = hub.order("kill", run.id)
    hub.wait(lambda: len(hub.of(wire.Leave)) == 2, "no second leave came")
    assert {frame.run for frame in hub.of(wire.Leave)} == {run.id}
    assert hub.answers(order) == []


@pytest.mark.parametrize("verb", ["kill", "pause"])
def test_of_two_orders_both_are_answered_and_the_newer_one_as_calls_end(
    hub: Hublet, gate: Gate, opened: Opened, verb: str
) -> None:
    """A hub that died between two kills may know only the second: that one is answered until nothing is in flight."""
    inside, go = threading.Event(), threading.Event()

    @gate.tool(cls="write", timeout=30)
    def refund() -> None:
        inside.set()
        assert go.wait(20)

    def agent() -> None:
        with run.attach():
            refund()

    run = opened()
    killed: list[str] = []
    try:
        with run:
            thread = threading.Thread(target=agent)
            thread.start()
            assert inside.wait(20)
            first, second = hub.order(verb, run.id), hub.order(verb, run.id)
            hub.wait(lambda: hub.answers(first) and hub.answers(second), "not both were answered")
            assert [len(hub.answers(order)[-1].in_flight) for order in (first, second)] == [1, 1]
            go.set()
            hub.wait(lambda: not hub.answers(second)[-1].in_flight, "the newer one was not answered again")
            thread.join(20)
            hub.cut()
            hub.wait(lambda: len(hub.of(wire.Open)) == 2, "the run was not named again")
            assert [held.order.order for held in hub.of(wire.Open)[-1].held] == [second]
    except RunKilled as error:
        killed.append(error.order)
    assert killed == [hub.of(wire.Answer)[-1].order] * (verb == "kill")


def test_an_order_ahead_of_opened_holds_whatever_opened_says(hub: Hublet) -> None:
    """It is newer than ``opened``: a pause is not lifted by a ``running``, nor a resume undone by a ``paused``."""
    hub.beat_ms = 50
    with interlock.connect(hub.url, hub.token) as gate:
        _ahead(hub, lambda: gate.run(agent="a", role="r", goal="g"))


def _ahead(hub: Hublet, opened: Opened) -> None:
    with opened() as run:
        hub.ahead = ["pause"]
        hub.cut()
        hub.wait(lambda: run.paused and len(hub.of(wire.Open)) == 2, "no pause came")
        _settled(hub)
        assert run.paused
        hub.order("pause", run.id)
        hub.ahead = ["resume"]
        hub.cut()
        hub.wait(lambda: len(hub.of(wire.Open)) == 3, "the gate did not come back")
        _settled(hub)
        assert not run.paused
    hub.ahead = ["kill"]
    with pytest.raises(RunKilled), opened():
        pass


def _settled(hub: Hublet) -> None:
    """Return once the gate has read what was sent to it: it beats after that."""
    beats = hub.beats
    hub.wait(lambda: hub.beats >= beats + 2, "no heartbeat came")


@pytest.mark.parametrize("code", ["role", "superseded", "version"])
def test_a_final_bye_ends_the_gate(hub: Hublet, gate: Gate, opened: Opened, code: str) -> None:
    """No reconnect; every call and every new run says at once what to do; what is held is let go."""
    held: list[BaseException] = []

    @gate.tool(cls="read")
    def look() -> int:
        return 1

    @gate.tool(cls="write")
    def refund() -> int:
        return 1

    def agent() -> None:
        with run.attach():
            try:
                refund()
            except CallRefused as refused:
                held.append(refused)

    later = opened()
    with opened() as run:
        assert look() == 1
        hub.hold(run.id)
        thread = threading.Thread(target=agent)
        thread.start()
        hub.wait(lambda: "hold" in str(hub.told(run.id, "gate.decided")), "nothing was held")
        hub.bye = code
        hub.cut()
        thread.join(20)
        assert "connect() anew" in str(held[0])
        connections = hub.connections
        for step in (look, refund):
            with pytest.raises(CallRefused, match=r"connect\(\) anew") as refused:
                step()
            assert refused.value.code == "disconnected"
        for enter in (opened, later.__enter__):
            with pytest.raises(ConfigError, match=r"connect\(\) anew"):
                enter()
        time.sleep(0.3)
        assert hub.connections == connections


def test_a_call_held_while_its_gate_is_closed_ends(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Closing the gate leaves no thread behind that waits for a resume that cannot come."""
    ended: list[type] = []

    @gate.tool(cls="read")
    def look() -> None:
        raise AssertionError("it ran")

    def agent() -> None:
        with run.attach():
            try:
                look()
            except Exception as error:  # noqa: BLE001 - which one it is is the question
                ended.append(type(error))

    run = opened().__enter__()
    hub.hold(run.id)
    thread = threading.Thread(target=agent)
    thread.start()
    hub.wait(lambda: "hold" in str(hub.told(run.id, "gate.decided")), "nothing was held")
    gate.close(20)
    thread.join(20)
    assert [kind.__name__ for kind in ended] == ["RunOver"]
    run.__exit__(None, None, None)


async def test_a_cancelled_task_leaves_no_held_call_behind(hub: Hublet, gate: Gate) -> None:
    """Its permit goes back unused when it comes, the trace says that the caller went away, and the gate leaves."""

    @gate.tool(cls="write")
    async def refund() -> None:
        raise AssertionError("it ran")

    async with gate.run(agent="a", role="r", goal="g") as run:
        hub.granting = False
        task = asyncio.create_task(refund())
        await asyncio.to_thread(hub.wait, lambda: hub.of(wire.AskPermit), "no request came")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert run.member.flying == {}
    await asyncio.to_thread(hub.wait, lambda: "run.finished" in hub.kinds(run.id), "no end came")
    assert hub.of(wire.Leave) == []
    await asyncio.to_thread(hub.grant, run.id)
    await asyncio.to_thread(hub.wait, lambda: hub.of(wire.Leave), "the gate did not leave")
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["failed"]
    assert hub.told(run.id, "gate.decided")[-1]["rule"] == "caller"


@pytest.mark.parametrize(
    "error", [KeyboardInterrupt(), SystemExit(1), TimeoutError(), ConnectionResetError()]
)
def test_a_write_that_was_broken_off_is_unknown(
    hub: Hublet, gate: Gate, opened: Opened, error: BaseException
) -> None:
    """Interrupted, timed out or cut off on the way it may have acted; it has not failed."""

    @gate.tool(cls="write")
    def refund() -> None:
        raise error

    with pytest.raises(type(error)), opened():
        refund()
    gate.close(20)
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["unknown"]


def test_what_an_error_says_of_an_effect() -> None:
    """An ordinary error has failed, and so has a refused connection and every read."""
    assert failure(ValueError(), read=False) == "failed"
    assert failure(ConnectionRefusedError(), read=False) == "failed"
    assert failure("no", read=False) == "failed"
    assert failure(TimeoutError(), read=True) == "failed"
    assert failure(BrokenPipeError(), read=False) == "unknown"


def test_a_kill_inside_a_tool_that_calls_a_tool(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Both are in flight; the inner call is stopped, and the outer write, broken off by that, is unknown."""

    @gate.tool(cls="write")
    def inner() -> None:
        raise AssertionError("it ran")

    @gate.tool(cls="write")
    def outer() -> None:
        order = hub.order("kill", run.id)
        hub.wait(lambda: hub.answers(order), "the kill was not answered")
        assert [flight.tool for flight in hub.answers(order)[-1].in_flight] == ["outer"]
        with pytest.raises(KillSignal):
            inner()
        inner()

    with pytest.raises(RunKilled), opened() as run:
        outer()
    gate.close(20)
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["unknown"]


def test_a_call_by_hand_ends_with_its_block_and_is_in_flight_until_then(
    hub: Hublet, gate: Gate, opened: Opened
) -> None:
    """One that nobody finishes stays in flight after its run, and the gate does not leave."""
    with opened() as run:
        with run.call("bash", "danger", {"command": "ls"}) as call:
            call.finished("files")
        with pytest.raises(OSError, match="disk"), run.call("bash", "danger", {"command": "rm"}):
            raise OSError("disk")
        dangling: Any = run.call("bash", "danger", {"command": "mv"})
    hub.wait(lambda: "run.finished" in hub.kinds(run.id), "no end came")
    order = hub.order("kill", run.id)
    hub.wait(lambda: hub.answers(order), "the kill was not answered")
    assert [flight.call for flight in hub.answers(order)[-1].in_flight] == [dangling.id]
    assert hub.of(wire.Leave) == []
    dangling.finished("moved")
    hub.wait(lambda: hub.of(wire.Leave), "the gate did not leave")
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["done", "failed", "done"]
