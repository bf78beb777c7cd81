"""Effects made good for real: a hub, a host's process and a ledger, whose own file says what happened."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

import interlock
from interlock.errors import CallTimedOut
from interlock.gameday.agent import redress
from interlock.gameday.agent.desk import Desk, known
from interlock.gameday.proof import read_effects
from tests.gameday.sandbox import GUARD, Sandbox, sandbox, until
from tests.support import forked

Json = dict[str, Any]

POLICY = """\
version: 1
tools:
  refund:
    class: write
    compensate: {tool: cancel_refund, args: {refund_id: "result.refund_id"}}
    probe: {tool: find_refund, args: {key: permit}}
  cancel_refund: {class: write}
  find_refund: {class: read}
  slow_cancel: {class: write}
  stuck: {class: write, compensate: {tool: slow_cancel, args: {order: "args.order"}}}
  send_email: {class: danger, compensate: none}
roles:
  support-agent: {autonomy: auto, tools: {refund: allow, send_email: allow, stuck: allow}}
  back-office: {autonomy: auto, tools: {cancel_refund: allow, find_refund: allow, slow_cancel: allow}}
"""


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A hub with a policy that says what makes refunds good, and a ledger."""
    with sandbox(tmp_path_factory.mktemp("good")) as made:
        status, answer = made.hub.ask("POST", "/v1/policy", {"source": POLICY, "reason": "a test"})
        assert status == 200, answer
        yield made


@pytest.fixture
def gate(box: Sandbox) -> Iterator[interlock.Gate]:
    """The gate of an agent in this process. What it offered ends with the test."""
    if not box.hub.running:
        box.hub.start()
    made = interlock.connect(box.hub.url, box.hub.agent_token)
    yield made
    # A refund may be in the air still, and stays there.
    made.close(0.1)


@pytest.fixture
def slow(box: Sandbox) -> Iterator[Callable[[str, float, float], None]]:
    """Let refunds of an order act, and then answer, so late; afterwards at once again."""
    orders: list[str] = []

    def held_up(order: str, acts_after: float, answers_after: float) -> None:
        orders.append(order)
        box.till.slow(order, acts_after, answers_after)

    yield held_up
    for order in orders:
        box.till.slow(order, 0.0, 0.0)


@contextmanager
def office(box: Sandbox) -> Generator[int]:
    """Run the back office in a process of its own, and give its pid."""
    environ = {**os.environ, **box.till.environment(), **box.hub.environment()}
    command = [sys.executable, "-P", "-m", "interlock.gameday.agent", "office"]
    process = forked.Popen(command, stdin=subprocess.DEVNULL, env=environ)
    try:
        yield process.pid
    finally:
        process.kill()
        process.wait(GUARD)


def proposed(box: Sandbox, run: str) -> Json:
    """Return the plan of a run's effects."""
    status, answer = box.hub.ask("POST", "/v1/compensations/plan", {"run": run})
    assert status == 200, answer
    return dict(answer)


def settled(box: Sandbox, run: str) -> Json:
    """Return the plan of a run's effects once the hub has heard how all of them ended, and what they returned."""

    def look() -> Json | None:
        plan = proposed(box, run)
        coming = [s for s in plan["steps"] if s["outcome"] == "none" or "not here yet" in s["cannot"]]
        return None if coming else plan

    found = until(look, "the outcomes")
    assert found is not None
    return found


def begin(box: Sandbox, plan: Json) -> tuple[int, Json]:
    """Begin with a plan as a person does who read it."""
    body = {
        "permits": [step["permit"] for step in plan["steps"]],
        "digest": plan["digest"],
        "proof": plan["proof"],
    }
    status, answer = box.hub.ask("POST", "/v1/compensations", {**body, "reason": "refunded by mistake"})
    return status, dict(answer)


def ended(box: Sandbox, name: str) -> Json:
    """Wait until a plan has ended, and return it."""

    def look() -> Json | None:
        made: Json = box.hub.get(f"/v1/compensations/{name}")
        return None if made["state"] in ("running", "waiting") else made

    found = until(look, f"the end of plan {name}")
    assert found is not None
    return found


def cancels(box: Sandbox, *orders: str) -> list[Json]:
    """Return what the ledger's file holds of cancelled refunds of these orders."""
    return [
        effect
        for effect in read_effects(box.folder / "ledger" / "effects.jsonl")
        if effect["kind"] == "cancel" and effect["order"] in orders
    ]


def test_a_refund_is_cancelled_once_and_a_mail_is_not_undone(box: Sandbox, gate: interlock.Gate) -> None:
    """The plan waits for a host, cancels the refund under the permit's key, says what it cannot, and is done once."""
    desk, before = Desk(gate, box.till), len(cancels(box, "A-1006"))
    with gate.run(agent="support", role="support-agent", goal="refund A-1006") as run:
        refund = desk.refund("A-1006", 31.0)
        desk.send_email("A-1006", "p.novak@example.com", "refunded")
    until(lambda: not settled(box, run.id)["steps"][1]["compensation"]["hosts"], "the end of earlier hosts")
    plan = settled(box, run.id)
    assert [step["state"] for step in plan["steps"]] == ["cannot be undone", "ready"]
    assert plan["steps"][1]["compensation"]["args"] == f'{{"refund_id":"{refund["refund_id"]}"}}'
    status, made = begin(box, plan)
    assert (status, made["state"]) == (200, "waiting")
    assert (
        made["why"] == "no process offers cancel_refund in a role that may call it; start one with gate.serve"
    )
    assert len(cancels(box, "A-1006")) == before
    with office(box):
        receipts = [step["receipt"] for step in ended(box, made["plan"])["steps"]]
    assert [receipt["state"] for receipt in receipts] == ["skipped", "done"]
    effects = cancels(box, "A-1006")[before:]
    assert [effect["known_as"] for effect in effects] == [f"c-{plan['steps'][1]['permit']}"]
    assert [(effect["run"], effect["permit"]) for effect in effects] == [
        (receipts[1]["run"], receipts[1]["permit"])
    ]
    assert proposed(box, run.id)["steps"][1]["state"] == "done"
    status, again = begin(box, proposed(box, run.id))
    assert (status, again["error"]["code"]) == (409, "nothing")


def test_a_payment_that_ran_out_of_time_is_found_by_its_key(
    box: Sandbox, gate: interlock.Gate, slow: Callable[[str, float, float], None]
) -> None:
    """It is in the inbox and blocks the plan; the probe finds it, and then it can be made good."""
    order = "A-1008"
    slow(order, 0.0, GUARD)

    @gate.tool(cls="write", timeout=0.2)
    def refund(order_id: str, amount: float) -> Json:
        return box.till.refund(order_id, amount, **known()._asdict())

    with (
        gate.run(agent="support", role="support-agent", goal=f"refund {order}") as run,
        pytest.raises(CallTimedOut),
    ):
        refund(order, 27.5)
    assert settled(box, run.id)["steps"][0]["state"] == "unknown first"
    row = until(lambda: inbox(box, run.id), "the unknown refund")[0]
    assert (row["tool"], row["probe"]["tool"]) == ("refund", "find_refund")
    assert row["probe"]["args"] == f'{{"key":"{row["permit"]}"}}'
    assert box.hub.get("/v1/status")["unknowns"] == len(inbox(box))
    until(lambda: not inbox(box, run.id)[0]["probe"]["hosts"], "the end of earlier hosts")
    path = f"/v1/unknowns/{row['permit']}/probe"
    status, refused = box.hub.ask("POST", path, {})
    assert (status, refused["error"]["code"]) == (409, "no_host")
    with office(box):
        until(lambda: inbox(box, run.id)[0]["probe"]["hosts"], "the host")
        status, found = box.hub.ask("POST", path, {})
    assert status == 200, found
    assert found["unknown"] is None
    assert (found["reconciled"]["outcome"], found["reconciled"]["how"]) == ("done", "probe")
    assert inbox(box, run.id) == []


def inbox(box: Sandbox, run: str = "") -> list[Json]:
    """Return what is unknown, of one run or at all."""
    return [each for each in box.hub.get("/v1/unknowns")["unknowns"] if run in ("", each["run"])]


@pytest.fixture
def go_on(gate: interlock.Gate) -> Iterator[threading.Event]:
    """Return what a tool of this gate may wait for: it comes at the latest when the test is over."""
    event = threading.Event()
    yield event
    event.set()


def test_a_hub_killed_in_the_middle_asks_again_and_nothing_happens_twice(
    box: Sandbox, gate: interlock.Gate, go_on: threading.Event
) -> None:
    """The same job is asked for again after the restart, the host answers from memory, and the effect is one."""
    inside, acted = threading.Event(), list[str]()

    @gate.tool(cls="write")
    def stuck(order: str) -> Json:
        return {"order": order}

    @gate.tool(cls="write")
    def slow_cancel(order: str) -> Json:
        call = interlock.current_call()
        assert call is not None
        acted.append(f"{order} {call.idempotency_key}")
        inside.set()
        assert go_on.wait(GUARD)
        return {"cancelled": order}

    with gate.run(agent="support", role="support-agent", goal="stuck") as run:
        stuck("A-1009")
    gate.serve(agent="back-office", role="back-office", tools=[slow_cancel])
    plan = settled(box, run.id)
    status, made = begin(box, plan)
    assert status == 200, made
    assert inside.wait(GUARD)
    until(lambda: receipt(box, made["plan"])["state"] == "doing", "the run of the job")
    before = receipt(box, made["plan"])
    box.hub.kill()
    box.hub.start()
    until(lambda: gate.connected, "the gate's return")
    assert receipt(box, made["plan"])["job"] == before["job"]
    go_on.set()
    after = ended(box, made["plan"])["steps"][0]["receipt"]
    assert (after["state"], after["job"], after["run"]) == ("done", before["job"], before["run"])
    assert acted == [f"A-1009 c-{plan['steps'][0]['permit']}"]


def receipt(box: Sandbox, name: str) -> Json:
    """Return the receipt of a plan's first step."""
    return dict(box.hub.get(f"/v1/compensations/{name}")["steps"][0]["receipt"])


def test_a_host_killed_in_the_middle_leaves_an_unknown(
    box: Sandbox, gate: interlock.Gate, slow: Callable[[str, float, float], None]
) -> None:
    """Its permit is in the inbox, the plan ends as unknown, and a mark with a reason settles both."""
    with gate.run(agent="support", role="support-agent", goal="refund A-1014") as run:
        Desk(gate, box.till).refund("A-1002", 35.5)
    plan = settled(box, run.id)
    with office(box) as pid:
        until(lambda: proposed(box, run.id)["steps"][0]["compensation"]["hosts"], "the host")
        slow("A-1002", GUARD, 0.0)
        status, made = begin(box, plan)
        assert status == 200, made
        until(lambda: begun(box, receipt(box, made["plan"])), "its call")
        os.kill(pid, signal.SIGKILL)
    found = ended(box, made["plan"])
    own = found["steps"][0]["receipt"]["permit"]
    assert found["state"] == "unknown"
    unknown = [(each["permit"], each["tool"]) for each in inbox(box) if each["compensates"] == made["plan"]]
    assert unknown == [(own, "cancel_refund")]
    assert proposed(box, run.id)["steps"][0]["state"] == "unknown first"
    body = {"outcome": "failed", "reason": "the ledger shows no cancellation"}
    status, marked = box.hub.ask("POST", f"/v1/unknowns/{own}/mark", body)
    assert (status, marked["reconciled"]["how"]) == (200, "person")
    until(lambda: receipt(box, made["plan"])["state"] == "failed", "the step's end")
    assert proposed(box, run.id)["steps"][0]["state"] == "failed"


def begun(box: Sandbox, step: Json) -> bool:
    """Return whether the call of a step runs: a permit in its receipt may be on its way, and void if its host dies."""
    if not step["permit"]:
        return False
    events = [item["e"]["event"] for item in box.hub.get(f"/v1/runs/{step['run']}/events")["items"]]
    return any(event["kind"] == "tool.started" and event.get("permit") == step["permit"] for event in events)


@pytest.fixture
def push(box: Sandbox) -> Iterator[Callable[[str], None]]:
    """Push a policy, and afterwards the one that every test finds."""

    def pushed(source: str) -> None:
        status, answer = box.hub.ask("POST", "/v1/policy", {"source": source, "reason": "a test"})
        assert status == 200, answer

    yield pushed
    pushed(POLICY)


def test_policy_and_approval_hold_for_what_makes_good(
    box: Sandbox, gate: interlock.Gate, push: Callable[[str], None]
) -> None:
    """A host whose role asks waits for a person, and one in shadow makes nothing good and is not believed."""
    gate.serve(agent="back-office", role="back-office", tools=redress.tools(gate, box.till))
    before, made = len(cancels(box, "A-1011", "A-1012")), dict[str, Json]()
    for level, order in (("ask", "A-1011"), ("shadow", "A-1012")):
        source = POLICY.replace("back-office: {autonomy: auto", f"back-office: {{autonomy: {level}")
        push(source)
        with gate.run(agent="support", role="support-agent", goal=order) as run:
            Desk(gate, box.till).refund(order, 16.5)
        status, made[level] = begin(box, settled(box, run.id))
        assert status == 200, made[level]
        if level == "ask":
            waits = until(partial(questions, box, made[level]["plan"]), "the question")[0]
            assert (waits["tool"], receipt(box, made[level]["plan"])["state"]) == ("cancel_refund", "doing")
            assert len(cancels(box, "A-1011", "A-1012")) == before
            box.hub.ask(
                "POST", f"/v1/escalations/{waits['id']}/approve", {"digest": waits["digest"], "reason": "yes"}
            )
        made[level] = ended(box, made[level]["plan"])
    assert [made[level]["state"] for level in made] == ["done", "failed"]
    assert "no permit of that run was used" in made["shadow"]["why"]
    assert len(cancels(box, "A-1011", "A-1012")) == before + 1


def questions(box: Sandbox, plan: str) -> list[Json]:
    """Return what a person is asked about the first step of a plan."""
    waiting = box.hub.get("/v1/escalations")["escalations"]
    return [one for one in waiting if one["run"] == receipt(box, plan)["run"]]
