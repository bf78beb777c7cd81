"""A list of labelled lines that scrolls: a combined receipt, or the exact targets of an order, one a line."""

from collections.abc import Iterable, Sequence

from interlock_console import targets
from interlock_console.combined import Row
from interlock_console.widgets.ink import Pieces, fit
from interlock_console.widgets.lines import Lines

__all__ = ["Sheet"]

_LABEL = 13
_MARK = 2
"""Cells before a line: the cursor's and the mark's."""


class Sheet(Lines[int, Row]):
    """Show rows with :meth:`tell`. ``enter`` on one that names a run says so (``Lines.Opened``)."""

    def tell(self, found: Sequence[Row]) -> None:
        """Show these rows; told the same again it paints nothing. The cursor keeps its place."""
        if len(found) == len(self.order) and all(self.rows.get(at) == row for at, row in enumerate(found)):
            return
        place = max(0, self.place)
        self._label = _LABEL
        if self.tight or self.tabled(found):
            self._label = min(_LABEL, max((len(row.label) for row in found), default=0) + 2)
        self.rows = dict(enumerate(found))
        self.reorder()
        self.go(min(place, len(found) - 1))

    _label = _LABEL
    tight = False
    """True where labels take no more room than the longest of them, in a table or not."""

    @staticmethod
    def tabled(found: Iterable[Row]) -> bool:
        """Return whether any of these rows belongs to a table."""
        return any(row.cells for row in found)

    def heads(self, width: int) -> Pieces:
        """Return the names of the columns above the list; empty where no row belongs to a table."""
        if not self.tabled(self.rows.values()):
            return ()
        return [(" " * (_MARK + self._label), "dim"), *targets.heads(width - _MARK - self._label)]

    @property
    def position(self) -> str:
        """``1-12 of 40`` where the list is longer than what is seen of it, else empty."""
        seen, count = self.size.height, len(self.order)
        return f"{self.top + 1}-{min(self.top + seen, count)} of {count}" if 0 < seen < count else ""

    @property
    def run(self) -> str:
        """The run under the cursor, empty where the line names none."""
        return self.row.run if self.row is not None else ""

    def pieces(self, key: int, row: Row, width: int) -> Pieces:
        """Return label and text; a label that stands above already is not said again."""
        above = self.rows.get(key - 1)
        label = "" if above is not None and above.label == row.label else row.label
        room = max(4, width - self._label)
        told = targets.laid(row.cells, row.tone, room) if row.cells else [(fit(row.text, room), row.tone)]
        return [(fit(label, self._label), "dim"), *told]
