"""The two writers: order, batching, a disk that takes nothing for a while, and a commit nobody knows about."""

import asyncio
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from interlock.errors import CommitUnknown, StoreError
from interlock.hub.core.effects import Append, Fact
from interlock.hub.record.pending import Pending
from interlock.hub.server.lanes import AGAIN_SECONDS, ControlLane, Job, TelemetryLane, Written
from tests.support.hubs import GUARD


class Disk:
    """A record in memory that fails as often as it is told to, and then writes."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.transactions: list[list[str]] = []

    def append(self, facts: Sequence[Fact], at: float) -> range:
        """Write, or fail."""
        if self.failures:
            raise self.failures.pop(0)
        self.transactions.append([fact.kind for fact in facts])
        return range(len(facts))


def full() -> StoreError:
    """Return what a full disk raises."""
    return StoreError("nothing was written", path="record.db", fix="free space")


def append(token: int, *kinds: str) -> Append:
    """Return an append of facts of these kinds."""
    return Append(token, tuple(Fact(kind, {}) for kind in kinds))


async def control(
    disk: Disk, *appends: Append, pending: Pending | None = None
) -> tuple[list[int], list[int], list[str]]:
    """Write appends; return the tokens committed, the counts of entries not written, and why the hub would end."""
    committed: list[int] = []
    unwritten: list[int] = []
    ended: list[str] = []
    done = asyncio.Event()

    def note(tokens: Sequence[int]) -> None:
        committed.extend(tokens)
        if len(committed) == len(appends):
            done.set()

    loop = asyncio.get_running_loop()

    def end(problem: str) -> None:
        ended.append(problem)
        loop.call_soon_threadsafe(done.set)

    lane = ControlLane(
        disk,
        loop,
        committed=note,
        unwritten=lambda count, _: unwritten.append(count),
        die=end,
        pending=pending,
    )
    for each in appends:
        lane.put(each)
    lane.start()
    await asyncio.wait_for(done.wait(), GUARD)
    lane.close()
    return committed, unwritten, ended


async def test_what_waits_together_is_one_transaction_and_reported_in_order() -> None:
    """Three appends that wait become one commit, an empty one among them is reported in its place."""
    disk = Disk()
    committed, unwritten, ended = await control(disk, append(1, "a", "b"), append(2), append(3, "c"))
    assert committed == [1, 2, 3]
    assert disk.transactions == [["a", "b", "c"]]
    assert (unwritten, ended) == ([], [])


async def test_a_disk_that_takes_nothing_is_tried_again_with_everything_in_order() -> None:
    """Nothing is reported as committed until it is; how much waits is told."""
    disk = Disk(full(), full())
    committed, unwritten, ended = await control(disk, append(1, "order"), append(2, "permit"))
    assert committed == [1, 2]
    assert disk.transactions == [["order", "permit"]]
    assert unwritten == [2, 2]
    assert ended == []


async def test_a_commit_nobody_knows_about_ends_the_hub_and_is_never_reported() -> None:
    """The lane says unknown, commits nothing again, and tells nobody that it worked."""
    disk = Disk(CommitUnknown("the commit raised", path="record.db", fix="start again"))
    committed, _, ended = await control(disk, append(1, "order"))
    assert committed == []
    assert disk.transactions == []
    assert len(ended) == 1
    assert "unknown" in ended[0]


async def test_what_ends_a_refused_append_is_on_disk_with_it() -> None:
    """What is put while a failure is told is in the very next transaction: nothing comes true in between."""
    disk = Disk(full())
    loop, done = asyncio.get_running_loop(), asyncio.Event()

    def refused(_entries: int, _problem: str) -> None:
        # The loop stands still for longer than the lane waits between two tries, then takes the resume back.
        time.sleep(AGAIN_SECONDS * 1.5)
        lane.put(append(2, "pause"))

    lane = ControlLane(
        disk, loop, committed=lambda _: done.set(), unwritten=refused, die=lambda _: done.set()
    )
    lane.put(append(1, "resume"))
    lane.start()
    await asyncio.wait_for(done.wait(), GUARD)
    lane.close()
    assert disk.transactions == [["resume", "pause"]]


async def test_arguments_that_were_edited_back_stay_on_disk(tmp_path: Path) -> None:
    """Of edits that go to disk together the last is kept, also where it is what was there at first."""
    pending = Pending(tmp_path)
    edits = (
        Append(1, (Fact("escalation", {}),), (("e.a", "A"),)),
        Append(2, (Fact("edited", {}),), (("e.b", "B"),), ("e.a",)),
        Append(3, (Fact("edited", {}),), (("e.a", "A"),), ("e.b",)),
    )
    await control(Disk(), *edits, pending=pending)
    assert pending.load() == {"e.a": "A"}


async def test_telemetry_is_gathered_stored_in_order_and_landed_after_its_commit() -> None:
    """A hundred jobs come out in order, in fewer transactions, each told once it is on disk."""
    batches: list[list[int]] = []
    landed: list[int] = []
    fed: list[int] = []
    failures = [full()]
    lock = threading.Lock()

    def write(lines: list[int], chunks: list[tuple[str, str]], _: object) -> list[tuple[int, bytes]]:
        with lock:
            if failures:
                raise failures.pop()
            batches.append(lines)
        return [(line, b"{}") for line in lines]

    done = asyncio.Event()

    def written(batch: Written) -> None:
        fed.extend(at for at, _ in batch.items)
        for job in batch.jobs:
            if job.land is not None:
                job.land()
        if len(landed) == 100:
            done.set()

    ended: list[str] = []
    lane = TelemetryLane(write, asyncio.get_running_loop(), written=written, die=ended.append)
    lane.start()
    for number in range(100):
        lane.put(Job([number], [], lambda number=number: landed.append(number)))  # type: ignore[misc]
    before = lane.idle
    await asyncio.wait_for(done.wait(), GUARD)
    lane.close()
    assert (before, lane.idle) == (False, True)
    assert fed == landed == list(range(100))
    assert [line for batch in batches for line in batch] == list(range(100))
    assert len(batches) < 100
    assert ended == []


async def test_what_waits_when_the_lane_closes_is_still_written() -> None:
    """Closing loses nothing that was handed over."""
    stored: list[int] = []

    def write(lines: list[int], chunks: list[tuple[str, str]], _: object) -> list[tuple[int, bytes]]:
        stored.extend(lines)
        return []

    lane = TelemetryLane(write, asyncio.get_running_loop(), written=lambda _: None, die=lambda _: None)
    lane.start()
    for number in range(10):
        lane.put(Job([number], []))
    lane.close()
    assert stored == list(range(10))
