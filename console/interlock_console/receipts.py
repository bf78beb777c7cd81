"""A receipt in words: how far an order got with one run, said alike in the console and on the command line.

Pure: a receipt comes as decoded JSON in the shape of ``interlock.orders.Receipt``, and :func:`lines` gives it back as
lines whose text is already visible. Nothing here says ``stopped`` of a kill that is only recorded.
"""

from typing import Any, NamedTuple

from interlock.runs import RunState
from interlock.text import Untrusted, visible_line
from interlock_console.output import clock, millis

__all__ = [
    "LAST",
    "SHADOWED",
    "STAGES",
    "Line",
    "complete",
    "head",
    "lines",
    "of",
    "reached",
    "stage",
    "summary",
]

Json = dict[str, Any]

STAGES: dict[str, tuple[str, ...]] = {
    "kill": ("requested", "pushed", "recorded", "acknowledged", "presumed", "confirmed"),
    "pause": ("requested", "pushed", "recorded", "acknowledged", "drained"),
    "resume": ("requested", "recorded", "pushed", "acknowledged"),
    "cancel": ("requested", "pushed", "recorded", "acknowledged", "ended"),
}
"""As in ``interlock.orders``, which would bring pydantic into commands that have no use for it."""

LAST = {"kill": "confirmed", "pause": "drained", "resume": "acknowledged", "cancel": "ended"}
_PROVEN = {
    "kill": ("CONFIRMED STOPPED: no gated call in flight", "still"),
    "pause": ("PAUSED, DRAINED: no gated call in flight", "held"),
    "resume": ("RESUMED: every gate of the run answered", "live"),
    "cancel": ("ENDED by the agent", "quiet"),
}
_UNDER_WAY = {"kill": "STOPPING", "pause": "PAUSING", "resume": "RESUMING", "cancel": "ASKED TO END"}
SHADOWED = "SHADOW: its writes are not run"
"""What every receipt of a run in shadow says."""


class Line(NamedTuple):
    """One line of a receipt: what it is about, what is said (visible text), and the tone it is said in."""

    label: str
    text: str
    tone: str


def of(receipt: Json, state: RunState | None) -> Json:
    """Return a receipt that says whether its run is in shadow, as ``state`` tells; the hub's own does not."""
    return {**receipt, "shadow": True} if state is not None and state.shadowed else receipt


def reached(receipt: Json, name: str) -> bool:
    """Return whether this receipt has that stage."""
    return any(entry["stage"] == name for entry in receipt["stages"])


def complete(receipt: Json) -> bool:
    """Return whether the order got as far with this run as its verb can."""
    return reached(receipt, LAST.get(receipt["verb"], ""))


def head(receipt: Json) -> Line:
    """Return the furthest stage as one sentence, with ``UNRECORDED`` in it while the order is not on disk."""
    said, tone = _furthest(receipt)
    said += f"; {SHADOWED}" * bool(receipt.get("shadow"))
    if receipt.get("unrecorded"):
        return Line("UNRECORDED", f"{said}; UNRECORDED, the order acts but is not on disk", "alarm")
    return Line(_line(receipt["verb"]), said, tone)


def _furthest(receipt: Json) -> tuple[str, str]:
    verb = receipt["verb"]
    if complete(receipt):
        return _PROVEN[verb]
    if verb == "kill" and reached(receipt, "presumed"):
        return f"PRESUMED STOPPED: nothing new can start; not confirmed, {_missing(receipt)}", "alarm"
    newest = receipt["stages"][-1]["stage"] if receipt["stages"] else "nothing yet"
    tone = "alarm" if verb == "kill" else "held"
    return f"{_UNDER_WAY.get(verb, _line(verb).upper())}: {_line(newest)}", tone


def _missing(receipt: Json) -> str:
    gates = receipt.get("gates") or ()
    silent = sum(not gate["answered"] and not gate.get("gone") for gate in gates)
    flying = sum(len(gate.get("in_flight") or ()) for gate in gates if not gate.get("gone"))
    said = [f"{silent} gate{'s have' if silent != 1 else ' has'} not answered"] if silent else []
    said += [f"{flying} call{'s' * (flying != 1)} in flight"] if flying else []
    return ", ".join(said) or "not every gate has answered"


def stage(name: str, ms: float, note: object = "") -> str:
    """Return one stage that was reached with the time it took since the hub received the order."""
    return f"{_line(name):<12} {millis(ms):>8}" + (f"  {_line(note)}" if note else "")


def summary(receipt: Json) -> str:
    """Return the stages on one line, with the time each took, and what is still open."""
    known = [entry["stage"] for entry in receipt["stages"]]
    said = [f"{_line(entry['stage'])} {millis(entry['ms'])}" for entry in _in_time(receipt)]
    return ", ".join(said + [f"{name} not yet" for name in _open(receipt, known)])


def _in_time(receipt: Json) -> list[Json]:
    """Return the stages as they came: an answer may be there before the disk is done."""
    return sorted(receipt["stages"], key=lambda entry: float(entry["ms"]))


def _open(receipt: Json, known: list[str]) -> list[str]:
    """Return the stages that may still come; presumed is overtaken once the stop is confirmed."""
    names = STAGES.get(receipt["verb"], ())
    return [name for name in names if name not in known and not (name == "presumed" and "confirmed" in known)]


def lines(receipt: Json) -> list[Line]:
    """Return all that is known of the order, the stages that are still open included."""
    found = [Line("order", f"{_line(receipt['order'])} by {_line(receipt['by'])}", "text")]
    found.append(Line("reason", _line(receipt["reason"]) or "none given", "text"))
    if receipt.get("inherited_from"):
        found.append(Line("inherited", f"from {_line(receipt['inherited_from'])}", "text"))
    if receipt.get("unrecorded"):
        found.append(Line("UNRECORDED", "the order acts, but could not be written to disk", "alarm"))
    found += [Line("SHADOW", "its writes are not run", "shadow")] if receipt.get("shadow") else []
    found += _stages(receipt)
    found += [Line("gate", *_gate(gate)) for gate in receipt.get("gates") or ()]
    found += [Line("in flight", _flying(call), "text") for call in receipt.get("in_flight_at_stop") or ()]
    found += [Line("ended late", *_late(call)) for call in receipt.get("late") or ()]
    found += [Line("child", _line(child), "text") for child in receipt.get("children") or ()]
    found += [Line("waits for", _line(why), "held") for why in receipt.get("waits_for") or ()]
    return found


def _stages(receipt: Json) -> list[Line]:
    known = [entry["stage"] for entry in receipt["stages"]]
    found: list[Line] = []
    for entry in _in_time(receipt):
        at = f"  {clock(entry['at'])}" if entry.get("at") else ""
        found.append(Line("stage", stage(entry["stage"], entry["ms"], entry.get("note")) + at, "text"))
    found += [Line("stage", f"{name:<12} {'not yet':>8}", "dim") for name in _open(receipt, known)]
    return found


def _gate(gate: Json) -> tuple[str, str]:
    holds = ", ".join(_flying(call) for call in gate.get("in_flight") or ())
    if gate.get("gone"):
        answer, tone = "answered and has left" if gate["answered"] else "is gone, no answer needed", "dim"
    elif gate["answered"]:
        answer, tone = "answered", "held" if holds else "text"
    else:
        answer, tone = "HAS NOT ANSWERED", "alarm"
    link = "" if gate.get("gone") else ", connected" if gate["connected"] else ", not connected"
    where = (
        f", pid {gate['pid']} on {_line(gate.get('host') or 'an unnamed host')}" if gate.get("pid") else ""
    )
    return f"{_line(gate['gate'])} {answer}{link}{where}" + (
        f", still in flight: {holds}" if holds else ""
    ), tone


def _flying(call: Json) -> str:
    permit = f", permit {_line(call['permit'])}" if call.get("permit") else ""
    return f"{_line(call['tool'])} ({_line(call['cls'])}) for {millis(call.get('ms') or 0.0)}{permit}"


def _late(call: Json) -> tuple[str, str]:
    outcome = call["outcome"]
    said = "UNKNOWN, it may have happened," if outcome == "unknown" else _line(outcome)
    permit = f", permit {_line(call['permit'])}" if call.get("permit") else ""
    return (
        f"{_line(call['tool'])} {said} after {millis(call['ms'])}{permit}",
        "text" if outcome == "done" else "fault",
    )


def _line(text: object) -> str:
    return visible_line(text if isinstance(text, Untrusted) else str(text))
