"""A halt receipt as text: the stages with their times, who answered, and what was in the air."""

from typing import Any

from interlock_console.output import columns, line, millis

__all__ = ["last_stage", "reached", "text"]

Json = dict[str, Any]

_SAID = {
    ("kill", "confirmed"): "CONFIRMED STOPPED: no gated call in flight",
    ("kill", "presumed"): "PRESUMED STOPPED: nothing new can start; not every gate has answered",
    ("pause", "drained"): "PAUSED, DRAINED: no gated call in flight",
    ("resume", "acknowledged"): "RESUMED",
    ("cancel", "ended"): "ENDED by the agent",
}
_UNDER_WAY = {"kill": "STOPPING", "pause": "PAUSING", "resume": "RESUMING", "cancel": "ASKED TO END"}


def reached(receipt: Json, stage: str) -> bool:
    """Return whether this receipt has that stage."""
    return any(entry["stage"] == stage for entry in receipt["stages"])


def last_stage(receipt: Json) -> str:
    """Return the furthest stage in words."""
    verb = receipt["verb"]
    for (of, stage), said in _SAID.items():
        if of == verb and reached(receipt, stage):
            return said
    newest = receipt["stages"][-1]["stage"] if receipt["stages"] else "nothing yet"
    return f"{_UNDER_WAY.get(verb, line(verb).upper())}: {line(newest)}"


def text(receipt: Json) -> str:
    """Return the receipt as lines of visible text."""
    head = f"{line(receipt['run'])}  {line(receipt['verb'])}  {last_stage(receipt)}"
    rows = [("order", f"{line(receipt['order'])} by {line(receipt['by'])}: {line(receipt['reason'])}")]
    if receipt.get("inherited_from"):
        rows.append(("inherited", f"from {line(receipt['inherited_from'])}"))
    rows += [_stage(stage) for stage in receipt["stages"]]
    rows += [("gate", _gate(gate)) for gate in receipt.get("gates", ())]
    rows += [("in flight", _flying(call)) for call in receipt.get("in_flight_at_stop", ())]
    rows += [("ended late", _late(call)) for call in receipt.get("late", ())]
    rows += [("child", line(child)) for child in receipt.get("children", ())]
    if receipt.get("unrecorded"):
        rows.append(("UNRECORDED", "the order acts, but could not be written to disk"))
    rows += [("waits for", line(why)) for why in receipt.get("waits_for", ())]
    return head + "\n" + columns(rows, indent="  ")


def _stage(stage: Json) -> tuple[str, str]:
    note = f"  {line(stage['note'])}" if stage.get("note") else ""
    return line(stage["stage"]), f"{millis(stage['ms']):>8}{note}"


def _gate(gate: Json) -> str:
    where = f", pid {gate['pid']} on {line(gate.get('host') or 'an unnamed host')}" if gate.get("pid") else ""
    answer = "answered" if gate["answered"] else "has not answered"
    link = "proven gone" if gate.get("gone") else "connected" if gate["connected"] else "not connected"
    holds = ", ".join(line(call["tool"]) for call in gate.get("in_flight", ()))
    return f"{line(gate['gate'])} {answer}, {link}{where}" + (f", holds {holds}" if holds else "")


def _flying(call: Json) -> str:
    permit = f", permit {line(call['permit'])}" if call.get("permit") else ""
    return f"{line(call['tool'])} ({line(call['cls'])}) for {millis(call.get('ms', 0.0))}{permit}"


def _late(call: Json) -> str:
    return f"{line(call['tool'])} {line(call['outcome'])} after {millis(call['ms'])}"
