"""What a console makes of its role and of broken glass (invariants S7, S9): it follows the hub at every pulse."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.text import cells
from interlock_console import glass
from interlock_console.contexts import Context
from interlock_console.screens.fleet import FleetView
from interlock_console.state import Head
from interlock_console.widgets.header import Header
from tests.console.feed import WALL, Feed
from tests.console.looks import lines, noted, settle, shown, text
from tests.console.order_texts import standing


def broken(who: str = "vic", **more: Any) -> dict[str, Any]:
    """Return one break-glass as the hub tells it."""
    told = {"id": f"b-{who}", "who": who, "role": "admin", "why": "nobody answers", "since": WALL}
    return {**told, "until": WALL + 900, **more}


@pytest.mark.pure
@pytest.mark.parametrize("width", [40, 60, 80, 120, 160])
def test_no_line_is_too_full_for_broken_glass(width: int) -> None:
    """Whatever else is wrong and however narrow the terminal is: it is there, in the alarm's tone."""
    hub = {"standing": [standing(), standing()], "policy": None, "unrecorded": 3, "break_glass": [broken()]}
    counts = {"LOST": 12, "UNKNOWN": 34, "ERR": 4, "LOOP": 5, "FAILED": 40, "PAUSED": 300}
    head = Head(hub=hub, hub_at=WALL, loaded=True, link="live", age=0.2, counts=counts)
    place = Context(name="eu-1", production=True)
    header = Header(lambda: head, context="", view="1:fleet", read_only=False, place=place)
    (pieces,) = header.lines(width, 1)
    assert [tone for said, tone in pieces if "GLASS" in said] == ["alarm"]
    assert cells("".join(said for said, _ in pieces)) <= max(width, 60)


@pytest.mark.pure
def test_broken_glass_in_words() -> None:
    """Who, as what and for how long; of several the newest and how many; short, it keeps the name."""
    assert glass.line([], 30, WALL) == ""
    assert glass.line([broken()], 30, WALL + 60) == "BREAK-GLASS vic as admin 14m00s"
    two = [broken("wes", since=WALL + 1), broken()]
    assert glass.line(two, 10, None).startswith("2 BREAK-GLASS wes as admin")
    assert glass.line([broken("victoria")], 0, WALL) == "GLASS vict\u2026"
    assert [tone for _, tone in glass.came([broken()], [broken("wes")])] == ["alarm", "held"]


async def test_a_viewers_console_has_no_acting_keys_until_the_hub_gives_them_a_role() -> None:
    """The keys go and come with the role of the newest pulse, in front of the operator: nothing is started anew."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    feed.pulse(role="viewer")
    async with shown(feed.station()) as pilot:
        await settle(pilot)
        assert "VIEWER" in lines(pilot)[0]
        assert "K stop" not in lines(pilot)[-1]
        for key, does in (("K", "stop"), ("p", "pause"), ("r", "resume")):
            await pilot.press(key)
            await settle(pilot)
            assert isinstance(pilot.app.screen, FleetView)
            told = noted(pilot)
            assert f"{key} ({does}) takes the role responder, this operator is viewer: :break-glass" in told
            assert "an admin's 'interlock operator role this operator --role responder'" in told
        await pilot.press(":", *"kill", "enter")
        await settle(pilot)
        assert "no command :kill here: it takes the role responder" in noted(pilot)
        feed.pulse(role="responder")
        await settle(pilot)
        assert "VIEWER" not in lines(pilot)[0]
        assert "K stop" in lines(pilot)[-1]
        await pilot.press("K")
        await settle(pilot)
        assert not isinstance(pilot.app.screen, FleetView)


async def test_broken_glass_is_told_to_everybody_at_a_console() -> None:
    """Line 1 and the ticker say it, the bell counts it, and the ticker says that it has ended and waits for review."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    feed.pulse()
    async with shown(feed.station()) as pilot:
        feed.pulse(break_glass=[broken()])
        await settle(pilot)
        assert "BREAK-GLASS vic" in lines(pilot)[0] or "GLASS vic" in lines(pilot)[0]
        assert "vic acts as admin: nobody answers" in text(pilot)
        feed.pulse(break_glass=[], reviews=1)
        await settle(pilot)
        assert "GLASS" not in lines(pilot)[0]
        assert "waits for review" in text(pilot)
