"""What both sides of a staged policy decided: counted with the events, bounded, and from zero for each stage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from interlock.hub.core.effects import Fact
from interlock.hub.trace import Line, Trace
from interlock.hub.trace.sides import RULES_MAX, SIDES

A, B = "aa" * 32, "bb" * 32
RUN = "r-00000000000000a1"


def stage(order: str, active: str = A, candidate: str = B) -> Fact:
    """Return what the trace is told when a stage begins; without an order it ends."""
    body = {"since": 5.0, "active": active, "candidate": candidate} if order else {}
    return Fact(SIDES, body, order=order)


def decided(seq: int, digest: str, verdict: str = "allow", **more: Any) -> Line:
    """Return one decision of a gate."""
    event = {
        "kind": "gate.decided",
        "call": f"c{seq}",
        "verdict": verdict,
        "rule": "r",
        "policy": digest,
        **more,
    }
    envelope = {
        "v": 1,
        "run": RUN,
        "seq": seq,
        "at": 1.0,
        "trace": "0" * 32,
        "span": "0" * 16,
        "event": event,
    }
    return Line(RUN, "g-1", envelope)


def sums(trace: Trace, order: str, digest: str) -> tuple[int, int, int]:
    """Return runs, calls and denials of one side."""
    found = trace.sides(order)
    assert found is not None
    side = found.side(digest)
    return side["runs"], side["calls"], side["deny"]


def test_a_stage_counts_its_two_policies_from_zero_and_over_a_restart(tmp_path: Path) -> None:
    """Nothing before it, nothing of a third policy; the same stage told again goes on, another one begins anew."""
    trace = Trace.open(tmp_path)
    trace.write([decided(1, A)])
    assert trace.sides("o-1") is None
    trace.write([decided(2, A), decided(3, B, "deny"), decided(4, "cc" * 32)], facts=[stage("o-1")])
    assert (sums(trace, "o-1", A), sums(trace, "o-1", B)) == ((1, 1, 0), (1, 1, 1))
    trace.close()
    trace = Trace.open(tmp_path)
    trace.write([decided(5, B)], facts=[stage("o-1")])
    assert sums(trace, "o-1", B) == (1, 2, 1)
    trace.write([decided(6, B)], facts=[stage("o-2")])
    assert (trace.sides("o-1"), sums(trace, "o-2", B)) == (None, (1, 1, 0))
    trace.write([decided(7, B)], facts=[stage("")])
    assert trace.sides("o-2") is None
    trace.close()


def test_names_of_rules_that_gates_make_up_are_bounded(tmp_path: Path) -> None:
    """What goes beyond is counted under one name, and nothing is lost from the sum."""
    trace = Trace.open(tmp_path)
    lines = [decided(n, A, rule=f"rule {n}") for n in range(1, RULES_MAX + 51)]
    trace.write(lines, facts=[stage("o-1")])
    found = trace.sides("o-1")
    assert found is not None
    assert len(found.rules[A]) == RULES_MAX + 1
    assert sums(trace, "o-1", A) == (1, RULES_MAX + 50, 0)
    trace.close()


def test_a_batch_that_was_not_written_is_not_counted(tmp_path: Path) -> None:
    """Stage and figures are as they are on disk, and the same batch once more counts once."""
    trace = Trace.open(tmp_path)
    trace.write([decided(1, A)], facts=[stage("o-1")])
    odd = decided(3, A)
    odd.envelope["event"]["odd"] = object()
    with pytest.raises(TypeError):
        trace.write([decided(2, A), odd], facts=[stage("o-2")])
    assert sums(trace, "o-1", A) == (1, 1, 0)
    trace.write([decided(2, A)], facts=[stage("o-2")])
    assert (trace.sides("o-1"), sums(trace, "o-2", A)) == (None, (1, 1, 0))
    trace.close()
