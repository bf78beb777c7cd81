"""Several players at work on a stream of recordings, each with one run at a time, all through one gate."""

import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from interlock.adapters._player import End, Played, play
from interlock.adapters._recording import Malformed, Recording
from interlock.clock import boot
from interlock.errors import HubError, HubUnavailable, InterlockError
from interlock.gate import Gate

__all__ = ["Crew", "Summary"]

END_SECONDS = 5.0
"""How long players that were interrupted may take to say so to the hub."""


def _none() -> dict[End, int]:
    return {"finished": 0, "killed": 0, "cancelled": 0, "failed": 0}


@dataclass(slots=True)
class Summary:
    """What was played. ``events`` are those recorded, ``own`` the gate's own beside them."""

    runs: int = 0
    events: int = 0
    own: int = 0
    refused: int = 0
    unsent: int = 0
    """Reports that did not reach the hub."""
    seconds: float = 0.0
    ends: dict[End, int] = field(default_factory=_none)
    malformed: list[str] = field(default_factory=list[str])
    problems: list[str] = field(default_factory=list[str])

    def add(self, played: Played) -> None:
        """Count one played run."""
        self.runs += 1
        self.events += played.recorded
        self.own += played.own
        self.refused += played.refused
        self.ends[played.end] += 1
        if played.problem:
            self.problems.append(f"{played.name}: {played.problem}")

    @property
    def complete(self) -> bool:
        """Every run there was has been played to its end, or as far as an operator let it."""
        return not (self.refused or self.unsent or self.ends["failed"] or self.malformed or self.problems)

    def to_json(self) -> dict[str, Any]:
        """Return the summary as plain JSON."""
        told: dict[str, Any] = {"runs": self.runs, "events": self.events, "own": self.own}
        told.update((str(end), count) for end, count in self.ends.items())
        told |= {"refused": self.refused, "unsent": self.unsent, "seconds": round(self.seconds, 3)}
        return told | {"malformed": self.malformed, "problems": self.problems}


class Crew:
    """``size`` threads that play what :meth:`perform` is given."""

    def __init__(self, gate: Gate, size: int, speed: float | None) -> None:
        self._gate, self._speed = gate, speed
        self._ending = threading.Event()
        self._lock = threading.Lock()
        self._jobs: queue.Queue[Recording | None] = queue.Queue(maxsize=size)
        self._error: InterlockError | None = None
        self.summary = Summary()
        self._threads = [
            threading.Thread(target=self._work, name=f"player-{n}", daemon=True) for n in range(size)
        ]

    def perform(self, recordings: Iterable[Recording | Malformed]) -> Summary:
        """Play all of them; at most a few wait in memory. Raises HubUnavailable or HubError if the hub goes away."""
        try:
            for thread in self._threads:
                thread.start()
            try:
                self._feed(recordings)
            finally:
                self._dismiss()
        except KeyboardInterrupt:
            # It may come at any step of the above; whatever that left undone, the players see this.
            self._ending.set()
            self._join(END_SECONDS)
            raise
        if self._error is not None:
            raise self._error
        return self.summary

    def _feed(self, recordings: Iterable[Recording | Malformed]) -> None:
        for recording in recordings:
            if isinstance(recording, Malformed):
                self.summary.malformed.append(str(recording))
            elif not self._put(recording):
                break

    def _put(self, job: Recording | None) -> bool:
        while self._error is None:
            try:
                self._jobs.put(job, timeout=0.2)
            except queue.Full:
                continue
            return True
        return False

    def _dismiss(self) -> None:
        for _ in self._threads:
            if not self._put(None):
                self._ending.set()
        while not self._join(1.0):
            pass

    def _join(self, seconds: float) -> bool:
        """Wait for the players, so long at the most; return whether all have ended."""
        until = boot() + seconds
        begun = [thread for thread in self._threads if thread.ident is not None]
        for thread in begun:
            # In short steps: one long wait would hold back a second Ctrl-C on some platforms.
            while thread.is_alive() and boot() < until:
                thread.join(0.2)
        return not any(thread.is_alive() for thread in begun)

    def _work(self) -> None:
        while not self._ending.is_set():
            try:
                job = self._jobs.get(timeout=0.2)
            except queue.Empty:
                continue
            if job is None:
                return
            try:
                played = play(self._gate, job, self._speed, self._ending)
            except (HubUnavailable, HubError) as error:
                self._error = error
                return
            except Exception as error:  # noqa: BLE001 - one bad run is named, and the others go on
                played = Played(job.name, problem=f"{type(error).__name__}: {error}")
            with self._lock:
                self.summary.add(played)
