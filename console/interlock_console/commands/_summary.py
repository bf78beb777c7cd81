"""The combined receipt of an order for many runs, as text: how many got how far, and whom it still waits for."""

from typing import Any

from interlock_console.output import columns, line, millis
from interlock_console.receipts import STAGES

__all__ = ["radius", "scope_words", "text"]

Json = dict[str, Any]

_NAMED = 10
"""Runs that are still waited for and named; the rest is counted."""


def scope_words(scope: Json | None) -> str:
    """Return whom a scope reaches, in visible words."""
    if not scope:
        return "runs by name"
    if scope.get("fleet"):
        return "the fleet"
    return ", ".join(f"{line(kind)} {line(name)}" for kind, name in scope.items())


def text(summary: Json) -> str:
    """Return a SUMMARY of docs/protocol.md as lines of visible text."""
    title = f"{line(summary['order'])}  {line(summary['verb'])} {scope_words(summary.get('scope'))}"
    rows = [(label, said) for label, said in _rows(summary) if said]
    return f"{title}  {_standing(summary)}\n{columns(rows, indent='  ')}"


def radius(preview: Json) -> str:
    """Return a PREVIEW of docs/protocol.md as visible lines: whom an order would reach, and what is under way there."""
    flying = ", ".join(f"{count} {line(kind)}" for kind, count in preview["in_flight"].items() if count)
    runs = f"{_many(preview['total'], 'run')} of {_many(preview['agents'], 'agent')}"
    rows = [
        ("would reach", f"{runs}, over {_many(preview['gates'], 'gate')}"),
        ("refused", str(preview["refused"]) if preview["refused"] else ""),
        (
            "silent",
            f"{preview['silent']} runs have a gate that is not connected" if preview["silent"] else "",
        ),
        ("in flight", flying or "nothing"),
        ("spent so far", f"{preview['cost']:.2f} US dollars"),
        *(("run", _target(target)) for target in preview["targets"][:_NAMED]),
    ]
    more = preview["total"] + preview["refused"] - min(_NAMED, len(preview["targets"]))
    title = f"{line(preview['verb'])} {scope_words(preview.get('scope'))}  PREVIEW, nothing is ordered"
    table = columns([row for row in rows if row[1]], indent="  ")
    return f"{title}\n{table}" + (f"\n  and {more} more runs" if more > 0 else "")


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _target(target: Json) -> str:
    refused = f"  refused: {line(target['refused'])}" if target["refused"] else ""
    return f"{line(target['run'])}  {line(target['agent'], 30)} as {line(target['role'], 30)}{refused}"


def _standing(summary: Json) -> str:
    if summary.get("unrecorded"):
        return "UNRECORDED: the order acts, but is not on disk"
    if lifted := summary.get("lifted"):
        return f"LIFTED by {line(lifted['by'])}: {line(lifted['reason'])}"
    return "STANDS for new runs too, until it is lifted" if summary.get("standing") else ""


def _rows(summary: Json) -> list[tuple[str, str]]:
    flying = ", ".join(f"{count} {line(kind)}" for kind, count in summary["in_flight"].items() if count)
    gates = summary["gates"]
    rows = [
        ("by", f"{line(summary['by'])}: {line(summary['reason'])}"),
        ("targets", _targets(summary)),
        *(("stage", said) for said in _stages(summary)),
        ("gates", f"{gates['answered']} of {gates['total']} answered"),
        ("in flight", flying),
    ]
    waiting: list[Json] = summary.get("waiting") or []
    rows += [
        ("waits for", f"{line(one['run'])}  {line(', '.join(map(str, one['waits_for'])), 100)}")
        for one in waiting[:_NAMED]
    ]
    more = summary.get("waiting_total", 0) - len(waiting[:_NAMED])
    return [*rows, ("", f"and {more} more runs" if more > 0 else "")]


def _targets(summary: Json) -> str:
    said = f"{summary['targets']} runs: {summary['named']} named, {summary['children']} children"
    return said + (f", {summary['later']} registered since" if summary.get("later") else "")


def _stages(summary: Json) -> list[str]:
    known = summary["stages"]
    names = [name for name in STAGES.get(summary["verb"], ()) if known.get(name)]
    return [
        f"{name:<12} {known[name]} of {summary['targets']}  {_times(summary, name)}".rstrip()
        for name in names
    ]


def _times(summary: Json, name: str) -> str:
    spent: Json = summary.get("ms") or {}
    times: list[float] = spent.get(name) or []
    if not times:
        return ""
    p50, p99, most = times
    return f"p50 {millis(p50)}, p99 {millis(p99)}, all after {millis(most)}"
