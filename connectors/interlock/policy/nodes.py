"""A document as a tree of values that know where they stand in the text, and the list of what is wrong with it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final, cast

from interlock.errors import PolicyError, Problem

__all__ = ["Node", "Report", "Scalar", "nearest", "shown"]

Scalar = str | int | float | bool | None

MOST_PROBLEMS: Final = 100
SHOWN: Final = 80


def shown(value: object) -> str:
    """Return a value of the document as a sentence quotes it: its ``repr``, cut."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."


def nearest(word: str, words: Iterable[str]) -> str:
    """Return what to write instead of ``word``: the nearest of ``words`` first, else what there is."""
    known = sorted(set(words))
    close = get_close_matches(word[:SHOWN].casefold(), known, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return f"there is {', '.join(known[:20])}" if known else "there is none"


@dataclass(slots=True)
class Node:
    """A value and its place, counted from 1 (0 where the text has no lines: the JSON normal form).

    A mapping's ``keys`` has the place of each key.
    """

    value: "Scalar | list[Node] | dict[str, Node]"
    line: int = 0
    column: int = 0
    keys: dict[str, tuple[int, int]] = field(default_factory=dict[str, tuple[int, int]])

    @property
    def kind(self) -> str:
        """What the value is, as sentences call it."""
        names: dict[type, str] = {str: "a text", bool: "true or false", list: "a list", dict: "a mapping"}
        return "empty" if self.value is None else names.get(type(self.value), "a number")

    def plain(self) -> Any:
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def key(self, name: str) -> "Node":
        """Return the key ``name`` of a mapping as a node, for its place."""
        line, column = self.keys.get(name, (self.line, self.column))
        return Node(name, line, column)


class Report:
    """What is wrong with a document: collected, so that all of it is said at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.patterns = 0
        """Regular expressions seen so far."""
        self._said: set[Problem] = set()

    def add(self, place: Node, problem: str, fix: str) -> None:
        """Keep a problem. Of very many the first are kept."""
        one = Problem(place.line, place.column, problem, fix)
        if len(self.problems) < MOST_PROBLEMS and one not in self._said:
            self._said.add(one)
            self.problems.append(one)

    @property
    def full(self) -> bool:
        """Whether nothing more is kept: whoever looks for problems may stop."""
        return len(self.problems) >= MOST_PROBLEMS

    def nearest(self, word: str, words: Iterable[str]) -> str:
        """Return what to write instead, as :func:`nearest` does; it takes long over many, so not once all is full."""
        return "" if self.full else nearest(word, words)

    def most(self, place: Node, count: int, most: int, what: str) -> None:
        """Report that there are more of something than a policy may have."""
        if count > most:
            self.add(
                place, f"{count} {what}", f"{most} are the most: split it by role, or use a name with '*'"
            )

    def check(self, name: str) -> None:
        """Raise PolicyError where anything was wrong."""
        if self.problems:
            raise PolicyError(tuple(sorted(self.problems, key=lambda one: one[:2])), name=name)

    def mapping(self, node: Node, what: str, keys: Iterable[str] | None = None) -> dict[str, Node]:
        """Return the entries of a mapping whose keys are all among ``keys``; what is not is reported."""
        if not isinstance(node.value, dict):
            self.add(node, f"{what} is {node.kind}, not a mapping", "write it as 'key: value' lines")
            return {}
        if keys is None:
            return node.value
        known = tuple(keys)
        for key in node.value:
            if key not in known:
                self.add(node.key(key), f"unknown key {shown(key)} in {what}", self.nearest(key, known))
        return {key: value for key, value in node.value.items() if key in known}

    def sequence(self, node: Node, what: str) -> list[Node]:
        """Return the entries of a list; a single text counts as a list of one."""
        if isinstance(node.value, list):
            return node.value
        if isinstance(node.value, str):
            return [node]
        self.add(node, f"{what} is {node.kind}, not a list", "write it as [one, two]")
        return []

    def texts(self, node: Node, what: str) -> list[Node]:
        """Return the entries of a list that are texts."""
        found = self.sequence(node, what)
        for one in found:
            self.text(one, f"an entry of {what}")
        return [one for one in found if isinstance(one.value, str)]

    def text(self, node: Node, what: str) -> str:
        """Return a text, or an empty one and a problem."""
        if isinstance(node.value, str):
            return node.value
        self.add(node, f"{what} is {node.kind}, not a text", "put it in quotes")
        return ""

    def word(self, node: Node, what: str, words: Iterable[str]) -> str:
        """Return one of ``words``, or an empty text and a problem."""
        known = tuple(words)
        found = cast("object", node.value)
        if isinstance(found, str) and found in known:
            return found
        fix = nearest(found, known) if isinstance(found, str) else f"write one of {', '.join(known)}"
        self.add(node, f"{what} is {shown(found)}", fix)
        return ""
