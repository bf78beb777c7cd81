"""Questions of one screen, on the desk's threads: one of a kind at a time, answers taken on the screen's thread."""

import time
from collections.abc import Callable
from typing import Any

from interlock.errors import HubError, NotFound
from interlock_console.client import Client
from interlock_console.desk import Desk

__all__ = ["RETRY", "Asking", "Deliver", "Then"]

Json = dict[str, Any]
Deliver = Callable[[Callable[[], None]], None]
Then = Callable[[], None]

RETRY = 2.0
"""Seconds before a body that is late, or a question nobody answered, is asked for again."""


class Asking:
    """``deliver`` runs an answer on the screen's thread; ``renewed`` is called after each one."""

    def __init__(self, desk: Desk, deliver: Deliver, renewed: Then) -> None:
        self.problem = ""
        """Why the newest question was not answered, as a sentence; empty once one is."""
        self._desk, self._deliver, self._renewed = desk, deliver, renewed
        self._busy: dict[str, float] = {}
        self._rest: dict[str, float] = {}

    @property
    def waiting(self) -> float:
        """Seconds the oldest question has waited for its answer; 0 when nothing is asked."""
        return time.monotonic() - min(self._busy.values()) if self._busy else 0.0

    def busy(self, what: str) -> bool:
        """Return whether such a question is under way."""
        return what in self._busy

    def rest(self, what: str) -> None:
        """Do not ask this again for a while."""
        self._rest[what] = time.monotonic() + RETRY

    def rested(self) -> None:
        """Let everything be asked again at once."""
        self._rest.clear()

    def ask(
        self,
        what: str,
        job: Callable[[Client], Json],
        done: Callable[[Json], object],
        failed: Callable[[str], object] | None = None,
    ) -> bool:
        """Ask, unless the same is under way or rests. Return whether it was asked. ``failed`` is told the problem."""
        now = time.monotonic()
        if what in self._busy or self._rest.get(what, 0.0) > now:
            return False
        self._busy[what] = now

        def answered(answer: Json | None, problem: str) -> None:
            def take() -> None:
                self._busy.pop(what, None)
                self._rest.pop(what, None)
                # A question that tells its own problem does not tell it a second time here.
                self.problem = problem if failed is None else ""
                if answer is not None:
                    done(answer)
                else:
                    self.rest(what)
                    if failed is not None:
                        failed(problem)
                self._renewed()

            self._deliver(take)

        self._desk.ask(job, answered)
        return True


def late(error: HubError | NotFound) -> str:
    """Return what is said in the place of a body the hub did not give, or raise the error again."""
    if isinstance(error, NotFound):
        return "the hub does not have it"
    if error.code == "late":
        return "late: a part of it has not arrived at the hub yet"
    raise error
