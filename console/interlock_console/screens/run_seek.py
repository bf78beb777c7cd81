"""What a run's screen looks for over the whole run: failures, model turns, a text. Loaded rows first, then the hub."""

import threading
from collections.abc import Iterable

from interlock_console.screens.run_data import FAST, RunData
from interlock_console.trace.finder import PAGES, Seek
from interlock_console.trace.fold import Row
from interlock_console.trace.quest import Quest
from interlock_console.trace.search import search

__all__ = ["RunSeek"]

_TAIL_EVERY = 10
"""Renewals between two looks of a finished search at what came since."""


class RunSeek(RunData):
    """A run's screen with everything that goes on over more than one question to the hub."""

    _seek: Seek | None = None
    _first_look = False
    """Whether the cursor still is to go to the first hit there is."""

    @property
    def seeking(self) -> bool:
        """Whether a key's search is under way: the window is its own until then."""
        return super().seeking or self._seek is not None

    def begin(self, seek: Seek) -> None:
        """Go to the next thing that is sought, wherever in the run it is."""
        self.remark, self.goal = "", None
        self._go_on(seek)

    def by_hand(self) -> None:
        """A person moved the cursor: no search moves it any more, though a search for a text goes on counting."""
        super().by_hand()
        self._seek, self._first_look = None, False

    def renew_more(self) -> None:
        """Let the search go on, also at what came since it was through."""
        super().renew_more()
        self._pump()

    def answered(self) -> None:
        """Go on with what is under way."""
        seek, self._seek = self._seek, None
        if seek is not None and self.goal is None:
            self._go_on(seek)
        self._pump()

    def windowed(self) -> None:
        """Mark the hits among the rows that are loaded now."""
        self.finder.spread(self.reader.window)
        self.trace.found = self.finder.found

    # One thing after another.

    def _go_on(self, seek: Seek) -> None:
        window, trace = self.reader.window, self.trace
        trace.follow = False
        target = self.finder.next(list(window.trace.rows.values()), trace.cursor or 0, seek)
        if target is not None:
            self._found(target)
        elif window.at_start if seek.by < 0 else window.at_end:
            self._nothing(seek)
        elif seek.what == "hit":
            self._next_hit(seek)
        elif seek.what == "error" or self.finder.turns == ("model",):
            self._ask_marks(seek)
        else:
            self._page_for(seek)
        self._renew_bar()

    def _found(self, target: int) -> None:
        self.trace.go(target)
        self.remark = ""
        self.remove_class("receipts", "tree")

    def _nothing(self, seek: Seek) -> None:
        quest = self.finder.quest
        window = self.reader.window
        if seek.what == "hit" and quest is not None and not quest.done(seek.by, window.end):
            # All of it is loaded, but not every long text of it was looked at: the hub has not said its last word.
            self._next_hit(seek)
            return
        self.remark = f"no {seek.name} {seek.side} event {self._edge(seek):,}"

    def _edge(self, seek: Seek) -> int:
        """Return the event from which on nothing is loaded in this direction, or the cursor's at the run's end."""
        window = self.reader.window
        if seek.by < 0:
            return (self.trace.cursor or 0) if window.at_start else window.first
        return (self.trace.cursor or 0) if window.at_end else window.last

    def _ask_marks(self, seek: Seek) -> None:
        """Ask the hub where the next one is, and open the run there."""
        edge = self._edge(seek)

        def done(found: int | None) -> None:
            if self._seek is not seek:
                return
            self._seek = None
            if found is None:
                self.remark = f"no {seek.name} {seek.side} event {edge:,}"
                if seek.what == "error":
                    self.remark += " (of refused calls only the loaded ones are looked at)"
            else:
                self._open_at(found)

        self.remark = f"looking {seek.side} event {edge:,}"
        self._seek = seek
        self.reader.mark("error" if seek.what == "error" else "model", seek.by, edge, done)

    def _open_at(self, n: int) -> None:
        self.goal, self.remark = n, ""
        self.reader.open_at(n)

    def _page_for(self, seek: Seek) -> None:
        """Load page after page: what is sought is known to nobody but who reads it."""
        if seek.pages >= PAGES:
            self.remark = f"no {seek.name} as far as event {self._edge(seek):,}; the key looks further"
            self.trace.go(self.trace.order[0 if seek.by < 0 else -1])
            return
        self.remark = f"looking {seek.side} event {self._edge(seek):,}"
        seek.pages += 1
        self._seek = seek
        (self.reader.older if seek.by < 0 else self.reader.newer)(FAST)

    # A text.

    def search_for(self, needle: str) -> None:
        """Look for a text: at once among the loaded rows, then by the hub over the whole run."""
        window = self.reader.window
        self._seek, self.goal, self.remark = None, None, ""
        if not needle.strip():
            self.finder.quest = None
            self.windowed()
            self.trace.touch()
            self._renew_bar()
            return
        row = self.trace.row
        start = row.last if row is not None and row.items else window.last
        quest = self.finder.quest = Quest(needle, min(start, window.end))
        self._first_look = True
        self._search_loaded(quest, list(window.trace.rows.values()))

    def _search_loaded(self, quest: Quest, rows: list[Row]) -> None:
        def work() -> None:
            hits = search(rows, quest.needle)
            self._deliver(lambda: self._took(quest, hits))

        threading.Thread(target=work, name="interlock search", daemon=True).start()

    def _took(self, quest: Quest, hits: list[int]) -> None:
        if quest is not self.finder.quest:
            return
        quest.add(hits)
        self._hits_changed()
        self._pump()
        self._renew_bar()

    def _hits_changed(self) -> None:
        self.windowed()
        self.trace.touch()
        if not self._first_look or (quest := self.finder.quest) is None:
            return
        at = self.trace.cursor or 0
        if (nearest := self.finder.nearest(at)) is not None:
            self._first_look, self.trace.follow = False, False
            self._found(nearest)
        elif quest.hits and not any(self.reader.busy(what) for what in ("older", "newer", "at")):
            self._first_look, self.trace.follow = False, False
            before = quest.next(at + 1, -1)
            self._open_at(quest.hits[0] if before is None else before)

    def _pump(self) -> None:
        """Let the hub look at the next part, if the search is to go on."""
        quest, window = self.finder.quest, self.reader.window
        if quest is None or self.reader.busy("search") or not window.last:
            return
        by = quest.due(window.end)
        if self._seek is not None and self._seek.what == "hit" and not quest.done(self._seek.by, window.end):
            by = self._seek.by
        if by is None or (quest.sides[by].done and self._beat % _TAIL_EVERY):
            return
        known = len(quest.hits)

        def took() -> None:
            if quest is self.finder.quest and len(quest.hits) != known:
                self._hits_changed()

        self.reader.quest(quest, by, took)

    def _next_hit(self, seek: Seek) -> None:
        """Go to the hit beyond what is loaded: one that is known, or let the hub look for it."""
        quest, window = self.finder.quest, self.reader.window
        if quest is None:
            return
        found = quest.next(self._edge(seek), seek.by)
        if found is not None and not (window.first <= found <= window.last):
            self._open_at(found)
        elif quest.done(seek.by, window.end):
            self.remark = f"no hit {seek.side} event {self._edge(seek):,}"
        elif quest.problem and seek.pages:
            self.remark = f"no hit known {seek.side} event {self._edge(seek):,}: {quest.problem}"
        else:
            quest.more(seek.by)
            seek.pages += 1
            self.remark = f"looking {seek.side} event {self._edge(seek):,}"
            self._seek = seek
            self._pump()

    def cancel(self) -> bool:
        """Stop what is looked for; return whether anything was."""
        quest = self.finder.quest
        going = False
        if quest is not None and not all(side.done for side in quest.sides.values()):
            going = quest.due(self.reader.window.end) is not None
            quest.cancelled = quest.cancelled or going
        under_way = self.seeking
        self._seek, self.goal = None, None
        if under_way:
            self.remark = "" if going else "stopped looking"
        self._renew_bar()
        return going or under_way

    def came(self, rows: Iterable[Row]) -> None:
        """Look for the text in what the feed just brought."""
        quest, window = self.finder.quest, self.reader.window
        if quest is None:
            return
        fresh = list(rows)
        quest.add(search(fresh, quest.needle))
        if window.at_end and not any(_in_part(row) for row in fresh):
            quest.seen(window.end)
        self.windowed()

    def search_words(self) -> str:
        """Return how the search stands."""
        quest, row = self.finder.quest, self.trace.row
        if quest is None:
            return ""
        return quest.words([item["n"] for item in row.items] if row else [], self.reader.window.end)


def _in_part(row: Row) -> bool:
    """Whether a text of the row is only partly here: kept by reference, or shortened by the feed."""
    return any(
        item.get("cut") or any(isinstance(value, dict) for value in item["e"]["event"].values())
        for item in row.items
    )
