"""Rows as a person reads a run: a turn of the model with what followed from it, a sub-agent's calls below its call.

Pure. A *head* is a row that others belong to: a model turn has every row up to the next one, a call has the calls
that name it as their parent. A folded head hides what is below it and says how much that is. The order is always the
order in which things happened: calls of sub-agents that ran beside each other stand between each other, and each
knows its parent. What an operator did, what was lost and what is missing is hidden by no fold.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from interlock_console.trace.fold import GAP, Row

__all__ = ["EDGE", "Layout", "Under"]

EDGE = "edge"
"""The kind of the row at the end of what is loaded, where the run goes on."""

_LOUD = frozenset(("order", "lost", "start", "end", "shed", "hand", GAP, EDGE))
_DEEPEST = 6


@dataclass(slots=True)
class Under:
    """What lies below a head: how many rows, and how many of them failed."""

    rows: int = 0
    failed: int = 0

    def words(self) -> str:
        """Return it in words, for the line of a folded head."""
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"+{self.rows:,} row{'s' * (self.rows != 1)}{failed}"


class Layout:
    """Where each row stands. ``folded`` are the heads that hide what is below them; ``depth`` is 0 at the top."""

    def __init__(self) -> None:
        self.folded: set[int] = set()
        self.depth: dict[int, int] = {}
        self.parent: dict[int, int] = {}
        """The row of the call that a row's own call names as its parent."""
        self._above: dict[int, int] = {}
        self._turn: int | None = None
        self._by_call: dict[str, int] = {}
        self._models = False
        self._spoke = False
        self._rows: Mapping[int, Row] = {}
        self._under: dict[int, Under] | None = None

    def arrange(self, rows: Mapping[int, Row]) -> list[int]:
        """Return the rows that are shown, in the order they came in."""
        self.depth, self.parent, self._above, self._by_call = {}, {}, {}, {}
        self._turn, self._spoke, self._rows = None, False, rows
        self._models = any(row.kind == "model" for row in rows.values())
        return [n for n, row in rows.items() if self.add(row)]

    def add(self, row: Row) -> bool:
        """Place the row behind all others, and return whether it is shown or lies below a folded head."""
        self._under = None
        if row.call:
            self._by_call.setdefault(row.call, row.n)
        if row.kind in _LOUD:
            self.depth[row.n] = 0
            return True
        parent = self._parent(row)
        if parent is None and self._begins(row):
            self._turn, self.depth[row.n] = row.n, 0
            return True
        head = self._turn if parent is None else parent
        if head is None:
            self.depth[row.n] = 0
            return True
        self._above[row.n] = head
        self.depth[row.n] = min(_DEEPEST, self.depth[head] + 1)
        return not self.hides(row.n)

    def under(self, n: int) -> Under:
        """Return what lies below a row."""
        if self._under is None:
            self._under = {}
            for below in self._above:
                failed = below in self._rows and self._rows[below].error
                for head in self._heads(below):
                    count = self._under.setdefault(head, Under())
                    count.rows += 1
                    count.failed += failed
        return self._under.get(n) or Under()

    def heads(self) -> set[int]:
        """Return every row that has others below it."""
        return set(self._above.values())

    def head_of(self, n: int) -> int | None:
        """Return the row itself if it has others below it, else the head it belongs to, else None."""
        return n if n in self.heads() else self._above.get(n)

    def hides(self, n: int) -> list[int]:
        """Return the folded heads that hide this row, the outermost last."""
        return [head for head in self._heads(n) if head in self.folded]

    def _heads(self, n: int) -> list[int]:
        found: list[int] = []
        head = self._above.get(n)
        while head is not None:
            found.append(head)
            head = self._above.get(head)
        return found

    def _parent(self, row: Row) -> int | None:
        """Return the row of the call that this one names as its parent, if that came before it."""
        proposed = row.event("tool.proposed") if row.kind == "tool" else None
        named = proposed.get("parent_call") if proposed else None
        found = self._by_call.get(named) if named else None
        if found is None or found >= row.n:
            return None
        self.parent[row.n] = found
        return found

    def _begins(self, row: Row) -> bool:
        """Whether a turn begins: a model call, or the agent's own words where no model call is gated."""
        if self._models:
            return row.kind == "model"
        spoke, self._spoke = self._spoke, _speaks(row)
        return self._spoke and not spoke


def _speaks(row: Row) -> bool:
    """Whether a row is the agent's own words."""
    if row.kind == "say":
        event = row.items[-1]["e"]["event"]
        return bool(event.get("role") == "assistant")
    return row.kind == "think"
