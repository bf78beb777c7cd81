"""What this gate saw of the hub's record: a hub that comes back older, or as another one, is told to its face."""

from collections.abc import Callable

from interlock.heads import Head, compare

__all__ = ["Witness"]


class Witness:
    """Keeps the newest head that a hub told of, for as long as this process lives."""

    def __init__(self, shout: Callable[[str], None]) -> None:
        self._shout = shout
        self.seen: Head | None = None
        self.problem = ""
        """What is wrong with the record of the hub that answers now, or nothing."""

    def saw(self, head: Head) -> None:
        """Take a head. One that is behind what was seen changes nothing, and is said once."""
        problem = compare(self.seen, head) if self.seen is not None else ""
        if problem and problem != self.problem:
            self._shout(f"THE HUB WAS ROLLED BACK: {problem}; it may not know of kills and approvals it gave")
        self.problem = problem
        if not problem:
            self.seen = head
