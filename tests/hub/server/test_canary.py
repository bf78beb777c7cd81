"""The brake proves itself, on a real hub: whole proofs, what makes one fail, and that the canary harms nobody."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from http.client import HTTPConnection
from typing import Any

import psutil
import pytest

import interlock
from interlock.errors import HubError, RunKilled
from interlock.reserved import CANARY
from tests.support.hubs import GUARD, HubProcess, running_hub

Json = dict[str, Any]
OFTEN = ("--canary-every", "0.5")
FLEET: Json = {"verb": "kill", "scope": {"fleet": True}, "reason": "all of it"}


@pytest.fixture(scope="module")
def hub() -> Iterator[HubProcess]:
    """A hub that proves its brake twice a second, for tests that leave it alone."""
    with running_hub(options=OFTEN) as running:
        yield running


def wait(condition: Callable[[], Any], what: str) -> Any:
    """Return what the condition gives once it is true."""
    until = time.monotonic() + GUARD
    while not (found := condition()):
        assert time.monotonic() < until, what
        time.sleep(0.02)
    return found


def proven(hub: HubProcess, more_than: int = 0) -> Json:
    """Return the brake once a good verdict is the newest, of more than so many."""

    def good() -> Json | None:
        brake: Json = hub.get("/v1/status")["brake"]
        return brake if brake["ok"] is True and brake["count"] > more_than else None

    try:
        found: Json = wait(good, "no proof came")
    except AssertionError:
        raise AssertionError(f"no proof came: {hub.get('/v1/status')['brake']}") from None
    return found


def canary_of(hub: HubProcess) -> psutil.Process:
    """Return the canary's process."""

    def child() -> psutil.Process | None:
        return next(iter(psutil.Process(hub.pid).children()), None)

    found: psutil.Process = wait(child, "the hub has no canary")
    return found


def token(hub: HubProcess, name: str) -> str:
    """Return a token of the canary's, from its environment: there it is, and nowhere else."""
    environ = wait(lambda: canary_of(hub).environ() if canary_of(hub).is_running() else None, "no canary")
    return str(environ[name])


def stages(hub: HubProcess, order: str) -> dict[str, float]:
    """Return the stages of an order as the record has them, with their milliseconds."""
    found: dict[str, float] = {}
    after: int | None = 0
    while after is not None:
        page = hub.get(f"/v1/audit?after={after}&limit=500")
        for entry in page["entries"]:
            if entry["kind"] == "stage" and entry["order"] == order:
                found[entry["body"]["stage"]] = entry["body"]["ms"]
        after = page["next"]
    return found


def over(hub: HubProcess, verb: str, last: str) -> Json | None:
    """Return the newest stop by this verb to which nothing is added any more: the one of now is still under way."""
    stops: list[Json] = hub.get("/v1/brake")["stops"]
    done = (stop for stop in stops if stop["verb"] == verb and None not in (stop["closed"], stop["recorded"]))
    return next((stop for stop in done if stop[last] is not None), None)


def test_the_brake_is_proven_over_the_whole_path(hub: HubProcess) -> None:
    """A proof comes by itself; its times are the receipt's, stage by stage, and one is the canary's own."""
    brake = proven(hub, 1)
    assert brake["proven_at"] <= time.time()
    assert 0 < brake["p50"] <= brake["p99"]
    for verb, last in (("kill", "confirmed"), ("pause", "drained")):
        stop = wait(partial(over, hub, verb, last), f"no {verb} is {last}")
        assert stop["canary"]
        reached = stages(hub, stop["order"])
        assert {"pushed", "recorded", "acknowledged", last} <= reached.keys()
        assert {name: stop[name] for name in reached} == reached


def test_no_screen_counts_the_canary_among_the_fleet(hub: HubProcess) -> None:
    """Its runs are listed only to whoever asks for them, and its stops are not those of the fleet."""
    proven(hub)
    # Gates of other tests are gone in a moment.
    status = wait(lambda: _quiet(hub), "somebody is counted")
    assert status["stops"]["count"] == 0
    listed = hub.get("/v1/runs?limit=500")["runs"]
    assert status["runs"] == len(listed)
    assert CANARY not in {run["role"] for run in listed}
    assert CANARY in {run["role"] for run in hub.get("/v1/runs?canary=true")["runs"]}


def _quiet(hub: HubProcess) -> Json | None:
    status: Json = hub.get("/v1/status")
    return status if not status["gates"] else None


def test_the_canarys_own_orders_are_none_of_the_operators(hub: HubProcess) -> None:
    """A list of orders has what people ordered, not a proof a minute; an order that is asked for by name is told."""
    proven(hub)
    kept = hub.get("/v1/audit?after=0&limit=500")["entries"]
    its = {entry["order"] for entry in kept if entry["kind"] == "order" and entry["body"].get("by") == CANARY}
    assert its
    assert hub.get("/v1/orders?limit=100")["orders"] == []
    assert hub.get(f"/v1/orders/{min(its)}/summary")["by"] == CANARY


def test_nobody_hides_behind_the_canarys_name(hub: HubProcess) -> None:
    """An agent with the ordinary token is refused the reserved role, and goes on under its own."""
    with interlock.connect(hub.url, hub.agent_token) as gate:
        with pytest.raises(HubError, match="the hub's own"), gate.run(agent="x", role=CANARY, goal="hide"):
            pass
        with gate.run(agent="x", role="support", goal="work"):
            assert hub.get("/v1/status")["runs"] >= 1


def test_the_canarys_tokens_open_nothing_else(hub: HubProcess) -> None:
    """They lie on no disk; with the one no other run can be stopped or read, with the other none be opened."""
    operator, agent = (token(hub, name) for name in ("INTERLOCK_CANARY_OPERATOR", "INTERLOCK_AGENT_TOKEN"))
    with interlock.connect(hub.url, hub.agent_token) as gate, gate.run(agent="x", role="y", goal="z") as run:
        body = {"verb": "kill", "runs": [run.id], "reason": ""}
        answers = [
            _as(hub, operator, "POST", "/v1/orders", body),
            _as(hub, operator, "POST", "/v1/orders", FLEET),
            _as(hub, operator, "GET", "/v1/runs", None),
            _as(hub, operator, "GET", "/v1/audit", None),
            _as(hub, agent, "GET", "/v1/status", None),
        ]
        assert [answer["error"]["code"] for answer in answers] == ["role"] * 5
        assert not run.killed
    with (
        interlock.connect(hub.url, agent) as own,
        pytest.raises(HubError),
        own.run(agent="x", role="y", goal="z"),
    ):
        pass
    files = hub.files(lambda path: path.read_bytes() if path.is_file() else b"")
    assert not any(name.encode() in held for held in files.values() for name in (operator, agent))


def _as(hub: HubProcess, given: str, method: str, path: str, body: Json | None) -> Json:
    connection = HTTPConnection(hub.url.removeprefix("http://"), timeout=GUARD)
    sent = {"Authorization": f"Bearer {given}", "Content-Type": "application/json"}
    try:
        connection.request(method, path, None if body is None else json.dumps(body), sent)
        answer: Json = json.loads(connection.getresponse().read())
        return answer
    finally:
        connection.close()


def test_the_command_says_it_and_its_exit_code_too(hub: HubProcess) -> None:
    """``interlock brake`` ends with 0 at a proven brake, and with 1 at one that nothing proves."""
    proven(hub)
    code, said = _typed(hub)
    assert (code, said["brake"]["ok"], said["stops"][0]["canary"]) == (0, True, True)
    with running_hub() as other:
        code, said = _typed(other)
    assert (code, said["brake"]["ok"], said["stops"]) == (1, None, [])
    assert "--no-canary" in said["brake"]["problem"]


def _typed(hub: HubProcess) -> tuple[int, Json]:
    words = [sys.executable, "-P", "-m", "interlock_console.cli", "brake", "--json", "--limit", "3"]
    done = subprocess.run(words, env=os.environ | hub.environment(), capture_output=True, timeout=GUARD)
    return done.returncode, json.loads(done.stdout)


def test_a_fleet_kill_leaves_the_canary_proving() -> None:
    """While a kill of the whole fleet stands, ordinary runs are stopped and the brake goes on being proven."""
    with running_hub(options=OFTEN) as hub, interlock.connect(hub.url, hub.agent_token) as gate:
        assert _ended_by(gate, lambda: hub.ask("POST", "/v1/orders", FLEET)[0] == 200)
        assert _ended_by(gate, lambda: True)
        before = hub.get("/v1/status")["brake"]["count"]
        proven(hub, before + 2)


def _ended_by(gate: interlock.Gate, act: Callable[[], bool]) -> bool:
    """Return whether a run was killed after this was done within it."""
    try:
        with gate.run(agent="x", role="y", goal="z") as run:
            assert act()
            wait(lambda: run.killed, "a kill of the fleet did not reach a run")
    except RunKilled:
        return True
    return False


def test_a_canary_that_stands_still_makes_the_brake_stale() -> None:
    """Frozen, it proves nothing: the brake is not ok any more, the last proof keeps its time, and it mends itself."""
    with running_hub(options=OFTEN) as hub:
        proven(hub)
        child = canary_of(hub)
        os.kill(child.pid, signal.SIGSTOP)
        try:
            brake = wait(lambda: _stale(hub), "a frozen canary counts as a proof")
            assert hub.get("/v1/status")["brake"]["proven_at"] == brake["proven_at"]
            code, _ = _typed(hub)
            assert code == 1
        finally:
            # One that stands still does not see that its hub is gone.
            os.kill(child.pid, signal.SIGCONT)
        proven(hub, brake["count"])


def _stale(hub: HubProcess) -> Json | None:
    brake: Json = hub.get("/v1/status")["brake"]
    return brake if brake["ok"] is False and brake["problem"].startswith("no proof for ") else None


def test_a_canary_that_dies_is_said_and_started_again() -> None:
    """A canary killed from outside is no proof; the next one is another process, and it ends with its hub."""
    with running_hub(options=OFTEN) as hub:
        proven(hub)
        first = canary_of(hub)
        first.kill()
        wait(lambda: not first.is_running(), "it was not killed")
        second = wait(lambda: _other(hub, first.pid), "no other canary was started")
        proven(hub, hub.get("/v1/status")["brake"]["count"])
        hub.kill()
        wait(lambda: not second.is_running(), "the canary outlived a hub that was killed")
        hub.start()
        third = canary_of(hub)
        proven(hub)
        assert hub.stop() == 0
        assert not third.is_running()


def _other(hub: HubProcess, pid: int) -> psutil.Process | None:
    return next((child for child in psutil.Process(hub.pid).children() if child.pid != pid), None)
