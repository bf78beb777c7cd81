"""When a role's dial goes down by itself: ``lower: {to: ask, after: 3 rejected in 1h}``. Pure."""

import re
from dataclasses import dataclass
from typing import Final

from interlock.contract.spans import duration, spelled
from interlock.policy.nodes import Node, Report, shown
from interlock.policy.verdicts import LEVELS, Autonomy

__all__ = ["Lower", "lowers"]

_AFTER: Final = re.compile(r"([1-9][0-9]{0,3}) (rejected|unknown) in (\S+)")
_FIX: Final = "write it as '3 rejected in 1h' or '2 unknown in 10m', a day at most"
_LONGEST: Final = 86_400.0
_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Lower:
    """The dial of the role goes down to ``to`` once ``count`` calls of it ended as ``what`` within ``seconds``.

    ``rejected``: a person decided against the call. ``unknown``: nobody knows whether it happened.
    """

    to: Autonomy
    count: int
    what: str
    seconds: float

    @property
    def after(self) -> str:
        """Its condition, as it is written."""
        return f"{self.count} {self.what} in {spelled(self.seconds)}"


def lowers(node: Node | None, report: Report) -> tuple[Lower, ...]:
    """Return what ``lower`` says, one or a list; what is wrong with it is reported."""
    if node is None:
        return ()
    entries = node.value if isinstance(node.value, list) else [node]
    report.most(node, len(entries), _MOST, "entries of lower")
    found = (_lower(one, report) for one in entries[:_MOST])
    return tuple(one for one in found if one is not None)


def _lower(node: Node, report: Report) -> Lower | None:
    said = report.mapping(node, "lower", ("to", "after"))
    if {"to", "after"} - said.keys():
        report.add(node, "lower says too little", "write {to: ask, after: 3 rejected in 1h}")
        return None
    word = report.word(said["to"], "to", LEVELS[:-1])
    level: Autonomy | None = next((one for one in LEVELS if one == word), None)
    after = said["after"]
    matched = _AFTER.fullmatch(after.value) if isinstance(after.value, str) else None
    seconds = _seconds(matched[3]) if matched is not None else None
    if matched is None or seconds is None:
        report.add(after, f"after is {shown(after.plain())}", _FIX)
        return None
    return Lower(level, int(matched[1]), matched[2], seconds) if level is not None else None


def _seconds(text: str) -> float | None:
    try:
        seconds = duration(text)
    except ValueError:
        return None
    return seconds if seconds <= _LONGEST else None
