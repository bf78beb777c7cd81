"""The keys for hands on a real hub: claim, release, take over with the holder in sight, and notes."""

from collections.abc import AsyncIterator, Iterator

import pytest

from interlock_console import hands
from interlock_console.client import Client
from interlock_console.finding import Hub
from interlock_console.screens.fleet import FleetView
from interlock_console.screens.hands import NoteLine, TakeDialog
from interlock_console.screens.run import RunView
from interlock_console.station import Station
from tests.console.crew import Crew, crew
from tests.console.live import Live, console
from tests.support.hubs import HubProcess


@pytest.fixture(name="team")
def _team(hub: HubProcess) -> Iterator[Crew]:
    with crew(hub) as made:
        yield made


@pytest.fixture(name="live")
async def _live(hub: HubProcess) -> AsyncIterator[Live]:
    async with console(hub) as live:
        yield live


def as_bo(hub: HubProcess, run: str, what: str, **body: object) -> None:
    """Let somebody else ask it of the hub."""
    client = Client(Hub(hub.url, hub.operator_token, "a test", who="Bo"))
    client.post(f"/v1/runs/{run}/{what}", dict(body))
    client.close()


def holder(live: Live, run: str) -> str:
    """Return who has the run in hand, as the feed tells."""
    return live.station.runs[run].claimed_by.raw


async def on(live: Live, run: str) -> FleetView:
    """Put the cursor on a run."""
    view = live.pilot.app.screen
    assert isinstance(view, FleetView)
    await live.until(when=lambda: run in view.table.order)
    view.table.go(run)
    return view


async def test_one_key_claims_the_run_and_lets_it_go(hub: HubProcess, team: Crew, live: Live) -> None:
    """On a run of nobody ``a`` claims it under my name; pressed again it lets it go, also on the run's own screen."""
    run = team.begin("refunds", "clerk")
    view = await on(live, run)
    await live.pilot.press("a")
    await live.told("claimed", when=lambda: holder(live, run) == live.station.claims_as)
    assert live.station.claims_as.endswith("(says ann)")
    assert view.filter("claimed:me") == ""
    await live.until(when=lambda: run in view.table.order)
    view.open_run(run)
    await live.until("in hand of", when=lambda: isinstance(live.pilot.app.screen, RunView))
    await live.pilot.press("a")
    await live.told("released", when=lambda: holder(live, run) == "")


async def test_nothing_is_taken_from_somebody_without_asking(hub: HubProcess, team: Crew, live: Live) -> None:
    """Who has it and their note are said first; Enter and q leave it, y takes it over, and never before 400 ms."""
    run = team.begin("refunds", "clerk")
    as_bo(hub, run, "claim", claim=True)
    as_bo(hub, run, "notes", text="do not \x1b]0;touch\x07 this")
    await on(live, run)
    await live.until(when=lambda: bool(live.station.runs[run].last_note))
    await live.pilot.press("a")
    await live.until("TAKE OVER", "(says Bo)", "touch", "it stops nobody")
    dialog = live.pilot.app.screen
    assert isinstance(dialog, TakeDialog)
    dialog.rearm()
    await live.pilot.press("y")
    assert isinstance(live.pilot.app.screen, TakeDialog)
    live.clock.go(0.5)
    await live.pilot.press("enter")
    assert isinstance(live.pilot.app.screen, TakeDialog)
    await live.pilot.press("q")
    await live.until(when=lambda: isinstance(live.pilot.app.screen, FleetView))
    assert holder(live, run).endswith("(says Bo)")
    await live.pilot.press("a")
    await live.until("TAKE OVER")
    live.clock.go(0.5)
    await live.pilot.press("y")
    await live.told("taken over", when=lambda: holder(live, run).endswith("(says ann)"))


async def test_a_note_is_typed_in_a_line_of_its_own(hub: HubProcess, team: Crew, live: Live) -> None:
    """Letters that are keys elsewhere are letters there; Enter sends, escape sends nothing."""
    run = team.begin("refunds", "clerk")
    await on(live, run)
    await live.pilot.press("i", *"Kill it", "escape")
    await live.until(when=lambda: isinstance(live.pilot.app.screen, FleetView))
    await live.pilot.press("i", *"pK waits", "enter")
    await live.told("noted", when=lambda: live.station.runs[run].last_note.raw == "pK waits")
    assert live.station.runs[run].notes == 1
    assert not live.station.runs[run].hold
    assert not live.station.runs[run].stop


async def test_marked_runs_are_claimed_together(hub: HubProcess, team: Crew, live: Live) -> None:
    """All marked runs are claimed with one key, and let go with the next; no other run is."""
    runs, other = [team.begin("refunds", "clerk") for _ in range(3)], team.begin("refunds", "clerk")
    view = await on(live, other)
    await live.until(when=lambda: set(runs) <= set(view.table.order))
    for run in runs:
        view.table.go(run)
        view.table.action_mark()
    view.table.go(other)
    await live.pilot.press("a")
    await live.told("3 of 3 claimed", when=lambda: all(holder(live, run) for run in runs))
    assert holder(live, other) == ""
    await live.pilot.press("a")
    await live.told("3 of 3 released", when=lambda: not any(holder(live, run) for run in runs))


async def test_a_note_the_hub_did_not_take_is_there_again(hub: HubProcess, live: Live) -> None:
    """What was typed for a run that is not there is not lost: the line begins with it when it is opened again."""
    run = "r-" + "0" * 16
    hands.send(live.station, (run,), "notes", {"text": "typed at 3 a.m."}, "noted")
    await live.told("not noted", when=lambda: bool(live.station.drafts))
    assert NoteLine(live.station, (run,)).ask.typed == "typed at 3 a.m."


def test_a_console_that_only_reads_has_neither_key(live_station: Station) -> None:
    """Both change the record: they are not bound there, and not named."""
    names = {key.name for key in FleetView(live_station).keys}
    assert not {"run.claim", "run.note"} & names


@pytest.fixture(name="live_station")
def _station() -> Station:
    from tests.console.feed import Feed

    return Feed().station(read_only=True)
