"""A gate that asks for people's decisions by hand, in the frames of docs/protocol.md."""

from __future__ import annotations

from typing import Any

from interlock import canonical
from tests.hub.server.raw import Json, RawGate


def wants(gate: RawGate, run: str, call: str, args: Json, **more: Any) -> str:
    """Ask for a person's decision about a call; return the digest of its arguments."""
    exact = canonical.encode("refund", args)
    digest = canonical.digest("refund", exact)
    said: Json = {
        "req": f"ask-{call}",
        "run": run,
        "call": call,
        "tool": "refund",
        "cls": "write",
        "digest": digest,
    }
    why = [{"rule": "roles.support.tools.refund.ask_when.amount", "bound": "> 100", "value": "180.0"}]
    said |= {
        "args": "{}",
        "exact": exact,
        "verdict": "ask",
        "why": why,
        "says": "the customer was promised it",
    }
    gate.say("permit", **{**said, **more})
    return digest


def comes(gate: RawGate, run: str, call: str, approved: Json) -> Json:
    """Come for the permit of what was approved; return the hub's answer."""
    said = {"req": f"take-{call}", "run": run, "call": call, "tool": "refund", "cls": "write", "args": "{}"}
    gate.say("permit", **said, digest=approved["digest"], escalation=approved["escalation"])
    return gate.hear("granted")
