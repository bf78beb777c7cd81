"""D12: a damaged database is refused, or the damage touched nothing."""

import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.errors import ChainBroken, StoreError
from interlock.hub.record import Record
from interlock.hub.trace import Trace
from tests.hub.store.entries import fact, fill, numbers


def _flip(path: Path, pick: random.Random) -> int:
    data = bytearray(path.read_bytes())
    at = pick.randrange(len(data))
    data[at] ^= 1 << pick.randrange(8)
    path.write_bytes(data)
    return at


def _flips(tmp_path: Path, count: int, seed: int) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    fill(whole, 120, batch=10)
    wanted, pick, refused = numbers(whole), random.Random(seed), 0
    for number in range(count):
        folder = tmp_path / f"flip-{number}"
        shutil.copytree(whole, folder)
        at = _flip(folder / "record.db", pick)
        try:
            found = numbers(folder)
        except StoreError:
            refused += 1
            continue
        assert found == wanted, f"a flipped bit at byte {at} was served (seed {seed})"
    assert refused > count // 2


def test_a_flipped_bit_is_never_served(tmp_path: Path) -> None:
    """With one bit of the file flipped anywhere, the record is refused or reads exactly as before."""
    _flips(tmp_path, 40, seed=3)


@pytest.mark.rig
def test_two_hundred_flipped_bits_are_never_served(tmp_path: Path) -> None:
    """The same at 200 places."""
    _flips(tmp_path, 200, seed=4)


def test_a_lost_write_ahead_log_is_noticed(tmp_path: Path) -> None:
    """When the log of a killed hub is gone, with entries in it, the start says which entry is missing."""
    fill(tmp_path, 3)
    writer = subprocess.Popen(
        [sys.executable, "-m", "tests.hub.store.entries", str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    for _ in range(5):
        writer.stdout.readline()
    writer.kill()
    writer.wait()
    writer.stdout.close()
    (tmp_path / "record.db-wal").unlink()
    with pytest.raises(ChainBroken) as caught:
        Record.open(tmp_path)
    assert caught.value.entry == 4


def test_an_older_copy_is_noticed(tmp_path: Path) -> None:
    """A copy of yesterday's database under today's checkpoints is refused."""
    fill(tmp_path, 5)
    old = (tmp_path / "record.db").read_bytes()
    fill(tmp_path, 5)
    (tmp_path / "record.db").write_bytes(old)
    with pytest.raises(ChainBroken) as caught:
        Record.open(tmp_path)
    assert caught.value.entry == 6


def test_a_torn_checkpoint_is_no_damage(tmp_path: Path) -> None:
    """A line of the checkpoints that a crash cut short is passed over, and the next one is whole."""
    fill(tmp_path, 5)
    with (tmp_path / "checkpoints.jsonl").open("a") as file:
        file.write('{"n": 5, "ha')
    fill(tmp_path, 1)
    assert len(numbers(tmp_path)) == 6


@pytest.mark.parametrize("name", ["record.db", "trace.db"])
def test_a_file_that_is_no_database_is_refused(tmp_path: Path, name: str) -> None:
    """Rubbish under the name of a database gets a sentence, not a fresh start."""
    (tmp_path / name).write_bytes(b"not a database at all, but long enough to be read as one" * 100)
    with pytest.raises(StoreError, match=name):
        (Record if name == "record.db" else Trace).open(tmp_path)


def test_only_one_expectation_wins(tmp_path: Path) -> None:
    """Compare-and-set: who expects an older last entry writes nothing."""
    record = Record.open(tmp_path)
    assert list(record.append([fact(0)], 0.0, expect=0)) == [1]
    with pytest.raises(StoreError, match="entry 0 was expected"):
        record.append([fact(1)], 0.0, expect=0)
    assert record.last == 1
    record.close()
