"""Numbers, windows and resume of the outbox, and how long texts are cut: pure bookkeeping."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interlock.errors import ConfigError
from interlock.link.bodies import Piece, cut, fits
from interlock.link.outbox import Outbox
from interlock.link.place import find
from interlock.link.spool import Spool
from interlock.model import BODY_INLINE, BodyRef
from interlock.wire import FRAME_MAX, WINDOW_BYTES, WINDOW_EVENTS

pytestmark = pytest.mark.pure


def _event(seq: int, size: int = 10) -> bytes:
    return json.dumps({"seq": seq, "x": "y" * size}).encode()


def _numbers(frame: bytes | None) -> list[int]:
    assert frame is not None
    return [event["seq"] for event in json.loads(frame)["batch"]]


@given(st.lists(st.sampled_from(["put", "put", "send", "store", "lose", "open"]), max_size=80))
def test_whatever_happens_the_hub_can_get_every_number_in_order(steps: list[str]) -> None:  # noqa: C901
    """Any order of reports, sends, acknowledgements and cuts leaves no gap and loses nothing."""
    outbox = Outbox()
    outbox.begin("r", b"first")
    had, seen, disk, opened = 1, 1, 1, False
    for step in [*steps, "lose", "open", "send"]:
        if step == "put":
            had += 1
            outbox.put("r", _event(had))
        elif step == "send" and opened and (frame := outbox.frame()) is not None:
            for number in _numbers(frame):
                assert number == seen + 1
                seen = number
        elif step == "store" and opened:
            disk = seen
            outbox.stored("r", disk)
        elif step == "lose":
            outbox.lost()
            opened = False
        elif step == "open" and not opened:
            seen, opened = disk, True
            outbox.opened("r", disk)
    while seen < had:
        seen = _numbers(outbox.frame())[-1]
    outbox.stored("r", seen)
    assert outbox.rest("r")
    assert (outbox.bytes, outbox.events) == (0, 0)
    outbox.spool.close()


def test_no_more_than_the_window_is_on_its_way() -> None:
    """Events and bytes that were sent and are not stored stay inside the window; it opens as they are."""
    for size, most in ((10, WINDOW_EVENTS), (4000, WINDOW_BYTES // 4000)):
        outbox = Outbox()
        outbox.begin("r", b"first")
        outbox.opened("r", 1)
        for seq in range(2, 6000):
            outbox.put("r", _event(seq, size))
        sent: list[int] = []
        while (frame := outbox.frame()) is not None:
            assert len(frame) <= FRAME_MAX
            sent += _numbers(frame)
        assert most * 0.7 < len(sent) <= most
        outbox.stored("r", sent[100])
        assert _numbers(outbox.frame())[0] == sent[-1] + 1
        outbox.spool.close()


def test_pieces_are_sent_last_and_kept_until_something_after_them_is_stored() -> None:
    """A piece follows the events; where none comes after it, an event the hub has is repeated for its sake."""
    outbox = Outbox()
    outbox.begin("r", _event(1))
    outbox.opened("r", 1)
    piece = Piece(hashlib.sha256(b"text").hexdigest(), "text")
    outbox.put("r", _event(2), [piece])
    assert _numbers(outbox.frame()) == [2]
    assert json.loads(outbox.frame() or b"")["data"] == "text"
    assert outbox.frame() is None
    outbox.stored("r", 2)
    assert not outbox.rest("r")
    assert _numbers(outbox.frame()) == [1]
    outbox.lost()
    outbox.opened("r", 2)
    assert json.loads(outbox.frame() or b"")["data"] == "text"
    assert _numbers(outbox.frame()) == [1]
    outbox.stored("r", 2)
    assert outbox.rest("r")
    outbox.spool.close()


def test_the_same_piece_of_a_run_waits_once_and_the_disk_is_given_back() -> None:
    """Contexts repeat; what is the same by its digest is sent once."""
    spool = Spool()
    piece = Piece("a" * 64, "text")
    spool.put("r", piece)
    spool.put("r", piece)
    assert len(spool.waiting) == 1
    assert spool.read(spool.waiting.popleft()) == "text"
    spool.idle()
    spool.put("r", Piece("b" * 64, "more"))
    assert spool.waiting[0].offset == 0
    spool.close()


@given(st.text(st.sampled_from('aé寿😀\n\x01"'), min_size=1, max_size=40), st.integers(1, 9000))
def test_a_cut_text_is_the_same_text_joined(unit: str, times: int) -> None:
    """Pieces end between characters, are named by their digest, and fit into a frame escaped as JSON."""
    text = unit * times
    ref, pieces = cut(text)
    BodyRef.model_validate(ref)
    assert "".join(piece.data for piece in pieces) == text
    assert ref["sha256"] == hashlib.sha256(text.encode()).hexdigest()
    for piece in pieces:
        assert len(piece.data.encode()) <= BODY_INLINE
        assert hashlib.sha256(piece.data.encode()).hexdigest() == piece.sha256
        assert len(json.dumps(piece.data, ensure_ascii=False)) < FRAME_MAX - 1024
    if fits(text):
        assert len(text.encode()) <= BODY_INLINE


def test_what_fits_into_an_event() -> None:
    """64 KiB travel inside the event, one byte more does not, and neither does what escaping makes too long."""
    assert fits("a" * BODY_INLINE)
    assert not fits("a" * (BODY_INLINE + 1))
    assert not fits("é" * BODY_INLINE)
    assert not fits("\x01" * 40_000)


def test_where_the_hub_is(tmp_path: Any) -> None:
    """Arguments win over the environment, that over the local hub's files; each lack is said with its fix."""
    state = tmp_path / "interlock"
    state.mkdir()
    token = state / "agent.token"
    token.write_text("local\n")
    token.chmod(0o600)
    (state / "ready.json").write_text(
        json.dumps({"url": "http://127.0.0.1:7117", "agent_token_file": str(token)})
    )
    here = {"XDG_STATE_HOME": str(tmp_path)}
    assert find(environ=here) == ("http://127.0.0.1:7117", "local")
    far = {"INTERLOCK_URL": "http://h:1", "INTERLOCK_AGENT_TOKEN": "t"}
    assert find(environ=here | far).socket == "ws://h:1/v1/agent"
    assert find("http://x:2", "u", environ=far) == ("http://x:2", "u")
    assert "local" not in repr(find(environ=here))
    for environ, problem in (
        ({"XDG_STATE_HOME": str(tmp_path / "none")}, "interlock hub"),
        (here | {"INTERLOCK_URL": "http://h:1", "INTERLOCK_TOKEN": "operator"}, "INTERLOCK_AGENT_TOKEN"),
        ({"INTERLOCK_URL": "ftp://h", "INTERLOCK_AGENT_TOKEN": "t"}, "HOST:PORT"),
        ({"INTERLOCK_URL": "http://u:p@h:1", "INTERLOCK_AGENT_TOKEN": "t"}, "holds no token"),
    ):
        with pytest.raises(ConfigError, match=problem):
            find(environ=environ)
    token.chmod(0o644)
    with pytest.raises(ConfigError, match="chmod 600"):
        find(environ=here)
