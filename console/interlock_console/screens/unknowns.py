"""What is unknown: calls that may have had their effect. A probe finds out, or a person who looked. ``:unknowns``."""

from collections.abc import Iterable, Mapping
from typing import Any

from textual.widget import Widget

from interlock.ids import shorten
from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console.keys import Key
from interlock_console.making.inbox import Inbox
from interlock_console.making.unknown import findable, told
from interlock_console.output import age
from interlock_console.screens import View, app_of
from interlock_console.screens.making import broken
from interlock_console.station import Station
from interlock_console.widgets.board import Board
from interlock_console.widgets.ink import Pieces, fit
from interlock_console.widgets.lines import Lines
from interlock_console.widgets.sheet import Sheet

__all__ = ["UnknownList", "UnknownTitle", "UnknownsView"]

Json = dict[str, Any]


class UnknownList(Lines[str, Json]):
    """Unknown calls by their permit, the oldest first."""

    def __init__(self, inbox: Inbox) -> None:
        super().__init__(id="orders")
        self._inbox = inbox

    def ranked(self) -> Iterable[str]:
        """Put the oldest first."""
        return sorted(self.rows, key=lambda permit: float(self.rows[permit]["at"]))

    def nothing(self, width: int) -> list[Pieces]:
        """Say that nothing is unknown, or that nobody has said yet."""
        del width
        if self._inbox.rows is None:
            return [[("  asking the hub what is unknown", "dim")]]
        return [[("  nothing is unknown", "live")]]

    def pieces(self, key: str, row: Json, width: int) -> Pieces:
        """Return since when, which tool, whether it can be found out, and with which arguments."""
        since = age(self._inbox.station.wall() - float(row["at"]))
        left = f"{fit(since, 7, right=True)}  {shorten(key)} {fit(row['cls'], 6)} {fit(row['tool'], 18)} "
        how, tone = ("asking", "held") if key in self._inbox.busy else findable(row)
        middle = f"{fit(how, 15)} "
        rest = max(4, width - len(left) - len(middle))
        return [
            (left, "text"),
            (middle, tone),
            (fit(f"{visible_line(row['args'])}  {visible_line(row['why'])}", rest), "dim"),
        ]


class UnknownTitle(Board):
    """One line between the list and what is known of the call under the cursor."""

    ROW = "bar"

    def __init__(self, view: "UnknownsView") -> None:
        super().__init__(id="order-title")
        self._view = view

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Say how many there are, and what came of the newest probe or mark."""
        del width, height
        view, inbox = self._view, self._view.inbox
        stale = (f" {view.stale}", "alarm") if view.stale else ("", "text")
        if inbox.problem:
            return [[stale, (f" {inbox.problem}", "fault")]]
        permit = view.list.cursor or ""
        shown = len(inbox.rows or ())
        more = f" of {inbox.total}" if inbox.total > shown else ""
        said = "the probe is looking" if permit in inbox.busy else inbox.said.get(permit, "")
        return [[stale, (f" UNKNOWN {shown}{more}  ", "head"), (said, "held")]]


class UnknownsView(View):
    """The list above, what is known of the call under the cursor below."""

    NAME = "unknowns"
    KEYS = (
        Key("unknowns.open", "enter", "", "its run", "open the run of the call", foot=3),
        Key("unknowns.pane", "tab", "pane", "other pane", "go to what is known of it, and back", foot=5),
    )
    ACTS = (
        Key(
            "unknowns.probe",
            "P",
            "probe",
            "probe",
            "have the declared probe look whether it happened",
            foot=1,
        ),
        Key(
            "unknowns.mark",
            "H",
            "hand",
            "by hand",
            "write down what you found out; asks for a reason",
            foot=1,
            role="approver",
        ),
    )

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.inbox = Inbox(station)
        self.list = UnknownList(self.inbox)
        self.title_line = UnknownTitle(self)
        self.facts = Sheet(id="order-receipt")

    def body(self) -> Iterable[Widget]:
        """Return the list and what is known."""
        return [self.list, self.title_line, self.facts]

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Ask what is unknown, and show what is known of the call under the cursor."""
        del changed, whole
        self.inbox.pulse()
        rows, shown = self.inbox.rows, self.list
        if rows is not None and self.is_current:
            first = not shown.order
            for permit in shown.rows.keys() - rows.keys():
                shown.drop(permit)
            for permit, row in rows.items():
                if shown.rows.get(permit) != row:
                    shown.put(permit, row)
            if first:
                shown.reorder()
        shown.touch()
        under = shown.row
        facts = told(under, self.station.wall()) if under is not None else []
        self.facts.tell(broken(facts, (self.facts.size.width or 76) - 18))
        self.title_line.renew()

    def copied_data(self) -> object:
        """Return the call under the cursor."""
        return self.list.row

    def shown_data(self) -> object:
        """Return everything that is unknown, as the hub has it."""
        return list((self.inbox.rows or {}).values())

    # Keys.

    def on_lines_opened(self, event: Lines.Opened) -> None:
        """Open the run of the call."""
        event.stop()
        if (row := self.list.row) is not None:
            self.open_run(str(row["run"]))

    def action_pane(self) -> None:
        """Go to the other pane."""
        (self.facts if self.list.has_focus else self.list).focus()

    def _here(self) -> str | None:
        """Return the permit under the cursor, None with a word where it is not unknown any more."""
        permit = self.list.cursor
        if permit is not None and self.inbox.rows is not None and permit not in self.inbox.rows:
            self.note(f"{permit} is unknown no more", "held")
            return None
        return permit

    def action_probe(self) -> None:
        """Have the probe look."""
        permit = self._here()
        if permit is None:
            return
        row = self.list.rows[permit]
        if row["probe"] is None:
            self.note(f"no probe: {visible_line(row['cannot'])}; H writes down what you found out", "held")
        else:
            self.inbox.probe(permit)
            self.title_line.renew()

    def action_hand(self) -> None:
        """Ask what a person found out, and how."""
        from interlock_console.screens.unknown_hand import HandDialog

        if (permit := self._here()) is not None:
            app_of(self).push_screen(HandDialog(self.inbox, self.list.rows[permit]))
