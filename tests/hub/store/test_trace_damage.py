"""D1 and D12 for the trace: acknowledged events survive a power cut, and damage is refused, not shown."""

import random
import shutil
from pathlib import Path

import apsw
import pytest

from interlock.errors import StoreError
from interlock.hub.trace import Trace
from tests.hub.store.disks import Log, disk
from tests.hub.store.events import GATE, filled, run_id, story, whole


def _read(folder: Path, runs: int = 3) -> list[object]:
    """Return everything the trace answers, after every check a start makes."""
    trace = Trace.open(folder)
    try:
        answers: list[object] = [trace.states(limit=50)[0], trace.all_states(), trace.find("r-")]
        for run in range(1, runs + 1):
            answers += [trace.marks(run_id(run), "error"), _hits(trace, run_id(run))]
            answers += [whole(trace, run), trace.state(run_id(run)), trace.last_seq(run_id(run), GATE)]
        return answers
    finally:
        trace.close()


def _hits(trace: Trace, run: str) -> list[object]:
    """Return what a search of a whole run finds, in as many requests as it takes: each has its time."""
    hits: list[object] = []
    after: int | None = 0
    while after is not None:
        found = trace.search(run, "refund", after=after)
        hits += found.hits
        after = found.next
    return hits


def _sound(tmp_path: Path) -> tuple[bytes, list[object]]:
    """Return the file of a sound trace, and all its answers."""
    sound = tmp_path / "sound"
    sound.mkdir()
    filled(sound)
    wanted = _read(sound)
    return (sound / "trace.db").read_bytes(), wanted


def _answers(folder: Path, data: bytes | bytearray) -> list[object] | None:
    """Return what a trace of these bytes answers, None where it is refused as damaged."""
    folder.mkdir()
    (folder / "trace.db").write_bytes(data)
    try:
        return _read(folder)
    except StoreError:
        return None
    finally:
        shutil.rmtree(folder)


def _flips(tmp_path: Path, count: int, seed: int) -> None:
    pick, refused = random.Random(seed), 0
    data, wanted = _sound(tmp_path)
    for number in range(count):
        changed, at = bytearray(data), pick.randrange(len(data))
        changed[at] ^= 1 << pick.randrange(8)
        found = _answers(tmp_path / f"flip-{number}", changed)
        refused += found is None
        assert found in (None, wanted), f"a flipped bit at byte {at} was served (seed {seed})"
    assert refused > count // 10


def test_a_flipped_bit_of_the_trace_is_never_served(tmp_path: Path) -> None:
    """With one bit of the file flipped anywhere, a question is refused or answered exactly as before."""
    _flips(tmp_path, 60, seed=11)


def test_a_page_that_is_none_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """Whichever it is: its first byte says what it is for, and the start does not look through all of them."""
    data, wanted = _sound(tmp_path)
    found = []
    for at in range(0, len(data), 4096):
        changed = bytearray(data)
        changed[at] ^= 0x80
        found.append(_answers(tmp_path / f"page-{at}", changed))
    assert all(each in (None, wanted) for each in found)
    assert found.count(None) > len(found) // 2


@pytest.mark.parametrize("instead", ["7", "'a text'", "NULL"])
def test_bytes_that_became_another_kind_of_value_are_damage(tmp_path: Path, instead: str) -> None:
    """A bit of a row's head says of which kind a value is: what is no bytes any more is refused like a wrong one."""
    filled(tmp_path)
    db = apsw.Connection(str(tmp_path / "trace.db"))
    db.execute("PRAGMA writable_schema = ON")
    loose = "replace(replace(sql, 'NOT NULL', ''), 'STRICT', '')"
    db.execute(f"UPDATE sqlite_schema SET sql = {loose} WHERE name = 'event'")
    db.close()
    db = apsw.Connection(str(tmp_path / "trace.db"))
    db.execute(f"UPDATE event SET e = {instead} WHERE n = 3")
    db.close()
    trace = Trace.open(tmp_path)
    with pytest.raises(StoreError, match=r"event 3 of run .* is damaged"):
        whole(trace, 1)
    trace.close()


@pytest.mark.rig
def test_a_thousand_flipped_bits_of_the_trace_are_never_served(tmp_path: Path) -> None:
    """The same at 1,000 places."""
    _flips(tmp_path, 1000, seed=12)


def _cuts(tmp_path: Path, count: int, seed: int) -> None:
    log, acknowledged = Log(), list[tuple[int, int]]()
    live = tmp_path / "live"
    live.mkdir()
    lines = story(1, 60)
    with disk(f"trace-log{seed}", log) as name:
        trace = Trace(live, vfs=name)
        for first in range(0, len(lines), 6):
            trace.write(lines[first : first + 6])
            acknowledged.append((len(log.ops), trace.pos))
        trace.close()
    lose = random.Random(seed)
    for cut in sorted(lose.sample(range(acknowledged[0][0], len(log.ops) + 1), count)):
        folder = tmp_path / f"cut-{cut}"
        folder.mkdir()
        log.cut(cut, folder, lose)
        promised = max(pos for at, pos in acknowledged if at <= cut)
        trace = Trace.open(folder)
        items, state = whole(trace, 1), trace.state(run_id(1))
        trace.close()
        assert len(items) >= promised, f"cut before operation {cut} lost acknowledged events (seed {seed})"
        assert [item["e"] for item in items] == [line.envelope for line in lines[: len(items)]]
        assert state is not None
        assert state.n == len(items)


def test_acknowledged_events_survive_a_power_cut(tmp_path: Path) -> None:
    """Wherever the power is cut, the acknowledged events are there, whole, and the state is that of what is there."""
    _cuts(tmp_path, 20, seed=21)


@pytest.mark.rig
def test_acknowledged_events_survive_many_power_cuts(tmp_path: Path) -> None:
    """The same at 160 places of four different losses."""
    for seed in range(22, 26):
        (tmp_path / str(seed)).mkdir()
        _cuts(tmp_path / str(seed), 40, seed=seed)
