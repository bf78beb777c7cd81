"""What a goal names: whether the person who set it ever wrote this target. Pure.

A target is compared as what it is. Addresses, links and account numbers must stand in the goal in full; links without
regard to scheme, ``www.`` and a slash at the end, account numbers to blanks and dashes. Numbers are compared by value.
Everything else, names and ids, must stand there word by word, in this order and next to each other. Case and the
width of characters never matter. An empty text names nothing, so no goal names it.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final, cast
from unicodedata import normalize

__all__ = ["Goal", "read"]

_ADDRESS: Final = re.compile(r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)*")
_LINK: Final = re.compile(
    r"(?:[a-z][a-z0-9+.-]*://)?[\w-]+(?:\.[\w-]+)+(?::[0-9]+)?(?:[/?#][^\s<>\"'|]*)?|[a-z][a-z0-9+.-]*://[^\s<>\"'|]+"
)
_ACCOUNT: Final = re.compile(r"[a-z]{2}[0-9]{2}[a-z0-9]{8,30}")
_ACCOUNT_IN: Final = re.compile(r"\b[a-z]{2}[0-9]{2}(?:[ -]?[a-z0-9]{4}){2,7}(?:[ -]?[a-z0-9]{1,3})?\b")
_CERTAIN: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://|www\.|[\w.-]+/|(?:[\w-]+\.)+(?:app|biz|ch|cn|co|com|de|dev|edu|eu|fr|gov|info|io|me|net|org|ru|uk|us|xyz)\b"
)
"""What is a link wherever it stands. A word with a dot in it may be a file, or a blank that was left out."""
_NUMBER: Final = re.compile(r"(?<![\w.])-?[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?(?![\w])")
_WORD: Final = re.compile(r"\w+")
_ENDS: Final = ".,;:!?)]}*_'\""
_DEPTH: Final = 8


class Goal:
    """A goal, taken apart once."""

    __slots__ = ("_addresses", "_folded", "_links", "_numbers", "_words")

    def __init__(self, text: str) -> None:
        folded = _folded(text)
        self._addresses = {found.strip(_ENDS) for found in _ADDRESS.findall(folded)}
        self._links = {_link(found) for found in _LINK.findall(folded)}
        self._folded = folded
        self._numbers = {_value(found) for found in _NUMBER.findall(folded)}
        self._words = _words(folded)

    def names(self, value: Any) -> bool:
        """Return whether the goal names the value; of a list, every entry."""
        return self._names(value, 0)

    def names_links(self, value: Any) -> bool:
        """Return whether the goal names every link, address and account number inside the texts of the value."""
        return all(map(self._links_of, _texts(value, 0)))

    def _links_of(self, text: str) -> bool:
        folded = _folded(text)
        if any(found.strip(_ENDS) not in self._addresses for found in _ADDRESS.findall(folded)):
            return False
        rest = _ADDRESS.sub(" ", folded)
        if any(_link(found) not in self._links for found in _LINK.findall(rest) if _CERTAIN.match(found)):
            return False
        return all(self._account(_compact(found)) for found in _ACCOUNT_IN.findall(folded))

    def _account(self, compact: str) -> bool:
        """Return whether an account number stands in the goal as a whole, however it is spaced there."""
        spaced = "[ -]?".join(compact)
        return re.search(rf"(?<![a-z0-9]){spaced}(?![a-z0-9])", self._folded) is not None

    def _names(self, value: Any, depth: int) -> bool:
        if isinstance(value, list | tuple):
            entries = cast("list[Any]", value)
            return depth < _DEPTH and all(self._names(one, depth + 1) for one in entries)
        if isinstance(value, bool) or value is None:
            return False
        if isinstance(value, int | float):
            return float(value) in self._numbers if abs(value) < 2**53 else False
        return isinstance(value, str) and self._text(_folded(value).strip())

    def _text(self, value: str) -> bool:
        if not _ADDRESS.fullmatch(value) and _LINK.fullmatch(value):
            return _link(value) in self._links
        if "://" in value:
            return False
        addresses = _ADDRESS.findall(value)
        if any(found not in self._addresses for found in addresses):
            return False
        compact = _compact(value)
        if _ACCOUNT.fullmatch(compact):
            return self._account(compact)
        # Beside an address stands at most a name that the goal has, too.
        words = _words(_ADDRESS.sub(" ", value) if addresses else value)
        return bool(addresses) if words == "  " else words in self._words


def _texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple | dict) and depth < _DEPTH:
        found = cast("dict[str, Any] | list[Any]", value)
        for one in found.values() if isinstance(found, dict) else found:
            yield from _texts(one, depth + 1)
    elif isinstance(value, list | tuple | dict):
        yield "links://too-deep-to-look-at"


@lru_cache(maxsize=64)
def read(text: str) -> Goal:
    """Return the goal, taken apart; the newest few are remembered."""
    return Goal(text)


def _folded(text: str) -> str:
    return normalize("NFKC", text).casefold()


def _words(folded: str) -> str:
    """Return the words with one blank around each, so that whole words are found in whole words."""
    return f" {' '.join(_WORD.findall(folded))} "


def _compact(folded: str) -> str:
    return re.sub(r"(?<=\w)[ \t-]+(?=\w)", "", folded)


def _value(number: str) -> float:
    return float(number.replace(",", "")[:300])


def _link(link: str) -> str:
    """Return a link without what does not say where it leads."""
    _, scheme, rest = link.rpartition("://") if re.match(r"[a-z][a-z0-9+.-]*://", link) else ("", "", link)
    if scheme:
        rest = link.split("://", 1)[1]
    return rest.removeprefix("www.").rstrip(_ENDS).rstrip("/")
