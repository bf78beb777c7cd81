"""Erasing texts from the trace: the entry of the record comes first, and names each one by its digest."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from interlock.hub.core.ask import BY_MAX, REASON_MAX
from interlock.hub.core.desk import Desk
from interlock.hub.core.effects import Fact

__all__ = ["ERASED", "Erasures", "Texts"]

ERASED = "erased"


class Texts(NamedTuple):
    """Events of a run, from one number to another."""

    run: str
    first: int
    last: int


class Erasures:
    """Asked for within ``Core.hand``: the reply comes once the entry is on disk, and only then is anything erased."""

    def __init__(self, desk: Desk, redact: Callable[[str], str]) -> None:
        self._desk, self._redact = desk, redact

    def erase(
        self,
        request: int,
        erasure: str,
        bodies: Sequence[str],
        by: str,
        reason: str,
        cause: str,
        texts: Texts | None = None,
    ) -> Fact:
        """Write it down; return the fact that the trace follows once it is on disk.

        ``texts`` are the events whose short texts go with the long ones: a run, and their first and last number.
        """
        body: dict[str, Any] = {
            "erasure": erasure,
            "bodies": list(bodies),
            "by": by[:BY_MAX],
            "reason": self._redact(reason)[:REASON_MAX],
            "cause": cause,
            "at": self._desk.now.wall,
        }
        if texts is not None:
            body["texts"] = texts._asdict()
        fact = Fact(ERASED, body, run=texts.run if texts is not None else "")
        self._desk.write(fact)
        self._desk.then(lambda: self._desk.reply(request, ()))
        return fact
