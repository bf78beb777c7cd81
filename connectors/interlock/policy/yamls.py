"""A policy's YAML as nodes: the part of YAML that means one thing to everybody. Pure; PyYAML is imported when asked.

Read are mappings, lists and scalars of YAML 1.2's core schema. Refused are aliases, anchors, tags, directives, several
documents, keys that are no text, duplicate keys, and every plain scalar that YAML 1.1 and 1.2 take for different
things (``no``, ``010``, ``12:30:00``, ``1_000`` and their like): whoever wrote one meant one of the two.
"""

import re
from math import isfinite
from typing import Any, Final, Protocol, cast

from interlock.errors import ConfigError
from interlock.policy.nodes import Node, Report, Scalar, shown

__all__ = ["DEPTH", "NODES", "SIZE", "parse"]

SIZE: Final = 1024 * 1024
"""Bytes of UTF-8 in a policy's text."""
DEPTH: Final = 32
"""Mappings and lists within each other."""
NODES: Final = 20_000

_TWO_FACED: Final = re.compile(
    r"""(?: y|Y|n|N | yes|Yes|YES|no|No|NO | on|On|ON|off|Off|OFF
    | [-+]?0[0-9_]+ | 0o[0-7]+ | [-+]?0b[01_]+ | [-+]?0x[0-9a-fA-F]*_[0-9a-fA-F_]*
    | [-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?
    | [-+]?[0-9]+_[0-9_]*(?:\.[0-9_]*)? | [-+]?[0-9][0-9_]*\.[0-9]*_[0-9_]*
    | [-+]?(?:[0-9]+|\.[0-9]+)[eE][-+]?[0-9]+ | [0-9]+\.[0-9]*[eE][0-9]+
    | [0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt ].*)? | = | <<
    | [-+]?\.(?:inf|Inf|INF) | \.(?:nan|NaN|NAN) )""",
    re.VERBOSE,
)
_INT: Final = re.compile(r"[-+]?(?:0|[1-9][0-9]*)|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+][0-9]+)?")
_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_DIGITS: Final = 30


class _Mark(Protocol):
    line: int
    column: int


class _TooMuch(Exception):
    """Reading ended early; the report says why."""


def parse(text: str, report: Report) -> Node | None:
    """Return the document's tree, or None; what is wrong is in ``report``. Raises ConfigError without PyYAML."""
    if len(text) > SIZE or len(text.encode("utf-8", "surrogatepass")) > SIZE:
        report.add(Node(None, 1, 1), f"the policy has more than {SIZE} bytes", "split it by role")
        return None
    odd = _unreadable(text)
    if odd is not None:
        report.add(odd, "a character that YAML cannot hold", "take it out, or escape it in double quotes")
        return None
    try:
        import yaml
    except ImportError:
        raise ConfigError(
            "PyYAML is not installed, and reading a policy's YAML needs it",
            fix="pip install 'interlock[hub]', or hand over the JSON normal form",
        ) from None
    # libyaml reads a megabyte in well under a second, the Python reader in tens of them.
    loader = cast("Any", getattr(yaml, "CSafeLoader", yaml.SafeLoader))(text)
    try:
        return _Reader(loader, report, yaml).document()
    except yaml.YAMLError as error:
        report.add(_place(error, text), f"not YAML: {_reason(error)}", _hint(error))
    except _TooMuch:
        pass
    finally:
        loader.dispose()
    return None


_UNREADABLE: Final = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|\ufeff")


def _unreadable(text: str) -> Node | None:
    found = _UNREADABLE.search(text)
    if found is None:
        return None
    before = text[: found.start()]
    return Node(None, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _place(error: Exception, text: str) -> Node:
    mark = cast("_Mark | None", getattr(error, "problem_mark", None) or getattr(error, "context_mark", None))
    return Node(None, 1, 1) if mark is None else _within(mark, text)


def _within(mark: _Mark, text: str) -> Node:
    """Return the mark's place, which libyaml may put behind the last line."""
    lines = text.splitlines() or [""]
    line = min(mark.line, len(lines) - 1)
    return Node(None, line + 1, min(mark.column, len(lines[line])) + 1)


def _reason(error: Exception) -> str:
    said = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    return said[:200]


def _hint(error: Exception) -> str:
    if "block scalar" in str(error) or "comment or line break" in str(error):
        return "put a bound that begins with '>' in quotes"
    return "put texts with special characters in quotes, and look at the indentation above"


class _Reader:
    """Builds nodes from the events of PyYAML."""

    def __init__(self, loader: Any, report: Report, yaml: Any) -> None:
        self._loader, self._report, self._yaml = loader, report, yaml
        self._left = NODES

    def document(self) -> Node | None:
        """Return the one document, or None where there is none."""
        yaml = self._yaml
        self._next()
        start = self._next()
        if isinstance(start, yaml.StreamEndEvent):
            self._report.add(Node(None, 1, 1), "the policy is empty", "begin with 'version: 1'")
            return None
        if start.version or start.tags:
            self._report.add(_at(start), "a YAML directive", "take the line out")
        found = self._node(self._next(), 1)
        self._next()
        after = self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            self._report.add(_at(after), "a second document", "one file holds one policy")
        return found

    def _next(self) -> Any:
        return self._loader.get_event()

    def _node(self, event: Any, depth: int) -> Node:
        yaml, report = self._yaml, self._report
        place = _at(event)
        self._left -= 1
        if self._left < 0 or depth > DEPTH:
            what = f"more than {NODES} values" if self._left < 0 else f"nested deeper than {DEPTH}"
            report.add(place, what, "say it in fewer")
            raise _TooMuch
        if isinstance(event, yaml.AliasEvent):
            report.add(
                place, f"an alias, {shown('*' + event.anchor)}", "write the value out, or name it in 'lists:'"
            )
            return place
        if event.anchor is not None:
            report.add(
                place, f"an anchor, {shown('&' + event.anchor)}", "take it out; names stand in 'lists:'"
            )
        if event.tag is not None:
            report.add(place, f"a tag, {shown(event.tag)}", "take it out")
        if isinstance(event, yaml.ScalarEvent):
            place.value = self._scalar(event, place)
        elif isinstance(event, yaml.SequenceStartEvent):
            place.value = self._list(depth)
        else:
            place.value = {}
            self._mapping(place, depth)
        return place

    def _list(self, depth: int) -> list[Node]:
        found: list[Node] = []
        while not isinstance(event := self._next(), self._yaml.SequenceEndEvent):
            found.append(self._node(event, depth + 1))
        return found

    def _mapping(self, node: Node, depth: int) -> None:
        found: dict[str, Node] = {}
        while not isinstance(event := self._next(), self._yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(self._next(), depth + 1)
            if not isinstance(key.value, str):
                self._report.add(key, f"a key that is {key.kind}, not a text", "put it in quotes")
            elif key.value in found:
                first = node.keys[key.value][0]
                self._report.add(
                    key, f"{shown(key.value)} stands twice, first in line {first}", "keep one of the two"
                )
            else:
                found[key.value] = value
                node.keys[key.value] = (key.line, key.column)
        node.value = found

    def _scalar(self, event: Any, place: Node) -> Scalar:
        text: str = event.value
        if event.style:
            return text
        if _TWO_FACED.fullmatch(text):
            self._report.add(
                place,
                f"{shown(text)} is one thing in YAML 1.1 and another in 1.2",
                "put it in quotes, or write it plainly",
            )
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _INT.fullmatch(text) or _FLOAT.fullmatch(text):
            return self._number(text, place)
        return text

    def _number(self, text: str, place: Node) -> Scalar:
        if len(text) > _DIGITS:
            self._report.add(place, f"a number of {len(text)} digits", f"{_DIGITS} are the most")
            return 0
        number = int(text, 0) if _INT.fullmatch(text) else float(text)
        if not isfinite(number):
            self._report.add(place, f"{shown(text)} is too large", "write a smaller number")
            return 0
        return number


def _at(event: Any) -> Node:
    return Node(None, event.start_mark.line + 1, event.start_mark.column + 1)
