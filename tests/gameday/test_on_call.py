"""A night on call, with a real company: the looping role is stopped, refused and let go; the poisoned run is read.

Every key is counted as it is pressed: what somebody at the keyboard needs, from the fleet as it opens.
"""

from collections.abc import Iterator

import pytest

from interlock.gameday.cast import hire
from interlock.gameday.commands import Operator
from interlock.gameday.stage import Hub, Stage
from interlock.runs import RunState
from interlock_console.reading import unbegun
from interlock_console.screens.fleet import FleetView
from interlock_console.screens.lift import LiftDialog
from interlock_console.screens.scope import ScopeDialog
from tests.console.live import Live, console
from tests.console.looks import SMALL, WIDE, lines, settle
from tests.gameday.sandbox import ForkedStage

LOOPING = "quote-agent"
QUOTING = 3
"""Agents of the looping role in a company of fifteen."""
FIND = ("s", "o", "enter")
READ = ("g", "right_curly_bracket", "right_curly_bracket", "j")


@pytest.fixture(scope="module", name="company")
def _company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stage, Hub]]:
    with ForkedStage(tmp_path_factory.mktemp("company"), seed=3, pace=0.2) as stage:
        yield stage, hire(stage, 15)


@pytest.fixture
def _nothing_stands(company: tuple[Stage, Hub]) -> Iterator[None]:
    """Leave no order that holds for later runs."""
    yield
    operator = Operator(company[1])
    for one in operator.asks("orders", "--standing")[1]["orders"]:
        assert operator.types("lift", one["order"], "--proof", one["order"][-4:], "--reason", "over")[0] == 0


def _of_role(live: Live, role: str) -> list[RunState]:
    return [state for state in live.station.runs.values() if state.role.raw == role]


def _fleet(live: Live) -> FleetView:
    view = live.pilot.app.screen
    assert isinstance(view, FleetView)
    return view


def _order(dialog: ScopeDialog) -> str:
    return dialog.sent.order if dialog.sent is not None else ""


@pytest.mark.parametrize(("size", "colour"), [(SMALL, False), (WIDE, True)])
async def test_the_poisoned_run_is_found_and_read_in_under_ten_keys(
    company: tuple[Stage, Hub], monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], colour: bool
) -> None:
    """Sorted by what few of a role call it is on top; two turns from its beginning it says why."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if not colour:
        monkeypatch.setenv("NO_COLOR", "1")
    async with console(company[1], size) as live:
        assert live.pilot.app.no_color is not colour
        await live.until("1 ODD")
        await live.pilot.press(*FIND[:2])
        await live.until("export_customers: called by none of" if size == SMALL else "export_customers")
        (odd,) = (run for run in live.station.runs.values() if "export_customers" in run.tools)
        assert (odd.role.raw, odd.errors, odd.denied) == ("support-agent", 0, 0)
        assert _fleet(live).table.run == odd.run
        await live.pilot.press(FIND[2])
        await live.until("support as support-agent", "THINK")
        for key in READ:
            await live.pilot.press(key)
            await settle(live.pilot)
        await live.until("carries a message from Accounts", "audit@acme-accounts.example")
    assert len(FIND + READ) < 10


@pytest.mark.usefixtures("_nothing_stands")
async def test_a_looping_role_is_stopped_refused_and_let_go_without_colour(
    company: tuple[Stage, Hub], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count stops all of them, new ones never begin and tell their agent, the end of the id lets new ones go on."""
    monkeypatch.setenv("NO_COLOR", "1")
    stage, hub = company
    async with console(hub, SMALL) as live:
        await live.until(
            when=lambda: (
                [run.repeat >= 3 for run in _of_role(live, LOOPING) if run.phase == "running"]
                == [True] * QUOTING
            )
        )
        await live.pilot.press("t", "g")
        while (group := _fleet(live).table.under) is None or group.name != LOOPING:
            await live.pilot.press("j")
        # Time goes by: a key right after the list moved by itself would be taken for a slip.
        _fleet(live).table._drifted = float("-inf")
        await live.pilot.press("X")
        live.clock.go(0.5)
        await live.pilot.press("k")
        await live.until(f"KILL role {LOOPING}", f"type the count of targets, {QUOTING}")
        dialog = live.pilot.app.screen
        assert isinstance(dialog, ScopeDialog)
        live.clock.go(0.5)
        await live.pilot.press("y", "enter")
        assert _order(dialog) == "", "nothing goes without the count"
        await live.pilot.press(str(QUOTING), "y")
        await live.until("CONFIRMED STOPPED, all", "STANDING: also for later runs")
        order = _order(dialog)
        await live.pilot.press("q")
        await live.until("KILL role quot", when=lambda: any(map(unbegun, _of_role(live, LOOPING))))
        await live.until(
            when=lambda: {run.stop for run in _of_role(live, LOOPING) if not unbegun(run)} == {"confirmed"}
        )
        _fleet(live).filter(f"role:{LOOPING}")
        _fleet(live).group("")
        await live.until("never began: ")
        log = next(stage.folder.glob("quotes-1.log"))
        await live.until(when=lambda: f"killed by order '{order}'" in log.read_text(encoding="utf-8"))
        await live.pilot.press("colon", *"lift", "enter")
        await live.until("type the last four of", when=lambda: isinstance(live.pilot.app.screen, LiftDialog))
        live.clock.go(0.5)
        await live.pilot.press(*order[-4:], "y")
        await live.until("it stands no more")
        await live.pilot.press("q")
        await live.until(when=lambda: any(not run.stop and run.models for run in _of_role(live, LOOPING)))
        await live.until(when=lambda: (live.station.head().hub or {})["standing"] == [])
        assert any(note.text.startswith("KILL role quote-agent") for note in live.station.fleet.notes)
        await live.until(when=lambda: "KILL role" not in lines(live.pilot)[0])
    assert stage.failed(("quotes", "poisoned")) == []
