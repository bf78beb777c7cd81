"""A hub that only answers questions about runs, from memory: the pages, bodies and receipts of docs/protocol.md.

For what a real hub does not do on demand: a late body, a slow answer, a run of 100,000 events that nobody has to
store first. It is a real server on a real socket; the console cannot tell.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from interlock.runs import RunState, apply
from interlock_console.client import Hub

Json = dict[str, Any]

PAGE_BYTES = 1024 * 1024


class PageHub:
    """Runs by their id; ``asked`` are the paths that were asked for, in order."""

    def __init__(self) -> None:
        self.items: dict[str, list[Json]] = {}
        self.receipts: dict[str, list[Json]] = {}
        self.entries: list[Json] = []
        self.summary: Json = {}
        self.brake: Json = {}
        """The combined receipt of every order that is asked for."""
        self.keep = True
        """False ends each connection after its answer, for clients that are left to the end of their process."""
        self.refusal = ""
        """A problem with which every question is refused, in the hub's own words."""
        self.bodies: dict[str, str] = {}
        self.late: set[str] = set()
        self.hold = threading.Event()
        """While it is not set, no question is answered."""
        self.hold.set()
        self.broken = False
        """True closes every connection without an answer."""
        self.asked: list[str] = []
        self.states: dict[str, RunState] = {}
        self.url = ""

    def add(self, run: str, items: list[Json]) -> RunState:
        """Keep a run and return its state after all of its events."""
        state = RunState(run)
        for item in items:
            apply(state, item)
        self.items[run], self.states[run] = items, state
        self.receipts.setdefault(run, [])
        return state

    @property
    def hub(self) -> Hub:
        """Where a client finds it."""
        return Hub(self.url, "token", "a test")

    def answer(self, path: str, query: dict[str, int]) -> tuple[int, Json]:
        """Return status and body for one question."""
        if self.refusal:
            return 409, {"error": {"code": "conflict", "problem": self.refusal, "fix": self.refusal}}
        parts = path.strip("/").split("/")[1:]
        lists: dict[str, Json] = {
            "runs": {"runs": [state.to_json() for state in self.states.values()], "next": None},
            "audit": {"entries": self.entries, "next": None},
            "brake": self.brake,
            "orders": {
                "receipts": [found for made in self.receipts.values() for found in made],
                "orders": [self.summary] if self.summary else [],
            },
        }
        if parts[0] == "orders" and len(parts) == 3:
            lifted = {"lifted": self.summary, "resumed": 0, "order": self.summary.get("order")}
            return 200, lifted if parts[2] == "lift" else self.summary
        if len(parts) == 1 and parts[0] in lists:
            return 200, lists[parts[0]]
        if parts[0] == "bodies":
            return self._body(parts[1])
        if parts[0] == "runs" and parts[1] in self.items:
            if len(parts) == 2:
                return 200, {"run": self.states[parts[1]].to_json(), "receipts": self.receipts[parts[1]]}
            return 200, self._page(self.items[parts[1]], query)
        return 404, {"error": {"code": "not_found", "problem": "no such thing", "fix": "ask for another"}}

    def _body(self, digest: str) -> tuple[int, Json]:
        if digest in self.late:
            return 404, {"error": {"code": "late", "problem": "a chunk is missing", "fix": "ask again later"}}
        if digest in self.bodies:
            return 200, {"text": self.bodies[digest]}
        return 404, {"error": {"code": "not_found", "problem": "no such body", "fix": "none"}}

    def _page(self, items: list[Json], query: dict[str, int]) -> Json:
        limit = query.get("limit", 200)
        if "before" in query:
            found = items[max(0, query["before"] - 1 - limit) : query["before"] - 1]
            found = list(reversed(_within(reversed(found))))
        else:
            after = query.get("after", 0)
            found = _within(iter(items[after : after + limit]))
        return {
            "items": found,
            "first": found[0]["n"] if found else 0,
            "last": found[-1]["n"] if found else 0,
        }


def _within(items: Iterator[Json]) -> list[Json]:
    """Return as many items as fit into one answer, at least one."""
    found: list[Json] = []
    size = 0
    for item in items:
        size += len(json.dumps(item))
        if found and size > PAGE_BYTES:
            break
        found.append(item)
    return found


@contextmanager
def page_hub() -> Iterator[PageHub]:
    """Run such a hub on a free port."""
    kept = PageHub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer one question."""
            parts = urlsplit(self.path)
            kept.asked.append(self.path)
            kept.hold.wait(30)
            if kept.broken:
                self.close_connection = True
                return
            asked = parse_qs(parts.query)
            query = {name: int(values[0]) for name, values in asked.items() if values[0].isdigit()}
            status, body = kept.answer(parts.path, query)
            data = json.dumps(body).encode("utf-8", "surrogatepass")
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            if not kept.keep:
                self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(data)

        def do_POST(self) -> None:
            """Take an order; it answers with the receipts that are kept."""
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    kept.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield kept
    finally:
        kept.hold.set()
        server.shutdown()
        thread.join()
        server.server_close()
