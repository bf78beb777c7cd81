"""What the operator of this console may do at the hub, as far as the hub told, and how to get there. Pure."""

from typing import Any

from interlock.rights import includes
from interlock.text import visible_line

__all__ = ["held", "missing", "off"]

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


def off(hub: Json | None, needed: str, what: str, *, read_only: bool, context: str = "") -> str:
    """Return why ``what`` does nothing in a console that only looks, and what to do about it.

    ``read_only`` is the console's own setting, else it is the role at the hub; ``context`` names the hub where the
    operator gave it a name, because such a setting may stand with it.
    """
    if not read_only:
        return missing(hub, needed, what) or f"{what} is on again: press it once more"
    other = f", or '--context' of one that may act ({visible_line(context, 24)} may be kept read-only)"
    return f"read-only: {what} is off; start a console without --read-only{other if context else ''}"
