"""What is left out when more is reported than the hub takes, and how the trace is told of it.

Decided where it is reported, before there is a number: so a gap lies where it was made, and a call is left out with
all its events or with none. Calls that need a permit are never left out.
"""

import threading
from collections import Counter, deque
from typing import Any

from interlock.link.member import Member
from interlock.link.outbox import KEPT_AT_END

__all__ = ["BULK", "ITEMS_MAX", "Crowd"]

Json = dict[str, Any]
Report = tuple[Member, float, str | None, int | None, Json]

ITEMS_MAX = 65_536
"""Reports that may wait to be encoded; past it thoughts are left out."""
BULK = frozenset(["reasoning", "message", "context.snapshot"])


class Crowd:
    """The reports that wait to be encoded, and the door before them."""

    def __init__(self) -> None:
        self.items: deque[Report] = deque()
        self.closed = False
        """No room for what carries no effect."""
        self.shed = 0
        """Reports left out so far."""
        self._lock = threading.Lock()

    def takes(self, member: Member, at: float, event: Json) -> bool:
        """Tell whether the report is kept. Where some before it were not, the trace is told so first."""
        kind = event["kind"]
        if self.closed and kind in BULK:
            self.count(member)
            return False
        if not self.closed or kind == "run.finished":
            self.tell(member, at)
        return True

    def count(self, member: Member, *, own: bool = True) -> None:
        """Count a report that is not kept; with ``own`` its run's trace will be told."""
        with self._lock:
            self.shed += 1
            member.shed += own

    def tell(self, member: Member, at: float) -> None:
        """Put the number of those left out where they are missing."""
        with self._lock:
            if member.shed:
                event = {"kind": "reports.shed", "count": member.shed}
                member.shed = 0
                self.items.append((member, at, None, None, event))

    def squeeze(self) -> int:
        """Leave out the thoughts that wait, but for each run's newest; return how many reports are left."""
        waiting = [self.items.popleft() for _ in range(len(self.items))]
        thoughts = Counter(report[0].run for report in waiting if report[4]["kind"] in BULK)
        for report in waiting:
            member, at = report[:2]
            if report[4]["kind"] in BULK:
                thoughts[member.run] -= 1
                if thoughts[member.run] >= KEPT_AT_END:
                    self.count(member)
                    continue
            if member.shed:
                self.tell(member, at)
            self.items.append(report)
        return len(self.items)
