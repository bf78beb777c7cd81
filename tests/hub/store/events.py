"""Lines for a trace: envelopes as a gate sends them, already decoded."""

from pathlib import Path
from typing import Any

from interlock.hub.trace import Line, Trace

GATE = "g-00000000000000a1"
TRACE = "0" * 31 + "1"

Json = dict[str, Any]


def run_id(number: int) -> str:
    """Return the id of a run by a small number."""
    return f"r-{number:016x}"


def line(run: int, seq: int, event: Json, *, gate: str = GATE) -> Line:
    """Return one event of a gate; with an empty ``gate`` one of the hub, which gets its ``seq`` in the trace."""
    envelope: Json = {"v": 1, "run": run_id(run), "at": 1e9, "trace": TRACE, "span": "2" * 16, "event": event}
    return Line(run_id(run), gate, {**envelope, "seq": seq} if gate else envelope)


def started(agent: str = "refunds") -> Json:
    """Return the first event of a run."""
    return {"kind": "run.started", "agent": agent, "role": "support", "goal": "refund A-1009"}


def said(text: str) -> Json:
    """Return an event with a text."""
    return {"kind": "reasoning", "text": text}


def story(run: int, calls: int) -> list[Line]:
    """Return a run that calls a tool so many times, every third time in vain, and claims to be done."""
    events = [started()]
    for number in range(calls):
        call, outcome = f"c{number}", ("done", "done", "failed")[number % 3]
        events += [
            {
                "kind": "tool.proposed",
                "call": call,
                "tool": "refund",
                "cls": "write",
                "args": f'{{"n":{number}}}',
            },
            {"kind": "gate.decided", "call": call, "verdict": "allow", "rule": "permit"},
            {"kind": "tool.started", "call": call},
            {"kind": "tool.finished", "call": call, "outcome": outcome, "result": "r" * 40},
        ]
    events.append({"kind": "run.finished", "claim": "done"})
    return [line(run, seq, event) for seq, event in enumerate(events, 1)]


def whole(trace: Trace, run: int) -> list[Json]:
    """Return every event of a run, page by page."""
    items: list[Json] = []
    while page := trace.page(
        run_id(run), after=items[-1]["n"] if items else None, limit=7, max_bytes=1 << 20
    ):
        items += page
    return items


def filled(folder: Path, runs: int = 3, calls: int = 6) -> None:
    """Make a trace with some runs."""
    trace = Trace.open(folder)
    for run in range(1, runs + 1):
        trace.write(story(run, calls))
    trace.close()
