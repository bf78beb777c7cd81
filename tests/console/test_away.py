"""Without the hub no view claims that there is nothing: what was not told is not known, what is old is said to be."""

import time

from textual.pilot import Pilot

from interlock_console.app import Console
from interlock_console.desk import Desk
from tests.console.feed import Feed
from tests.console.looks import lines, settle, shown, text
from tests.console.page_hub import page_hub
from tests.support.hubs import GUARD

ASKED = ("orders", "plans", "policy", "unknowns", "operators")
"""Views that ask the hub for what they show; breakers come with its pulse."""
NONE = (
    "no order was given",
    "no plan was begun",
    "no policy was pushed",
    "nothing is unknown",
    "no breaker is open",
)


async def _until(pilot: Pilot[None], word: str) -> str:
    deadline = time.monotonic() + GUARD
    while time.monotonic() < deadline:
        await settle(pilot)
        if word in (said := text(pilot)):
            return said
        await pilot.pause(0.01)
    raise AssertionError(f"never saw {word!r} on\n{text(pilot)}")


async def test_what_no_hub_told_is_not_known_and_never_none() -> None:
    """Each view says that nobody listens there, and none that there are no orders, plans, policy or breakers."""
    feed = Feed()
    feed.fleet.unlinked("nobody listens there")
    async with shown(feed.station()) as pilot:
        app = pilot.app
        assert isinstance(app, Console)
        for name in ASKED:
            assert app.visit(name)
            said = await _until(pilot, "no answer from the hub: nobody listens there")
            assert not [claim for claim in NONE if claim in said]
            assert "NO DATA YET" in said
        assert app.visit("breakers")
        said = await _until(pilot, "not known yet: the hub has not told which breakers are open")
        assert not [claim for claim in NONE if claim in said]


async def test_what_was_told_before_the_hub_went_is_old_in_each_view_and_current_when_it_is_back() -> None:
    """After five seconds of silence every view says since how long, in its own lines; with the hub it is gone."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    with page_hub() as hub:
        station = feed.station()
        station.desk.close()
        station.desk = Desk(hub.hub)
        async with shown(station) as pilot:
            app = pilot.app
            assert isinstance(app, Console)
            for name in (*ASKED, "breakers"):
                feed.pulse()
                assert app.visit(name)
                await settle(pilot)
                assert "STALE" not in text(pilot)
                feed.clock.go(7)
                await settle(pilot)
                assert [line for line in lines(pilot)[1:-2] if "STALE 7s" in line], text(pilot)
            assert "no breaker was open when the hub was last heard" in text(pilot)
            feed.pulse()
            await settle(pilot)
            assert "STALE" not in text(pilot)
            assert "no breaker is open at a gate that is here" in text(pilot)
