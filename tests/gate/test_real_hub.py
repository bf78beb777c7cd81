# ruff: noqa: PT012 - what is raised at the end of a block, past everything in it, is the point
"""The gate against the real hub, a process of its own with its stores on disk."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import interlock
from interlock import Gate, RunKilled, canonical
from tests.support.hubs import HubProcess
from tests.support.proxy import Proxy

GUARD = 60.0


@pytest.fixture
def real(tmp_path: Path) -> Iterator[HubProcess]:
    """A hub with a data folder of this test."""
    with HubProcess(tmp_path / "hub") as hub:
        yield hub


@pytest.fixture
def real_gate(real: HubProcess) -> Iterator[Gate]:
    """A gate connected to it."""
    with interlock.connect(real.url, real.agent_token) as gate:
        yield gate


def _until(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + GUARD
    while not (found := condition()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def _order(hub: HubProcess, verb: str, run: str) -> str:
    status, said = hub.ask("POST", "/v1/orders", {"verb": verb, "runs": [run], "reason": "a test says so"})
    assert status == 200, said
    return str(said["receipts"][0]["order"])


def _stages(hub: HubProcess, order: str, stage: str, seconds: int = 20) -> dict[str, Any]:
    status, said = hub.ask("GET", f"/v1/orders/{order}?wait={stage}&timeout={seconds}")
    assert status == 200, said
    receipt: dict[str, Any] = said["receipts"][0]
    return receipt | {"reached": [reached["stage"] for reached in receipt["stages"]]}


def _events(hub: HubProcess, run: str) -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    after = 0
    while True:
        status, page = hub.ask("GET", f"/v1/runs/{run}/events?after={after}&limit=1000")
        assert status == 200, page
        if not page["items"]:
            return events
        events += [item["e"] for item in page["items"]]
        after = page["items"][-1]["n"]


def _told(hub: HubProcess, run: str, kind: str) -> list[dict[str, Any]]:
    return [envelope["event"] for envelope in _events(hub, run) if envelope["event"]["kind"] == kind]


def test_a_kill_is_confirmed_once_the_write_in_flight_has_returned(real: HubProcess, real_gate: Gate) -> None:
    """The receipt names what is in flight, waits for it, and then nothing of the run acts any more."""
    inside, go = threading.Event(), threading.Event()
    effects: list[float] = []

    @real_gate.tool(cls="write", timeout=0.1)
    def refund(order_id: str) -> str:
        inside.set()
        assert go.wait(GUARD)
        effects.append(time.monotonic())
        return order_id

    with pytest.raises(RunKilled), real_gate.run(agent="a", role="r", goal="g") as run:
        with pytest.raises(TimeoutError):
            refund("A-1009")
        assert inside.wait(GUARD)
        order = _order(real, "kill", run.id)
        early = _stages(real, order, "acknowledged")
        assert "confirmed" not in early["reached"]
        assert [flight["tool"] for flight in early["gates"][0]["in_flight"]] == ["refund"]
        go.set()
        receipt = _stages(real, order, "confirmed")
        assert "confirmed" in receipt["reached"]
        assert len(effects) == 1
        refund("A-1009")
    assert len(effects) == 1
    assert [(late["tool"], late["outcome"]) for late in receipt["late"]] == [("refund", "done")]
    real_gate.close(20)
    (proposed,) = _told(real, run.id, "tool.proposed")[:1]
    assert proposed["digest"] == canonical.digest("refund", '{"order_id":"A-1009"}')


def test_a_run_goes_on_over_a_hub_that_died_and_came_back(real: HubProcess, real_gate: Gate) -> None:
    """After SIGKILL of the hub each event is there once, in order, and pauses and kills still hold."""
    ran: list[int] = []

    @real_gate.tool(cls="write")
    def refund(n: int) -> None:
        ran.append(n)

    with pytest.raises(RunKilled), real_gate.run(agent="a", role="r", goal="g") as run:
        for n in range(2):
            for m in range(40):
                run.reasoning(f"{n}.{m}")
            refund(n)
            real.kill()
            run.reasoning(f"{n}.40")
            real.start()
            _until(lambda: real_gate.connected)
        order = _order(real, "kill", run.id)
        real.kill()
        real.start()
        _until(lambda: real_gate.connected)
        assert "confirmed" in _stages(real, order, "confirmed")["reached"]
        refund(9)
    real_gate.close(timeout=GUARD)
    assert ran == [0, 1]
    envelopes = [e for e in _events(real, run.id) if e["event"]["kind"] == "reasoning"]
    assert [e["event"]["text"] for e in envelopes] == [f"{n}.{m}" for n in range(2) for m in range(41)]
    assert [e["seq"] for e in envelopes] == sorted({e["seq"] for e in envelopes})


def test_a_gate_that_cannot_be_reached_is_presumed_and_never_confirmed(tmp_path: Path) -> None:
    """With the link cut the hub presumes; the gate starts nothing in the dark; back, it answers, and that confirms."""
    ran: list[str] = []
    with Proxy() as proxy, HubProcess(tmp_path / "hub", options=_reached_by(proxy)) as real:
        proxy.aim(real.url)
        gate = interlock.connect(proxy.url, real.agent_token)

        @gate.tool(cls="write")
        def refund() -> None:
            ran.append("refund")

        with pytest.raises(RunKilled), gate.run(agent="a", role="r", goal="g") as run:
            refund()
            proxy.hole()
            order = _order(real, "kill", run.id)
            with pytest.raises(interlock.CallRefused, match="hub is away"):
                refund()
            presumed = _stages(real, order, "presumed")
            assert "presumed" in presumed["reached"]
            assert "confirmed" not in presumed["reached"]
            proxy.heal()
            assert "confirmed" in _stages(real, order, "confirmed")["reached"]
            refund()
        assert ran == ["refund"]
        gate.close()


def _reached_by(proxy: Proxy) -> tuple[str, str]:
    return "--host", proxy.url.removeprefix("http://")


def test_a_long_prompt_and_its_secret(real: HubProcess, real_gate: Gate) -> None:
    """600 KB come back as the same text, but for the secret in it, which is nowhere in the hub's files."""
    secret = "gh" + "p_" + "Ab3dEf6hIj9lMn2pQr5tUv8xYz1bCd4fGh7j"
    prompt = "Der Käufer möchte 40 € zurück, 寿司 😀. " * 15_000
    with real_gate.run(agent="a", role="r", goal="g") as run, run.model("m", f"{secret} {prompt}") as m:
        m.finished("ok")
    real_gate.close(timeout=GUARD)
    body = _told(real, run.id, "model.started")[0]["messages"]
    status, said = real.ask("GET", f"/v1/bodies/{body['sha256']}")
    assert status == 200
    assert said["text"].endswith(prompt)
    assert said["text"].startswith("[secret:")
    real.stop()
    assert all(secret.encode() not in file.read_bytes() for file in real.data.iterdir() if file.is_file())


def test_a_pause_survives_the_hub_and_drains(real: HubProcess, real_gate: Gate) -> None:
    """Paused stays paused over a restart; drained is said once nothing is in flight; resume lets go."""
    ran: list[str] = []

    @real_gate.tool(cls="write")
    def refund() -> None:
        ran.append("refund")

    with real_gate.run(agent="a", role="r", goal="g") as run:
        pause = _order(real, "pause", run.id)
        assert "drained" in _stages(real, pause, "drained")["reached"]

        def agent() -> None:
            with run.attach():
                refund()

        thread = threading.Thread(target=agent)
        thread.start()
        real.kill()
        real.start()
        _until(lambda: real_gate.connected)
        assert run.paused
        assert ran == []
        resume = _order(real, "resume", run.id)
        thread.join(GUARD)
        assert ran == ["refund"]
        assert "acknowledged" in _stages(real, resume, "acknowledged")["reached"]
