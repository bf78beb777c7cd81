"""What the record says about policy and dial: plain data, and how facts change it.

What gives rights takes hold once it is on disk, so live it waits in ``pending`` until then, and over the record it
takes hold at once. A change that could not be written in time is followed by a fact that takes it back, in the same
write: ``undo`` has what was there before it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from interlock.dials import DialScope, Level
from interlock.hub.core.effects import Fact

__all__ = [
    "DIAL",
    "FULL_MAX",
    "POLICY",
    "PROMOTED",
    "RULINGS",
    "STAGED",
    "VOID",
    "WITHDRAWN",
    "Active",
    "Change",
    "Rulebook",
    "Staged",
    "Turned",
    "Undo",
    "Version",
    "settle",
    "turn",
]

Json = Mapping[str, Any]

FULL_MAX = 50
"""The newest versions that are kept with their texts and differences; the record has them all."""
POLICY, STAGED, PROMOTED, WITHDRAWN = "policy", "policy.staged", "policy.promoted", "policy.withdrawn"
DIAL, VOID = "dial", "rules.void"


@dataclass(slots=True)
class Version:
    """One policy as it was pushed. ``text`` is its JSON normal form, ``source`` the YAML it came from."""

    n: int
    digest: str
    source_digest: str
    by: str
    at: float
    reason: str
    size: int
    """Bytes of ``text``."""
    text: str
    source: str
    diff: list[dict[str, Any]]
    """The difference to the one that was active then: path, was, now."""
    diff_total: int


class Active(NamedTuple):
    """The version that holds, and who made it hold."""

    n: int
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Staged:
    """The candidate: a version that holds for a share of the runs, and since when."""

    n: int
    share: float
    by: str
    at: float
    order: str


@dataclass(frozen=True, slots=True)
class Turned:
    """A dial that holds something back."""

    scope: DialScope
    level: Level
    order: str
    by: str
    reason: str
    at: float
    cause: str


@dataclass(frozen=True, slots=True)
class Undo:
    """What there was before a change that gave rights."""

    order: str
    active: Active | None
    candidate: Staged | None
    added: int
    """The version it brought, or 0."""
    scope: tuple[str, str] | None = None
    dial: Turned | None = None


@dataclass(slots=True)
class Change:
    """A change that gives rights and is on its way to the disk."""

    fact: Fact
    dropped: bool = False
    """Somebody lowered the same dial meanwhile: it takes hold no more."""


@dataclass(slots=True)
class Rulebook:
    """Policies and dials, as of now."""

    versions: dict[int, Version] = field(default_factory=dict[int, Version])
    active: Active | None = None
    """None while no policy was pushed."""
    candidate: Staged | None = None
    dials: dict[tuple[str, str], Turned] = field(default_factory=dict[tuple[str, str], Turned])
    changes: int = 0
    """How often anything of this changed."""
    last: int = 0
    """The highest number that was ever given to a version."""
    undo: Undo | None = None
    pending: Change | None = None

    def version(self) -> Version | None:
        """Return the version that holds."""
        return self.versions[self.active.n] if self.active is not None else None

    def staged(self) -> Version | None:
        """Return the candidate's version."""
        return self.versions[self.candidate.n] if self.candidate is not None else None


def settle(book: Rulebook, order: str) -> bool:
    """Let this change, which waited for the disk, take hold; return whether it did."""
    change = book.pending
    if change is None or change.fact.order != order:
        return False
    book.pending = None
    if change.dropped:
        return False
    _apply(book, change.fact)
    return True


def turn(book: Rulebook, fact: Fact, *, replaying: bool) -> None:
    """Fold one fact: what takes rights away holds at once, what gives some once it is on disk."""
    if fact.kind == VOID:
        _void(book, fact)
        return
    book.last = max(book.last, fact.body.get("n", 0))
    lowers = fact.kind == DIAL and not fact.body["raised"]
    if lowers and book.pending is not None and _same_dial(book.pending.fact, fact):
        book.pending.dropped = True
    if lowers or replaying:
        _apply(book, fact)
    else:
        book.pending = Change(fact)


def _same_dial(one: Fact, other: Fact) -> bool:
    return one.kind == DIAL and one.body["scope"] == other.body["scope"]


def _apply(book: Rulebook, fact: Fact) -> None:
    key = DialScope.model_validate(fact.body["scope"]).key if fact.kind == DIAL else None
    if fact.kind != DIAL or fact.body["raised"]:
        added = fact.body["n"] if "text" in fact.body else 0
        dial = book.dials.get(key) if key is not None else None
        book.undo = Undo(fact.order, book.active, book.candidate, added, key, dial)
    elif book.undo is not None and book.undo.scope == key:
        book.undo = None
    _APPLY[fact.kind](book, fact)
    book.changes += 1


def _version(book: Rulebook, body: Json) -> None:
    if "text" in body:
        names = (
            "n",
            "digest",
            "source_digest",
            "by",
            "at",
            "reason",
            "size",
            "text",
            "source",
            "diff",
            "diff_total",
        )
        book.versions[body["n"]] = Version(**{name: body[name] for name in names})
    needed = {held.n for held in (book.active, book.candidate) if held is not None}
    for n in sorted(book.versions)[:-FULL_MAX]:
        if n not in needed:
            old = book.versions[n]
            old.text, old.source, old.diff = "", "", []


def _policy(book: Rulebook, fact: Fact) -> None:
    body = fact.body
    book.active = Active(body["n"], body["by"], body["at"])
    if body["again"]:
        book.candidate = None
    _version(book, body)


def _staged(book: Rulebook, fact: Fact) -> None:
    body = fact.body
    book.candidate = Staged(body["n"], body["share"], body["by"], body["at"], fact.order)
    _version(book, body)


def _promoted(book: Rulebook, fact: Fact) -> None:
    body = fact.body
    book.active, book.candidate = Active(body["n"], body["by"], body["at"]), None


def _withdrawn(book: Rulebook, _: Fact) -> None:
    book.candidate = None


def _dial(book: Rulebook, fact: Fact) -> None:
    body = fact.body
    scope = DialScope.model_validate(body["scope"])
    book.dials.pop(scope.key, None)
    if body["level"] != "auto":
        book.dials[scope.key] = Turned(
            scope, body["level"], fact.order, body["by"], body["reason"], body["at"], body["cause"]
        )


_APPLY: dict[str, Callable[[Rulebook, Fact], None]] = {
    POLICY: _policy,
    STAGED: _staged,
    PROMOTED: _promoted,
    WITHDRAWN: _withdrawn,
    DIAL: _dial,
}
RULINGS = (*_APPLY, VOID)
"""The kinds of facts that change it."""


def _void(book: Rulebook, fact: Fact) -> None:
    """Take back a change that could not be written in time: live it never held, in the record it just did."""
    if book.pending is not None and book.pending.fact.order == fact.order:
        book.pending = None
        return
    undo = book.undo
    if undo is None or undo.order != fact.order:
        return
    book.active, book.candidate, book.undo = undo.active, undo.candidate, None
    book.versions.pop(undo.added, None)
    if undo.scope is not None:
        book.dials.pop(undo.scope, None)
        if undo.dial is not None:
            book.dials[undo.scope] = undo.dial
    book.changes += 1
