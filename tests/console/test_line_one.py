"""Line 1 as it gets shorter at 80 columns: which standing order holds outlasts the counts that matter less. Pure."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.text import cells
from interlock_console.contexts import Context
from interlock_console.state import Head
from interlock_console.widgets.header import Header
from tests.console.order_texts import standing

pytestmark = pytest.mark.pure

FAILED = {"proven_at": 1.0, "ok": False, "problem": "the gate leaked", "every_s": 60, "slow_ms": 100}
TWO = [standing(), standing("pause", {"fleet": True}, order="o-ff")]


def line(counts: dict[str, int], width: int = 80, **hub: Any) -> str:
    """Return line 1 of a production context whose brake failed and where two orders stand."""
    told: dict[str, Any] = {"standing": TWO, "policy": {"version": 1}, "brake": FAILED, **hub}
    head = Head(hub=told, hub_at=9.0, loaded=True, link="live", age=0.2, counts=counts)
    place = Context(name="eu-1", production=True)
    header = Header(lambda: head, context="", view="1:fleet", read_only=False, place=place)
    (pieces,) = header.lines(width, 1)
    return "".join(text for text, _ in pieces)


@pytest.mark.parametrize(
    ("counts", "hub"),
    [
        ({"LOST": 1, "UNKNOWN": 1, "LOOP": 1}, {}),
        ({"LOST": 1, "UNKNOWN": 1, "LOOP": 1}, {"policy": None}),
        ({"LOST": 1, "UNKNOWN": 1, "ERR": 4, "LOOP": 12, "FAILED": 40, "PAUSED": 300}, {"policy": None}),
        ({"LOST": 12, "UNKNOWN": 34, "LOOP": 5}, {}),
    ],
)
def test_which_order_stands_outlasts_what_matters_less(counts: dict[str, int], hub: dict[str, Any]) -> None:
    """With a failed brake and runs that are lost, unknown and in loops, the verb and the name of a scope stay."""
    said = line(counts, **hub)
    assert cells(said) == 80
    assert "2 STAND KILL " in said
    assert " supp\u2026 " in said
    for part in (
        " PROD eu-1 ",
        f"LOST {counts['LOST']} ",
        f"UNK {counts['UNKNOWN']} ",
        "BRAKE FAILED",
        "1:fleet",
    ):
        assert part in said
    assert f"UNK {counts['UNKNOWN']} + " in said, "that more is wrong is said"


def test_the_kind_of_the_scope_is_said_where_there_is_room() -> None:
    """The short form has verb, kind and name, and neither an order's id nor how many came later."""
    said = line({"LOST": 1, "UNKNOWN": 1, "LOOP": 1})
    assert "2 STAND KILL role supp\u2026 LOST 1 UNK 1 + " in said


def test_counts_give_way_one_by_one() -> None:
    """What matters least goes first, and nothing says there is more where nothing was left out."""
    counts = {"LOST": 1, "LOOP": 1, "PAUSED": 2}
    said = line(counts, brake=None, policy=None)
    assert "2 STAND KILL role supp\u2026 LOST 1 LOOP 1 PAUSE 2 + " in said
    assert "2 STAND: KILL role supp\u2026 +7 LOST 1  " in line({"LOST": 1}), "with room nothing is left out"


def test_a_wide_line_says_all_of_it() -> None:
    """At 160 columns nothing gives way: the id of the order, the later runs and every count are there."""
    said = line({"LOST": 1, "UNKNOWN": 1, "LOOP": 1}, width=160)
    for part in (
        "2 STAND: KILL role support-agent o-0000 +7",
        "LOST 1",
        "UNKNOWN 1",
        "LOOP 1",
        "BRAKE FAILED",
    ):
        assert part in said


@pytest.mark.parametrize("counts", [{"LOST": 1234, "UNKNOWN": 1234, "STOPPING": 1234, "PRESUMED": 1234}])
def test_what_must_be_acted_on_is_not_given_up_for_a_name(counts: dict[str, int]) -> None:
    """Where even the shortest name has no room beside what is urgent, the orders are still counted."""
    said = line(counts)
    assert cells(said) == 80
    assert "STANDING 2 " in said
    assert " +" in said
