"""The guardrails of a role: which there are, and what each says of what a model is about to read. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from interlock.guardrails.findings import Finding, InputVerdict, Screening
from interlock.guardrails.pieces import Piece
from interlock.guardrails.scope import Scope
from interlock.guardrails.signs import Hit, hits

__all__ = ["PIECE_MAX", "REQUEST_MAX", "Guard", "Hooked", "screen", "screen_request"]

PIECE_MAX = 256 * 1024
"""Characters of one text that are looked at: its first and last halves of that."""
REQUEST_MAX = 1024 * 1024
"""Characters of one request that are looked at."""
AROUND = 60
"""Characters of an excerpt on either side of what was found."""


@dataclass(frozen=True, slots=True)
class Hooked:
    """How a team's own check takes part: how long it may take, and what counts when it is late or fails."""

    name: str
    budget_s: float = 0.5
    otherwise: InputVerdict = "flag"


@dataclass(frozen=True, slots=True)
class Guard:
    """The guardrails of one role. ``injection`` is the verdict on a text from outside that speaks to the model."""

    scope: Scope = field(default_factory=Scope)
    injection: InputVerdict = "flag"
    hooks: tuple[Hooked, ...] = ()


def screen_request(guard: Guard, goal: str) -> Screening:
    """Return what is out of scope in what a run was asked to do."""
    return Screening(guard.scope.findings(Piece("goal", goal, True)))


def screen(guard: Guard, found: Iterable[Piece]) -> Screening:
    """Return the signs in the texts from outside. Texts longer than the limits are looked at in part, and say so."""
    findings: list[Finding] = []
    unread, left = 0, REQUEST_MAX
    for piece in found:
        if piece.outside and guard.injection != "allow":
            head, tail = _looked_at(piece.text, min(left, PIECE_MAX))
            left -= len(head) + len(tail)
            missing = len(piece.text) - len(head) - len(tail)
            unread += missing
            findings += _signs(guard, piece.source, head, 0)
            findings += _signs(guard, piece.source, tail, len(piece.text) - len(tail))
            if missing:
                why = f"{missing} characters were not looked at"
                findings.append(Finding("flag", "guard.injection: too long", piece.source, why, len(head)))
    return Screening(tuple(findings), unread)


def _looked_at(text: str, most: int) -> tuple[str, str]:
    if len(text) <= most:
        return text, ""
    half = most // 2
    return text[:half], text[len(text) - half :] if half else ""


def _signs(guard: Guard, source: str, text: str, offset: int) -> Iterable[Finding]:
    for hit in hits(text):
        yield _finding(guard, source, text, hit, offset)


def _finding(guard: Guard, source: str, text: str, hit: Hit, offset: int) -> Finding:
    begin = max(0, hit.start - AROUND // 2)
    excerpt = text[begin : begin + 2 * AROUND + 40]
    return Finding(guard.injection, f"guard.injection: {hit.sign.name}", source, excerpt, offset + begin)
