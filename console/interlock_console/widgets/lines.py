"""The one list of the console: rows by id, painted line by line, whatever the number of rows.

Made for live data. Rows are put by id and only marked dirty; ten times a second the dirty rows that are on the
screen are painted, and at most once a second the order is made anew. The cursor, the marks and whatever acts on
them hold the **id**, never a row number, so a list that moves under a hand moves nothing under the cursor.

To make a list, subclass :class:`Lines` and override :meth:`Lines.pieces`; override :meth:`Lines.ranked` for an
order of its own, or leave it for the order in which rows came::

    class Names(Lines[str, Person]):
        def pieces(self, key, row, width):
            return [(fit(row.name, 20), "text"), (fit(row.town, width - 20), "dim")]

    names.put("p-1", person)          # any time; costs a set entry
    names.cursor                      # "p-1" or None
    Names.Moved, Names.Opened         # messages: the cursor went to another id; enter on an id
"""

import time
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region
from textual.message import Message
from textual.selection import Selection
from textual.strip import Strip

from interlock_console.widgets.ink import Ink, Pieces, fit

__all__ = ["FPS", "Lines"]

K = TypeVar("K", bound=Hashable)
R = TypeVar("R")

FPS = 10
"""Paints a second. Data comes in as fast as it likes; the eye and a slow link do not."""
_ARRANGE = 1.0
"""Seconds between two orderings."""
_SHARE = 20
"""An ordering takes at most one part in so many of the time: the longer it took, the later the next one."""


class Lines(Ink, Generic[K, R], can_focus=True):
    """A list of rows of one line each. ``rows`` is the model, ``order`` what is shown, from top to bottom."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "step(-1)", show=False),
        Binding("down,j", "step(1)", show=False),
        Binding("pageup,b", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
        Binding("home,g", "edge(-1)", show=False),
        Binding("end,G", "edge(1)", show=False),
        Binding("enter", "open", show=False),
    ]

    GROWS = False
    """True when new ids belong at the end and are shown with the next paint, without a new ordering (a trace)."""
    MARKS = False
    """True when the space bar marks the row under the cursor."""

    class Moved(Message):
        """The cursor is on another id than before; ``key`` is None in an empty list."""

        def __init__(self, lines: "Lines[Any, Any]", key: Any) -> None:
            super().__init__()
            self.lines, self.key = lines, key

        @property
        def control(self) -> "Lines[Any, Any]":
            """The list it happened in."""
            return self.lines

    class Opened(Message):
        """Enter was pressed on ``key``."""

        def __init__(self, lines: "Lines[Any, Any]", key: Any) -> None:
            super().__init__()
            self.lines, self.key = lines, key

        @property
        def control(self) -> "Lines[Any, Any]":
            """The list it happened in."""
            return self.lines

    def __init__(
        self,
        *,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: dict[K, R] = {}
        self.order: list[K] = []
        self.cursor: K | None = None
        self.marks: set[K] = set()
        self.top = 0
        self.kept = False
        """True keeps order and membership as they are; values stay live."""
        self.held = False
        """True while a menu of the same screen is open, and the list must not move. Kept is the operator's."""
        self.pause = _ARRANGE
        """Seconds to the next ordering."""
        self._clock = clock
        self._places: dict[K, int] = {}
        self._dirty: set[K] = set()
        self._moved = False
        self._fresh: list[K] = []
        self._gone: set[K] = set()
        self._arranged = float("-inf")

    # What a subclass says.

    def pieces(self, key: K, row: R, width: int) -> Pieces:
        """Return one row as pieces of (text, tone) for ``width`` cells; the mark column is already taken off."""
        del key
        return [(fit(str(row), width), "text")]

    def ranked(self) -> Iterable[K]:
        """Return the ids to show, in order. As it stands: all of them, in the order they came."""
        return self.rows

    def nothing(self, width: int) -> list[Pieces]:
        """Return what stands in an empty list, line by line."""
        del width
        return []

    # The model.

    def put(self, key: K, row: R) -> None:
        """Add a row or replace the one of this id. It is painted with the next paint, if it is on the screen."""
        if key not in self.rows:
            if self.GROWS:
                self._fresh.append(key)
            self._moved = self._moved or not self.GROWS
        elif not self.GROWS:
            self._moved = True
        self.rows[key] = row
        self._gone.discard(key)
        self._dirty.add(key)

    def refill(self, rows: Mapping[K, R]) -> None:
        """Put what is new or another. The first rows of all are in order at once, later ones when the list is."""
        first = not self.order
        for key, row in rows.items():
            if self.rows.get(key) != row:
                self.put(key, row)
        if first:
            self.reorder()

    def drop(self, key: K) -> None:
        """Take a row out. It leaves the screen with the next ordering; a kept list shows it until then."""
        if key in self.rows:
            self._moved = True
            self._gone.add(key)

    def clear(self) -> None:
        """Take every row out, and the cursor and the marks with them."""
        self.rows.clear()
        self.marks.clear()
        self.cursor = None
        self.reorder()

    def touch(self, key: K | None = None) -> None:
        """Paint a row again, or all of them, although nothing was put (an age went on, a filter changed)."""
        if key is None:
            self.refresh()
        else:
            self._dirty.add(key)

    # Time.

    def on_mount(self) -> None:
        """Start painting."""
        self.set_interval(1 / FPS, self.flush)

    def flush(self) -> None:
        """Order anew if it is due, then paint what is dirty. Runs ten times a second."""
        if self._fresh and not self.kept:
            self._grow()
        if self._moved and not self.still and self._clock() - self._arranged >= self.pause:
            self.reorder()
        dirty, self._dirty = self._dirty, set()
        if not dirty:
            return
        for y, key in enumerate(self.order[self.top : self.top + self.size.height]):
            if key in dirty:
                self._paint_line(y)

    @property
    def still(self) -> bool:
        """Whether order and membership stay as they are for now.

        Nothing moves behind a menu or a dialog: a list that did would put another id under the key after it.
        """
        return self.kept or self.held or self.app.screen is not self.screen  # pyright: ignore[reportUnknownMemberType]

    def reorder(self) -> None:
        """Make the order anew now. The cursor stays on its id; if that went, it goes to the next one."""
        before = self._places.get(self.cursor, 0) if self.cursor is not None else 0
        begun = time.perf_counter()
        self._arranged, self._moved = self._clock(), False
        self._fresh.clear()
        for key in self._gone:
            self.rows.pop(key, None)
        self._gone.clear()
        self.order = list(self.ranked())
        self._places = {key: place for place, key in enumerate(self.order)}
        self.marks &= self.rows.keys()
        if self.cursor not in self._places:
            self._go(min(before, len(self.order) - 1))
        self._follow()
        self.refresh()
        self.pause = max(_ARRANGE, _SHARE * (time.perf_counter() - begun))

    def _grow(self) -> None:
        fresh, self._fresh = self._fresh, []
        start = len(self.order)
        at_end = self.top + self.size.height >= start
        for place, key in enumerate(fresh, start):
            self._places[key] = place
        self.order += fresh
        if self.cursor is None:
            self._go(0)
        if at_end:
            self.refresh()
        self.grown(len(fresh))

    def grown(self, count: int) -> None:
        """Hook for a list that grows: ``count`` rows came at the end. A follower goes to the last one here."""

    # The cursor.

    @property
    def place(self) -> int:
        """The row of the cursor in ``order``, -1 in an empty list."""
        return -1 if self.cursor is None else self._places.get(self.cursor, -1)

    @property
    def row(self) -> R | None:
        """The row under the cursor."""
        return None if self.cursor is None else self.rows.get(self.cursor)

    def go(self, key: K) -> bool:
        """Put the cursor on an id that is shown. Return False when it is not."""
        place = self._places.get(key)
        if place is None:
            return False
        self._go(place)
        return True

    def _go(self, place: int) -> None:
        old = self.cursor
        if not self.order:
            self.cursor, self.top = None, 0
        else:
            if (was := self.place) >= 0:
                self._paint_line(was - self.top)
            place = max(0, min(place, len(self.order) - 1))
            self.cursor = self.order[place]
            self._follow()
            self._paint_line(place - self.top)
        if self.cursor != old:
            self.post_message(self.Moved(self, self.cursor))

    def _follow(self) -> None:
        """Scroll as little as possible so that the cursor is on the screen."""
        height = max(1, self.size.height)
        top = min(self.top, max(0, len(self.order) - height))
        if (place := self.place) >= 0:
            top = max(place - height + 1, min(top, place))
        if top != self.top:
            self.top = top
            self.refresh()

    def action_step(self, by: int) -> None:
        """Move the cursor up or down."""
        self._go(self.place + by)

    def action_page(self, by: int) -> None:
        """Move the cursor by a screen."""
        self._go(self.place + by * max(1, self.size.height - 1))

    def action_edge(self, to: int) -> None:
        """Move the cursor to the first or the last row."""
        self._go(0 if to < 0 else len(self.order) - 1)

    def action_open(self) -> None:
        """Tell who listens that enter was pressed on the id under the cursor."""
        if self.cursor is not None:
            self.post_message(self.Opened(self, self.cursor))

    def action_mark(self) -> None:
        """Mark the row under the cursor, or take its mark away, and go to the next one."""
        if self.MARKS and self.cursor is not None:
            self.marks ^= {self.cursor}
            self._paint_line(self.place - self.top)
            self._go(self.place + 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the cursor, where a mouse was asked for."""
        event.stop()
        self.action_step(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the cursor, where a mouse was asked for."""
        event.stop()
        self.action_step(-3)

    # Painting.

    def on_resize(self) -> None:
        """Keep the cursor on the screen when the screen changes."""
        self._follow()

    def _paint_line(self, y: int) -> None:
        if 0 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """Return one painted line: the mark column, then the row's pieces."""
        width = self.size.width
        place = self.top + y
        if place >= len(self.order):
            said = () if self.order else self.nothing(width)
            return self.paint(said[y] if y < len(said) else (), width)
        key = self.order[place]
        under = key == self.cursor
        mark = (">" if under else " ") + ("*" if key in self.marks else " ")
        return self.paint([(mark, "mark"), *self.line(key, width - 2)], width, "cursor" if under else "plain")

    def line(self, key: K, width: int) -> Pieces:
        """Return what stands behind the marks of an id that is shown: the pieces of its row, as it stands."""
        row = self.rows.get(key)
        return () if row is None else self.pieces(key, row, width)

    # Copying.

    def text_of(self, key: K) -> str:
        """Return one row as plain visible text, wide enough for everything in it."""
        row = self.rows.get(key)
        return "" if row is None else "".join(text for text, _ in self.pieces(key, row, 400)).rstrip()

    def copied(self) -> str:
        """Return what a copy takes: the marked rows, else the row under the cursor, as plain visible text."""
        chosen = [key for key in self.order if key in self.marks]
        if not chosen and self.cursor is not None:
            chosen = [self.cursor]
        return "\n".join(map(self.text_of, chosen))

    def told(self) -> Iterable[str]:
        """Return every row that is listed, on the screen or not."""
        return map(self.text_of, self.order)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Return what was selected with the mouse, from the rows that are on the screen."""
        shown = self.order[self.top : self.top + self.size.height]
        return selection.extract("\n".join(self.text_of(key) for key in shown)), "\n"
