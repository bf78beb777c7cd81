"""What waits for people as bytes and back: its part of an image of the world."""

from dataclasses import asdict, fields
from typing import Any

from interlock.hub.core.inbox import Escalation, Inbox, Like, Vote

__all__ = ["KEPT", "LEFT_OUT", "from_inbox", "to_inbox"]

Json = dict[str, Any]

KEPT: dict[type, frozenset[str]] = {
    kind: frozenset(each.name for each in fields(kind)) for kind in (Escalation, Vote, Like, Inbox)
}
"""The fields an image brings back: each of them comes from a fact."""
LEFT_OUT: dict[type, frozenset[str]] = {kind: frozenset() for kind in (Escalation, Vote, Like, Inbox)}


def from_inbox(inbox: Inbox) -> Json:
    """Return it as plain JSON; :func:`to_inbox` is the inverse. The order of each table is kept."""
    return {
        "known": [asdict(each) for each in inbox.known.values()],
        "open": list(inbox.open),
        "calls": [[*call, name] for call, name in inbox.calls.items()],
        "permits": list(inbox.permits.items()),
        "decided": list(inbox.decided),
        "likes": [[*key, asdict(like)] for key, like in inbox.likes.items()],
    }


def to_inbox(plain: Json) -> Inbox:
    """Return what :func:`from_inbox` was given."""
    known = {each["name"]: _escalation(each) for each in plain["known"]}
    return Inbox(
        known=known,
        open={name: known[name] for name in plain["open"]},
        calls={(run, gate, call): name for run, gate, call, name in plain["calls"]},
        permits=dict(plain["permits"]),
        decided=dict.fromkeys(plain["decided"]),
        likes={(role, tool): Like(**like) for role, tool, like in plain["likes"]},
    )


def _escalation(plain: Json) -> Escalation:
    told: Json = {**plain, "votes": [Vote(**vote) for vote in plain["votes"]]}
    return Escalation(**told)
