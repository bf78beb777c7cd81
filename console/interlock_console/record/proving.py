"""The chain of the record, checked at the console: every entry from the first one on, as the hub has them stored.

The hub could say of itself that all is well. Here each hash is computed anew from the stored bytes, and each signed
checkpoint is held against them. The first key that signs is the one the hub names; later ones must be announced in the
record by then. Pages are bounded; what was checked once stays checked for as long as the console lives. Pure.
"""

import json
from typing import Any

from interlock.audit.chain import Row, Walk
from interlock.audit.export import from_plain
from interlock.audit.note import Checkpoint, flaw, read

__all__ = ["PAGE", "Proving"]

Json = dict[str, Any]

PAGE = 1000
"""Entries of one page."""


class Proving:
    """How far it was checked: ``n`` entries hold. ``bad`` is the entry that does not, 0 while there is none."""

    def __init__(self) -> None:
        self._walk = Walk()
        self._keys: set[str] = set()
        self.points = 0
        """Signed checkpoints that agree with it."""
        self.bad = 0
        self.problem = ""
        self._due: dict[int, Json] = {}
        self.top = 0
        """The entry up to which somebody wants it checked."""

    @property
    def n(self) -> int:
        """The last entry for which the chain holds, with every one before it."""
        return self._walk.n

    @property
    def more(self) -> bool:
        """Whether a further page is to be asked for."""
        return not self.problem and self.n < self.top

    def expect(self, head: Json) -> None:
        """Take what the hub signed just now: its key, and the checkpoint that the chain must agree with."""
        self._keys.add(head["key"])
        point = head["head"]
        if point is not None and point["n"] > self.n:
            self._due[point["n"]] = point

    def take(self, page: Json) -> None:
        """Check the page of the export that follows entry ``n``."""
        told: list[Json] = page["checkpoints"]
        points = {point["n"]: point for point in told} | self._due
        for line in page["lines"]:
            if not self._entry(line) or not self._point(points.get(self.n)):
                return
        if not page["lines"] and self.n < self.top:
            self._wrong(self.n + 1, "it is missing")

    def _entry(self, line: Json) -> bool:
        try:
            row, prev = from_plain(line)
        except (ValueError, KeyError, TypeError, AttributeError):
            return self._wrong(self.n + 1, "it is not written as an entry is")
        if row.n == self.n + 1 and prev != self._walk.head:
            return self._wrong(row.n, "it names another hash before it than the entry before it has")
        if not self._walk.step(row):
            return self._wrong(self.n + 1, self._walk.problem)
        if row.kind == b"signing_key":
            self._learn(row)
        return True

    def _learn(self, row: Row) -> None:
        try:
            said: Any = json.loads(row.body or b"{}")
        except ValueError:
            return
        if isinstance(said, dict):
            self._keys.add(str(said.get("key")))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]

    def _point(self, plain: object) -> bool:
        if plain is None:
            return True
        point = read(plain)
        wrong = "it is not written as one is" if point is None else self._disagrees(point)
        if wrong:
            return self._wrong(self.n, f"its signed checkpoint: {wrong}")
        self.points += 1
        return True

    def _disagrees(self, point: Checkpoint) -> str:
        if point.hash != self._walk.head.hex():
            return "it knows another hash of this entry"
        if point.key not in self._keys:
            return "it is by a key that nobody announced"
        return flaw(point)

    def _wrong(self, n: int, problem: str) -> bool:
        self.bad, self.problem = n, problem
        return False
