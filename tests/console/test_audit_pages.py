"""A long record at a real hub, on the screen: both ends, any entry, and what fits among all of them."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from interlock.hub.core.effects import Fact
from interlock.hub.record import Record
from interlock_console.screens.audit import AuditView
from tests.console.live import Live, console
from tests.support.hubs import HubProcess

_names = itertools.count(1)
SIZES = (20_000, pytest.param(100_000, marks=pytest.mark.rig))


def rare(count: int) -> list[int]:
    """Return the entries about a tool that no other is about, in a record of so many."""
    return [777, count // 2 + 123, count - 10]


def _fact(n: int, among: list[int]) -> Fact:
    body = {"by": "bob" if n % 3 else "ann", "tool": "rare" if n in among else "common", "why": f"entry {n}"}
    return Fact("filled", body, run=f"r-{n // 50:016x}")


@pytest.fixture(scope="module", name="count", params=SIZES)
def _count(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module", name="hub")
def _hub(tmp_path_factory: pytest.TempPathFactory, count: int) -> Iterator[HubProcess]:
    folder = tmp_path_factory.mktemp("long") / "hub"
    fill(folder, count)
    with HubProcess(folder) as made:
        yield made


def fill(folder: Path, count: int) -> None:
    """Write a long record, of a kind that nothing follows from."""
    folder.mkdir(mode=0o700)
    record, at = Record.open(folder), time.time() - 86_400
    for start in range(1, count + 1, 5000):
        record.append([_fact(n, rare(count)) for n in range(start, start + 5000)], at + start)
    assert record.last == count
    record.close()


@pytest.fixture(name="live")
async def _live(hub: HubProcess) -> AsyncIterator[Live]:
    async with console(hub) as live:
        await live.pilot.press("3")
        await live.until("FOLLOWING the newest", when=lambda: bool(_view(live).record.order))
        yield live


def _view(live: Live) -> AuditView:
    view = live.pilot.app.screen
    assert isinstance(view, AuditView)
    return view


def _comes(hub: HubProcess) -> str:
    """Let an entry be written that says a name nobody has had; return the name."""
    name = f"viewer{next(_names)}"
    body = {"name": name, "role": "viewer", "reason": "a test"}
    assert hub.ask("POST", "/v1/operators", body)[0] == 200
    return name


def _whole(view: AuditView) -> bool:
    """Return whether every entry between the ends of what is in memory is there."""
    window = view.reader.window
    return list(window.rows) == list(range(window.low, window.high + 1))


async def test_both_ends_any_entry_and_no_hole_between_pages(live: Live, count: int) -> None:
    """The first entry, forty screens up from it, one in the middle, the newest: nothing in memory is missing."""
    view, pilot = _view(live), live.pilot
    await pilot.press("G")
    await live.until("NOT AT THE NEWEST", when=lambda: view.record.cursor == 1)
    assert _whole(view)
    for step in range(40):
        before = view.record.cursor or 0
        await pilot.press("pageup")
        assert (view.record.cursor or 0) >= before
        if step % 10 == 9:
            await live.until(when=lambda: not view.reader.paging)
            assert _whole(view)
    assert view.reader.window.high > 200
    half = count // 2
    await pilot.press(":", *f"entry {half:,}", "enter")
    await live.until(f"{half:,}", f"{half - 1:,}", when=lambda: view.record.cursor == half)
    await live.until(when=lambda: not view.reader.paging)
    assert _whole(view)
    cursor, line = view.record.cursor, view.record.place - view.record.top
    await live.until(when=lambda: view.reader.window.high > half + 50)
    assert (view.record.cursor, view.record.place - view.record.top) == (cursor, line), (
        "what is read stays in place"
    )
    await pilot.press("g")
    await live.until("FOLLOWING the newest", when=lambda: view.record.cursor == view.reader.window.last)


async def test_what_fits_is_found_among_all_and_whoever_follows_sees_what_comes(
    hub: HubProcess, live: Live, count: int
) -> None:
    """Three of them all by their tool; by who and a word; then an entry that is written now is there by itself."""
    view, pilot = _view(live), live.pilot
    await pilot.press("/", *"tool:rare", "enter")
    await live.until("/ tool:rare", when=lambda: list(view.record.rows) == rare(count))
    await pilot.press("/", "ctrl+u", *"who:bob verdict:deny", "enter")
    await live.until("/ who:bob verdict:deny", "none down to")
    await pilot.press("/", "ctrl+u", *"tol:x", "enter")
    await live.until("no field tol: did you mean tool?")
    await pilot.press("escape")
    await live.until("the record, newest first", when=lambda: view.record.cursor == view.reader.window.last)
    before = view.record.cursor or 0
    name = _comes(hub)
    await live.until(f"operator {name}: viewer", when=lambda: (view.record.cursor or 0) > before)
    await pilot.press("enter")
    assert not view.record.follow, "what is read on the whole screen is not changed for what is newer"
    await pilot.press("enter", "j")
    stays = view.record.cursor
    _comes(hub)
    await live.until("NOT AT THE NEWEST: 1 newer", when=lambda: view.reader.window.at_end)
    assert view.record.cursor == stays, "a hand put it there"
