"""A peer that is slow, or says nothing, holds a connection for so long and no longer (invariant S4)."""

import json
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from interlock.hub.server.limits import BODY_SECONDS, HEAD_SECONDS
from interlock.hub.server.requests import Requests
from tests.support.hubs import GUARD, HubProcess, running_hub

HURRY = "1.5"
"""Seconds. A request that is whole has to be there within it, also from a test that waited for its turn on a core."""


@pytest.fixture(scope="module", params=["--head-seconds", "--body-seconds"])
def hurried(request: pytest.FixtureRequest) -> Iterator[tuple[HubProcess, str]]:
    """Yield a hub with one short deadline, the other as long as ever, and what it is for."""
    with running_hub(options=(request.param, HURRY)) as hub:
        yield hub, request.param


def begin(hub: HubProcess, after: str) -> bytes:
    """Return the beginning of a request that stops in its headers or in its body."""
    head = f"POST /v1/orders HTTP/1.1\r\nHost: {hub.url.removeprefix('http://')}\r\n"
    if after == "--head-seconds":
        return head.encode()
    more = f"Authorization: Bearer {hub.operator_token}\r\nContent-Type: application/json\r\n"
    return (head + more + 'Content-Length: 1000\r\n\r\n{"verb": ').encode()


def all_of(hub: HubProcess, sent: bytes) -> bytes:
    """Send bytes and return what comes until the hub closes, which it does before the guard."""
    host, _, port = hub.url.removeprefix("http://").partition(":")
    with closing(socket.create_connection((host, int(port)), GUARD)) as raw:
        raw.sendall(sent)
        answer = b""
        while part := raw.recv(65_536):
            answer += part
        return answer


def test_what_does_not_come_in_time_is_refused_and_closed(hurried: tuple[HubProcess, str]) -> None:
    """Headers or a body that stop half way are answered with 408 and a sentence, and the hub serves on."""
    hub, which = hurried
    answer = all_of(hub, begin(hub, which))
    assert answer.startswith(b"HTTP/1.1 408 ")
    error = json.loads(answer.partition(b"\r\n\r\n")[2])["error"]
    what = "headers" if which == "--head-seconds" else "body"
    assert error["problem"] == f"the {what} took longer than {HURRY} s"
    assert hub.get("/v1/status")["runs"] == 0


def test_a_connection_that_says_nothing_is_closed_by_the_deadline_of_headers() -> None:
    """Not one byte has to come for the clock to run."""
    with running_hub(options=("--head-seconds", HURRY)) as hub:
        assert all_of(hub, b"").startswith(b"HTTP/1.1 408 ")


def test_the_deadlines_are_those_of_the_design() -> None:
    """Ten seconds for headers, thirty for a body, unless a test says otherwise."""
    assert (HEAD_SECONDS, BODY_SECONDS) == (10.0, 30.0)
    assert (Requests.head_seconds, Requests.body_seconds) == (10.0, 30.0)
