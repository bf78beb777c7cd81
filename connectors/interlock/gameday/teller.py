"""What is played without a terminal is printed: what the hub tells consoles, and what somebody does about it."""

import sys
import threading
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from interlock.gameday.commands import Operator
from interlock.gameday.stage import Hub, Stage, StageError
from interlock.text import visible_line

__all__ = ["Teller"]

Json = dict[str, Any]
T = TypeVar("T")


class Teller:
    """Prints, and waits for what has to come, within ``seconds``. A context manager, to be entered before agents start.

    Raises StageError with a clear sentence where something does not come.
    """

    def __init__(self, stage: Stage, hub: Hub, seconds: float, out: IO[str] = sys.stdout) -> None:
        """Begin to print what the hub tells consoles; entered, it is among them, so that nothing of note is missed."""
        self.stage, self.hub, self.operator, self._out = stage, hub, Operator(hub), out
        self.until = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._tail = self.operator.starts("tail")
        self._reader = threading.Thread(target=self._feed, args=(self._tail.stdout,), daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        self.wait("the feed", lambda: self.operator.asks("who")[1]["consoles"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hush()

    def hush(self) -> None:
        """Print nothing more of what the hub tells."""
        self._tail.terminate()
        self._tail.wait()
        self._reader.join(2.0)
        if self._tail.stdout is not None:
            self._tail.stdout.close()

    def wait(self, what: str, look: Callable[[], T | None]) -> T:
        """Look again and again until there is something, and return it."""
        while time.monotonic() < self.until:
            for said in self.stage.failed(("hub", "ledger", "runaway", "office", "scenes", "expenses")):
                raise StageError(said)
            found = look()
            if found:
                return found
            time.sleep(0.1)
        raise StageError(f"{what} did not show in time")

    def _feed(self, lines: IO[str] | None) -> None:
        self.lines(line.rstrip("\n") for line in lines or ())

    def lines(self, lines: Iterable[str]) -> None:
        """Print these, indented."""
        for line in lines:
            with self._lock:
                self._out.write(f"  {visible_line(line, 158)}\n")
                self._out.flush()

    def say(self, line: str) -> None:
        """Print what somebody does, or found."""
        with self._lock:
            self._out.write(f"demo: {visible_line(line)}\n")
            self._out.flush()
