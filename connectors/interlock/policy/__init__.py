"""The policy: what a role may do, and how a call is judged by it. Pure: no I/O, no clock."""

from interlock.policy.changes import Change, diff
from interlock.policy.history import History
from interlock.policy.policy import Policy, load
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
    "Change",
    "Decision",
    "History",
    "Policy",
    "Verdict",
    "Why",
    "diff",
    "load",
    "lowest",
    "staged",
    "stricter",
]
