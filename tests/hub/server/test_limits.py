"""Limits of a real hub (invariant S4): at the limit taken, one past it refused, and the connection freed."""

import json
import socket
from contextlib import closing, suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from interlock import ids
from interlock.hub.server.limits import (
    BODY_MAX,
    DEPTH_MAX,
    FRAGMENTS_MAX,
    FRAME_MAX,
    HEAD_MAX,
    KEYS_MAX,
    excess,
)
from tests.hub.server.raw import raw_gate
from tests.support.hubs import GUARD, HubProcess


def exchange(hub: HubProcess, data: bytes) -> bytes:
    """Send bytes, and return all that comes until the hub closes the connection."""
    host, _, port = hub.url.removeprefix("http://").partition(":")
    answer = b""
    # What it refuses it does not read to the end: then its answer is followed by a reset.
    with closing(socket.create_connection((host, int(port)), GUARD)) as raw, suppress(ConnectionError):
        raw.sendall(data)
        while part := raw.recv(65_536):
            answer += part
    return answer


def head(hub: HubProcess, line: str, *more: str) -> bytes:
    """Return the head of a request that closes the connection afterwards."""
    lines = [line, f"Host: {hub.url.removeprefix('http://')}", f"Authorization: Bearer {hub.operator_token}"]
    return "\r\n".join([*lines, "Connection: close", *more, "", ""]).encode()


def status(answer: bytes) -> int:
    """Return the status of an answer; 0 when there was none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0


def order_of(size: int) -> bytes:
    """Return the body of an order, padded with blanks to this size."""
    body = json.dumps({"verb": "kill", "runs": [ids.new_run()], "reason": "x"}).encode()
    return body + b" " * (size - len(body))


@pytest.mark.parametrize(("size", "expected"), [(BODY_MAX, 404), (BODY_MAX + 1, 413)])
def test_a_body_of_the_limit_is_read_and_one_byte_more_is_not(
    hub: HubProcess, size: int, expected: int
) -> None:
    """The longest body gets an answer about its run, a longer one is refused by its announced length."""
    request = head(
        hub, "POST /v1/orders HTTP/1.1", "Content-Type: application/json", f"Content-Length: {size}"
    )
    announced_only = expected == 413
    assert status(exchange(hub, request + (b"" if announced_only else order_of(size)))) == expected


@pytest.mark.parametrize(("past", "expected"), [(0, 200), (1, 431)])
def test_a_head_of_the_limit_is_read_and_one_byte_more_is_not(
    hub: HubProcess, past: int, expected: int
) -> None:
    """Headers count with their separators."""
    counted = len(head(hub, "GET /v1/status HTTP/1.1")) - len("GET  HTTP/1.1\r\n") - len("\r\n")
    fill = HEAD_MAX - counted - len("X: \r\n") + past
    assert status(exchange(hub, head(hub, "GET /v1/status HTTP/1.1", "X: " + "x" * fill))) == expected


def test_headers_that_never_end_are_cut_off(hub: HubProcess) -> None:
    """A head that goes on past the limit is refused before it ends."""
    endless = head(hub, "GET /v1/status HTTP/1.1")[:-2] + b"X: " + b"x" * (HEAD_MAX * 2)
    assert status(exchange(hub, endless)) == 431


@pytest.mark.parametrize(
    ("request_line", "headers", "expected"),
    [
        ("POST /v1/orders HTTP/1.1", ["Content-Type: application/json", "Transfer-Encoding: chunked"], 411),
        ("POST /v1/orders HTTP/1.1", ["Content-Type: text/plain", "Content-Length: 2"], 415),
        ("POST /v1/orders HTTP/1.1", ["Content-Length: 2"], 415),
        ("POST /v1/orders HTTP/1.1", ["Content-Type: application/json", "Content-Length: 2"], 400),
        ("GET http://evil.example/v1/status HTTP/1.1", [], 400),
        ("GET /v1/status?state=running HTTP/1.1", [], 400),
        ("GET /v1/runs?limit=501 HTTP/1.1", [], 400),
        ("GET /v1/runs?limit=1&limit=2 HTTP/1.1", [], 400),
        ("PUT /v1/orders HTTP/1.1", [], 405),
        ("GET /v1/runs/r-zz HTTP/1.1", [], 404),
        ("GET / HTTP/1.1", [], 404),
        ("nonsense", [], 400),
    ],
)
def test_what_is_not_a_request_of_the_api_is_refused(
    hub: HubProcess, request_line: str, headers: list[str], expected: int
) -> None:
    """Each is refused with its status and an error that says what to do."""
    answer = exchange(hub, head(hub, request_line, *headers) + b"{}")
    assert status(answer) == expected
    error = json.loads(answer.partition(b"\r\n\r\n")[2])["error"]
    assert all(error[name] for name in ("code", "problem", "fix"))


def nested(depth: int) -> Any:
    """Return arrays in arrays."""
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.pure
def test_depth_and_members_have_limits() -> None:
    """A document at the limit is fine, one past it is said to be too much."""
    assert excess(nested(DEPTH_MAX)) == ""
    assert "deeper" in excess(nested(DEPTH_MAX + 1))
    assert excess([0] * KEYS_MAX) == ""
    assert "members" in excess([0] * (KEYS_MAX + 1))
    assert "members" in excess({"a": {str(n): n for n in range(KEYS_MAX)}})


def test_a_frame_of_the_limit_is_taken_and_one_byte_more_is_not(hub: HubProcess) -> None:
    """A beat padded to the longest frame gets its lease; a longer one closes the connection."""
    with raw_gate(hub) as gate:
        beat = json.dumps({"kind": "beat", "n": 1})
        gate.socket.send(beat + " " * (FRAME_MAX - len(beat)))
        assert gate.hear("lease")["n"] == 1
        gate.socket.send(beat + " " * (FRAME_MAX - len(beat) + 1))
        with pytest.raises(ConnectionClosed):
            gate.hear("lease")


def test_a_message_in_too_many_pieces_is_refused(hub: HubProcess) -> None:
    """Empty fragments weigh nothing, so they are counted."""
    with raw_gate(hub) as gate:
        gate.socket.send(iter(["", *[""] * FRAGMENTS_MAX]))
        with pytest.raises(ConnectionClosed):
            gate.hear("lease")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "malformed"),
        ("[]", "malformed"),
        ('{"kind":"nope"}', "malformed"),
        ('{"kind":"beat","n":"1"}', "malformed"),
        ('{"kind":"beat","n":1,"x":' + "[" * 70 + "]" * 70 + "}", "limit"),
        ('{"kind":"beat","n":1,"x":[' + "0," * KEYS_MAX + "0]}", "limit"),
        ('{"kind":"hello","v":1,"gate":"g-0123456789abcdef","pid":1}', "malformed"),
        ('{"kind":"hello","v":2,"gate":"g-0123456789abcdef","pid":1}', "version"),
    ],
)
def test_a_frame_that_is_not_allowed_ends_the_connection_with_a_reason(
    hub: HubProcess, text: str, code: str
) -> None:
    """The hub says bye with the code and closes."""
    with raw_gate(hub) as gate:
        gate.socket.send(text)
        assert gate.hear("bye")["code"] == code
        with pytest.raises(ConnectionClosed):
            gate.hear("lease")


def test_the_first_frame_is_hello(hub: HubProcess) -> None:
    """A gate that begins with anything else is turned away."""
    with raw_gate(hub, hello=False) as gate:
        gate.say("beat", n=1)
        assert gate.hear("bye")["code"] == "malformed"


def test_a_gap_in_the_numbers_of_events_is_not_let_in(hub: HubProcess) -> None:
    """An event that comes too early ends the connection; a repeated one is passed over and acknowledged."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        gate.events(run, 2, {"kind": "reasoning", "text": "two"})
        gate.events(run, 1, {"kind": "reasoning", "text": "one?"}, {"kind": "reasoning", "text": "two?"})
        gate.stored(run, 2)
        gate.events(run, 4, {"kind": "reasoning", "text": "four"})
        assert gate.hear("bye")["code"] == "malformed"
    texts = [item["e"]["event"].get("text") for item in hub.get(f"/v1/runs/{run}/events")["items"]]
    assert [text for text in texts if text] == ["two"]


def test_a_chunk_must_be_what_its_digest_says(hub: HubProcess) -> None:
    """A text stored under another text's digest would be a forgery."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        gate.say("chunk", run=run, sha256="0" * 64, data="something else")
        assert gate.hear("bye")["code"] == "malformed"
