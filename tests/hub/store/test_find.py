"""Search in the record finds the same with an index as without one, in bounded pieces, and trusts the record alone."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest

from interlock.errors import ChainBroken
from interlock.hub.core.effects import Fact
from interlock.hub.record import Record
from interlock.hub.record import index as indexes
from interlock.hub.record.index import Index
from interlock.hub.record.search import Filters, Found, Search, shown

AT = 1_795_000_000.0
COUNT = 240
RUN = "r-000000000000000{}"


def _fact(number: int) -> Fact:
    by, tool = f"op{number % 3}", f"tool{number % 5}"
    if number % 2:
        body = {"verb": "kill", "by": by, "reason": f"it loops {number}", "runs": [RUN.format(number % 7)]}
        return Fact("order", body, order=f"o-{number:016x}")
    return Fact(
        "permit", {"tool": tool, "digest": "ab"}, run=RUN.format(number % 7), permit=f"p-{number:016x}"
    )


def _search(record: Record, index: Index | None, filters: Filters) -> Search:
    """Return a search whose time never runs out, however busy the machine is."""
    return Search(record.pages, index, filters, clock=lambda: 0.0)


@pytest.fixture(scope="module", autouse=True)
def _small() -> Iterator[None]:
    """Blocks and steps are small, so that a few hundred entries are many of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexes, "STEP", 70)
        yield


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Record]:
    """A record in which the wall clock jumped back once."""
    made = Record.open(tmp_path_factory.mktemp("find"))
    for first in range(0, COUNT, 20):
        at = AT + first if first != 200 else AT - 500
        made.append([_fact(number) for number in range(first, first + 20)], at)
    yield made
    made.close()


ALL = [
    *(
        Filters(*each)
        for each in itertools.product(("", RUN.format(3)), ("", "op1"), ("", "tool2"), ("", "order"))
    ),
    Filters(run=RUN.format(3), since=AT + 100),
    Filters(since=AT + 100, until=AT + 220, q="LOOPS 1"),
    Filters(kind="order", q="LOOPS 1"),
]


def _numbers(found: Found) -> list[int]:
    return [row.n for row, _ in found.rows]


@pytest.mark.parametrize(("text", "kind"), [("P-0000000000000010", b"permit"), ("ab", b"permit")])
def test_what_a_row_shows_is_found_also_where_its_body_has_it_not(
    record: Record, text: str, kind: bytes
) -> None:
    """A permit and a digest are columns of the table; whoever types one sees every entry about it."""
    found = _search(record, None, Filters(q=text)).forwards(0, record.last, COUNT)
    assert found.rows
    assert {row.kind for row, _ in found.rows} == {kind}


@pytest.mark.parametrize("steps", [0, 2, 99])
def test_an_index_changes_nothing_but_the_time_it_takes(record: Record, tmp_path: Path, steps: int) -> None:
    """With no index, half of one and all of it every filter finds the same entries, forwards and backwards."""
    index = Index(tmp_path, record.pages)
    for _ in range(steps):
        if not index.step():
            break
    for filters in ALL:
        plain = _search(record, None, filters).forwards(0, record.last, COUNT)
        found = _search(record, index, filters).forwards(0, record.last, COUNT)
        back = _search(record, index, filters).backwards(record.last, COUNT)
        assert _numbers(found) == _numbers(plain) == _numbers(back)[::-1], filters
        assert found.next is plain.next is None
        if steps == 99 and filters.keys() and not filters.q:
            assert found.scanned <= plain.scanned
    index.close()


def test_pages_follow_each_other_both_ways(record: Record, tmp_path: Path) -> None:
    """``next`` goes on exactly behind what was given, until nothing is left."""
    index = Index(tmp_path, record.pages)
    while index.step():
        pass
    filters = Filters(kind="order")
    forwards, backwards = list[int](), list[int]()
    place: int | None = 0
    while place is not None:
        found = _search(record, index, filters).forwards(place, record.last, 7)
        forwards += _numbers(found)
        place = found.next
    place = record.last
    while place is not None and place > 0:
        found = _search(record, index, filters).backwards(place, 7)
        backwards += _numbers(found)
        place = found.next - 1 if found.next is not None else None
    assert forwards == backwards[::-1] == list(range(2, COUNT + 1, 2))
    index.close()


def test_a_request_ends_when_its_time_is_up(record: Record) -> None:
    """Nothing found yet is an answer too: it says where to go on."""
    ticks = itertools.count()
    search = Search(record.pages, None, Filters(q="nowhere"), clock=lambda: float(next(ticks)))
    found = search.forwards(0, record.last, 10)
    assert (found.rows, found.scanned) == ([], 100)
    assert found.next == 100


@pytest.mark.parametrize("harm", ["rubbish", "another record", "another version"])
def test_an_index_that_is_of_no_use_is_made_anew(record: Record, tmp_path: Path, harm: str) -> None:
    """Damage, another record's index and another version cost time and change no answer."""
    index = Index(tmp_path, record.pages)
    index.step()
    index.close()
    if harm == "rubbish":
        (tmp_path / "audit.db").write_bytes(b"not a database" * 500)
    else:
        db: Any = apsw.Connection(str(tmp_path / "audit.db"))
        db.execute("UPDATE done SET hash = x'00'" if harm == "another record" else "PRAGMA user_version = 5")
        db.close()
    index = Index(tmp_path, record.pages)
    assert index.last == 0
    while index.step():
        pass
    found = _search(record, index, Filters(kind="permit")).forwards(0, record.last, COUNT)
    assert len(found.rows) == COUNT // 2
    index.close()


def test_an_index_that_lies_shows_no_entry_that_is_not_meant(record: Record, tmp_path: Path) -> None:
    """What the index names is read from the record and compared."""
    index = Index(tmp_path, record.pages)
    while index.step():
        pass
    index._writer.many("INSERT OR IGNORE INTO key VALUES (?, ?)", [(indexes.digest("kind", "order"), 1)])
    found = _search(record, index, Filters(kind="order")).forwards(0, record.last, 3)
    assert _numbers(found) == [2, 4, 6]
    index.close()


def test_a_changed_entry_is_refused_wherever_it_is_read(tmp_path: Path) -> None:
    """A search checks each entry against the one before it, as a page does."""
    record = Record.open(tmp_path)
    record.append([_fact(number) for number in range(9)], AT)
    db: Any = apsw.Connection(str(tmp_path / "record.db"))
    db.execute("UPDATE entry SET kind = 'note' WHERE n = 5")
    db.close()
    with pytest.raises(ChainBroken) as caught:
        record.pages.at([5])
    assert caught.value.entry == 5
    assert [row.n for row, _ in record.pages.at([9, 2, 99])] == [9, 2]
    record.close()


@pytest.mark.parametrize("steps", [0, 1, 99])
def test_the_canary_is_left_out_where_nobody_asks_for_it(tmp_path: Path, steps: int) -> None:
    """Each entry of a run of the hub's own is left out, however much is in the index, and also after a new start."""
    record = Record.open(tmp_path)
    for number in range(60):
        own, run = number % 2, f"r-{number:016x}"
        agent = "interlock-canary" if own else "refunds"
        begun = {"agent": agent, "role": agent, "trace": "", "parent": ""}
        record.append(
            [Fact("run", begun, run=run), *(Fact("gate", {"gate": "g"}, run=run) for _ in "ab")], AT
        )
    # Of the first two runs, long after they began.
    record.append([Fact("gate.left", {"gate": "g"}, run=f"r-{number:016x}") for number in (0, 1)], AT)
    index = Index(tmp_path, record.pages)
    for _ in range(steps):
        index.step()
        index.close()
        index = Index(tmp_path, record.pages)
    ours = [n for n in range(1, 182) if (n - 1) // 3 % 2 == 0] + [181]
    ours = sorted(set(ours))
    filters = Filters(canary=False)
    assert _numbers(_search(record, index, filters).forwards(0, record.last, 999)) == ours
    assert _numbers(_search(record, index, filters).backwards(record.last, 999)) == ours[::-1]
    gates = [n for n in ours if n % 3 != 1 and n < 181]
    asked = Filters(kind="gate", canary=False)
    assert _numbers(_search(record, index, asked).forwards(0, record.last, 999)) == gates
    assert len(_search(record, index, Filters()).forwards(0, record.last, 999).rows) == 182
    index.close()
    record.close()


def test_an_entry_is_shown_with_its_row(record: Record) -> None:
    """A row has the words, and beside them the entry itself."""
    ((stored, prev),) = record.pages.at([2])
    made = shown(stored, prev)
    assert (made["who"], made["what"], made["why"]) == ("op1", "kill 1 runs", "it loops 1")
    assert made["body"]["verb"] == "kill"
    assert made["prev"] == prev.hex()
