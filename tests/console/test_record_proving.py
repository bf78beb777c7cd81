"""The chain checked at the console: every stored byte counts, and a checkpoint that disagrees is found."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest

from interlock.audit.chain import GENESIS, Row, link
from interlock.audit.export import to_plain
from interlock.audit.note import Checkpoint, public_key, sign
from interlock_console.record.proving import Proving

pytestmark = pytest.mark.pure

Json = dict[str, Any]

SEED = b"\x01" * 32
KEY = public_key(SEED)


def _lines(count: int) -> list[Json]:
    made: list[Json] = []
    prev = GENESIS
    for n in range(1, count + 1):
        body = b'{"n":%d}' % n
        row = Row(n, n * 1000, b"note", b"", b"", b"", sha256(body).digest(), body, b"")
        row = row._replace(hash=link(prev, row))
        made.append(to_plain(row, prev))
        prev = row.hash
    return made


def _point(line: Json, seed: bytes = SEED, said: str = "") -> Json:
    point = Checkpoint("o-1", 1, line["n"], said or line["hash"], 1, public_key(seed))
    return dict(sign(point, seed)._asdict())


def _proved(lines: list[Json], *points: Json, key: str = KEY, page: int = 7) -> Proving:
    proof = Proving()
    proof.expect({"key": key, "head": None})
    proof.top = len(lines)
    while proof.more:
        n = proof.n
        some = lines[n : n + page]
        proof.take({"lines": some, "checkpoints": [p for p in points if n < p["n"] <= n + page]})
    return proof


def test_an_unbroken_chain_is_checked_to_its_top() -> None:
    """Page by page, with every checkpoint on the way; what was checked stays checked."""
    lines = _lines(30)
    proof = _proved(lines, _point(lines[9]), _point(lines[29]))
    assert (proof.n, proof.points, proof.bad, proof.problem, proof.more) == (30, 2, 0, "", False)


@pytest.mark.parametrize("field", ["body", "kind", "at", "run", "prev", "hash", "digest"])
def test_a_changed_byte_is_found_where_it_is(field: str) -> None:
    """Whichever field of entry 11 was changed, the chain holds to entry 10 and breaks there."""
    lines = _lines(30)
    was = lines[10][field]
    changed = was + 1 if isinstance(was, int) else was[:-1] + ("0" if was[-1:] != "0" else "1")
    lines[10] = {**lines[10], field: changed if field != "run" else "r-1"}
    proof = _proved(lines)
    assert (proof.n, proof.bad) == (10, 11)
    assert proof.problem
    assert not proof.more


def test_an_entry_that_is_gone_is_missed() -> None:
    """Taken out of the middle or off the end."""
    lines = _lines(20)
    assert _proved(lines[:8] + lines[9:]).bad == 9
    proof = Proving()
    proof.top = 20
    proof.take({"lines": lines[:15], "checkpoints": []})
    proof.take({"lines": [], "checkpoints": []})
    assert (proof.bad, proof.problem) == (16, "it is missing")


def test_a_checkpoint_that_disagrees_breaks_it() -> None:
    """Another hash, a key nobody announced, a signature that is not by it."""
    lines = _lines(10)
    other = _point(lines[4], said="ab" * 32)
    stranger = _point(lines[4], b"\x02" * 32)
    forged = _point(lines[4]) | {"sig": "00" * 64}
    for point, said in (
        (other, "another hash"),
        (stranger, "nobody announced"),
        (forged, "signature is not by"),
    ):
        proof = _proved(lines, point)
        assert proof.bad == 5
        assert said in proof.problem


def test_what_the_hub_signs_now_is_held_against_the_chain() -> None:
    """The head that was signed for this check has to be the one the entries lead to."""
    lines = _lines(10)
    for point, bad in ((_point(lines[9]), 0), (_point(lines[9], said="cd" * 32), 10)):
        proof = Proving()
        proof.expect({"key": KEY, "head": point})
        proof.top = 10
        proof.take({"lines": lines, "checkpoints": []})
        assert proof.bad == bad
