"""L4: whoever changes the record is found, and the first bad entry is named."""

import random
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import apsw
import pytest

from interlock.audit.chain import COLUMNS, GENESIS, Row, link
from interlock.hub.record import verify
from tests.hub.store.entries import fill

COUNT = 60

Tamper = Callable[[apsw.Connection, int, random.Random], int]
"""Changes the database around entry N and returns the number of the first bad entry."""


def _text(column: str) -> Tamper:
    def change(db: apsw.Connection, n: int, pick: random.Random) -> int:
        db.execute(f'UPDATE entry SET "{column}" = "{column}" || \'x\' WHERE n = ?', (n,))
        return n

    return change


def _flip(column: str) -> Tamper:
    def change(db: apsw.Connection, n: int, pick: random.Random) -> int:
        data = bytearray(db.execute(f"SELECT {column} FROM entry WHERE n = ?", (n,)).get)
        data[pick.randrange(len(data))] ^= 1 << pick.randrange(8)
        db.execute(f"UPDATE entry SET {column} = ? WHERE n = ?", (bytes(data), n))
        return n

    return change


def _body_and_digest(db: apsw.Connection, n: int, pick: random.Random) -> int:
    body = b'{"verb":"resume"}'
    db.execute("UPDATE entry SET body = ?, digest = ? WHERE n = ?", (body, sha256(body).digest(), n))
    return n


def _time(db: apsw.Connection, n: int, pick: random.Random) -> int:
    db.execute("UPDATE entry SET at = at + ? WHERE n = ?", (pick.randrange(1, 10**9), n))
    return n


def _drop(db: apsw.Connection, n: int, pick: random.Random) -> int:
    db.execute("DELETE FROM entry WHERE n = ?", (n,))
    return n


def _drop_and_renumber(db: apsw.Connection, n: int, pick: random.Random) -> int:
    db.execute("DELETE FROM entry WHERE n = ?", (n,))
    for later in range(n + 1, COUNT + 1):
        db.execute("UPDATE entry SET n = ? WHERE n = ?", (later - 1, later))
    return n


def _swap(db: apsw.Connection, n: int, pick: random.Random) -> int:
    for old, new in ((n, -1), (n + 1, n), (-1, n + 1)):
        db.execute("UPDATE entry SET n = ? WHERE n = ?", (new, old))
    return n


def _insert(db: apsw.Connection, n: int, pick: random.Random) -> int:
    for later in range(COUNT, n - 1, -1):
        db.execute("UPDATE entry SET n = ? WHERE n = ?", (later + 1, later))
    db.execute(
        'INSERT INTO entry SELECT ?, at, kind, run, "order", permit, digest, body, hash FROM entry WHERE n = ?',
        (n, n + 1),
    )
    return n + 1


def _cut(db: apsw.Connection, n: int, pick: random.Random) -> int:
    db.execute("DELETE FROM entry WHERE n >= ?", (n,))
    return n


TAMPERS: dict[str, Tamper] = {
    **{column: _text(column) for column in ("kind", "run", "order", "permit")},
    **{column: _flip(column) for column in ("digest", "body", "hash")},
    "body and digest": _body_and_digest,
    "time": _time,
    "drop": _drop,
    "drop and renumber": _drop_and_renumber,
    "swap": _swap,
    "insert": _insert,
    "cut": _cut,
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a record that is in order."""
    folder = tmp_path_factory.mktemp("whole")
    fill(folder, COUNT, batch=7)
    return folder


def _found(whole: Path, folder: Path, tamper: Tamper, pick: random.Random) -> None:
    shutil.copytree(whole, folder)
    db = apsw.Connection(str(folder / "record.db"))
    first = tamper(db, pick.randrange(2, COUNT - 1), pick)
    db.close()
    verdict = verify(folder)
    assert (verdict.ok, verdict.first_bad) == (False, first)
    assert verdict.problem


@pytest.mark.parametrize("kind", TAMPERS)
def test_every_kind_of_change_is_found(whole: Path, tmp_path: Path, kind: str) -> None:
    """A change of any field, a missing, extra, moved or cut entry is found and named."""
    for seed in range(3):
        _found(whole, tmp_path / str(seed), TAMPERS[kind], random.Random(seed))


@pytest.mark.rig
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", TAMPERS)
def test_every_kind_of_change_is_found_anywhere(whole: Path, tmp_path: Path, kind: str) -> None:
    """The same at a thousand random places."""
    for seed in range(1000):
        _found(whole, tmp_path / "copy", TAMPERS[kind], random.Random(seed))
        shutil.rmtree(tmp_path / "copy")


def test_a_chain_made_anew_is_found_by_the_checkpoints(whole: Path, tmp_path: Path) -> None:
    """Whoever recomputes every hash after a change still disagrees with the checkpoints outside the database."""
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    db: Any = apsw.Connection(str(folder / "record.db"))
    db.execute("UPDATE entry SET at = at + 1 WHERE n = 5")
    head = GENESIS
    for values in db.execute(f"SELECT {COLUMNS} FROM entry ORDER BY n").fetchall():
        row = Row(*values)
        head = link(head, row)
        db.execute("UPDATE entry SET hash = ? WHERE n = ?", (head, row.n))
    db.close()
    verdict = verify(folder)
    # No entry contradicts the one before it: all that is known is between which checkpoints the change lies.
    assert (verdict.ok, verdict.first_bad) == (False, 1)
    assert f"another hash for entry {COUNT}" in verdict.problem


@pytest.mark.parametrize("name", ["checkpoints.jsonl", "head"])
def test_a_record_without_its_checkpoints_is_not_vouched_for(whole: Path, tmp_path: Path, name: str) -> None:
    """Whoever takes away the checkpoints is found; the head alone may be gone after a power cut."""
    folder = tmp_path / "copy"
    shutil.copytree(whole, folder)
    (folder / name).unlink()
    verdict = verify(folder)
    assert verdict.ok == (name == "head")


def test_a_record_in_order_passes(whole: Path) -> None:
    """The verifier says how many entries and checkpoints it has seen."""
    verdict = verify(whole)
    assert (verdict.ok, verdict.entries, verdict.first_bad) == (True, COUNT, None)
    assert verdict.checkpoints >= 2


@pytest.mark.pure
def test_the_hash_of_an_entry_is_pinned() -> None:
    """The layout that is hashed never changes by accident: a verifier of another version must agree."""
    row = Row(1, 1_795_000_000_000_000, b"order", b"r-1", b"o-1", b"", sha256(b"{}").digest(), b"{}", b"")
    assert GENESIS.hex() == "82a9975ef06647b0cb9da033dcc88c44c206f10a0abe1e8cde6418136badb89d"
    assert link(GENESIS, row).hex() == "1d1723e4a2b5bf4c3a1e033680379b805ae94aa5c842f96a10becfe6ea71f60e"
