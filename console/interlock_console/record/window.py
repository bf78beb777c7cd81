"""The part of the record that is in memory: of a stretch that was looked at whole, the entries a filter lets through.

The record may have millions of entries and a filter may let three of them through. So what is remembered is not which
entries are here but which were **looked at**: ``low`` to ``high``, without a hole. A page is taken only where it joins
this stretch; what goes over the budget is dropped at one end, and the stretch ends there too. Pure.
"""

from collections.abc import Iterable
from typing import Any

from interlock.reserved import CANARY
from interlock_console.record.sieve import Sieve

__all__ = ["MOST", "Window"]

Json = dict[str, Any]

MOST = 2000
"""Entries that are kept at most."""
_OWN_TOOL = "canary_touch"
_OWN_KINDS = frozenset({"forgotten"})
"""Kinds that are about the hub's own runs only."""


class Window:
    """Entries by their number, ascending. ``last`` is the newest one the hub has told of."""

    def __init__(self, sieve: Sieve | None = None, most: int = MOST) -> None:
        self.sieve = sieve or Sieve()
        self.rows: dict[int, Json] = {}
        self.low, self.high = 1, 0
        self.last = 0
        self.begun = False
        """Whether a first page was taken: an empty window means nothing before."""
        self.left_out = False
        """Whether entries that prove the brake were left out."""
        self._proofs: set[str] = set()
        self._most = most

    @property
    def at_start(self) -> bool:
        """Whether everything down to the first entry was looked at."""
        return self.begun and self.low <= 1

    @property
    def at_end(self) -> bool:
        """Whether everything up to the newest entry was looked at."""
        return self.begun and self.high >= self.last

    @property
    def newer(self) -> int:
        """How many entries the hub has above what was looked at."""
        return max(0, self.last - self.high)

    @property
    def known_proofs(self) -> frozenset[str]:
        """The runs that are known to prove the brake."""
        return frozenset(self._proofs)

    def heard(self, last: int) -> None:
        """Take the number of the newest entry, as the feed tells it."""
        self.last = max(self.last, last)

    def proofs(self, runs: Iterable[str]) -> None:
        """Take the runs that are known to prove the brake."""
        new = set(runs) - self._proofs
        if new:
            self._proofs |= new
            self._sweep()

    # Pages.

    def open(self, page: Json, before: int) -> None:
        """Begin anew with the page of the entries below ``before``."""
        self.rows, self.left_out = {}, False
        self.heard(page["last"])
        self.low, self.high, self.begun = before, min(before - 1, page["last"]), True
        self.older(page, before)

    def open_start(self, page: Json) -> None:
        """Begin anew with the first page of the record."""
        self.rows, self.left_out = {}, False
        self.low, self.high, self.begun = 1, 0, True
        self.newer_page(page, 0)

    def older(self, page: Json, before: int) -> bool:
        """Take the page below ``before``. Return False, and take nothing, where it does not join what is here."""
        if not self.begun or before != self.low:
            return False
        self.heard(page["last"])
        # Backwards the answer ends where it stopped to look, found or not: that is how far down this reaches.
        self.low = 1 if page["next"] is None else page["next"]
        fitting = self._fitting(page)
        self.rows = dict(sorted((self.rows | fitting).items()))
        while len(self.rows) > self._most:
            self.rows.popitem()
            self.high = next(reversed(self.rows))
        return True

    def newer_page(self, page: Json, after: int) -> bool:
        """Take the page above ``after``. Return False, and take nothing, where it does not join what is here."""
        if not self.begun or after != self.high:
            return False
        self.heard(page["last"])
        self.high = page["last"] if page["next"] is None else page["next"]
        fitting = self._fitting(page)
        self.rows |= fitting
        if over := len(self.rows) - self._most:
            for n in list(self.rows)[: max(0, over)]:
                del self.rows[n]
            self.low = next(iter(self.rows)) if over > 0 else self.low
        return True

    # What is left out.

    def _fitting(self, page: Json) -> dict[int, Json]:
        """Return what of a page is shown; what it tells of runs may take entries out that were here before."""
        entries: list[Json] = page["entries"]
        self.proofs(entry["run"] for entry in entries if entry["run"] and _tells(entry))
        return {entry["n"]: entry for entry in entries if self._shows(entry) and self.sieve.fits(entry)}

    def _shows(self, entry: Json) -> bool:
        if self.sieve.proofs or not self._proves(entry):
            return True
        self.left_out = True
        return False

    def _proves(self, entry: Json) -> bool:
        return entry["run"] in self._proofs or entry["kind"] in _OWN_KINDS or _tells(entry)

    def _sweep(self) -> None:
        """Leave out what was taken before its run was known to prove the brake."""
        if not self.sieve.proofs:
            self.rows = {n: entry for n, entry in self.rows.items() if self._shows(entry)}


def _tells(entry: Json) -> bool:
    """Return whether an entry by itself says that it is about a proof of the brake."""
    return bool(entry["who"] == CANARY or entry["tool"] == _OWN_TOOL)
