"""The typed filter of the fleet: ``role:support state:paused cost>2 !tool:refund "refund order"``. Pure.

Every word has to fit. A word is text, or ``field:text``, or a field, ``<``, ``<=``, ``>``, ``>=``, ``=`` or ``!=``
and a number; ``!`` in front turns a word around, double quotes keep blanks in it::

    refund            text in what the screen shows of a run; r-1f2 is the beginning of its id
    role:support      the role contains it; role=support is exactly it, role:sup* has its shape, role:a|b is either
    cost>2 tokens>100k age>5m calls>=50 errors=0
    tool:export       a tool it asked for; odd:export, odd:* one that no other run of its role does
    label.team:pay    a label; need:loop what it needs; claimed:me, claimed:nobody who has it in hand

A text that means nothing is no filter: :attr:`Filter.problem` says which word, why, and the nearest valid one.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from interlock.runs import RunState
from interlock_console.reading import FIELDS, NUMBERS, Pick, chosen, label, nearest, number, visible_text

__all__ = ["FIELDS", "NUMBERS", "Filter", "parse"]

Test = Callable[[RunState, float], bool]
"""Given a run and the Unix seconds of now."""

_WORD = re.compile(r'(?:[^\s"]|"[^"]*"?)+')
_TERM = re.compile(r"([A-Za-z_][\w.-]*)(>=|<=|!=|[:<>=])(.*)\Z", re.DOTALL)
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">": lambda have, want: have > want,
    ">=": lambda have, want: have >= want,
    "<": lambda have, want: have < want,
    "<=": lambda have, want: have <= want,
    "=": lambda have, want: have == want,
    "!=": lambda have, want: have != want,
}


class _Unclear(Exception):
    """A word that means nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter; without tests it fits every run. One with a ``problem`` is not used."""

    text: str = ""
    tests: tuple[Test, ...] = ()
    problem: str = ""
    timed: bool = False
    """True when a run can begin or end to fit without any event, because time passes."""
    proofs: bool = False
    """True when it asks for the runs that prove the brake, which are hidden otherwise."""

    def __bool__(self) -> bool:
        return bool(self.tests)

    def fits(self, state: RunState, now: float = 0.0) -> bool:
        """Return whether a run fits every word at ``now`` (Unix seconds; ages need it)."""
        return not self.tests or all(test(state, now) for test in self.tests)


def parse(text: str, me: Iterable[str] = (), odd: Pick = FIELDS["odd"]) -> Filter:
    """Return the filter a text means. ``me`` are the names under which the operator claims runs.

    ``odd`` says in lower case which tools of a run no other run of its role calls.
    """
    tests: list[Test] = []
    timed = proofs = False
    names = tuple(name.casefold() for name in me if name)
    for typed in _WORD.findall(text):
        negated = typed.startswith("!") and len(typed) > 1
        word = typed.removeprefix("!") if negated else typed
        try:
            test = _test(word, names, odd)
        except _Unclear as problem:
            return Filter(text.strip(), problem=str(problem))
        if test is None:
            continue
        timed = timed or word.casefold().startswith(("age", "quiet", "odd"))
        proofs = proofs or (not negated and re.match(r"(role|agent)[:=]interlock-", word) is not None)
        tests.append(_not(test) if negated else test)
    return Filter(text.strip(), tuple(tests), "", timed, proofs)


def _not(test: Test) -> Test:
    return lambda state, now: not test(state, now)


def _test(word: str, me: tuple[str, ...], odd: Pick) -> Test | None:
    """Return what one word means, None for a field whose text is still to come. Raises :class:`_Unclear`."""
    found = None if word.startswith('"') else _TERM.match(word)
    if found is None:
        return _plain(word.replace('"', ""))
    name, sign, value = found[1].casefold(), found[2], found[3].replace('"', "")
    if name.startswith("label."):
        return _text(label(found[1][6:]), sign, value, name)
    if name in NUMBERS:
        return _amount(name, sign, value)
    if name not in FIELDS:
        raise _Unclear(_no_field(found[1], word))
    if not value:
        return None
    if name in ("state", "need") and (problem := nearest(name, value)):
        raise _Unclear(problem)
    if name == "odd" and value == "*":
        return lambda state, _: bool(odd(state))
    return _text(odd if name == "odd" else FIELDS[name], sign, chosen(name, value, me), name)


def _plain(text: str) -> Test | None:
    sought = text.casefold()
    if not sought:
        return None
    if re.fullmatch(r"r-[0-9a-f]*", sought):
        return lambda state, _: state.run.startswith(sought)
    return lambda state, _: sought in visible_text(state)


def _text(pick: Pick, sign: str, value: str | tuple[str, ...], name: str) -> Test:
    if sign not in (":", "=", "!="):
        raise _Unclear(f"{name} is text: write {name}:word or {name}=word, not {name}{sign}")
    if isinstance(value, tuple):
        # What a word stands for, such as claimed:me: any of several.
        return lambda state, _: pick(state) in value if value else not pick(state)
    sought = value.casefold()
    if sign == ":":
        tests = [_shape(pick, one, name) for one in sought.split("|") if one]
        return tests[0] if len(tests) == 1 else lambda state, now: any(test(state, now) for test in tests)
    same = sign == "="
    return lambda state, _: (pick(state) == sought) == same


def _shape(pick: Pick, sought: str, name: str) -> Test:
    if "*" in sought:
        parts = sought.split("*")
        return lambda state, _: _goes_along(parts, pick(state))
    if name in ("run", "parent"):
        begins = sought if sought.startswith("r-") else f"r-{sought}"
        return lambda state, _: pick(state).startswith(begins)
    return lambda state, _: sought in pick(state)


def _goes_along(parts: list[str], text: str) -> bool:
    """Return whether the text is these parts with anything between them, in one walk: a goal may be made to be slow."""
    first, *middle, last = parts
    if not text.startswith(first) or not text.endswith(last) or len(text) < len(first) + len(last):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _amount(name: str, sign: str, value: str) -> Test | None:
    if not value:
        return None
    pick = NUMBERS[name]
    try:
        want = number(value, name)
    except ValueError as problem:
        raise _Unclear(str(problem)) from None
    compare = _COMPARE["=" if sign == ":" else sign]
    return lambda state, now: compare(pick(state, now), want)


def _no_field(name: str, word: str) -> str:
    every = [*FIELDS, *NUMBERS, "label.NAME"]
    from difflib import get_close_matches

    near = get_close_matches(name.casefold(), every, 1, 0.5)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(every)}"
    return f'no field {name}: {hint} (to look for the text itself: "{word}")'
