"""A start of the hub: both stores are taken in before the first connection, and nothing is told twice."""

from pathlib import Path
from typing import Any

from interlock import ids
from interlock.events import RunLost
from interlock.hub.core.core import Core
from interlock.hub.core.effects import Moment, Tell
from interlock.hub.server.recovered import recovered
from interlock.hub.server.store import Store
from interlock.redact import Redactor
from tests.hub.server.raw import raw_gate
from tests.support.hubs import HubProcess, running_hub

NOW = Moment(1000.0, 1_795_000_000.0)


def kinds(hub: HubProcess, run: str) -> list[str]:
    """Return the kinds of a run's events, in order."""
    return [item["e"]["event"]["kind"] for item in hub.get(f"/v1/runs/{run}/events")["items"]]


def first_event(run: str) -> dict[str, Any]:
    """Return the envelope a run begins with."""
    event = {"kind": "run.started", "agent": "refunds", "role": "support", "goal": "refund A-1009"}
    return {
        "v": 1,
        "run": run,
        "seq": 1,
        "at": 1.0,
        "trace": ids.new_trace(),
        "span": "ab" * 8,
        "event": event,
    }


def test_a_run_that_only_the_trace_has_does_not_stay_running(tmp_path: Path) -> None:
    """The hub died before the run was on record: at the next start the trace is told that it is lost, once."""
    run = ids.new_run()
    with Store(tmp_path, Redactor("ab" * 32)) as store:
        store.write([(run, "g-1", first_event(run))], [])
        told = [effect for effect in recovered(Core(boot=""), store, NOW) if isinstance(effect, Tell)]
        assert [(tell.run, type(tell.event)) for tell in told] == [(run, RunLost)]
        store.write([(tell.run, "", (tell.trace, NOW.wall, tell.event)) for tell in told], [])
        assert not [effect for effect in recovered(Core(boot=""), store, NOW) if isinstance(effect, Tell)]


def test_a_run_is_told_lost_once_however_often_the_hub_starts() -> None:
    """Two deaths of the hub while an agent is away leave one loss in its trace."""
    run = ids.new_run()
    with running_hub() as hub:
        with raw_gate(hub) as gate:
            gate.open(run)
            hub.kill()
        for _ in range(2):
            hub.start()
            assert hub.get(f"/v1/runs/{run}")["run"]["phase"] == "lost"
            assert kinds(hub, run).count("run.lost") == 1
            hub.kill()


def test_a_kill_is_told_in_order_when_the_trace_lost_all_of_it(tmp_path: Path) -> None:
    """A trace from before the kill is told that it was issued and then that it is on disk, each once."""
    run = ids.new_run()
    data = tmp_path / "data"
    with HubProcess(data) as hub, raw_gate(hub) as gate:
        gate.open(run)
        gate.events(run, 2, {"kind": "reasoning", "text": "before"})
        gate.stored(run, 2)
        hub.stop()
        before = {path.name: path.read_bytes() for path in data.glob("trace.db*")}
        hub.start()
        assert hub.ask("POST", "/v1/orders", {"verb": "kill", "runs": [run], "reason": "x"})[0] == 200
        hub.kill()
        for path in data.glob("trace.db*"):
            path.unlink()
        for name, content in before.items():
            (data / name).write_bytes(content)
        hub.start()
        told = kinds(hub, run)
        assert [told.count(kind) for kind in ("order.issued", "order.recorded")] == [1, 1]
        assert told.index("order.issued") < told.index("order.recorded")
        assert hub.get(f"/v1/runs/{run}")["run"]["stop"] == "recorded"
