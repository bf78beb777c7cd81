"""Which entries are about the hub's own canary: its proofs of the brake, a good two dozen entries for each."""

from collections.abc import Callable, Sequence

from interlock.hub.record.pages import Entry, Pages, to_entry
from interlock.reserved import reserved

__all__ = ["KEY", "Proofs"]

KEY = ("canary", "true")
"""What the index finds them by."""
_BACK = 500
"""Entries in front of one that are looked through for the start of its run, where no index says where that is."""
_KEPT = 10_000


class Proofs:
    """Tells them apart by the entry that began their run: its agent's name is the hub's own, and nobody else's."""

    def __init__(self, pages: Pages, begun: Callable[[str], Sequence[int]]) -> None:
        """``begun`` gives the number of the entry that began a run, if it knows."""
        self._pages, self._begun = pages, begun
        self._known: dict[str, bool] = {}

    def has(self, entry: Entry) -> bool:
        """Return whether the entry is about one. Raises ChainBroken."""
        if entry.kind == "forgotten":
            return True
        if entry.kind == "run":
            return self._learn(entry)
        if not entry.run:
            return False
        found = self._known.get(entry.run)
        return self._look(entry) if found is None else found

    def _learn(self, entry: Entry) -> bool:
        if len(self._known) >= _KEPT:
            self._known.clear()
        found = self._known[entry.run] = reserved(str(entry.body.get("agent") or ""))
        return found

    def _look(self, entry: Entry) -> bool:
        numbers = self._begun(entry.run)
        after = max(0, entry.n - 1 - _BACK)
        rows = self._pages.at(numbers) if numbers else self._pages.span(after, entry.n - 1 - after)
        for begun in (to_entry(*each) for each in rows):
            if begun.kind == "run" and begun.run == entry.run:
                return self._learn(begun)
        self._known[entry.run] = False
        return False
