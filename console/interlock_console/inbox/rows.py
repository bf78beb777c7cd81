"""The list of what waits: the hub's own order, identical requests folded into one row, what was decided below. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["BELOW", "Listing", "Row"]

Json = dict[str, Any]

BELOW = "below"
"""The key of the line between what waits and what was decided."""


class Row(NamedTuple):
    """One row: the calls it stands for, the first of them shown; ``heard`` is when the hub told (monotonic)."""

    members: tuple[Json, ...]
    heard: float
    folded: bool = False

    @property
    def first(self) -> Json:
        """The one that is shown: of a group the one with the least time left."""
        return self.members[0]

    @property
    def waits(self) -> bool:
        """Whether it still waits."""
        return bool(self.first["state"] == "waiting")

    @property
    def danger(self) -> bool:
        """Whether a danger call is in it."""
        return any(found["cls"] == "danger" for found in self.members)

    def left(self, now: float) -> float | None:
        """Return the seconds left by now, None where its clock stands still or it waits no more."""
        rest = self.first["left_s"]
        return None if rest is None or self.first["held"] else max(0.0, rest - (now - self.heard))


@dataclass
class Listing:
    """What the hub told last. ``unfolded`` shows every call on a row of its own."""

    waiting: list[Json] = field(default_factory=list[Json])
    decided: list[Json] = field(default_factory=list[Json])
    heard: float = 0.0
    loaded: bool = False
    unfolded: bool = False

    def take(self, waiting: Iterable[Json], decided: Iterable[Json], now: float) -> None:
        """Take what the hub answered: what waits in its order, danger first; what was decided, the newest first."""
        self.waiting = [found for found in waiting if found["state"] == "waiting"]
        waits = {found["id"] for found in self.waiting}
        self.decided = [found for found in decided if found["id"] not in waits]
        self.heard, self.loaded = now, True

    def rows(self) -> dict[str, Row]:
        """Return every row by its key, in order. A group stands where its first call does, so no flood hides danger."""
        groups: dict[str, list[Json]] = {}
        for found in self.waiting:
            groups.setdefault(str(found["group"]), []).append(found)
        rows: dict[str, Row] = {}
        for found in self.waiting:
            members = groups[str(found["group"])]
            if len(members) == 1 or self.unfolded:
                rows[str(found["id"])] = Row((found,), self.heard)
            else:
                rows.setdefault(f"g:{found['group']}", Row(tuple(members), self.heard, folded=True))
        if self.decided:
            rows[BELOW] = Row((self.decided[0],), self.heard)
        rows |= {str(found["id"]): Row((found,), self.heard) for found in self.decided}
        return rows

    def named(self, names: Sequence[str]) -> list[Json]:
        """Return the calls that wait and have these ids, in the hub's order."""
        return [found for found in self.waiting if found["id"] in names]
