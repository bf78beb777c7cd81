# ruff: noqa: PT012 - what is raised at the end of a block, past everything in it, is the point
"""Attempts of a call: which follow, under which key, what ends them, and what the call came to in the end."""

import asyncio
import signal
import threading
from collections.abc import Callable
from typing import Any

import pytest

import interlock
from interlock import Gate, KillSignal, Run, wire
from interlock.errors import (
    CallTimedOut,
    CircuitOpen,
    ConfigError,
    ContractError,
    KeyConflict,
    OverBudget,
    ResultRefused,
)
from interlock.policy import load
from tests.support.hublet import Hublet

Opened = Callable[[], Run]
KEYED = {"class": "write", "retries": 3, "backoff": "0.001s x1 <= 1ms", "idempotency": "order"}


class Flaky(Exception):
    """What a downstream says that is down."""


def _started(hub: Hublet, run: Run) -> list[int]:
    return [event.get("attempt", 1) for event in hub.told(run.id, "tool.started")]


def _ends(hub: Hublet, run: Run) -> list[str]:
    return [event["outcome"] for event in hub.told(run.id, "tool.finished")]


def test_a_read_is_repeated_and_every_attempt_is_told(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Two attempts fail, the third answers: one call, three starts, and what was wrong with the first two."""
    tries: list[str] = []

    @gate.tool(contract={"class": "read", "retries": 2, "backoff": "0.001s x1 <= 1ms"})
    def look(order: str) -> str:
        tries.append(order)
        if len(tries) < 3:
            raise Flaky("down")
        return "found"

    with opened() as run:
        assert look("A-1") == "found"
    gate.close(20)
    assert _started(hub, run) == [1, 2, 3]
    assert [(e["attempt"], e["outcome"], e["error"]) for e in hub.told(run.id, "tool.retried")] == [
        (1, "failed", "Flaky: down"),
        (2, "failed", "Flaky: down"),
    ]
    assert _ends(hub, run) == ["done"]


def test_a_write_that_nobody_knows_again_has_one_attempt(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Without an idempotency key an unknown write is never repeated, whatever its code says of retries."""
    tries: list[str] = []

    @gate.tool(cls="write", contract={"retries": 3})
    def refund(order: str) -> None:
        tries.append(order)
        raise ConnectionResetError("the line is gone")

    with opened() as run, pytest.raises(ConnectionResetError):
        refund("A-1")
    gate.close(20)
    assert tries == ["A-1"]
    assert _ends(hub, run) == ["unknown"]


def test_attempts_of_a_write_have_one_permit_and_one_key(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """What goes downstream is the same each time, and the hub is asked once."""
    keys: list[Any] = []

    @gate.tool(contract=KEYED)
    def refund(order: str) -> str:
        call = interlock.current_call()
        assert call is not None
        keys.append((call.permit_id, call.idempotency_key))
        if len(keys) < 3:
            raise ConnectionResetError("the line is gone")
        return "paid"

    with opened() as run:
        assert refund("A-1") == "paid"
    gate.close(20)
    assert len(set(keys)) == 1
    assert keys[0][1].startswith("i-")
    assert len(hub.of(wire.AskPermit)) == 1
    assert _ends(hub, run) == ["done"]


def test_a_later_sure_failure_takes_no_doubt_away(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """The first attempt may have paid; that the second was refused for sure does not make the call failed."""
    errors: list[Exception] = [ConnectionResetError("gone"), Flaky("no"), Flaky("no"), Flaky("no")]

    @gate.tool(contract=KEYED)
    def refund(order: str) -> None:
        raise errors.pop(0)

    with opened() as run, pytest.raises(Flaky):
        refund("A-1")
    gate.close(20)
    assert _started(hub, run) == [1, 2, 3, 4]
    assert _ends(hub, run) == ["unknown"]


@pytest.mark.parametrize("how", ["blocking", "threaded", "awaited"])
def test_a_kill_ends_the_wait_between_two_attempts(hub: Hublet, gate: Gate, opened: Opened, how: str) -> None:
    """The wait would be minutes: the kill ends it, no attempt follows, and its answer names the call until then."""
    tries: list[str] = []
    slow = KEYED | {"backoff": "300s x1 <= 5m"}

    @gate.tool(contract=slow | ({"timeout": "30s"} if how == "threaded" else {}))
    def refund(order: str) -> None:
        tries.append(order)
        raise Flaky("down")

    @gate.tool(contract=slow)
    async def arefund(order: str) -> None:
        tries.append(order)
        raise Flaky("down")

    def kill(run: Run) -> None:
        hub.wait(lambda: hub.told(run.id, "tool.retried"), "no wait began")
        order = hub.order("kill", run.id)
        hub.wait(lambda: [a for a in hub.answers(order) if not a.in_flight], "it goes on")

    with pytest.raises(interlock.RunKilled), opened() as run:
        operator = threading.Thread(target=kill, args=(run,))
        operator.start()
        with pytest.raises(KillSignal):
            if how == "awaited":
                asyncio.run(arefund("A-1"))
            else:
                refund("A-1")
        operator.join()
    gate.close(20)
    assert tries == ["A-1"]
    assert _ends(hub, run) == ["failed"]


def test_a_pause_between_two_attempts_is_drained_and_goes_on_afterwards(
    hub: Hublet, gate: Gate, opened: Opened
) -> None:
    """The call is not in flight while it is held; after the resume the next attempt starts."""
    tries: list[str] = []
    drained: list[bool] = []

    @gate.tool(contract=KEYED)
    def refund(order: str) -> str:
        tries.append(order)
        if len(tries) == 1:
            order_id.append(hub.order("pause", run.id))
            hub.wait(lambda: hub.answers(order_id[0]), "no answer")
            raise Flaky("down")
        return "paid"

    def resume() -> None:
        hub.wait(lambda: order_id, "no pause was given")
        hub.wait(lambda: [a for a in hub.answers(order_id[0]) if not a.in_flight], "it is in flight")
        drained.append(len(tries) == 1)
        hub.order("resume", run.id)

    order_id: list[str] = []
    with opened() as run:
        operator = threading.Thread(target=resume)
        operator.start()
        assert refund("A-1") == "paid"
        operator.join()
    gate.close(20)
    assert drained == [True]
    assert _started(hub, run) == [1, 2]


def test_a_gate_that_is_cut_off_repeats_no_write_past_its_lease(
    hub: Hublet, gate: Gate, opened: Opened
) -> None:
    """Without a lease the next attempt does not start: the caller gets the error of the last one."""
    tries: list[str] = []

    @gate.tool(contract=KEYED)
    def refund(order: str) -> None:
        tries.append(order)
        hub.lease_ms = 1
        run.link.lease_until = 0.0
        raise ConnectionResetError("gone")

    with opened() as run, pytest.raises(ConnectionResetError):
        refund("A-1")
    gate.close(20)
    assert tries == ["A-1"]
    assert _ends(hub, run) == ["unknown"]


def test_a_late_attempt_settles_the_call_whose_repeat_is_in_doubt(
    hub: Hublet, gate: Gate, opened: Opened
) -> None:
    """Both attempts are late and the call is unknown; then the first one's thread comes back: late, and done."""
    go = [threading.Event(), threading.Event()]
    tries: list[int] = []

    @gate.tool(contract=KEYED | {"retries": 1, "timeout": "50ms"})
    def refund(order: str) -> str:
        tries.append(len(tries))
        mine = tries[-1]
        assert go[mine].wait(20)
        if mine:
            raise Flaky("no")
        return "paid"

    with pytest.raises(interlock.RunKilled), opened() as run:
        with pytest.raises(CallTimedOut):
            refund("A-1")
        hub.wait(lambda: _ends(hub, run) == ["unknown"], "not given up")
        order = hub.order("kill", run.id)
        hub.wait(lambda: hub.answers(order), "no answer")
        assert hub.answers(order)[-1].in_flight
        go[0].set()
        go[1].set()
        hub.wait(lambda: not hub.answers(order)[-1].in_flight, "still in flight")
    gate.close(20)
    assert [(e["outcome"], e.get("late", False)) for e in hub.told(run.id, "tool.finished")] == [
        ("unknown", False),
        ("done", True),
    ]


def test_a_wrong_answer_is_a_failed_read_and_a_write_that_happened(
    hub: Hublet, gate: Gate, opened: Opened
) -> None:
    """The read is repeated; the write is done, and its caller learns both that and what it returned."""
    answers: list[Any] = [{"id": "x"}, {"id": 1}, {"id": "y"}]
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}

    @gate.tool(contract={"class": "read", "result": schema, "retries": 1, "backoff": "0.001s x1 <= 1ms"})
    def look(order: str) -> Any:
        return answers.pop(0)

    @gate.tool(contract=KEYED | {"result": schema})
    def refund(order: str) -> Any:
        return answers.pop(0)

    with opened() as run:
        assert look("A-1") == {"id": 1}
        with pytest.raises(ResultRefused, match="its effect happened") as refused:
            refund("A-1")
    gate.close(20)
    assert refused.value.result == {"id": "y"}
    assert refused.value.place == "/id"
    assert _ends(hub, run) == ["done", "done"]
    assert answers == []


def test_the_same_key_gets_the_first_answer_and_nothing_runs(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """The second call asks for no permit; other arguments under the same key are refused, another run is another."""
    tries: list[str] = []

    @gate.tool(contract=KEYED)
    def refund(order: str, note: str = "") -> dict[str, Any]:
        tries.append(order)
        return {"paid": len(tries)}

    with opened() as run:
        first = refund("A-1")
        first["paid"] = "changed by its caller"
        assert refund("A-1") == {"paid": 1}
        with pytest.raises(KeyConflict, match="had other arguments"):
            refund("A-1", "again")
        assert refund("A-2") == {"paid": 2}
    with opened():
        assert refund("A-1") == {"paid": 3}
    gate.close(20)
    assert tries == ["A-1", "A-2", "A-1"]
    (repeated,) = hub.told(run.id, "tool.repeated")
    assert repeated["first"] == hub.told(run.id, "tool.started")[0]["call"]
    assert [e["rule"] for e in hub.told(run.id, "gate.decided") if e["verdict"] == "deny"] == [
        "contract idempotency"
    ]


def test_a_call_beside_its_like_is_a_conflict(gate: Gate, opened: Opened) -> None:
    """While the first is in flight the second is refused; once that failed, the same call may run."""
    inside, go = threading.Event(), threading.Event()

    @gate.tool(contract={"class": "write", "idempotency": "order"})
    def refund(order: str) -> str:
        if not inside.is_set():
            inside.set()
            assert go.wait(20)
            raise Flaky("no")
        return "paid"

    with opened() as run:

        def first() -> None:
            with run.attach(), pytest.raises(Flaky):
                refund("A-1")

        beside = threading.Thread(target=first)
        beside.start()
        assert inside.wait(20)
        with pytest.raises(KeyConflict, match="still in flight"):
            refund("A-1")
        go.set()
        beside.join()
        assert refund("A-1") == "paid"


def test_a_key_is_the_same_at_every_gate_of_the_run(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """A process that died and is back in the run goes downstream under the same key: nothing of it is remembered."""
    keys: list[str | None] = []

    def refund(order: str) -> None:
        call = interlock.current_call()
        keys.append(call.idempotency_key if call else None)

    with opened() as run:
        gate.tool(contract=KEYED)(refund)("A-1")
        with interlock.connect(hub.url, hub.token) as other, other.join(run.id):
            other.tool(contract=KEYED)(refund)("A-1")
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_an_open_breaker_refuses_before_anything_is_asked(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Two failures open it: the third call learns until when, its body does not run, the hub is not asked."""
    tries: list[str] = []

    @gate.tool(contract={"class": "write", "breaker": "2 of 5 / 30s", "endpoint": "carrier"})
    def ship(carrier: str) -> None:
        tries.append(carrier)
        if carrier == "down":
            raise Flaky("down")

    with opened() as run:
        for _ in range(2):
            with pytest.raises(Flaky):
                ship("down")
        with pytest.raises(CircuitOpen, match="its breaker for endpoint 'down' is open until") as refused:
            ship("down")
        ship("up")
    gate.close(20)
    assert tries == ["down", "down", "up"]
    assert 0 < refused.value.left_s <= 30
    assert len(hub.of(wire.AskPermit)) == 3
    (changed,) = hub.told(run.id, "breaker.changed")
    assert (changed["state"], changed["endpoint"], changed["failures"]) == ("open", "down", 2)
    denied = [event for event in hub.told(run.id, "gate.decided") if event["verdict"] == "deny"]
    assert [event["rule"] for event in denied] == ["contract breaker"]


def test_a_killed_agent_gets_no_way_on_from_an_open_breaker(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """What is said of the breaker is an ordinary error, so the kill comes first."""

    @gate.tool(contract={"class": "read", "breaker": "1 of 1 / 30s"})
    def look() -> None:
        raise Flaky("down")

    with pytest.raises(interlock.RunKilled), opened() as run:
        with pytest.raises(Flaky):
            look()
        with pytest.raises(CircuitOpen):
            look()
        order = hub.order("kill", run.id)
        hub.wait(lambda: hub.answers(order), "no answer")
        with pytest.raises(KillSignal):
            look()


def test_budgets_hold_and_failed_money_is_there_again(gate: Gate, opened: Opened) -> None:
    """The sum within a run stays below the limit, exactly; a call that failed cost nothing; another run has its own."""
    paid: list[float] = []

    @gate.tool(contract={"class": "write", "money": {"arg": "amount", "at_most": "1 per run"}})
    def refund(amount: float) -> None:
        if amount == 0.7:
            raise Flaky("no")
        paid.append(amount)

    with opened():
        with pytest.raises(Flaky):
            refund(0.7)
        for _ in range(10):
            refund(0.1)
        with pytest.raises(OverBudget, match=r"1.0 used and 0.1 asked for; the run gets no more"):
            refund(0.1)
        with pytest.raises(interlock.CallRefused, match="no amount from 0 up"):
            refund(-5)
    with opened():
        refund(1)
    assert sum(1 for one in paid if one == 0.1) == 10


def test_a_contract_that_names_no_argument_of_its_tool_is_refused_where_it_is_written(gate: Gate) -> None:
    """A slip of the pen is found before the first call."""
    with pytest.raises(ConfigError, match="order_idd"):
        gate.tool(contract={"class": "write", "idempotency": "order_idd"})(lambda order_id: None)
    with pytest.raises(ContractError, match=r"contract\.timeout"):
        gate.tool(contract={"timeout": 5})(lambda: None)


PUSHED = """
version: 1
tools:
  look: {class: read, retries: 1, backoff: "0.001s x1 <= 1ms", timeout: 50ms}
roles:
  support-agent: {autonomy: auto, tools: {look: allow}}
"""


def test_a_pushed_contract_holds_from_the_next_call(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """A tool that its code promises nothing for is a read with a time limit and a repeat, once a policy says so."""
    go = threading.Event()
    tries: list[str] = []

    @gate.tool
    def look() -> str:
        tries.append("look")
        if len(tries) == 2:
            assert go.wait(20)
        if len(tries) < 4:
            raise Flaky("down")
        return "found"

    with opened() as run:
        with pytest.raises(Flaky):
            look()
        assert len(hub.of(wire.AskPermit)) == 1
        hub.rule(load(PUSHED))
        hub.wait(lambda: run.link.rules.active, "the policy")
        with pytest.raises(Flaky):
            look()
        go.set()
        assert look() == "found"
    gate.close(20)
    assert len(hub.of(wire.AskPermit)) == 1
    assert [(e["attempt"], e["error"].split(":")[0]) for e in hub.told(run.id, "tool.retried")] == [
        (1, "CallTimedOut")
    ]


def test_a_caller_that_is_interrupted_leaves_nothing_that_starts_behind_its_back(
    hub: Hublet, gate: Gate, opened: Opened
) -> None:
    """Interrupted while its permit is still to come: when it comes the tool does not run, and nothing is in flight."""
    ran: list[str] = []

    @gate.tool(cls="write", timeout=30)
    def refund() -> None:
        ran.append("refund")

    with opened() as run:
        hub.granting = False

        def interrupt() -> None:
            hub.wait(lambda: hub.of(wire.AskPermit), "nothing was asked")
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

        # A suite in the background of a shell was told to ignore it.
        before = signal.signal(signal.SIGINT, signal.default_int_handler)
        threading.Thread(target=interrupt).start()
        try:
            with pytest.raises(KeyboardInterrupt):
                refund()
        finally:
            signal.signal(signal.SIGINT, before)
        hub.grant(run.id)
        hub.wait(lambda: hub.of(wire.Outcome), "no outcome")
        hub.wait(lambda: not run.member.flying, "it is in flight")
    gate.close(20)
    assert ran == []
    assert _ends(hub, run) == ["failed"]
