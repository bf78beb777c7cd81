"""Orders to many on a real hub with real agents: what is marked, a role, what stands, and what lifts it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from itertools import count

import pytest

from interlock_console.screens.fleet import FleetView
from interlock_console.screens.lift import LiftDialog
from interlock_console.screens.marked import MarkedDialog
from interlock_console.screens.scope import ScopeDialog
from interlock_console.screens.waves import WavesDialog
from tests.console.crew import Crew, crew
from tests.console.live import Live, console
from tests.console.looks import WIDE
from tests.support.afterwards import lift_all
from tests.support.hubs import HubProcess, running_hub

_tries = count(1)


@pytest.fixture(scope="module", name="hub")
def _hub() -> Iterator[HubProcess]:
    with running_hub(options=["--no-canary"]) as hub:
        yield hub


@pytest.fixture(name="team")
def _team(hub: HubProcess) -> Iterator[Crew]:
    with crew(hub) as made:
        yield made
    lift_all(hub)


@pytest.fixture(name="live")
async def _live(hub: HubProcess) -> AsyncIterator[Live]:
    async with console(hub, WIDE) as live:
        yield live


def _table(live: Live) -> FleetView:
    view = live.pilot.app.screen
    assert isinstance(view, FleetView)
    return view


def _box(dialog: MarkedDialog) -> str:
    """Return what the dialog itself says, in small letters, without what is behind it."""
    above = ("".join(text for text, _ in line) for line in dialog.said(90))
    return "\n".join((*above, *(row.text for row in dialog.listed()))).lower()


def _order(dialog: ScopeDialog) -> str:
    return dialog.sent.order if dialog.sent is not None else ""


async def _mark(live: Live, *runs: str) -> None:
    await live.until(
        when=lambda: all(run in live.station.runs and live.station.runs[run].flying for run in runs)
    )
    table = _table(live).table
    await live.until(when=lambda: all(run in table.order for run in runs))
    for run in runs:
        table.go(run)
        table.action_mark()


async def _type(live: Live, *keys: str) -> None:
    live.clock.go(0.5)
    await live.pilot.press(*keys)


async def test_k_freezes_all_that_is_marked_and_their_count_kills_them(
    hub: HubProcess, team: Crew, live: Live
) -> None:
    """One order pauses exactly the marked runs, the count and y kill exactly these, and no other run."""
    marked = [team.begin("refunds", "m-clerk") for _ in range(3)]
    other = team.begin("refunds", "m-clerk")
    await _mark(live, *marked)
    await live.pilot.press("K")
    await live.until("STOP 3 runs", "recorded, o-", *marked, "3 write")
    dialog = live.pilot.app.screen
    assert isinstance(dialog, MarkedDialog)
    live.clock.go(0.5)
    for keys in (("y", "enter"), ("2", "y", "enter"), ("3", "y")):
        await live.pilot.press(*keys)
        assert dialog.sent is None, "no kill before the count is right"
    await live.pilot.press("backspace", "backspace", "3", "enter")
    assert dialog.sent is None, "enter never confirms"
    await live.pilot.press("y")
    await live.until("KILL 3 runs", "STOPPING: confirmed 0 of 3, 3 not", "recorded 3/3")
    assert "stopped" not in _box(dialog)
    team.release()
    await live.until("CONFIRMED STOPPED, all 3", "confirmed 3/3")
    orders = {found["order"] for run in marked for found in hub.get(f"/v1/runs/{run}")["receipts"]}
    assert len(orders) == 2, "one pause and one kill for all"
    assert hub.get(f"/v1/runs/{other}")["receipts"] == []


async def test_q_leaves_the_marked_paused_and_r_lets_them_go_in_waves(
    hub: HubProcess, team: Crew, live: Live
) -> None:
    """Closing leaves every pause; r on the same marks lets exactly these go and tells each."""
    marked = [team.begin("refunds", "q-clerk") for _ in range(2)]
    await _mark(live, *marked)
    await live.pilot.press("K")
    await live.until("recorded, o-")
    await _type(live, "q")
    team.release()
    await live.until(when=lambda: all(live.station.runs[run].hold == "drained" for run in marked))
    await live.pilot.press("r")
    await live.until("RESUME of what is marked, 2 by id", "2 of 2 acknowledged. Over", *marked)
    assert isinstance(live.pilot.app.screen, WavesDialog)
    assert not any(hub.get(f"/v1/runs/{run}")["run"]["hold"] for run in marked)


async def test_a_role_asks_first_stands_for_later_runs_and_is_lifted_with_proof(
    hub: HubProcess, team: Crew, live: Live
) -> None:
    """Nothing is sent before the count and y; then the order holds for new runs, shows in line 1, and L lifts it."""
    # Of the try alone: the runs of one that broke off count among the targets until the hub has missed them.
    role = f"sup [b]port {next(_tries)}"
    runs = [team.begin("answers", role) for _ in range(2)]
    child = team.begin("helper", "other", runs[0])
    await live.until(when=lambda: all(run in live.station.runs for run in (*runs, child)))
    await live.until(when=lambda: _table(live).table.go(runs[1]))
    await live.pilot.press("X")
    await live.until(f'r role "{role}"', "f the whole fleet")
    await _type(live, "r")
    await _type(live, "k")
    await live.until(
        f'KILL role "{role}"', "3 runs of 2 agents", "3 write", f'also every run of role "{role}" that starts'
    )
    dialog = live.pilot.app.screen
    assert isinstance(dialog, ScopeDialog)
    await _type(live, "y", "enter", "2", "y", "enter")
    assert dialog.sent is None
    assert not any(hub.get(f"/v1/runs/{run}")["receipts"] for run in (*runs, child))
    await live.pilot.press("backspace", "3", "y")
    await live.until("STOPPING: confirmed 0 of 3", when=lambda: bool(_order(dialog)))
    await live.until("child", f"{child}  of {runs[0]}")
    team.release()
    await live.until("CONFIRMED STOPPED, all 3", f'KILL role "{role}" o-')
    late = team.begin("answers", role)
    await live.until(when=lambda: late in live.station.runs and live.station.runs[late].stop == "confirmed")
    # A run that registers later gets the order with its opening: what it calls is denied.
    await live.until(when=lambda: live.station.runs[late].denied == live.station.runs[late].calls)
    order = _order(dialog)
    await live.until(f'KILL role "{role}" {order[:6]} +1', "later", "1 run registered since")
    await _type(live, "q")
    await _lifts(live, order)
    free = team.begin("answers", role)
    await live.until(when=lambda: free in live.station.runs and live.station.runs[free].calls > 1)


async def _lifts(live: Live, order: str) -> None:
    app = live.pilot.app
    app.run_line(app.screen, "orders")  # type: ignore[attr-defined]
    await live.until("STANDING", order[:8], "kill of role")
    await live.pilot.press("L")
    await live.until("LIFT kill role", order, "killed runs stay killed")
    dialog = live.pilot.app.screen
    assert isinstance(dialog, LiftDialog)
    await _type(live, "y", "enter", *order[-4:-1], "y", "enter")
    assert (dialog.answer, dialog.waiting, dialog.problem) == (None, False, ""), "nothing was sent"
    await live.pilot.press(order[-1], "y")
    await live.until("it stands no more", when=lambda: dialog.answer is not None)


async def test_a_set_that_changed_is_asked_anew(hub: HubProcess, team: Crew, live: Live) -> None:
    """A set that grew much between the count and y is shown, nothing is sent, and the new count has to be typed."""
    role = f"crowd{next(_tries)}"
    first = team.begin("answers", role)
    await live.until(when=lambda: first in live.station.runs)
    await live.until(when=lambda: _table(live).table.go(first))
    await live.pilot.press("X")
    await _type(live, "r")
    await _type(live, "p")
    await live.until(f"PAUSE role {role}", "1 run of 1 agent")
    await _type(live, "1")
    more = [team.begin("answers", role) for _ in range(3)]
    await live.pilot.press("y")
    await live.until("CHANGED", *more, "the count of targets, 4: _")
    dialog = live.pilot.app.screen
    assert isinstance(dialog, ScopeDialog)
    await _type(live, "y", "enter")
    assert dialog.sent is None
    assert hub.get(f"/v1/runs/{first}")["receipts"] == []
    await live.pilot.press("4", "y")
    await live.until("PAUSING: drained 0 of 4", f"PAUSE role {role} o-")


async def test_a_frozen_gate_leaves_its_runs_presumed_and_named(team: Crew, live: Live) -> None:
    """While a gate is silent nothing says stopped; each of its runs is named PRESUMED with that gate."""
    runs = [team.begin("silent", "mute") for _ in range(2)]
    await _mark(live, *runs)
    team.freeze()
    await live.pilot.press("K")
    await live.until("STOP 2 runs", "recorded, o-")
    await _type(live, "2", "y")
    await live.until("STOPPING: confirmed 0 of 2, 2 not", "waits for")
    dialog = live.pilot.app.screen
    assert isinstance(dialog, MarkedDialog)
    assert "stopped" not in _box(dialog)
    await live.until("2 PRESUMED: nothing new can start there", "silent: g-")
    assert "stopped" not in _box(dialog)
