"""Pages of the escalations: nothing that is there all the time is left out, whatever comes and goes meanwhile."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

import pytest

from interlock.hub.core.inbox import Escalation, Inbox
from interlock.hub.server.escalation_pages import CURSOR, cursor, rows

pytestmark = pytest.mark.pure


class Book:
    """An inbox that the test fills, read page by page as an operator does."""

    def __init__(self) -> None:
        self.inbox, self.now, self._numbers = Inbox(), 1000.0, count(1)

    def ask(self, left: float, **more: Any) -> str:
        """Let a call wait for so many seconds from now."""
        name = f"e-{next(self._numbers):016x}"
        texts = (
            "run",
            "gate",
            "call",
            "req",
            "tool",
            "agent",
            "role",
            "owner",
            "definition",
            "policy",
            "hub",
        )
        said: dict[str, Any] = {
            **dict.fromkeys(texts, "x"),
            "name": name,
            "cls": "write",
            "epoch": 1,
            "needs": 1,
        }
        said |= {"wait_s": left, "asked": "", "group": "", "digest": "", "args": "{}", "why": [], "taint": []}
        said |= {"says": "", "asked_at": self.now, "left": left, "since": self.now, "boot": "b", **more}
        self.inbox.known[name] = self.inbox.open[name] = Escalation(**said)
        return name

    def decide(self, name: str, state: Any = "rejected") -> None:
        """Let nothing more become of it."""
        known = self.inbox.open.pop(name)
        known.state, known.decided_at = state, self.now
        self.inbox.decided[name] = None

    def page(self, state: str, after: str | None = None, limit: int = 2) -> tuple[list[str], str | None]:
        """Return the names of one page, and the cursor behind it."""
        found = rows(self.inbox, state, after, self.now)
        last = cursor(found[limit - 1], state, after, self.now) if len(found) > limit else None
        assert last is None or re.match(CURSOR, last)
        return [each.name for each in found[:limit]], last


def test_what_waits_comes_by_danger_and_time_left_over_all_pages() -> None:
    """While time goes on, calls that are asked and decided before the cursor neither hide nor repeat one behind it."""
    book = Book()
    late, soon, danger, last = book.ask(120), book.ask(100), book.ask(900, cls="danger"), book.ask(400)
    first, after = book.page("waiting")
    assert first == [danger, soon]
    book.now += 50
    book.decide(soon)
    book.ask(10)
    book.decide(danger)
    assert book.page("waiting", after) == ([late, last], None)


def test_calls_of_paused_runs_come_once_however_long_the_pages_take() -> None:
    """Their time stands still: they stay where they were at the first page, and the pages end."""
    book = Book()
    names = [book.ask(100), book.ask(150, held=True), book.ask(160), book.ask(170, held=True), book.ask(180)]
    seen: list[str] = []
    page, after = book.page("waiting", limit=1)
    for _ in names[1:]:
        seen += page
        book.now += 50
        assert after is not None
        page, after = book.page("waiting", after, limit=1)
    assert (seen + page, after) == (names, None)


def test_a_call_that_stops_or_goes_on_between_pages_is_never_left_out() -> None:
    """Stopped, it keeps its place; once it goes on, it has as long as it had, and comes behind where it was."""
    book = Book()
    first, held, stops = book.ask(100), book.ask(150, held=True), book.ask(160)
    page, after = book.page("waiting", limit=1)
    assert page == [first]
    book.now += 50
    known = book.inbox.known[stops]
    known.left, known.since, known.held = known.left_at(book.now), book.now, True
    known = book.inbox.known[held]
    known.since, known.held = book.now, False
    book.now += 5
    page, after = book.page("waiting", after, limit=1)
    assert page == [stops]
    assert book.page("waiting", after) == ([held], None)


def test_what_was_decided_comes_newest_first_over_all_pages() -> None:
    """What is decided meanwhile shifts nothing; neither does a row before the cursor that is open again or gone."""
    book = Book()
    names = [book.ask(100) for _ in range(6)]
    for name in names[:5]:
        book.now += 1
        book.decide(name, "void" if name == names[2] else "rejected")
    page, after = book.page("decided")
    assert page == [names[4], names[3]]
    book.decide(names[5])
    assert book.page("decided", after)[0] == [names[2], names[1]]
    assert book.page("rejected", after) == ([names[1], names[0]], None)
    del book.inbox.decided[names[3]]
    assert book.page("decided", after)[0] == [names[2], names[1]]
    assert book.page("void") == ([names[2]], None)


def test_what_is_approved_comes_as_it_was_asked_over_all_pages() -> None:
    """One that is used between two pages shifts nothing, also where it was the last of a page."""
    book = Book()
    names: list[str] = []
    for _ in range(4):
        book.now += 1
        names.append(book.ask(100, state="approved"))
    page, after = book.page("approved")
    assert page == names[:2]
    book.decide(names[1], "used")
    assert book.page("approved", after) == (names[2:], None)
    del book.inbox.known[names[1]], book.inbox.decided[names[1]]
    assert book.page("approved", after) == (names[2:], None)


def test_a_beginning_means_all_whose_names_begin_so() -> None:
    """A whole name means one, also where others could begin with it; what nothing begins with means none."""
    book = Book()
    names = [book.ask(60.0) for _ in range(17)]
    assert [each.name for each in book.inbox.beginning(names[0])] == names[:1]
    assert [each.name for each in book.inbox.beginning("e-000000000000001")] == names[15:]
    assert book.inbox.beginning("e-1") == []
