"""What the operator of this console may do at the hub, as far as the hub told, and how to get there. Pure."""

from typing import Any

from interlock.rights import includes
from interlock.text import visible_line

__all__ = ["held", "missing"]

Json = dict[str, Any]

_BREAKABLE = ("approver", "admin")


def held(hub: Json | None) -> str:
    """Return the role the hub lets this operator act with, empty where it has not said."""
    return str((hub or {}).get("role") or "")


def missing(hub: Json | None, needed: str, what: str) -> str:
    """Return why ``what`` would be refused and what to do about it; empty where the role is enough, or not told.

    Only said ahead of time: the hub decides, by the role as it is when it is asked.
    """
    role = held(hub)
    if not role or includes(role, needed):
        return ""
    you = visible_line(str((hub or {}).get("operator") or "this operator"), 48)
    taken = needed if needed in _BREAKABLE else _BREAKABLE[0]
    glass = f":break-glass {taken} in an emergency, else "
    ask = f"an admin's 'interlock operator role {you} --role {needed}'"
    return f"{what} takes the role {needed}, {you} is {visible_line(role, 12)}: {glass}{ask}"
