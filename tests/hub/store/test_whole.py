"""Marks and long texts of a trace: the next error by a key, slices, and no text under the name of another."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import apsw
import pytest

from interlock.errors import HubError, NotFound, StoreError
from interlock.hub.trace import Trace
from tests.hub.store.events import line, run_id, said, started, story

Json = dict[str, Any]
RUN = run_id(1)


@pytest.fixture
def trace(tmp_path: Path) -> Iterator[Trace]:
    """An empty trace."""
    opened = Trace.open(tmp_path)
    yield opened
    opened.close()


def digest(text: str) -> str:
    """Return the name of a text."""
    return sha256(text.encode()).hexdigest()


def ref(name: str, *pieces: str) -> Json:
    """Return a thought by reference: a name, and the texts of its pieces."""
    listed = {"sha256": name, "size": 1, "chunks": [digest(piece) for piece in pieces], "head": ""}
    return {"kind": "reasoning", "text": listed}


def write(trace: Trace, *events: Json, pieces: tuple[str, ...] = ()) -> None:
    """Add events to run 1, and store pieces."""
    first = trace.last_seq(RUN, line(1, 1, {}).gate) + 1
    lines = [line(1, seq, event) for seq, event in enumerate(events, first)]
    trace.write(lines, [(digest(piece), piece) for piece in pieces])


def test_marks_are_the_failed_calls_and_the_model_turns(trace: Trace) -> None:
    """By kind, after a number or just before one, ascending, with where to go on; other runs' are not among them."""
    odd = [
        {"kind": "model.started", "call": "m1"},
        {"kind": "model.finished", "call": "m1", "error": "no answer"},
        {"kind": "model.finished", "call": "m2", "text": "fine"},
        {"kind": "tool.finished", "call": "x", "outcome": "unknown"},
        {"kind": "outcome.unknown", "call": "y", "permit": "p", "tool": "t", "why": "w"},
    ]
    trace.write(story(2, 9))
    write(trace, started(), *odd, *(entry.envelope["event"] for entry in story(1, 9)[1:]))
    errors = [3, 5, 6, 18, 30, 42]
    assert trace.marks(RUN, "error") == (errors, None)
    assert trace.marks(RUN, "model") == ([2], None)
    assert trace.marks(RUN, "error", after=5, limit=2) == ([6, 18], 18)
    assert trace.marks(RUN, "error", before=30, limit=2) == ([6, 18], 6)
    assert trace.marks(RUN, "error", before=6, limit=2) == ([3, 5], None)
    assert trace.marks(RUN, "error", after=3, before=30) == ([5, 6, 18], None)
    assert trace.marks(RUN, "error", after=42) == trace.marks("r-none", "error") == ([], None)


def test_a_changed_mark_is_refused(tmp_path: Path) -> None:
    """A mark that points elsewhere than where it was written to is damage, and not an answer."""
    trace = Trace.open(tmp_path)
    write(trace, started(), {"kind": "model.started", "call": "m"})
    trace.close()
    db = apsw.Connection(str(tmp_path / "trace.db"))
    db.execute("UPDATE mark SET n = 1")
    db.close()
    trace = Trace.open(tmp_path)
    with pytest.raises(StoreError, match="the mark of event 1 is damaged"):
        trace.marks(RUN, "model")
    trace.close()


def test_slices_are_those_of_the_whole_text(trace: Trace) -> None:
    """Any start and length, over the borders of pieces and past the end, count characters and not bytes."""
    pieces = ("aé", "", "日本語", "x" * 50, "\U0001f600!")
    whole = "".join(pieces)
    write(trace, started(), ref(digest(whole), *pieces), pieces=pieces)
    assert trace.bodies.whole(digest(whole)) == (whole, 0, len(whole), True)
    for start in range(len(whole) + 3):
        for length in (1, 2, 7, 100):
            found = trace.bodies.slice(digest(whole), start, length)
            assert found is not None
            assert found.text == whole[start : start + length], (start, length)
            assert (found.start, found.total, found.checked) == (min(start, len(whole)), len(whole), True)


def test_a_slice_of_a_text_that_is_too_long_to_give_out_whole(trace: Trace) -> None:
    """Of a text over 16 MiB slices are given, and only slices."""
    pieces = tuple(chr(97 + n) * 2**20 for n in range(17))
    name = digest("".join(pieces))
    write(trace, started(), ref(name, *pieces), pieces=pieces)
    with pytest.raises(HubError, match="longer than"):
        trace.bodies.whole(name)
    found = trace.bodies.slice(name, 16 * 2**20 - 2, 4)
    assert found is not None
    assert (found.text, found.total, found.checked) == ("ppqq", 17 * 2**20, True)


@pytest.mark.parametrize("first", ["the lie", "the truth"])
def test_a_text_is_never_given_out_under_the_name_of_another(trace: Trace, first: str) -> None:
    """Whoever names a digest first: only pieces that make it are the body."""
    events = [ref(digest("the truth"), "the lie"), ref(digest("the truth"), "the ", "truth")]
    pieces = ("the lie", "the ", "truth")
    write(trace, started(), *(events if first == "the lie" else events[::-1]), pieces=pieces)
    assert trace.bodies.whole(digest("the truth")) == ("the truth", 0, 9, True)
    write(trace, ref(digest("nothing true"), "the lie"))
    with pytest.raises(NotFound):
        trace.bodies.whole(digest("nothing true"))


def test_a_text_the_hub_took_a_secret_from_says_that_it_cannot_be_checked(trace: Trace) -> None:
    """One such text is given out as unchecked; of two that differ none is, nor while pieces of one are late."""
    name = digest("my secret")
    listed = {"sha256": name, "size": 9, "chunks": [name], "head": ""}
    trace.write(
        [line(1, 1, started()), line(1, 2, {"kind": "reasoning", "text": listed})], [(name, "my [gone]")]
    )
    assert trace.bodies.whole(name) == ("my [gone]", 0, 9, False)
    write(trace, ref(name, "never came"))
    assert trace.bodies.whole(name) is None
    altered = digest("other")
    more = {**listed, "chunks": [altered]}
    write(trace, {"kind": "reasoning", "text": more})
    trace.write([], [(altered, "altered"), (digest("never came"), "came [late]")])
    with pytest.raises(HubError, match="none can be checked"):
        trace.bodies.whole(name)


def test_the_answer_is_remembered_and_a_late_one_is_not(trace: Trace) -> None:
    """Once a text was found to have its digest it is not hashed again; one that was late is looked for again."""
    whole = "".join(f"piece {n} " for n in range(3))
    pieces = tuple(f"piece {n} " for n in range(3))
    write(trace, started(), said("x"), ref(digest(whole), *pieces), pieces=pieces[:2])
    assert trace.bodies.slice(digest(whole), 0, 5) is None
    write(trace, pieces=pieces[2:])
    asked: list[str] = []
    inner = trace.bodies.piece

    def piece(name: str) -> str | None:
        asked.append(name)
        return inner(name)

    trace.bodies.piece = piece  # type: ignore[method-assign]
    for _ in range(2):
        assert trace.bodies.slice(digest(whole), 8, 8) == ("piece 1 ", 8, 24, True)
    assert len(asked) == 3 + 1 + 1
