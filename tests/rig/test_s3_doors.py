"""S3 in full: every door of the hub with every wrong Host, Origin, token and form: refused, and no state touched."""

import json
import re
import socket
import time
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from interlock import ids
from tests.hub.server.raw import raw_gate
from tests.rig.say import say
from tests.support.hubs import GUARD, HubProcess, running_hub

pytestmark = [pytest.mark.rig, pytest.mark.timeout(300)]

Json = dict[str, Any]

HOSTS = [
    "", "evil.example", "OWN.evil.example", "evil.example:PORT", "127.0.0.1", "127.0.0.1:1", "127.0.0.1:PORT0",
    "127.0.0.1:PORT@evil.example", "localhost", "localhost.:PORT", "0.0.0.0:PORT", "127.1:PORT", "2130706433:PORT",
    "[::ffff:127.0.0.1]:PORT", "OWN,evil.example", "127.0.0.2:PORT",
]  # fmt: skip
ORIGINS = [
    "", "null", "http://OWN", "https://OWN", "http://localhost:PORT", "http://OWN.evil.example", "http://evil.example",
    "https://evil.example:PORT", "http://OWN@evil.example", "file://", "chrome-extension://abcdef", "HTTP://OWN",
    "http://OWN https://evil.example",
]  # fmt: skip
TOKENS = [
    "", "Bearer", "Bearer ", "Bearer " + "0" * 64, "Basic RIGHT", "bearer=RIGHT", "Bearer RIGHTx", "Bearer x RIGHT",
    "Bearer WRONG", "Token RIGHT", "Bearer " + "A" * 4_000, "Bearer CUT",
]  # fmt: skip
FORMS = [
    "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "",
    "text/plain; a=application/json", "application/xml",
]  # fmt: skip
"""What a form or a simple request of a browser may send without asking first."""
REFUSED = (400, 401, 403, 415, 431)
"""Not 404, 409 or 422: those judge what was asked, so whoever gets them was let in."""
SETTLE_SECONDS = 0.5
"""What the opening of a run tells its trace is stored by then; the position is compared after it."""


@pytest.fixture(scope="module", name="hub")
def _hub() -> Iterator[HubProcess]:
    with running_hub() as running:
        yield running


class Door:
    """One way in: a method and a path that would be let in, and the token that opens it."""

    def __init__(self, hub: HubProcess, method: str, path: str) -> None:
        self._hub, self.method, self.path = hub, method, path
        self.socket = path in ("/v1/agent", "/v1/console")
        self.right, self.wrong = hub.operator_token, hub.agent_token
        if path == "/v1/agent":
            self.right, self.wrong = self.wrong, self.right

    def knock(self, body: bytes, **change: str | None) -> int:
        """Ask with these headers in place of the right ones, None for none of that name; return the status."""
        own = self._hub.url.removeprefix("http://")
        headers: dict[str, str | None] = {"host": own, "authorization": f"Bearer {self.right}"}
        if self.socket:
            headers |= {"connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13"}
            headers |= {"sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ=="}
        elif body:
            headers |= {"content-type": "application/json", "content-length": str(len(body))}
        lines = [f"{self.method} {self.path} HTTP/1.1"]
        for name, value in (headers | change).items():
            if value is not None:
                lines.append(f"{name}: {self._filled(value, own)}")
        host, _, port = own.partition(":")
        with socket.create_connection((host, int(port)), GUARD) as raw:
            raw.sendall("\r\n".join([*lines, "", ""]).encode() + (b"" if self.socket else body))
            answer = raw.recv(65_536)
        return int(answer.split(b" ", 2)[1]) if answer else 0

    def _filled(self, value: str, own: str) -> str:
        port = own.partition(":")[2]
        value = value.replace("OWN", own).replace("PORT", port).replace("CUT", self.right[:-1])
        return value.replace("RIGHT", self.right).replace("WRONG", self.wrong)


def _doors(hub: HubProcess, run: str, order: str) -> Iterator[tuple[Door, bytes]]:
    """Yield every door of the contract and both sockets, each with a body that would act."""
    kill = json.dumps({"verb": "kill", "runs": [run], "reason": "x"}).encode()
    for path, item in hub.get("/openapi.json")["paths"].items():
        filled = path.replace("{run}", run).replace("{order}", order).replace("{sha256}", "0" * 64)
        # Whatever else is named: it is refused at the door, before anybody looks whether there is such a thing.
        filled = re.sub(r"\{\w+\}", "1", filled)
        for method in item:
            if re.fullmatch("get|post|put|patch|delete", method):
                yield Door(hub, method.upper(), filled), kill if "requestBody" in item[method] else b""
    for path in ("/v1/agent", "/v1/console"):
        yield Door(hub, "GET", path), b""


def _state(hub: HubProcess, run: str) -> Json:
    """Return what a touched hub would have changed: the record's length, the trace's position, the run."""
    return {
        "entries": hub.get("/v1/audit/verify")["entries"],
        "pos": hub.get("/v1/status")["pos"],
        "run": hub.get(f"/v1/runs/{run}")["run"],
    }


def test_no_wrong_request_at_any_door_touches_anything(hub: HubProcess) -> None:
    """Each variant at each door is refused at the door, and record, trace and run are afterwards what they were."""
    run = ids.new_run()
    with raw_gate(hub) as gate:
        gate.open(run)
        order = ids.new_order()
        time.sleep(SETTLE_SECONDS)
        before = _state(hub, run)
        let_in: list[tuple[str, ...]] = []
        count = 0
        for door, body in _doors(hub, run, order):
            for change in _wrong(door, body):
                count += 1
                answered = door.knock(body, **change)
                if answered not in REFUSED:
                    let_in.append((door.method, door.path, repr(change)[:120], str(answered)))
        assert let_in == []
        assert _state(hub, run) == before
        say(f"{count} requests")
        assert count > 300
        for door, body in _doors(hub, run, order):
            if door.socket:
                assert door.knock(body) == 101
        assert Door(hub, "POST", "/v1/orders").knock(b"{}") in (400, 422)


def _wrong(door: Door, body: bytes) -> Iterator[Mapping[str, str | None]]:
    """Yield what is wrong, as headers in place of the right ones."""
    yield from ({"host": host} for host in [*HOSTS, None])
    yield from ({"origin": origin} for origin in ORIGINS)
    yield from ({"authorization": token} for token in [*TOKENS, None])
    yield from ({"host": host, "origin": origin} for host in HOSTS[:4] for origin in ORIGINS[:4])
    if body and not door.socket:
        yield from ({"content-type": form} for form in [*FORMS, None])
