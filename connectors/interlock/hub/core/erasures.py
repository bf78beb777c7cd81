"""Erasing long texts from the trace: the entry of the record comes first, and names each one by its digest."""

from collections.abc import Callable, Sequence

from interlock.hub.core.ask import BY_MAX, REASON_MAX
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact

__all__ = ["ERASED", "Erasures"]

ERASED = "erased"


class Erasures:
    """Asked for within ``Core.hand``: the reply comes once the entry is on disk, and only then is anything erased."""

    def __init__(self, desk: Desk, redact: Callable[[str], str]) -> None:
        self._desk, self._redact = desk, redact

    def erase(
        self, request: int, erasure: str, bodies: Sequence[str], by: str, reason: str, cause: str
    ) -> Fact:
        """Write it down; return the fact that the trace follows once it is on disk."""
        body = {
            "erasure": erasure,
            "bodies": list(bodies),
            "by": by[:BY_MAX],
            "reason": self._redact(reason)[:REASON_MAX],
            "cause": cause,
            "at": self._desk.now.wall,
        }
        fact = Fact(ERASED, body)
        self._desk.write(fact)
        self._desk.then(lambda: self._desk.reply(request, ()))
        return fact
