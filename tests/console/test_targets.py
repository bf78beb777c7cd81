"""The list of targets in the dialogs: columns that fit the screen, and which part of a long list is seen."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from interlock.runs import RunState
from interlock.text import Untrusted, cells
from interlock_console import combined, targets
from interlock_console.screens.fleet import FleetView
from interlock_console.screens.marked import MarkedDialog
from tests.console import order_texts
from tests.console.feed import Feed, run_id
from tests.console.looks import SMALL, WIDE, lines, settle, shown, text

ROOMS = (66, 88)
"""Cells of the table at 80 and at 160 columns."""


@pytest.mark.pure
@pytest.mark.parametrize("room", ROOMS)
def test_a_target_has_its_columns_under_their_names(room: int) -> None:
    """Whole id, agent, state, what is in flight and what it did last begin where their names do, and fit."""
    who = (Untrusted("refunds-eu"), Untrusted("support-agent"))
    flying = [("write", Untrusted("refund")), ("read", Untrusted("find"))]
    state = RunState(run="r-" + "1" * 16, tool=Untrusted("find"))
    row = targets.row(
        "target", "text", state.run, who, targets.state(state), targets.calls(flying), targets.last(state)
    )
    head = "".join(text for text, _ in targets.heads(room))
    line = "".join(text for text, _ in targets.laid(row.cells, "text", room))
    assert (cells(head), cells(line)) == (room, room)
    for name, cell in (
        ("run", state.run),
        ("agent", "refunds"),
        ("state", "RUN "),
        ("in flight", "2: write "),
        ("did last", "find "),
    ):
        assert line[head.index(name) :].startswith(cell)


@pytest.mark.pure
def test_a_name_that_looks_like_columns_moves_none() -> None:
    """An agent's name ends where its column ends, whatever blanks and words it has."""
    forged = Untrusted("x" + " " * 30 + "STOPPED  -  confirmed")
    row = targets.row("target", "text", "r-1", (forged, Untrusted("clerk")), "RUN", "-", "-")
    line = "".join(text for text, _ in targets.laid(row.cells, "text", 66))
    head = "".join(text for text, _ in targets.heads(66))
    assert line[head.index("state") :].split() == ["RUN", "-", "-"]


@pytest.mark.pure
@pytest.mark.parametrize("verb", ["kill", "pause", "resume", "cancel"])
def test_every_stage_has_its_time_in_80_columns(verb: str) -> None:
    """How long the last stage took is on a line of its own, which no other stage cuts."""
    took = [row.text for row in combined.rows(order_texts.summary(verb)) if row.label == "took"]
    assert took[-1].startswith(
        {"kill": "confirmed", "pause": "drained", "resume": "acknowledged"}.get(verb, "ended")
    )
    assert all("slowest " in text and cells(text) <= 61 for text in took)


@pytest.mark.parametrize("size", [SMALL, WIDE])
async def test_a_long_list_says_which_part_of_it_is_seen(size: tuple[int, int]) -> None:
    """With 40 runs marked the dialog has the names of its columns, and says which of the lines are on the screen."""
    feed = Feed()
    feed.snapshot()
    for number in range(1, 41):
        feed.began(number)
    async with shown(feed.station(), size) as pilot:
        view = pilot.app.screen_stack[0]
        assert isinstance(view, FleetView)
        view.table.marks |= {run_id(number) for number in range(1, 41)}
        await pilot.press("K")
        while not isinstance(pilot.app.screen, MarkedDialog):
            await pilot.pause(0.01)
        dialog = pilot.app.screen
        # Until the hub, which is not there, did not answer: that sentence takes room from the list.
        while dialog.pause.waiting:
            await pilot.pause(0.01)
        await _said(pilot, dialog, "1-{seen} of 40")
        (heads,) = (line for line in lines(pilot) if "did last" in line)
        (first,) = (line for line in lines(pilot) if dialog.aim.runs[0] in line)
        assert first.index(dialog.aim.runs[0]) == heads.index("run ")
        assert first.rindex("RUN ") == heads.index("state")
        await pilot.press("end")
        await _said(pilot, dialog, "{rest}-40 of 40")


async def _said(pilot: Pilot[None], dialog: MarkedDialog, position: str) -> None:
    """Wait until the dialog says this position, with the height its list has by then."""
    for _ in range(600):
        await settle(pilot)
        seen = dialog.sheet.size.height
        if f" {position.format(seen=seen, rest=41 - seen)}" in text(pilot):
            return
        await pilot.pause(0.01)
    raise AssertionError(f"never saw {position} on\n{text(pilot)}")
