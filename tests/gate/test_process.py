"""The gate in processes of their own: frozen between check and start, forked, ended without goodbye."""

import json
import os
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path
from typing import Any

import interlock
from interlock import CallRefused, Gate, wire
from interlock.errors import ConfigError
from tests.support.hublet import Hublet

GUARD = 60.0

FROZEN = """
import os, signal, sys, time

stops = int(sys.argv[1])
real, stopped_at = time.time, []
# The wall clock is set back by whoever stops this process: it says nothing of the time that passed.
time.time = lambda: stopped_at[0] if stopped_at else real()

import interlock
from interlock.errors import InterlockError

gate = interlock.connect()

@gate.tool(cls=sys.argv[2], name="refund")
def refund():
    with open(sys.argv[3], "a") as sink:
        sink.write("refund\\n")

def between(frame, event, _):
    global stops
    name, caller = frame.f_code.co_name, frame.f_back and frame.f_back.f_code.co_name
    # The check of a write, and what a read's fast path asks between its two looks at the clock.
    if event == "return" and stops and (name == "_fresh" or (name, caller) == ("glance", "gated")):
        stops -= 1
        stopped_at.append(real())
        os.kill(os.getpid(), signal.SIGSTOP)

try:
    with gate.run(agent="a", role="r", goal="g") as run:
        print(run.id, flush=True)
        sys.setprofile(between)
        try:
            refund()
        finally:
            sys.setprofile(None)
    said = "ran"
except InterlockError as error:
    said = type(error).__name__
gate.close()
print(said, flush=True)
"""


class Frozen:
    """An agent that stops itself between the check and the start of its one call, as often as it is told."""

    def __init__(self, hub: Hublet, sink: Path, *, stops: int, cls: str = "write") -> None:
        environ = os.environ | {"INTERLOCK_URL": hub.url, "INTERLOCK_AGENT_TOKEN": hub.token}
        self.sink = sink
        self._process = subprocess.Popen(
            [sys.executable, "-c", FROZEN, str(stops), cls, str(sink)],
            env=environ,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        self._out = self._process.stdout
        self.run = self._out.readline().strip()

    def wait_stopped(self) -> None:
        """Return once the process stands still."""
        deadline = time.monotonic() + GUARD
        while time.monotonic() < deadline:
            _, status = os.waitpid(self._process.pid, os.WUNTRACED | os.WNOHANG)
            if os.WIFSTOPPED(status) and status:
                return
            time.sleep(0.01)
        raise AssertionError("it did not stop")

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self._process.pid, signal.SIGCONT)

    def end(self) -> str:
        """Return what it said last."""
        said = self._out.read().strip()
        self._process.wait(GUARD)
        self._out.close()
        return said

    def effects(self) -> int:
        """Return how often the tool has acted."""
        return len(self.sink.read_text().splitlines()) if self.sink.exists() else 0


def test_a_process_frozen_between_check_and_start_asks_again(hub: Hublet, tmp_path: Path) -> None:
    """After 400 ms of standing still the call needs a fresh permit; it starts once, with that one."""
    agent = Frozen(hub, tmp_path / "sink", stops=1)
    agent.wait_stopped()
    time.sleep(0.4)
    assert agent.effects() == 0
    agent.thaw()
    assert agent.end() == "ran"
    assert agent.effects() == 1
    first, second = hub.of(wire.AskPermit)
    assert first.req != second.req
    assert first.call == second.call
    (started,) = hub.told(agent.run, "tool.started")
    assert [frame.permit for frame in hub.of(wire.Outcome)] == [started["permit"]]


def test_a_process_frozen_twice_gives_up(hub: Hublet, tmp_path: Path) -> None:
    """The second time nothing starts, and the error says that it is safe to repeat."""
    agent = Frozen(hub, tmp_path / "sink", stops=2)
    for _ in range(2):
        agent.wait_stopped()
        time.sleep(0.4)
        agent.thaw()
    assert agent.end() == "PermitExpired"
    assert agent.effects() == 0
    assert {frame.outcome for frame in hub.of(wire.Outcome)} == {"failed"}


def test_a_process_killed_while_frozen_starts_nothing_when_it_thaws(hub: Hublet, tmp_path: Path) -> None:
    """A kill that came while the process stood between check and start holds, whatever the wall clock says."""
    agent = Frozen(hub, tmp_path / "sink", stops=1)
    agent.wait_stopped()
    order = hub.order("kill", agent.run)
    time.sleep(0.4)
    assert hub.answers(order) == []
    agent.thaw()
    assert agent.end() == "RunKilled"
    assert agent.effects() == 0
    assert hub.answers(order)
    assert "tool.started" not in hub.kinds(agent.run)


def test_a_fork_takes_no_gate_along(hub: Hublet, gate: Gate) -> None:
    """In the child everything of the parent's gate refuses, and a connection of its own works."""

    @gate.tool(cls="read")
    def look() -> int:
        return 1

    with gate.run(agent="a", role="r", goal="g") as run:
        out, into = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore", DeprecationWarning
            )  # newer Pythons warn of threads; they are the point
            pid = os.fork()
        if pid == 0:  # pragma: no cover - the child's lines are not seen from here
            os.write(into, json.dumps(_child(hub, gate, look)).encode())
            os._exit(0)
        os.close(into)
        with os.fdopen(out) as pipe:
            said = json.loads(pipe.read())
        os.waitpid(pid, 0)
        assert look() == 1
    assert said["call"] == "forked"
    assert said["run"] == "ConfigError"
    assert said["again"] == 1
    gate.close(20)
    assert hub.told(said["child"], "run.started")[0]["parent"] == run.id


def _child(hub: Hublet, gate: Gate, look: Any) -> dict[str, Any]:
    said: dict[str, Any] = {}
    try:
        look()
    except CallRefused as error:
        said["call"] = error.code
    try:
        gate.run(agent="a", role="r", goal="g")
    except ConfigError as error:
        said["run"] = type(error).__name__
    again = interlock.connect(hub.url, hub.token)
    with again.run(agent="a", role="r", goal="child") as run:
        said["again"] = look()
        said["child"] = run.id
    again.close()
    return said


ENDING = """
import interlock
gate = interlock.connect()
run = gate.run(agent="a", role="r", goal="g").__enter__()
for n in range(500):
    run.reasoning(f"thought {n}")
print(run.id, flush=True)
"""


def test_a_process_that_just_ends_still_says_everything(hub: Hublet) -> None:
    """At exit the link sends what is left, ends the run without a claim and leaves it."""
    environ = os.environ | {"INTERLOCK_URL": hub.url, "INTERLOCK_AGENT_TOKEN": hub.token}
    done = subprocess.run(
        [sys.executable, "-c", ENDING], env=environ, capture_output=True, text=True, timeout=GUARD, check=True
    )
    run = done.stdout.strip()
    hub.wait(lambda: hub.of(wire.Leave), "it did not leave")
    assert len(hub.told(run, "reasoning")) == 500
    assert hub.told(run, "run.finished") == [{"kind": "run.finished", "claim": "ended"}]
    hello = hub.of(wire.Hello)[0]
    assert hello.pid > 0
    assert hello.started > 0
    assert done.stderr == ""
