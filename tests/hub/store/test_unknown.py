"""D2: a commit that raised may have happened. It is never called failed, and what is true is read afterwards."""

from pathlib import Path

import apsw
import pytest

from interlock.errors import CommitUnknown, StoreError
from interlock.hub.record import Record, verify
from tests.hub.store.disks import Failing, Op, disk
from tests.hub.store.entries import fact, numbers


def _fails_at(folder: Path, sync: int) -> bool:
    """Append with a disk whose K-th sync fails; return whether an append met it."""
    acknowledged = 0
    with disk(f"failing{sync}", Failing(sync)) as name:
        try:
            record = Record(folder, vfs=name)
        except StoreError:
            return False
        met = False
        for number in range(20):
            try:
                record.append([fact(number)], 1_795_000_000.0)
            except CommitUnknown:
                met = True
                break
            acknowledged += 1
        record.close()
    found = numbers(folder)
    assert found == list(range(len(found)))
    assert acknowledged <= len(found) <= acknowledged + met
    assert verify(folder).ok
    return met


def _until_it_raises(record: Record, count: int = 20, size: int = 40) -> None:
    for number in range(count):
        record.append([fact(number, size=size)], 1_795_000_000.0)


def test_a_sync_that_fails_makes_the_commit_unknown(tmp_path: Path) -> None:
    """Whichever sync fails: an append says that it cannot know, and recovery finds a whole chain."""
    met = 0
    for sync in range(1, 13):
        folder = tmp_path / str(sync)
        folder.mkdir()
        met += _fails_at(folder, sync)
    assert met >= 5


def test_an_unknown_commit_is_not_an_ordinary_refusal(tmp_path: Path) -> None:
    """The error of a failed commit is its own type, so that nobody retries it by catching the wider one."""
    with disk("failing-once", Failing(6)) as name:
        record = Record(tmp_path, vfs=name)
        with pytest.raises(CommitUnknown):
            _until_it_raises(record)
        record.close()


class _OnceAtTheDatabase:
    """Lets the first sync of the database fail, and, as Linux does, no later one."""

    failed = False

    def __call__(self, op: Op) -> None:
        if op.what == "sync" and op.file == "record.db" and not self.failed:
            self.failed = True
            raise apsw.IOError("the disk says EIO")


def test_a_sync_that_fails_while_the_log_is_moved_ends_the_record(tmp_path: Path) -> None:
    """The kernel forgets what it could not write, so the log is never used again before a restart reads it."""
    Record.open(tmp_path).close()
    with disk("failing-database", _OnceAtTheDatabase()) as name:
        record = Record(tmp_path, vfs=name)
        with pytest.raises(CommitUnknown, match="moving the log"):
            _until_it_raises(record, 100, size=100_000)
        acknowledged = record.last
        with pytest.raises(CommitUnknown):
            record.append([fact(0)], 1_795_000_000.0)
        record.close()
    assert (tmp_path / "record.db-wal").stat().st_size > 1_000_000
    assert 10 < acknowledged < 99
    assert numbers(tmp_path) == list(range(acknowledged + 1))
    assert verify(tmp_path).ok
