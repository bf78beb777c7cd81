"""Keys that stop something are obeyed as they are read, and never before a key that was pressed earlier."""

from __future__ import annotations

import pytest
from textual import events
from textual.keys import key_to_character
from textual.pilot import Pilot

from interlock_console.screens.fleet import FleetView
from interlock_console.screens.kill import KillDialog
from tests.console.feed import Feed, run_id
from tests.console.looks import noted, settle, shown


def _feed() -> Feed:
    feed = Feed()
    feed.snapshot()
    for number in (1, 2, 3):
        feed.clock.go(1)
        feed.began(number)
    return feed


def _together(pilot: Pilot[None], *keys: str) -> None:
    """Send keys as a terminal does that got them in one piece: none waits for what became of the one before."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key_to_character(key)))


@pytest.mark.parametrize("step", ["j", "down"])
async def test_a_stop_waits_for_the_keys_before_it(step: str) -> None:
    """Of a step and K in one piece the step comes first: the run that is stopped is the one it led to."""
    feed = _feed()
    async with shown(feed.station()) as pilot:
        view = pilot.app.screen
        assert isinstance(view, FleetView)
        first, second = view.table.order[:2]
        assert view.table.go(first)
        _together(pilot, step, "K")
        while not isinstance(dialog := pilot.app.screen, KillDialog):
            await pilot.pause(0.01)
        assert dialog.run == second


async def test_a_letter_behind_the_filter_key_is_typed_and_stops_nothing() -> None:
    """Of /K in one piece the K belongs to the line that / opens."""
    feed = _feed()
    async with shown(feed.station()) as pilot:
        view = pilot.app.screen
        assert isinstance(view, FleetView)
        _together(pilot, "slash", "K", "p")
        while view.ask.typed != "Kp":
            await pilot.pause(0.01)
        await settle(pilot)
        assert pilot.app.screen is view
        assert not any("sent" in note.text for note in feed.fleet.notes)


async def test_a_stop_alone_is_obeyed_before_it_goes_anywhere() -> None:
    """With no key on its way, K is about the run under the cursor and never reaches the table."""
    feed = _feed()
    async with shown(feed.station()) as pilot:
        view = pilot.app.screen
        assert isinstance(view, FleetView)
        assert view.table.go(run_id(2))
        key = events.Key("K", "K")
        await pilot.app.on_event(key)
        assert isinstance(pilot.app.screen, KillDialog)
        assert not key.is_forwarded


async def test_a_read_only_console_has_nothing_to_obey() -> None:
    """Where the acting keys are not there, none is obeyed early either."""
    feed = _feed()
    async with shown(feed.station(read_only=True)) as pilot:
        view = pilot.app.screen
        _together(pilot, "K", "p")
        await settle(pilot)
        assert pilot.app.screen is view
        assert not any("sent" in note.text for note in feed.fleet.notes)


async def test_a_stop_that_was_taken_away_meanwhile_is_said_to_be() -> None:
    """A key whose role is gone is not swallowed where it was obeyed before, and is obeyed again with the role."""
    feed = _feed()
    feed.pulse(role="responder")
    async with shown(feed.station()) as pilot:
        view = pilot.app.screen
        await pilot.press("j", "k")
        for role, said in (("viewer", True), ("responder", False)):
            feed.pulse(role=role)
            await settle(pilot)
            await pilot.press("K")
            await settle(pilot)
            assert (pilot.app.screen is view) is said
            assert ("K (stop) takes the role responder" in noted(pilot)) is said
