"""What the canary has to stop: a thread that reads and one that writes, over and over, each call through the gate.

Nothing outside the process is touched. What counts is how many bodies of tools were started.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from interlock.errors import KillSignal, RunKilled
from interlock.gate import Gate, Run

__all__ = ["Body", "Seen"]

READ_PACE = 0.03
WRITE_PACE = 0.1
"""Seconds between two calls: a write costs the record two entries, so there are few."""


@dataclass
class Seen:
    """What became of the calls of one class. Written by one thread, read by another."""

    asked: int = 0
    """Calls that were made."""
    started: int = 0
    """Bodies of the tool that began to run."""
    back: int = 0
    """Calls that returned or raised."""
    killed: int = 0
    """Calls that raised because the run was killed."""
    problem: str = ""
    """What a call raised that it should not have."""


class Body:
    """Two tools and the threads that call them within one run, until told to end."""

    def __init__(self, gate: Gate, run: Run) -> None:
        self._run = run
        self._over = threading.Event()
        self.read, self.write = Seen(), Seen()

        def look() -> int:
            self.read.started += 1
            return self.read.started

        def touch(number: int) -> int:
            self.write.started += 1
            return number

        self.look: Callable[[], int] = gate.tool(cls="read", name="canary_look")(look)
        self.touch: Callable[[int], int] = gate.tool(cls="write", name="canary_touch")(touch)
        self._threads = [
            threading.Thread(target=self._call, args=given, daemon=True)
            for given in (
                (self.read, self.look, READ_PACE),
                (self.write, lambda: self.touch(self.write.asked), WRITE_PACE),
            )
        ]

    def start(self) -> None:
        """Begin to call."""
        for thread in self._threads:
            thread.start()

    def end(self, seconds: float) -> bool:
        """Stop calling; return whether both threads came to their end in time."""
        self._over.set()
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _call(self, seen: Seen, tool: Callable[[], int], pace: float) -> None:
        with self._run.attach():
            while not (self._over.is_set() or seen.problem):
                seen.asked += 1
                try:
                    tool()
                except (KillSignal, RunKilled):
                    seen.killed += 1
                except Exception as error:  # noqa: BLE001 - whatever it is, it belongs into the verdict
                    seen.problem = f"{type(error).__name__}: {error}"
                seen.back += 1
                self._over.wait(pace)
