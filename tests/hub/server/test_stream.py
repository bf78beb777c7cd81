"""How a gate's bytes are cut into messages: the same messages come out however the bytes were cut on the way."""

import contextlib
import json
from collections.abc import Callable

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from interlock.hub.server.sockets import Socket
from interlock.wire import FRAME_MAX
from tests.hub.server.raw import RawGate, raw_gate
from tests.support.hubs import GUARD, HubProcess


def beat(n: int, size: int = 0) -> bytes:
    """Return the text of a heartbeat, padded with blanks to this size."""
    return json.dumps({"kind": "beat", "n": n}).encode().ljust(size)


def stream() -> bytes:
    """Return masked frames of each length form, a message in pieces, and pings in between: beats 1 to 7."""
    whole = [beat(1), beat(2, 125), beat(3, 126), beat(4, 65_536), beat(5, FRAME_MAX)]
    frames = [Frame(Opcode.TEXT, text) for text in whole]
    pieces = beat(6, 300)
    frames += [Frame(Opcode.PING, b"a"), Frame(Opcode.TEXT, pieces[:7], fin=False), Frame(Opcode.PING, b"b")]
    frames += [
        Frame(Opcode.CONT, pieces[7:9], fin=False),
        Frame(Opcode.CONT, pieces[9:]),
        Frame(Opcode.TEXT, beat(7)),
    ]
    return b"".join(frame.serialize(mask=True) for frame in frames)


def send(gate: RawGate, data: bytes, size: int) -> None:
    """Send bytes in pieces of this size, around the library."""
    for at in range(0, len(data), size):
        gate.socket.socket.sendall(data[at : at + size])


def last_words(gate: RawGate) -> list[str]:
    """Return the kinds of all frames until the hub closes the connection."""
    kinds: list[str] = []
    with contextlib.suppress(ConnectionClosed):
        while True:
            kinds.append(json.loads(gate.socket.recv(GUARD))["kind"])
    return kinds


@pytest.mark.parametrize("size", [11, 1000, 65_543, 1_000_000])
def test_messages_come_out_whole_however_the_bytes_come_in(hub: HubProcess, size: int) -> None:
    """Every beat gets its lease, in order, for pieces of any size."""
    with raw_gate(hub) as gate:
        send(gate, stream(), size)
        assert [gate.hear("lease")["n"] for _ in range(7)] == list(range(1, 8))


@pytest.mark.parametrize(
    "frames",
    [
        [Frame(Opcode.TEXT, b"{", fin=False), Frame(Opcode.TEXT, beat(1))],
        [Frame(Opcode.CONT, beat(1))],
        [Frame(Opcode.BINARY, beat(1))],
        [Frame(Opcode.TEXT, b"\xff\xfe")],
    ],
)
def test_frames_that_are_no_message_of_text_end_the_connection(hub: HubProcess, frames: list[Frame]) -> None:
    """A message begun inside another, a piece of none, bytes and broken text are refused."""
    with raw_gate(hub) as gate:
        send(gate, b"".join(frame.serialize(mask=True) for frame in frames), 1000)
        assert "lease" not in last_words(gate)


@pytest.mark.parametrize(("mask", "bits"), [(False, 0), (True, 0x40)])
def test_a_frame_without_a_mask_or_with_a_reserved_bit_is_refused(
    hub: HubProcess, mask: bool, bits: int
) -> None:
    """A client must mask what it sends, and no extension is spoken."""
    with raw_gate(hub) as gate:
        frame = bytearray(Frame(Opcode.TEXT, beat(1)).serialize(mask=mask))
        frame[0] |= bits
        send(gate, bytes(frame), 1000)
        assert "lease" not in last_words(gate)


class Turns:
    """A transport and a loop made of a list: what is asked of either, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def is_closing(self) -> bool:
        """Never closes."""
        return False

    def pause_reading(self) -> None:
        """Note it."""
        self.asked.append("pause")

    def resume_reading(self) -> None:
        """Note it."""
        self.asked.append("resume")

    def call_soon(self, step: Callable[[], None]) -> None:
        """Note it, and do it at once: the turn of the others is over."""
        self.asked.append("others")
        step()


@pytest.mark.parametrize(("count", "asked"), [(1, []), (2000, ["pause", "others", "resume"])])
def test_a_peer_that_fills_the_pipe_lets_the_others_have_their_turn(count: int, asked: list[str]) -> None:
    """After a large piece the loop goes round once before the peer is read on; nothing of the piece is lost."""
    taken: list[bytes] = []
    turns = Turns()
    socket = Socket.__new__(Socket)
    vars(socket).update(
        transport=turns, loop=turns, close_sent=False, _rest=bytearray(), _take=taken.append, _in_pieces=False
    )
    socket.data_received(Frame(Opcode.TEXT, beat(1)).serialize(mask=True) * count)
    assert (len(taken), turns.asked) == (count, asked)
