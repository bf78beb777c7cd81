"""What a console shows, as lines of text, for tests that read the screen as a person does."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual import events
from textual.pilot import Pilot

from interlock_console.app import Console
from interlock_console.station import Station

WIDE = (160, 45)
SMALL = (80, 24)


@asynccontextmanager
async def shown(station: Station, size: tuple[int, int] = SMALL) -> AsyncIterator[Pilot[None]]:
    """Run a console on this station, with everything the fold knows on the screen."""
    app = Console(station)
    try:
        async with app.run_test(size=size) as pilot:
            await settle(pilot)
            yield pilot
    finally:
        station.desk.close()


async def settle(pilot: Pilot[None]) -> None:
    """Carry what the fold knows to the screen, and wait until it is painted."""
    app = pilot.app
    assert isinstance(app, Console)
    app.carry()
    await pilot.pause()


def burst(app: Console, keys: str) -> None:
    """Put keys into the console as one piece of input: all of them are read before the first one is acted on."""
    names = {"\n": "enter", ":": "colon", "/": "slash", "?": "question_mark", " ": "space"}
    for key in keys:
        app.post_message(events.Key(names.get(key, key), None if key == "\n" else key))


def lines(pilot: Pilot[None]) -> list[str]:
    """Return the lines of the screen in front; what is behind a dialog is not in them."""
    return _painted(pilot.app.screen)


def text(pilot: Pilot[None]) -> str:
    """Return the screen in front as one text."""
    return "\n".join(lines(pilot))


def noted(pilot: Pilot[None]) -> str:
    """Return what the ticker of the view in front says, over all its lines; a dialog may be before it."""
    view = next(screen for screen in reversed(pilot.app.screen_stack) if screen.query("#ticker"))
    ticker = view.query_one("#ticker").region
    return " ".join(" ".join(_painted(view)[ticker.y : ticker.bottom]).split())


def _painted(screen: Any) -> list[str]:
    return ["".join(segment.text for segment in strip) for strip in screen._compositor.render_strips()]
