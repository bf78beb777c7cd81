"""The commands of the colon line that are about the fleet, and what hostile names do in groups and in the preview."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from interlock.errors import ConfigError
from interlock_console.colon import bell, filter, group, sort, view  # noqa: A004
from interlock_console.screens.fleet import FleetView
from interlock_console.tail import _line
from interlock_console.views import views_file
from tests.console.feed import Feed, run_id
from tests.console.looks import WIDE, lines, settle, shown, text


@pytest.fixture(autouse=True)
def _settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def _fleet() -> Feed:
    feed = Feed()
    feed.snapshot()
    for number in range(1, 5):
        feed.clock.go(0.2)
        run = feed.began(number, role="clerk" if number % 2 else "robot")
        feed.say(run, "model.finished", call="m", cost=float(number))
    return feed


def _said(pilot: Pilot[None], command: object, words: str) -> str:
    fleet = pilot.app.screen
    assert isinstance(fleet, FleetView)
    act = command.COMMAND.act  # type: ignore[attr-defined]
    return str(act(pilot.app, fleet, words.split()))


async def test_sort_group_filter_and_bell_say_what_they_did() -> None:
    """Each command changes the list and says so; a word it does not know changes nothing and names the right ones."""
    feed = _fleet()
    station = feed.station()
    async with shown(station) as pilot:
        table = pilot.app.screen.table  # type: ignore[attr-defined]
        assert _said(pilot, sort, "cost reverse") == "sorted: the cheapest first"
        assert table.order[0] == run_id(1)
        assert "need, age, cost" in _said(pilot, sort, "size")
        assert _said(pilot, filter, "role:robot cost>2") == "1 of 4 runs fit"
        assert "did you mean role" in _said(pilot, filter, "rol:x")
        assert table.fitting == [run_id(4)]
        assert _said(pilot, filter, "") == "4 of 4 runs fit"
        assert "grouped by role" in _said(pilot, group, "role")
        assert len(table.order) == 2
        assert "role, agent, model, tool, or none" in _said(pilot, group, "colour")
        assert _said(pilot, bell, "off") == "the bell is off"
        await settle(pilot)
        assert "bell off" in lines(pilot)[1]
        assert not station.bell
        assert "say which" in _said(pilot, bell, "loud")


async def test_a_saved_view_brings_the_list_back() -> None:
    """What was saved under a name is there again by it; a name nobody saved is said with those there are."""
    feed = _fleet()
    async with shown(feed.station()) as pilot:
        fleet = pilot.app.screen
        assert isinstance(fleet, FleetView)
        _said(pilot, filter, "role:robot")
        _said(pilot, sort, "cost reverse")
        assert str(views_file()) in _said(pilot, view, "save robots")
        before = list(fleet.table.order)
        assert before == [run_id(2), run_id(4)]
        assert _said(pilot, view, "all") == "view all"
        assert len(fleet.table.order) == 4
        assert _said(pilot, view, "robots") == "view robots"
        assert fleet.table.order == before
        assert "there are all, ended, live, mine, needs, robots" in _said(pilot, view, "robot")
        with pytest.raises(ConfigError):
            _said(pilot, view, "save a.b")


async def test_the_console_begins_with_the_view_it_was_asked_for() -> None:
    """--view shows a saved view from the start, and one that does not exist is said, not passed over."""
    feed = _fleet()
    feed.say(run_id(1), "run.finished", claim="done")
    async with shown(feed.station(view="live")) as pilot:
        assert pilot.app.screen.table.hides_ended  # type: ignore[attr-defined]
        assert len(pilot.app.screen.table.order) == 3  # type: ignore[attr-defined]
    async with shown(feed.station(view="nosuch")) as pilot:
        assert "no view nosuch: there are all" in text(pilot)


async def test_hostile_names_stay_in_their_cells_in_groups() -> None:
    """An agent's name that tries to act is shown as signs in a group's row and preview, and nothing else changes."""
    feed = Feed()
    feed.snapshot()
    evil = "\x1b]52;c;aGk=\x07[/x][@click=app.up]go[/]\u202e\n漢"
    feed.began(1, agent=evil, role=evil)
    async with shown(feed.station(), WIDE) as pilot:
        for by in ("agent", "role", "model", "tool"):
            _said(pilot, group, by)
            await settle(pilot)
            assert not set("\x1b\x07\u202e") & set(text(pilot))
            assert {len(line) for line in lines(pilot)} <= {WIDE[0], WIDE[0] - 1, WIDE[0] - 2}
        _said(pilot, group, "role")
        await settle(pilot)
        assert "\u241b]52;c;aGk=" in text(pilot)


def test_the_preview_names_no_ids_of_calls() -> None:
    """What a newest event says begins with what it is about: the id of its call would fill the line."""
    call = "c" * 60
    event = {"kind": "tool.proposed", "call": call, "tool": "refund", "cls": "write", "args": "{}"}
    label, said = _line({"at": 1.0, "event": event})[1:]
    assert label == "proposed"
    assert said.startswith("refund (write)")
