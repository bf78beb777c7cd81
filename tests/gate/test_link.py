# ruff: noqa: PT012 - what is raised at the end of a block, past everything in it, is the point
"""The link under faults: nothing lost by a cut, nothing started in the dark, orders before everything."""

import threading
import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

import interlock
from interlock import CallRefused, Gate, Run, RunKilled, wire
from interlock.errors import HubUnavailable
from tests.support.hublet import GUARD, Hublet
from tests.support.proxy import Proxy


@pytest.fixture
def proxy(hub: Hublet, request: pytest.FixtureRequest) -> Iterator[Proxy]:
    """A proxy before the hub; its leases are as long as a test says, or as ever."""
    hub.lease_ms, hub.beat_ms = getattr(request, "param", wire.LEASE_MS), 100
    with Proxy(hub.url) as proxy:
        yield proxy


@pytest.fixture
def far(hub: Hublet, proxy: Proxy) -> Iterator[Gate]:
    """A gate that reaches the hub through the proxy."""
    with interlock.connect(proxy.url, hub.token) as gate:
        yield gate


def _run(gate: Gate) -> Run:
    return gate.run(agent="a", role="r", goal="g")


def test_every_event_arrives_once_whatever_is_cut(hub: Hublet, proxy: Proxy, far: Gate) -> None:
    """Through cuts and resets the hub gets each number once or again, never a gap, and in the end all."""

    @far.tool(cls="write")
    def refund(n: int) -> int:
        return n

    with _run(far) as run:
        for n in range(300):
            run.reasoning(f"thought {n} " + "x" * 200)
            if n % 50 == 20:
                assert refund(n) == n
            if n % 60 == 30:
                (proxy.cut if n % 120 == 30 else proxy.reset)()
    far.close(timeout=20)
    assert proxy.connections >= 3
    (line,) = hub.events.values()
    assert sorted(line) == list(range(1, len(line) + 1))
    thoughts = [event["text"].split()[1] for event in hub.told(run.id, "reasoning")]
    assert thoughts == [str(n) for n in range(300)]
    kept = {frame.permit for frame in hub.of(wire.Outcome) if frame.outcome == "done"}
    assert len(kept) == 6


@pytest.mark.parametrize("proxy", [1500], indirect=True, ids=["short"])
def test_in_the_dark_nothing_starts(
    hub: Hublet, proxy: Proxy, far: Gate, capsys: pytest.CaptureFixture[str]
) -> None:
    """Hub away for longer than the lease: write and danger are refused with a typed error, and so are reads."""
    effects: list[str] = []

    @far.tool(cls="write")
    def refund() -> None:
        effects.append("refund")

    @far.tool(cls="danger")
    def wipe() -> None:
        effects.append("wipe")

    @far.tool(cls="read")
    def look() -> None:
        effects.append("look")

    with _run(far) as run:
        proxy.hole()
        begun = time.monotonic()
        look()
        for step in (refund, wipe, look, refund):
            with pytest.raises(CallRefused, match="hub is away") as refused:
                step()
            assert refused.value.code == "hub_away"
        assert time.monotonic() - begun > 1.0
        with pytest.raises(CallRefused), run.model("m"):
            effects.append("model")
        assert effects == ["look"]
        assert far.refused_away == 5
        proxy.heal()
        proxy.cut()
        hub.wait(lambda: hub.connections >= 2, "the gate did not come back")
        _until(lambda: far.connected)
        refund()
    assert effects == ["look", "refund"]
    far.close(timeout=20)
    assert [event["outcome"] for event in hub.told(run.id, "tool.finished")] == ["done", "done"]
    denied = [event for event in hub.told(run.id, "gate.decided") if event["verdict"] == "deny"]
    assert {event["rule"] for event in denied} == {"permit", "lease"}
    assert "the hub is away" in capsys.readouterr().err


def _until(condition: object) -> None:
    deadline = time.monotonic() + GUARD
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_write_waits_for_a_hub_that_comes_back_in_time(hub: Hublet, proxy: Proxy, far: Gate) -> None:
    """A short cut is not seen by the agent: the request is made again on the new connection, and counts once."""
    effects: list[int] = []

    @far.tool(cls="write")
    def refund(n: int) -> None:
        effects.append(n)

    with _run(far) as run:
        hub.granting = False
        thread = threading.Thread(target=lambda: _in(run, refund))
        thread.start()
        hub.wait(lambda: hub.of(wire.AskPermit), "no request came")
        proxy.cut()
        hub.granting = True
        thread.join(20)
    assert effects == [1]
    asks = hub.of(wire.AskPermit)
    assert len(asks) >= 2
    assert all(a.req == b.req for a, b in pairwise(asks))


def _in(run: Run, refund: object) -> None:
    with run.attach():
        refund(1)  # type: ignore[operator]


def test_a_kill_given_while_the_gate_was_away_holds_when_it_is_back(
    hub: Hublet, proxy: Proxy, far: Gate
) -> None:
    """The order comes with ``opened``, is obeyed and answered; a resume that was missed is not missed for ever."""

    @far.tool(cls="read")
    def look() -> None:
        raise AssertionError("it ran")

    with _run(far) as held:
        hub.order("pause", held.id)
        _until(lambda: held.paused)
        proxy.refuse()
        _until(lambda: not far.connected)
        hub.order("resume", held.id)
        proxy.heal()
        _until(lambda: not held.paused)
    with pytest.raises(RunKilled), _run(far) as run:
        proxy.refuse()
        _until(lambda: not far.connected)
        order = hub.order("kill", run.id)
        proxy.heal()
        hub.wait(lambda: hub.answers(order), "the kill was not answered")
        look()


def test_a_kill_that_the_hub_forgot_is_told_to_it(hub: Hublet, proxy: Proxy, far: Gate) -> None:
    """A gate stays killed and names the order when it is back."""
    with pytest.raises(RunKilled), _run(far) as run:
        order = hub.order("kill", run.id)
        hub.wait(lambda: hub.answers(order), "the kill was not answered")
        hub.orders.clear()
        hub.known.clear()
        proxy.cut()
        hub.wait(lambda: len(hub.of(wire.Open)) == 2, "the run was not named again")
        again = hub.of(wire.Open)[-1]
        assert again.again
        assert [held.order.order for held in again.held] == [order]
        assert hub.orders[run.id].order == order


def test_an_outcome_is_repeated_until_it_is_kept(hub: Hublet, proxy: Proxy, far: Gate) -> None:
    """An outcome that was sent into a hole is sent again on the next connection."""
    inside, go = threading.Event(), threading.Event()

    @far.tool(cls="write")
    def refund() -> None:
        inside.set()
        assert go.wait(20)

    def agent() -> None:
        with _run(far):
            refund()

    thread = threading.Thread(target=agent)
    thread.start()
    assert inside.wait(20)
    proxy.hole()
    go.set()
    thread.join(20)
    proxy.heal()
    hub.wait(lambda: hub.of(wire.Outcome), "the outcome never came")
    far.close(timeout=20)
    assert {frame.outcome for frame in hub.of(wire.Outcome)} == {"done"}


def test_under_back_pressure_memory_is_bounded_and_orders_come_first(
    hub: Hublet, proxy: Proxy, far: Gate
) -> None:
    """A hub that stores nothing gets no more than the window; a kill is answered all the same; then all texts come."""
    hub.storing = False
    text = "thought " * 200
    with pytest.raises(RunKilled), _run(far) as run:
        for n in range(9000):
            run.reasoning(f"{n} {text}")
        order = hub.order("kill", run.id)
        hub.wait(lambda: hub.answers(order), "the kill was not answered")
        link = run.link
        _until(lambda: not link._items)
        (line,) = hub.events.values()
        sent = sum(len(str(event)) for event in list(line.values()))
        assert len(line) <= wire.WINDOW_EVENTS + 1
        assert sent <= wire.WINDOW_BYTES * 1.2
        assert link.outbox.bytes < 10 * 1024 * 1024
        hub.storing = True
        proxy.cut()
    far.close(timeout=30)
    texts = [hub.text(event["text"]) for event in hub.told(run.id, "reasoning")]
    assert texts == [f"{n} {text}" for n in range(9000)]
    assert far.shed == 0


def test_a_prompt_of_200_000_tokens_goes_through(hub: Hublet, far: Gate) -> None:
    """A long text is cut into pieces between characters, sent once, and is the same text at the hub."""
    prompt = "Der Käufer möchte 40 € zurück, 寿司 \x01\x02 😀. " * 20_000
    assert len(prompt) > 600_000
    with _run(far) as run:
        with run.model("m", prompt) as m:
            m.finished("\x01" * 70_000)
        run.context(prompt)
    far.close(timeout=30)
    assert hub.text(hub.told(run.id, "model.started")[0]["messages"]) == prompt
    assert hub.text(hub.told(run.id, "context.snapshot")[0]["messages"]) == prompt
    assert hub.text(hub.told(run.id, "model.finished")[0]["text"]) == "\x01" * 70_000


def test_no_hub_is_an_error_that_says_what_to_do(hub: Hublet, proxy: Proxy) -> None:
    """Connecting to nobody ends after its time with HubUnavailable, and starts no hub."""
    proxy.refuse()
    with pytest.raises(HubUnavailable, match="is 'interlock hub' running"):
        interlock.connect(proxy.url, hub.token, timeout=0.3)
