"""The run screen on a stage: the real console, a feed made by hand, and a hub that answers from memory."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from interlock_console.app import Console
from interlock_console.desk import Desk
from interlock_console.screens.run import RunView
from interlock_console.station import Station
from tests.console.feed import Feed
from tests.console.page_hub import PageHub, page_hub
from tests.console.stories import RUN, Story
from tests.support.hubs import GUARD

Json = dict[str, Any]


class Stage:
    """``pilot`` presses keys, ``hub`` answers, ``feed`` brings what happens live, ``view`` is the run screen."""

    def __init__(self, pilot: Pilot[None], hub: PageHub, feed: Feed, view: RunView) -> None:
        self.pilot, self.hub, self.feed, self.view = pilot, hub, feed, view

    async def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait until something is so and painted; the console's own timers go on meanwhile."""
        deadline = time.monotonic() + GUARD
        while not true():
            assert time.monotonic() < deadline, f"{what} did not come; the screen says:\n{self.text()}"
            await self.pilot.pause(0.02)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Press keys and let the screen take them."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    def text(self) -> str:
        """Return what is on the screen, line by line."""
        lines = [
            [segment.text for segment in line] for line in self.view.app.screen._compositor.render_strips()
        ]
        return "\n".join("".join(line) for line in lines)

    async def says(self, *parts: str) -> None:
        """Wait until all of this is on the screen."""
        await self.until(lambda: all(part in self.text() for part in parts), repr(parts))

    def live(self, item: Json) -> None:
        """Bring one event over the feed, as the next one of the run."""
        self.feed.tick(item)


@asynccontextmanager
async def staged_run(story: Story, *, size: tuple[int, int] = (100, 30), **hub: Any) -> AsyncIterator[Stage]:
    """Open the screen of a run that has these events."""
    with page_hub() as pages:
        state = pages.add(RUN, story.items)
        for name, value in hub.items():
            setattr(pages, name, value)
        feed = Feed()
        feed.pos = story.items[-1]["pos"]
        station = Station(feed.fleet, Desk(pages.hub), clock=feed.clock, wall=lambda: 1_000_500.0, user="ann")
        feed.snapshot(state)
        app = Console(station)
        async with app.run_test(size=size) as pilot:
            app.carry()
            view = RunView(station, RUN)
            await app.push_screen(view)
            stage = Stage(pilot, pages, feed, view)
            await pilot.pause()
            yield stage
        station.desk.close()
