"""D1: what was acknowledged survives a kill of the process and a cut of the power (K1 stands on it)."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.hub.failpoints import VARIABLE
from interlock.hub.record import Record, verify
from tests.hub.store.disks import Log, disk
from tests.hub.store.entries import fact, numbers

POINTS = ("before append", "record before commit", "record after commit")


def _cuts(tmp_path: Path, count: int, seed: int) -> None:
    log, acknowledged = Log(), list[tuple[int, int]]()
    whole = tmp_path / "whole"
    whole.mkdir()
    with disk(f"log{seed}", log) as name:
        record = Record(whole, vfs=name)
        for number in range(60):
            record.append([fact(number, size=2000)], 1_795_000_000.0)
            acknowledged.append((len(log.ops), number + 1))
        record.close()
    lose = random.Random(seed)
    for cut in sorted(lose.sample(range(acknowledged[0][0], len(log.ops) + 1), count)):
        folder = tmp_path / f"cut-{cut}"
        folder.mkdir()
        log.cut(cut, folder, lose)
        promised = max((n for at, n in acknowledged if at <= cut), default=0)
        found = numbers(folder)
        assert len(found) >= promised, f"cut before operation {cut} lost acknowledged entries (seed {seed})"
        assert found == list(range(len(found)))
        assert verify(folder).ok


def test_acknowledged_entries_survive_a_power_cut(tmp_path: Path) -> None:
    """Wherever the power is cut, and whatever unsynced writes are lost, every acknowledged entry is there."""
    _cuts(tmp_path, 40, seed=1)


@pytest.mark.rig
def test_acknowledged_entries_survive_four_hundred_power_cuts(tmp_path: Path) -> None:
    """The same at 400 places of four different losses."""
    for seed in range(2, 6):
        (tmp_path / str(seed)).mkdir()
        _cuts(tmp_path / str(seed), 100, seed=seed)


def _killed_at(folder: Path, point: str, times: int) -> None:
    environ = {**os.environ, VARIABLE: f"{point}@{times}"}
    before = numbers(folder)
    done = subprocess.run(
        [sys.executable, "-m", "tests.hub.store.entries", str(folder)],
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    promised = [int(line) for line in done.stdout.split()]
    found = numbers(folder)
    assert found == list(range(len(found)))
    assert set(before) | set(promised) <= set(found)
    assert len(found) <= len(before) + len(promised) + 1


@pytest.mark.parametrize("point", POINTS)
def test_acknowledged_entries_survive_a_kill(tmp_path: Path, point: str) -> None:
    """A writer killed at any place of an append leaves all it acknowledged, and at most one entry more."""
    for times in (1, 7):
        _killed_at(tmp_path, point, times)


@pytest.mark.rig
@pytest.mark.timeout(900)
def test_acknowledged_entries_survive_three_hundred_kills(tmp_path: Path) -> None:
    """The same a hundred times at each place."""
    pick = random.Random(7)
    for _ in range(100):
        for point in POINTS:
            _killed_at(tmp_path, point, pick.randrange(1, 40))
