"""D2: a commit that raised may have happened. It is never called failed, and what is true is read afterwards."""

from pathlib import Path

import pytest

from interlock.errors import CommitUnknown, StoreError
from interlock.hub.record import Record, verify
from tests.hub.store.disks import Failing, disk
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


def _until_it_raises(record: Record) -> None:
    for number in range(20):
        record.append([fact(number)], 1_795_000_000.0)


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
