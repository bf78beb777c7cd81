"""What an operator may do at the hub: four roles, each with the rights of those before it. Pure."""

from typing import Literal, get_args

__all__ = ["ROLES", "OperatorRole", "includes"]

OperatorRole = Literal["viewer", "responder", "approver", "admin"]
"""``viewer`` reads. ``responder`` also stops, lets go, claims and notes. ``approver`` also decides what waits for a
person, compensates and raises the dial. ``admin`` also changes policy, operators, tokens and what is kept."""

ROLES: tuple[OperatorRole, ...] = get_args(OperatorRole)
"""The roles, from the least to the most."""


def includes(role: str, needed: str) -> bool:
    """Return whether who has ``role`` may do what takes ``needed``. A role nobody knows has no rights."""
    return role in ROLES and needed in ROLES and ROLES.index(role) >= ROLES.index(needed)
