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
        self.status: Json = {}
        self.summary: Json = {}
        self.access: dict[str, Json] = {}
        """What is answered about operators, tokens and break-glass, by the first part of the path."""
        self.brake: Json = {}
        """The combined receipt of every order that is asked for."""
        self.preview: Json = {}
        """Whom any order would reach."""
        self.waiting: Json = {}
        """What waits for a person, and is decided whatever is said."""
        self.asks: dict[str, Json] = {}
        """More of them, by their id, in the order of the list; each decision is kept in ``posted``."""
        self.posted: list[tuple[str, Json]] = []
        """Path and body of what was posted about ``asks``."""
        self.refused: Json = {}
        """The error with which every decision is answered; empty takes it."""
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
        self.family: list[tuple[int, RunState]] = []
        """Depth and state of what the tree answers; ``unseen`` more are said to be left out."""
        self.unseen = 0
        self.scan = 20_000
        """Events one search looks at."""
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

    def answer(self, path: str, query: Json) -> tuple[int, Json]:
        """Return status and body for one question."""
        if self.refusal:
            return 409, {"error": {"code": "conflict", "problem": self.refusal, "fix": self.refusal}}
        parts = path.strip("/").split("/")[1:]
        lists: dict[str, Json] = {
            "status": self.status,
            "runs": {"runs": [state.to_json() for state in self.states.values()], "next": None},
            "audit": {"entries": self.entries, "next": None},
            "brake": self.brake,
            "orders": {
                "receipts": [found for made in self.receipts.values() for found in made],
                "orders": [self.summary] if self.summary else [],
            },
            **self.access,
        }
        if parts == ["orders", "preview"] or parts[0] == "escalations":
            return (200, self.preview) if parts[0] == "orders" else self._waits(parts, query)
        if parts[0] == "orders" and len(parts) == 3:
            lifted = {"lifted": self.summary, "resumed": 0, "order": self.summary.get("order")}
            return 200, lifted if parts[2] == "lift" else self.summary
        if parts[0] in (self.access if len(parts) > 1 else lists):
            return 200, lists[parts[0]]
        if parts[0] == "bodies":
            return self._body(parts[1], query)
        if parts[0] == "runs" and parts[1] in self.items:
            return 200, self._of_run(parts[1], parts[2:], query)
        return 404, {"error": {"code": "not_found", "problem": "no such thing", "fix": "ask for another"}}

    def _waits(self, parts: list[str], query: Json) -> tuple[int, Json]:
        if self.asks:
            return self._asked(parts, query)
        found = self.waiting if len(parts) < 3 else {**self.waiting, "unrecorded": False}
        return 200, found if len(parts) > 1 else {"escalations": [found], "next": None}

    def _asked(self, parts: list[str], query: Json) -> tuple[int, Json]:
        if len(parts) == 1:
            decided = query.get("state") == "decided"
            waiting = query.get("state", "waiting") == "waiting"
            found = [one for one in self.asks.values() if (waiting, decided)[one["state"] != "waiting"]]
            return 200, {"escalations": found, "next": None}
        one = self.asks.get(parts[1])
        if one is None:
            return 404, {"error": {"code": "not_found", "problem": "no such escalation", "fix": "none"}}
        if len(parts) == 2:
            return 200, one
        if self.refused:
            return 409, {"error": self.refused}
        if parts[2] == "approve" and one["needs"] > len(one["votes"]) + 1:
            vote = {"by": "ann", "at": 1.0, "digest": one["digest"], "edited": False}
            one = self.asks[parts[1]] = {**one, "votes": [*one["votes"], vote]}
            return 200, {**one, "unrecorded": False}
        one |= {"state": "used" if parts[2] == "approve" else "rejected", "decided_by": "ann"}
        return 200, {**one, "unrecorded": False}

    def _of_run(self, run: str, asked: list[str], query: Json) -> Json:
        items = self.items[run]
        if asked == ["events"]:
            return self._page(items, query)
        if asked == ["search"]:
            return searched(items, query, self.scan)
        if asked == ["marks"]:
            return marked(items, query)
        if asked in (["claim"], ["notes"]):
            by = self.states[run].claimed_by.raw
            return {"run": run, "claimed_by": by, "claimed_at": 1.0, "notes": 1, "unrecorded": False}
        if asked == ["tree"]:
            runs = [{"depth": depth, "run": state.to_json()} for depth, state in self.family]
            return {"runs": runs, "total": len(runs) + self.unseen, "cut": bool(self.unseen)}
        return {"run": self.states[run].to_json(), "receipts": self.receipts[run]}

    def _body(self, digest: str, query: Json) -> tuple[int, Json]:
        if digest in self.late:
            return 404, {"error": {"code": "late", "problem": "a chunk is missing", "fix": "ask again later"}}
        if digest in self.bodies:
            text, start = self.bodies[digest], query.get("from", 0)
            part = text[start : start + query.get("length", 65_536)]
            return 200, {"text": part, "from": start, "total": len(text), "checked": True}
        return 404, {"error": {"code": "not_found", "problem": "no such body", "fix": "none"}}

    def _page(self, items: list[Json], query: Json) -> Json:
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


def _plain(name: str, value: str) -> int | str:
    return int(value) if value.isdigit() and name != "q" else value


def searched(items: list[Json], query: Json, most: int) -> Json:
    """Return one answer to a search: at most so many events are looked at, and ``next`` says where to go on."""
    back = "before" in query
    if back:
        edge = min(query["before"], len(items) + 1)
        looked = items[max(0, edge - 1 - most) : edge - 1][::-1]
    else:
        looked = items[query.get("after", 0) : query.get("after", 0) + most]
    hits: list[Json] = []
    seen: list[int] = []
    for item in looked:
        seen.append(item["n"])
        texts = [value for value in item["e"]["event"].values() if isinstance(value, str)]
        if any(query["q"].casefold() in text.casefold() for text in texts[1:]):
            hits.append({"n": item["n"], "kind": item["e"]["event"]["kind"], "excerpt": query["q"]})
        if len(hits) >= query["limit"]:
            break
    over = not seen or (min(seen) == 1 if back else max(seen) == len(items))
    return {
        "hits": hits, "first": min(seen, default=0), "last": max(seen, default=0), "scanned": len(seen), "skipped": 0,
        "next": None if over else seen[-1],
    }  # fmt: skip


def marked(items: list[Json], query: Json) -> Json:
    """Return the failed calls or the model turns after or before an event."""
    found = [item["n"] for item in items if _is_mark(item["e"]["event"], query["kind"])]
    limit = query.get("limit", 100)
    if "before" in query:
        found = [n for n in found if n < query["before"]][-limit:]
    else:
        found = [n for n in found if n > query.get("after", 0)][:limit]
    return {"marks": found, "next": None}


def _is_mark(event: Json, kind: str) -> bool:
    if kind == "model":
        return bool(event["kind"] == "model.started")
    failed: bool = event["kind"] == "tool.finished" and event["outcome"] != "done"
    return failed or bool(event["kind"] == "outcome.unknown")


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
            query: Json = {name: _plain(name, values[0]) for name, values in asked.items()}
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
            data = self.rfile.read(int(self.headers["Content-Length"]))
            if "/escalations/" in self.path:
                kept.posted.append((self.path, json.loads(data)))
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
