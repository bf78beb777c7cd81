# ruff: noqa: PT012 - what is raised at the end of a block, past everything in it, is the point
"""The long forms: a hub in the dark for a minute, an agent frozen for ten seconds, and faults in random order.

The oracle is a file that the tool itself writes, one line for each effect with the permit it had: whatever gate and
hub say, that is what happened.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import interlock
from interlock import CallRefused, Run
from interlock.errors import GateError, InterlockError, KillSignal
from tests.gate.test_process import Frozen
from tests.support.hublet import Hublet
from tests.support.hubs import HubProcess
from tests.support.proxy import Proxy

pytestmark = pytest.mark.rig

GUARD = 60.0


class Sink:
    """Where effects go: a file with one line for each, ``seconds permit``."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()

    def act(self, permit: str | None) -> None:
        """Have an effect."""
        with self.path.open("a", encoding="ascii") as file:
            file.write(f"{time.monotonic():.6f} {permit}\n")

    def effects(self) -> list[tuple[float, str]]:
        """Return what happened, in order."""
        lines = [line.split() for line in self.path.read_text(encoding="ascii").splitlines()]
        return [(float(at), permit) for at, permit in lines]


def _try(run: Run, sink: Sink) -> None:
    with run.call("act", "write", {}) as call:
        sink.act(call.permit_id)
        call.finished("done")


@pytest.mark.parametrize("seconds", [10, 60])
def test_nothing_happens_in_a_black_hole(tmp_path: Path, seconds: int) -> None:
    """With the hub swallowed for that long, effects end with the lease, and go on once it is back."""
    sink = Sink(tmp_path / "sink")
    with Proxy() as proxy, HubProcess(tmp_path / "hub", options=_host(proxy)) as hub:
        proxy.aim(hub.url)
        gate = interlock.connect(proxy.url, hub.agent_token)
        with gate.run(agent="a", role="r", goal="g") as run:
            _try(run, sink)
            proxy.hole()
            hole = time.monotonic()
            refused: set[str] = set()
            while time.monotonic() - hole < seconds:
                try:
                    _try(run, sink)
                except CallRefused as error:
                    refused.add(error.code)
                    time.sleep(0.01)
            proxy.heal()
            proxy.cut()
            _until(lambda: _works(run, sink))
        gate.close(timeout=GUARD)
        effects = sink.effects()
        assert refused == {"hub_away"}
        assert not [at for at, _ in effects if hole + 0.5 < at < hole + seconds]
        _each_effect_once_and_permitted(hub, run.id, effects)


def _works(run: Run, sink: Sink) -> bool:
    try:
        _try(run, sink)
    except CallRefused:
        return False
    return True


def _host(proxy: Proxy) -> tuple[str, str]:
    return "--host", proxy.url.removeprefix("http://")


def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _permits(hub: HubProcess) -> Counter[str]:
    """Return how often the record says of each permit that it was given."""
    found: Counter[str] = Counter()
    after: int | None = 0
    while after is not None:
        page = hub.get(f"/v1/audit?after={after}&limit=500")
        found.update(entry["body"]["permit"] for entry in page["entries"] if entry["kind"] == "permit")
        after = page["next"]
    return found


def _each_effect_once_and_permitted(hub: HubProcess, run: str, effects: list[tuple[float, str]]) -> None:
    permits = _permits(hub)
    acted = Counter(permit for _, permit in effects)
    assert acted
    assert set(acted.values()) == {1}
    assert {permits[permit] for permit in acted} == {1}


@pytest.mark.parametrize("cls", ["write", "read"])
def test_a_process_frozen_for_ten_seconds_starts_nothing_stale(hub: Hublet, tmp_path: Path, cls: str) -> None:
    """Stopped between check and start and killed meanwhile, it does nothing when it thaws: its lease is out, too."""
    agent = Frozen(hub, tmp_path / "sink", stops=1, cls=cls)
    agent.wait_stopped()
    order = hub.order("kill", agent.run)
    time.sleep(10)
    assert hub.answers(order) == []
    agent.thaw()
    assert agent.end() == "RunKilled"
    assert agent.effects() == 0


@pytest.mark.parametrize("seed", range(20))
def test_faults_in_random_order_leave_no_effect_without_a_permit(tmp_path: Path, seed: int) -> None:
    """Cuts, holes, delays, resets and dead hubs: no effect without an intent, none twice, none after confirmed."""
    rng = random.Random(seed)
    sink = Sink(tmp_path / "sink")
    with Proxy() as proxy, HubProcess(tmp_path / "hub", options=_host(proxy)) as hub:
        proxy.aim(hub.url)
        gate = interlock.connect(proxy.url, hub.agent_token)
        run = gate.run(agent="a", role="r", goal="g")
        agents = [threading.Thread(target=_agent, args=(run, sink)) for _ in range(3)]
        with pytest.raises(interlock.RunKilled), run:
            for agent in agents:
                agent.start()
            for _ in range(rng.randint(4, 8)):
                _fault(rng, proxy, hub)
                time.sleep(rng.uniform(0.0, 0.8))
            order = _kill(hub, run.id)
            for _ in range(rng.randint(0, 3)):
                _fault(rng, proxy, hub)
            proxy.heal()
            _until(lambda: _confirmed(hub, order))
            confirmed = time.monotonic()
            for agent in agents:
                agent.join(GUARD)
                assert not agent.is_alive()
        gate.close(timeout=GUARD)
        effects = sink.effects()
        _each_effect_once_and_permitted(hub, run.id, effects)
        assert [at for at, _ in effects if at > confirmed] == []


def _agent(run: Run, sink: Sink) -> None:
    while True:
        try:
            _try(run, sink)
        except (KillSignal, interlock.RunKilled):
            return
        except GateError:
            time.sleep(0.01)
        except InterlockError:
            return


def _fault(rng: random.Random, proxy: Proxy, hub: HubProcess) -> None:
    fault = rng.choice(["cut", "reset", "hole", "delay", "kill"])
    if fault == "kill":
        hub.kill()
        time.sleep(rng.uniform(0.0, 0.3))
        hub.start()
    elif fault == "delay":
        proxy.delay(rng.uniform(0.01, 0.4))
    else:
        getattr(proxy, fault)()
    time.sleep(rng.uniform(0.0, 1.0))
    proxy.heal()


def _kill(hub: HubProcess, run: str) -> str:
    status, said = hub.ask("POST", "/v1/orders", {"verb": "kill", "runs": [run], "reason": "a test says so"})
    assert status == 200, said
    return str(said["receipts"][0]["order"])


def _confirmed(hub: HubProcess, order: str) -> bool:
    receipt = hub.get(f"/v1/orders/{order}")["receipts"][0]
    return "confirmed" in [stage["stage"] for stage in receipt["stages"]]
