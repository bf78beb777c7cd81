"""The line that ``:`` opens: what it takes, completes, remembers and refuses; and that no key goes astray around it."""

from __future__ import annotations

import stat
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual import events
from textual.pilot import Pilot

from interlock_console import contexts
from interlock_console.app import Console
from interlock_console.private import state_folder
from interlock_console.screens.command import CommandLine
from interlock_console.screens.fleet import FleetView
from interlock_console.screens.help import HelpScreen
from interlock_console.screens.leave import LeaveDialog
from interlock_console.screens.run import RunView
from tests.console.feed import Feed, run_id
from tests.console.looks import WIDE, burst, lines, noted, settle, shown, text
from tests.support.hubs import GUARD


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Private folders."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@asynccontextmanager
async def _console(runs: int = 2, read_only: bool = False) -> AsyncIterator[Pilot[None]]:
    feed = Feed()
    feed.snapshot()
    for number in range(1, runs + 1):
        feed.began(number)
    async with shown(feed.station(read_only=read_only), WIDE) as pilot:
        yield pilot


def _kept() -> list[str]:
    path = state_folder() / "commands.txt"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    return path.read_text(encoding="utf-8").splitlines()


async def test_a_command_is_completed_and_the_rest_suggested() -> None:
    """The suggestion stands behind what was typed, tab takes it, then the words it may take, one after the other."""
    async with _console() as pilot:
        await pilot.press(":", *"the")
        await settle(pilot)
        assert ":the_me" in lines(pilot)[-1]
        await pilot.press("tab", "space", "d", "tab")
        await settle(pilot)
        assert ":theme day_" in lines(pilot)[-1]
        await pilot.press("ctrl+w", "tab")
        await settle(pilot)
        assert ":theme ansi-16_" in lines(pilot)[-1]
        assert "tab: ansi-16 day" in lines(pilot)[-1]
        await pilot.press("tab")
        await settle(pilot)
        assert ":theme day_" in lines(pilot)[-1]


async def test_what_was_typed_is_remembered_in_a_private_file_and_nothing_else_is() -> None:
    """Arrows bring lines back, also in the next console; the file has what was typed, once, and mode 0600."""
    async with _console() as pilot:
        for line in ("mouse", "keyz", "mouse"):
            await pilot.press(":", *line, "enter")
        await settle(pilot)
    assert _kept() == ["keyz", "mouse"]
    async with _console() as pilot:
        await pilot.press(":", "x", "up", "up")
        await settle(pilot)
        assert ":keyz_" in lines(pilot)[-1]
        await pilot.press("down", "down")
        await settle(pilot)
        assert ":x_" in lines(pilot)[-1]


async def test_an_empty_line_is_left_by_any_of_its_keys() -> None:
    """Nothing is done, nothing is remembered."""
    async with _console() as pilot:
        for key in ("escape", "backspace", "ctrl+c", "enter"):
            await pilot.press(":")
            assert isinstance(pilot.app.screen, CommandLine)
            await pilot.press(key)
            assert isinstance(pilot.app.screen, FleetView), key
    assert not (state_folder() / "commands.txt").exists()


MISTAKES = [
    ("thme day", "no command :thme; did you mean :theme?"),
    ("qqq", "no command :qqq"),
    ("theme 'day", "a quote in theme 'day is not closed"),
    ("theme", "this is night; there are ansi-16, day"),
    ("mouse up", "the mouse is off: type :mouse on or :mouse off"),
    ("mouse on", "this terminal has no mouse to turn on or off"),
    ("fleet now", ":fleet takes no words"),
    ("run", "type :run and the beginning of a run's id"),
    ("run r-000", "2 runs begin with r-000; type more of it"),
    ("run zz", "no run here begins with r-zz; with four characters after r- the hub is asked"),
    ("context nowhere", "no context 'nowhere'"),
    ("context", "there are local"),
]


async def test_a_mistake_is_a_sentence() -> None:
    """It says what is near or what there is; nothing ends."""
    async with _console() as pilot:
        for line, said in MISTAKES:
            await pilot.press(":", *line, "enter")
            await settle(pilot)
            assert said in noted(pilot), line


async def test_a_run_is_opened_by_the_beginning_of_its_id() -> None:
    """Of two runs the one that is meant."""
    async with _console() as pilot:
        await pilot.press(":", *f"run {run_id(2)}", "enter")
        await settle(pilot)
        view = pilot.app.screen
        assert isinstance(view, RunView)
        assert view.run == run_id(2)


async def test_a_run_the_hub_does_not_know_is_told_when_it_answers() -> None:
    """The hub is asked without waiting; that nobody answers is said."""
    async with _console() as pilot:
        await pilot.press(":", *"run r-abcd", "enter")
        await _until(pilot, lambda: "no run r-abcd" in noted(pilot))


async def test_help_keys_and_leaving_have_their_commands() -> None:
    """``:help`` and ``:keys`` are lists, ``:q`` asks."""
    async with _console() as pilot:
        await pilot.press(":", *"help", "enter")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.press("q", ":", *"keys", "enter")
        await settle(pilot)
        assert "run.kill: pause the run at once" in text(pilot)
        await pilot.press("q", ":", "q", "enter")
        assert isinstance(pilot.app.screen, LeaveDialog)


async def test_a_paste_shows_its_first_line_and_runs_nothing() -> None:
    """Whatever is pasted, its first line is shown and waits for enter to be pressed; the rest is left out."""
    async with _console() as pilot:
        await pilot.press(":")
        app = pilot.app
        app.post_message(events.Paste("theme day\ntheme ansi-16\r\nquit\n"))
        await settle(pilot)
        assert isinstance(app.screen, CommandLine)
        assert app.theme == "night"
        assert ":theme day_" in lines(pilot)[-1]
        assert "first line only, 2 more left out" in lines(pilot)[-1]
        await pilot.press("enter")
        await settle(pilot)
        assert app.theme == "day"
        assert isinstance(app.screen, FleetView)


async def test_a_paste_without_the_line_does_nothing() -> None:
    """Text that is pasted over a view is for nobody: no letter of it is a key."""
    async with _console() as pilot:
        pilot.app.post_message(events.Paste(":theme day\nK"))
        await settle(pilot)
        assert isinstance(pilot.app.screen, FleetView)
        assert pilot.app.theme == "night"


@pytest.mark.parametrize("keys", ["/rKp", ":rKp", "?rKp"])
async def test_letters_behind_a_key_that_opens_something_are_no_orders(keys: str) -> None:
    """In one piece of input, what comes behind the key that opens a line belongs to that line, whatever it is."""
    async with _console() as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        burst(app, keys)
        for _ in range(5):
            await settle(pilot)
        said = text(pilot)
        assert "rKp_" in said or keys[0] == "?"
        assert "pause" not in noted(pilot)
        assert not any(state.order for state in app.station.runs.values())


async def test_a_whole_command_in_one_piece_is_carried_out() -> None:
    """A terminal that hands on a line at once, as tmux does, is understood."""
    async with _console() as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        burst(app, ":theme day\n")
        for _ in range(5):
            await settle(pilot)
        assert app.theme == "day"


async def test_what_was_meant_for_something_that_closed_is_for_nobody() -> None:
    """Of ``q`` and ``K`` in one piece, the one that closes the help is obeyed and the order is not given."""
    async with _console() as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        await pilot.press("question_mark")
        burst(app, "qK")
        for _ in range(5):
            await settle(pilot)
        assert isinstance(app.screen, FleetView)
        assert "pause" not in noted(pilot)


async def test_going_to_another_context_ends_this_console_for_it() -> None:
    """A context that can be used is where the console goes on; one without a token leaves it here, and says why."""
    _write_contexts()
    async with _console() as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        await pilot.press(":", *"context bare", "enter")
        await _until(pilot, lambda: "still here" in noted(pilot))
        assert app.onward == ""
        await pilot.press(":", *"context stage", "enter")
        await _until(pilot, lambda: app.onward == "stage")


def _write_contexts() -> None:
    path = contexts.path_of()
    path.parent.mkdir(mode=0o700, parents=True)
    token = path.parent / "token"
    token.write_text("an-operator-token-of-some-length")
    token.chmod(0o600)
    path.write_text(
        f'[context.stage]\nurl = "http://127.0.0.1:9"\ntoken = "file:{token}"\n'
        '[context.bare]\nurl = "http://127.0.0.1:9"\ntoken = "env:NO_SUCH_TOKEN_HERE"\n'
    )
    path.chmod(0o600)


async def _until(pilot: Pilot[None], true: object) -> None:
    deadline = time.monotonic() + GUARD
    while time.monotonic() < deadline:
        if callable(true) and true():
            return
        await settle(pilot)
        await pilot.pause(0.01)
    raise AssertionError(text(pilot))
