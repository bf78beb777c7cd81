"""A call that waits for a person, with one text wherever somebody else's text can stand."""

from __future__ import annotations

import json
from typing import Any

Json = dict[str, Any]


def hostile_escalation(text: str, **changed: Any) -> Json:
    """Return ESCALATION of docs/protocol.md; ``changed`` are other fields."""
    bound = {"rule": text, "bound": text, "value": text}
    args = json.dumps({text: [text, {"deep": text}], "amount": 180.0}, ensure_ascii=False)
    return {
        "id": "e-00000000000000e1",
        "state": "waiting",
        "run": "r-00000000000000a1",
        "agent": text,
        "role": text,
        "goal": text,
        "call": "c-1",
        "tool": text,
        "cls": "danger",
        "definition": text,
        "policy": text,
        "args": args,
        "hidden": True,
        "digest": "ab" * 32,
        "why": [bound],
        "near": [bound],
        "taint": [text],
        "says": f"{text}\n{text}",
        "requester": {"agent": text, "owner": text},
        "needs": 2,
        "votes": [{"by": text, "at": 1795000000.0, "digest": "ab" * 32, "edited": False}],
        "asked_at": 1795000000.0,
        "expires_at": 1795000600.0,
        "left_s": 512.4,
        "held": False,
        "wait_s": 600.0,
        "on_timeout": "reject",
        "on_reject": text,
        "reversible": {"cls": "danger", "compensate": text},
        "last_like": {"escalation": "e-00000000000000e0", "args": text, "by": text, "at": 1795000000.0},
        "group": "cd" * 32,
        "permit": None,
        "outcome": None,
        "decided_by": text,
        "decided_at": 1795000001.0,
        "reason": text,
        "cause": "person",
        "edited": False,
        "override": False,
        **changed,
    }
