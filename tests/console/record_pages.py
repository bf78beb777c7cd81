"""A record in memory that answers pages as docs/protocol.md says, and stops to look wherever it is told to."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

CANARY = "interlock-canary"


def entry(n: int, *, run: str = "", **more: Any) -> Json:
    """Return one entry as the API gives it."""
    made: Json = {
        "n": n, "at": 1_000_000.0 + n, "kind": "permit", "who": "g-1", "what": "permit for refund", "why": "",
        "run": run or f"r-{n // 10:016x}", "tool": "refund", "verdict": "allow", "permit": f"p-{n:016x}", "digest": "",
        "outcome": "", "hash": f"{n:064x}", "order": "", "prev": f"{n - 1:064x}", "body": {},
    }  # fmt: skip
    return made | more


class Pages:
    """``entries`` in order; each request looks at no more than ``look`` of them."""

    def __init__(self, entries: list[Json], look: int = 10_000) -> None:
        self.entries, self.look = entries, look

    @property
    def last(self) -> int:
        """The newest entry."""
        return len(self.entries)

    def page(self, limit: int, *, after: int | None = None, before: int | None = None, **query: Any) -> Json:
        """Answer one question; the filters that are known are ``tool`` and ``kind``."""
        last, found, place = self.last, list[Json](), None
        down = range(min((before or 0) - 1, last), 0, -1)
        numbers = down if after is None else range(after + 1, last + 1)
        for looked, n in enumerate(numbers, 1):
            made = self.entries[n - 1]
            if all(made[name] == value for name, value in query.items()):
                found.append(made)
            if (len(found) >= limit or looked >= self.look) and n != numbers[-1]:
                place = n
                break
        return {"entries": found, "next": place, "scanned": 0, "last": last}
