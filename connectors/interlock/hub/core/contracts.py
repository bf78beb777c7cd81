"""What the policy in force says that tools promise."""

from interlock.contract import Contract
from interlock.hub.core.rulebook import Rulebook
from interlock.policy import Policy

__all__ = ["contract"]

_KEPT = 4
_read: dict[str, Policy] = {}
"""Policies by their digest: what was read is not read again."""


def contract(book: Rulebook, tool: str) -> Contract | None:
    """Return the contract of a tool as the active policy has it; None where it says nothing, or there is none."""
    version = book.version()
    if version is None:
        return None
    policy = _read.get(version.digest)
    if policy is None:
        policy = Policy.from_json(version.text)
        while len(_read) >= _KEPT:
            del _read[next(iter(_read))]
        _read[version.digest] = policy
    return policy.contract(tool)
