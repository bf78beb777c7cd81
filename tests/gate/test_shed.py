"""What is left out when more is reported than the hub takes: told where it is missing, whole calls or none."""

from collections.abc import Callable

import orjson
import pytest

from interlock import Gate, Run, wire
from interlock.link import crowd as crowds
from interlock.link import outbox as outboxes
from interlock.link.crowd import Crowd
from interlock.link.member import Member
from interlock.link.outbox import KEPT_AT_END, Outbox
from tests.support.hublet import Hublet

Opened = Callable[[], Run]


def _member() -> Member:
    return Member("r-00000000000000a1", trace="0" * 32, span="0" * 16, parent_span=None, first=None)


@pytest.mark.pure
def test_what_waits_to_be_encoded_is_thinned_in_the_middle() -> None:
    """The newest thoughts and everything that is no thought stay, in order, with the number of the missing."""
    crowd, member = Crowd(), _member()
    events = [{"kind": "reasoning", "text": str(n)} for n in range(100)]
    events[10] = {"kind": "tool.finished"}
    events.append({"kind": "run.finished"})
    crowd.items.extend((member, 0.0, None, None, event) for event in events)
    assert crowd.squeeze() == len(crowd.items) == KEPT_AT_END + 4
    left = [report[4] for report in crowd.items]
    assert [event["kind"] for event in left[:4]] == [
        "reports.shed",
        "tool.finished",
        "reports.shed",
        "reasoning",
    ]
    assert [event["count"] for event in left if event["kind"] == "reports.shed"] == [10, 57]
    assert left[-1]["kind"] == "run.finished"
    assert (crowd.shed, member.shed) == (67, 0)


@pytest.mark.pure
def test_a_squeezed_line_has_no_gap_and_changes_nothing_that_was_sent() -> None:
    """Numbers go on after what was ever sent; the event in the gap says how many are missing."""
    outbox = Outbox()
    outbox.begin("r", b"{}")
    outbox.opened("r", 1)
    for seq in range(2, 202):
        outbox.put("r", orjson.dumps({"seq": seq, "was": seq}), bulk=seq != 100)
    sent = orjson.loads(outbox.frame() or b"")["batch"]
    outbox.lost()
    for seq in range(202, 300):
        outbox.put("r", orjson.dumps({"seq": seq, "was": seq}), bulk=seq != 250)
    count = outbox.squeeze(lambda _, seq, count: orjson.dumps({"seq": seq, "count": count}))
    assert count == 300 - 202 - 1 - KEPT_AT_END
    outbox.opened("r", 1)
    batch = orjson.loads(outbox.frame() or b"")["batch"]
    assert batch[: len(sent)] == sent
    assert [event["seq"] for event in batch] == list(range(2, len(batch) + 2))
    assert [event["was"] for event in batch if "was" in event][len(sent) :] == [250, *range(268, 300)]
    assert [event["count"] for event in batch if "count" in event] == [count]
    outbox.stored("r", batch[-1]["seq"])
    assert outbox.rest("r")
    assert (outbox.bytes, outbox.events) == (0, 0)
    outbox.spool.close()


def test_what_is_left_out_is_drawn_where_it_is_missing(
    hub: Hublet, gate: Gate, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Thoughts and reads are left out and counted, a write never; once there is room the trace goes on."""
    monkeypatch.setattr(outboxes, "HARD_BYTES", 100_000)

    @gate.tool(cls="read")
    def look() -> str:
        return "seen"

    @gate.tool(cls="write")
    def refund() -> str:
        return "paid"

    hub.storing = False
    with opened() as run:
        _fill(run, 400)
        hub.wait(lambda: run.link.crowd.closed, "it never got full")
        before = gate.shed
        for n in range(50):
            run.reasoning(f"lost {n}")
            look()
        with run.model("m") as m:
            m.finished("lost")
        refund()
        # The hub has all of it, so the new connection has nothing to send that would be answered.
        hub.wait(lambda: hub.kinds(run.id)[-1:] == ["tool.finished"], "not all was sent")
        hub.storing = True
        hub.cut()
        hub.wait(lambda: not run.link.crowd.closed, "there never was room again")
        look()
    gate.close(timeout=20)
    kinds = hub.kinds(run.id)
    at = kinds.index("reports.shed")
    (gap,) = hub.told(run.id, "reports.shed")
    assert gap["count"] == gate.shed == before + 50 + 50 * 4 + 3
    assert kinds[at - 4 : at] == ["tool.proposed", "gate.decided", "tool.started", "tool.finished"]
    assert kinds[at + 1 :] == [*kinds[at - 4 : at], "run.finished"]
    assert len(hub.of(wire.AskPermit)) == 1
    assert "lost" not in str(hub.told(run.id))


def _fill(run: Run, thoughts: int) -> None:
    for n in range(thoughts):
        run.reasoning(f"kept {n} " + "x" * 400)


def test_the_end_of_a_run_is_not_lost_behind_a_backlog(
    hub: Hublet, gate: Gate, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gate that is closed with more than goes in its time leaves out old thoughts, and the end arrives."""
    monkeypatch.setattr(outboxes, "WINDOW_EVENTS", 100)
    monkeypatch.setattr(crowds, "ITEMS_MAX", 10**9)
    hub.slow = 0.2
    with opened() as run:
        _fill(run, 8_000)
        run.finish("done")
    # Sixteen seconds of thoughts; half of the time is left for the end.
    gate.close(timeout=8.0)
    kinds = hub.kinds(run.id)
    assert kinds[-1] == "run.finished"
    assert "reports.shed" in kinds
    left_out = sum(event["count"] for event in hub.told(run.id, "reports.shed"))
    assert left_out + len(hub.told(run.id, "reasoning")) == 8_000
    assert gate.shed == left_out
