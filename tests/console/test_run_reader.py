"""Pages that were asked for before the window began anew are not put into the new one."""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from interlock_console.desk import Desk
from interlock_console.trace.reader import Reader
from tests.console.page_hub import page_hub
from tests.console.stories import RUN, Story


class Late:
    """Hands answers over when the test says so, in the order it says."""

    def __init__(self) -> None:
        self._came: queue.Queue[Callable[[], None]] = queue.Queue()

    def deliver(self, take: Callable[[], None]) -> None:
        """Keep an answer."""
        self._came.put(take)

    def one(self) -> Callable[[], None]:
        """Return the next answer that came."""
        return self._came.get(timeout=30)


@contextmanager
def _reader() -> Iterator[tuple[Reader, Late]]:
    story = Story()
    story.began()
    for n in range(5000):
        story.add("message", role="user", text=f"word {n}")
    with page_hub() as pages:
        pages.add(RUN, story.items)
        late, desk = Late(), Desk(pages.hub)
        reader = Reader(desk, RUN, late.deliver, lambda: None)
        reader.open()
        late.one()()
        assert reader.window.last == 5001
        yield reader, late
        desk.close()


def test_a_page_of_the_window_before_does_not_get_into_the_one_at_the_start() -> None:
    """An older page that comes after the first one would tear a hole of thousands, and push the start out again."""
    with _reader() as (reader, late):
        assert reader.older()
        older = late.one()
        reader.open_start()
        late.one()()
        older()
        assert (reader.window.first, reader.window.last) == (1, 200)
        assert not reader.window.missing
        reader.newer()
        late.one()()
        assert (reader.window.first, reader.window.last) == (1, 400)


def test_no_page_is_asked_for_of_a_window_that_is_left() -> None:
    """While the start is on its way, what lies before and behind the old place would be put into the new one."""
    with _reader() as (reader, late):
        reader.open_start()
        reader.older()
        reader.newer()
        assert not any(map(reader.busy, ("older", "newer")))
        late.one()()
        assert (reader.window.first, reader.window.last) == (1, 200)
        reader.newer()
        late.one()()
        assert (reader.window.first, reader.window.last) == (1, 400)


def test_the_last_wish_decides_where_the_window_is() -> None:
    """The start, asked for before the end but answered after it, does not take the end away."""
    with _reader() as (reader, late):
        reader.open_start()
        start = late.one()
        reader.open()
        late.one()()
        start()
        assert (reader.window.last, reader.window.at_end) == (5001, True)
