"""D10 at the files: a backup taken under load is whole, opens no hub, and comes back as a new epoch."""

import io
import json
import tarfile
import threading
from pathlib import Path

import pytest

from interlock.errors import ConfigError, StoreError
from interlock.hub.backup import make, restore
from interlock.hub.record import Record, verify
from interlock.hub.record.signer import FILE as KEY
from interlock.hub.trace import Trace
from tests.hub.store.entries import fact, fill, numbers
from tests.hub.store.events import filled, run_id

WHO = {"by": "ann", "reason": "the disk is gone"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A hub's folder with something in it, its secrets too."""
    made = tmp_path / "hub"
    made.mkdir()
    fill(made, 40, 7)
    filled(made)
    for name in ("operator.token", "agent.token", "redact.key"):
        (made / name).write_text(name * 8)
    return made


def test_a_backup_comes_back_as_a_new_epoch(folder: Path, tmp_path: Path) -> None:
    """Every entry and event is there, and behind them the entry that says what this is, signed by a new key."""
    said = make(folder, tmp_path / "b.tar")
    assert (said["entries"], (tmp_path / "b.tar").stat().st_mode & 0o777) == (40, 0o600)
    told = restore(tmp_path / "b.tar", tmp_path / "new", **WHO)
    record, old = Record.open(tmp_path / "new"), Record.open(folder)
    assert record.entries(limit=40) == old.entries()
    last = record.entries(40)[-1]
    assert (last.kind, last.body["by"], last.body["from"]["n"]) == ("epoch", "ann", 40)
    assert record.epoch == told["epoch"] > old.epoch == 1
    assert record.key != old.key
    old.close()
    record.close()
    assert verify(tmp_path / "new").ok
    trace = Trace.open(tmp_path / "new")
    state = trace.state(run_id(2))
    assert state is not None
    assert state.calls == 6
    trace.close()


def test_each_restore_is_an_epoch_of_its_own(folder: Path, tmp_path: Path) -> None:
    """A restore of a restore is later still: no gate that saw the first one comes back to its epoch."""
    make(folder, tmp_path / "b.tar")
    first = restore(tmp_path / "b.tar", tmp_path / "one", **WHO)["epoch"]
    make(tmp_path / "one", tmp_path / "c.tar")
    second = restore(tmp_path / "c.tar", tmp_path / "two", **WHO)["epoch"]
    assert second > first


def test_what_opens_or_signs_for_a_hub_is_not_in_it(folder: Path, tmp_path: Path) -> None:
    """Tokens and the signing key stay where they are."""
    make(folder, tmp_path / "b.tar")
    with tarfile.open(tmp_path / "b.tar") as tar:
        names = set(tar.getnames())
    assert not names & {"operator.token", "agent.token", KEY}
    assert {"record.db", "trace.db", "redact.key", "checkpoints.jsonl", "manifest.json"} <= names
    data = (tmp_path / "b.tar").read_bytes()
    for name in ("operator.token", "agent.token", KEY):
        assert (folder / name).read_bytes().strip() not in data


def test_a_backup_under_load_is_a_moment_of_the_record(tmp_path: Path) -> None:
    """While a hub writes, a copy is whole, verifies, and has the beginning of what was written."""
    record, ending = Record.open(tmp_path), threading.Event()
    written = [0]

    def write() -> None:
        while not ending.is_set():
            record.append([fact(written[0])], 0.0)
            written[0] += 1

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(3):
            before = written[0]
            make(tmp_path, tmp_path / f"{number}.tar")
            restore(tmp_path / f"{number}.tar", tmp_path / f"back-{number}", **WHO)
            found = Record.open(tmp_path / f"back-{number}")
            kept = [one.body["number"] for _, one in found.facts() if one.kind == "order"]
            found.close()
            assert kept == list(range(len(kept)))
            assert before <= len(kept) <= written[0]
    finally:
        ending.set()
        thread.join()
        record.close()
    assert numbers(tmp_path) == list(range(written[0]))


def test_nothing_is_written_over(folder: Path, tmp_path: Path) -> None:
    """Neither a file that is there nor a folder with something in it."""
    make(folder, tmp_path / "b.tar")
    with pytest.raises(ConfigError, match="no backup is written over"):
        make(folder, tmp_path / "b.tar")
    with pytest.raises(ConfigError, match="not empty"):
        restore(tmp_path / "b.tar", folder, **WHO)
    with pytest.raises(StoreError, match="no record"):
        make(tmp_path / "nowhere", tmp_path / "c.tar")


def _rewritten(file: Path, name: str, data: bytes, kind: bytes = tarfile.REGTYPE) -> Path:
    """Return a copy of a backup in which one file is another."""
    made = file.with_name("other.tar")
    with tarfile.open(file) as old, tarfile.open(made, "w") as new:
        for member in old:
            stream = old.extractfile(member)
            assert stream is not None
            if member.name != name:
                new.addfile(member, stream)
        info = tarfile.TarInfo(name)
        info.size, info.type, info.linkname = len(data), kind, "record.db"
        new.addfile(info, io.BytesIO(data) if kind == tarfile.REGTYPE else None)
    return made


@pytest.mark.parametrize(
    ("name", "data", "kind", "word"),
    [
        ("head", b"rubbish", tarfile.REGTYPE, "head is damaged"),
        ("../evil", b"x", tarfile.REGTYPE, "other files are in it"),
        ("reserve", b"", tarfile.SYMTYPE, "other files are in it"),
        ("manifest.json", b"{}", tarfile.REGTYPE, "manifest cannot be read"),
        ("manifest.json", b'{"format":9,"files":{}}', tarfile.REGTYPE, "format 9"),
    ],
)
def test_what_is_no_whole_backup_leaves_no_hub(
    folder: Path, tmp_path: Path, name: str, data: bytes, kind: bytes, word: str
) -> None:
    """A damaged file, a path out of the folder, a link and another manifest are refused, and nothing is left."""
    make(folder, tmp_path / "b.tar")
    with pytest.raises(StoreError, match=word):
        restore(_rewritten(tmp_path / "b.tar", name, data, kind), tmp_path / "new", **WHO)
    assert list((tmp_path / "new").iterdir()) == []
    assert not (tmp_path / "evil").exists()


def test_a_record_that_does_not_verify_is_not_backed_up(folder: Path, tmp_path: Path) -> None:
    """A copy of damage is no backup."""
    lines = (folder / "checkpoints.jsonl").read_text().splitlines()
    changed = json.loads(lines[-1]) | {"hash": "00" * 32}
    (folder / "checkpoints.jsonl").write_text("\n".join([*lines[:-1], json.dumps(changed)]) + "\n")
    with pytest.raises(StoreError, match="is bad"):
        make(folder, tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()
