"""Policy and dial as an image of the world keeps them, and back."""

from dataclasses import asdict
from typing import Any

from interlock.dials import DialScope
from interlock.hub.core.rulebook import Active, Rulebook, Staged, Turned, Undo, Version

__all__ = ["from_rules", "to_rules"]

Json = dict[str, Any]

_TURNED = ("level", "order", "by", "reason", "at", "cause")


def from_rules(book: Rulebook) -> Json:
    """Return a rulebook that was folded from the record, in which nothing is on its way to the disk, as JSON."""
    undo = book.undo
    return {
        "versions": [asdict(version) for version in book.versions.values()],
        "active": _row(book.active),
        "candidate": _staged(book.candidate),
        "dials": [_turned(each) for each in book.dials.values()],
        "changes": book.changes,
        "last": book.last,
        "undo": None
        if undo is None
        else {
            "order": undo.order,
            "active": _row(undo.active),
            "candidate": _staged(undo.candidate),
            "added": undo.added,
            "scope": undo.scope,
            "dial": _turned(undo.dial),
        },
    }


def _row(active: Active | None) -> list[Any] | None:
    return list(active) if active is not None else None


def _staged(staged: Staged | None) -> Json | None:
    return asdict(staged) if staged is not None else None


def _turned(turned: Turned | None) -> Json | None:
    if turned is None:
        return None
    scope = turned.scope.model_dump(mode="json", exclude_none=True)
    return {"scope": scope, **{name: getattr(turned, name) for name in _TURNED}}


def to_rules(plain: Json) -> Rulebook:
    """Return the rulebook that this was."""
    undo = plain["undo"]
    dials = [_dial(each) for each in plain["dials"]]
    return Rulebook(
        versions={each["n"]: Version(**each) for each in plain["versions"]},
        active=_active(plain["active"]),
        candidate=_candidate(plain["candidate"]),
        dials={each.scope.key: each for each in dials},
        changes=plain["changes"],
        last=plain["last"],
        undo=None if undo is None else _undo(undo),
    )


def _undo(plain: Json) -> Undo:
    return Undo(
        plain["order"],
        _active(plain["active"]),
        _candidate(plain["candidate"]),
        plain["added"],
        tuple(plain["scope"]) if plain["scope"] is not None else None,
        _dial(plain["dial"]) if plain["dial"] is not None else None,
    )


def _active(plain: list[Any] | None) -> Active | None:
    return Active(*plain) if plain is not None else None


def _candidate(plain: Json | None) -> Staged | None:
    return Staged(**plain) if plain is not None else None


def _dial(plain: Json) -> Turned:
    scope = DialScope.model_validate(plain["scope"])
    return Turned(scope, *(plain[name] for name in _TURNED))
