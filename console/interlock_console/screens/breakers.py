"""Circuit breakers that are not closed, at every gate that is there. Line 1 counts the open ones."""

from collections.abc import Iterable, Mapping
from typing import Any

from textual.widget import Widget

from interlock.ids import shorten
from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console import circuits
from interlock_console.output import age
from interlock_console.screens import View
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces, fit, said
from interlock_console.widgets.lines import Lines

__all__ = ["BreakerList", "BreakersHead", "BreakersView"]

Json = dict[str, Any]
_At = tuple[str, str, str]


class BreakerList(Lines[_At, Json]):
    """One line for each tool, endpoint and gate; what changed last first, as the hub tells them."""

    known, old = False, False
    """Whether the hub has told of breakers, and whether that is from before: the hub is silent."""

    def nothing(self, width: int) -> list[Pieces]:
        """Say that every breaker is closed, or was."""
        text = "no breaker is open at a gate that is here: no tool fails fast"
        if not self.known:
            text = "not known yet: the hub has not told which breakers are open"
        elif self.old:
            text = "no breaker was open when the hub was last heard"
        return [[(said(f"  {text}", width), "dim" if self.known and not self.old else "held")]]

    def pieces(self, key: _At, row: Json, width: int) -> Pieces:
        """Return state, what is left, since when, at which gate, and whose it is."""
        del key
        opened = row.get("state") == "open"
        now = float(row["now"])
        since = f"since {age(now - float(row.get('since') or 0))}"
        gate = visible_line(shorten(str(row.get("gate"))), 10)
        left = f"{visible_line(str(row.get('state')), 9):<10}{circuits.until(row, now):<21}{since:<13} gate {gate:<11}"
        name = circuits.name(row)
        return [
            (fit(left, min(width, 62)), "fault" if opened else "held"),
            (fit(name, max(4, width - 62)), "text"),
        ]


class BreakersHead(Board):
    """One line above the list: how many, and what an open one means."""

    ROW = "bar"

    def __init__(self, view: "BreakersView") -> None:
        super().__init__(id="breakers-head")
        self._view = view

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return it."""
        del height
        view = self._view
        open_ones = len(circuits.opened(view.told))
        half = len(view.told) - open_ones
        means = "an open one fails at once until its time is up"
        told = f" {open_ones} open, {half} half-open; {means}" if view.heard else ""
        return [[(f" {view.stale}" if view.stale else "", "alarm"), (said(told, width), "head")]]


class BreakersView(View):
    """What the hub's last pulse told: nothing is asked for."""

    NAME = "breakers"
    KEYS = ()

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.head = BreakersHead(self)
        self.list = BreakerList(id="breakers")

    @property
    def heard(self) -> bool:
        """Whether the hub has told anything yet."""
        return self.station.head().hub is not None

    @property
    def told(self) -> list[Json]:
        """Every breaker that is not closed."""
        return (self.station.head().hub or {}).get("breakers") or []

    def body(self) -> Iterable[Widget]:
        """Return the line and the list."""
        return [self.head, self.list]

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Show those there are."""
        del changed, whole
        now = int(self.station.wall())
        if (self.list.known, self.list.old) != (self.heard, bool(self.stale)):
            self.list.known, self.list.old = self.heard, bool(self.stale)
            self.list.refresh()
        found = {
            (str(each.get("tool")), str(each.get("endpoint")), str(each.get("gate"))): {**each, "now": now}
            for each in self.told
        }
        for key in [key for key in self.list.rows if key not in found]:
            self.list.drop(key)
        for key, row in found.items():
            if self.list.rows.get(key) != row:
                self.list.put(key, row)
        self.head.renew()
