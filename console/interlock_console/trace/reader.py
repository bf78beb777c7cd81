"""Asks the hub for what a run's screen needs, on the desk's threads, and keeps what came in the window.

Every answer is handed to ``deliver``, which runs it on the screen's thread; so does everything else here. One question
of a kind is under way at a time, and a question that failed may be asked again at once.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from interlock.errors import HubError, NotFound
from interlock.runs import RunState
from interlock_console.client import Client, segment
from interlock_console.desk import Desk
from interlock_console.trace.blocks import Fetched
from interlock_console.trace.fold import Row
from interlock_console.trace.window import Window

__all__ = ["PAGE", "Reader"]

Json = dict[str, Any]
Deliver = Callable[[Callable[[], None]], None]
Then = Callable[[], None]

PAGE = 200
_RETRY = 2.0
"""Seconds before a body that is late, or a question nobody answered, is asked for again."""
_BODIES = 32_000_000
"""Characters of fetched bodies that are kept."""


class Reader:
    """The events, bodies and receipts of one run. ``renewed`` is called after each answer that changed something."""

    def __init__(self, desk: Desk, run: str, deliver: Deliver, renewed: Then) -> None:
        self.window = Window()
        self.bodies: dict[str, Fetched] = {}
        self.receipts: list[Json] | None = None
        self.state: RunState | None = None
        """The run as the hub said it when the screen was opened; the feed knows it better later."""
        self.problem = ""
        """Why the newest question was not answered, as a sentence; empty once one is."""
        self._desk, self._run, self._deliver, self._renewed = desk, run, deliver, renewed
        self._path = f"/v1/runs/{segment(run)}"
        self._busy: dict[str, float] = {}
        self._rest: dict[str, float] = {}

    @property
    def waiting(self) -> float:
        """Seconds the oldest question has waited for its answer; 0 when nothing is asked."""
        return time.monotonic() - min(self._busy.values()) if self._busy else 0.0

    def busy(self, what: str) -> bool:
        """Return whether such a question is under way."""
        return what in self._busy

    def open(self) -> None:
        """Ask for the run, its receipts and its newest page."""

        def job(client: Client) -> Json:
            told = client.get(self._path)
            page = client.get(f"{self._path}/events", before=told["run"]["n"] + 1, limit=PAGE)
            return {**told, "items": page["items"]}

        def done(answer: Json) -> None:
            self.state = RunState.from_json(answer["run"])
            self.receipts = answer["receipts"]
            self.window.open(answer["items"], answer["run"]["n"])

        self._ask("open", job, done)

    def open_start(self) -> None:
        """Ask for the run's first page and begin anew with it."""
        self._page(
            "start", {"after": 0, "limit": PAGE}, lambda items: self.window.open(items, self.window.end)
        )

    def older(self, limit: int = PAGE) -> bool:
        """Ask for the page in front of the window. Return False when the run's beginning is here."""
        first = self.window.first
        if first <= 1:
            return False
        self._page("older", {"before": first, "limit": limit}, self.window.older)
        return True

    def newer(self, limit: int = PAGE) -> bool:
        """Ask for the page behind the window. Return False when the run's newest event is here."""
        if self.window.at_end:
            return False
        self._page("newer", {"after": self.window.last, "limit": limit}, self.window.newer)
        return True

    def fill(self) -> None:
        """Ask for what is missing in the first hole of the window."""
        if missing := self.window.missing:
            first, last = missing[0]
            query = {"after": first - 1, "limit": min(1000, last - first + 1)}
            self._page("fill", query, self.window.newer)

    def full(self, n: int) -> None:
        """Ask for one event the feed had shortened."""
        self._page("full", {"after": n - 1, "limit": 1}, lambda items: self._replace(n, items))

    def body(self, digest: str) -> None:
        """Ask for a body kept by reference, again after a while if it was late."""

        def job(client: Client) -> Json:
            try:
                return {"text": client.get(f"/v1/bodies/{segment(digest)}")["text"]}
            except NotFound:
                return {"problem": "the hub does not have it"}
            except HubError as error:
                if error.code == "late":
                    return {"problem": "late: a part of it has not arrived at the hub yet"}
                raise

        def done(answer: Json) -> None:
            text = answer.get("text")
            self._keep(digest, Fetched(text, answer.get("problem", "")))
            if text is None:
                self._rest[f"body {digest}"] = time.monotonic() + _RETRY

        got = self.bodies.get(digest)
        if got is None or got.text is None:
            self._ask(f"body {digest}", job, done)

    def ask_receipts(self) -> None:
        """Ask how far the orders of this run got."""

        def done(answer: Json) -> None:
            self.receipts = answer["receipts"]

        self._ask("receipts", lambda client: client.get(self._path), done)

    # Inside.

    def _page(self, what: str, query: dict[str, int], take: Callable[[Sequence[Json]], object]) -> None:
        self._ask(
            what,
            lambda client: client.get(f"{self._path}/events", **query),
            lambda answer: take(answer["items"]),
        )

    def _replace(self, n: int, items: Sequence[Json]) -> list[Row]:
        return self.window.replace(items[0]) if items and items[0]["n"] == n else []

    def _keep(self, digest: str, got: Fetched) -> None:
        self.bodies.pop(digest, None)
        self.bodies[digest] = got
        kept = sum(len(body.text or "") for body in self.bodies.values())
        while kept > _BODIES and len(self.bodies) > 1:
            dropped = self.bodies.pop(next(iter(self.bodies)))
            kept -= len(dropped.text or "")

    def _ask(self, what: str, job: Callable[[Client], Json], done: Callable[[Json], object]) -> None:
        now = time.monotonic()
        if what in self._busy or self._rest.get(what, 0.0) > now:
            return
        self._busy[what] = now

        def answered(answer: Json | None, problem: str) -> None:
            def take() -> None:
                self._busy.pop(what, None)
                self._rest.pop(what, None)
                self.problem = problem
                if answer is None:
                    self._rest[what] = time.monotonic() + _RETRY
                else:
                    done(answer)
                self._renewed()

            self._deliver(take)

        self._desk.ask(job, answered)
