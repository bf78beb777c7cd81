"""The feed of the whole fleet as lines, over the console's own WebSocket, resumed where it broke off."""

import json
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from interlock.errors import HubUnavailable, Unauthorised
from interlock_console.client import Hub
from interlock_console.commands import _feed
from interlock_console.output import dump, rest

__all__ = ["follow"]

Json = dict[str, Any]

_PATIENCE = 30.0
"""Seconds a lost hub is looked for again."""


class _Tail:
    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json
        self.pos: int | None = None
        self.agents: dict[str, str] = {}

    def snapshot(self, frame: Json) -> None:
        for state in frame["runs"]:
            self.agents[state["run"]] = state["agent"]
        self.pos = max(self.pos or 0, frame["pos"])

    def tick(self, frame: Json) -> None:
        for item in frame["items"]:
            event, run = item["e"]["event"], item["e"]["run"]
            self.pos = item["pos"]
            if event["kind"] == "run.started":
                self.agents[run] = event["agent"]
            if self.as_json:
                dump(item)
            else:
                print(_feed.line_of(item, self.agents), flush=True)

    def gap(self, frame: Json) -> None:
        if self.as_json:
            dump(frame)
        else:
            print(f"-- gap: events {frame['first']} to {frame['last']} are not shown --", flush=True)

    def pulse(self, frame: Json) -> None:
        self.pos = max(self.pos or 0, frame["pos"])


def follow(hub: Hub, as_json: bool) -> int:
    """Print every event of every run from now on, until interrupted. Raises HubUnavailable or Unauthorised."""
    tail = _Tail(as_json)
    handlers: dict[str, Callable[[Json], None]] = {
        "snapshot": tail.snapshot,
        "tick": tail.tick,
        "gap": tail.gap,
        "pulse": tail.pulse,
    }
    lost = time.monotonic()
    while True:
        try:
            with _link(hub) as link:
                link.send(json.dumps({"kind": "watch", "v": 1, "since": tail.pos}))
                for text in link:
                    frame = json.loads(text)
                    handler = handlers.get(frame["kind"])
                    if handler is not None:
                        handler(frame)
                    lost = time.monotonic()
        except ConnectionClosed:
            pass
        except (OSError, TimeoutError, InvalidHandshake):
            waited = time.monotonic() - lost
            if tail.pos is None or waited > _PATIENCE:
                raise HubUnavailable("follow the feed", url=hub.url, waited=waited) from None
        print("interlock: the hub is away, trying again", file=sys.stderr)
        rest(1.0)


@contextmanager
def _link(hub: Hub) -> Generator[ClientConnection]:
    address = "ws" + hub.url.removeprefix("http") + "/v1/console"
    headers = {"Authorization": f"Bearer {hub.token}"}
    try:
        link = connect(
            address, additional_headers=headers, compression=None, max_size=None, proxy=None, open_timeout=10
        )
    except InvalidStatus as error:
        if error.response.status_code in (401, 403):
            raise Unauthorised("the feed wants an operator token; see INTERLOCK_TOKEN") from None
        raise
    with link:
        yield link
