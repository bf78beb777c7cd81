"""Images of the world beside the record: used where the chain vouches for them, and passed over in every other case."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from interlock.errors import ChainBroken
from interlock.hub import imaging
from interlock.hub.core.core import Core
from interlock.hub.core.effects import IMAGE, Fact, Moment
from interlock.hub.core.image import dump
from interlock.hub.core.world import World
from interlock.hub.record import Record
from interlock.hub.record.images import Place, keep
from interlock.hub.version import code
from tests.bench.parts.month import fill

ENTRIES = 400
NOW = Moment(1000.0, time.time())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a data folder with some proofs and runs in its record."""
    fill(tmp_path, ENTRIES)
    return tmp_path


def vouch(record: Record, entry: int, digest: str) -> None:
    """Let the record vouch for an image."""
    record.append([Fact(IMAGE, {"entry": entry, "sha256": digest})], 1.0)


def made(folder: Path) -> Place:
    """Make an image as the hub does, let the record vouch for it, and add what came after."""
    place, digest = imaging.make(folder)
    record = Record.open(folder)
    vouch(record, place.n, digest)
    record.append([Fact("run", {"trace": "1" * 32, "parent": ""}, run="r-after")], 2.0)
    record.close()
    return place


def world(folder: Path, *, whole: bool) -> tuple[World, Place, list[str]]:
    """Return the world a start makes, by the image it finds or by the whole record, and what it says of images."""
    record = Record.open(folder)
    image, problems = record.image(code())
    core = Core(boot="")
    if image is None or whole:
        core.recover(record.facts(), NOW)
    else:
        core.recover(record.facts(image.place), NOW, image.world)
    place = record.imaged
    record.close()
    return core.world, place, problems


def test_a_start_from_an_image_is_one_from_the_whole_record(folder: Path) -> None:
    """It uses the image, reads only what came after, and knows the same."""
    place = made(folder)
    found, used, problems = world(folder, whole=False)
    assert (used, problems) == (place, [])
    assert place.n == ENTRIES
    assert "r-after" in found.runs
    assert _plain(found) == _plain(world(folder, whole=True)[0])


def _plain(found: World) -> bytes:
    for case in found.open_cases.values():
        case.unsaved.clear()
    return dump(found)


def test_the_next_image_goes_on_from_the_one_before_and_leaves_it_there(folder: Path) -> None:
    """The older one is kept until the record vouches for the newer: a hub that dies between them has one."""
    first = made(folder)
    second, digest = imaging.make(folder)
    assert second.n == ENTRIES + 2
    found, used, problems = world(folder, whole=False)
    assert used == first
    assert "is vouched for by no entry" in problems[0]
    assert _plain(found) == _plain(world(folder, whole=True)[0])
    record = Record.open(folder)
    vouch(record, second.n, digest)
    record.close()
    assert world(folder, whole=False)[1] == second


def _flip(data: bytes) -> bytes:
    return data[:-40] + bytes([data[-40] ^ 1]) + data[-39:]


@pytest.mark.parametrize(
    "damage",
    [_flip, lambda data: data[:-10], lambda _: b"", lambda data: data[5:], lambda data: data + b" "],
    ids=["flipped", "cut", "empty", "headless", "longer"],
)
def test_a_changed_image_is_passed_over_with_a_word(folder: Path, damage: Any) -> None:
    """Whatever was done to it, nothing of it is believed, and every entry is folded."""
    made(folder)
    whole = _plain(world(folder, whole=True)[0])
    (path,) = folder.glob("world-*.image")
    path.write_bytes(damage(path.read_bytes()))
    found, used, problems = world(folder, whole=False)
    assert used == Place()
    assert len(problems) == 1
    assert path.name in problems[0]
    assert _plain(found) == whole


def test_an_image_that_says_less_than_the_record_is_not_believed(folder: Path) -> None:
    """An image made for the right entry, of a world without its kills, has not the digest the chain names."""
    place = made(folder)
    keep(folder, place, code(), dump(World()))
    found, used, problems = world(folder, whole=False)
    assert used == Place()
    assert "is vouched for by no entry" in problems[0]
    assert any(run.kill is not None for run in found.runs.values())


def test_an_image_of_other_code_is_passed_over(folder: Path) -> None:
    """An upgrade or a downgrade folds the whole record once."""
    place = Place(ENTRIES, _hash(folder, ENTRIES))
    digest = keep(folder, place, "0" * 64, dump(World()))
    record = Record.open(folder)
    vouch(record, ENTRIES, digest)
    record.close()
    _, used, problems = world(folder, whole=False)
    assert used == Place()
    assert "another version" in problems[0]


def test_an_image_of_another_record_is_passed_over(folder: Path) -> None:
    """Its entry has another hash there, also where this record has as many entries."""
    digest = keep(folder, Place(ENTRIES, b"\1" * 32), code(), dump(World()))
    record = Record.open(folder)
    vouch(record, ENTRIES, digest)
    record.close()
    _, used, problems = world(folder, whole=False)
    assert used == Place()
    assert "not of this record" in problems[0]


def _hash(folder: Path, n: int) -> bytes:
    record = Record.open(folder)
    found = bytes.fromhex(record.entries(n - 1, 1)[0].hash)
    record.close()
    return found


def test_an_entry_behind_the_image_is_checked_as_ever(folder: Path) -> None:
    """What was changed after the image was taken stops the start, by its number."""
    made(folder)
    record = Record.open(folder)
    record._writer._connection.execute(f"UPDATE entry SET at = at + 1 WHERE n = {ENTRIES + 2}")
    image, _ = record.image(code())
    assert image is not None
    with pytest.raises(ChainBroken) as caught:
        list(record.facts(image.place))
    assert caught.value.entry == ENTRIES + 2
    record.close()


KILLED = """
import os, signal, sys
from pathlib import Path
from interlock.hub import imaging
from interlock.hub.record import images
left = int(sys.argv[2])
def step(known):
    def taken(*given, **named):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return known(*given, **named)
    return taken
for name in ("open", "fsync", "close"):
    setattr(os, name, step(getattr(os, name)))
Path.replace, Path.unlink = step(Path.replace), step(Path.unlink)
imaging.make(Path(sys.argv[1]))
"""


@pytest.mark.parametrize("at", range(1, 9))
def test_a_death_at_any_step_of_the_writing_changes_no_world(folder: Path, at: int) -> None:
    """Killed before the file, within it, before or after its name: the start is as from the whole record."""
    made(folder)
    whole = _plain(world(folder, whole=True)[0])
    subprocess.run([sys.executable, "-c", KILLED, str(folder), str(at)], check=False, timeout=150)
    assert _plain(world(folder, whole=False)[0]) == whole
    place, digest = imaging.make(folder)
    record = Record.open(folder)
    vouch(record, place.n, digest)
    record.close()
    assert world(folder, whole=False)[1] == place
    assert not list(folder.glob("*.part"))
