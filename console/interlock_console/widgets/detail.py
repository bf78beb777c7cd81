"""What one row holds, in full: wrapped, scrolled, set out only as far as it is read."""

import time
from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.strip import Strip

from interlock.text import visible, visible_line
from interlock_console.trace.paper import Block, Paper
from interlock_console.widgets.ink import Ink, Piece

__all__ = ["Detail"]

_SLICE = 0.01
"""Seconds between two slices of setting out, while somebody waits for the end of a long text."""
_WORK = 0.02
"""Seconds of setting out in one slice: a key waits for no longer."""
_COMING = 1.0
"""Seconds since the last part of a text came after which what is here is set out without the rest."""
_LINES = 400


class Detail(Ink, can_focus=True):
    """A page of blocks under a title line of our own. ``title`` and ``aside`` are for that line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll(-1)", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("pageup,b", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home,g", "top", show=False),
        Binding("end,G", "bottom", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.title = ""
        self._shown_at = 0.0
        self._page = 0
        """Counts the pages: a search in one ends when another one is shown."""
        self._aside = ""
        self.top = 0
        self._blocks: Sequence[Block] = ()
        self._paper = Paper((), 80)
        self._to_end = False
        self.sought = ""
        """How the search in this page went, in words."""
        self._hit: int | None = None

    @property
    def aside(self) -> str:
        """What stands at the right of the title: how old the data is, or what is not concluded."""
        return self._aside

    @aside.setter
    def aside(self, said: str) -> None:
        if said != self._aside:
            self._aside = said
            self.refresh(Region(0, 0, self.size.width, 1))

    def show(self, title: str, blocks: Sequence[Block], *, keep: bool = False) -> None:
        """Show other blocks; ``keep`` leaves the place in the text, for the same page with more on it."""
        self.title, self._blocks = title, blocks
        self._shown_at = time.monotonic()
        self._to_end = self._to_end and keep
        if not keep:
            self.top, self.sought, self._hit = 0, "", None
            self._page += 1
        self._set()

    def _set(self) -> None:
        self._paper = Paper(self._blocks, self.size.width - 2)
        self._reach()
        self.refresh()
        if self._to_end:
            self._slice()

    def _reach(self) -> None:
        self._paper.reach(self.top + self._room + 1)
        if self._paper.complete:
            self.top = max(0, min(self.top, len(self._paper.lines) - self._room))

    @property
    def _room(self) -> int:
        return max(1, self.size.height - 1)

    def on_resize(self) -> None:
        """Set the page out for the new width."""
        self._set()

    # Scrolling.

    def action_scroll(self, by: int) -> None:
        """Go down or up by lines."""
        self._to_end = False
        self.top = max(0, self.top + by)
        self._reach()
        self.refresh()

    def action_page(self, by: int) -> None:
        """Go down or up by a screen, with one line of the last one."""
        self.action_scroll(by * max(1, self._room - 1))

    def action_top(self) -> None:
        """Go to the beginning."""
        self.action_scroll(-self.top)

    def action_bottom(self) -> None:
        """Go to the end; a very long text is set out in slices until it is there."""
        self._to_end = True
        self._slice()

    def _slice(self) -> None:
        if not self._to_end or not self.is_attached:
            return
        now = time.monotonic()
        if self._partial and now - self._shown_at < _COMING:
            # More of the text is coming in: what is set out now would be set out again with every part of it.
            self.set_timer(_SLICE * 5, self._slice)
            return
        while not self._paper.complete and time.monotonic() - now < _WORK:
            self._paper.reach(len(self._paper.lines) + _LINES)
        self.top = max(0, len(self._paper.lines) - self._room)
        self.refresh()
        # The end of a part is not the end: the rest is asked for while somebody waits for it.
        self._to_end = self._partial or not self._paper.complete
        if not self._paper.complete:
            self.set_timer(_SLICE, self._slice)

    @property
    def _partial(self) -> bool:
        """Whether a text of the page is only partly here."""
        return any(block.digest for block in self._blocks)

    # Painting.

    def render_line(self, y: int) -> Strip:
        """Return the title line, then the lines of the page."""
        width = self.size.width
        if y == 0:
            return self.paint(self._head(width), width, "bar")
        place = self.top + y - 1
        if not self._paper.reach(place + 1):
            return self.paint((), width)
        text, tone = self._paper.lines[place]
        return self.paint([(" ", "text"), (text, tone)], width, "cursor" if place == self._hit else "plain")

    def _head(self, width: int) -> list[Piece]:
        count = len(self._paper.lines)
        more = "" if self._paper.complete else "+"
        where = f"{min(self.top + self._room, count)}/{count}{more}"
        if self._to_end:
            where += " waiting for the rest" if self._partial else " setting out"
        right = "  ".join(filter(None, (self.sought, self.aside, f"{where} ")))
        title = self.title[: max(0, width - len(right) - 2)]
        return [
            (f" {title}", "head"),
            (" " * max(1, width - len(title) - len(right) - 1), "text"),
            (right, "dim"),
        ]

    # Searching in it.

    def find(self, needle: str, by: int = 1) -> None:
        """Go to the next line that holds the text, in slices of a long page; :attr:`sought` says how it went."""
        self._to_end = False
        if not needle:
            return
        start = self._hit if self._hit is not None else self.top - (by > 0)
        self._look(needle.casefold(), start + by, by)

    def _look(self, wanted: str, at: int, by: int) -> None:
        """Look at a slice of lines from ``at`` on, and go on with the next frame."""
        if not self.is_attached:
            return
        until = time.monotonic() + _WORK
        while time.monotonic() < until:
            if at < 0 or not self._paper.reach(at + 1):
                self._sought(self._absent(by), None)
                return
            if self._paper.holds(at, wanted):
                self.top = max(0, at - self._room // 3)
                self._sought(f"found in line {at + 1:,}", at)
                self._reach()
                return
            at += by
        self._sought(f"looking at line {at + 1:,}", self._hit)
        page = self._page
        self.set_timer(_SLICE, lambda: self._look(wanted, at, by) if self._page == page else None)

    def _absent(self, by: int) -> str:
        if by > 0 and self._partial:
            return "not found in the part that is here; G asks for the rest"
        return "not found further down" if by > 0 else "not found further up"

    def _sought(self, said: str, hit: int | None) -> None:
        self.sought, self._hit = said, hit if hit is not None else self._hit
        self.refresh()

    @property
    def at_end(self) -> bool:
        """Whether somebody reads near the end of what is here, or is on the way there."""
        near = self._paper.complete and self.top + self._room * 3 >= len(self._paper.lines)
        return near or self._to_end

    # Copying.

    def copied(self) -> str:
        """Return the whole page, for copying."""
        return "\n".join(self.told())

    def told(self) -> Iterator[str]:
        """Return the whole page as visible lines, not broken to the width of the screen."""
        yield visible_line(self.title)
        for block in self._blocks:
            if not block.tight:
                yield ""
            if block.title:
                yield visible_line(f"{block.title}  {block.note}".rstrip())
            yield from visible(f"{block.lead}{block.text.raw}").split("\n") if block.text else ()
