"""What operators ask for: an order, or the lift of one. Plain data."""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import orjson

from interlock.hub.core.effects import Worded
from interlock.hub.core.scope import Scope
from interlock.hub.core.world import Verb

__all__ = ["BY_MAX", "REASON_MAX", "Ask", "AskLift"]

BY_MAX, REASON_MAX = 128, 2000


@dataclass(frozen=True, slots=True)
class Ask:
    """What an operator asks for. ``at`` is Unix seconds; ``key`` the idempotency key, or empty."""

    order: str
    verb: Verb
    runs: tuple[str, ...]
    by: str
    reason: str
    at: float
    key: str = ""
    asked: str = ""
    """The digest of the request as it came, where it has a key."""
    scope: Scope | None = None
    """Instead of ``runs``: whom it is about, now and, unless it is a resume, later."""
    partial: bool = False
    """Leave out what cannot be a target, instead of refusing all."""
    spared: frozenset[str] = field(default=frozenset())
    """Runs of the scope that the order leaves alone."""
    lifts: str = ""
    """The standing order whose lift this resume comes from."""
    cause: str = "person"
    """What made somebody give it: of :data:`interlock.orders.CAUSES`, or ``hub``, ``gate`` or ``canary``."""

    def digest(self) -> str:
        """Return what two requests with one idempotency key must have in common."""
        same: list[Any] = [self.verb, sorted(self.runs), self.by, self.reason]
        if self.scope is not None or self.partial:
            same += [self.scope.plain() if self.scope is not None else None, self.partial]
        if self.cause != "person":
            same.append(self.cause)
        return sha256(orjson.dumps(same)).hexdigest()

    def worded(self) -> Worded:
        """Return the order's fields as gates get them."""
        return {
            "order": self.order,
            "by": self.by,
            "reason": self.reason,
            "at": self.at,
            "verb": self.verb,
        }

    def cleaned(self, reason: str) -> "Ask":
        """Return it within its lengths, with the reason as it goes into the record, and its digest if it has a key."""
        asked = self.digest() if self.key else ""
        return replace(self, by=self.by[:BY_MAX], reason=reason[:REASON_MAX], asked=asked)


@dataclass(frozen=True, slots=True)
class AskLift:
    """The lift of a standing order. ``proof`` shows that the operator means this one; ``resume`` is the id of the
    order that lets its runs go on."""

    order: str
    proof: str
    by: str
    reason: str
    at: float
    resume: str
    key: str = ""

    def digest(self) -> str:
        """Return what two requests with one idempotency key must have in common."""
        return sha256(orjson.dumps(["lift", self.order, self.by, self.reason])).hexdigest()
