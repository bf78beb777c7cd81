"""A call that a person decides on: held without a lease, run as approved byte for byte, and never on anything less."""

# ruff: noqa: PT012 - what is raised at the end of a block, past everything in it, is the point
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import interlock
from interlock import Gate, Run, canonical, wire
from interlock.errors import ApprovalTimedOut, ArgumentsError, CallRefused, Rejected, RunKilled
from tests.gate.ruled import POLICY, Agent, told
from tests.support.hublet import GUARD, Hublet
from tests.support.proxy import Proxy

Opened = Callable[[], Run]


@pytest.fixture
def hub() -> Iterator[Hublet]:
    """A hub under whose policy a refund above 100 is for a person to decide."""
    with Hublet() as hublet:
        hublet.ruled = []
        hublet.rule(POLICY)
        yield hublet


@pytest.fixture
def sink() -> list[Any]:
    """What the tools did."""
    return []


@pytest.fixture
def refund(gate: Gate, sink: list[Any]) -> Callable[..., Any]:
    """A write whose effects are seen in the sink."""

    @gate.tool(cls="write")
    def refund(order_id: str, amount: float) -> str:
        """Pay money back."""
        sink.append((order_id, amount))
        return "paid"

    return refund


def test_an_approved_call_runs_with_a_permit_of_its_own_request(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]
) -> None:
    """The request has all a person needs; nothing runs before the approval, and then under a fresh request (K3)."""
    with opened() as run:
        run.reasoning("the parcel never arrived")
        tainted: Any = run
        tainted.taint = ["mail from outside"]
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        one = hub.waiting()
        assert sink == []
        hub.approve(one)
        assert agent.end().result == "paid"
    gate.close(20)
    assert sink == [("A-1", 150.0)]
    first, second = hub.of(wire.AskPermit)
    assert (first.verdict, first.policy, first.needs) == ("ask", POLICY.digest, 1)
    assert first.exact.raw == '{"amount":150.0,"order_id":"A-1"}'
    assert [(why.bound.raw, why.value.raw) for why in first.why] == [("> 100", "150.0")]
    assert (first.says.raw, first.taint[0].raw) == ("the parcel never arrived", "mail from outside")
    assert len(first.definition) == 64
    assert (second.verdict, second.exact, second.escalation) == ("allow", None, one.escalation)
    assert (second.digest, second.call) == (first.digest, first.call)
    assert second.req != first.req
    assert [event["verdict"] for event in told(hub.told(run.id), "ask", "allow")] == ["ask", "allow"]
    (allowed,) = told(hub.told(run.id), "allow")
    assert (allowed["escalation"], allowed["rule"]) == (one.escalation, f"approval {one.escalation}")
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["done"]


def test_what_runs_is_what_was_approved_also_where_it_was_edited(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]
) -> None:
    """The tool gets the edited bytes, decoded; the permit is for their digest, and the trace says who edited."""
    edited = '{"amount":20.0,"order_id":"A-2"}'
    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", amount=150.0)).start()
        hub.approve(hub.waiting(), edited)
        assert agent.end().result == "paid"
    gate.close(20)
    assert sink == [("A-2", 20.0)]
    second = hub.of(wire.AskPermit)[1]
    assert second.digest == canonical.digest("refund", edited)
    (allowed,) = told(hub.told(run.id), "allow")
    assert (allowed["edited_by"], allowed["args"], allowed["digest"]) == ("ann", edited, second.digest)


@pytest.mark.parametrize(
    "edited",
    [
        '{"amount":20.0}',
        '{"amount":20.0,"more":1,"order_id":"A-1"}',
        '{"order_id":"A-1", "amount":20.0}',
        '{"amount":20.0,"amount":30.0,"order_id":"A-1"}',
    ],
)
def test_edited_arguments_that_do_not_fit_run_nothing(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any], edited: str
) -> None:
    """What leaves an argument out, adds one, or has another spelling is refused: nobody was shown what would run."""
    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        hub.approve(hub.waiting(), edited)
        assert isinstance(agent.end().error, ArgumentsError)
    gate.close(20)
    assert sink == []
    assert len(hub.of(wire.AskPermit)) == 1


def test_edited_arguments_leave_no_default_to_fill_in(
    hub: Hublet, gate: Gate, opened: Opened, sink: list[Any]
) -> None:
    """A default of the function is part of what is shown; edited away, it does not come back unseen."""

    @gate.tool(cls="write")
    def refund(order_id: str, amount: float, to: str = "whoever asks") -> None:
        sink.append(to)

    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        one = hub.waiting()
        assert one.ask.exact is not None
        assert "whoever asks" in one.ask.exact.raw
        hub.approve(one, '{"amount":20.0,"order_id":"A-1"}')
        assert isinstance(agent.end().error, ArgumentsError)
    assert sink == []


@pytest.mark.parametrize("timeout", [None, 5.0])
def test_a_read_that_a_person_decides_waits_like_a_write(
    hub: Hublet, gate: Gate, opened: Opened, sink: list[Any], timeout: float | None
) -> None:
    """A fetch of what the goal never named asks the hub, starts nothing before the approval, and runs by a permit."""

    @gate.tool(cls="read", timeout=timeout)
    def fetch(url: str) -> str:
        sink.append(url)
        return "a page"

    with opened() as run:
        agent = Agent(run, lambda: fetch("https://elsewhere.example/a")).start()
        one = hub.waiting()
        assert sink == []
        hub.approve(one)
        assert agent.end().result == "a page"
        other = Agent(run, lambda: fetch("https://elsewhere.example/b")).start()
        hub.refuse(hub.waiting(2), "rejected")
        assert isinstance(other.end().error, Rejected)
    gate.close(20)
    assert sink == ["https://elsewhere.example/a"]
    asked, permitted, _ = hub.of(wire.AskPermit)
    assert (asked.verdict, permitted.verdict, permitted.escalation) == ("ask", "allow", one.escalation)
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["done"]


@pytest.mark.parametrize(("code", "step"), [("denied", "go on without it"), ("void", "make the call again")])
def test_a_refusal_of_the_hub_says_what_to_do_next(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, code: str, step: str
) -> None:
    """Its own sentence need not: the agent is told by the code."""
    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        hub.refuse(hub.waiting(), code)
        assert step in str(agent.end().error)


def test_an_approval_of_other_bytes_runs_nothing(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]
) -> None:
    """An approval whose digest is not of this call, or not of the bytes it brings, is void."""
    for count, forged in enumerate(({}, {"args": '{"amount":1.0,"order_id":"A-1"}'}), 1):
        with opened() as run:
            agent = Agent(run, lambda: refund("A-1", 150.0)).start()
            one = hub.waiting(count)
            frame = hub.people.approve(one).model_dump() | forged | {"digest": "ab" * 32}
            hub.say(run.id, wire.Approved.model_validate(frame))
            error = agent.end().error
            assert isinstance(error, CallRefused)
            assert error.code == "void"
    gate.close(20)
    assert sink == []


def test_edited_arguments_are_decided_again(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]
) -> None:
    """An edit beyond a bound is denied by the gate too."""
    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        hub.approve(hub.waiting(), '{"amount":900.0,"order_id":"A-1"}')
        error = agent.end().error
    gate.close(20)
    assert isinstance(error, CallRefused)
    assert "'<= 200'" in str(error)
    assert sink == []


def test_arguments_that_changed_while_a_person_looked_run_nothing(
    hub: Hublet, gate: Gate, opened: Opened, sink: list[Any]
) -> None:
    """The agent cannot swap what was approved: the bytes of then or none."""

    @gate.tool(cls="write")
    def refund(order_id: str, amount: float, notes: list[str]) -> None:
        sink.append(notes)

    notes = ["late parcel"]
    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", 150.0, notes)).start()
        one = hub.waiting()
        notes.append("and a bonus")
        hub.approve(one)
        assert isinstance(agent.end().error, ArgumentsError)
    gate.close(20)
    assert sink == []
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["failed"]


@pytest.mark.parametrize(
    ("code", "kind"), [("rejected", Rejected), ("timed_out", ApprovalTimedOut), ("void", CallRefused)]
)
def test_what_is_not_approved_does_not_run(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any], code: str, kind: type
) -> None:
    """Each end of an escalation is an error of its own; a reject brings who and why to the agent."""
    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        hub.refuse(hub.waiting(), code)
        error = agent.end().error
        assert type(error) is kind
        assert getattr(error, "code", "") == code
        if isinstance(error, Rejected):
            assert (error.by, error.reason) == ("ann", "not this one")
        assert refund("A-1", 50.0) == "paid"
    gate.close(20)
    assert sink == [("A-1", 50.0)]


def test_a_permit_without_an_approval_starts_nothing(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]
) -> None:
    """A hub that lets through what a person should decide is not believed; the permit goes back unused."""
    hub.unasked = True
    with opened(), pytest.raises(CallRefused, match="where a person is to decide"):
        refund("A-1", 150.0)
    gate.close(20)
    assert sink == []
    assert [frame.outcome for frame in hub.of(wire.Outcome)] == ["failed"]


def test_a_hub_that_wants_a_person_is_asked_for_one(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]
) -> None:
    """Where only the hub sees a reason to ask, the gate asks again with the exact arguments."""
    hub.granting = False
    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", 50.0)).start()
        hub.wait(lambda: hub.of(wire.AskPermit), "no request came")
        first = hub.of(wire.AskPermit)[0]
        hub.say(run.id, wire.Refused(req=first.req, code="ask", problem="the dial was turned"))
        hub.approve(hub.waiting())
        assert agent.end().result == "paid"
    gate.close(20)
    verdicts = [(ask.verdict, ask.exact is not None) for ask in hub.of(wire.AskPermit)]
    assert verdicts == [("allow", False), ("ask", True), ("allow", False)]


def test_a_caller_that_goes_away_withdraws_the_question(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """A contract's wait ends before a framework's own time-out: a typed error, and the hub is told."""

    @gate.tool(cls="write")
    def slow() -> None:
        raise AssertionError("it ran")

    with opened() as run:
        with pytest.raises(ApprovalTimedOut, match="no approval"):
            slow()
        hub.wait(lambda: hub.of(wire.Drop), "it was not withdrawn")
    gate.close(20)
    assert hub.waiting().state == "void"
    assert hub.of(wire.AskPermit)[0].wait_ms == 200
    assert told(hub.told(run.id), "deny")[0]["rule"] == "wait"


async def test_a_cancelled_caller_withdraws_the_question(hub: Hublet, gate: Gate, sink: list[Any]) -> None:
    """A task that is cancelled while a person looks leaves nothing in the inbox, and nothing runs later."""
    import asyncio

    @gate.tool(cls="write")
    async def refund(order_id: str, amount: float) -> None:
        sink.append(order_id)

    async with gate.run(agent="refunds", role="support-agent", goal="g"):
        task = asyncio.create_task(refund("A-1", 150.0))
        one = await asyncio.to_thread(hub.waiting)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.to_thread(hub.wait, lambda: hub.of(wire.Drop), "it was not withdrawn")
        await asyncio.to_thread(hub.approve, one)
    await asyncio.to_thread(gate.close, 20)
    assert sink == []
    assert len(hub.of(wire.AskPermit)) == 1


def test_a_kill_ends_the_wait(hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]) -> None:
    """Killed while a person looks: the call ends without them, and an approval that comes later runs nothing."""
    with pytest.raises(RunKilled), opened() as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        one = hub.waiting()
        hub.order("kill", run.id)
        assert isinstance(agent.end().error, interlock.KillSignal)
        hub.approve(one)
        refund("A-1", 1.0)
    gate.close(20)
    assert sink == []
    assert len(hub.of(wire.AskPermit)) == 1


def test_a_pause_holds_what_was_approved(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]
) -> None:
    """Approved in a pause, the call starts with the resume and not before, under a request of then."""
    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        one = hub.waiting()
        hub.hold(run.id)
        hub.approve(one)
        hub.wait(lambda: told(hub.told(run.id), "hold"), "it was not held")
        assert (sink, len(hub.of(wire.AskPermit))) == ([], 1)
        hub.order("resume", run.id)
        assert agent.end().result == "paid"


def test_waiting_goes_on_without_a_hub_and_is_asked_again_as_the_same(hub: Hublet, sink: list[Any]) -> None:
    """A call that waits outlives lease and connection; back, it asks under the same name, for the same escalation."""
    hub.lease_ms, hub.beat_ms = 300, 60
    with Proxy() as proxy:
        proxy.aim(hub.url)
        with interlock.connect(proxy.url, hub.token) as gate:

            @gate.tool(cls="write")
            def refund(order_id: str, amount: float) -> None:
                sink.append(order_id)

            with gate.run(agent="refunds", role="support-agent", goal="g") as run:
                agent = Agent(run, lambda: refund("A-1", 150.0)).start()
                one = hub.waiting()
                _until(lambda: any(ask.escalation for ask in run.link.requests.asks.values()))
                proxy.refuse()
                _until(lambda: run.link.lease_until < interlock.clock.boot())
                proxy.heal()
                hub.wait(lambda: len(hub.of(wire.AskPermit)) > 1, "it was not asked again")
                hub.approve(one)
                assert agent.end().error is None
    asks, permit = hub.of(wire.AskPermit)[:-1], hub.of(wire.AskPermit)[-1]
    assert len({(ask.req, ask.digest) for ask in asks if ask.escalation is None}) == 1
    assert permit.escalation == one.escalation
    assert sink == ["A-1"]


def test_a_question_that_never_reached_the_hub_is_no_wait(hub: Hublet, sink: list[Any]) -> None:
    """While the hub is away nobody can be asked, so the call is refused as any write, and never let through."""
    hub.lease_ms, hub.beat_ms = 1000, 100
    with Proxy() as proxy:
        proxy.aim(hub.url)
        with interlock.connect(proxy.url, hub.token) as gate:

            @gate.tool(cls="write")
            def refund(order_id: str, amount: float) -> None:
                sink.append(order_id)

            with gate.run(agent="refunds", role="support-agent", goal="g"):
                proxy.refuse()
                _until(lambda: not gate.connected)
                with pytest.raises(CallRefused, match="the hub is away"):
                    refund("A-1", 150.0)
                proxy.heal()
    assert sink == []


def test_another_policy_asks_anew_and_a_lower_dial_ends_the_wait(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]
) -> None:
    """An approval is for the policy it was asked under; a dial that is lowered reaches calls that wait."""
    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        first = hub.waiting()
        hub.rule(interlock.policy.load(_stricter()))
        second = hub.waiting(2)
        hub.wait(lambda: first.state == "void", "the first question stands")
        assert second.ask.policy != first.ask.policy
        hub.rule(interlock.policy.load(_stricter()), ({"role": "support-agent"}, "read-only"))
        error = agent.end().error
        assert isinstance(error, CallRefused)
        assert error.code == "policy"
        hub.wait(lambda: second.state == "void", "the second question stands")
    gate.close(20)
    assert sink == []


def test_an_approval_does_not_outlive_its_policy(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]
) -> None:
    """What was approved in a pause is asked anew where another policy holds when the pause ends."""
    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", 150.0)).start()
        one = hub.waiting()
        hub.hold(run.id)
        hub.approve(one)
        hub.wait(lambda: told(hub.told(run.id), "hold"), "it was not held")
        before = run.link.rules
        hub.rule(interlock.policy.load(_stricter()))
        _until(lambda: run.link.rules is not before)
        hub.order("resume", run.id)
        second = hub.waiting(2)
        assert sink == []
        hub.approve(second)
        assert agent.end().result == "paid"
    gate.close(20)
    assert [ask.escalation for ask in hub.of(wire.AskPermit)] == [None, None, second.escalation]


def test_a_dial_that_is_raised_does_not_decide_for_whoever_was_asked(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]
) -> None:
    """What waits for a person goes on waiting for one."""
    hub.rule(POLICY, ({"fleet": True}, "ask"))
    with opened() as run:
        agent = Agent(run, lambda: refund("A-1", 50.0)).start()
        one = hub.waiting()
        hub.rule(POLICY)
        seen = run.link.rules
        _until(lambda: run.link.rules is not seen or not run.link.rules.dials)
        time.sleep(0.3)
        assert (sink, one.state) == ([], "waiting")
        hub.approve(one)
        assert agent.end().result == "paid"


def test_too_much_for_a_person_to_look_at_is_refused(
    hub: Hublet, gate: Gate, opened: Opened, refund: Any, sink: list[Any]
) -> None:
    """Arguments that cannot be shown whole cannot be approved."""
    with opened(), pytest.raises(CallRefused, match="at most 65536 can be shown"):
        refund("A" * 70_000, 150.0)
    assert sink == []


def test_an_adapter_that_does_not_look_gets_no_edited_call(hub: Hublet, gate: Gate, opened: Opened) -> None:
    """Who runs a tool by itself and does not say that it heeds the call is refused where a person edited it."""
    edited = '{"amount":20.0,"order_id":"A-1"}'
    args = {"amount": 150.0, "order_id": "A-1"}
    with opened() as run:
        deaf = Agent(run, lambda: run.call("refund", "write", args)).start()
        hub.approve(hub.waiting(), edited)
        error = deaf.end().error
        assert isinstance(error, CallRefused)
        assert error.code == "edited"
        heeding = Agent(run, lambda: run.call("refund", "write", args, heeds=True)).start()
        hub.approve(hub.waiting(2), edited)
        call = heeding.end().result
        assert call.bound == {"amount": 20.0, "order_id": "A-1"}
        call.finished("paid")


def _stricter() -> str:
    return "version: 1\ntools: {refund: {class: write}}\nroles: {support-agent: {tools: {refund: ask}}}\n"


def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
