"""The linear console: lines and nothing else, never into a line being typed, and the same words as every screen."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import TextIO

import pytest

import interlock
from interlock.runs import RunState
from interlock.text import Untrusted
from interlock_console.linear.changes import Changes, about
from interlock_console.linear.keyboard import Keyboard, keyboard
from interlock_console.linear.voice import Voice
from tests.console.test_production import running
from tests.hostile.oracle import forbidden_in_lines
from tests.hostile.payloads import ACTING, PAYLOADS
from tests.support import forked
from tests.support.cases import each
from tests.support.hubs import GUARD, HubProcess, running_hub

_tries = count(1)


def linear(hub: HubProcess, *words: str) -> subprocess.Popen[bytes]:
    """Start the linear console with its input and output in pipes."""
    return forked.Popen(
        [sys.executable, "-P", "-m", "interlock_console.cli", "--linear", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | hub.environment() | {"TERM": "dumb"},
    )


def piped(hub: HubProcess, text: str, *words: str) -> str:
    """Return what it says to this input; not one byte of it may act on a terminal."""
    process = linear(hub, *words)
    out, _ = process.communicate(text.encode(), timeout=GUARD)
    assert process.returncode == 0, out
    assert forbidden_in_lines(out) == []
    return out.decode()


def _run(run: str, **given: object) -> RunState:
    state = RunState(run, agent=Untrusted("clerk"), role=Untrusted("support"), phase="running", gates=["g-1"])
    for name, value in given.items():
        setattr(state, name, value)
    return state


@pytest.mark.pure
def test_what_needs_somebody_is_said_once_and_the_rest_is_counted() -> None:
    """The first look says nothing; then a loop is a line, its end is a line, and what runs as it should is a number."""
    changes = Changes()
    runs = {f"r-{n:016x}": _run(f"r-{n:016x}") for n in range(3)}
    assert changes.of(runs, None) == []
    first = "r-" + "0" * 16
    runs[first] = _run(first, repeat=5)
    said = changes.of(runs, {first})
    assert said == [
        "r-000000 clerk: RUN. running, 0 calls in flight. LOOP 5. Needs: look, then pause or kill it"
    ]
    runs[first] = _run(first, repeat=6)
    assert changes.of(runs, {first}) == []
    runs[first] = _run(first)
    assert changes.of(runs, {first}) == [about(runs[first])]
    fresh = {f"r-{n:016x}": _run(f"r-{n:016x}") for n in range(10, 40)}
    assert changes.of(runs | fresh, fresh) == ["30 runs began"]
    lost = {run: _run(run, phase="lost", lost_why="silence") for run in fresh}
    said = changes.of(runs | lost, lost)
    assert len(said) == 9
    assert "and 22 more runs changed" in said[-1]


@pytest.mark.pure
@each(sorted(ACTING))
def test_a_line_about_a_run_is_visible_text(name: str) -> None:
    """With a payload in every field an agent controls, the line is one line and nothing in it acts."""
    said = Untrusted(PAYLOADS[name][:500])
    line = about(_run("r-" + "0" * 16, agent=said, phase="lost", lost_why=said.raw, said=said, goal=said))
    assert forbidden_in_lines(line.encode()) == []
    assert "\n" not in line


@pytest.mark.pure
def test_the_voice_writes_visible_lines() -> None:
    """Whatever it is given to say, what comes out is lines and nothing that acts."""
    out = io.StringIO()
    voice = Voice(out, Keyboard(0, None))
    for name in sorted(ACTING):
        voice.say(PAYLOADS[name])
        voice.notice(PAYLOADS[name])
        voice.entered(PAYLOADS[name])
    voice.flush()
    assert forbidden_in_lines(out.getvalue().encode("utf-8", "surrogatepass")) == []


@contextmanager
def desk() -> Iterator[tuple[int, Keyboard, TextIO]]:
    """A keyboard and its terminal; yields the other end of the line."""
    master, slave = pty.openpty()
    with os.fdopen(slave) as given, os.fdopen(os.dup(slave), "w") as out:
        try:
            with keyboard(given, out) as typed:
                yield master, typed, out
        finally:
            os.close(master)


def heard(master: int, end: bytes) -> bytes:
    """Return what was written, up to its end."""
    found = b""
    while not found.endswith(end):
        ready, _, _ = select.select([master], [], [], GUARD)
        assert ready, found
        found += os.read(master, 1000)
    return found


def test_nothing_is_written_into_a_line_that_is_being_typed() -> None:
    """A notice waits until the line is entered or erased; what is typed is echoed, arrows and controls are not."""
    with desk() as (master, typed, out):
        voice = Voice(out, typed)
        voice.prompt()
        os.write(master, b"ki\x1b[A")
        assert (typed.wait(5.0), typed.begun) == (None, True)
        voice.notice("something happened")
        voice.flush()
        assert heard(master, b"ki") == b"> ki"
        os.write(master, b"\x7f\x7f")
        assert (typed.wait(5.0), typed.begun) == (None, False)
        voice.flush()
        assert heard(master, b"happened\r\n").endswith(b"\x08 \x08\r\nsomething happened\r\n")
        os.write(master, "lést\x07\r".encode())
        assert typed.wait(5.0) == "lést"
        os.write(master, b"\x04")
        assert typed.wait(5.0) is None
        assert typed.ended


def test_a_run_is_found_read_paused_and_killed_by_word(hub: HubProcess, gate: interlock.Gate) -> None:
    """Kill freezes at once and asks; another word leaves the run paused, kill ends it, and the proof is said."""
    role = f"first{next(_tries)}"
    with running(gate, role, "second") as (first, second):
        said = piped(
            hub, f"find role:{role}\nshow 1\nopen {first}\nkill {first}\nno\nkill {second}\nkill\nhelp\nhm\n"
        )
        assert re.search("1 of [0-9]+ runs fit", said)
        assert f"run.started         clerk as {role}: answer" in said
        assert "type kill to kill clerk" in said
        assert f"pause of {first}: PAUSED, DRAINED" in said
        assert "not killed" in said
        assert f"kill of {second}: CONFIRMED STOPPED: no gated call in flight" in said
        assert "no command and no run 'hm'" in said
        state = hub.get(f"/v1/runs/{first}")["run"]
        assert (state["hold"], state["stop"]) == ("drained", "")


def test_a_read_only_one_sends_nothing(hub: HubProcess, gate: interlock.Gate) -> None:
    """Every acting word is answered with the reason, and the hub has heard nothing."""
    with running(gate, "looked-at") as (run,):
        said = piped(hub, f"pause {run}\nkill {run}\nkill\nresume {run}\n", "--read-only")
        assert said.count("nothing was sent: read-only: ") == 4
        assert said.count("start a console without --read-only") == 4
        assert hub.get(f"/v1/runs/{run}")["receipts"] == []


def test_a_hub_that_goes_away_is_said(gate: interlock.Gate) -> None:
    """With the link gone it says so by itself, and every list says that it is from before."""
    with running_hub() as hub, linear(hub) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(b"type help"):
                break
        hub.kill()
        said = b""
        for line in process.stdout:
            said = line
            if line.startswith(b"HUB AWAY"):
                break
        assert said.startswith(b"HUB AWAY: ")
        out, _ = process.communicate(b"list\n", timeout=GUARD)
        assert b"this is from before" in out


def test_a_dumb_terminal_is_told_of_the_lines(hub: HubProcess) -> None:
    """On TERM=dumb the console says to use --linear, and that draws nothing: no byte of it moves a cursor."""
    for words, keys in (((), b""), (("--linear",), b"list\nquit\n")):
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "interlock_console.cli", *words],
            stdin=slave,
            stdout=slave,
            stderr=subprocess.PIPE,
            env=os.environ | hub.environment() | {"TERM": "dumb"},
        )
        os.close(slave)
        os.write(master, keys)
        assert process.stderr is not None
        said = process.stderr.read()
        assert process.wait(GUARD) == (0 if words else 2)
        assert words or b"'interlock --linear' writes plain lines" in said
        shown = _all(master)
        assert b"\x1b" not in shown
        assert not words or b"> list" in shown
        process.stderr.close()


def _all(master: int) -> bytes:
    """Return everything that was written to a terminal whose other end is closed."""
    found = b""
    try:
        while data := os.read(master, 65_536):
            found += data
    except OSError:
        pass
    os.close(master)
    return found
