"""What a role is for, as patterns over what it is asked to do. Pure.

A pattern is words that have to stand in the request, whatever their case (``refund``, ``order status``), ``*`` for any
letters of a word (``deliver*``), or ``~`` and a regular expression of the JSON Schema kind, which is linear.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from interlock.guardrails.findings import Finding, InputVerdict
from interlock.guardrails.pieces import Piece

__all__ = ["Scope", "checked"]

_RULE = "guard.scope"
SHOWN = 160


@dataclass(frozen=True, slots=True)
class Scope:
    """A request that matches nothing in ``about`` gets ``otherwise``; one that matches ``never_about`` is blocked."""

    about: tuple[str, ...] = ()
    never_about: tuple[str, ...] = ()
    otherwise: InputVerdict = "flag"

    def findings(self, request: Piece) -> tuple[Finding, ...]:
        """Return what is out of scope in a request. A role without patterns is about everything."""
        for pattern in self.never_about:
            if _matches(pattern, request.text):
                return (_finding("block", f"{_RULE}.never_about: {pattern}", request),)
        if self.about and not any(_matches(pattern, request.text) for pattern in self.about):
            return (_finding(self.otherwise, f"{_RULE}.about", request),)
        return ()


def _finding(verdict: InputVerdict, rule: str, request: Piece) -> Finding:
    return Finding(verdict, rule, request.source, request.text[:SHOWN])


def _matches(pattern: str, text: str) -> bool:
    return _compiled(pattern)(text)


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Callable[[str], bool]:
    if pattern.startswith("~"):
        from jsonschema_rs import validator_for

        return validator_for({"type": "string", "pattern": pattern[1:].strip()}).is_valid
    words = " +".join(re.escape(word).replace(r"\*", r"\w{0,64}") for word in pattern.lower().split())
    found = re.compile(rf"(?<!\w){words}(?!\w)")

    def matches(text: str) -> bool:
        return found.search(" ".join(text.lower().split())) is not None

    return matches


def checked(pattern: object) -> str:
    """Return the pattern if it can be used. Raises ValueError with what to write instead."""
    if not isinstance(pattern, str) or not pattern.strip("~ *") or len(pattern) > 500:
        raise ValueError("write words, deliver* for the beginning of one, or ~ and a regular expression")
    try:
        _compiled(pattern)
    except Exception as error:  # noqa: BLE001 - whatever the regular expression's engine raises
        raise ValueError(f"a regular expression that can be read; this one cannot: {_short(error)}") from None
    return pattern.strip()


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:120] if str(error) else type(error).__name__
