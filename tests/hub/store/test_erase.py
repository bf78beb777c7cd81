"""Erasing long texts: their bytes are gone, other texts stay whole, and the chain verifies as before."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from interlock.errors import HubError, NotFound
from interlock.hub.core.effects import Fact
from interlock.hub.record import Record, verify
from interlock.hub.trace import Trace
from tests.hub.store.events import line, run_id, started

SHARED, SECRET, OTHER = (
    "both have this " * 2000,
    "the customer's secret words " * 2000,
    "something else " * 2000,
)


def _sha(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _says(*pieces: str) -> dict[str, Any]:
    text = "".join(pieces)
    chunks = [_sha(piece) for piece in pieces]
    return {
        "kind": "reasoning",
        "text": {"sha256": _sha(text), "size": len(text), "chunks": chunks, "head": "h"},
    }


def _erase(trace: Trace, erasure: str, names: list[str]) -> None:
    trace.write([], [], [Fact("erased", {"erasure": erasure, "bodies": names})])


@pytest.fixture
def trace(tmp_path: Path) -> Any:
    """Two runs: each has a long text, and the texts begin with the same piece."""
    now = [1000.0]
    made = Trace(tmp_path, clock=lambda: now[0])
    pieces = [(_sha(text), text) for text in (SHARED, SECRET, OTHER)]
    made.write([line(1, 1, started()), line(1, 2, _says(SHARED, SECRET))], pieces)
    now[0] = 2000.0
    made.write([line(2, 1, started()), line(2, 2, _says(SHARED, OTHER))])
    yield made
    made.close()


def test_one_text_goes_and_the_others_stay(trace: Trace, tmp_path: Path) -> None:
    """Its own pieces are gone from the file, byte for byte; what another text has too stays readable there."""
    gone, stays = _sha(SHARED + SECRET), _sha(SHARED + OTHER)
    assert trace.to_erase(body=gone) == ([gone], False)
    _erase(trace, "x-1", [gone])
    assert (trace.erasing.pieces, trace.erasing.shared) == (1, 1)
    with pytest.raises(HubError) as caught:
        trace.bodies.whole(gone)
    assert (caught.value.code, "x-1" in str(caught.value)) == ("erased", True)
    found = trace.bodies.whole(stays)
    assert found is not None
    assert found.text == SHARED + OTHER
    trace.close()
    data = b"".join(path.read_bytes() for path in tmp_path.glob("trace.db*"))
    assert b"the customer's secret words" not in data
    assert b"both have this" in data


def test_a_run_takes_what_it_alone_names(trace: Trace) -> None:
    """What another run names too is not a run's to take."""
    trace.write([line(2, 3, _says(SHARED, SECRET))])
    assert trace.to_erase(run=run_id(1)) == ([], False)
    assert trace.to_erase(run=run_id(2)) == ([_sha(SHARED + OTHER)], False)


def test_age_counts_from_when_a_text_was_named_last(trace: Trace) -> None:
    """A text that something named since is not old."""
    first, second = _sha(SHARED + SECRET), _sha(SHARED + OTHER)
    assert trace.to_erase(before=1500.0) == ([first], False)
    assert trace.to_erase(before=2500.0) == ([first, second], False)
    trace.write([line(1, 3, _says(SHARED, SECRET))])
    assert trace.to_erase(before=1500.0) == ([], False)
    assert trace.to_erase(run=run_id(1), before=1500.0) == ([], False)


def test_an_erasure_that_is_taken_again_changes_nothing(trace: Trace) -> None:
    """A hub that died between the record and the trace takes it at its next start."""
    name = _sha(SHARED + SECRET)
    assert not trace.erasing.done("x-1")
    _erase(trace, "x-1", [name])
    assert trace.erasing.done("x-1")
    _erase(trace, "x-1", [name])
    with pytest.raises(HubError):
        trace.bodies.whole(name)
    with pytest.raises(NotFound):
        trace.bodies.whole("0" * 64)


def test_the_record_says_what_was_erased_and_verifies(tmp_path: Path) -> None:
    """The newest erasure comes first, and the chain is whole."""
    record = Record.open(tmp_path)
    for number in range(3):
        record.append([Fact("erased", {"erasure": f"x-{number}", "bodies": ["ab"]}), Fact("note", {})], 0.0)
    assert [body["erasure"] for body in record.erasures()] == ["x-2", "x-1", "x-0"]
    record.close()
    assert verify(tmp_path).ok
