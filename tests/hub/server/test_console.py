"""The feed of a real hub (invariants D4, D5): ordered, unique, resumable, and never silent."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from websockets.frames import Frame, Opcode

from interlock import ids
from interlock.runs import RunState, apply
from tests.hub.server.raw import RawGate, frames, raw_console, raw_gate, reasoning
from tests.support.hubs import GUARD, HubProcess, running_hub

Json = dict[str, Any]


def items_until(console: Any, run: str, text: str) -> list[Json]:
    """Return all items of the feed up to the one in which this run says this."""
    seen: list[Json] = []
    for tick in frames(console, "tick"):
        for item in tick["items"]:
            seen.append(item)
            if item["e"]["run"] == run and item["e"]["event"].get("text") == text:
                return seen
    raise AssertionError


def test_a_console_sees_every_event_once_and_in_order(hub: HubProcess) -> None:
    """Positions go up one by one from the snapshot on, whatever several gates send at once."""
    runs = [ids.new_run() for _ in range(3)]
    with raw_console(hub) as console, raw_gate(hub) as gate:
        snapshot = next(frames(console, "snapshot"))
        for run in runs:
            gate.open(run)
        for number in range(2, 40):
            for run in runs:
                gate.events(run, number, reasoning(f"{number}"))
        items = items_until(console, runs[-1], "39")
    positions = [item["pos"] for item in items]
    assert positions == list(range(snapshot["pos"] + 1, snapshot["pos"] + 1 + len(items)))
    for run in runs:
        own = [item["n"] for item in items if item["e"]["run"] == run]
        assert own == list(range(1, len(own) + 1))


def test_the_snapshot_and_what_follows_make_the_state_the_hub_has(hub: HubProcess) -> None:
    """Folding the feed over the snapshot gives the very state that the hub serves."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        gate.events(run, 2, reasoning("before"))
        gate.stored(run, 2)
        with raw_console(hub) as console:
            states = {state["run"]: state for state in whole_snapshot(console)["runs"]}
            state = RunState.from_json(states[run])
            assert state.said == "before"
            proposed = {"kind": "tool.proposed", "call": "c", "tool": "refund", "cls": "write", "args": "{}"}
            gate.events(run, 3, proposed, reasoning("after"))
            for item in items_until(console, run, "after"):
                if item["e"]["run"] == run:
                    apply(state, item)
    assert hub.get(f"/v1/runs/{run}")["run"] == json.loads(json.dumps(state.to_json()))


def whole_snapshot(console: Any) -> Json:
    """Return a snapshot with the runs of all its parts."""
    parts = frames(console, "snapshot")
    first = next(parts)
    runs = list(first["runs"])
    for _ in range(first["parts"] - 1):
        runs += next(parts)["runs"]
    return {**first, "runs": runs}


def test_a_console_resumes_after_the_position_it_names(hub: HubProcess) -> None:
    """What was stored while it was away comes first, and nothing it has seen comes again."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        with raw_console(hub) as console:
            next(frames(console, "snapshot"))
            gate.open(run)
            gate.events(run, 2, reasoning("seen"))
            last = items_until(console, run, "seen")[-1]["pos"]
        gate.events(run, 3, reasoning("missed"))
        gate.stored(run, 3)
        with raw_console(hub, since=last) as console:
            gate.events(run, 4, reasoning("new"))
            items = items_until(console, run, "new")
    assert [item["pos"] for item in items] == list(range(last + 1, last + 1 + len(items)))
    assert [item["e"]["event"]["text"] for item in items] == ["missed", "new"]


def test_a_position_of_before_the_hubs_start_is_answered_by_a_gap() -> None:
    """After a restart the ring is empty: an older position gets a gap up to the snapshot, the newest one none."""
    run, name = ids.new_run(), ids.new_gate()
    with running_hub() as hub:
        with raw_gate(hub, name) as gate:
            gate.open(run)
            gate.events(run, 2, reasoning("old"))
            gate.stored(run, 2)
        hub.stop()
        hub.start()
        pos = hub.get("/v1/status")["pos"]
        with raw_console(hub, since=1) as console:
            first, second = (next(frames(console, "gap", "snapshot", "tick")) for _ in range(2))
        assert (first["kind"], first["first"]) == ("gap", 2)
        assert (second["kind"], second["pos"]) == ("snapshot", first["last"])
        assert first["last"] >= pos


def test_a_console_that_does_not_read_gets_a_gap_and_delays_nobody() -> None:
    """Once it reads again, each position came, or lies in a gap that was said; the other console misses nothing."""
    run = ids.new_run()
    with (
        running_hub(options=["--ring", "1000"]) as hub,
        raw_gate(hub) as gate,
        deaf_console(hub) as deaf,
        raw_console(hub) as quick,
    ):
        next(frames(quick, "snapshot"))
        gate.open(run)
        flood(gate, run, 12_000, quick)
        seen = deaf.read_until(run, "last")
    gaps = [frame for frame in seen if frame["kind"] == "gap"]
    assert gaps
    expected = 0
    for frame in seen:
        if frame["kind"] == "snapshot":
            assert expected in (0, frame["pos"] + 1)
            expected = frame["pos"] + 1
        elif frame["kind"] == "gap":
            assert frame["first"] == expected
            expected = frame["last"] + 1
        elif frame["kind"] == "tick":
            for item in frame["items"]:
                assert item["pos"] == expected
                expected += 1


def flood(gate: RawGate, run: str, count: int, console: Any) -> None:
    """Send so many events within the window, and one that says last, beside a console that reads each of them."""
    items = (item for tick in frames(console, "tick") for item in tick["items"] if item["e"]["run"] == run)
    own = (item for item in items if item["e"]["event"]["kind"] == "reasoning")
    sent, batch, read = 1, 150, 1
    while sent < count:
        gate.events(run, sent + 1, *[reasoning("x" * 1000) for _ in range(batch)])
        sent += batch
        if sent > 3 * batch:
            gate.stored(run, sent - 2 * batch)
            read = _read(own, read, sent - 2 * batch)
    gate.events(run, sent + 1, reasoning("last"))
    _read(own, read, sent + 1)


def _read(items: Iterator[Json], read: int, last: int) -> int:
    """Read events up to this one, each of which must be the next; return it."""
    for seq in range(read + 1, last + 1):
        assert next(items)["e"]["seq"] == seq, "the console that reads missed something"
    return last


class Deaf:
    """A console on a bare socket with a small buffer, that reads only when it is told to."""

    def __init__(self, raw: socket.socket) -> None:
        self._raw = raw
        self._data = bytearray()

    def _need(self, size: int) -> bytes:
        while len(self._data) < size:
            part = self._raw.recv(65_536)
            assert part, "the hub closed the connection"
            self._data += part
        taken = bytes(self._data[:size])
        del self._data[:size]
        return taken

    def head(self) -> bytes:
        """Read the answer to the upgrade."""
        seen = b""
        while not seen.endswith(b"\r\n\r\n"):
            seen += self._need(1)
        return seen

    def frame(self) -> Json | None:
        """Read one message; None for anything but text."""
        first, size = self._need(2)
        if size > 125:
            size = int.from_bytes(self._need(2 if size == 126 else 8), "big")
        text = self._need(size)
        return json.loads(text) if first & 0x0F == Opcode.TEXT else None

    def read_until(self, run: str, text: str) -> list[Json]:
        """Read until this run says this in a tick, or a snapshot of the run has it."""
        seen: list[Json] = []
        while True:
            frame = self.frame()
            if frame is None or frame["kind"] == "pulse":
                continue
            seen.append(frame)
            said = [item["e"]["event"].get("text") for item in frame.get("items", ())]
            said += [state["said"] for state in frame.get("runs", ()) if state["run"] == run]
            if text in said:
                return seen


@contextmanager
def deaf_console(hub: HubProcess) -> Iterator[Deaf]:
    """Connect a console that watches and does not read."""
    host, _, port = hub.url.removeprefix("http://").partition(":")
    with closing(socket.socket()) as raw:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        raw.settimeout(GUARD)
        raw.connect((host, int(port)))
        lines = ["GET /v1/console HTTP/1.1", f"Host: {host}:{port}", "Connection: Upgrade"]
        lines += ["Upgrade: websocket", "Sec-WebSocket-Version: 13"]
        lines += [
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            f"Authorization: Bearer {hub.operator_token}",
        ]
        raw.sendall("\r\n".join([*lines, "", ""]).encode())
        deaf = Deaf(raw)
        assert b" 101 " in deaf.head()
        watch = b'{"kind":"watch","v":1,"since":null}'
        raw.sendall(Frame(Opcode.TEXT, watch).serialize(mask=True))
        yield deaf


def test_a_silent_hub_still_pulses(hub: HubProcess) -> None:
    """Without any event the console hears from the hub again and again, with the position it may resume from."""
    with raw_console(hub) as console:
        snapshot = next(frames(console, "snapshot"))
        pulses = frames(console, "pulse")
        first, second = next(pulses), next(pulses)
    assert first["pos"] <= second["pos"]
    assert second["at"] > first["at"]
    assert second["pos"] >= snapshot["pos"]
    assert second["hub"]["name"] == hub.get("/v1/status")["name"]


def test_bodies_in_the_feed_are_cut_and_whole_on_the_page(hub: HubProcess) -> None:
    """A long text is marked as cut in the feed; the run's own page has all of it."""
    run = ids.new_run()
    with raw_console(hub) as console, raw_gate(hub) as gate:
        next(frames(console, "snapshot"))
        gate.open(run)
        gate.events(run, 2, reasoning("y" * 10_000), reasoning("end"))
        (cut,) = [item for item in items_until(console, run, "end") if item.get("cut")]
    assert cut["e"]["event"]["text"] == "y" * 2000
    page = hub.get(f"/v1/runs/{run}/events")["items"]
    assert "y" * 10_000 in [item["e"]["event"].get("text") for item in page]
