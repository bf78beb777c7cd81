"""Policy and dial as the hub tells of them: in the API, in status and pulse."""

from typing import Any

from interlock.hub.core.rulebook import Rulebook, Turned, Version

__all__ = ["DIALS_SHOWN", "candidate", "dial", "dials", "dials_in_short", "in_short", "policy", "version"]

Json = dict[str, Any]

DIALS_SHOWN = 50
"""Dials in status and pulse; the API has them all."""
_REASON = 160


def version(told: Version) -> Json:
    """Return a version without its texts."""
    return {
        "n": told.n,
        "digest": told.digest,
        "source_digest": told.source_digest,
        "by": told.by,
        "at": told.at,
        "reason": told.reason,
        "size": told.size,
        "diff": told.diff,
        "diff_total": told.diff_total,
    }


def candidate(book: Rulebook) -> Json | None:
    """Return the candidate, or None."""
    staged = book.staged()
    if staged is None or book.candidate is None:
        return None
    return {**version(staged), "share": book.candidate.share, "since": book.candidate.at}


def dial(turned: Turned) -> Json:
    """Return a dial that holds something back."""
    return {
        "scope": turned.scope.model_dump(mode="json", exclude_none=True),
        "level": turned.level,
        "order": turned.order,
        "by": turned.by,
        "reason": turned.reason,
        "at": turned.at,
        "cause": turned.cause,
    }


def dials(book: Rulebook) -> list[Json]:
    """Return the dials, the newest first."""
    return [dial(turned) for turned in reversed(book.dials.values())]


def dials_in_short(book: Rulebook) -> list[Json]:
    """Return ``hub.dials``: the newest few, with the beginning of each reason. Every pulse carries them."""
    newest = list(reversed(book.dials.values()))[:DIALS_SHOWN]
    return [{**dial(turned), "reason": turned.reason[:_REASON]} for turned in newest]


def policy(book: Rulebook) -> Json:
    """Return what holds."""
    active = book.version()
    return {
        "active": version(active) if active is not None else None,
        "candidate": candidate(book),
        "dials": dials(book),
        "rules": book.changes,
    }


def in_short(book: Rulebook) -> Json | None:
    """Return ``hub.policy``: None while no policy was pushed."""
    active, staged = book.version(), book.staged()
    if active is None or book.active is None:
        return None
    side = None
    if staged is not None and book.candidate is not None:
        side = {"n": staged.n, "digest": staged.digest, "share": book.candidate.share}
    return {
        "n": active.n,
        "digest": active.digest,
        "by": book.active.by,
        "at": book.active.at,
        "candidate": side,
        "dials": len(book.dials),
    }
