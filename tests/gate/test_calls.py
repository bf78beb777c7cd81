"""What passes the gate, what is reported of it, and what is refused."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest

import interlock
from interlock import Gate, Run, canonical, wire
from interlock.errors import ArgumentsError, CallRefused, CallTimedOut, ConfigError, RunOver, Unauthorised
from tests.support.hublet import Hublet

Opened = Callable[[], Run]


def test_the_six_lines_of_the_readme(hub: Hublet, gate: Gate) -> None:
    """A run with a model call, a thought and a write is told in order, each call in a span of its own."""

    @gate.tool(cls="write", timeout=10)
    def refund(order_id: str, amount: float) -> dict[str, Any]:
        return {"order": order_id, "amount": amount}

    with gate.run(
        agent="refunds",
        role="support-agent",
        goal="refund order A-1009",
        model="m-2026-10",
        success="refund.status == 'done'",
    ) as run:
        with run.model("m-2026-10", [{"role": "user", "content": "please"}]) as m:
            m.finished("yes", served="m-2026-10-03", tokens_in=812, tokens_out=40)
        run.reasoning("the parcel never arrived, policy allows a refund")
        assert refund("A-1009", 40.0) == {"order": "A-1009", "amount": 40.0}
        run.finish("done", "refunded")
    gate.close(20)
    assert hub.kinds(run.id) == [
        *("run.started", "gate.decided", "model.started", "model.finished", "reasoning"),
        *("tool.proposed", "gate.decided", "tool.started", "tool.finished", "run.finished"),
    ]
    (proposed,) = hub.told(run.id, "tool.proposed")
    assert proposed["args"] == '{"amount":40.0,"order_id":"A-1009"}'
    assert proposed["digest"] == canonical.digest("refund", proposed["args"])
    (ask,) = hub.of(wire.AskPermit)
    (outcome,) = hub.of(wire.Outcome)
    assert ask.digest == proposed["digest"]
    assert (outcome.outcome, outcome.call, outcome.late) == ("done", proposed["call"], False)
    envelopes = [envelope for _, envelope in sorted(next(iter(hub.events.values())).items())]
    assert len({envelope["trace"] for envelope in envelopes}) == 1
    spans = {envelope["event"]["kind"]: envelope["span"] for envelope in envelopes}
    assert spans["tool.proposed"] == spans["tool.started"] == spans["tool.finished"]
    assert len({spans["run.started"], spans["model.started"], spans["tool.started"]}) == 3
    roots = {e["parent"] for e in envelopes if e["event"]["kind"].startswith(("tool", "model"))}
    assert roots == {spans["run.started"]}
    assert isinstance(hub.frames[-1], wire.Leave)


def test_a_tool_knows_its_own_permit(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """In the body of a write the call is at hand, sync, in a thread or awaited, and each has its own permit."""
    seen: list[str | None] = []

    def note() -> None:
        call = interlock.current_call()
        seen.append(call.permit_id if call else None)

    @gate.tool(cls="read")
    def look() -> None:
        note()

    @gate.tool(cls="write")
    def plain() -> None:
        look()
        note()

    @gate.tool(cls="write", timeout=10)
    def threaded() -> None:
        note()

    @gate.tool(cls="danger")
    async def awaited() -> None:
        note()

    with opened():
        look()
        plain()
        threaded()
        asyncio.run(awaited())
        note()
    hub.wait(lambda: len(hub.of(wire.Outcome)) == 3, "the outcomes did not come")
    permits = [outcome.permit for outcome in hub.of(wire.Outcome)]
    assert seen == [None, permits[0], permits[0], permits[1], permits[2], None]
    assert len(set(permits)) == 3


def test_a_tool_nobody_classified_is_danger(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Without a class a call needs a permit, whatever its name promises."""

    @gate.tool
    def get_nothing() -> str:
        return "x"

    with opened() as run:
        assert get_nothing() == "x"
    gate.close(20)
    assert [ask.cls for ask in hub.of(wire.AskPermit)] == ["danger"]
    assert [event["cls"] for event in hub.told(run.id, "tool.proposed")] == ["danger"]


def test_a_read_needs_no_round_trip_and_is_told_like_the_rest(
    hub: Hublet, gate: Gate, opened: Opened
) -> None:
    """A read asks for no permit; its arguments, digest and result are in the trace, also those of odd values."""

    @gate.tool(cls="read")
    def lookup(order_id: str, deep: bool = False, *, limit: float | None = 0.5) -> Any:
        return {"id": order_id}

    with opened() as run:
        lookup("A-1")
        lookup("A-2", limit=None)
        lookup(order_id="A-3", deep=True)
        with pytest.raises(ArgumentsError, match="not a number"):
            lookup("A-4", limit=float("nan"))
        with pytest.raises(ArgumentsError, match="missing"):
            lookup(deep=True)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    gate.close(20)
    assert hub.of(wire.AskPermit) == []
    told = hub.told(run.id, "tool.proposed")
    assert [event["args"] for event in told] == [
        '{"deep":false,"limit":0.5,"order_id":"A-1"}',
        '{"deep":false,"limit":null,"order_id":"A-2"}',
        '{"deep":true,"limit":0.5,"order_id":"A-3"}',
    ]
    assert all(event["digest"] == canonical.digest("lookup", event["args"]) for event in told)
    assert [event["result"] for event in hub.told(run.id, "tool.finished")] == [
        f'{{"id":"A-{n}"}}' for n in (1, 2, 3)
    ]


def test_a_method_binds_without_self(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """The object a tool hangs on is no argument of the call."""

    class Desk:
        @gate.tool(cls="read")
        def look(self, order: str = "A-1") -> str:
            return order

    with opened() as run:
        assert Desk().look() == "A-1"
    gate.close(20)
    assert [event["args"] for event in hub.told(run.id, "tool.proposed")] == ['{"order":"A-1"}']


def test_an_error_of_a_tool_is_told_and_raised(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """The agent sees its own exception; the trace and the record see that the call failed."""

    @gate.tool(cls="write")
    def broken() -> None:
        raise KeyError("no order")

    with opened() as run, pytest.raises(KeyError, match="no order"):
        broken()
    gate.close(20)
    (event,) = hub.told(run.id, "tool.finished")
    assert (event["outcome"], event["error"]) == ("failed", "KeyError: 'no order'")
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["failed"]


def test_secrets_do_not_leave_the_process(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Arguments are redacted in the request and in the trace; the digest is of the exact ones."""

    @gate.tool(cls="write")
    def login(user: str, password: str) -> str:
        return f"{user} is in"

    with opened():
        login("ann", "hunter2")
    gate.close(20)
    (ask,) = hub.of(wire.AskPermit)
    assert ask.digest == canonical.digest("login", '{"password":"hunter2","user":"ann"}')
    assert "hunter2" not in ask.args.raw
    assert "hunter2" not in str(hub.events)


def test_arguments_changed_while_the_call_waited_are_refused(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """What runs is what the permit is for; the permit goes back unused."""
    order = {"amount": 40.0}
    ran: list[Any] = []

    @gate.tool(cls="write")
    def refund(order: dict[str, float]) -> None:
        ran.append(order)

    def change() -> None:
        hub.wait(lambda: hub.of(wire.AskPermit), "no request came")
        order["amount"] = 4000.0
        hub.grant(run.id)

    hub.granting = False
    with opened() as run:
        other = threading.Thread(target=change)
        other.start()
        with pytest.raises(ArgumentsError, match="changed while"):
            refund(order)
        other.join()
    gate.close(20)
    assert ran == []
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["failed"]
    assert "tool.started" not in hub.kinds(run.id)


async def test_async_tools_models_and_runs(hub: Hublet, gate: Gate) -> None:
    """The same, awaited; many calls at once share the run."""

    @gate.tool(cls="write", timeout=10)
    async def refund(n: int) -> int:
        await asyncio.sleep(0)
        return n

    @gate.tool(cls="read")
    async def look(n: int) -> int:
        return n

    async with gate.run(agent="a", role="r", goal="g") as run:
        assert interlock.current() is run
        async with run.model("m", "hello") as m:
            m.finished("hi")
        assert await asyncio.gather(*(refund(n) for n in range(20))) == list(range(20))
        assert await look(3) == 3
        call = await run.acall("send", "danger", {"to": "x"})
        call.finished("sent")
    assert interlock.current() is None
    await asyncio.to_thread(gate.close, 20)
    assert len(hub.of(wire.Outcome)) == 21
    assert len(hub.told(run.id, "tool.finished")) == 22


async def test_an_awaited_write_that_is_late_is_unknown(hub: Hublet, gate: Gate) -> None:
    """A write that timed out is unknown, never failed; a read that did has failed."""

    @gate.tool(cls="write", timeout=0.02)
    async def write() -> None:
        await asyncio.sleep(30)

    @gate.tool(cls="read", timeout=0.02)
    async def read() -> None:
        await asyncio.sleep(30)

    async with gate.run(agent="a", role="r", goal="g") as run:
        with pytest.raises(CallTimedOut, match="outcome is unknown"):
            await write()
        with pytest.raises(TimeoutError, match="may be repeated"):
            await read()
    await asyncio.to_thread(gate.close, 20)
    assert [event["outcome"] for event in hub.told(run.id, "tool.finished")] == ["unknown", "failed"]


def test_an_adapter_passes_the_same_gate(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """A call made by hand has the adapter's id and the recording's numbers, and ends once."""
    with opened() as run:
        call = run.call("bash", "danger", {"command": "ls"}, call_id="toolu_01", recorded=7)
        assert call.permit_id is not None
        call.finished(outcome="unknown", recorded=8)
        call.finished("again")
        run.message("hello", "user", author="ann", recorded=9)
        run.context([{"role": "user"}])
    gate.close(20)
    (line,) = hub.events.values()
    recorded = {e["event"]["kind"]: e["recorded"] for e in line.values() if "recorded" in e}
    assert recorded == {"tool.proposed": 7, "tool.finished": 8, "message": 9}
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["unknown"]
    assert hub.told(run.id, "run.finished") == [{"kind": "run.finished", "claim": "ended"}]


def test_a_sub_agent_is_a_child_of_the_run_it_was_started_in(
    hub: Hublet, gate: Gate, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the context in a process, by the environment across processes; both in the parent's trace."""
    with opened() as parent:
        with opened() as child:
            pass
        environ = parent.env()
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with opened() as other:
        pass
    gate.close(20)
    for run in (child, other):
        assert hub.told(run.id, "run.started")[0]["parent"] == parent.id
        assert run.member.trace == parent.member.trace
        assert run.member.parent_span == parent.member.span
    assert "parent" not in hub.told(parent.id, "run.started")[0]


def test_a_call_needs_a_run(gate: Gate, opened: Opened) -> None:
    """Outside of a run, in a thread that has none, and after its end, nothing starts."""

    @gate.tool(cls="read")
    def look() -> int:
        return 1

    with pytest.raises(CallRefused, match="no run here"):
        look()
    with opened() as run:
        found: list[Any] = []

        def other() -> None:
            with pytest.raises(CallRefused):
                look()
            with run.attach():
                found.append(look())

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert found == [1]
        run.finish("done")
        with pytest.raises(RunOver):
            look()
    with run.attach(), pytest.raises(RunOver):
        look()
    with pytest.raises(ConfigError, match="entered once"), run:
        pass


def test_an_operators_token_is_refused(hub: Hublet, monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent gets in with an agent's token only, and never looks at the operator's variable."""
    monkeypatch.setenv("INTERLOCK_TOKEN", hub.token)
    monkeypatch.delenv("INTERLOCK_AGENT_TOKEN", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", "")
    monkeypatch.setenv("HOME", "nowhere")
    with pytest.raises(ConfigError, match="INTERLOCK_AGENT_TOKEN"):
        interlock.connect(hub.url)
    with pytest.raises(ConfigError, match="never an operator's"):
        interlock.connect(hub.url, hub.operator_token)
    with pytest.raises(Unauthorised):
        interlock.connect(hub.url, "made up")


def test_a_call_of_many_threads_keeps_every_event(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Threads that share a run lose nothing: each call is told from its beginning to its end."""

    @gate.tool(cls="read")
    def look(n: int) -> int:
        return n

    with opened() as run:

        def work() -> None:
            with run.attach():
                for n in range(200):
                    look(n)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    gate.close(timeout=20)
    started = [event["call"] for event in hub.told(run.id, "tool.started")]
    assert sorted(started) == sorted(event["call"] for event in hub.told(run.id, "tool.finished"))
    assert len(set(started)) == 800


def test_generators_and_odd_classes_are_refused(gate: Gate) -> None:
    """What the gate cannot see the end of is no tool, and a class nobody knows is none."""
    with pytest.raises(ConfigError, match="yields"):

        @gate.tool(cls="read")
        def flow() -> Any:
            yield 1

    odd: Any = "admin"
    with pytest.raises(ConfigError, match="no such tool class"):
        gate.tool(cls=odd)(len)


def test_a_parent_that_is_no_run_is_refused_at_once(gate: Gate) -> None:
    """A parent that is no run id never leaves the process."""
    with pytest.raises(ConfigError, match="no run id"):
        gate.run(agent="a", role="r", goal="g", parent="r-zzz")
