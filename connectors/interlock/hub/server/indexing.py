"""The index of the record, kept up beside the hub's work: in small steps on a thread of its own."""

import logging
import threading
from pathlib import Path

from interlock.errors import InterlockError
from interlock.hub.record import Record
from interlock.hub.record.index import Index

__all__ = ["Indexing"]

_log = logging.getLogger("interlock.hub")

LOOK_SECONDS = 1.0
PAUSE_SECONDS = 0.05
"""Between two steps while it is behind: orders and events come first."""


class Indexing:
    """Owns the index. Where there can be none (a full disk), a search reads entry by entry."""

    def __init__(self, folder: Path, record: Record) -> None:
        self.index: Index | None = None
        self._folder, self._record = folder, record
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="index", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """End the thread and close the index."""
        self._ending.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        index: Index | None = None
        # A start has enough to write: what is not in the index yet is read entry by entry.
        wait = LOOK_SECONDS
        while not self._ending.wait(wait):
            try:
                if index is None:
                    index = self.index = Index(self._folder, self._record.pages)
                wait = PAUSE_SECONDS if index.step() else LOOK_SECONDS
            except InterlockError as error:
                _log.warning(
                    "the index of the record is not kept up, so that searches take longer: %s", error
                )
                # A search may be reading it: it stays open, and says nothing of what comes from here on.
                return
        self.index = None
        if index is not None:
            index.close()
