"""Questions and orders to the hub from threads, so that neither a slow hub nor a lost one stops the screen."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

from interlock.errors import HubUnavailable, InterlockError
from interlock_console.client import Client, Hub, segment
from interlock_console.lane import Lane, Work

__all__ = ["Desk", "Done", "Job", "new_key"]

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
        self._orders = Lane(hub, "order", within=_ORDER_WITHIN, keep=2)
        self._questions = Lane(hub, "question", within=_ASK_WITHIN, keep=4)

    def warm(self) -> None:
        """Open a connection for orders now and keep it open: the first one must not wait for that."""
        self._orders.warm()

    def order(self, verb: str, runs: Sequence[str], reason: str, key: str, done: Done) -> None:
        """Order by id, all or none; ``done`` gets ``{"receipts": [...]}`` once it is recorded. See :meth:`give`."""
        self.give({"verb": verb, "runs": list(runs), "reason": reason}, key, done)

    def give(self, body: Json, key: str, done: Done) -> None:
        """Give an order, by runs or by scope; ``done`` gets the hub's answer once it is recorded.

        It is on its way when this returns, where a warm connection is there. When nobody answered, the problem says
        that the order may or may not have arrived; sending it again with the same ``key`` is harmless.
        """
        self._post(str(body["verb"]), "/v1/orders", body, key, done)

    def lift(self, order: str, proof: str, reason: str, key: str, done: Done) -> None:
        """Lift a standing order; ``done`` gets ``{"lifted", "resumed", "order"}`` once it is recorded."""
        self._post("lift", f"/v1/orders/{segment(order)}/lift", {"proof": proof, "reason": reason}, key, done)

    def decide(self, verb: str, escalation: str, body: Json, key: str, done: Done) -> None:
        """Approve or reject a call that waits; ``done`` gets ESCALATION once that is recorded."""
        self._post(verb, f"/v1/escalations/{segment(escalation)}/{verb}", body, key, done)

    def act(self, verb: str, job: Job, done: Done) -> None:
        """Run what changes something and is no order, on the lane of the orders: it waits for no question.

        Where nobody answered, the problem says that it is not certain whether it was done.
        """
        self._orders.send(_work(verb, job, done))

    def preview(self, body: Json, done: Done) -> None:
        """Ask whom an order would reach; nothing happens."""
        self.ask(lambda client: client.post("/v1/orders/preview", body), done)

    def receipts(self, order: str, done: Done) -> None:
        """Ask how far an order got; ``done`` gets ``{"receipts": [...]}``."""
        self.ask(lambda client: client.get(f"/v1/orders/{segment(order)}"), done)

    def ask(self, job: Job, done: Done) -> None:
        """Run any question: ``job`` gets a client of its own and returns the answer.

        Example: ``desk.ask(lambda client: client.get(f"/v1/runs/{run}/events", limit=200), done)``.
        """
        self._questions.send(_work("", job, done))

    def close(self) -> None:
        """Close the idle connections; the busy ones are closed when their answer is there."""
        self._orders.close()
        self._questions.close()

    def _post(self, verb: str, path: str, body: Json, key: str, done: Done) -> None:
        headers = {"Idempotency-Key": key}

        def early(client: Client) -> Work | None:
            answer = client.ahead(path, body, headers)
            return None if answer is None else _work(verb, lambda _: answer(), done)

        self._orders.send(_work(verb, lambda client: client.post(path, body, headers), done), early)


def _work(verb: str, job: Job, done: Done) -> Work:
    def work(client: Client) -> None:
        try:
            answer, problem = job(client), ""
        except HubUnavailable as error:
            answer, problem = None, _unanswered(verb, error)
        except InterlockError as error:
            answer, problem = None, f"{verb or 'question'} refused: {error}"
        except Exception as error:  # noqa: BLE001 - whoever waits must hear of it, whatever it is
            answer, problem = None, f"{verb or 'question'} not certain: {type(error).__name__}: {error}"
        done(answer, problem)

    return work


def _unanswered(verb: str, error: HubUnavailable) -> str:
    # Who is refused has not waited, and a figure for it reads as an impatient console.
    refused = isinstance(error.__context__, ConnectionRefusedError)
    how = ": nobody listens there" if refused else f" in {error.waited:.1f} s"
    silence = f"no answer from the hub{how}"
    if verb:
        return f"{verb} not certain: {silence}; it may or may not have arrived"
    return silence
