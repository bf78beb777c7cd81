"""Search over a run: every text a person can see, whatever its case and length, a bounded piece in each request."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from interlock.hub.trace import Trace
from interlock.hub.trace import search as looking
from interlock.hub.trace.needle import Needle
from interlock.hub.trace.search import Found, Hit, Search
from tests.hub.store.events import line, run_id, said, started

RUN = run_id(1)
Json = dict[str, Any]


@pytest.fixture
def trace(tmp_path: Path) -> Iterator[Trace]:
    """An empty trace."""
    opened = Trace.open(tmp_path)
    yield opened
    opened.close()


def fill(trace: Trace, *events: Json, chunks: list[tuple[str, str]] | None = None) -> None:
    """Write a run: its start, and these from number 2 on."""
    trace.write([line(1, seq, event) for seq, event in enumerate((started(), *events), 1)], chunks or [])


def long(*pieces: str) -> tuple[Json, list[tuple[str, str]]]:
    """Return a reference to a long text, and its chunks."""
    named = [(sha256(piece.encode()).hexdigest(), piece) for piece in pieces]
    whole = "".join(pieces)
    digest = sha256(whole.encode()).hexdigest()
    return {"sha256": digest, "size": len(whole.encode()), "chunks": [name for name, _ in named]}, named


def numbers(found: Found) -> list[int]:
    """Return the events of the hits."""
    return [hit.n for hit in found.hits]


def every(trace: Trace, text: str, limit: int = 20, **edge: int) -> list[Hit]:
    """Return all hits, request by request."""
    hits: list[Hit] = []
    where, at = next(iter(edge.items()), ("after", 0))
    while True:
        found = trace.search(RUN, text, limit=limit, **{where: at})
        hits += found.hits
        if found.next is None:
            return hits
        at = found.next


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Der Weg zur STRASSE", "straße"),
        ("die Straße", "STRASSE"),
        ('he said "no"\n\tand left', '"NO"\n\tAND'),
        ("back\\slash", "K\\S"),
        ("ΟΔΟΣ", "οδος"),
        ("\x1b]52;c;aGk=\x07", "]52;C"),
        ("a\x7fb\u2028c", "A\x7fB\u2028C"),
        ("日本語の本文", "本語"),
    ],
)
def test_a_text_is_found_whatever_its_case_and_letters(trace: Trace, text: str, asked: str) -> None:
    """Quotes, line breaks, control characters and letters whose case has another length are found as written."""
    fill(trace, said("other"), said(text))
    (hit,) = trace.search(RUN, asked).hits
    assert (hit.n, hit.kind, hit.field, hit.body) == (3, "reasoning", "text", None)
    assert hit.excerpt[hit.match.at : hit.match.end].casefold() == asked.casefold()
    assert text[hit.offset :].casefold().startswith(asked.casefold())


@pytest.mark.parametrize("asked", ["reasoning", "kind", '":"', "event", RUN, "span", "text", "abab"])
def test_what_nobody_sees_is_not_found(trace: Trace, asked: str) -> None:
    """Names of fields, kinds, punctuation of JSON, digests and the envelope are no text of the run."""
    fill(trace, {"kind": "reasoning", "text": "hello", "digest": "ab" * 32})
    assert trace.search(RUN, asked).hits == []


def test_fields_of_any_kind_are_looked_at(trace: Trace) -> None:
    """Arguments, results, labels, and texts deep in an event that nobody knows."""
    deep = {"kind": "from.the.future", "deep": [1, {"a": ["needle in a list"]}]}
    called = {
        "kind": "tool.proposed",
        "call": "c",
        "tool": "refund",
        "cls": "write",
        "args": '{"id":"needle"}',
    }
    fill(trace, called, deep, {"kind": "tool.finished", "call": "c", "outcome": "done", "result": "NEEDLE"})
    assert [(hit.n, hit.field) for hit in trace.search(RUN, "needle").hits] == [
        (2, "args"),
        (3, "deep"),
        (4, "result"),
    ]


def test_hits_come_page_by_page_both_ways(trace: Trace) -> None:
    """Each event with the text is found once, forwards and backwards, and the end is told from a full page."""
    fill(trace, *(said("needle" if n % 3 == 0 else "hay") for n in range(3, 1000)))
    wanted = [n + 1 - 1 for n in range(2, 999) if (n + 1) % 3 == 0]
    assert [hit.n for hit in every(trace, "Needle", limit=7)] == wanted
    assert [hit.n for hit in every(trace, "Needle", limit=7, before=2**40)] == wanted[::-1]
    found = trace.search(RUN, "needle", after=wanted[-1], limit=7)
    assert (found.hits, found.next, found.scanned) == ([], None, 998 - wanted[-1])
    between = trace.search(RUN, "needle", after=wanted[0], before=wanted[3], limit=50)
    assert (numbers(between), between.next) == (wanted[1:3], None)
    first = trace.search(RUN, "needle", before=wanted[2], limit=50)
    assert (numbers(first), first.next, first.first, first.last) == (wanted[1::-1], None, 1, wanted[2] - 1)


@pytest.mark.parametrize("border", [0, 3, 6])
def test_a_long_text_is_searched_across_the_borders_of_its_pieces(trace: Trace, border: int) -> None:
    """A match in a piece, or over two or over many of them, has its place in the whole text."""
    text = "x" * 70_000 + "needle" + "y" * 50
    cut = 70_000 + border
    ref, chunks = long(text[:cut], text[cut:])
    fill(trace, {"kind": "reasoning", "text": ref}, chunks=chunks)
    (hit,) = trace.search(RUN, "NEEDLE").hits
    assert (hit.offset, hit.body, hit.field) == (70_000, ref["sha256"], "text")
    assert hit.excerpt[hit.match.at : hit.match.end] == "needle"
    tiny, more = long(*"a needle")
    fill_more = [line(1, 3, {"kind": "reasoning", "text": tiny})]
    trace.write(fill_more, more)
    assert [(hit.n, hit.offset) for hit in trace.search(RUN, "a needle", after=2).hits] == [(3, 0)]


def test_what_cannot_be_searched_is_counted(trace: Trace) -> None:
    """A text with a piece that is late, and more long texts than one event may have, are said to be left out."""
    late, _ = long("never came")
    here, chunks = long("it is here")
    many = {f"f{n}": here for n in range(10)}
    fill(trace, {"kind": "reasoning", "text": late}, {"kind": "odd", **many}, chunks=chunks)
    found = trace.search(RUN, "needle")
    assert (found.hits, found.scanned, found.skipped) == ([], 3, 3)


def test_one_request_looks_at_a_bounded_piece(trace: Trace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Events, bytes of long texts and time each end a request, and the next one goes on from there."""
    ref, chunks = long("z" * 60_000)
    fill(
        trace,
        *(said("hay") for _ in range(30)),
        {"kind": "reasoning", "text": ref},
        said("needle"),
        chunks=chunks,
    )
    monkeypatch.setattr(looking, "EVENTS_MAX", 10)
    first = trace.search(RUN, "needle")
    assert (first.scanned, first.next) == (10, 10)
    assert [hit.n for hit in every(trace, "needle")] == [33]
    monkeypatch.setattr(looking, "EVENTS_MAX", 1000)
    monkeypatch.setattr(looking, "LONG_MAX", 50_000)
    assert trace.search(RUN, "needle").next == 32
    monkeypatch.setattr(looking, "LONG_MAX", 10**9)
    ticks = iter(range(1000))
    rows = [(n, n, 0.0, b'{"event":{"kind":"reasoning","text":"hay"}}') for n in range(1, 100)]
    late = Search("x", lambda first, last: rows[first - 1 : last], lambda _: None, lambda: next(ticks) / 10)
    assert late.forwards(0, 99, 20).scanned == 3


@pytest.mark.pure
def test_a_no_of_the_quick_look_is_certain() -> None:
    """Whatever letters a text has, folded JSON has the folded text where the text has it."""
    import orjson

    for letters in ("İi̇ı", "ßſs", "ﬁfi", "ΣΑΣ", 'q"\\\n\x00', "ǅ", "K"):
        encoded = orjson.dumps({"event": {"text": f"a {letters} b"}}).decode()
        for asked in (letters, letters.lower(), letters.upper(), letters.casefold()):
            needle = Needle(asked)
            assert needle.find(f"a {letters} b") is None or needle.may_be_in(encoded)
