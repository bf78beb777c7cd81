"""Asks the hub for pages of the record, for one entry in full and for what the chain is checked with.

Everything here runs on the screen's thread but the questions themselves. One question of a kind is under way at a time.
"""

from collections.abc import Callable
from typing import Any

from interlock_console.client import Client, segment
from interlock_console.desk import Desk
from interlock_console.record import proving
from interlock_console.record.proving import Proving
from interlock_console.record.sieve import Sieve
from interlock_console.record.window import Window
from interlock_console.trace.asking import Asking, Deliver, Then

__all__ = ["PAGE", "Reader"]

Json = dict[str, Any]

PAGE = 200
FAST = 500
"""Entries of a page after one of which next to nothing was shown."""
_NEWEST = 2**53
_KEPT = 200
_FEW = 20
_PATH = "/v1/audit"


class Reader:
    """``window`` is what is in memory, ``proving`` how far the chain was checked here."""

    def __init__(self, desk: Desk, deliver: Deliver, renewed: Then) -> None:
        self.window = Window()
        self.proving = Proving()
        self.asking = Asking(desk, deliver, renewed)
        self.entries: dict[int, Json] = {}
        """Single entries as the hub gave them, with the checkpoint that covers each."""
        self._begun = 0
        """How often a window was begun: a page for the one before is not put into the next."""
        self._few = False

    @property
    def problem(self) -> str:
        """Why the newest question was not answered, as a sentence; empty once one is."""
        return self.asking.problem

    @property
    def paging(self) -> bool:
        """Whether a page is on its way."""
        return self.opening or any(map(self.asking.busy, ("older", "newer")))

    @property
    def opening(self) -> bool:
        """Whether the window that was asked for last is still to come."""
        return self.asking.busy(f"open {self._begun}")

    def open(self, sieve: Sieve, before: int = _NEWEST) -> None:
        """Begin anew with the newest entries that fit, or with those below a number."""

        def fill(window: Window, page: Json) -> None:
            window.open(page, before)

        self._open(sieve, {"before": before, "limit": PAGE}, fill)

    def open_start(self, sieve: Sieve) -> None:
        """Begin anew with the first entries of the record."""
        self._open(sieve, {"after": 0, "limit": PAGE}, Window.open_start)

    def _open(self, sieve: Sieve, where: Json, fill: Callable[[Window, Json], object]) -> None:
        self._begun += 1
        begun = self._begun

        def done(page: Json) -> None:
            if begun != self._begun:
                return
            window = Window(sieve)
            window.proofs(self.window.known_proofs)
            fill(window, page)
            self.window = window

        # Under a name of its own: what was typed since must not wait for the answer to what was typed before.
        self.asking.ask(f"open {begun}", self._page(sieve, where), done)

    def older(self) -> bool:
        """Ask for the page below. Return False where there is nothing below, or it is on its way."""
        window, low = self.window, self.window.low
        if not window.begun or window.at_start:
            return False
        return self._more("older", {"before": low}, lambda page: window.older(page, low))

    def newer(self) -> bool:
        """Ask for the page above. Return False where there is nothing above, or it is on its way."""
        window, high = self.window, self.window.high
        if not window.begun or window.at_end:
            return False
        return self._more("newer", {"after": high}, lambda page: window.newer_page(page, high))

    def _more(self, what: str, where: Json, take: Callable[[Json], object]) -> bool:
        window = self.window

        def done(page: Json) -> None:
            if self.window is window:
                before = len(window.rows)
                take(page)
                self._few = len(window.rows) - before < _FEW

        where["limit"] = FAST if self._few else PAGE
        return self.asking.ask(what, self._page(window.sieve, where), done)

    @staticmethod
    def _page(sieve: Sieve, where: Json) -> Callable[[Client], Json]:
        query: dict[str, Any] = {**sieve.query, **where}
        return lambda client: client.get(_PATH, **query)

    def entry(self, n: int) -> Json | None:
        """Return one entry in full with what covers it; asks for it where it is not here."""
        if n in self.entries:
            return self.entries[n]

        def done(answer: Json) -> None:
            while len(self.entries) >= _KEPT:
                self.entries.pop(next(iter(self.entries)))
            self.entries[n] = answer

        self.asking.ask("entry", lambda client: client.get(f"{_PATH}/{n}"), done)
        return None

    # The chain.

    def prove(self) -> None:
        """Ask for the next page of the chain, while somebody wants it checked further."""
        proof = self.proving
        if not proof.more:
            return
        n = proof.n

        def job(client: Client) -> Json:
            if not n or n + proving.PAGE >= proof.top:
                proof.expect(client.get(f"{_PATH}/head"))
            # Checked on this thread: hashing a page takes longer than a key may wait.
            page = client.get(f"{_PATH}/export", after=n, limit=proving.PAGE)
            proof.take(page)
            return {"n": proof.n}

        self.asking.ask("chain", job, lambda _: None)

    def locate(self, run: str, word: str, found: Callable[[int | None], object]) -> None:
        """Ask where in a run's trace a permit, order or escalation is named first."""

        def done(answer: Json) -> None:
            found(answer["hits"][0]["n"] if answer["hits"] else None)

        def job(client: Client) -> Json:
            path, after = f"/v1/runs/{segment(run)}/search", 0
            # The hub looks as far as it may at once, and says where to go on.
            while True:
                answer = client.get(path, q=word, after=after, limit=1)
                if answer["hits"] or answer["next"] is None:
                    return answer
                after = answer["next"]

        self.asking.ask("locate", job, done)
