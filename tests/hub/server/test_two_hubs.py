"""Two hubs never both give permits on one store (invariant D11), however the second one gets to it."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from interlock import ids
from tests.hub.server.raw import RawGate, raw_gate
from tests.hub.server.test_folder import hub_command
from tests.support.hubs import HubProcess, running_hub


def permit(gate: RawGate, run: str, req: str) -> None:
    """Ask for a permit and get it."""
    gate.say("permit", req=req, run=run, call=req, tool="refund", cls="write", digest="0" * 64, args="{}")
    assert gate.hear("granted")["req"] == req


def permits(hub: HubProcess, run: str) -> int:
    """Return how many permits of a run are on record."""
    entries = hub.get("/v1/audit?limit=500")["entries"]
    return sum(entry["kind"] == "permit" and entry["run"] == run for entry in entries)


def _as_it_is(data: Path) -> Path:
    return data


def _by_a_link(data: Path) -> Path:
    link = data.with_name("link")
    link.unlink(missing_ok=True)
    link.symlink_to(data)
    return link


def _by_a_way_around(data: Path) -> Path:
    return data.parent / data.name / ".." / data.name


def _with_another_lock_file(data: Path) -> Path:
    (data / "lock").unlink(missing_ok=True)
    return data


def _with_a_copied_lock_file(data: Path) -> Path:
    copy, lock = data / "lock.copy", data / "lock"
    # The way before this one takes it away, and may have come no further.
    copy.write_bytes(lock.read_bytes() if lock.exists() else b"")
    copy.chmod(0o600)
    copy.replace(lock)
    return data


WAYS = (_as_it_is, _by_a_link, _by_a_way_around, _with_another_lock_file, _with_a_copied_lock_file)
FROZEN = (_as_it_is, _with_a_copied_lock_file)
"""What the suite tries on a hub that stands still, too; the rig tries all."""


@pytest.mark.parametrize(
    ("way", "frozen"),
    [
        pytest.param(
            way,
            frozen,
            id=f"{way.__name__.strip('_')}-{'frozen' if frozen else 'alive'}",
            marks=[pytest.mark.rig] if frozen and way not in FROZEN else [],
        )
        for way in WAYS
        for frozen in (False, True)
    ],
)
def test_a_second_hub_gets_no_store_that_a_first_one_has(
    hub: HubProcess, way: Callable[[Path], Path], frozen: bool
) -> None:
    """Whether the first one answers or stands still, the second ends with a sentence, and the first gives permits."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        permit(gate, run, "a")
        path = way(hub.data)
        if frozen:
            hub.freeze()
        try:
            second = hub_command(path)
        finally:
            hub.thaw()
        assert (second.returncode, "another hub is using the data folder" in second.stderr) == (2, True)
        permit(gate, run, "b")
        assert permits(hub, run) == 2
        assert hub.get("/v1/audit/verify")["ok"]


def test_the_next_hub_has_the_store_as_soon_as_the_first_is_dead() -> None:
    """Killed, frozen before or not: the lock went with the process, and what it recorded is there."""
    run = ids.new_run()
    with running_hub() as hub, raw_gate(hub) as gate:
        gate.open(run)
        permit(gate, run, "a")
        hub.freeze()
        hub.kill()
        with HubProcess(hub.data) as second:
            assert permits(second, run) == 1
            assert hub_command(hub.data).returncode == 2


def test_a_folder_that_was_moved_is_another_place_and_the_same_store() -> None:
    """The lock is the folder's own: it holds wherever its name went."""
    with running_hub() as hub:
        moved = hub.data.with_name("moved")
        os.rename(hub.data, moved)  # noqa: PTH104 - the hub keeps its own name of it
        assert hub_command(moved).returncode == 2
