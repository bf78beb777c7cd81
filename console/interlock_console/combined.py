"""The receipt of an order with many targets, in words: counts by stage, what is slow, what the rest waits for.

Pure: a summary and receipts come as decoded JSON (docs/protocol.md, *Orders at scale*), and what comes back is visible
text. ``stopped`` is said only once every target is confirmed, never of most of them.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from interlock.text import Untrusted, visible_line
from interlock_console import aim
from interlock_console.output import millis
from interlock_console.receipts import LAST, reached

__all__ = ["Row", "counts", "flying", "head", "rows", "title"]

Json = dict[str, Any]

_SHOWN = {
    "kill": ("recorded", "acknowledged", "presumed", "confirmed"),
    "pause": ("recorded", "acknowledged", "drained"),
    "resume": ("recorded", "acknowledged"),
    "cancel": ("recorded", "acknowledged", "ended"),
}
_PROVEN = {
    "kill": ("CONFIRMED STOPPED, all {n}: no gated call in flight", "still"),
    "pause": ("PAUSED, DRAINED, all {n}: no gated call in flight", "held"),
    "resume": ("RESUMED, all {n}: every gate answered", "live"),
    "cancel": ("ENDED by the agent, all {n}", "quiet"),
}
_UNDER_WAY = {"kill": "STOPPING", "pause": "PAUSING", "resume": "RESUMING", "cancel": "ASKED TO END"}
_SLOWEST = 3
_CLASSES = ("read", "write", "danger", "model")


class Row(NamedTuple):
    """One line: what it is about, visible text, its tone, and the run it names, if it names one.

    ``cells`` has the text cell by cell where the line belongs to a table (:mod:`interlock_console.targets`).
    """

    label: str
    text: str
    tone: str = "text"
    run: str = ""
    cells: tuple[str, ...] = ()


def title(summary: Json) -> str:
    """Return ``kill of role support-agent, o-... by ann``."""
    about = aim.words(summary.get("scope")) or _many(int(summary.get("named") or 0), "run")
    return f"{_line(summary['verb'])} of {about}, {_line(summary['order'])} by {_line(summary['by'])}"


def counts(summary: Json) -> str:
    """Return ``recorded 40/40  acknowledged 38/40  confirmed 37/40``."""
    total = int(summary["targets"])
    reach = _table(summary, "stages")
    names = _SHOWN.get(summary["verb"], ())
    told = [
        f"{name} {int(reach.get(name, 0))}/{total}" for name in names if name != "presumed" or reach.get(name)
    ]
    return "  ".join(told)


def head(summary: Json, receipts: Sequence[Json] = ()) -> Row:
    """Return how far the order got as one sentence. With the receipt of every target it names who is presumed."""
    verb, total = str(summary["verb"]), int(summary["targets"])
    last = LAST.get(verb, "")
    done = int(_table(summary, "stages").get(last, 0))
    if not total:
        stands = "; it stands for those that start later" if summary.get("standing") else ""
        return Row("", f"no run was reached{stands}", "held")
    if done >= total:
        said, tone = _PROVEN.get(verb, ("{n} done", "text"))
        return _recorded(summary, said.format(n=total), tone)
    left = total - done
    said = f"{_UNDER_WAY.get(verb, _line(verb).upper())}: {last} {done} of {total}, {left} not"
    presumed = [r for r in receipts if reached(r, "presumed") and not reached(r, "confirmed")]
    if verb == "kill" and presumed:
        said += f"; {len(presumed)} PRESUMED: nothing new can start there"
    if summary.get("complete"):
        said += "; nothing more is expected of the rest"
    return _recorded(summary, said, "alarm" if verb == "kill" else "held")


def _recorded(summary: Json, said: str, tone: str) -> Row:
    if summary.get("unrecorded"):
        return Row("UNRECORDED", f"{said}; UNRECORDED, the order acts but is not on disk", "alarm")
    return Row("", said, tone)


def rows(
    summary: Json,
    receipts: Sequence[Json] = (),
    refused: Sequence[Json] = (),
    parent: Callable[[str], str] = lambda _run: "",
) -> list[Row]:
    """Return all behind :func:`head`, what is missing first. ``parent`` says whose child a run is."""
    found = [Row("stages", counts(summary))]
    found += [Row("lifted", _lifted(summary["lifted"]), "text")] if summary.get("lifted") else []
    found += _refused(summary, refused)
    found += _shadows(receipts) + _waiting(summary) + _presumed(receipts)
    found += _gates(summary) + _slowest(summary, receipts)
    found += _kin(summary, receipts, parent)
    found.append(Row("reason", _line(summary["reason"]) or "none given"))
    return found + _took(summary)


def _refused(summary: Json, refused: Sequence[Json]) -> list[Row]:
    found = [
        Row("refused", f"{_line(no['run'])}  {_line(no['problem'])}", "fault", str(no["run"]))
        for no in refused
    ]
    more = int(summary.get("refused") or 0) - len(found)
    return found + (
        [Row("refused", f"{more} more, told when the order was given", "fault")] if more > 0 else []
    )


def _shadows(receipts: Sequence[Json]) -> list[Row]:
    shadows = sum(bool(receipt.get("shadow")) for receipt in receipts)
    told = f"{shadows} of the {_many(len(receipts), 'run')} told here: writes of a run in shadow are not run"
    return [Row("SHADOW", told, "shadow")] if shadows else []


def _waiting(summary: Json) -> list[Row]:
    found: list[Row] = []
    waiting = summary.get("waiting") or ()
    for entry in waiting:
        why = "; ".join(map(_line, entry["waits_for"])) or "its last stage"
        found.append(Row("waits for", f"{_line(entry['run'])}  {why}", "held", str(entry["run"])))
    more = int(summary.get("waiting_total") or 0) - len(waiting)
    return found + ([Row("waits for", f"{more} more", "held")] if more > 0 else [])


def _presumed(receipts: Sequence[Json]) -> list[Row]:
    """Name each target that is presumed and no more, with the gates that say nothing."""
    found: list[Row] = []
    for receipt in receipts:
        if reached(receipt, "presumed") and not reached(receipt, "confirmed"):
            gates = [g for g in receipt.get("gates") or () if not g["answered"] and not g.get("gone")]
            silent = ", ".join(_line(g["gate"]) for g in gates)
            why = f"silent: {silent}" if silent else "every gate answered, a call is still in flight"
            run = str(receipt["run"])
            found.append(
                Row("PRESUMED", f"{_line(run)}  nothing new can start; not confirmed; {why}", "alarm", run)
            )
    return found


def _gates(summary: Json) -> list[Row]:
    gates = _table(summary, "gates")
    answered, total = int(gates.get("answered") or 0), int(gates.get("total") or 0)
    told = f"{answered} of {total} answered" if total else "none is left that has to answer"
    found = [Row("gates", told, "text" if answered >= total else "held")]
    in_flight = _table(summary, "in_flight")
    return [*found, Row("in flight", flying(in_flight), "held" if any(in_flight.values()) else "text")]


def flying(in_flight: Json) -> str:
    """Return calls by class: ``2 read, 1 write``; those that can have an effect are named also where none is."""
    told = [
        f"{int(in_flight.get(cls) or 0)} {cls}"
        for cls in _CLASSES
        if in_flight.get(cls) or cls in ("write", "danger")
    ]
    return ", ".join(told)


def _slowest(summary: Json, receipts: Sequence[Json]) -> list[Row]:
    last = LAST.get(summary["verb"], "")
    took = [
        (float(stage["ms"]), str(receipt["run"]))
        for receipt in receipts
        for stage in receipt["stages"]
        if stage["stage"] == last
    ]
    slow = sorted(took, reverse=True)[:_SLOWEST] if len(took) > 1 else []
    return [Row("slowest", f"{_line(run)}  {last} after {millis(ms)}", "text", run) for ms, run in slow]


def _kin(summary: Json, receipts: Sequence[Json], parent: Callable[[str], str]) -> list[Row]:
    found: list[Row] = []
    for receipt in receipts:
        if root := receipt.get("inherited_from"):
            run = str(receipt["run"])
            near = parent(run)
            label = "child" if near in ("", root) else "grandchild"
            of = _line(near or root) + (f", under {_line(root)}" if near not in ("", root) else "")
            found.append(Row(label, f"{_line(run)}  of {of}", "text", run))
    more = int(summary.get("children") or 0) - len(found)
    found += (
        [Row("children", f"{_many(more, 'more child run', 'more child runs')}", "text")] if more > 0 else []
    )
    if later := int(summary.get("later") or 0):
        found.append(
            Row("later", f"{_many(later, 'run')} registered since and got the order with the opening", "held")
        )
    return found


def _took(summary: Json) -> list[Row]:
    """Return a line for every stage: on one line the last stage, which proves the stop, is the one that is cut."""
    times = _table(summary, "ms")
    told = [
        Row("took", f"{name:<13} p50 {millis(float(ms[0]))}, slowest {millis(float(ms[2]))}")
        for name in _SHOWN.get(summary["verb"], ())
        if (ms := times.get(name))
    ]
    return told or [Row("took", "no stage yet")]


def _lifted(lifted: Json) -> str:
    return f"by {_line(lifted['by'])}: {_line(lifted['reason']) or 'no reason given'}"


def _table(summary: Json, name: str) -> Json:
    found: Json = summary.get(name) or {}
    return found


def _many(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or one + 's'}"


def _line(text: object) -> str:
    return visible_line(text if isinstance(text, Untrusted) else str(text))
