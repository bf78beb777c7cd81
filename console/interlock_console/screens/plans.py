"""The plans that were begun to make something good, the newest first, each with its receipts. ``:plans`` opens it."""

from collections.abc import Iterable, Mapping
from typing import Any

from textual.widget import Widget

from interlock.ids import shorten
from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console.keys import Key
from interlock_console.making import plans
from interlock_console.making.following import Making
from interlock_console.making.words import loud, short
from interlock_console.output import clock
from interlock_console.screens import View, app_of
from interlock_console.screens.making import broken
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces, fit
from interlock_console.widgets.lines import Lines
from interlock_console.widgets.sheet import Sheet

__all__ = ["PlanList", "PlanTitle", "PlansView"]

Json = dict[str, Any]

_EVERY = 2.0
_MOST = 100


class PlanList(Lines[str, Json]):
    """Plans by their id, the newest first."""

    known = False
    """Whether the hub has told of any, or of none."""

    def ranked(self) -> Iterable[str]:
        """Put the newest first."""
        return sorted(self.rows, key=lambda plan: -float(self.rows[plan]["at"]))

    def nothing(self, width: int) -> list[Pieces]:
        """Say that there are none, or that nobody has said yet."""
        del width
        if not self.known:
            return [[("  not known yet: the hub has not told which plans there are", "held")]]
        return [[("  no plan was begun yet; M on an effect of the record (3) makes one", "dim")]]

    def pieces(self, key: str, row: Json, width: int) -> Pieces:
        """Return when it was begun, how far it got, by whom, and why."""
        left = f"{clock(float(row['at']))[:8]} {shorten(key)} {fit(loud(row['state']), 8)} "
        done = sum(step["receipt"]["state"] == "done" for step in row["steps"])
        by = f"by {short(row['by'], 40)}: {visible_line(row['reason'])}"
        told = f"{done} of {len(row['steps'])} made good  {by}"
        return [(left, plans.TONES.get(row["state"], "text")), (fit(told, max(4, width - len(left))), "text")]


class PlanTitle(Board):
    """One line between the list and the receipts."""

    ROW = "bar"

    def __init__(self, view: "PlansView") -> None:
        super().__init__(id="order-title")
        self._view = view

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Say whose receipts are below, and how far the plan got."""
        del width, height
        view = self._view
        row = view.list.row
        stale = (f" {view.stale}" if view.stale else "", "alarm")
        if row is None or view.problem:
            problem = view.problem or "no plan under the cursor"
            return [[stale, (f" {problem}", "fault" if view.problem else "dim")]]
        head = plans.head(row)
        return [[stale, (f" {visible_line(row['plan'])}  ", "head"), (head.text, head.tone)]]


class PlansView(View):
    """The list above, the receipts of the plan under the cursor below; ``tab`` goes between them."""

    NAME = "plans"
    KEYS = (
        Key("plans.open", "enter", "", "open", "go to the receipts; there, open the run of a line", foot=3),
        Key("plans.pane", "tab", "pane", "other pane", "go to the receipts, and back to the list", foot=3),
    )
    ACTS = (
        Key(
            "plans.card",
            "v",
            "card",
            "card",
            "show the card of the step that waits for a person",
            foot=2,
            role="approver",
        ),
        Key("plans.stop", "s", "stop", "stop", "send no further step of the plan under the cursor", foot=1),
    )

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.list = PlanList(id="orders")
        self.title_line = PlanTitle(self)
        self.receipt = Sheet(id="order-receipt")
        self.receipt.tight = True
        self.problem = ""
        self._found: list[Json] | None = None
        self._asking = False
        self._asked_at = float("-inf")

    def body(self) -> Iterable[Widget]:
        """Return the list and the receipts."""
        return [self.list, self.title_line, self.receipt]

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Ask for the plans now and then; show those of the one under the cursor."""
        del changed, whole
        now = self.station.clock()
        if not self._asking and now - self._asked_at >= _EVERY:
            self._asking, self._asked_at = True, now
            self.station.desk.ask(lambda client: client.get("/v1/compensations", limit=_MOST), self._done)
        if self._found is not None:
            found, self._found = self._found, None
            self.list.known = True
            self.list.refill({plan["plan"]: plan for plan in found})
        row = self.list.row
        rows = plans.begun(row, self.station.runs) if row is not None else []
        self.receipt.tell(broken(rows, (self.receipt.size.width or 76) - 6))
        self.title_line.renew()

    def _done(self, answer: Json | None, problem: str) -> None:
        self._found = answer["plans"] if answer is not None else None
        self.problem, self._asking = problem, False

    def copied_data(self) -> object:
        """Return the plan under the cursor."""
        return self.list.row

    # Keys.

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """From the list go to the receipts; from a line of the receipts to the run it names."""
        event.stop()
        if event.control is self.list:
            self.receipt.focus()
        elif self.receipt.run in self.station.runs:
            self.open_run(self.receipt.run)

    def action_pane(self) -> None:
        """Go to the other pane."""
        (self.receipt if self.list.has_focus else self.list).focus()

    def action_card(self) -> None:
        """Show the card of what a step of the plan under the cursor waits for."""
        from interlock_console.screens.approvals import open_card

        row = self.list.row
        if row is not None and (escalation := plans.waits_on(row, self.station.runs)):
            open_card(app_of(self), self.station, [escalation])
        else:
            self.note("no step of this plan waits for a person")

    def action_stop(self) -> None:
        """Let no further step of the plan under the cursor be sent."""
        row = self.list.row
        if row is None:
            return
        if row["state"] in plans.ENDED:
            self.note(f"{row['plan']} has ended: there is nothing to stop", "held")
            return
        making = Making(self.station, {})
        making.made = row
        making.stop(self.station.reason)
        self.note(f"stop of {row['plan']} is sent: no further step of it")
        self._asked_at = float("-inf")
