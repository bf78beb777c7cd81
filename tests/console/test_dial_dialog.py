"""The dial's dialog: about whom the key was pressed on, down by one key, up by proof, and never by enter."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from textual.pilot import Pilot

from interlock.text import Untrusted
from interlock_console.aim import Aim
from interlock_console.screens.dial import DialDialog
from interlock_console.screens.fleet import FleetView
from tests.console.feed import WALL, Feed, run_id
from tests.console.looks import SMALL, WIDE, lines, noted, settle, shown, text
from tests.console.page_hub import PageHub, page_hub

ORDER = "o-00000000000abcd1"
GUARD_SECONDS = 60.0
LOW: dict[str, Any] = {
    "scope": {"role": "clerk"}, "level": "read-only", "order": ORDER, "by": "bob", "reason": "odd refunds",
    "at": WALL, "cause": "person",
}  # fmt: skip


def _dialog(pilot: Pilot[None]) -> DialDialog:
    dialog = pilot.app.screen
    assert isinstance(dialog, DialDialog)
    return dialog


@asynccontextmanager
async def _open(
    hub: PageHub, *dials: dict[str, Any], size: tuple[int, int] = SMALL
) -> AsyncIterator[tuple[Pilot[None], Feed]]:
    """Open the dial on run 1 of role clerk, with these dials in force; the hub answers as if it did all."""
    feed = Feed()
    feed.snapshot()
    for number in (1, 2, 3):
        feed.began(number, role="clerk" if number < 3 else "lead")
    feed.calls(run_id(1), "c-1")
    hub.access["dial"] = {
        "dial": {**LOW, "level": "shadow"},
        "was": "auto",
        "order": ORDER,
        "unrecorded": False,
    }
    feed.pulse(dials=list(dials), role="admin", operator="ann")
    async with shown(feed.station(hub.hub), size) as pilot:
        view = pilot.app.screen
        assert isinstance(view, FleetView)
        view.table.go(run_id(1))
        await pilot.press("D")
        await settle(pilot)
        yield pilot, feed


async def _keys(pilot: Pilot[None], feed: Feed, *keys: str) -> str:
    """Let the 400 ms pass before each key, and return the screen."""
    for key in keys:
        feed.clock.go(0.5)
        await pilot.press(key)
        await settle(pilot)
    return text(pilot)


async def _sent(pilot: Pilot[None], hub: PageHub) -> list[str]:
    """Return what was posted, once nothing is on its way any more."""
    while _dialog(pilot).waiting:
        await pilot.pause(0.01)
    await settle(pilot)
    return [path for path in hub.asked if path.startswith("/v1/dial")]


async def test_it_is_about_the_run_the_key_was_pressed_on() -> None:
    """Agent, role and tool are taken then, by their exact names: a cursor that moves behind it changes nothing."""
    with page_hub() as hub:
        async with _open(hub) as (pilot, feed):
            view = pilot.app.screen_stack[0]
            assert isinstance(view, FleetView)
            view.table.go(run_id(3))
            await pilot.press("r")
            assert _dialog(pilot).aim is None, "no key counts in the first 400 ms"
            said = await _keys(pilot, feed, "r")
            aim = _dialog(pilot).aim
            assert aim == Aim("role", Untrusted("clerk"))
            assert "2 runs at work: 2 auto" in said
            assert "1 write: goes on" in said


async def test_down_is_one_key_and_at_once() -> None:
    """Not in the first 400 ms, never by enter; then one question goes out, and what came of it is said."""
    with page_hub() as hub:
        async with _open(hub) as (pilot, feed):
            await _keys(pilot, feed, "r")
            await pilot.press("h", "enter")
            assert await _sent(pilot, hub) == []
            await _keys(pilot, feed, "enter", "h")
            assert await _sent(pilot, hub) == ["/v1/dial"]
            said = " ".join(text(pilot).replace("\u2503", "").split())
            assert "the dial of role clerk stands at shadow; it was auto" in said


async def test_up_needs_the_end_of_the_order_that_lowered_it() -> None:
    """Nothing is sent by the level's key, by y before it is right, by a wrong end, or by enter when it is right."""
    with page_hub() as hub:
        async with _open(hub, LOW) as (pilot, feed):
            said = await _keys(pilot, feed, "r", "k", "y")
            assert f"last four of {ORDER}" in said
            await _keys(pilot, feed, "0", "b", "c", "d", "y")
            await _keys(
                pilot, feed, "backspace", "backspace", "backspace", "backspace", "b", "c", "d", "1", "enter"
            )
            assert await _sent(pilot, hub) == []
            await _keys(pilot, feed, "y")
            assert await _sent(pilot, hub) == ["/v1/dial"]


async def test_a_dial_that_somebody_else_turns_meanwhile_asks_anew() -> None:
    """The proof is of the order that holds now; what was typed for another one turns nothing."""
    with page_hub() as hub:
        async with _open(hub, LOW) as (pilot, feed):
            await _keys(pilot, feed, "r", "a", "b", "c", "d", "1")
            feed.pulse(dials=[{**LOW, "order": "o-00000000000abcd2", "level": "stopped"}], role="admin")
            await _keys(pilot, feed, "y")
            assert await _sent(pilot, hub) == []
            assert _dialog(pilot).proof is None


async def test_it_says_what_else_holds_back_and_takes_a_reason_and_a_lower_level_at_any_time() -> None:
    """The fleet's dial is beside the role's own; the letters of a reason turn nothing; down stays one key."""
    fleet = {**LOW, "scope": {"fleet": True}, "level": "ask", "by": "rule:errors", "reason": ""}
    with page_hub() as hub:
        async with _open(hub, LOW, fleet, size=WIDE) as (pilot, feed):
            said = await _keys(pilot, feed, "r")
            assert all(
                word in said for word in ("read-only by bob", "odd refunds", "fleet at ask by rule:errors")
            )
            await _keys(pilot, feed, "i")
            await pilot.press("enter")
            await settle(pilot)
            assert "a reason has a few words" in text(pilot)
            await pilot.press(*"shark", "enter")
            await settle(pilot)
            assert _dialog(pilot).reason == "shark"
            assert await _sent(pilot, hub) == []
            feed.pulse(dials=[LOW, fleet], role="responder", operator="ann")
            said = await _keys(pilot, feed, "k")
            assert "to turn a dial up takes the role approver, ann is responder" in said
            feed.pulse(dials=[LOW, fleet], role="approver", operator="ann")
            await _keys(pilot, feed, "k", "s")
            assert await _sent(pilot, hub) == ["/v1/dial"]


def _policy(hub: PageHub, n: int, level: str) -> dict[str, Any]:
    """Let the hub's policy give clerks this level, and return what a pulse says of that policy."""
    hub.access["policy"] = {"active": {"n": n}, "json": json.dumps({"roles": {"clerk": {"autonomy": level}}})}
    return {"n": n, "digest": f"{n:064x}", "by": "ann", "at": WALL, "candidate": None, "dials": 0}


async def _given(pilot: Pilot[None], level: str) -> str:
    """Wait until the dialog knows of this level, and return the screen."""
    async with asyncio.timeout(GUARD_SECONDS):
        while _dialog(pilot).given != level:
            _dialog(pilot).pulse()
            await pilot.pause(0.01)
    _dialog(pilot).pulse()
    await settle(pilot)
    return text(pilot)


async def test_a_level_of_the_policy_says_what_raises_it_and_is_that_of_the_newest_one() -> None:
    """No dial goes above it, so the way up is named; a push while the dialog is open is seen there."""
    with page_hub() as hub:
        async with _open(hub) as (pilot, feed):
            feed.pulse(policy=_policy(hub, 1, "shadow"), role="admin")
            await _keys(pilot, feed, "r")
            said = " ".join((await _given(pilot, "shadow")).replace("\u2503", "").split())
            assert "shadow by its autonomy; no dial goes above that, 'interlock policy push' does" in said
            feed.pulse(policy=_policy(hub, 2, "auto"), role="admin")
            assert "by its autonomy" not in await _given(pilot, "auto")


REFUSED = {
    "dial role:clerk loud": "is no level",
    "dial r-1 ask": "a dial is of agent:NAME",
    "dial clerk": "a dial is of agent:NAME",
}


async def test_the_line_opens_a_dial_turns_nothing_and_says_what_it_does_not_take() -> None:
    """The level that was typed is marked, and its key, or proof, turns it. Line 1 and ticker tell what holds."""
    feed = Feed()
    feed.snapshot()
    feed.calls(feed.began(1), "c-1", "refund")
    async with shown(feed.station(), WIDE) as pilot:
        for typed, said in REFUSED.items():
            await pilot.press(":", *("space" if key == " " else key for key in typed), "enter")
            await settle(pilot)
            assert said in noted(pilot)
            assert "nothing was turned" in noted(pilot)
        feed.pulse(dials=[LOW], policy={"n": 1})
        await settle(pilot)
        assert "DIAL role clerk read-only" in lines(pilot)[0]
        assert "dial of role clerk at read-only by bob: odd refunds" in noted(pilot)
        await pilot.press(":", *"dial", "space", *"tool:refund", "space", *"shadow", "enter")
        await settle(pilot)
        dialog = _dialog(pilot)
        assert (dialog.aim, dialog.answer, dialog.waiting) == (Aim("tool", Untrusted("refund")), None, False)
        assert ">h shadow" in text(pilot)
        assert "1 run that called it" in text(pilot)
