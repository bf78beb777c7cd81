"""Plans that make good, and what is unknown, with one text in every field that somebody else can write."""

from typing import Any

Json = dict[str, Any]


def hostile_making(text: str) -> dict[str, Json]:
    """Return what a hub answers about them, by the first part of the path."""
    way = {"tool": text, "args": text, "cls": "write", "hosts": 0}
    step = {
        "permit": text,
        "run": text,
        "call": text,
        "tool": text,
        "cls": text,
        "at": 1.0,
        "outcome": text,
        "state": text,
        "cannot": text,
        "compensation": way,
        "receipt": {
            "state": "skipped",
            "job": text,
            "host": text,
            "run": text,
            "permit": text,
            "key": text,
            "result": text,
            "problem": text,
            "late": True,
            "at": {},
        },
    }
    plan = {
        "plan": text,
        "by": text,
        "reason": text,
        "at": 1.0,
        "digest": text,
        "proof": text,
        "ready": 1,
        "state": text,
        "why": text,
        "ended_at": 2.0,
        "steps": [step],
    }
    row = dict.fromkeys(
        ("permit", "run", "call", "tool", "cls", "args", "why", "agent", "role", "cannot"), text
    )
    said = {"at": 1.0, "job": text, "result": text, "problem": text}
    unknown = {**row, "at": 1.0, "probe": way, "answer": said, "compensates": text}
    found = dict.fromkeys(("permit", "run", "call", "tool", "outcome", "how", "by", "reason", "answer"), text)
    return {
        "compensations": {**plan, "plans": [plan], "next": None},
        "unknowns": {
            "unknowns": [unknown, {**unknown, "answer": None}, {**unknown, "answer": None, "probe": None}],
            "total": 4,
            "unknown": None,
            "reconciled": {**found, "at": 1.0},
        },
    }
