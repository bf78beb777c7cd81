"""What the screen of the record knows: what of it is in memory, the entry under the cursor, how far it was checked."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from textual.containers import Vertical
from textual.message import Message
from textual.widget import Widget

from interlock.reserved import CANARY
from interlock.runs import RunState
from interlock_console.record.reader import Reader
from interlock_console.record.sieve import Sieve
from interlock_console.record.wording import blocks
from interlock_console.screens import View
from interlock_console.station import Station
from interlock_console.widgets.ask import Ask
from interlock_console.widgets.board import Board
from interlock_console.widgets.detail import Detail
from interlock_console.widgets.ink import Pieces
from interlock_console.widgets.record_bar import RecordBar, Told
from interlock_console.widgets.record_list import RecordList

__all__ = ["AuditData", "RecordHeads"]

Json = dict[str, Any]

_NEAR = 60
"""Entries between the cursor and the end of what is loaded at which the next page is asked for."""
_DWELL = 0.2
"""Seconds the cursor rests on an entry before the hub is asked what covers it."""


class RecordHeads(Board):
    """The names of the columns."""

    ROW = "bar"

    def __init__(self, record: RecordList) -> None:
        super().__init__(id="record-heads")
        self._record = record

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return the names."""
        del height
        return [self._record.heads(width)]


class AuditData(View):
    """The table above, the entry under the cursor below, and where both come from."""

    AUTO_FOCUS = "#record"

    class Ready(Message):
        """An answer of the hub, to be taken on the screen's thread."""

        def __init__(self, take: Callable[[], None]) -> None:
            super().__init__()
            self.take = take

    def __init__(self, station: Station) -> None:
        super().__init__(station)
        self.record = RecordList(station.wall, station.clock, self._nothing)
        self.bar = RecordBar()
        self.heads = RecordHeads(self.record)
        self.ask = Ask(
            "filter",
            id="ask",
            hint="run: who: tool: kind: verdict: from: to: or words; esc shows all",
            leaves="show all",
        )
        self.detail = Detail(id="entry")
        self.reader = Reader(station.desk, self._deliver, self._answered)
        self.sieve = Sieve()
        self._before = Sieve()
        self._moved_at = 0.0
        self._aim = 0
        """Where the cursor goes once the page that was asked for is here: -1 to its newest entry, 1 to its oldest."""
        self._told: tuple[int, bool, bool, int] | None = None

    def body(self) -> Iterable[Widget]:
        """Return the lines above, the table, the entry."""
        table = Vertical(self.heads, self.record, id="record-table")
        return [self.bar, self.ask, table, self.detail]

    def on_mount(self) -> None:
        """Ask for the newest entries; the base class, called by Textual as well, shows what is known."""
        self.reader.open(self.sieve)

    # Data.

    def _deliver(self, take: Callable[[], None]) -> None:
        self.post_message(self.Ready(take))

    def on_audit_data_ready(self, message: "AuditData.Ready") -> None:
        """Take an answer."""
        message.take()

    def _answered(self) -> None:
        if self.is_current:
            self._show()

    def renewed(self, changed: Mapping[str, RunState], whole: bool) -> None:
        """Hear how far the record goes, ask for what is due, and let ages go on."""
        del whole
        window = self.reader.window
        self.record.runs = self.station.runs
        self.reader.window.proofs(run for run, state in changed.items() if state.role.raw == CANARY)
        window.heard(self._newest)
        if self.is_current:
            self._more()
            self.reader.prove()
            self._show()

    @property
    def _newest(self) -> int:
        """The number of the newest entry, as the feed tells it."""
        head: Json = (self.station.head().hub or {}).get("head") or {}
        return int(head.get("n") or 0)

    def _more(self) -> None:
        """Ask for the page the cursor comes near to, or for what is newer where the newest is followed."""
        reader, record = self.reader, self.record
        if not reader.window.begun:
            if not reader.paging:
                reader.open(self.sieve)
            return
        place, count = record.place, len(record.order)
        if reader.window.newer and (record.follow or place < _NEAR):
            reader.newer()
        if count - place < _NEAR or count < record.size.height:
            reader.older()

    def _show(self) -> None:
        window, record = self.reader.window, self.record
        if not self.ask.display:
            record.show(window.rows)
            self._arrive()
        told = Told(window, self.reader.proving)
        if record.order:
            height = max(1, record.size.height)
            told.first = record.order[min(record.top, len(record.order) - 1)]
            told.last = record.order[min(record.top + height, len(record.order)) - 1]
        told.above = record.top
        told.following, told.marked = record.follow, len(record.chosen)
        told.looking, told.stale = self.reader.paging, self.stale
        told.problem = self.reader.problem
        told.rolled_back = str((self.station.head().hub or {}).get("rolled_back") or "")
        self.bar.about = told
        self.bar.styles.height = self.bar.wanted(self.bar.size.width or self.size.width)
        self.bar.renew()
        self.heads.renew()
        self._entry()

    def _arrive(self) -> None:
        """Put the cursor where somebody wanted to be, once that is here."""
        order = self.record.order
        if self._aim and not self.reader.opening and order:
            self.record.go(order[0 if self._aim < 0 else -1])
            self._aim = 0

    def _entry(self) -> None:
        entry, proof = self.record.row, self.reader.proving
        if entry is None:
            self.detail.show("no entry under the cursor", ())
            self._told = None
            return
        n = entry["n"]
        dwells = self.station.clock() - self._moved_at >= _DWELL
        full = self.reader.entry(n) if dwells else self.reader.entries.get(n)
        told = (n, full is None, n <= proof.n, proof.bad)
        if told != self._told:
            keep = self._told is not None and self._told[0] == n
            self._told = told
            self.detail.show(f"entry {n:,}", blocks(entry, full, proof, self.station.runs), keep=keep)
        self.detail.aside = self.stale

    def _nothing(self, width: int) -> list[Pieces]:
        del width
        window = self.reader.window
        if self.reader.problem:
            return [[("  the hub does not answer; what was asked is asked again", "fault")]]
        if not window.begun:
            return [[("  asking the hub for the newest entries", "dim")]]
        if not window.at_start:
            return [[(f"  nothing fits down to entry {window.low:,}; looking on", "dim")]]
        if window.sieve.text:
            return [[("  no entry fits; / and escape show everything", "dim")]]
        return [[("  the record is empty, but for proofs of the brake: e shows them", "dim")]]
