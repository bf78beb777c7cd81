"""What a guardrail says of what a model is about to read: a verdict, and each finding with where it stands. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["VERDICTS", "Finding", "InputVerdict", "Screening", "worst"]

InputVerdict = Literal["allow", "flag", "ask", "block"]

VERDICTS: Final[tuple[InputVerdict, ...]] = ("allow", "flag", "ask", "block")
"""Mildest first. ``flag``: it goes on and is marked; ``ask``: a person decides; ``block``: no model sees it."""

_WEIGHT: Final = {verdict: weight for weight, verdict in enumerate(VERDICTS)}


def worst(verdicts: Iterable[InputVerdict]) -> InputVerdict:
    """Return the strictest of the verdicts; of none, ``allow``."""
    found: InputVerdict = "allow"
    for verdict in verdicts:
        found = verdict if _WEIGHT[verdict] > _WEIGHT[found] else found
    return found


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason: the ``rule`` that found it, the ``source`` of the text, and what stands there.

    ``excerpt`` is at most 160 characters around the place, ``offset`` where it begins in the text of its source, in
    characters. Source and excerpt are somebody else's words: untrusted.
    """

    verdict: InputVerdict
    rule: str
    source: str
    excerpt: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Screening:
    """What was found in one request. ``tainted`` names the sources from outside in which something was found."""

    findings: tuple[Finding, ...] = ()
    unread: int = 0
    """Characters that were not looked at, because there were too many."""

    @property
    def verdict(self) -> InputVerdict:
        """The strictest of the findings' verdicts."""
        return worst(finding.verdict for finding in self.findings)

    @property
    def tainted(self) -> tuple[str, ...]:
        """The sources of the findings, each once, in their order."""
        return tuple(dict.fromkeys(finding.source for finding in self.findings))
