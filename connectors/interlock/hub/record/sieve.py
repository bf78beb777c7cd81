"""Which entries cannot have a searched text in what a person is shown of them: told from the bytes, before any is read.

A no is certain. A row says what stands in the entry, and words of its kind: a text that is in neither, and of which no
end or beginning could be one of those words, is not in the row either.
"""

import re

from interlock.audit.chain import Row
from interlock.audit.rows import words
from interlock.hub.record.follow import names
from interlock.hub.trace.needle import Needle

__all__ = ["Sieve"]

_NUMBER = frozenset("0123456789.e+-")
_SPELLED = re.compile(rb"[:,\[]-?(?:[0-9.]*[0-9]e|0\.0000|[0-9]{16})")
"""A number that a row may spell otherwise than its JSON does."""


class Sieve:
    """Of one search."""

    def __init__(self, text: str) -> None:
        self._needle, self._folded = Needle(text), text.casefold()
        self._number = _NUMBER.issuperset(self._folded)
        self._kinds: dict[bytes, bool] = {}

    def may_show(self, row: Row) -> bool:
        """Say whether a row of this entry, or a text of its body, can have what is searched for."""
        known = self._kinds.get(row.kind)
        if known is None:
            known = self._kinds[row.kind] = self._touches(row.kind.decode())
        if known or self._needle.may_be_in(str(row.body or b"", "utf-8")):
            return True
        _, run, _, permit = names(row)
        if self._folded in run.casefold() or self._folded in permit.casefold():
            return True
        return self._number and _SPELLED.search(row.body or b"") is not None

    def _touches(self, kind: str) -> bool:
        """Say whether a match can be in the words of the kind, or begin or end in one of them."""
        said, text = words(kind), self._folded
        if said is None or any(text in word for word in said.alone):
            return True
        last = len(said.around) - 1
        return any(
            _overlaps(text, word.casefold(), before=at > 0, after=at < last)
            for at, word in enumerate(said.around)
        )


def _overlaps(text: str, word: str, *, before: bool, after: bool) -> bool:
    """Say whether a match can share a letter with this word, which has a value before it, or after it."""
    if text in word or (word and word in text):
        return True
    ends = range(1, min(len(text), len(word)))
    return any(
        (before and text[-size:] == word[:size]) or (after and text[:size] == word[-size:]) for size in ends
    )
