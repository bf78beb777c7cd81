"""The kill dialog on a real hub with a real agent: freeze at once, kill by proof, and never more than is known."""

from collections.abc import Iterator

import pytest
from textual.events import AppBlur, AppFocus
from textual.pilot import Pilot

from interlock_console.screens.fleet import FleetView
from interlock_console.screens.kill import KillDialog
from tests.console.feed import Feed, run_id
from tests.console.live import agent, console
from tests.console.looks import settle, shown, text
from tests.support.hubs import HubProcess, running_hub


@pytest.fixture(scope="module", name="hub")
def _hub() -> Iterator[HubProcess]:
    with running_hub() as hub:
        yield hub


def _dialog(pilot: Pilot[None]) -> KillDialog:
    dialog = pilot.app.screen
    assert isinstance(dialog, KillDialog)
    return dialog


def _below(said: str) -> str:
    """Return the screen without line 1, which counts the other runs of this hub too."""
    return said.partition("\n")[2]


def _front(pilot: Pilot[None]) -> type:
    return type(pilot.app.screen)


async def test_k_freezes_and_y_kills_after_400_ms(hub: HubProcess) -> None:
    """K pauses at once, y counts after 400 ms, enter never, and the stop is said by its stages."""
    with agent(hub) as made:
        async with console(hub) as live:
            press = live.pilot.press
            await live.at(made.run)
            await press("K")
            await live.until(
                f"STOP {made.run}", "recorded after", "pausing, 1 call in flight", "refund (write)"
            )
            dialog = _dialog(live.pilot)
            dialog.rearm()
            await press("y", "enter")
            live.clock.go(0.39)
            await press("y", "enter")
            assert not dialog.asked
            live.clock.go(0.02)
            await press("enter")
            assert not dialog.asked
            await press("y")
            said = await live.until(f"KILL {made.run}", "stopping, 1 call in flight", "STOPPING")
            assert "STOPPED" not in _below(said)
            assert "confirmed stopped" not in said
            made.release()
            await live.until(
                "CONFIRMED STOPPED",
                "reason      from the console by ann",
                when=lambda: live.station.runs[made.run].stop == "confirmed",
            )
            verbs = [found["verb"] for found in hub.get(f"/v1/runs/{made.run}")["receipts"]]
            assert sorted(verbs) == ["kill", "pause"]
            reasons = {found["reason"] for found in hub.get(f"/v1/runs/{made.run}")["receipts"]}
            assert reasons == {"from the console by ann"}


async def test_q_leaves_the_run_paused_and_r_lets_it_go(hub: HubProcess) -> None:
    """Closing the dialog leaves the pause; the run moves again only by r."""
    with agent(hub) as made:
        async with console(hub) as live:
            await live.at(made.run)
            await live.pilot.press("K")
            await live.until("pausing, 1 call in flight")
            _dialog(live.pilot).rearm()
            await live.pilot.press("q")
            assert _front(live.pilot) is KillDialog, "no key counts in the first 400 ms"
            live.clock.go(0.5)
            await live.pilot.press("q")
            assert _front(live.pilot) is not KillDialog
            made.release()
            await live.until("paused and drained")
            state = hub.get(f"/v1/runs/{made.run}")["run"]
            assert (state["hold"], state["stop"]) == ("drained", "")
            await live.pilot.press("r")
            await live.until("running, ", when=lambda: not live.station.runs[made.run].hold)


async def test_a_frozen_agent_is_stopping_never_stopped(hub: HubProcess) -> None:
    """While an agent cannot answer, the dialog says stopping and what is in flight."""
    with agent(hub) as made:
        async with console(hub) as live:
            await live.at(made.run)
            made.freeze()
            await live.pilot.press("K")
            await live.until("pausing, 1 call in flight")
            live.clock.go(0.5)
            await live.pilot.press("y")
            said = await live.until("stopping, 1 call in flight", "STOPPING: ")
            assert "STOPPED" not in _below(said)
            assert "confirmed stopped" not in said


async def test_a_recorded_kill_is_never_said_to_be_a_stop() -> None:
    """While a kill is only recorded, no pane says stopped and each says what is in flight."""
    feed = Feed()
    feed.snapshot()
    run = feed.began(1)
    feed.calls(run, "a")
    feed.calls(run, "b", "send_email")
    feed.order(run, "kill", "order.recorded")
    async with shown(feed.station()) as pilot:
        seen = [text(pilot)]
        await pilot.press("K")
        await settle(pilot)
        seen.append(text(pilot))
        assert _dialog(pilot).asked
        for said in seen:
            assert "stopping, 2 calls in flight" in said
            assert "STOPPED" not in said
            assert "confirmed" not in said
        feed.say(run, "stop.presumed", order="o-00000000000000c1", verb="kill", ms=6000.0, note="")
        await settle(pilot)
        assert "presumed stopped: nothing new can start" in text(pilot)
        assert "confirmed stopped" not in text(pilot)
        feed.say(run, "stop.confirmed", order="o-00000000000000c1", verb="kill", ms=6100.0, note="")
        await settle(pilot)
        assert "confirmed stopped: no gated call in flight" in text(pilot)


async def test_the_dialog_kills_the_run_it_was_opened_for() -> None:
    """The id is frozen when K is pressed: a cursor that moves behind the dialog changes nothing."""
    feed = Feed()
    feed.snapshot()
    for number in (1, 2):
        feed.clock.go(1)
        feed.began(number)
    async with shown(feed.station()) as pilot:
        view = pilot.app.screen
        assert isinstance(view, FleetView)
        assert view.target() == run_id(2)
        await pilot.press("K")
        view.table.go(run_id(1))
        feed.clock.go(1)
        await pilot.press("y")
        kill = _dialog(pilot).kill
        assert kill is not None
        assert kill.run == run_id(2)


async def test_a_terminal_that_gets_the_focus_arms_anew() -> None:
    """A key that was on its way to another window when the terminal came to the front kills nothing."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    async with shown(feed.station()) as pilot:
        await pilot.press("K")
        feed.clock.go(1)
        pilot.app.post_message(AppBlur())
        pilot.app.post_message(AppFocus())
        await pilot.pause()
        await pilot.press("y")
        assert not _dialog(pilot).asked
        feed.clock.go(0.5)
        await pilot.press("y")
        assert _dialog(pilot).asked


async def test_an_order_nobody_answered_is_not_certain() -> None:
    """Without a hub the dialog says that the pause may not have arrived, and never that the run is paused."""
    feed = Feed()
    feed.snapshot()
    feed.began(1)
    async with shown(feed.station()) as pilot:
        await pilot.press("K")
        dialog = _dialog(pilot)
        while dialog.pause is None or dialog.pause.waiting:
            await pilot.pause(0.01)
        await settle(pilot)
        said = text(pilot)
        assert "pause not certain: no answer from the hub" in said
        assert "NOT known to be paused" in said
        assert "running, 0 calls in flight" in said
        feed.clock.go(1)
        await pilot.press("y")
        kill = dialog.kill
        assert kill is not None
        while kill.waiting:
            await pilot.pause(0.01)
        key = kill.key
        await settle(pilot)
        assert "NOT known to be killed" in text(pilot)
        await pilot.press("y")
        assert dialog.kill is kill
        assert (kill.key, kill.tries) == (key, 2)
