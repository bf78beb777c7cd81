"""A full disk does not stop the brake: the ballast goes first, then the reserve takes the entries."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import pytest

from interlock.errors import StoreError
from interlock.hub.core.effects import Fact
from interlock.hub.failpoints import VARIABLE
from interlock.hub.record import Record, verify
from tests.hub.store.disks import Op, disk
from tests.hub.store.entries import fact, numbers

AT = 1_795_000_000.0


class Tight:
    """A disk that refuses to write to the log while ``full``; ``spare`` is how many files it takes to relieve it."""

    def __init__(self, folder: Path, *, relieved: bool = False) -> None:
        """With ``relieved``, freeing the ballast makes enough room."""
        self.full, self._ballast, self._relieved = False, folder / "ballast", relieved

    def __call__(self, op: Op) -> None:
        if self.full and op.what == "write" and not (self._relieved and not self._ballast.exists()):
            raise apsw.FullError("the disk is full")


@contextmanager
def _record(folder: Path, tight: Tight) -> Iterator[Record]:
    with disk("tight", tight) as name:
        record = Record(folder, vfs=name)
        try:
            yield record
        finally:
            record.close()


def _until_refused(record: Record, again: Fact) -> None:
    for _ in range(1000):
        record.append([again], AT)


def test_the_ballast_goes_first(tmp_path: Path) -> None:
    """When freeing the ballast makes room, the entry is in the database, and the reserve stays empty."""
    tight = Tight(tmp_path, relieved=True)
    with _record(tmp_path, tight) as record:
        tight.full = True
        assert list(record.append([fact(0)], AT)) == [1]
        assert not (tmp_path / "reserve").read_bytes().strip(b"\0")
    assert numbers(tmp_path) == [0]
    assert (tmp_path / "ballast").stat().st_size == 256 * 1024


def test_the_reserve_takes_a_kill_and_the_chain_goes_on(tmp_path: Path) -> None:
    """Entries in the reserve are numbered, read, verified, and folded into the database once it has room."""
    tight = Tight(tmp_path)
    with _record(tmp_path, tight) as record:
        record.append([fact(0)], AT)
        tight.full = True
        assert list(record.append([fact(1), fact(2)], AT)) == [2, 3]
        assert list(record.append([fact(3)], AT)) == [4]
        assert [entry.body["number"] for entry in record.entries()] == [0, 1, 2, 3]
        assert [entry.n for entry in record.entries(after=2)] == [3, 4]
        assert verify(tmp_path)[:2] == (True, 4)
        tight.full = False
        record.append([fact(4)], AT)
        assert not (tmp_path / "reserve").read_bytes().strip(b"\0")
        assert [entry.n for entry in record.entries(after=3)] == [4, 5]
    assert numbers(tmp_path) == [0, 1, 2, 3, 4]
    assert verify(tmp_path)[:2] == (True, 5)


def test_a_hub_starts_on_a_disk_that_is_still_full(tmp_path: Path) -> None:
    """What the reserve holds is read at the start, whether or not the database takes it."""
    tight = Tight(tmp_path)
    with _record(tmp_path, tight) as record:
        tight.full = True
        record.append([fact(0)], AT)
    with _record(tmp_path, tight) as record:
        assert [fact.body["number"] for _, fact in record.facts()] == [0]
        assert record.last == 1
    assert numbers(tmp_path) == [0]


def test_a_flood_of_permits_leaves_room_for_a_kill(tmp_path: Path) -> None:
    """Entries that give rights fill half of the reserve and no more; then they are refused, a kill is not."""
    tight = Tight(tmp_path)
    permit = Fact("permit", {"args": "x" * 1000}, run="r-1", permit="p-1")
    with _record(tmp_path, tight) as record:
        tight.full = True
        with pytest.raises(StoreError, match="reserve is full"):
            _until_refused(record, permit)
        given = record.last
        assert given > 50
        assert list(record.append([fact(0)], AT)) == [given + 1]


def test_a_full_reserve_is_said(tmp_path: Path) -> None:
    """When nothing takes an entry, StoreError says so, and nothing of it is there later."""
    tight = Tight(tmp_path)
    with _record(tmp_path, tight) as record:
        tight.full = True
        with pytest.raises(StoreError, match="reserve is full"):
            _until_refused(record, fact(7, size=4000))
        kept = record.last
    assert numbers(tmp_path) == [7] * kept
    assert verify(tmp_path).ok


_FOLD = """
import sys
from pathlib import Path
from interlock.hub.record import Record
Record.open(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("point", ["record before commit", "record after commit", "record before clear"])
def test_a_crash_while_the_reserve_is_folded_repeats_nothing(tmp_path: Path, point: str) -> None:
    """Killed anywhere between the database and the reserve, each entry is there once."""
    tight = Tight(tmp_path)
    with _record(tmp_path, tight) as record:
        tight.full = True
        record.append([fact(0), fact(1)], AT)
    environment = os.environ | {VARIABLE: point}
    done = subprocess.run([sys.executable, "-c", _FOLD, str(tmp_path)], env=environment, timeout=150)
    assert done.returncode == -9
    assert verify(tmp_path)[:2] == (True, 2)
    assert numbers(tmp_path) == [0, 1]


def test_a_line_cut_short_in_the_reserve_is_no_entry(tmp_path: Path) -> None:
    """A power cut in the middle of a write leaves what was acknowledged before, and a chain that goes on."""
    tight = Tight(tmp_path)
    with _record(tmp_path, tight) as record:
        tight.full = True
        record.append([fact(0)], AT)
        record.append([fact(1)], AT)
    (tmp_path / "head").unlink()
    lines = (tmp_path / "checkpoints.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "checkpoints.jsonl").write_text(lines[0])
    data = (tmp_path / "reserve").read_bytes()
    first = data.index(b"\n") + 1
    (tmp_path / "reserve").write_bytes(data[: first + 40].ljust(len(data), b"\0"))
    assert numbers(tmp_path) == [0]
    assert verify(tmp_path)[:2] == (True, 1)
