"""The console as a whole: its theme, its keys, its way out, and a crash that tells nothing it should not."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from interlock.errors import ConfigError
from interlock_console import themes
from interlock_console.app import Console
from interlock_console.keys import Key, bindings
from interlock_console.screens import COMMON, ON_A_RUN, acting
from interlock_console.screens.fleet import FleetView
from interlock_console.screens.palette import Palette
from tests.console.feed import Feed
from tests.console.looks import noted, settle, shown, text


@pytest.mark.pure
def test_a_theme_that_lacks_a_colour_is_refused(tmp_path: Path) -> None:
    """A theme file must name every colour and no other; the error says which part and which file."""
    broken = tmp_path / "broken.toml"
    broken.write_text('[ground]\nplain = "#000000"\n', encoding="utf-8")
    with pytest.raises(ConfigError, match=r"\[ground\] must name .*broken.toml"):
        themes.read(broken)
    with pytest.raises(ConfigError, match="no theme 'none'"):
        themes.load("none")


@pytest.mark.pure
def test_the_acting_keys_are_bound_only_where_they_may_act() -> None:
    """A read-only view is the class without the acting keys; every key has its action."""
    plain, full = acting(FleetView, True), acting(FleetView, False)
    assert plain is FleetView
    for key in ON_A_RUN:
        assert hasattr(full, f"action_{key.action}")
        assert plain._merged_bindings is not None
        assert full._merged_bindings is not None
        assert key.keys not in plain._merged_bindings.key_to_bindings
        assert key.keys in full._merged_bindings.key_to_bindings
    for key in COMMON:
        holder = Console if key.action.startswith("app.") else full
        assert hasattr(holder, f"action_{key.action.removeprefix('app.')}")


@pytest.mark.pure
def test_a_key_without_an_action_is_named_but_not_bound() -> None:
    """A key that the focused widget already has is in help and last line only."""
    assert bindings([Key("open", "enter", "", "open")]) == []


async def test_help_lists_the_keys_of_the_view_in_front() -> None:
    """The help is made from the view's table: every key of the fleet is in it, with what it does."""
    feed = Feed()
    feed.snapshot()
    async with shown(feed.station(), (120, 50)) as pilot:
        keys = acting(FleetView, False)(feed.station()).keys
        await pilot.press("question_mark")
        await settle(pilot)
        said = text(pilot)
        for key in keys:
            assert (key.help or key.says) in said
            assert key.faces[0] in said
        await pilot.press("q")
        assert isinstance(pilot.app.screen, FleetView)


async def test_ctrl_c_and_ctrl_q_do_not_leave() -> None:
    """The chords of other programs say how to leave, and leave nothing."""
    feed = Feed()
    feed.snapshot()
    async with shown(feed.station()) as pilot:
        await pilot.press("ctrl+c", "ctrl+q")
        await settle(pilot)
        assert pilot.app.is_running
        assert "q goes up one level" in noted(pilot)


async def test_nothing_of_textual_s_own_palette_or_toasts_is_used() -> None:
    """The palette is the console's own list, painted from pieces: Textual's would parse its entries as markup."""
    feed = Feed()
    feed.snapshot()
    async with shown(feed.station()) as pilot:
        await pilot.press("ctrl+p")
        await settle(pilot)
        assert isinstance(pilot.app.screen, Palette)
        assert not pilot.app.use_command_palette
        assert not pilot.app._notifications


async def test_ascii_draws_with_ascii_only() -> None:
    """With --ascii nothing the console draws itself needs more than ASCII, on any screen of it."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    async with shown(feed.station(ascii=True), (160, 45)) as pilot:
        assert text(pilot).isascii()
        for keys in (["question_mark"], ["q", "K"], ["q"]):
            feed.clock.go(1)
            await pilot.press(*keys)
            await settle(pilot)
            assert text(pilot).isascii(), keys


_CRASH = """
import sys
from argparse import Namespace
from interlock_console import app
from interlock_console.client import Hub
from interlock_console.screens.fleet import FleetView

def bad(self, changed, whole):
    password = "hunter2" + "-local"
    raise ValueError("\\x1b]0;evil\\x07 \\u202e boom")

FleetView.renewed = bad
real = app.Console.run
app.Console.run = lambda self, **options: real(self, headless=True, **options)
given = Namespace(read_only=False, ascii=False, theme="", view="", mouse=False, keymap="")
sys.exit(app.run(Hub("http://127.0.0.1:1", "secret-token", "a test"), given))
"""


def test_a_crash_shows_no_locals_and_ends_with_an_error() -> None:
    """A defect ends the console non-zero, with a traceback free of local values and of what a terminal obeys."""
    ended = subprocess.run([sys.executable, "-P", "-c", _CRASH], capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "ValueError" in ended.stderr
    assert "<U+202E> boom" in ended.stderr
    assert "hunter2-local" not in ended.stderr + ended.stdout
    assert "secret-token" not in ended.stderr + ended.stdout
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", ended.stderr)
