"""In shadow everything runs but effects; a policy reaches the gate with its rules frame; a replay goes on."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from interlock import Gate, Run, wire
from interlock.errors import CallRefused
from tests.gate.ruled import POLICY, told
from tests.support.hublet import GUARD, Hublet

Opened = Callable[[], Run]


@pytest.fixture
def hub() -> Iterator[Hublet]:
    """A hub that has the tests' policy."""
    with Hublet() as hublet:
        hublet.rule(POLICY)
        yield hublet


@pytest.fixture
def shadowed(gate: Gate) -> Run:
    """A run in shadow, not yet entered."""
    return gate.run(agent="refunds", role="support-agent", goal="refund order A-1009", mode="shadow")


def test_a_shadowed_write_runs_nothing_and_asks_nobody(hub: Hublet, gate: Gate, shadowed: Run) -> None:
    """Whatever its shape, a write returns what its contract declares; the trace says what it would have come to."""
    ran: list[str] = []

    @gate.tool(cls="write", name="refund")
    def plain(order_id: str, amount: float) -> Any:
        ran.append("plain")

    @gate.tool(cls="write", timeout=10, name="refund")
    def threaded(order_id: str, amount: float) -> Any:
        ran.append("threaded")

    @gate.tool(cls="write", name="refund")
    async def awaited(order_id: str, amount: float) -> Any:
        ran.append("awaited")

    @gate.tool(cls="danger")
    def wipe() -> Any:
        ran.append("wipe")

    virtual = {"refund_id": "VIRTUAL", "order_id": "A-1"}
    with shadowed as run:
        got: list[Any] = [
            plain("A-1", 20.0),
            threaded("A-1", 150.0),
            asyncio.run(awaited("A-1", 900.0)),
            wipe(),
        ]
    gate.close(20)
    assert got == [virtual, virtual, virtual, None]
    assert ran == []
    assert hub.of(wire.AskPermit) == []
    assert hub.of(wire.Outcome) == []
    decided = told(hub.told(run.id), "allow", "ask", "deny", "shadow")
    assert [(one["verdict"], one["would"]) for one in decided] == [
        ("shadow", "allow"),
        ("shadow", "ask"),
        ("shadow", "deny"),
        ("shadow", "deny"),
    ]
    assert decided[2]["bound"] == "<= 200"
    for kind in ("tool.started", "tool.finished"):
        assert [event["shadow"] for event in hub.told(run.id, kind)] == [True] * 4


def test_reads_run_really_and_show_what_was_written_virtually(hub: Hublet, gate: Gate, shadowed: Run) -> None:
    """A read gets the real answer, with the run's own virtual write over it where the contract says how."""

    @gate.tool(cls="read")
    def look(order_id: str) -> str:
        return f"real {order_id}"

    @gate.tool(cls="read")
    def order(order_id: str) -> dict[str, str]:
        return {"id": order_id, "state": "open"}

    @gate.tool(cls="write")
    def refund(order_id: str, amount: float) -> None:
        raise AssertionError("it ran")

    with shadowed:
        assert order("A-1") == {"id": "A-1", "state": "open"}
        refund("A-1", 20.0)
        assert order("A-1") == {"id": "A-1", "state": "refunded"}
        assert order("A-2") == {"id": "A-2", "state": "open"}
        assert look("A-1") == "real A-1"
    with gate.run(agent="refunds", role="support-agent", goal="g"):
        assert order("A-1") == {"id": "A-1", "state": "open"}


def test_an_adapter_that_does_not_look_at_shadow_is_refused(gate: Gate, shadowed: Run) -> None:
    """Who would run the tool all the same does not get the call; who heeds it gets the virtual result."""
    args = {"order_id": "A-1", "amount": 20.0}
    with shadowed as run:
        with pytest.raises(CallRefused, match="would run it all the same"):
            run.call("refund", "write", args)
        call = run.call("refund", "write", args, heeds=True)
        assert call.shadowed
        assert call.pretend() == {"refund_id": "VIRTUAL", "order_id": "A-1"}


def test_below_a_run_in_shadow_nothing_acts(
    hub: Hublet, gate: Gate, shadowed: Run, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sub-agent is in shadow with its parent, in this process and in one that the run started."""

    @gate.tool(cls="write")
    def refund(order_id: str, amount: float) -> Any:
        raise AssertionError("it ran")

    with shadowed as run:
        with opened() as child:
            refund("A-1", 20.0)
        environ = run.env()
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with opened() as far:
        refund("A-1", 20.0)
    gate.close(20)
    for one in (child, far):
        assert hub.told(one.id, "run.started")[0]["mode"] == "shadow"
    assert hub.of(wire.AskPermit) == []


def test_no_further_attempt_starts_once_the_dial_is_down(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """A call that its contract would repeat is not repeated under rules that would not let it start."""
    tries: list[str] = []

    @gate.tool(
        contract={"class": "write", "retries": 5, "backoff": "0.001s x1 <= 1ms", "idempotency": "order_id"}
    )
    def refund(order_id: str, amount: float) -> None:
        tries.append(order_id)
        if len(tries) == 2:
            _turn(hub, run, "read-only")
        raise ValueError("down")

    with opened() as run, pytest.raises(ValueError, match="down"):
        refund("A-1", 20.0)
    gate.close(20)
    assert len(tries) == 2
    (ended,) = hub.told(run.id, "tool.finished")
    assert (ended["outcome"], ended.get("shadow")) == ("failed", None)


def test_a_dial_turned_to_shadow_reaches_a_running_agent(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """From one call to the next the same run stops acting, and acts again once the dial is up."""
    ran: list[float] = []

    @gate.tool(cls="write")
    def refund(order_id: str, amount: float) -> Any:
        ran.append(amount)

    with opened() as run:
        for level, amount in (("auto", 1.0), ("shadow", 2.0), ("auto", 3.0)):
            _turn(hub, run, level)
            refund("A-1", amount)
    gate.close(20)
    assert ran == [1.0, 3.0]
    assert len(hub.of(wire.AskPermit)) == 2


def test_a_denied_call_names_the_rule_and_never_reaches_the_hub(
    hub: Hublet, gate: Gate, opened: Opened
) -> None:
    """The error and the trace name rule, bound and value; no permit is asked for."""

    @gate.tool(cls="write")
    def refund(order_id: str, amount: float) -> None:
        raise AssertionError("it ran")

    @gate.tool(cls="read")
    def unheard() -> None:
        raise AssertionError("it ran")

    with opened() as run:
        with pytest.raises(CallRefused, match=r"refund\.args\.amount.*<= 200.*900") as caught:
            refund("A-1", 900.0)
        assert caught.value.code == "policy"
        with pytest.raises(CallRefused, match="default"):
            unheard()
    gate.close(20)
    assert hub.of(wire.AskPermit) == []
    first = told(hub.told(run.id), "deny")[0]
    assert (first["bound"], first["value"], first["policy"]) == ("<= 200", "900.0", POLICY.digest)
    assert "tool.started" not in hub.kinds(run.id)


def test_a_read_that_the_policy_calls_danger_needs_a_permit(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """The stricter class of code and policy is in force, also where the code has a fast path for reads."""

    @gate.tool(cls="read")
    def peek() -> str:
        return "seen"

    with opened() as run:
        assert peek() == "seen"
    gate.close(20)
    assert [ask.cls for ask in hub.of(wire.AskPermit)] == ["danger"]
    assert [event["rule"] for event in told(hub.told(run.id), "allow")] == ["roles.support-agent.tools.peek"]


def test_a_joined_run_has_the_role_the_hub_says(hub: Hublet, gate: Gate, shadowed: Run) -> None:
    """A second gate acts under the run's own role and mode, not under what its process would say."""
    import interlock

    with shadowed as run, interlock.connect(hub.url, hub.token) as other:

        @other.tool(cls="write")
        def refund(order_id: str, amount: float) -> Any:
            raise AssertionError("it ran")

        with other.join(run.id) as joined:
            assert joined.role == "support-agent"
            assert refund("A-1", 20.0) == {"refund_id": "VIRTUAL", "order_id": "A-1"}


def test_a_stopped_dial_holds_back_models_too(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """At stopped nothing starts, not even a thought."""
    hub.rule(POLICY, ({"fleet": True}, "stopped"))
    with opened() as run, pytest.raises(CallRefused, match="stands at 'stopped'"), run.model("m", "hello"):
        pass
    gate.close(20)
    assert "model.started" not in hub.kinds(run.id)


def _turn(hub: Hublet, run: Run, level: str) -> None:
    before = run.link.rules
    hub.rule(POLICY, ({"role": "support-agent"}, level))
    _until(lambda: run.link.rules is not before)


def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
