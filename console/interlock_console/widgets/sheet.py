"""A list of labelled lines that scrolls: a combined receipt, or the exact targets of an order, one a line."""

from collections.abc import Sequence

from interlock_console.combined import Row
from interlock_console.widgets.ink import Pieces, fit
from interlock_console.widgets.lines import Lines

__all__ = ["Sheet"]

_LABEL = 13


class Sheet(Lines[int, Row]):
    """Show rows with :meth:`tell`. ``enter`` on one that names a run says so (``Lines.Opened``)."""

    def tell(self, found: Sequence[Row]) -> None:
        """Show these rows; told the same again it paints nothing. The cursor keeps its place."""
        if len(found) == len(self.order) and all(self.rows.get(at) == row for at, row in enumerate(found)):
            return
        place = max(0, self.place)
        self.rows = dict(enumerate(found))
        self.reorder()
        self.go(min(place, len(found) - 1))

    @property
    def run(self) -> str:
        """The run under the cursor, empty where the line names none."""
        return self.row.run if self.row is not None else ""

    def pieces(self, key: int, row: Row, width: int) -> Pieces:
        """Return label and text; a label that stands above already is not said again."""
        above = self.rows.get(key - 1)
        label = "" if above is not None and above.label == row.label else row.label
        return [(fit(label, _LABEL), "dim"), (fit(row.text, max(4, width - _LABEL)), row.tone)]
