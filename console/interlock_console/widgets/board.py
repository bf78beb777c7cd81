"""A pane painted line by line that does not scroll: header, footer, ticker, preview, dialog."""

from collections.abc import Iterable

from textual.geometry import Region
from textual.strip import Strip

from interlock.text import visible_line
from interlock_console.widgets.ink import Ink, Pieces

__all__ = ["Board"]

_WIDE = 160


class Board(Ink):
    """Override :meth:`lines`; call :meth:`renew` when what it shows may have changed.

    Only lines that differ from what is on the screen are painted again, so calling ``renew`` ten times a second
    costs little when nothing changed.
    """

    ROW = "plain"
    """The ground of every line; see :meth:`Ink.paint`."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self._drawn: list[Pieces] = []

    def lines(self, width: int, height: int) -> list[Pieces]:
        """Return what to show on ``height`` lines of ``width`` cells; more lines than that are not shown."""
        del width, height
        return []

    def renew(self) -> None:
        """Ask :meth:`lines` again and paint the lines that changed."""
        width, height = self.size
        if not width or not height:
            return
        shown = self.lines(width, height)[:height]
        shown += [()] * (height - len(shown))
        before, self._drawn = self._drawn, shown
        if len(before) != height:
            self.refresh()
            return
        for y, (new, old) in enumerate(zip(shown, before, strict=True)):
            if new != old:
                self.refresh(Region(0, y, width, 1))

    def told(self) -> Iterable[str]:
        """Return the lines, as wide as the widest screen they are made for."""
        for pieces in self.lines(max(self.size.width, _WIDE), max(1, self.size.height)):
            yield "".join(visible_line(text) for text, _ in pieces).rstrip()

    def on_resize(self) -> None:
        """Lay out anew for the new size."""
        self._drawn = []
        self.renew()

    def render_line(self, y: int) -> Strip:
        """Return one painted line."""
        if len(self._drawn) != self.size.height:
            self._drawn = self.lines(*self.size)[: self.size.height]
            self._drawn += [()] * (self.size.height - len(self._drawn))
        return self.paint(self._drawn[y] if y < len(self._drawn) else (), self.size.width, self.ROW)
