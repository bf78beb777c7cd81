"""Bounds as people write them: ``> 0, <= 200``, ``~ ^A-[0-9]+$``, ``not ends with internal``. Pure.

A bound is one or more clauses with commas between; all of them must hold. ``~``, ``!~``, ``one of`` and ``none of``
take the rest of the line. What a list holds is compared letter by letter, as it is written.

    > 5   >= 5   < 5   <= 5          numbers
    = "open"   != 0                  one value: a number, true, false, null, or a text in double quotes
    len <= 5000                      characters of a text, entries of a list
    ~ ^A-[0-9]+$   !~ secret         a regular expression, found anywhere unless anchored
    one of eur, usd   none of a, b   one of these texts or numbers
    in LIST   not in LIST            one of the entries of a list of ``lists:``
    starts with LIST   ends with "@acme.com"   contains "x"      and each with ``not`` before
    in goal   not in goal            the run's goal names this value
    links in goal                    it names every link, address and account number inside this text; and with ``not``
    string number integer boolean list object

Clauses about the value itself (types and ``len``) speak of a list as a whole, all others of each of its entries.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, Literal

from interlock.policy.nodes import Node, Report, shown

__all__ = ["TYPES", "Clause", "Lists", "parse"]

Lists = Mapping[str, Sequence[Any]]
Json = dict[str, Any]

TYPES: Final = {
    "string": "string",
    "number": "number",
    "integer": "integer",
    "boolean": "boolean",
    "list": "array",
    "object": "object",
}
SCALARS: Final = ["string", "number", "boolean", "null"]
LONGEST: Final = 2_000
CLAUSES: Final = 20
PATTERNS: Final = 1_000
"""Of a bound, and of a whole policy, at most."""

_ORDER: Final = {">": "exclusiveMinimum", ">=": "minimum", "<": "exclusiveMaximum", "<=": "maximum"}
_NUMBER: Final = r"[-+]?[0-9]{1,18}(?:\.[0-9]{1,18})?"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_COMPARE: Final = re.compile(rf"(>=|<=|>|<)\s*({_NUMBER})")
_EQUAL: Final = re.compile(rf"(!=|=)\s*({_QUOTED}|true|false|null|{_NUMBER})")
_LEN: Final = re.compile(r"len\s*(>=|<=|>|<|=)\s*([0-9]{1,9})")
_REGEX: Final = re.compile(r"(!?~)\s*(.*\S)", re.DOTALL)
_AMONG: Final = re.compile(r"(one of|none of)\s+(.*\S)", re.DOTALL)
_LISTED: Final = re.compile(rf"(not\s+)?(in|starts with|ends with|contains)\s+({_QUOTED}|[A-Za-z_][\w-]*)")
_LINKS: Final = re.compile(r"links\s+(not\s+)?in\s+goal\b")
_TYPE: Final = re.compile(r"[a-z]+\b")
_REST: Final = re.compile(r"[^,]*")
_VERBS: Final = (
    "one of", "none of", "in", "not in", "starts with", "ends with", "contains", "not starts with", "not ends with",
    "not contains", "in goal", "not in goal", "links in goal",
    "links not in goal", "len", *TYPES,
)  # fmt: skip
_KNOWN: Final = (
    "write '<= 200', '~ ^A-', 'one of a, b', 'in LIST', 'not ends with LIST', 'not in goal' or a type"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: its ``text`` as written, and when it holds.

    ``schema`` is the JSON Schema of the values it holds for, ``kinds`` those it can judge at all. ``whole`` clauses
    judge a list as one value. A clause about the goal has no schema; ``goal`` says which of the two it is, ``links``
    whether it is about what is inside a text.
    """

    text: str
    schema: Json = field(default_factory=dict[str, Any])
    kinds: tuple[str, ...] = ()
    whole: bool = False
    goal: Literal["", "in", "not in"] = ""
    links: bool = False


def parse(node: Node, lists: Lists, report: Report) -> tuple[Clause, ...]:
    """Return the clauses of a bound: a text, or a list of texts. What is wrong is reported at ``node``."""
    if not isinstance(node.value, str | list):
        fix = (
            f"write '= {str(node.value).lower()}', or a type or a limit"
            if node.value is not None
            else "write one"
        )
        report.add(node, f"a bound that is {node.kind}", fix)
        return ()
    found: list[Clause] = []
    for one in report.texts(node, "a bound"):
        text = str(one.value)
        if len(text) > LONGEST:
            report.add(
                one, f"a bound of {len(text)} characters", f"{LONGEST} are the most; use a list of 'lists:'"
            )
        else:
            found.extend(_Scanner(one, text, lists, report).clauses())
    report.most(node, len(found), CLAUSES, "clauses in a bound")
    return tuple(found)


class _Scanner:
    """Reads one text from left to right."""

    def __init__(self, node: Node, text: str, lists: Lists, report: Report) -> None:
        self._node, self._text, self._lists, self._report = node, text, lists, report
        self._at = 0

    def clauses(self) -> Iterator[Clause]:
        """Yield each clause; stop at the first that nobody knows."""
        while True:
            self._skip()
            begun = self._at
            clause = self._clause()
            if clause is None:
                return
            yield clause
            self._skip()
            if self._at >= len(self._text):
                return
            if self._text[self._at] != ",":
                self._unknown(begun)
                return
            self._at += 1

    def _skip(self) -> None:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found

    def _clause(self) -> Clause | None:
        begun = self._at
        for pattern, make in _FORMS:
            found = self._take(pattern)
            if found is not None:
                return make(self, found)
        found = self._take(_TYPE)
        if found is not None and found[0] in TYPES:
            return Clause(found[0], {"type": TYPES[found[0]]}, whole=True)
        self._unknown(begun)
        return None

    def _unknown(self, begun: int) -> None:
        said = self._text[begun:].strip()
        if not said:
            self._report.add(
                self._node, "a bound without an operator", "write one such as '<= 200' or 'string'"
            )
            return
        found = _REST.match(self._text, begun)
        word = found[0].strip() if found is not None else said
        self._report.add(self._node, f"a bound nobody knows, {shown(word or said)}", _operator(word))

    def compare(self, found: re.Match[str]) -> Clause:
        """``> 5``."""
        schema = {"type": "number", _ORDER[found[1]]: _number(found[2])}
        return Clause(f"{found[1]} {found[2]}", schema, ("number",))

    def equal(self, found: re.Match[str]) -> Clause | None:
        """``= "open"``."""
        value = self._literal(found[2])
        schema: Json = {"const": value} if found[1] == "=" else {"not": {"const": value}}
        return Clause(f"{found[1]} {found[2]}", {"type": SCALARS, **schema}, tuple(SCALARS))

    def len(self, found: re.Match[str]) -> Clause:
        """``len <= 5000``."""
        sign, size = found[1], int(found[2])
        schema: Json = {"type": ["string", "array"]}
        if sign in (">", ">=", "="):
            least = size + (sign == ">")
            schema |= {"minLength": least, "minItems": least}
        if sign == "<" and size == 0:
            self._report.add(self._node, "a length below 0", "write 'len = 0'")
        elif sign in ("<", "<=", "="):
            most = size - (sign == "<")
            schema |= {"maxLength": most, "maxItems": most}
        return Clause(f"len {sign} {size}", schema, ("string", "array"), whole=True)

    def regex(self, found: re.Match[str]) -> Clause:
        """``~ ^A-[0-9]+$``."""
        problem = self._bad(found[2])
        if problem:
            self._report.add(self._node, f"a regular expression that is not one, {shown(found[2])}", problem)
            return Clause(found[0], {"type": "string"}, ("string",))
        return _text_clause(f"{found[1]} {found[2]}", found[2], negated=found[1] == "!~")

    def among(self, found: re.Match[str]) -> Clause | None:
        """``one of eur, usd``."""
        written = [word.strip() for word in _split(found[2])]
        words = [self._literal(word) for word in written]
        if "" in words:
            self._report.add(
                self._node, f"an empty entry in {shown(found[0])}", "write texts with commas between"
            )
        return _enum_clause(f"{found[1]} {', '.join(written)}", words, negated=found[1] == "none of")

    def listed(self, found: re.Match[str]) -> Clause | None:
        """``in LIST``, ``not ends with "@acme.com"``, ``not in goal``."""
        negated, verb, operand = bool(found[1]), found[2], found[3]
        text = f"{'not ' if negated else ''}{verb} {operand}"
        if operand == "goal" and verb == "in":
            return Clause(text, goal="not in" if negated else "in")
        values = self._values(operand)
        if values is None:
            return None
        if verb == "in":
            return _enum_clause(text, values, negated)
        pattern = _either(verb, tuple(map(str, values)))
        if self._bad(pattern):
            problem = f"{shown(operand)} has too many texts for a text to be compared with"
            self._report.add(self._node, problem, "use fewer, or 'in'")
        return _text_clause(text, pattern, negated)

    def _bad(self, pattern: str) -> str:
        """Return what is wrong with a pattern. Compiling takes time, so there is a limit to how many a policy has."""
        from interlock.policy.schemas import bad_regex

        if self._report.patterns >= PATTERNS:
            return f"a policy has at most {PATTERNS} patterns"
        self._report.patterns += 1
        return bad_regex(pattern)

    def links(self, found: re.Match[str]) -> Clause:
        """``links not in goal``."""
        return Clause(
            f"links {'not ' if found[1] else ''}in goal", goal="not in" if found[1] else "in", links=True
        )

    def _values(self, operand: str) -> list[Any] | None:
        if operand.startswith('"'):
            return [self._literal(operand)]
        if operand in self._lists:
            return list(self._lists[operand])
        quoted = f'; a text of its own stands in double quotes: "{operand}"'
        fix = self._report.nearest(operand, self._lists) + quoted
        self._report.add(self._node, f"no list {shown(operand)} in 'lists:'", fix)
        return None

    def _literal(self, text: str) -> Any:
        if text.startswith('"'):
            try:
                found: str = json.loads(text, strict=False)
                found.encode()
            except ValueError:
                self._report.add(
                    self._node, f"not a text, {shown(text)}", "close the double quote, as JSON does"
                )
                return ""
            return found
        if text in ("true", "false", "null"):
            return json.loads(text)
        return _number(text) if re.fullmatch(_NUMBER, text) else text


_FORMS: Final = (
    (_COMPARE, _Scanner.compare),
    (_EQUAL, _Scanner.equal),
    (_LEN, _Scanner.len),
    (_REGEX, _Scanner.regex),
    (_AMONG, _Scanner.among),
    (_LISTED, _Scanner.listed),
    (_LINKS, _Scanner.links),
)


def _operator(said: str) -> str:
    """Return the operator that ``said`` was meant to be, as far as its first words tell."""
    words = said.casefold().split()
    for length in (3, 2, 1):
        close = get_close_matches(" ".join(words[:length]), _VERBS, n=1, cutoff=0.7)
        if close:
            return f"did you mean {close[0]!r}?"
    return _KNOWN


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _split(text: str) -> list[str]:
    return re.findall(rf"\s*(?:{_QUOTED}|[^,]+)|(?<=,)(?=,|$)", text)


def _enum_clause(text: str, values: list[Any], negated: bool) -> Clause:
    schema: Json = {"not": {"enum": values}} if negated else {"enum": values}
    return Clause(text, {"type": SCALARS, **schema}, tuple(SCALARS))


def _text_clause(text: str, pattern: str, negated: bool) -> Clause:
    schema: Json = {"not": {"pattern": pattern}} if negated else {"pattern": pattern}
    return Clause(text, {"type": "string", **schema}, ("string",))


@lru_cache(maxsize=256)
def _either(verb: str, texts: tuple[str, ...]) -> str:
    """Return the pattern of the texts that begin with, end with or contain one of these."""
    either = "|".join(map(_escaped, texts))
    return {"starts with": f"^(?:{either})", "ends with": f"(?:{either})$", "contains": f"(?:{either})"}[verb]


def _escaped(text: str) -> str:
    """Return a pattern that matches the text, in the spelling of ECMA and of Rust: no escape but these."""
    return re.sub(r"[\\^$.|?*+()\[\]{}/-]", lambda found: f"\\x{ord(found[0]):02x}", text)
