"""The carrier's tracking service: it works for a while, is away for a while, and so on. Pure; time is given."""

from collections.abc import Callable
from typing import Any

from interlock.gameday.ledger.books import Refusal

__all__ = ["AWAY_SECONDS", "WORKS_SECONDS", "Carrier"]

WORKS_SECONDS, AWAY_SECONDS = 10.0, 14.0
"""Away for longer than the breaker of the sandbox's policy stays open, so that its first probe fails as well."""


class Carrier:
    """Works from the first question on, then the two take turns. ``clock`` returns seconds that only go up."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._since: float | None = None

    def track(self, order: dict[str, Any]) -> dict[str, Any]:
        """Return where the parcel of an order is. Raises Refusal while the service is away."""
        now = self._clock()
        self._since = now if self._since is None else self._since
        if (now - self._since) % (WORKS_SECONDS + AWAY_SECONDS) >= WORKS_SECONDS:
            raise Refusal("the carrier's service answers 503")
        return {"order": order["order"], "parcel": f"PX-{order['order'][2:]}", "at": "hub Rotterdam"}
