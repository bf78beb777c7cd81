"""Asks the hub for what a run's screen needs, on the desk's threads, and keeps what came in the window.

Every answer is handed to ``deliver``, which runs it on the screen's thread; so does everything else here. One question
of a kind is under way at a time, and a question that failed may be asked again at once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from interlock.runs import RunState
from interlock_console.client import Client, segment
from interlock_console.desk import Desk
from interlock_console.trace.asking import Asking, Deliver, Then
from interlock_console.trace.bodies import Bodies, Fetched
from interlock_console.trace.fold import Row
from interlock_console.trace.quest import Quest
from interlock_console.trace.window import Window

__all__ = ["PAGE", "Reader"]

Json = dict[str, Any]

PAGE = 200
_ANEW = ("open", "start", "at")
"""Questions whose answer begins a window anew."""


class Reader:
    """The events, bodies and receipts of one run. ``renewed`` is called after each answer that changed something."""

    def __init__(self, desk: Desk, run: str, deliver: Deliver, renewed: Then) -> None:
        self.window = Window()
        self.receipts: list[Json] | None = None
        self.state: RunState | None = None
        """The run as the hub said it when the screen was opened; the feed knows it better later."""
        self.tree: Json | None = None
        """Ancestors, this run and descendants, as the hub answered last."""
        self.asking = Asking(desk, deliver, renewed)
        self.texts = Bodies(self.asking)
        self.earlier: dict[int, Json | None] = {}
        """By the first event of a window: the model turn before it, None where there is none."""
        self._path = f"/v1/runs/{segment(run)}"
        self._begun = 0
        """How often a window was asked for anew: a page for the one before is not put into the next."""

    @property
    def bodies(self) -> Mapping[str, Fetched]:
        """The texts kept by reference that were fetched, by their digest."""
        return self.texts.texts

    @property
    def problem(self) -> str:
        """Why the newest question was not answered, as a sentence; empty once one is."""
        return self.asking.problem

    @property
    def waiting(self) -> float:
        """Seconds the oldest question has waited for its answer; 0 when nothing is asked."""
        return self.asking.waiting

    def busy(self, what: str) -> bool:
        """Return whether such a question is under way."""
        return self.asking.busy(what)

    def open(self) -> None:
        """Ask for the run, its receipts and its newest page."""

        def job(client: Client) -> Json:
            told = client.get(self._path)
            page = client.get(f"{self._path}/events", before=told["run"]["n"] + 1, limit=PAGE)
            return {**told, "items": page["items"]}

        begun = self._begun + 1

        def done(answer: Json) -> None:
            self.state = RunState.from_json(answer["run"])
            self.receipts = answer["receipts"]
            if begun == self._begun:
                self.window.open(answer["items"], answer["run"]["n"])

        if self.asking.ask("open", job, done):
            self._begun = begun

    def open_start(self) -> None:
        """Ask for the run's first page and begin anew with it."""
        self._anew("start", {"after": 0, "limit": PAGE})

    def open_at(self, n: int) -> None:
        """Ask for the page that begins with an event and begin anew with it; what is before it comes by itself."""
        self._anew("at", {"after": n - 1, "limit": PAGE})

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

    def body(self, digest: str, *, further: bool = False) -> None:
        """Ask for the next slice of a body kept by reference, again after a while if it was late."""
        self.texts.want(digest, further=further)

    def ask_receipts(self) -> None:
        """Ask how far the orders of this run got."""

        def done(answer: Json) -> None:
            self.receipts = answer["receipts"]

        self.asking.ask("receipts", lambda client: client.get(self._path), done)

    # The whole run, by the hub's own reading.

    def mark(self, kind: str, by: int, at: int, done: Callable[[int | None], object]) -> None:
        """Ask for the next failed call or model turn (``error``, ``model``) after or before event ``at``."""
        query: dict[str, Any] = {"kind": kind, ("after" if by > 0 else "before"): at, "limit": 1}
        self.asking.ask(
            "mark",
            lambda client: client.get(f"{self._path}/marks", **query),
            lambda answer: done(answer["marks"][0] if answer["marks"] else None),
        )

    def quest(self, quest: Quest, by: int, took: Then) -> None:
        """Ask for the next part of a search; what goes wrong is said by the search itself."""

        def failed(problem: str) -> None:
            quest.problem = problem

        def done(answer: Json) -> None:
            quest.took(by, answer)
            took()

        query = quest.query(by)
        self.asking.ask(
            "search",
            lambda client: client.get(f"{self._path}/search", **query),
            done,
            failed,
        )

    def ask_tree(self) -> None:
        """Ask for the run's ancestors and descendants."""

        def done(answer: Json) -> None:
            self.tree = answer

        self.asking.ask("tree", lambda client: client.get(f"{self._path}/tree"), done)

    def turn_before(self) -> None:
        """Ask for the model turn before the window, once for each window."""
        first = self.window.first

        def job(client: Client) -> Json:
            marks = client.get(f"{self._path}/marks", kind="model", before=first, limit=1)["marks"]
            if not marks:
                return {"items": []}
            return client.get(f"{self._path}/events", after=marks[-1] - 1, limit=1)

        def done(answer: Json) -> None:
            self.earlier[first] = answer["items"][0] if answer["items"] else None

        if first not in self.earlier:
            self.asking.ask("turn before", job, done)

    # Inside.

    def _anew(self, what: str, query: dict[str, int]) -> None:
        if self._page(what, query, lambda items: self.window.open(items, self.window.end), self._begun + 1):
            self._begun += 1

    def _page(
        self,
        what: str,
        query: dict[str, int],
        take: Callable[[Sequence[Json]], object],
        begun: int | None = None,
    ) -> bool:
        if begun is None and any(map(self.busy, _ANEW)):
            # It would go on with the window that is left, and be put into the one that comes.
            return False
        wanted = self._begun if begun is None else begun

        def done(answer: Json) -> None:
            if wanted == self._begun:
                take(answer["items"])

        return self.asking.ask(what, lambda client: client.get(f"{self._path}/events", **query), done)

    def _replace(self, n: int, items: Sequence[Json]) -> list[Row]:
        return self.window.replace(items[0]) if items and items[0]["n"] == n else []
