"""What is searched for, and the texts of an event in which it is: whatever the case, and where in the text. Pure."""

from collections.abc import Iterator
from typing import Any, NamedTuple, cast

import orjson

__all__ = ["EXCERPT", "Match", "Needle", "texts"]

Json = dict[str, Any]

EXCERPT = 160
"""Characters of a text that are shown around a match."""
_BEFORE = 50
_ODD = frozenset({"kind", "digest", "sha256", "chunks", "size", "head"})
"""Fields that are no text a person reads, and the beginning of a long text, which is found in the text itself."""


class Match(NamedTuple):
    """Where it is: characters of the text, the end not included."""

    at: int
    end: int


class Needle:
    """A text to find. Case is folded as Unicode has it, so ``STRASSE`` finds ``Straße``."""

    def __init__(self, text: str) -> None:
        self._folded = text.casefold()
        self._escaped = orjson.dumps(self._folded).decode()[1:-1]
        self.reach = len(self._folded) - 1
        """Characters of two neighbouring pieces that a match across their border can need."""

    def may_be_in(self, encoded: str) -> bool:
        """Say whether some text of this JSON, as orjson wrote it, can have it. A no is certain.

        Escaping and folding both go character by character, so the folded JSON has what a folded text in it has.
        """
        return self._escaped in encoded.casefold()

    def find(self, text: str) -> Match | None:
        """Return the first place in the text."""
        folded = text.casefold()
        at = folded.find(self._folded)
        if at < 0:
            return None
        end = at + len(self._folded)
        return Match(at, end) if len(folded) == len(text) else _unfolded(text, at, end)

    def excerpt(self, text: str, match: Match) -> tuple[str, Match]:
        """Return what stands around a match, and where the match is in that."""
        first = max(0, match.at - _BEFORE)
        shown = text[first : first + EXCERPT]
        return shown, Match(match.at - first, min(match.end - first, len(shown)))


def _unfolded(text: str, at: int, end: int) -> Match:
    """Return the place of a match in a text that became longer when its case was folded."""
    place = 0
    first = last = -1
    for number, letter in enumerate(text):
        place += len(letter.casefold())
        if first < 0 and place > at:
            first = number
        if place >= end:
            last = number
            break
    return Match(first, last + 1)


def texts(event: Json) -> Iterator[tuple[str, str | Json]]:
    """Yield the texts of an event with the field they belong to, and references to long ones as they are."""
    for name, value in event.items():
        if name not in _ODD:
            yield from ((name, found) for found in _texts(value))


def _texts(value: Any) -> Iterator[str | Json]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for inner in cast("list[object]", value):
            yield from _texts(inner)
    elif isinstance(value, dict):
        fields = cast("Json", value)
        if "sha256" in fields and "chunks" in fields:
            yield fields
            return
        for name, inner in fields.items():
            if name not in _ODD:
                yield from _texts(inner)
