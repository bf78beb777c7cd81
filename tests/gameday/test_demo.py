"""The demo without a terminal: it kills, proves, approves, rejects, makes good, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import psutil
import pytest

from interlock.gameday.company import HOSTILE_NOTE
from tests.gameday.sandbox import GUARD, until

PLAYED = (
    "CONFIRMED STOPPED: no gated call in flight",
    "confirmed stopped: by the hub's receipt",
    "is paused and drained",
    "goes on",
    "unbroken",
    "deny  roles.claims-agent.tools.refund.args.amount  <= 200  got 320.0",
    "asked because roles.claims-agent.tools.refund.ask_when.amount > 100, and it is 148.0",
    "is rejected: no customer's address goes to a carrier",
    "input.screened      flag  guard.injection: poses  result of read_letter",
    "nothing happened outside",
    "its probe finds it in the ledger: done",
    "its agent's token was refused, and so was its owner",
    "the approved refund and the one that was found are made good",
    "each has an intent and an outcome, none is there twice",
)
"""What it says: the incident, then what a person decides, finds out and makes good."""

PATIENCE = 300
"""Seconds that it may take on a box that is busy with others. It is over in a tenth of that."""
ENDS = ("the ledger, which knows nothing of hubs, agrees with the record", "done")


def demo(folder: Path, *words: str) -> "subprocess.Popen[str]":
    """Start the demo with its folder inside this one."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "interlock.gameday", "--agents", "2", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=os.environ | {"TMPDIR": str(folder)},
        text=True,
    )


def begun_in(folder: Path) -> list[int]:
    """Return the processes whose command line names the folder, or a process started beside them by the demo."""
    found: list[int] = []
    for process in psutil.process_iter(["pid", "cmdline", "environ"]):
        told = [*(process.info["cmdline"] or ()), (process.info["environ"] or {}).get("TMPDIR", "")]
        if any(str(folder) in word for word in told):
            found.append(process.info["pid"])
    return found


@pytest.mark.timeout(PATIENCE + 2 * GUARD)
def test_the_incident_and_the_decisions_are_played_and_proved() -> None:
    """Exit 0, a receipt, decisions that the ledger agrees with, hostile text made visible, and nothing left behind."""
    with tempfile.TemporaryDirectory(prefix="demo-") as name:
        folder = Path(name)
        process = demo(folder, "--seconds", str(PATIENCE))
        out, _ = process.communicate(timeout=PATIENCE + GUARD)
        assert process.returncode == 0, out
        for said in PLAYED:
            assert said in out, said
        assert out.splitlines()[-2:] == ["demo: " + said for said in ENDS]
        assert not set(out) & (set(HOSTILE_NOTE) & set("\x1b\x07\u202e\u202c\x9b"))
        assert "\u241b]52" in out
        assert list(folder.iterdir()) == []
        until(
            lambda: not begun_in(folder), "the end of the last helper, which sees by itself that it is alone"
        )


def test_a_demo_that_is_told_to_end_takes_everything_with_it() -> None:
    """After SIGTERM no process of it is left, and its folder is gone."""
    with tempfile.TemporaryDirectory(prefix="demo-") as name:
        folder = Path(name)
        process = demo(folder)
        until(lambda: len(begun_in(folder)) > 6, "the processes")
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=GUARD)
        assert process.returncode == 128 + signal.SIGTERM
        until(
            lambda: not begun_in(folder), "the end of the last helper, which sees by itself that it is alone"
        )
        assert list(folder.iterdir()) == []


def test_a_demo_that_is_killed_takes_everything_with_it() -> None:
    """After SIGKILL, which lets it say nothing to anybody, hub, ledger and agents end by themselves."""
    with tempfile.TemporaryDirectory(prefix="demo-") as name:
        folder = Path(name)
        process = demo(folder)
        until(lambda: len(begun_in(folder)) > 6, "the processes")
        process.kill()
        process.communicate(timeout=GUARD)
        until(lambda: not begun_in(folder), "the end of everything the demo had started")
