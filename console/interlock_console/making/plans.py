"""A plan as lines: what would be done, in which order, and once it was begun how far each step got. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from interlock.runs import RunState
from interlock.text import visible_line
from interlock_console.combined import Row
from interlock_console.making.words import loud, short
from interlock_console.output import clock

__all__ = ["ENDED", "TONES", "begun", "blocked", "counted", "head", "proposed", "waits_on"]

Json = dict[str, Any]

ENDED = ("done", "failed", "unknown", "refused", "stopped")
"""States of a plan that goes no further."""
TONES = {
    "ready": "live",
    "done": "live",
    "cannot be undone": "fault",
    "unknown first": "alarm",
    "unknown": "alarm",
    "failed": "alarm",
    "refused": "alarm",
    "stopped": "held",
    "running": "held",
    "waiting": "held",
    "sent": "held",
    "doing": "held",
    "not reached": "held",
    "skipped": "dim",
    "nothing happened": "dim",
}


def counted(plan: Json) -> str:
    """Return how many steps of a plan would be carried out, and what becomes of the others."""
    rest: dict[str, int] = {}
    for step in plan["steps"]:
        if step["state"] not in ("ready", "failed"):
            rest[step["state"]] = rest.get(step["state"], 0) + 1
    others = "".join(f", {count} {short(state, 20)}" for state, count in rest.items())
    order = ", in this order" if plan["ready"] > 1 else ""
    return f"{plan['ready']} of {len(plan['steps'])} would be carried out{order}{others}"


def blocked(plan: Json) -> str:
    """Return why a plan cannot be begun, empty where it can."""
    if any(step["state"] == "unknown first" for step in plan["steps"]):
        return "what is unknown comes first: u on screen 3 finds it out; or leave that effect out"
    return "" if plan["ready"] else "no step can be carried out: there is nothing to confirm"


def proposed(plan: Json) -> list[Row]:
    """Return the steps of a plan that was not begun, in the order in which they would be carried out."""
    rows: list[Row] = []
    for at, step in enumerate(plan["steps"], 1):
        rows += _step(at, step, loud(step["state"]), step["state"])
    return rows or [Row("", "no effect: nothing was permitted here", "dim")]


def begun(plan: Json, runs: Mapping[str, RunState]) -> list[Row]:
    """Return the steps of a plan that was begun, each with its receipt."""
    rows: list[Row] = []
    for at, step in enumerate(plan["steps"], 1):
        receipt = step["receipt"]
        late = ", LATE" if receipt["late"] else ""
        rows += _step(at, step, loud(receipt["state"]) + late, receipt["state"])
        rows += _receipt(step, runs)
    return rows


def head(plan: Json) -> Row:
    """Return how far a plan that was begun got, in one sentence."""
    steps = plan["steps"]
    done = sum(step["receipt"]["state"] == "done" for step in steps)
    said = f"{loud(plan['state'])}: {done} of {len(steps)} made good"
    why = f"; {visible_line(plan['why'])}" if plan["why"] else ""
    where = _stopped(steps) if plan["state"] in ENDED and plan["state"] != "done" else ""
    return Row("now", f"{said}{where}{why}", TONES.get(plan["state"], "text"))


def _stopped(steps: list[Json]) -> str:
    for at, step in enumerate(steps, 1):
        if step["receipt"]["state"] in ("failed", "unknown", "refused"):
            return f", stopped at step {at}"
    return ""


def waits_on(plan: Json, runs: Mapping[str, RunState]) -> str:
    """Return the escalation that a step of a plan waits for, as the feed tells; empty where none does."""
    for step in plan["steps"]:
        receipt = step["receipt"]
        state = runs.get(receipt["run"] or "")
        if receipt["state"] == "doing" and state is not None and state.waiting_for:
            return state.waiting_for
    return ""


def _step(at: int, step: Json, word: str, state: str) -> Iterator[Row]:
    label, tone = f"{at}", TONES.get(state, "text")
    about = f"{short(step['tool'], 40)} ({short(step['cls'], 8)}), {short(step['outcome'], 8)}"
    yield Row(
        label,
        f"{word}  {about} at {clock(float(step['at']))[:8]}",
        tone,
        step["run"],
    )
    yield Row(
        label, f"   effect {visible_line(step['permit'])} of {visible_line(step['run'])}", "dim", step["run"]
    )
    way = step["compensation"]
    if way is not None:
        told = f"   by {short(way['tool'], 40)} ({short(way['cls'], 8)}) {visible_line(way['args'])}"
        yield Row(label, told, "text", step["run"])
        if not way["hosts"] and "receipt" not in step and state in ("ready", "failed"):
            yield Row(label, f"   no process offers {short(way['tool'], 40)} now", "held", step["run"])
    if step["cannot"]:
        yield Row(label, f"   {visible_line(step['cannot'])}", "text", step["run"])


def _receipt(step: Json, runs: Mapping[str, RunState]) -> Iterator[Row]:
    for text, tone in _said(step, runs):
        yield Row("", f"   {text}", tone, step["receipt"]["run"] or step["run"])


def _said(step: Json, runs: Mapping[str, RunState]) -> Iterator[tuple[str, str]]:
    receipt = step["receipt"]
    if receipt["at"]:
        times = sorted(receipt["at"].items(), key=lambda pair: float(pair[1]))
        yield "  ".join(f"{short(name, 12)} {clock(float(at))}" for name, at in times), "dim"
    if receipt["run"]:
        on = f", permit {visible_line(receipt['permit'])}" if receipt["permit"] else ""
        key = f", key {visible_line(receipt['key'])}"
        yield f"in run {visible_line(receipt['run'])}{on}{key}", "text"
    state = runs.get(receipt["run"] or "")
    if receipt["state"] == "doing" and state is not None and state.waiting_for:
        yield f"WAITS FOR A PERSON: {visible_line(state.waiting_for)}; v shows its card", "alarm"
    for name, tone in (("problem", TONES.get(receipt["state"], "text")), ("result", "text")):
        if receipt[name]:
            yield f"{name}: {visible_line(receipt[name])}", tone
