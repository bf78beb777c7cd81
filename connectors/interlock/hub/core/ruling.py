"""What operators and rules ask of policy and dial. Plain data."""

from dataclasses import dataclass

from interlock.dials import DialScope, Level

__all__ = ["PROOF", "AskDial", "AskPolicy", "AskStage"]

PROOF = 4
"""Characters at the end of the order that turned a dial down, which show that a person means that one."""


@dataclass(frozen=True, slots=True)
class AskPolicy:
    """A policy to push. ``text`` is its JSON normal form; ``share`` makes it the candidate, None makes it hold."""

    order: str
    text: str
    source: str
    source_digest: str
    by: str
    reason: str
    at: float
    share: float | None = None


@dataclass(frozen=True, slots=True)
class AskStage:
    """Roll back to version ``n``, or promote or withdraw the candidate whose ``digest`` this is."""

    order: str
    by: str
    reason: str
    at: float
    n: int = 0
    digest: str = ""


@dataclass(frozen=True, slots=True)
class AskDial:
    """Turn a dial. ``cause`` is why it is done: ``person``, or what a rule saw. ``proof`` is needed to raise it."""

    order: str
    scope: DialScope
    level: Level
    by: str
    reason: str
    at: float
    cause: str = "person"
    proof: str = ""
