"""The hub's own runs in the trace: marked by their role, and only the newest kept: there is one every minute."""

from interlock.hub.sqlite import Writer
from interlock.reserved import reserved
from interlock.runs import RunState

__all__ = ["OWN_RUNS", "OwnRuns", "is_own"]

OWN_RUNS = 1440
"""The hub's own runs whose events are kept: a day of proofs. The record and the table of stops keep theirs."""
_AT_ONCE = 20
_OLDER = "SELECT id, name FROM run WHERE own = 1 ORDER BY id DESC LIMIT ? OFFSET ?"


def is_own(state: RunState) -> bool:
    """Return whether a run is one of the hub's own."""
    return reserved(state.role.raw)


class OwnRuns:
    """Removes what is older. Only the writing thread uses it."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def trim(self) -> set[str]:
        """Delete the oldest of them with their events, a few at once, within a transaction; return their names."""
        older = list(self._writer.rows(_OLDER, (_AT_ONCE, OWN_RUNS)))
        self._writer.many("DELETE FROM event WHERE run = ?", [(number,) for number, _ in older])
        self._writer.many("DELETE FROM mark WHERE run = ?", [(number,) for number, _ in older])
        self._writer.many("DELETE FROM use WHERE run = ?", [(number,) for number, _ in older])
        self._writer.many("DELETE FROM run WHERE id = ?", [(number,) for number, _ in older])
        return {name for _, name in older}
