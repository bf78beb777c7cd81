"""What an order is about: exact runs by id, an agent, a role or the fleet. Pure.

A name is whatever an agent called itself. It is compared exactly and sent back exactly, and shown only as visible text:
in quotes where it could be taken for words of ours, and where an order is given also letter by letter (``Aim.exact``).
"""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any, NamedTuple, cast

from interlock.runs import RunState
from interlock.text import Untrusted, visible_line

__all__ = ["FLEET", "Aim", "of_runs", "of_scope", "parse", "quoted", "reaches", "words"]

Json = dict[str, Any]
_NAME = 40
_PLAIN = re.compile(r"[A-Za-z0-9_./@:+-]*")
"""Names that look like no other and end where they seem to end."""
_SHORTEST = 6
"""Cells below which a name has no room for quotes."""


class Aim(NamedTuple):
    """``kind`` is ``runs``, ``agent``, ``role`` or ``fleet``; ``name`` goes with agent and role, ``runs`` with runs."""

    kind: str
    name: Untrusted = Untrusted("")
    runs: tuple[str, ...] = ()

    @property
    def body(self) -> Json:
        """The part of an order that says whom it is about."""
        return {"runs": list(self.runs)} if self.kind == "runs" else {"scope": self.scope}

    @property
    def scope(self) -> Json:
        """The scope as the hub has it; of runs there is none."""
        return {"fleet": True} if self.kind == "fleet" else {self.kind: self.name.raw}

    @property
    def said(self) -> str:
        """``role support-agent``, ``the whole fleet``, ``run r-...``, ``12 runs``: visible."""
        if self.kind == "runs":
            return f"run {self.runs[0]}" if len(self.runs) == 1 else f"{len(self.runs)} runs"
        return "the whole fleet" if self.kind == "fleet" else f"{self.kind} {quoted(self.name.raw, _NAME)}"

    @property
    def exact(self) -> str:
        """Length, digest and every letter of a name that may look like another one, in ASCII; empty for others."""
        name = self.name.raw
        if _PLAIN.fullmatch(name) and len(name) <= _NAME:
            return ""
        digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:12]
        return f"{len(name)} characters, sha256 {digest}: {json.dumps(name)}"

    @property
    def later(self) -> str:
        """Whom an order by scope also holds for."""
        if self.kind == "fleet":
            return "every run that starts"
        return f"every run of {self.said} that starts"


FLEET = Aim("fleet")


def of_runs(runs: Iterable[str]) -> Aim:
    """Return what is about exactly these runs."""
    return Aim("runs", runs=tuple(runs))


def of_scope(kind: str, name: str = "") -> Aim:
    """Return what is about an agent, a role or the fleet."""
    return FLEET if kind == "fleet" else Aim(kind, Untrusted(name))


def parse(word: str) -> Aim | None:
    """Return what one typed word means: ``fleet``, ``agent:NAME``, ``role:NAME`` or a run's whole id; else None."""
    kind, colon, name = word.partition(":")
    if word == "fleet":
        return FLEET
    if colon and kind in ("agent", "role") and name:
        return of_scope(kind, name)
    return of_runs([word]) if word.startswith("r-") and not colon else None


def words(scope: object, names: int = _NAME) -> str:
    """Return a scope as the hub tells it in words, visible; empty for an order by id."""
    if not isinstance(scope, dict) or not scope:
        return ""
    kind, name = next(iter(cast("Json", scope).items()))
    return "fleet" if kind == "fleet" else f"{visible_line(str(kind), 8)} {quoted(str(name), names)}"


def quoted(name: str, limit: int = _NAME) -> str:
    """Return a name in at most so many cells: one that is not plain in quotes, so that nothing in it reads as ours."""
    if _PLAIN.fullmatch(name) or limit < _SHORTEST:
        return visible_line(name, limit)
    return '"' + visible_line(name.replace('"', '\\"'), limit - 2) + '"'


def reaches(aim: Aim, state: RunState) -> bool:
    """Return whether the scope names this very run, as far as the feed tells; a descendant is the hub's to find."""
    if aim.kind == "runs":
        return state.run in aim.runs
    return aim.kind == "fleet" or getattr(state, aim.kind) == aim.name
