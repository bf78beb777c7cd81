"""What every screen that can be opened keeps to, a newcomer in one file of its own among them."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from textual.pilot import Pilot

from interlock.text import cells
from interlock_console import screens
from interlock_console.app import Console
from interlock_console.discovery import Shelf
from interlock_console.net import Net
from interlock_console.palette import entries
from interlock_console.screens import View
from interlock_console.screens.palette import Palette
from tests.console.feed import Feed, run_id
from tests.console.hostile import hostile_state
from tests.console.looks import SMALL, WIDE, burst, lines, noted, settle, shown, text
from tests.console.newcomers import COMMAND, SCREEN, with_commands, with_screens
from tests.console.sink_drive import raw
from tests.console.sink_rows import unlisted
from tests.hostile.oracle import forbidden_in_terminal
from tests.hostile.payloads import PAYLOADS
from tests.support.hubs import GUARD


def _known() -> list[str]:
    shelf = Shelf()
    shelf.look_at_all()
    return sorted(shelf.views)


VIEWS = [*_known(), "costs"]


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Private folders, one screen and one command more than the console has."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "screens").mkdir()
    (tmp_path / "colon").mkdir()
    with with_screens(tmp_path / "screens", costs=SCREEN), with_commands(tmp_path / "colon", stopall=COMMAND):
        yield


@asynccontextmanager
async def _on(name: str, size: tuple[int, int] = SMALL, **options: Any) -> AsyncIterator[Pilot[None]]:
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    async with shown(feed.station(**options), size) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        assert app.visit(name)
        await settle(pilot)
        yield pilot


async def _until(pilot: Pilot[None], name: str) -> None:
    """Wait until this view is in front and painted."""
    deadline = time.monotonic() + GUARD
    while time.monotonic() < deadline:
        await settle(pilot)
        front = pilot.app.screen
        if isinstance(front, View) and name == front.NAME and not pilot.app._batch_count:
            await settle(pilot)
            return
        await pilot.pause(0.01)
    raise AssertionError(f"no {name} on\n{text(pilot)}")


def _view(pilot: Pilot[None]) -> View:
    view = pilot.app.screen
    assert isinstance(view, View)
    return view


async def test_the_example_of_a_screen_runs_as_it_stands(tmp_path: Path) -> None:
    """Copied into a file, it is opened by its digit, lists the runs dearest first, and ``t`` turns that around."""
    _, _, rest = str(screens.__doc__).partition("Example::")
    example = rest.partition("``SINKS`` names")[0]
    (tmp_path / "example").mkdir()
    feed = Feed()
    feed.snapshot()
    for number, cost in ((1, 0.5), (2, 3.25)):
        feed.began(number)
        feed.say(run_id(number), "model.finished", call="m", tokens_in=1, cost=cost)
    with with_screens(tmp_path / "example", spending=dedent(example)):
        async with shown(feed.station()) as pilot:
            await pilot.press("6")
            await _until(pilot, "spending")
            dearest = [line.split()[0] for line in lines(pilot)[1:3]]
            await pilot.press("t")
            await settle(pilot)
            assert [line.split()[0] for line in lines(pilot)[1:3]] == dearest[::-1] == ["0.50", "3.25"]


async def test_each_view_is_opened_by_its_digit_and_by_its_name() -> None:
    """The digit and ``:NAME`` both lead to it, from the view the console starts with and from itself."""
    feed = Feed()
    feed.snapshot()
    async with shown(feed.station()) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        app.discover()
        for name in VIEWS:
            digit = app.shelf.views[name].DIGIT
            for keys in (*([digit] if digit else []), f":{name}\n"):
                await pilot.press("1")
                burst(app, keys)
                await _until(pilot, name)
                assert lines(pilot)[0].rstrip().endswith(f"{digit}:{name}" if digit else name)
        await pilot.press("1")
        assert _view(pilot).NAME == "fleet"


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_every_view_fills_the_screen_at_both_sizes(size: tuple[int, int]) -> None:
    """Every line is as wide as the terminal, line 1 and the keys are where they always are, and nothing is left out."""
    async with _on("fleet", size) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        for name in VIEWS:
            assert app.visit(name)
            await settle(pilot)
            assert name == _view(pilot).NAME
            assert len(lines(pilot)) == size[1], name
            assert {cells(line) for line in lines(pilot)} == {size[0]}, name
            assert "live" in lines(pilot)[0], name
            last = lines(pilot)[-1]
            assert "? help" in last, name
            assert ("q quit" if _view(pilot).DIGIT else "q back") in last, name


@pytest.mark.parametrize("name", VIEWS)
async def test_help_and_palette_have_everything_a_view_can_do(name: str) -> None:
    """Each key of the view and each view is in both, and help says the sections."""
    async with _on(name, (120, 50)) as pilot:
        view, app = _view(pilot), pilot.app
        assert isinstance(app, Console)
        listed = entries(view, app.shelf, app.commands())
        faces = {entry.keys for entry in listed}
        assert {" ".join(key.faces) for key in view.keys} <= faces
        assert {f"the {other} view" for other in app.shelf.views} <= {
            entry.says.partition(",")[0] for entry in listed
        }
        assert {f":{command.usage}" for command in app.commands()} - {
            f":{v}" for v in app.shelf.views
        } <= faces
        for opener in ("question_mark", "ctrl+p"):
            await pilot.press(opener, *view.keys[0].says[:2])
            await settle(pilot)
            assert view.keys[0].faces[0] in text(pilot)
            await pilot.press("escape", "escape")
            assert pilot.app.screen is view


async def test_a_read_only_console_has_nothing_that_acts() -> None:
    """No acting key is bound, told or listed in one, no acting command is there, typed out or completed."""
    async with _on("fleet", read_only=True) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        for name in VIEWS:
            assert app.visit(name)
            await settle(pilot)
            view = _view(pilot)
            assert name == view.NAME
            acts = {key.name for key in view.ACTS}
            bound = {binding.id for found in view._bindings.key_to_bindings.values() for binding in found}
            assert not acts & bound, name
            assert not acts & {key.name for key in view.keys}, name
            assert not any(entry.acting for entry in entries(view, app.shelf, app.commands())), name
            assert not any(command.acting for command in app.commands())
            await pilot.press(":", *"stopa")
            await settle(pilot)
            assert ":stopa_ " in lines(pilot)[-1]
            await pilot.press("escape")
        await pilot.press(":", *"stopall", "enter")
        await settle(pilot)
        assert "no command :stopall" in noted(pilot)


async def test_an_acting_command_is_there_where_acting_is() -> None:
    """The same command completes and works in a console that may act."""
    async with _on("fleet") as pilot:
        await pilot.press(":", *"stopa", "tab", "enter")
        await settle(pilot)
        assert "stopped" in noted(pilot)


async def test_no_view_lets_text_of_others_act() -> None:
    """With every payload in every field of a run, what its widgets paint before the net holds nothing forbidden."""
    feed = Feed()
    feed.snapshot(*(hostile_state(text, f"r-{at:016x}") for at, text in enumerate(PAYLOADS.values())))
    async with shown(feed.station(), WIDE) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        app._filters = [found for found in app._filters if not isinstance(found, Net)]
        for name in VIEWS:
            assert app.visit(name)
            await settle(pilot)
            screen: Any = _view(pilot)
            assert name == screen.NAME
            for strip in screen._compositor.render_strips():
                assert forbidden_in_terminal(raw(strip)) == [], name


async def test_the_newcomer_was_added_by_nothing_but_its_file() -> None:
    """Its own key works and is in the last line, its place comes back as it was, and minus goes to where one was."""
    assert unlisted() == []
    async with _on("costs") as pilot:
        assert "t turn" in lines(pilot)[-1]
        await pilot.press("t")
        await settle(pilot)
        assert "turned around" in noted(pilot)
        left = pilot.app.screen
        await pilot.press("minus")
        assert _view(pilot).NAME == "fleet"
        await pilot.press("minus")
        assert pilot.app.screen is left


async def test_a_view_that_was_away_shows_what_came_meanwhile() -> None:
    """What the feed said while another view was in front is there when a view comes back."""
    feed = Feed()
    feed.snapshot()
    async with shown(feed.station()) as pilot:
        await pilot.press("9")
        for number in (1, 2):
            feed.began(number, agent=f"later-{number}")
            await settle(pilot)
        assert "later-1" in text(pilot)
        await pilot.press("1")
        feed.clock.go(2)
        await settle(pilot)
        await pilot.pause()
        assert "later-1" in text(pilot)
        assert "later-2" in text(pilot)


async def test_two_views_that_want_one_digit_are_told_and_both_can_be_opened(tmp_path: Path) -> None:
    """The first by name keeps the digit, the other has its name, and the operator is told; nothing ends."""
    (tmp_path / "more").mkdir()
    other = SCREEN.replace('"costs", "9"', '"money", "9"').replace("Costs", "Money")
    with with_screens(tmp_path / "more", money=other, broken="raise ValueError('\x1b[2J')"):
        shelf = Shelf()
        shelf.look_at_all()
        assert shelf.problems == [
            "the screen file broken.py cannot be used: ValueError: \u241b[2J",
            "the views costs and money both want the digit 9: costs has it, :money opens the other",
        ]
        async with _on("money") as pilot:
            await pilot.press("9")
            assert _view(pilot).NAME == "costs"


def test_no_two_views_of_the_console_want_one_digit() -> None:
    """Every module can be imported, and no digit or name is wanted twice."""
    shelf = Shelf()
    shelf.look_at_all()
    assert shelf.problems == []


async def test_a_digit_nobody_has_is_a_sentence() -> None:
    """It names the digits there are."""
    async with _on("fleet") as pilot:
        await pilot.press("8")
        await settle(pilot)
        assert "no view has the digit 8; there are 1 fleet" in noted(pilot)


async def test_the_palette_opens_a_view_and_gives_no_order() -> None:
    """Enter on a view shows it; enter on an acting key says to press that key, and sends nothing."""
    async with _on("fleet") as pilot:
        await pilot.press("ctrl+p", *"costs view", "enter")
        await settle(pilot)
        assert _view(pilot).NAME == "costs"
        await pilot.press("ctrl+p", *"pause the run at once")
        assert isinstance(pilot.app.screen, Palette)
        await pilot.press("enter")
        await settle(pilot)
        assert _view(pilot).NAME == "costs"
        assert "press K itself" in noted(pilot)
        assert pilot.app.screen_stack == [pilot.app.screen]
