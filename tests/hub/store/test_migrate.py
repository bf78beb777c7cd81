"""D8: a file of an older version opens as it is or as the new one, wherever its migration is killed."""

from hashlib import sha256
from pathlib import Path

import apsw
import pytest

from interlock.errors import StoreError
from interlock.hub.record import Record, verify
from interlock.hub.trace import Trace
from tests.hub.store.entries import fill, numbers
from tests.hub.store.events import filled, line, run_id, started
from tests.hub.store.older import images, layout, make_old, opened, rows

TEXT = "the same words again and again " * 3000
DIGEST = sha256(TEXT.encode()).hexdigest()


def _named() -> dict[str, object]:
    return {
        "kind": "reasoning",
        "text": {"sha256": DIGEST, "size": len(TEXT), "chunks": [DIGEST], "head": TEXT[:20]},
    }


def _old(folder: Path) -> dict[str, object]:
    """Make a folder of version 1 with a record, runs, and a long text that two of them name."""
    new = folder / "new"
    new.mkdir()
    fill(new, 30, 7)
    filled(new)
    trace = Trace.open(new)
    for run in (8, 9):
        trace.write([line(run, 1, started()), line(run, 2, _named())], [(DIGEST, TEXT)])
    trace.close()
    for name in ("record.db", "trace.db"):
        make_old(folder / name, new / name)
    for name in ("checkpoints.jsonl", "head", "reserve", "ballast"):
        (folder / name).write_bytes((new / name).read_bytes())
    return {name: rows(folder / name) for name in ("record.db", "trace.db")}


@pytest.mark.parametrize("name", ["record.db", "trace.db"])
def test_a_migration_killed_at_any_statement_opens(tmp_path: Path, name: str) -> None:
    """What a kill leaves at each statement is the old file or the new one, opens, and has every row."""
    wanted = _old(tmp_path)[name]
    asked = images(tmp_path, tmp_path / "killed", name)
    assert sum("CREATE" in statement for statement in asked) >= 2
    versions = []
    for number in range(len(asked)):
        folder = tmp_path / "killed" / str(number)
        db = apsw.Connection(str(folder / name))
        versions.append(db.execute("PRAGMA user_version").get)
        made = db.execute("SELECT count(*) FROM sqlite_schema WHERE name IN ('entry_mark', 'erased')").get
        db.close()
        assert made == (layout(name).found(versions[-1]) > 1)
        opened(folder, name)
        assert rows(folder / name) == wanted
    assert [layout(name).found(version) for version in versions] == sorted(map(layout(name).found, versions))
    assert {layout(name).found(version) for version in versions} == set(range(1, layout(name).newest + 1))


def test_a_folder_of_the_version_before_is_served(tmp_path: Path) -> None:
    """Record and trace of the hub before open, verify, and are searched and erased like new ones."""
    _old(tmp_path)
    assert numbers(tmp_path) == list(range(30))
    assert verify(tmp_path).ok
    trace = Trace.open(tmp_path)
    assert trace.to_erase(run=run_id(8)) == ([], False)
    assert trace.to_erase(body=DIGEST) == ([DIGEST], False)
    assert trace.to_erase(before=2e9) == ([DIGEST], False)
    trace.erasing.take("x-1", [])
    assert (
        trace._writer.value("SELECT count(*) FROM part"),
        trace._writer.value("SELECT count(*) FROM use"),
    ) == (1, 2)
    trace.close()


@pytest.mark.parametrize("name", ["record.db", "trace.db"])
def test_a_newer_file_is_refused_in_a_sentence(tmp_path: Path, name: str) -> None:
    """A file of a version that is to come is not touched, and the sentence says which it is."""
    _old(tmp_path)
    db = apsw.Connection(str(tmp_path / name))
    db.execute("PRAGMA user_version = 9")
    db.close()
    before = (tmp_path / name).read_bytes()
    with pytest.raises(StoreError, match=f"version 9, and this hub knows up to {layout(name).newest};"):
        (Record if name == "record.db" else Trace).open(tmp_path)
    assert (tmp_path / name).read_bytes() == before


def test_a_file_of_no_version_is_refused(tmp_path: Path) -> None:
    """Tables that no release made are refused too."""
    _old(tmp_path)
    db = apsw.Connection(str(tmp_path / "record.db"))
    db.execute("PRAGMA user_version = 123456789")
    db.close()
    with pytest.raises(StoreError, match="another version"):
        Record.open(tmp_path)
