"""The contract of one tool, and what holds where two people wrote one. Pure, frozen."""

from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Literal

from interlock.contract.action import Action
from interlock.contract.rules import Backoff, Breaking, Money, Overlay, Rate
from interlock.contract.spans import PERIODS

__all__ = ["CLASSES", "Contract", "ToolClass", "stricter"]

ToolClass = Literal["read", "write", "danger"]

CLASSES: tuple[ToolClass, ...] = ("read", "write", "danger")
"""From the least strict to the strictest."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What a tool promises on failure. A field that is None says nothing: whoever else wrote a contract decides."""

    cls: ToolClass | None = None
    timeout_s: float | None = None
    """Seconds of one attempt, from its start."""
    retries: int | None = None
    """Further attempts after the first. A write has none unless ``idempotency`` says how it is known again."""
    backoff: Backoff | None = None
    idempotency: tuple[str, ...] | None = None
    """Arguments that make two calls of a run the same one; empty for ``key``, which is the permit's own name."""
    breaker: Breaking | None = None
    endpoint: str | None = None
    """The argument that names the endpoint: each value has a breaker of its own."""
    rate: Rate | None = None
    money: Money | None = None
    result: str | None = None
    """JSON Schema of what it returns, as canonical JSON text."""
    compensate: Action | Literal["none"] | None = None
    """``none``: it cannot be made good, and somebody said so. None: nobody said."""
    probe: Action | None = None
    """A read that tells whether a call of unknown outcome had its effect."""
    virtual: str | None = None
    """JSON of what a shadowed call returns, with references to ``args``; see :class:`Overlay` for later reads."""
    reads_virtual: Overlay | None = None
    wait_s: float | None = None
    """The longest that its caller waits for a person, in seconds, where a framework's own time-out would fire."""
    targets: tuple[str, ...] | None = None
    """Arguments that name something outside: an address, a URL."""

    @property
    def retried(self) -> int:
        """Further attempts that this contract allows a call that has effects."""
        return (self.retries or 0) if self.idempotency is not None else 0


def stricter(ours: Contract, theirs: Contract | None) -> Contract:
    """Return what holds where both hold: of a class, a limit or a number of retries the stricter one.

    ``theirs`` is the pushed policy's. Where strictness means nothing (a schema, a compensation, a probe ...) it wins.
    """
    if theirs is None or theirs == ours:
        return ours
    both: dict[str, Any] = {}
    for field in fields(Contract):
        mine, other = getattr(ours, field.name), getattr(theirs, field.name)
        if mine is None or other is None:
            both[field.name] = other if mine is None else mine
        else:
            both[field.name] = _STRICTER.get(field.name, _theirs)(mine, other)
    return Contract(**both)


def _theirs(_: Any, other: Any) -> Any:
    return other


def _class(mine: ToolClass, other: ToolClass) -> ToolClass:
    return mine if CLASSES.index(mine) > CLASSES.index(other) else other


def _breaking(mine: Breaking, other: Breaking) -> Breaking:
    """The one that opens at the smaller share of failures, and stays open for longer."""
    return min(mine, other, key=lambda rule: (rule.failures / rule.calls, rule.failures, -rule.window_s))


def _rate(mine: Rate, other: Rate) -> Rate:
    return min(mine, other, key=lambda rate: _within(Decimal(rate.count), rate.per))


def _money(mine: Money, other: Money) -> Money:
    return min(mine, other, key=lambda money: _within(money.most, money.per))


def _within(amount: Decimal, per: str) -> tuple[bool, Decimal]:
    """Order limits: the whole run's first, since no time wears it off; then by what they let through in a second."""
    return (True, amount / Decimal(PERIODS[per])) if PERIODS[per] else (False, amount)


_STRICTER: dict[str, Any] = {
    "cls": _class,
    "timeout_s": min,
    "retries": min,
    "breaker": _breaking,
    "rate": _rate,
    "money": _money,
    "wait_s": min,
}
