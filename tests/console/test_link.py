"""The link to a real hub: what stands still is stale, what is gone is away, and what comes back is taken up."""

from tests.console.live import agent, console
from tests.console.looks import WIDE, settle, text
from tests.support.hubs import running_hub


async def test_a_frozen_hub_makes_every_pane_stale() -> None:
    """A hub that stands still keeps its sockets open; after five seconds the panes say STALE all the same."""
    with running_hub() as hub, agent(hub) as made:
        async with console(hub, WIDE) as live:
            await live.until(made.run[:8], "live <1s")
            hub.freeze()
            await settle(live.pilot)
            live.clock.go(6.0)
            said = await live.until("STALE")
            assert sum("STALE" in line for line in said.split("\n")) == 3
            assert made.run[:8] in said
            hub.thaw()
            await live.until("live <1s", when=lambda: "STALE" not in text(live.pilot))


async def test_a_hub_that_comes_back_is_taken_up_again() -> None:
    """A killed hub is away with the reason; after its restart the same runs are there, and the data is current."""
    with running_hub() as hub, agent(hub) as made:
        async with console(hub, WIDE) as live:
            await live.until(made.run[:8], "live <1s")
            hub.kill()
            await live.until("hub away:", "trying again", made.run[:8])
            hub.start()
            await live.until("live <1s", made.run[:8], when=lambda: live.station.head().link == "live")


async def test_a_refused_token_is_said() -> None:
    """A token of the wrong kind is no silence: the screen says that the hub refuses it."""
    with running_hub() as hub:
        hub.operator_token = hub.agent_token
        async with console(hub) as live:
            await live.until("NO HUB", "refuses the token")
