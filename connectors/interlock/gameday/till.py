"""The tools of the company's agents: the ledger, asked over its socket. Standard library only."""

import json
import os
import socket
from collections.abc import Mapping
from typing import Any, NamedTuple, cast

__all__ = ["Till", "TillLost", "TillRefused"]

Json = dict[str, Any]


class TillRefused(Exception):
    """The ledger said no."""


class TillLost(TillRefused, ConnectionError):
    """The ledger's answer did not come, or says nothing: what was asked for may have happened."""


class Till(NamedTuple):
    """Where the ledger answers, and the key it wants to see."""

    address: str
    key: str

    @classmethod
    def found(cls, environ: Mapping[str, str] = os.environ) -> "Till":
        """Return the till that GAMEDAY_LEDGER and GAMEDAY_KEY name. Raises KeyError."""
        return cls(environ["GAMEDAY_LEDGER"], environ["GAMEDAY_KEY"])

    def environment(self) -> dict[str, str]:
        """Return what lets an agent's process find this till."""
        return {"GAMEDAY_LEDGER": self.address, "GAMEDAY_KEY": self.key}

    def lookup(self, order: str) -> Json:
        """Return one order."""
        return dict(self._ask("lookup", order))

    def quote(self, order: str) -> Json:
        """Ask the carrier what it costs to ship an order."""
        return dict(self._ask("quote", order))

    def customers(self, page: int) -> list[Json]:
        """Return one page of the list of customers."""
        return list(self._ask("customers", "", page=page))

    def track(self, order: str) -> Json:
        """Ask the carrier where a parcel is. The carrier's service comes and goes: TillRefused while it is away."""
        return dict(self._ask("track", order))

    def letter(self, order: str) -> Json:
        """Return what the customer of an order wrote this morning."""
        return dict(self._ask("letter", order))

    def refund(self, order: str, amount: float, *, run: str, permit: str, known_as: str = "") -> Json:
        """Pay money back, once for a permit, or for a key where there is one of its own."""
        return dict(self._ask("refund", order, amount=amount, run=run, permit=permit, known_as=known_as))

    def cancel(self, refund_id: str, *, run: str, permit: str, known_as: str = "") -> Json:
        """Take a refund back, once; it is known by its own id, or by the permit or key it was paid on."""
        return dict(self._ask("cancel", "", refund_id=refund_id, run=run, permit=permit, known_as=known_as))

    def find(self, known_as: str) -> Json:
        """Find out whether anything was done under this permit or key: ``found`` says so."""
        return dict(self._ask("find", "", known_as=known_as))

    def mail(self, order: str, to: str, body: str, *, run: str, permit: str) -> Json:
        """Write to a customer, once for a permit."""
        return dict(self._ask("mail", order, to=to, body=body, run=run, permit=permit))

    def change(self, order: str, status: str, *, run: str, permit: str) -> Json:
        """Change the state of an order, once for a permit."""
        return dict(self._ask("change", order, status=status, run=run, permit=permit))

    def slow(self, order: str, acts_after: float, answers_after: float) -> None:
        """Let refunds of this order act, and then answer, that many seconds late."""
        self._ask("slow", order, acts_after=acts_after, answers_after=answers_after)

    def _ask(self, do: str, order: str, **more: object) -> Any:
        host, _, port = self.address.rpartition(":")
        line = json.dumps({"do": do, "order": order, "key": self.key, **more}).encode() + b"\n"
        with (
            socket.create_connection((host, int(port)), timeout=120.0) as link,
            link.makefile("rb") as answers,
        ):
            link.sendall(line)
            answer = answers.readline()
        if not answer:
            raise TillLost("the ledger closed the line without an answer")
        said = _understood(answer)
        if "refused" in said:
            raise TillRefused(said["refused"])
        if "ok" not in said:
            raise TillLost("the ledger's answer says neither yes nor no")
        return said["ok"]


def _understood(answer: bytes) -> Json:
    try:
        said: Any = json.loads(answer)
    except ValueError:
        raise TillLost("the ledger's answer is no JSON") from None
    return cast("Json", said) if isinstance(said, dict) else {}
