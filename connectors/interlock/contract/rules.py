"""The small rules of a contract, each as people write it and as the gate needs it. Pure, frozen.

Each class has ``parse(text)``, which raises ValueError with what to write instead, and ``text()``, its inverse.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from interlock.contract.spans import PERIODS, duration, spelled

__all__ = ["Backoff", "Breaking", "Money", "Overlay", "Rate"]

_PER = re.compile(r"(\d{1,12}(?:\.\d{1,6})?) per (\w+)", re.ASCII)
_BREAKING = re.compile(r"(\d{1,6}) of (\d{1,6}) ?/ ?(\S+)", re.ASCII)
_BACKOFF = re.compile(r"(\d+(?:\.\d+)?) ?s? x ?(\d+(?:\.\d+)?) <= (\S+)", re.ASCII)

CALLS_MAX = 10_000
"""The most calls that a breaker or a rate looks back over."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """How long to wait before a further attempt: ``0.2s x2 <= 5s``. Jitter is full: from 0 up to what it says."""

    first_s: float = 0.2
    factor: float = 2.0
    most_s: float = 5.0

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read ``0.2s x2 <= 5s``."""
        found = _BACKOFF.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise ValueError('write the first wait, the factor and the longest wait, such as "0.2s x2 <= 5s"')
        first, factor, most = float(found[1]), float(found[2]), duration(found[3])
        if not 0 < first <= most <= 300:
            raise ValueError("the first wait is more than 0, and the longest at least that and at most 5m")
        if not 1 <= factor <= 10:
            raise ValueError("the factor is between 1 and 10")
        return cls(first, factor, most)

    def text(self) -> str:
        """Write it as it is read."""
        return f"{_number(self.first_s)}s x{_number(self.factor)} <= {spelled(self.most_s)}"

    def ceiling(self, attempt: int) -> float:
        """Return the longest wait in seconds after the attempt of this number, which counts from 1."""
        try:
            return min(self.most_s, self.first_s * self.factor ** (attempt - 1))
        except OverflowError:
            return self.most_s

    def wait(self, attempt: int, random: float) -> float:
        """Return the wait after this attempt: ``random``, from 0 to 1, of its ceiling (full jitter)."""
        return self.ceiling(attempt) * random


@dataclass(frozen=True, slots=True)
class Breaking:
    """When a breaker opens: ``5 of 20 / 30s``.

    5 failures among the last 20 calls, all within the last 30 s, open it for 30 s; then one call is let through to
    probe, and its end closes the breaker or opens it anew.
    """

    failures: int
    calls: int
    window_s: float

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read ``5 of 20 / 30s``."""
        found = _BREAKING.fullmatch(text.strip()) if isinstance(text, str) else None
        if found is None:
            raise ValueError("write failures, calls and time, such as 5 of 20 / 30s")
        failures, calls, window = int(found[1]), int(found[2]), duration(found[3])
        if not 1 <= failures <= calls <= CALLS_MAX:
            raise ValueError(f"failures are at least 1 and at most the calls, calls at most {CALLS_MAX}")
        if window > 3600:
            raise ValueError("a breaker looks back 1h at most")
        return cls(failures, calls, window)

    def text(self) -> str:
        """Write it as it is read."""
        return f"{self.failures} of {self.calls} / {spelled(self.window_s)}"


@dataclass(frozen=True, slots=True)
class Rate:
    """How many calls: ``10 per minute``. Per run it counts the run's; else the role's at this gate, in a window."""

    count: int
    per: str
    """``run``, ``second``, ``minute``, ``hour`` or ``day``."""

    @classmethod
    def parse(cls, text: object) -> Self:
        """Read ``10 per minute``."""
        amount, per = _per(text, "10 per minute")
        if amount != int(amount) or not 1 <= amount <= CALLS_MAX:
            raise ValueError(f"a rate is a whole number from 1 to {CALLS_MAX}")
        return cls(int(amount), per)

    def text(self) -> str:
        """Write it as it is read."""
        return f"{self.count} per {self.per}"


@dataclass(frozen=True, slots=True)
class Money:
    """How much money: the sum of argument ``arg``, ``at_most: 500 per run``. Exact decimals, windows as for a rate."""

    arg: str
    most: Decimal
    per: str

    @classmethod
    def parse(cls, arg: str, text: object) -> Self:
        """Read ``500 per run`` for the argument of this name."""
        amount, per = _per(text, "500 per run")
        return cls(arg, amount, per)

    def text(self) -> str:
        """Write the limit as it is read."""
        return f"{self.most} per {self.per}"


@dataclass(frozen=True, slots=True)
class Overlay:
    """How a shadowed run's virtual writes show in its later reads.

    A read of this tool whose arguments equal those of a virtual write of the tool ``of`` (``where``: read's argument ->
    write's) gets the real answer with the fields of ``set`` over it, filled in from that write.
    """

    of: str
    where: tuple[tuple[str, str], ...]
    set: str
    """JSON object: field of the answer -> value, with references as in an :class:`Action`."""


def _per(text: object, such_as: str) -> tuple[Decimal, str]:
    found = _PER.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None or found[2] not in PERIODS:
        raise ValueError(f"write an amount and {', '.join(PERIODS)}, such as {such_as}")
    amount = Decimal(found[1])
    if amount <= 0:
        raise ValueError("the amount is more than 0")
    return amount, found[2]


def _number(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
