"""Plans that make good, their receipts, and what is unknown, in text."""

from collections.abc import Iterator
from typing import Any

from interlock_console.output import clock, columns, line

__all__ = ["ENDED", "begun", "proposed", "reconciled", "unknowns"]

Json = dict[str, Any]

ENDED = ("done", "failed", "unknown", "refused", "stopped")
"""States of a plan that goes no further."""


def proposed(plan: Json) -> str:
    """Return a plan as a person reads it before anything happens."""
    return "\n".join(_proposed(plan))


def _proposed(plan: Json) -> Iterator[str]:
    if not plan["steps"]:
        yield "no effect: nothing was permitted"
        return
    for n, step in enumerate(plan["steps"], 1):
        yield from _step(n, step)
    yield f"{plan['ready']} of {len(plan['steps'])} would be carried out, in this order; nothing has happened"
    yield f"digest {line(plan['digest'])}"


def _step(n: int, step: Json) -> Iterator[str]:
    head = f"{n}. {line(step['state']).upper()}  {line(step['tool'])} ({line(step['cls'])}), {line(step['outcome'])}"
    yield f"{head} at {clock(step['at'])}, {line(step['permit'])} of {line(step['run'])}"
    way = step["compensation"]
    if way is not None:
        where = "" if way["hosts"] else f"; no process offers {line(way['tool'])} now"
        yield f"   by {line(way['tool'])} ({line(way['cls'])}) {line(way['args'])}{where}"
    if step["cannot"]:
        yield f"   {line(step['cannot'])}"


def begun(plan: Json) -> str:
    """Return a plan that was begun, with the receipt of each step."""
    said = (
        f"{line(plan['plan'])}  {line(plan['state']).upper()}  by {line(plan['by'])} at {clock(plan['at'])}"
    )
    lines = [f"{said}: {line(plan['reason'])}"]
    if plan["why"]:
        lines.append(f"  {line(plan['why'])}")
    for n, step in enumerate(plan["steps"], 1):
        lines.extend(_receipt(n, step))
    return "\n".join(lines)


def _receipt(n: int, step: Json) -> Iterator[str]:
    receipt = step["receipt"]
    late = ", late" if receipt["late"] else ""
    yield (
        f"  {n}. {line(receipt['state']).upper()}{late}  {line(step['tool'])}, {line(step['permit'])} "
        f"of {line(step['run'])}"
    )
    way = step["compensation"]
    if way is not None:
        run = f" in run {line(receipt['run'])}" if receipt["run"] else ""
        permit = f" on {line(receipt['permit'])}" if receipt["permit"] else ""
        yield f"     {line(way['tool'])} {line(way['args'])}{run}{permit}, key {line(receipt['key'])}"
    for name in ("problem", "result"):
        if receipt[name]:
            yield f"     {name}: {line(receipt[name])}"
    if receipt["state"] == "skipped" and step["cannot"]:
        yield f"     {line(step['cannot'])}"


def unknowns(answer: Json) -> str:
    """Return the inbox of what is unknown."""
    if not answer["unknowns"]:
        return "nothing is unknown"
    rows = [
        (
            line(row["permit"]),
            clock(row["at"]),
            line(row["cls"]),
            line(row["tool"], 32),
            line(row["run"]),
            _findable(row),
            line(row["args"], 80),
        )
        for row in answer["unknowns"]
    ]
    table = columns([("PERMIT", "SINCE", "CLASS", "TOOL", "RUN", "PROBE", "ARGUMENTS"), *rows])
    more = answer["total"] - len(answer["unknowns"])
    return f"{table}\n{more} more are not shown" if more else table


def _findable(row: Json) -> str:
    answer, probe = row["answer"], row["probe"]
    if answer is not None:
        return line(answer["problem"] or answer["result"], 60)
    if probe is None:
        return line(row["cannot"], 60)
    return line(probe["tool"], 32) if probe["hosts"] else f"{line(probe['tool'], 32)}, offered by nobody now"


def reconciled(found: Json) -> str:
    """Return what was found out."""
    word = "it happened" if found["outcome"] == "done" else "nothing happened"
    how = "the probe says" if found["how"] == "probe" else "on record, as"
    by = line(found["by"])
    said = f"{line(found['permit'])} ({line(found['tool'])}): {how} {word}" if found["how"] == "probe" else ""
    said = said or f"{line(found['permit'])} ({line(found['tool'])}): {word}, {how} {by} found out"
    return f"{said}; {line(found['answer'] or found['reason'])}"
