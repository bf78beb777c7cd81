"""A hub on a disk that is really full: stops act and say that they are not on disk, and no right is given."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from interlock import ids
from interlock.hub.record import verify
from interlock.hub.record.reserve import SIZE
from tests.hub.server.raw import RawGate, raw_gate
from tests.support.hubs import GUARD, HubProcess

RUNS = 200
LONG = "x" * 2000
"""With it one entry is longer than ROOM."""
ROOM = 6000
"""Bytes of the reserve that are left for what is tested: an entry about all RUNS is longer, one about a run is not."""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a small file system in memory."""
    mount = tmp_path / "disk"
    mount.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(mount)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("a small disk can only be mounted by root, so a full one is not shown here")
    try:
        yield mount
    finally:
        subprocess.run(["umount", "-l", str(mount)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room there is; return the file that has it."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(b"x" * 4096)
    return filler


def give(hub: HubProcess, verb: str, runs: list[str], reason: str = LONG) -> tuple[int, Any]:
    """Give an order; return status and answer."""
    return hub.ask("POST", "/v1/orders", {"verb": verb, "runs": runs, "reason": reason})


def use_up(hub: HubProcess, run: str) -> None:
    """Let entries about a paused run fill the ballast and the reserve, but for less than ROOM."""
    reserve = hub.data / "reserve"
    while SIZE - len(reserve.read_bytes().rstrip(b"\0")) > ROOM:
        assert give(hub, "pause", [run])[0] == 200


def commands(gate: RawGate, verb: str, runs: list[str]) -> None:
    """Wait until the gate was told of an order for all these runs, and of no resume on the way."""
    left = set(runs)
    while left:
        frame = gate.hear("order")
        assert frame["order"]["verb"] != "resume"
        if frame["order"]["verb"] == verb:
            left -= set(frame["runs"])


def ask(gate: RawGate, run: str) -> None:
    """Ask for a permit."""
    gate.say("permit", req="p", run=run, call="c1", tool="refund", cls="write", digest="0" * 64, args="{}")


def refusal(gate: RawGate, run: str) -> str:
    """Ask for a permit; return with which code it was refused."""
    ask(gate, run)
    return str(gate.hear("refused")["code"])


def until_recorded(hub: HubProcess) -> None:
    """Wait until nothing is unrecorded any more."""
    until = time.monotonic() + GUARD
    while hub.get("/v1/status")["unrecorded"]:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_on_a_full_disk_stops_act_unrecorded_and_no_right_is_given(small_disk: Path) -> None:
    """A resume is refused and never comes true, a kill acts, a permit is refused; with room again all is recorded."""
    runs = [ids.new_run() for _ in range(RUNS)]
    free = ids.new_run()
    with HubProcess(small_disk / "data") as hub, raw_gate(hub) as gate:
        assert {gate.open(run)["kind"] for run in (*runs, free)} == {"opened"}
        assert give(hub, "pause", runs, "look")[0] == 200
        commands(gate, "pause", runs)
        filler = fill(small_disk)
        use_up(hub, runs[0])

        status, answer = give(hub, "resume", runs)
        assert (status, answer["error"]["code"]) == (409, "unrecorded")
        commands(gate, "pause", runs)
        assert hub.get("/v1/status")["unrecorded"] > 0
        status, answer = give(hub, "resume", runs, "again")
        assert (status, answer["error"]["code"]) == (409, "unrecorded")
        assert refusal(gate, free) == "unrecorded"

        status, killed = give(hub, "kill", runs[:100], "runaway")
        assert status == 200
        assert all(receipt["unrecorded"] for receipt in killed["receipts"])
        commands(gate, "kill", runs[:100])
        status, again = give(hub, "kill", runs[:1], "me too")
        assert (status, again["receipts"][0]["order"]) == (200, killed["receipts"][0]["order"])

        filler.unlink()
        until_recorded(hub)
        order = killed["receipts"][0]["order"]
        seen = hub.get(f"/v1/orders/{order}?wait=recorded&timeout=20")["receipts"]
        assert not any(receipt["unrecorded"] for receipt in seen)
        ask(gate, runs[-1])
        assert refusal(gate, runs[0]) == "killed"
        assert not [frame for frame in gate.seen if "resume" in str(frame) or frame["kind"] == "granted"]
        hub.kill()
        assert verify(hub.data).ok
        hub.start()
        with raw_gate(hub, gate.gate) as back:
            states = [back.open(run, again=True)["state"] for run in (runs[0], runs[-1], free)]
        assert states == ["killed", "paused", "running"]
        assert give(hub, "resume", runs[-1:], "there is room")[0] == 200


def test_on_a_full_disk_a_standing_order_is_not_lifted(small_disk: Path) -> None:
    """Neither then nor once there is room: what registers later is held all along, also after a restart."""
    runs = [ids.new_run() for _ in range(RUNS)]
    with HubProcess(small_disk / "data") as hub, raw_gate(hub) as gate:
        assert {gate.open(run)["kind"] for run in runs} == {"opened"}
        body = {"verb": "pause", "scope": {"role": "support"}, "reason": "look"}
        order = hub.ask("POST", "/v1/orders", body)[1]["order"]
        commands(gate, "pause", runs)
        filler = fill(small_disk)
        use_up(hub, runs[0])
        lift = f"/v1/orders/{order}/lift", {"proof": order[-4:], "reason": LONG}
        for _ in range(2):
            status, answer = hub.ask("POST", *lift)
            assert (status, answer["error"]["code"]) == (409, "unrecorded")
        filler.unlink()
        until_recorded(hub)
        assert len(hub.get("/v1/status")["standing"]) == 1
        late = ids.new_run()
        assert gate.open(late)["state"] == "paused"
        assert not [frame for frame in gate.seen if "resume" in str(frame)]
        hub.kill()
        hub.start()
        standing = hub.get("/v1/status")["standing"]
        assert [(one["by"], one["scope"]) for one in standing] == [("hub", {"role": "support"})]
        with raw_gate(hub, gate.gate) as back:
            assert {back.open(run, again=True)["state"] for run in (runs[-1], late)} == {"paused"}
