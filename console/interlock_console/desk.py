"""Questions and orders to the hub from threads, so that neither a slow hub nor a lost one stops the screen."""

import secrets
import threading
from collections.abc import Callable, Sequence
from typing import Any

from interlock.errors import HubUnavailable, InterlockError
from interlock_console.client import Client, Hub, segment

__all__ = ["Desk", "Job", "new_key"]

Json = dict[str, Any]
Done = Callable[[Json | None, str], None]
"""Called with the answer and an empty problem, or with None and the problem as a sentence. On the worker's thread."""
Job = Callable[[Client], Json]

_ORDER_WITHIN = 5.0
_ASK_WITHIN = 10.0


def new_key() -> str:
    """Return a fresh idempotency key: one for each decision, the same one when it is sent again."""
    return secrets.token_hex(16)


class Desk:
    """Sends each question on a thread of its own over a kept connection; orders never wait for questions."""

    def __init__(self, hub: Hub) -> None:
        self.hub = hub
        self._idle: list[Client] = []
        self._lock = threading.Lock()
        self._closed = False

    def order(self, verb: str, runs: Sequence[str], reason: str, key: str, done: Done) -> None:
        """Give an order; ``done`` gets ``{"receipts": [...]}`` once it is recorded.

        When nobody answered, the problem says that the order may or may not have arrived; sending it again with the
        same ``key`` is harmless.
        """
        body: Json = {"verb": verb, "runs": list(runs), "reason": reason}
        headers = {"Idempotency-Key": key}
        self._send(f"{verb}", lambda client: client.post("/v1/orders", body, headers), done, _ORDER_WITHIN)

    def receipts(self, order: str, done: Done) -> None:
        """Ask how far an order got; ``done`` gets ``{"receipts": [...]}``."""
        self.ask(lambda client: client.get(f"/v1/orders/{segment(order)}"), done)

    def ask(self, job: Job, done: Done) -> None:
        """Run any question: ``job`` gets a client of its own and returns the answer.

        Example: ``desk.ask(lambda client: client.get(f"/v1/runs/{run}/events", limit=200), done)``.
        """
        self._send("", job, done, _ASK_WITHIN)

    def close(self) -> None:
        """Close the idle connections; the busy ones are closed when their answer is there."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for client in idle:
            client.close()

    def _send(self, verb: str, job: Job, done: Done, within: float) -> None:
        def work() -> None:
            client = self._take(within)
            try:
                answer, problem = job(client), ""
            except HubUnavailable as error:
                answer, problem = None, _unanswered(verb, error)
            except InterlockError as error:
                answer, problem = None, f"{verb or 'question'} refused: {error}"
            except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
                answer, problem = None, f"{verb or 'question'} not certain: {type(error).__name__}: {error}"
            finally:
                self._give(client)
            done(answer, problem)

        threading.Thread(target=work, name=f"interlock {verb or 'question'}", daemon=True).start()

    def _take(self, within: float) -> Client:
        with self._lock:
            client = self._idle.pop() if self._idle else Client(self.hub)
        client.timeout = within
        return client

    def _give(self, client: Client) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < 4:
                self._idle.append(client)
                return
        client.close()


def _unanswered(verb: str, error: HubUnavailable) -> str:
    silence = f"no answer from the hub in {error.waited:.1f} s"
    if verb:
        return f"{verb} not certain: {silence}; it may or may not have arrived"
    return silence
