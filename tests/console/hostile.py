"""One text in every place where an agent, a tool, a model or another person can put one."""

from __future__ import annotations

from typing import Any

from interlock.runs import RunState
from interlock.text import Untrusted
from tests.console.stories import DIGEST, GATE, ORDER, PERMIT, RUN, Story, flying, gate, receipt
from tests.library import samples

Json = dict[str, Any]

_PLAIN = {
    "call": "c-1", "order": ORDER, "verb": "kill", "ms": 1.0, "gate": GATE, "outcome": "failed", "verdict": "deny",
    "claim": "failed", "role": "user", "cls": "write", "permit": PERMIT, "digest": DIGEST, "connector": "python",
    "sha256": DIGEST, "chunks": DIGEST, "state": "open", "how": "probe", "would": "ask", "waited_ms": 1.0,
    "tokens_in": 1, "tokens_out": 1, "tokens_cached": 1, "tokens_reasoning": 1, "cost": 1.0,
}  # fmt: skip


def hostile_state(text: str, run: str = RUN) -> RunState:
    """Return a run whose every text is this one."""
    said = Untrusted(text)
    return RunState(
        run, agent=said, role=said, goal=said, success=said, model_asked=said, model_served=Untrusted(text + "!"),
        labels={text: said}, said=said, tool=said, by=said, stop="recorded", order=ORDER, models=1, calls=2,
        flying={"c-1": [said, "write", 0.0]}, unknown={"c-2": said}, gates=[GATE], started_at=1.0, last_at=2.0, n=1,
        claimed_by=said, last_note=said, notes=2, tools=[said],
    )  # fmt: skip


def _said(name: str, value: object, text: str) -> object:
    """Return the value with the text wherever somebody's own words may stand; what is missing has words, too."""
    if name == "labels":
        return {text: text}
    if isinstance(value, dict):
        return {inner: _said(inner, found, text) for inner, found in value.items()}
    if isinstance(value, list):
        return [_said(name, found, text) for found in value]
    return _PLAIN.get(name, text) if value is None or isinstance(value, str) else value


def hostile_items(text: str, run: str = RUN) -> list[Json]:
    """Return one event of every kind, and one of a kind nobody knows, with the text in every field that takes one."""
    story = Story(run)
    for place, event in enumerate(samples.EVENTS):
        fields: Json = {
            name: _said(name, value, text)
            for name, value in event.model_dump(mode="json").items()
            if name != "kind"
        }
        fields["call"] = f"c-{place}"
        fields |= {"in_flight": [flying(tool=text)], "late": False, "shadow": None, "parent": None}
        story.add(str(type(event).model_fields["kind"].default), **fields)
    story.add("brand.new", **{text[:40]: text, "other": [text]})
    story.add("tool.proposed", call="c-x", tool=text, cls="danger", args=text)
    story.add("tool.finished", call="c-x", outcome="done", result=text, ms=1.0)
    body = {"sha256": DIGEST, "size": 10, "chunks": [DIGEST], "head": text}
    story.add("message", role="assistant", author=text, text=body)
    return story.items


def hostile_receipt(text: str) -> Json:
    """Return a receipt whose every text is this one."""
    late = {"call": "c-1", "tool": text, "permit": PERMIT, "outcome": "unknown", "ms": 3.0}
    made = receipt(
        "kill", "requested", "recorded", by=text, reason=text, late=[late], waits_for=[text], unrecorded=True,
        gates=[gate(host=text, in_flight=[flying(tool=text)])], in_flight_at_stop=[flying(tool=text)],
    )  # fmt: skip
    made["stages"][0]["note"] = text
    return made


def hostile_summary(text: str) -> Json:
    """Return the combined receipt of an order whose every text is this one."""
    return {
        "order": text, "verb": text, "scope": {text: text}, "by": text, "reason": text, "at": 1.0, "standing": True,
        "lifted": None, "targets": 2, "named": 1, "children": 1, "later": 0, "refused": 0, "stages": {"recorded": 2},
        "ms": {"recorded": [1.0, 2.0, 3.0]}, "gates": {"answered": 1, "total": 2}, "in_flight": {text: 1},
        "waiting": [{"run": text, "waits_for": [text]}], "waiting_total": 2, "unrecorded": False, "complete": False,
    }  # fmt: skip


def hostile_brake(text: str) -> Json:
    """Return the answer about the brake, with the text wherever the hub puts one."""
    stages = ("pushed", "closed", "recorded", "acknowledged", "drained", "confirmed", "presumed")
    stop: Json = {"order": text, "run": text, "verb": text, "at": 1.0, "canary": True}
    brake: Json = {"proven_at": 1.0, "ok": False, "problem": text, "p50": 1.0, "p99": 200.0, "count": 1}
    return {
        "brake": {**brake, "every_s": 60.0, "slow_ms": 100},
        "stops": [stop | dict.fromkeys(stages, 1.0)],
        "next": None,
    }


def hostile_access(text: str) -> dict[str, Json]:
    """Return what a hub says of operators, tokens and break-glass, with this text wherever it may say one."""
    operator = {
        "name": text, "role": text, "acts_as": text + "x", "by": text, "at": 1.0, "tokens": 1, "built_in": False,
    }  # fmt: skip
    token = {
        "token": text, "operator": text, "agent": text, "role": text, "owner": text, "by": text, "at": 1.0,
        "expires": None, "revoked_at": 1.0, "revoked_by": text, "seen_at": 1.0,
    }  # fmt: skip
    glass = {
        "id": text, "who": text, "role": text, "why": text, "since": 1.0, "until": 2.0, "left_s": None,
        "state": text, "ended": {"by": text, "why": text, "at": 1.0}, "review": {"by": text, "note": text, "at": 1.0},
    }  # fmt: skip
    dial = {
        "scope": {"role": text}, "level": text, "order": text, "by": text, "reason": text, "at": 1.0, "cause": text,
    }  # fmt: skip
    return {
        "operators": {"operators": [operator], "operator": operator, "unrecorded": False},
        "tokens": {"tokens": [token | {"kind": kind} for kind in ("operator", "agent")], "token": token},
        "break-glass": {"break_glass": glass, "unrecorded": False},
        "dial": {"dials": [dial]},
        "policy": hostile_policy(text),
    }


def hostile_policy(text: str) -> Json:
    """Return what a hub says of its policy, a candidate and a dial, with this text wherever it may say one."""
    version = {"n": 1, "digest": text, "by": text, "at": 1.0, "reason": text, "diff_total": 1}
    dial = {"scope": {text: text}, "level": text, "by": text, "reason": text}
    return {"active": version, "candidate": {**version, "share": 0.5}, "dials": [dial], "rules": 1}


def hostile_status(text: str) -> Json:
    """Return what a hub says of itself, with this text wherever it may say one."""
    standing = {
        "order": text,
        "verb": text,
        "scope": {text: text},
        "by": text,
        "reason": text,
        "at": 1.0,
        "targets": 1,
    }
    return {
        "name": text, "version": text, "started": 1.0, "policy": None, "standing": [standing], "unrecorded": text,
        "operator": text, "role": text, "disk": {"free": 1, "total": 2}, "pos": 1,
        "brake": {"ok": False, "problem": text, "proven_at": None},
        "consoles": [{"who": text, "since": 1.0, "read_only": True}],
        "breakers": [{"tool": text, "endpoint": text, "gate": text, "state": text, "until": None, "since": 1.0}],
        "break_glass": [{"id": text, "who": text, "role": text, "why": text, "since": 1.0, "until": 2.0}], "reviews": 1,
    }  # fmt: skip
