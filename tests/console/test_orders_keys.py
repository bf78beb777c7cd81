"""The keys that act on many: whom they are about, what they need, and what is left of them without a hub."""

from __future__ import annotations

import re

from textual.pilot import Pilot

from interlock.text import Untrusted
from interlock_console.aim import Aim
from interlock_console.bulk import Bulk
from interlock_console.colon import found
from interlock_console.contexts import Context
from interlock_console.screens import View
from interlock_console.screens.fleet import FleetView
from interlock_console.screens.kill import KillDialog
from interlock_console.screens.marked import MarkedDialog
from interlock_console.screens.scope import ScopeDialog, ScopeMenu
from interlock_console.station import Station
from tests.console.feed import Feed, run_id
from tests.console.looks import SMALL, WIDE, lines, settle, shown, text
from tests.console.order_texts import preview, standing, target
from tests.console.page_hub import page_hub


def _feed(count: int = 3) -> Feed:
    feed = Feed()
    feed.snapshot()
    for number in range(1, count + 1):
        feed.clock.go(1)
        feed.began(number, role="clerk" if number < count else "lead")
    return feed


def _view(pilot: Pilot[None]) -> FleetView:
    view = pilot.app.screen_stack[0]
    assert isinstance(view, FleetView)
    return view


async def _front(pilot: Pilot[None], kind: type) -> object:
    while not isinstance(pilot.app.screen, kind):
        await pilot.pause(0.01)
    return pilot.app.screen


async def test_a_scope_is_that_of_the_row_the_key_was_pressed_on() -> None:
    """Agent and role are taken when X is pressed; a cursor that moves behind the menu changes nothing."""
    feed = _feed()
    async with shown(feed.station()) as pilot:
        _view(pilot).table.go(run_id(2))
        await pilot.press("X")
        menu = await _front(pilot, ScopeMenu)
        assert isinstance(menu, ScopeMenu)
        _view(pilot).table.go(run_id(3))
        await pilot.press("a", "k")
        assert menu.aim is None, "no key counts in the first 400 ms"
        assert lines(pilot)[-1].split() == ["a", "agent", "r", "role", "f", "fleet", "q", "close"]
        feed.clock.go(0.5)
        await pilot.press("a")
        await settle(pilot)
        told = "r resume  p pause  c cancel  k kill  q close"
        assert lines(pilot)[-1].strip() == told
        feed.clock.go(0.5)
        await pilot.press("k")
        dialog = await _front(pilot, ScopeDialog)
        assert isinstance(dialog, ScopeDialog)
        assert (dialog.verb, dialog.aim) == ("kill", Aim("agent", Untrusted("agent-2")))


async def test_the_menu_of_scopes_does_not_open_where_the_list_just_moved() -> None:
    """Right after the list was grouped, or moved by itself, X says that nothing was sent and opens nothing."""
    feed = _feed()
    async with shown(feed.station()) as pilot:
        table, now = _view(pilot).table, [50.0]
        table._clock = lambda: now[0]
        await pilot.press("t", "X")
        await settle(pilot)
        assert table.by == "role"
        assert isinstance(pilot.app.screen, FleetView)
        assert "as you pressed: nothing was sent" in text(pilot)
        now[0] += 1
        await pilot.press("X")
        menu = await _front(pilot, ScopeMenu)
        assert isinstance(menu, ScopeMenu)
        assert menu.aim == Aim("role", Untrusted("clerk"))


async def test_marked_ids_are_those_of_the_moment_the_key_was_pressed() -> None:
    """The kill is about the ids that were frozen, whatever is marked or under the cursor afterwards."""
    feed = _feed()
    async with shown(feed.station()) as pilot:
        table = _view(pilot).table
        table.marks |= {run_id(1), run_id(2)}
        await pilot.press("K")
        dialog = await _front(pilot, MarkedDialog)
        assert isinstance(dialog, MarkedDialog)
        table.marks.clear()
        table.marks.add(run_id(3))
        table.go(run_id(3))
        feed.clock.go(0.5)
        await pilot.press("2", "y")
        assert dialog.sent is not None
        assert sorted(dialog.sent.aim.runs) == [run_id(1), run_id(2)]
        assert sorted(dialog.pause.aim.runs) == [run_id(1), run_id(2)]


async def test_a_run_under_another_s_order_says_whose() -> None:
    """A marked run that somebody else killed is named with whose order that was, and what of it is proven."""
    feed = _feed()
    async with shown(feed.station(), WIDE) as pilot:
        _view(pilot).table.marks |= {run_id(1), run_id(2)}
        await pilot.press("K")
        await _front(pilot, MarkedDialog)
        feed.order(run_id(1), "kill", "order.recorded", by="bob")
        await settle(pilot)
        (line,) = (line for line in lines(pilot) if run_id(1) in line)
        assert re.search(r" STOPPING +- +bob's order", line)


async def test_one_mark_is_one_run() -> None:
    """With one run marked K is about that run, not about the cursor's, and y is enough."""
    feed = _feed()
    async with shown(feed.station()) as pilot:
        _view(pilot).table.go(run_id(3))
        _view(pilot).table.marks.add(run_id(1))
        await pilot.press("K")
        dialog = await _front(pilot, KillDialog)
        assert isinstance(dialog, KillDialog)
        assert dialog.run == run_id(1)


async def test_an_order_to_many_that_got_lost_is_sent_again_as_the_same() -> None:
    """Without a hub the dialog stays, says that nothing is certain, and y repeats the order with its key."""
    feed = _feed()
    async with shown(feed.station()) as pilot:
        _view(pilot).table.marks |= {run_id(1), run_id(2)}
        await pilot.press("K")
        dialog = await _front(pilot, MarkedDialog)
        assert isinstance(dialog, MarkedDialog)
        while dialog.pause.waiting:
            await pilot.pause(0.01)
        await settle(pilot)
        assert "they are NOT known to be paused" in text(pilot)
        feed.clock.go(0.5)
        await pilot.press("2", "y")
        sent = dialog.sent
        assert sent is not None
        while sent.waiting:
            await pilot.pause(0.01)
        key = sent.key
        await settle(pilot)
        assert "the kill is NOT known to be given" in text(pilot)
        assert "it may or may not have arrived" in sent.problem
        await pilot.press("y")
        assert dialog.sent is sent
        assert (sent.key, sent.tries) == (key, 2)


async def test_without_a_hub_a_scope_is_not_counted_and_not_ordered() -> None:
    """The dialog survives, says that nothing was sent, and no key gives an order whose targets nobody counted."""
    feed = _feed()
    async with shown(feed.station()) as pilot:
        dialog = ScopeDialog(feed.station(), "kill", Aim("role", Untrusted("clerk")))
        await pilot.app.push_screen(dialog)
        while not dialog.problem:
            feed.clock.go(0.1)
            await settle(pilot)
            await pilot.pause(0.01)
        await settle(pilot)
        assert "no answer from the hub" in text(pilot)
        assert "nothing was sent" in text(pilot)
        feed.clock.go(0.5)
        await pilot.press("0", "y", "enter", "y")
        assert dialog.sent is None


async def test_a_dialog_says_when_nobody_is_reached() -> None:
    """A resume of nobody offers no key to give it; a kill that reaches nobody says that it holds for later runs."""
    feed = _feed()
    with page_hub() as silent:
        silent.hold.clear()
        station = feed.station(silent.hub)
        async with shown(station) as pilot:
            await pilot.app.push_screen(ScopeDialog(station, "resume", Aim("role", Untrusted("clerk"))))
            await settle(pilot)
            assert "no run of role clerk is paused" in text(pilot)
            assert "give it" not in text(pilot)
            dialog = ScopeDialog(station, "kill", Aim("role", Untrusted("clerk")))
            await pilot.app.push_screen(dialog)
            dialog._answers.append((1, preview(), ""))
            await settle(pilot)
            assert "no run is reached now: it holds for later ones only" in text(pilot)
            assert "give it" in text(pilot)


async def test_only_the_newest_answer_to_the_same_set_gives_the_order() -> None:
    """After y an answer to an older question confirms nothing, and a set that grew much asks for its own count."""
    feed = _feed()
    with page_hub() as silent:
        silent.hold.clear()
        station = feed.station(silent.hub)
        async with shown(station) as pilot:
            await _changes_while_asking(feed, station, pilot)


async def _changes_while_asking(feed: Feed, station: Station, pilot: Pilot[None]) -> None:
    dialog = ScopeDialog(station, "kill", Aim("role", Untrusted("clerk")))
    await pilot.app.push_screen(dialog)
    dialog._answers.append((1, preview(target(run_id(1)), target(run_id(2))), ""))
    await settle(pilot)
    feed.clock.go(0.5)
    await pilot.press("2", "y")
    assert dialog._confirming > 1
    dialog._answers.append((1, preview(target(run_id(1)), target(run_id(2))), ""))
    await settle(pilot)
    assert dialog.sent is None
    changed = preview(*(target(run_id(number)) for number in (1, 3, 4, 5, 6)), digest="bb")
    dialog._answers.append((dialog._confirming, changed, ""))
    await settle(pilot)
    assert dialog.sent is None
    assert [row.label for row in dialog.changes] == ["CAME", "CAME", "CAME", "CAME", "WENT"]
    assert dialog.proof is not None
    assert (dialog.proof.expected, dialog.proof.typed) == ("5", "")


async def test_a_set_that_churns_does_not_keep_an_order_back() -> None:
    """Runs that went, and others in their place, void nothing that was typed: y gives the order to the scope."""
    feed = _feed()
    with page_hub() as silent:
        silent.hold.clear()
        station = feed.station(silent.hub)
        async with shown(station) as pilot:
            dialog = ScopeDialog(station, "kill", Aim("role", Untrusted("clerk")))
            await pilot.app.push_screen(dialog)
            dialog._answers.append((1, preview(*map(target, map(run_id, range(1, 6)))), ""))
            await settle(pilot)
            feed.clock.go(0.5)
            await pilot.press("5", "y")
            other = preview(*map(target, map(run_id, (1, 7, 8, 9, 10, 11, 12))), digest="bb")
            dialog._answers.append((dialog._confirming, other, ""))
            await settle(pilot)
            assert dialog.sent is not None
            assert dialog.sent.aim.scope == {"role": "clerk"}


async def test_a_bulk_order_nobody_answers_is_braked() -> None:
    """When a whole wave gets no certain answer nothing further is sent, and each target says which it was."""
    feed = _feed()
    station = feed.station()
    async with shown(station) as pilot:
        bulk = Bulk(station, "resume", [run_id(number) for number in range(12)])
        bulk.start()
        while not bulk.ended:
            await pilot.pause(0.01)
        told = [word for word, _ in bulk.told().values()]
        assert told == ["FAILED"] * 10 + ["NOT SENT"] * 2
        assert "the error brake: 10 of 10 failed" in bulk.said


async def test_leaving_says_what_goes_on_only_here() -> None:
    """Waves end with the console that sends them; it says so before it is left."""
    feed = _feed()
    with page_hub() as silent:
        silent.hold.clear()
        station = feed.station(silent.hub)
        async with shown(station) as pilot:
            bulk = Bulk(station, "resume", [run_id(number) for number in range(12)])
            bulk.start()
            await pilot.press("q")
            await settle(pilot)
            assert "resume: 0 of 12 acknowledged, 10 sent, 2 waits" in text(pilot)
            assert "leaving sends nothing further of it" in text(pilot)
            silent.hold.set()
            while not bulk.ended:
                await pilot.pause(0.01)
            await settle(pilot)
            assert "leaving sends" not in text(pilot)


async def test_a_read_only_console_has_none_of_these_keys() -> None:
    """Neither keys nor commands that act are there, marks or not."""
    feed = _feed()
    async with shown(feed.station(read_only=True)) as pilot:
        _view(pilot).table.marks |= {run_id(1), run_id(2)}
        for key in ("K", "p", "r", "X"):
            await pilot.press(key)
            assert isinstance(pilot.app.screen, View)
    assert not {"kill", "pause", "resume", "cancel", "lift"} & {
        command.names[0] for command in found(read_only=True)
    }


async def test_line_one_names_standing_orders_and_trouble_at_80_columns() -> None:
    """What stands, what is lost or unknown and a brake that failed are readable together in 80 columns."""
    feed = _feed(4)
    feed.calls(run_id(1), "u")
    feed.say(run_id(1), "tool.finished", call="u", outcome="unknown", ms=1.0)
    feed.say(run_id(2), "run.lost", why="no heartbeat")
    brake = {"proven_at": 1.0, "ok": False, "problem": "the gate leaked", "every_s": 60, "slow_ms": 100}
    two = [standing(), standing("pause", {"fleet": True}, order="o-ff")]
    feed.pulse(standing=two)
    async with shown(feed.station(context=Context(name="eu-1", production=True)), SMALL) as pilot:
        line = lines(pilot)[0]
        for part in (
            "PROD eu-1",
            "2 STAND: KILL role supp",
            " +7",
            "LOST 1",
            "UNK 1",
            "live <1s",
            "1:fleet",
        ):
            assert part in line
        feed.pulse(standing=two, brake=brake)
        await settle(pilot)
        line = lines(pilot)[0]
        for part in (
            "PROD eu-1",
            "2 STAND KILL role supp",
            "LOST 1",
            "UNK 1 +",
            "live <1s",
            "BRAKE FAILED",
            "1:fleet",
        ):
            assert part in line
        assert "THE BRAKE IS NOT PROVEN: the gate leaked" in text(pilot)
        await pilot.resize_terminal(*WIDE)
        await settle(pilot)
        assert "2 STAND: KILL role support-agent o-0000 +7" in lines(pilot)[0]
        assert "BRAKE FAILED, last proven" in lines(pilot)[0]


async def test_line_one_says_when_the_brake_was_proven_and_who_else_is_here() -> None:
    """A brake that is well gives way at 80 columns; wide, it has its times, and other consoles are counted."""
    feed = _feed()
    proven = {"proven_at": feed.clock.wall() - 12, "ok": True, "problem": "", "p50": 0.9, "p99": 1.4}
    here = [{"who": "ann", "since": 1.0, "read_only": False}] * 2
    feed.pulse(brake=proven | {"every_s": 60, "slow_ms": 100, "count": 9}, consoles=here)
    station = feed.station(context=Context(name="eu-1", store="keyring"))
    async with shown(station, WIDE) as pilot:
        line = lines(pilot)[0]
        for part in ("brake proven 12s ago p50 0.9 p99 1.4 ms", "2 here", "token: keyring"):
            assert part in line
        await pilot.resize_terminal(*SMALL)
        await settle(pilot)
        assert "brake 12s" in lines(pilot)[0]
        feed.clock.go(140)
        feed.pulse(brake=proven | {"every_s": 60, "slow_ms": 100, "count": 9})
        await settle(pilot)
        assert "BRAKE 2m32s OLD" in lines(pilot)[0]
