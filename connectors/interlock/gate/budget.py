"""Budgets: how many calls, and how much money, within a run or a sliding window. Exact; time is an argument."""

import threading
from collections import deque
from decimal import Decimal, InvalidOperation

from interlock.contract.spans import PERIODS

__all__ = ["Purse", "Taken", "amount"]

STEPS = 1024
"""Parts of a window that are told apart; what falls into one part comes back when its last one does."""


class Taken:
    """What was taken at about one time; changed in place while more falls into the same part of the window."""

    __slots__ = ("amount", "at")

    def __init__(self, at: float, amount: Decimal) -> None:
        self.at, self.amount = at, amount


class Purse:
    """One limit: at most ``most`` within ``per`` (``run`` is for ever)."""

    __slots__ = ("_lock", "_taken", "most", "used", "window")

    def __init__(self, most: Decimal, per: str) -> None:
        self.most = most
        self.window = PERIODS[per]
        self.used = Decimal(0)
        self._taken: deque[Taken] = deque()
        self._lock = threading.Lock()

    def take(self, now: float, asked: Decimal) -> Taken | None:
        """Take so much, or nothing and return None."""
        with self._lock:
            self._wear(now)
            if self.used + asked > self.most:
                return None
            self.used += asked
            last = self._taken[-1] if self._taken else None
            if last is None or (self.window and now - last.at > self.window / STEPS):
                last = Taken(now, Decimal(0))
                self._taken.append(last)
            last.amount += asked
            last.at = max(last.at, now)
            return last

    def back(self, taken: Taken, asked: Decimal) -> None:
        """Give back what was taken for a call that did not have its effect."""
        with self._lock:
            if taken in self._taken:
                taken.amount -= asked
                self.used -= asked

    def left(self, now: float, asked: Decimal) -> float | None:
        """Return in how many seconds there will be so much; None for never."""
        with self._lock:
            if not self.window or asked > self.most:
                return None
            free = self.most - self.used
            for taken in self._taken:
                free += taken.amount
                if free >= asked:
                    return max(0.0, taken.at + self.window - now)
            return 0.0

    def _wear(self, now: float) -> None:
        while self.window and self._taken and self._taken[0].at <= now - self.window:
            self.used -= self._taken.popleft().amount


def amount(value: object) -> Decimal | None:
    """Return an argument as an amount of money, exactly as it is spelled; None for what is none, or below zero."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = Decimal(value) if isinstance(value, int) else Decimal(str(value))
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None
