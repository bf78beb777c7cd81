"""The ring and its frames (invariant D4): ordered, unique, resumable by position, and a gap that is said."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.hub.server.cut import BODY_SHOWN, ITEM_MAX, encode_item
from interlock.hub.server.feed import Ring, gap_frame, text_frame
from interlock.runs import RunState, apply
from interlock.wire import FRAME_MAX

pytestmark = pytest.mark.pure


def payload(frame: bytes) -> bytes:
    """Return the text of one unmasked WebSocket message, which must be exactly that."""
    assert frame[0] == 0x81
    size, start = frame[1], 2
    if size > 125:
        start = 4 if size == 126 else 10
        size = int.from_bytes(frame[2:start], "big")
    assert len(frame) == start + size
    return frame[start:]


def filled(first: int, last: int, *, items: int = 1000, size: int = 1_000_000) -> Ring:
    """Return a ring that was given these positions one by one."""
    ring = Ring(first - 1, items=items, size=size)
    for at in range(first, last + 1):
        ring.add([(at, b'{"pos":%d}' % at)])
    return ring


def read(ring: Ring, after: int) -> list[int]:
    """Return all positions the ring hands out after this one."""
    seen: list[int] = []
    while after < ring.last:
        frame, after = ring.frame(after, 0.0)
        seen += [item["pos"] for item in json.loads(payload(frame))["items"]]
    return seen


@given(st.integers(0, 60), st.integers(1, 60), st.integers(0, 80))
def test_a_console_gets_every_later_position_once_or_is_told_that_it_cannot(
    before: int, count: int, since: int
) -> None:
    """From any position the ring either gives all that follows, in order and once, or does not hold it."""
    ring = filled(before + 1, before + count, items=20)
    if ring.holds(since):
        assert read(ring, since) == list(range(since + 1, before + count + 1))
    else:
        assert since < ring.lost or since > ring.last


def test_a_position_that_fell_off_is_not_held() -> None:
    """After more items than fit, the ring says from where on it is whole, and gives exactly that."""
    ring = filled(1, 5000, items=1000)
    assert not ring.holds(0)
    assert not ring.holds(ring.lost - 1)
    assert ring.holds(ring.lost)
    assert read(ring, ring.lost) == list(range(ring.lost + 1, 5001))
    assert 5000 - ring.lost >= 1000


def test_a_ring_is_bounded_by_bytes_too() -> None:
    """Few large items push older ones out just as many small ones do."""
    ring = Ring(0, items=1000, size=100_000)
    for at in range(1, 200):
        ring.add([(at, b"x" * 10_000)])
    assert 0 < 199 - ring.lost <= 12


def test_consoles_at_one_place_share_one_frame() -> None:
    """Two consoles with the same cursor get the very same bytes object."""
    ring = filled(1, 10)
    assert ring.frame(3, 0.0)[0] is ring.frame(3, 0.0)[0]
    assert ring.frame(3, 0.0)[0] is not ring.frame(4, 0.0)[0]


def test_no_frame_of_the_feed_is_longer_than_a_frame_may_be() -> None:
    """Items of the largest size are split over frames that each stay within the limit, losing none."""
    ring = Ring(0)
    for at in range(1, 30):
        ring.add([(at, b'{"pos":%d,"x":"%s"}' % (at, b"x" * (ITEM_MAX - 40)))])
    after, seen = 0, 0
    while after < ring.last:
        frame, after = ring.frame(after, 1e9)
        text = payload(frame)
        assert len(text) <= FRAME_MAX
        seen += len(json.loads(text)["items"])
    assert seen == 29


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
def test_a_frame_is_one_whole_message(size: int) -> None:
    """Every length is written as the protocol of WebSockets wants it."""
    assert payload(text_frame(b"x" * size)) == b"x" * size
    assert json.loads(payload(gap_frame(3, 9))) == {"kind": "gap", "first": 3, "last": 9}


def item(event: dict[str, Any]) -> dict[str, Any]:
    """Return a stored item with this event."""
    envelope = {"v": 1, "run": "r-0", "seq": 1, "at": 1.0, "trace": "t", "span": "s", "event": event}
    return {"pos": 1, "n": 1, "e": envelope}


def test_a_long_text_is_cut_and_said_to_be() -> None:
    """A text travels up to its limit; one character more is cut and marked."""
    whole = json.loads(encode_item(item({"kind": "reasoning", "text": "x" * BODY_SHOWN})))
    assert "cut" not in whole
    cut = json.loads(encode_item(item({"kind": "reasoning", "text": "x" * (BODY_SHOWN + 1)})))
    assert cut["cut"] is True
    assert cut["e"]["event"]["text"] == "x" * BODY_SHOWN


def test_a_reference_keeps_what_a_console_needs() -> None:
    """Of a body by reference the digest, size and head stay, and the first of many pieces."""
    ref = {"sha256": "0" * 64, "size": 9, "chunks": ["1" * 64] * 4096, "head": "begin"}
    shown = json.loads(encode_item(item({"kind": "reasoning", "text": ref})))["e"]["event"]["text"]
    assert shown == {**ref, "chunks": ["1" * 64]}


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "odd", "deep": [[{"a": "x" * 3000}] * 2000]},
        {"kind": "odd", **{f"k{n}": "x" * 2000 for n in range(5000)}},
        {"kind": "odd", "k" * 200_000: 1},
        {**{f"k{n}": "\x01" * 2000 for n in range(99)}, "kind": "odd"},
    ],
)
def test_no_event_makes_an_item_that_does_not_fit(event: dict[str, Any]) -> None:
    """Whatever an agent sends, its item is small enough, keeps its kind, and says that it was cut."""
    encoded = encode_item(item(event))
    assert len(encoded) <= ITEM_MAX
    assert json.loads(encoded)["cut"] is True
    assert json.loads(encoded)["e"]["event"]["kind"] == "odd"


REF = {"sha256": "0" * 64, "size": 99, "chunks": ["1" * 64], "head": "begin"}
FAT = {f"k{n}": "\x01" * 3000 for n in range(20)}


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "run.started", "agent": "a", "role": "b", "goal": REF, "labels": {"l": "x"}},
        {"kind": "message", "role": "user", "text": REF},
        {"kind": "tool.proposed", "call": "c", "tool": "t", "cls": "read", "args": REF},
        {"kind": "run.finished", "claim": "done", "output": REF},
        {"kind": "gate.decided", "call": "c", "verdict": "deny"},
    ],
)
def test_an_event_that_is_too_long_still_folds(event: dict[str, Any]) -> None:
    """What an agent added in front cannot push out a field that every console needs to go on with the run."""
    encoded = encode_item(item({**FAT, **event}))
    assert len(encoded) <= ITEM_MAX
    shown = json.loads(encoded)
    assert shown["cut"] is True
    assert shown["e"]["event"] == event
    whole, cut = RunState("r"), RunState("r")
    apply(whole, item(event))
    apply(cut, shown)
    assert cut == whole
