"""Threads that wait for something to ask the hub, each with a connection of its own that stays open.

Orders have a lane of their own, which is kept *warm*: a thread that waits and a connection that is open before the
key is pressed. Such an order is on its way before the key's handler returns; the thread only waits for the answer.
"""

import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from interlock.errors import InterlockError
from interlock_console.client import Client, Hub

__all__ = ["Early", "Lane", "Work"]

Work = Callable[[Client], None]
Early = Callable[[Client], Work | None]
"""Called on the caller's thread with an open connection: writes what may be written at once and returns the rest."""

_PING_EVERY = 20.0
"""Seconds between two signs of life on an idle connection; a hub closes one that lies still for 60 s."""
_TRY_EVERY = 2.0
"""Seconds between two attempts to open one while nobody answers."""
_PING_WITHIN = 2.0


class _Worker:
    def __init__(self, hub: Hub) -> None:
        self.client = Client(hub)
        self.inbox: SimpleQueue[Work | None] = SimpleQueue()


class Lane:
    """Idle workers first, a new one when all are busy: nothing ever waits for something else's answer."""

    def __init__(self, hub: Hub, name: str, *, within: float, keep: int) -> None:
        """Give each answer ``within`` seconds; keep at most ``keep`` idle threads with their connections."""
        self._hub, self._name, self._within, self._keep = hub, name, within, keep
        self._idle: list[_Worker] = []
        self._lock = threading.Lock()
        self._closed = self._warm = False

    def warm(self) -> None:
        """Start a worker now, open its connection, and keep it open."""
        self._warm = True
        self._start().inbox.put(_ping)

    def send(self, work: Work, early: Early | None = None) -> None:
        """Have ``work`` done by a worker; ``early`` may do the first part of it here, over an open connection."""
        worker = self._take() or self._start()
        worker.client.timeout = self._within
        if early is not None and worker.client.warm and (rest := early(worker.client)) is not None:
            work = rest
        worker.inbox.put(work)

    def close(self) -> None:
        """Close the idle connections and end their threads; the busy ones follow once their answer is there."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.client.close()
            worker.inbox.put(None)

    def _start(self) -> _Worker:
        worker = _Worker(self._hub)
        name = f"interlock {self._name}"
        threading.Thread(target=self._run, args=(worker,), name=name, daemon=True).start()
        return worker

    def _take(self) -> _Worker | None:
        with self._lock:
            warm = next((worker for worker in reversed(self._idle) if worker.client.warm), None)
            worker = warm or (self._idle[-1] if self._idle else None)
            if worker is not None:
                self._idle.remove(worker)
            return worker

    def _rest(self, worker: _Worker) -> bool:
        with self._lock:
            if self._closed or len(self._idle) >= self._keep:
                return False
            self._idle.append(worker)
            return True

    def _run(self, worker: _Worker) -> None:
        while True:
            wait = None if not self._warm else _PING_EVERY if worker.client.warm else _TRY_EVERY
            try:
                work = worker.inbox.get(timeout=wait)
            except Empty:
                if not self._mine(worker):
                    continue
                work = _ping
            if work is None:
                return
            try:
                work(worker.client)
            except BaseException:
                worker.client.close()
                raise
            if not self._rest(worker):
                worker.client.close()
                return

    def _mine(self, worker: _Worker) -> bool:
        """Take an idle worker for its own sign of life; False when somebody else took it just now."""
        with self._lock:
            if worker not in self._idle:
                return False
            self._idle.remove(worker)
            return True


def _ping(client: Client) -> None:
    try:
        client.get("/v1/status", within=_PING_WITHIN)
    except InterlockError:
        client.close()
