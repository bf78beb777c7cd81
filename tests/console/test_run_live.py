"""The run screen on a real hub with a real agent: what it says of a stop while the stop is not proven."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest

from interlock_console.screens.run import RunView
from tests.console.live import agent, console
from tests.support.hubs import HubProcess, running_hub


@pytest.fixture(scope="module", name="hub")
def _hub() -> Iterator[HubProcess]:
    with running_hub() as hub:
        yield hub


def _below(said: str) -> str:
    """Return the screen without line 1, which counts the other runs of the hub too."""
    return said.partition("\n")[2]


async def test_a_recorded_kill_of_a_frozen_agent_is_not_said_to_be_a_stop(hub: HubProcess) -> None:
    """Recorded on disk and no more: the screen shows the call in flight and the silent gate, and never STOPPED."""
    with agent(hub) as made:
        async with console(hub, (140, 45)) as live:
            await live.at(made.run)
            await live.pilot.press("enter")
            await live.until("in flight refund (write)", "WRITE  refund A-1009", "running")
            made.freeze()
            status, _ = hub.ask(
                "POST", "/v1/orders", {"verb": "kill", "runs": [made.run], "reason": "runaway"}
            )
            assert status == 200
            said = await live.until(
                "stopping, 1 call in flight", "kill recorded: the order is on disk", "HAS NOT ANSWERED"
            )
            assert "STOPPING: " in said
            assert "not yet" in said
            assert "STOPPED" not in _below(said)
            assert "confirmed stopped" not in _below(said)
            made.process.send_signal(signal.SIGCONT)
            await live.until("acknowledged", "answered, connected", "still in flight:")
            made.release()
            said = await live.until(
                "CONFIRMED STOPPED: no gated call in flight", "confirmed stopped: no gated call"
            )
            assert "not yet" not in said


async def test_a_run_is_read_from_its_first_event_while_it_goes_on(hub: HubProcess) -> None:
    """What the hub stored and what the feed brings are one trace without a hole, and the agent's texts are whole."""
    with agent(hub) as made:
        async with console(hub, (140, 45)) as live:
            await live.at(made.run)
            await live.pilot.press("enter")
            await live.until("START  refunds as clerk", "refund A-1009")
            made.release()
            await live.until('-> {"order":"A-1009"}', "done")
            await live.pilot.press("p")
            await live.until("PAUSED, DRAINED: no gated call in flight", "paused and drained")
            await live.pilot.press("r")
            await live.until("RESUMED: every gate of the run answered", "RUN >")
            view = live.pilot.app.screen
            assert isinstance(view, RunView)
            window = view.reader.window
            assert window.at_start
            assert not window.missing
            stored = hub.get(f"/v1/runs/{made.run}/events?after=0&limit=1000")["items"]
            shown = [window.items[item["n"]]["e"] for item in stored if item["n"] in window.items]
            assert shown == [item["e"] for item in stored][: len(shown)]
            assert len(shown) >= 8
