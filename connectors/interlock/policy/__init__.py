"""The policy: what a role may do, and how a call is judged by it. Pure: no I/O, no clock, no state but what it is given."""

from interlock.policy.history import History
from interlock.policy.staged import staged
from interlock.policy.verdicts import (
    CLASSES,
    LEVELS,
    Approval,
    Autonomy,
    Decision,
    Verdict,
    Why,
    lowest,
    stricter,
)

__all__ = [
    "CLASSES",
    "LEVELS",
    "Approval",
    "Autonomy",
    "Decision",
    "History",
    "Verdict",
    "Why",
    "lowest",
    "staged",
    "stricter",
]
