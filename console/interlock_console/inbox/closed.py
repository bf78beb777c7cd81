"""Whether approve is open, and why it is not: the one place where that is decided for a screen. Pure."""

from dataclasses import dataclass
from typing import Any

from interlock.text import visible_line
from interlock_console.inbox import words

__all__ = ["Stand", "closed", "needs_of", "voted"]

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stand:
    """What is known at the moment a key is pressed."""

    found: Json | None
    seen: int
    lines: int
    me: str = ""
    """The operator at the hub, empty where it did not say."""
    looks_only: bool = False
    stale: str = ""
    sent: bool = False
    """A decision of this card is on its way, or holds."""
    proof: str = ""
    """What has to be typed first, empty for nothing, or once it was."""
    edited: bool = False
    """Arguments of one's own would run instead: a new question, on which nobody has voted."""


def closed(stand: Stand) -> str:
    """Return why approve does nothing now, empty where it is open. What no key can change is said first."""
    found = stand.found
    if found is None:
        return "nothing is known of it yet"
    return _never(found, stand) or _for_now(stand)


def _never(found: Json, stand: Stand) -> str:
    if found["state"] != "waiting":
        return "it waits no more"
    if stand.looks_only:
        return "this console, or your role at the hub, may only look"
    if stand.sent:
        return "your decision is sent"
    if stand.me and stand.me.casefold() == str(found["requester"]["owner"]).casefold():
        return "you own this agent: somebody else has to approve, you may reject"
    if not stand.edited and voted(found, stand.me):
        return "you have approved it; somebody else has to, and you cannot be both"
    return ""


def _for_now(stand: Stand) -> str:
    if stand.stale:
        return f"what is shown is not current: {stand.stale}"
    if stand.seen < stand.lines or not stand.lines:
        return f"{stand.seen} of {stand.lines} lines were on the screen; space goes on"
    return stand.proof


def voted(found: Json | None, me: str) -> bool:
    """Return whether the operator ``me`` has approved it as it is now."""
    return bool(found and me) and me.casefold() in (name.casefold() for name in words.voters(found or {}))


def needs_of(found: Json, me: str) -> str:
    """Return who is still needed, as a sentence; empty where one person is enough."""
    if found["needs"] < 2:
        return ""
    if voted(found, me):
        return f"your vote is on record, {words.counted(found)}; somebody else has to approve"
    by = words.voters(found)
    so_far = f"so far {', '.join(visible_line(name, 40) for name in by)}" if by else "nobody has yet"
    mine = "; yours is one of them and never both" if me else ""
    return f"{found['needs']} different people have to approve, {so_far}{mine}"
