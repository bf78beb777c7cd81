"""The door of a real hub (invariants S3, S8): what is not let in touches no state, over HTTP and WebSocket."""

import json
import socket
from collections.abc import Mapping
from http.client import HTTPConnection
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from interlock import ids
from tests.hub.server.raw import frames, raw_console, raw_gate, reasoning
from tests.support.hubs import GUARD, HubProcess


def more(hub: HubProcess, count: int, run: str) -> list[str]:
    """Return the kinds of entries behind so many, but for those about other runs, which end in their own time."""
    page = hub.get(f"/v1/audit?after={count}&limit=500")["entries"]
    return [entry["kind"] for entry in page if entry["run"] in ("", run)]


def post_kill(hub: HubProcess, run: str, headers: Mapping[str, str]) -> tuple[int, Any]:
    """Try to kill a run with exactly these headers."""
    connection = HTTPConnection(hub.url.removeprefix("http://"), timeout=GUARD)
    body = json.dumps({"verb": "kill", "runs": [run], "reason": "x"})
    try:
        connection.putrequest("POST", "/v1/orders", skip_host=True, skip_accept_encoding=True)
        for name, value in {"content-length": str(len(body)), **headers}.items():
            connection.putheader(name, value)
        connection.endheaders(body.encode())
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


ODD: list[tuple[str, dict[str, str], int]] = [
    ("no token", {"authorization": ""}, 401),
    ("an agent's token", {"authorization": "Bearer AGENT"}, 403),
    ("a guessed token", {"authorization": "Bearer " + "0" * 64}, 401),
    ("a foreign host", {"host": "evil.example"}, 403),
    ("a host that begins like the hub's", {"host": "HOST.evil.example"}, 403),
    ("another port", {"host": "127.0.0.1:1"}, 403),
    ("a foreign origin", {"origin": "https://evil.example"}, 403),
    ("the hub's own origin", {"origin": "http://HOST"}, 403),
    ("an origin that begins like the hub's", {"origin": "http://HOST.evil.example"}, 403),
    ("no origin at all, as a sandbox says it", {"origin": "null"}, 403),
]


@pytest.mark.parametrize(("what", "change", "status"), ODD, ids=[row[0] for row in ODD])
def test_a_request_that_is_not_let_in_kills_nothing(
    hub: HubProcess, what: str, change: dict[str, str], status: int
) -> None:
    """A kill with a wrong Host, Origin or token is refused, and the record has not one entry more."""
    run, own = ids.new_run(), hub.url.removeprefix("http://")
    good = {"host": own, "authorization": f"Bearer {hub.operator_token}", "content-type": "application/json"}
    change = {k: v.replace("HOST", own).replace("AGENT", hub.agent_token) for k, v in change.items()}
    with raw_gate(hub) as gate:
        gate.open(run)
        count = int(hub.get("/v1/audit/verify")["entries"])
        answered, body = post_kill(hub, run, good | change)
        assert (answered, more(hub, count, run)) == (status, [])
        assert set(body["error"]) == {"code", "problem", "fix"}
        assert hub.get(f"/v1/runs/{run}")["run"]["stop"] == ""
        assert post_kill(hub, run, good)[0] == 200
        assert "order" in more(hub, count, run)


@pytest.mark.parametrize("path", ["/v1/agent", "/v1/console"])
@pytest.mark.parametrize(("what", "change", "status"), ODD, ids=[row[0] for row in ODD])
def test_a_websocket_that_is_not_let_in_is_never_opened(
    hub: HubProcess, path: str, what: str, change: dict[str, str], status: int
) -> None:
    """The same table at the upgrade: the handshake is refused, so nothing can be said on it."""
    own = hub.url.removeprefix("http://")
    right, wrong = hub.agent_token, hub.operator_token
    if path == "/v1/console":
        right, wrong = wrong, right
    good = {"host": own, "authorization": f"Bearer {right}"}
    change = {k: v.replace("HOST", own).replace("AGENT", wrong) for k, v in change.items()}
    assert upgrade(hub, path, good) == 101
    assert upgrade(hub, path, good | change) == status


def upgrade(hub: HubProcess, path: str, headers: dict[str, str]) -> int:
    """Ask for a WebSocket with exactly these headers; return the status of the answer."""
    host, _, port = hub.url.removeprefix("http://").partition(":")
    asked = {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
    asked |= {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", **headers}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in asked.items()), "", ""]
    with socket.create_connection((host, int(port)), GUARD) as raw:
        raw.sendall("\r\n".join(lines).encode())
        return int(raw.recv(65_536).split(b" ", 2)[1])


def test_a_gate_writes_only_to_runs_of_its_own_connection(hub: HubProcess) -> None:
    """Events, chunks and permits for a run that another gate opened are refused, and nothing of them is stored."""
    run = ids.new_run()
    with raw_gate(hub) as owner:
        owner.open(run)
        with raw_gate(hub) as other:
            other.events(run, 1, reasoning("forged"))
            assert other.hear("bye")["code"] == "role"
        with raw_gate(hub) as other:
            other.say("chunk", run=run, sha256="0" * 64, data="forged")
            assert other.hear("bye")["code"] == "role"
        with raw_gate(hub) as other:
            ask = {"call": "c", "tool": "refund", "cls": "write", "digest": "0" * 64, "args": "{}"}
            other.say("permit", req="p", run=run, **ask)
            assert other.hear("refused")["code"] == "unknown_run"
        owner.events(run, 2, reasoning("own"))
        owner.stored(run, 2)
    texts = [item["e"]["event"].get("text") for item in hub.get(f"/v1/runs/{run}/events")["items"]]
    assert [text for text in texts if text] == ["own"]


def test_a_gate_cannot_write_in_the_hubs_name(hub: HubProcess) -> None:
    """An event of a kind that only the hub writes ends the connection, and the run is not called stopped."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        forged = {"kind": "stop.confirmed", "order": ids.new_order(), "verb": "kill", "ms": 1.0}
        gate.events(run, 2, forged)
        assert gate.hear("bye")["code"] == "role"
    assert hub.get(f"/v1/runs/{run}")["run"]["stop"] == ""


def test_an_operator_cannot_speak_as_a_console_and_be_a_gate(hub: HubProcess) -> None:
    """On the console's socket nothing but watch is taken."""
    with raw_console(hub, watch=False) as console:
        console.send(json.dumps({"kind": "hello", "v": 1, "gate": ids.new_gate(), "pid": 1}))
        # A pulse goes to every console, whatever it has said so far.
        assert next(frames(console, "bye", "snapshot", "tick"))["kind"] == "bye"
        with pytest.raises(ConnectionClosed):
            console.recv(GUARD)
