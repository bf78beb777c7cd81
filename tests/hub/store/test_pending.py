"""The place of exact arguments: private, whole or not there, before the facts that need it, and gone with them."""

from __future__ import annotations

import asyncio
import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from interlock.errors import StoreError
from interlock.hub.core.effects import Append, Fact
from interlock.hub.record.pending import FOLDER, Pending
from interlock.hub.server.lanes import ControlLane


def test_texts_are_private_and_whole(tmp_path: Path) -> None:
    """Folder 0700, files 0600, the same text again after a start; what a crash left half written is no text."""
    (tmp_path / FOLDER).mkdir(mode=0o755)
    pending = Pending(tmp_path)
    pending.keep([("e-1.a", '{"a":"é"}'), ("e-2.b", "{}")])
    pending.keep([("e-1.a", '{"a":2}')])
    folder = tmp_path / FOLDER
    (folder / ".e-3.c.part").write_text("{", encoding="utf-8")
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE((folder / name).stat().st_mode) for name in ("e-1.a", "e-2.b")} == {0o600}
    again = Pending(tmp_path)
    assert again.load() == {"e-1.a": '{"a":2}', "e-2.b": "{}"}
    again.only(["e-1.a"])
    assert [path.name for path in folder.iterdir()] == ["e-1.a"]
    again.drop(["e-1.a", "e-9.z"])
    assert list(folder.iterdir()) == []


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A place that takes nothing is an error with the path, and leaves nothing half written."""
    pending = Pending(tmp_path)
    (tmp_path / FOLDER).rmdir()
    with pytest.raises(StoreError, match=FOLDER):
        pending.keep([("e-1.a", "{}")])
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(StoreError):
        Pending(tmp_path / "file")


class Disk:
    """A record that notes what was pending when it was written to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.seen: list[tuple[str, list[str]]] = []

    def append(self, facts: Sequence[Fact], at: float) -> range:
        """Note it."""
        del at
        there = sorted(path.name for path in self.folder.iterdir())
        self.seen.extend((fact.kind, there) for fact in facts)
        return range(len(facts))


async def test_exact_arguments_are_there_before_the_facts_and_go_after_them(tmp_path: Path) -> None:
    """While they cannot be written no fact about them is, and nothing is reported; in the end both are there."""
    pending, loop = Pending(tmp_path), asyncio.get_running_loop()
    disk = Disk(tmp_path / FOLDER)
    done: asyncio.Queue[list[int]] = asyncio.Queue()
    failed: asyncio.Queue[str] = asyncio.Queue()
    lane = ControlLane(
        disk,
        loop,
        committed=lambda tokens: done.put_nowait(list(tokens)),
        unwritten=lambda _, problem: failed.put_nowait(problem),
        die=lambda problem: failed.put_nowait(f"died: {problem}"),
        pending=pending,
    )
    (tmp_path / FOLDER).rename(tmp_path / "away")
    lane.start()
    lane.put(Append(1, (Fact("escalation", {}),), keep=(("e-1.a", "{}"),)))
    assert FOLDER in await asyncio.wait_for(failed.get(), 30)
    assert (disk.seen, done.empty()) == ([], True)
    (tmp_path / "away").rename(tmp_path / FOLDER)
    assert await asyncio.wait_for(done.get(), 30) == [1]
    lane.put(Append(2, (Fact("rejected", {}),), spend=("e-1.a",)))
    assert await asyncio.wait_for(done.get(), 30) == [2]
    lane.close()
    assert disk.seen == [("escalation", ["e-1.a"]), ("rejected", ["e-1.a"])]
    assert pending.load() == {}
