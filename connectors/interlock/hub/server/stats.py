"""What the status line says of the hub: events a second, and how long stops took lately. Pure."""

from collections import deque

__all__ = ["Rate", "Stops"]

_WINDOW = 5.0


class Rate:
    """Counts events, and says how many a second there were in the last five seconds."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._count = 0

    def add(self, count: int, now: float) -> None:
        """Count events at a monotonic time in seconds."""
        self._seen.append((now, count))
        self._count += count
        self._drop(now)

    def per_second(self, now: float) -> float:
        """Return the rate at this time."""
        self._drop(now)
        return round(self._count / _WINDOW, 1)

    def _drop(self, now: float) -> None:
        while self._seen and self._seen[0][0] < now - _WINDOW:
            self._count -= self._seen.popleft()[1]


class Stops:
    """How long it took from an order that stops to the answer of the last gate, over the newest thousand."""

    def __init__(self) -> None:
        self.count = 0
        self._ms: deque[float] = deque(maxlen=1000)

    def add(self, ms: float) -> None:
        """Count one stop."""
        self.count += 1
        self._ms.append(ms)

    def to_json(self) -> dict[str, object]:
        """Return ``{"count", "ms": [p50, p99]}``; an empty list while there was none."""
        ordered = sorted(self._ms)
        ms = [ordered[int((len(ordered) - 1) * part)] for part in (0.5, 0.99)] if ordered else []
        return {"count": self.count, "ms": ms}
