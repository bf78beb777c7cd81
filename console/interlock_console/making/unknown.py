"""The inbox of what is unknown as lines: what may have happened, why nobody knows, how it can be found out. Pure."""

from collections.abc import Iterator
from typing import Any

from interlock.text import visible_line
from interlock_console.combined import Row
from interlock_console.making.words import short
from interlock_console.output import age, clock

__all__ = ["findable", "told", "undecided"]

Json = dict[str, Any]


def findable(row: Json) -> tuple[str, str]:
    """Return how an unknown call can be found out, in few words, and the tone of that."""
    probe, answer = row["probe"], row["answer"]
    if probe is None:
        return "no probe", "fault"
    if answer is not None:
        return "probe undecided", "fault"
    return ("probe there", "live") if probe["hosts"] else ("probe, no host", "held")


def told(row: Json, now: float) -> list[Row]:
    """Return everything that is known of an unknown call."""
    return list(_told(row, now))


def _told(row: Json, now: float) -> Iterator[Row]:
    at = float(row["at"])
    run = row["run"]
    yield Row("what", f"{short(row['tool'], 60)} ({short(row['cls'], 8)})", "head", run)
    yield Row("arguments", visible_line(row["args"]), "text", run)
    yield Row("when", f"{clock(at)[:8]}, {age(now - at)} ago", "text", run)
    yield Row("why", visible_line(row["why"]), "fault", run)
    who = f"{short(row['agent'], 40)} as {short(row['role'], 40)}"
    yield Row("run", f"{visible_line(run)} of {who}, call {visible_line(row['call'])}", "text", run)
    yield Row("permit", visible_line(row["permit"]), "text", run)
    if row["compensates"]:
        yield Row(
            "of plan", f"{visible_line(row['compensates'])}: it was to make something good", "held", run
        )
    yield from _probe(row)
    yield Row("until then", "nothing repeats it, and nothing can make it good", "dim", run)


def _probe(row: Json) -> Iterator[Row]:
    probe, run = row["probe"], row["run"]
    if probe is None:
        yield Row("probe", visible_line(row["cannot"]), "fault", run)
    else:
        there = "" if probe["hosts"] else f"; no process offers {short(probe['tool'], 40)} now"
        said = f"{short(probe['tool'], 40)} {visible_line(probe['args'])}{there}"
        yield Row("probe", said, "text" if probe["hosts"] else "held", run)
    if row["answer"] is not None:
        yield Row("answer", undecided(row), "fault", run)


def undecided(row: Json) -> str:
    """Return what the newest probe said that did not decide it."""
    answer = row["answer"]
    if answer is None:
        return "the probe has not answered yet"
    shown = f"; it said: {visible_line(answer['result'])}" if answer["result"] else ""
    return f"{clock(float(answer['at']))[:8]} {visible_line(answer['problem']) or 'it did not decide'}{shown}"
