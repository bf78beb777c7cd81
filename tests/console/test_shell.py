"""The mouse never acts, the background is only where a way back is, and another context is a new console."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path

import pytest
from textual.selection import SELECT_ALL

from interlock_console import mouse, onward
from interlock_console.app import Console
from interlock_console.background import watched
from interlock_console.screens.fleet import FleetView
from interlock_console.screens.palette import Palette
from interlock_console.screens.run import RunView
from tests.console.feed import Feed, run_id
from tests.console.looks import WIDE, noted, settle, shown
from tests.hostile.session import record
from tests.support.hubs import GUARD


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Private folders."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


async def test_a_click_chooses_two_open_and_the_wheel_scrolls() -> None:
    """The cursor goes to the row that was clicked; the second click opens it as enter does."""
    feed = Feed()
    feed.snapshot()
    for number in range(1, 4):
        feed.began(number)
    async with shown(feed.station(), WIDE) as pilot:
        view = pilot.app.screen
        assert isinstance(view, FleetView)
        table = view.table
        await pilot.click(table, offset=(5, 1))
        assert table.cursor == table.order[1]
        await pilot.click(table, offset=(5, 30))
        assert table.cursor == table.order[1]
        await pilot.click(table, offset=(5, 2), times=2)
        opened = pilot.app.screen
        assert isinstance(opened, RunView)
        assert opened.run == table.order[2]


async def test_no_click_anywhere_gives_an_order() -> None:
    """Every line of the fleet and of the palette is clicked, twice: no run has an order, no dialog is open."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    async with shown(feed.station()) as pilot:
        for y in range(24):
            await pilot.click(None, offset=(20, y))
            await pilot.click(None, offset=(60, y))
        await pilot.press("1", "ctrl+p", *"pause")
        assert isinstance(pilot.app.screen, Palette)
        await settle(pilot)
        page = pilot.app.screen.page
        rows = [
            y for y, pieces in enumerate(page.lines(*page.size)) if any(">" in text for text, _ in pieces[:1])
        ]
        await pilot.click(page, offset=(5, rows[0]), times=2)
        await settle(pilot)
        assert isinstance(pilot.app.screen, FleetView)
        assert "press K itself" in noted(pilot)
        state = feed.fleet.pull().changed.get(run_id(1)) or pilot.app.screen.station.runs[run_id(1)]
        assert not state.order


async def test_ctrl_c_copies_a_selection_and_says_where_it_went(tmp_path: Path) -> None:
    """With text selected, ctrl+c copies it into the private file; it never ends the console."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    async with shown(feed.station(), WIDE) as pilot:
        view = pilot.app.screen
        assert isinstance(view, FleetView)
        view.selections = {view.table: SELECT_ALL}
        await pilot.press("ctrl+c")
        copied = tmp_path / "state" / "interlock" / "copied.txt"
        until = time.monotonic() + GUARD
        while "copied" not in noted(pilot):
            assert time.monotonic() < until, "nothing was said of the copy"
            await settle(pilot)
            await pilot.pause(0.01)
        assert "agent-1" in _text(copied)
        assert pilot.app.is_running


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


_MOUSE = """
import sys
from interlock_console import mouse
from tests.console.feed import Feed
from tests.console.sink_drive import STYLE
from interlock_console.app import Console

class Mouse(Console):
    CSS_PATH = str(STYLE)
    def on_mount(self):
        self.call_later(self.play)
    def play(self):
        said = [mouse.is_on(self)]
        for on in (True, False):
            said += [mouse.turn(self, on), mouse.is_on(self)]
        self.exit(return_code=0 if said == [False, mouse.SHIFT, True, said[3], False] else 3)

app = Mouse(Feed().station())
app.run(mouse=False)
sys.exit(app.return_code)
"""


def test_the_mouse_is_off_until_it_is_asked_for_and_can_be_given_back() -> None:
    """The terminal is asked for the mouse by ``:mouse on`` alone, told to stop by off, and the sentence names shift."""
    raw = record([sys.executable, "-c", _MOUSE], timeout=150.0)
    assert raw.count(b"\x1b[?1003h") == 1
    assert raw.index(b"\x1b[?1003h") < raw.rindex(b"\x1b[?1003l")
    assert "shift" in mouse.SHIFT


def test_a_console_without_a_shell_above_it_is_not_put_into_the_background() -> None:
    """A process that leads its session has nobody to bring it back; one in a group of its own below another has."""
    ask = "from interlock_console.background import watched; print(watched())"
    alone = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, start_new_session=True, check=True
    )
    assert alone.stdout.strip() == "False"
    below = subprocess.run(
        [sys.executable, "-c", ask], capture_output=True, text=True, process_group=0, check=True
    )
    assert below.stdout.strip() == "True"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ask!r}])"
    wrapped = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, process_group=0, check=True
    )
    assert wrapped.stdout.strip() == "True"
    assert watched(os.getpid()) in (True, False)


async def test_ctrl_z_without_a_shell_is_a_sentence() -> None:
    """Where the console could not come back it stays and says so."""
    feed = Feed()
    feed.snapshot()
    async with shown(feed.station()) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        await pilot.press("ctrl+z")
        await settle(pilot)
        assert "it stays in front" in noted(pilot)


def test_another_context_s_console_is_drawn_the_same_and_talks_to_nobody_else() -> None:
    """How it is drawn goes along; address, token and theme of the old one do not."""
    args = Namespace(
        url="http://127.0.0.1:1", token_file="a", context="old", theme="day", view="", read_only=True,
        ascii=True, mouse=False, no_hub=False, keymap="vim",
    )  # fmt: skip
    assert onward.words("new", args) == ["--context=new", "--ascii", "--read-only", "--keymap=vim"]
