"""What a person has had before their eyes, and which key press is an answer. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Hand", "Seen"]

ARM_AFTER = 0.4
"""Seconds of focus before a key counts, and of rest before the same key counts again: a key held down never does."""
APART = 0.08
"""Seconds between the key before and one that answers: what comes closer is a paste or a macro, not a hand."""


@dataclass
class Seen:
    """Which lines of a page were on the screen. Lines that changed, and all lines at another width, were not."""

    lines: list[str] = field(default_factory=list[str])
    width: int = 0
    _seen: set[int] = field(default_factory=set[int])

    def set(self, lines: Sequence[str], width: int) -> None:
        """Take the page as it is laid out now."""
        if width != self.width:
            self._seen.clear()
        else:
            kept = range(min(len(lines), len(self.lines)))
            self._seen &= {at for at in kept if lines[at] == self.lines[at]}
        self.lines, self.width = list(lines), width

    def forget(self) -> None:
        """It is something else now: nothing of it was read."""
        self._seen.clear()

    def painted(self, at: int) -> None:
        """Take note that a line was painted."""
        if 0 <= at < len(self.lines):
            self._seen.add(at)

    @property
    def count(self) -> int:
        """How many lines were on the screen."""
        return len(self._seen)

    @property
    def all(self) -> bool:
        """Whether every line was; a page without lines was not read."""
        return bool(self.lines) and len(self._seen) == len(self.lines)

    @property
    def first_unseen(self) -> int | None:
        """The first line that was not, None where all were."""
        return next((at for at in range(len(self.lines)) if at not in self._seen), None)


@dataclass
class Hand:
    """Tells an answer from a key that was held down, pasted, or meant for what was in front before."""

    _last: float = float("-inf")
    _of: dict[str, float] = field(default_factory=dict[str, float])
    answers: bool = False
    """Whether the key pressed last is an answer."""

    def note(self, key: str, now: float, focused_at: float) -> bool:
        """Take a key that was pressed, and return whether it is an answer."""
        rested = now - self._of.get(key, float("-inf")) >= ARM_AFTER
        self.answers = now - focused_at >= ARM_AFTER and now - self._last >= APART and rested
        self._last = self._of[key] = now
        return self.answers
