"""The orders that were given, standing ones first, each with its combined receipt. ``:orders`` opens it."""

from collections.abc import Iterable, Mapping
from typing import Any

from textual.widget import Widget

from interlock.reserved import CANARY
from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console import aim, combined
from interlock_console.client import Client
from interlock_console.combined import Row
from interlock_console.following import Following
from interlock_console.keys import Key
from interlock_console.output import clock
from interlock_console.screens import View, app_of
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces, fit
from interlock_console.widgets.lines import Lines
from interlock_console.widgets.sheet import Sheet

__all__ = ["OrderList", "OrderTitle", "OrdersView"]

Json = dict[str, Any]

_EVERY = 2.0
_MOST = 100
_FIRST_PAGES = 5
"""Pages of orders that are looked through when the view opens; after that the newest one is enough."""


class OrderList(Lines[str, Json]):
    """Orders by their id: the standing ones, then the others, the newest first."""

    known = False
    """Whether the hub has told of any, or of none."""

    def ranked(self) -> Iterable[str]:
        """Put what stands first."""
        rows = self.rows
        return sorted(rows, key=lambda order: (not _stands(rows[order]), -float(rows[order]["at"])))

    def nothing(self, width: int) -> list[Pieces]:
        """Say that there are none, or that nobody has said yet."""
        del width
        if not self.known:
            return [[("  not known yet: the hub has not told which orders there are", "held")]]
        return [[("  no order was given yet; K, X or :stopall gives one", "dim")]]

    def pieces(self, key: str, row: Json, width: int) -> Pieces:
        """Return what was ordered, to whom, how far it got, and by whom."""
        about = aim.words(row.get("scope")) or f"{row['named']} by id"
        stands = "STANDING" if _stands(row) else "lifted" if row.get("lifted") else ""
        counts = combined.counts(row).rpartition("  ")[2]
        left = f"{clock(float(row['at']))[:8]} {fit(stands, 8)} {fit(str(row['verb']), 6)} {key[:8]} "
        tone = "alarm" if _stands(row) or row.get("unrecorded") else "text"
        told = f"{visible_line(about, 30)}  {counts}  by {visible_line(str(row['by']), 40)}"
        return [(left, tone), (fit(told, max(4, width - len(left))), "text")]


class OrderTitle(Board):
    """One line between the list and the receipt."""

    ROW = "bar"

    def __init__(self, view: "OrdersView") -> None:
        super().__init__(id="order-title")
        self._view = view

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Say whose receipt is below, and how old it is."""
        del width, height
        view = self._view
        following = view.following
        stale = (f" {view.stale}" if view.stale else "", "alarm")
        if following is None or following.summary is None:
            problem = view.problem or "no order under the cursor"
            return [[stale, (f" {problem}", "fault" if view.problem else "dim")]]
        return [[stale, (f" {combined.title(following.summary)}", "head")]]


class OrdersView(View):
    """The list above, the receipt of the order under the cursor below; ``tab`` goes between them."""

    NAME = "orders"
    KEYS = (
        Key("orders.open", "enter", "", "open", "go to the receipt; there, open the run of a line", foot=3),
        Key("orders.pane", "tab", "pane", "other pane", "go to the receipt, and back to the list", foot=3),
    )
    ACTS = (
        Key(
            "orders.lift",
            "L",
            "lift",
            "lift",
            "lift the standing order under the cursor: asks for proof",
            foot=1,
        ),
    )

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.list = OrderList(id="orders")
        self.title_line = OrderTitle(self)
        self.receipt = Sheet(id="order-receipt")
        self.following: Following | None = None
        self.problem = ""
        self._found: list[Json] | None = None
        self._asking = False
        self._asked_at = float("-inf")

    def body(self) -> Iterable[Widget]:
        """Return the list and the receipt."""
        return [self.list, self.title_line, self.receipt]

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Ask for the orders now and then, and follow the one under the cursor."""
        del changed, whole
        now = self.station.clock()
        if not self._asking and now - self._asked_at >= _EVERY:
            self._ask(now)
        if self._found is not None:
            found, self._found = self._found, None
            self._take(found)
        self._follow()
        self.receipt.tell(self.following.rows(head=True) if self.following else [Row("", "", "dim")])
        self.title_line.renew()

    def _ask(self, now: float) -> None:
        self._asking, self._asked_at = True, now

        def done(answer: Json | None, problem: str) -> None:
            self._found = answer["orders"] if answer is not None else None
            self.problem, self._asking = problem, False

        pages = _FIRST_PAGES if not self.list.rows else 1
        self.station.desk.ask(lambda client: {"orders": _given(client, pages)}, done)

    def _take(self, found: list[Json]) -> None:
        self.list.known = True
        self.list.refill({order["order"]: order for order in found})

    def _follow(self) -> None:
        order = self.list.cursor
        if order is None:
            self.following = None
        elif self.following is None or self.following.order != order:
            self.following = Following(self.station, order)
            self.following.summary = self.list.rows[order]
        if self.following is not None:
            self.following.pulse()

    # Keys.

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """From the list go to the receipt; from a line of the receipt to the run it names."""
        event.stop()
        if event.control is self.list:
            self.receipt.focus()
        elif self.receipt.run in self.station.runs:
            self.open_run(self.receipt.run)

    def action_pane(self) -> None:
        """Go to the other pane."""
        (self.receipt if self.list.has_focus else self.list).focus()

    def action_lift(self) -> None:
        """Ask whether to lift the order under the cursor."""
        order = self.list.cursor
        if order is None:
            return
        if not _stands(self.list.rows[order]):
            self.note(f"{order} does not stand: there is nothing to lift", "held")
            return
        from interlock_console.screens.lift import LiftDialog

        app_of(self).push_screen(LiftDialog(self.station, order))


def _given(client: Client, pages: int) -> list[Json]:
    """Return the standing orders and the newest ones, without those that prove the brake every minute."""
    found: list[Json] = client.get("/v1/orders", standing="true", limit=_MOST)["orders"]
    after: object = None
    for _ in range(pages):
        answer = client.get("/v1/orders", limit=_MOST, after=after)
        found += answer["orders"]
        if (after := answer["next"]) is None:
            break
    return [order for order in found if order["by"] != CANARY]


def _stands(order: Json) -> bool:
    return bool(order.get("standing")) and not order.get("lifted")
