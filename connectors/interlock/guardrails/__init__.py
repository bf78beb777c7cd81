"""Input guardrails: what a model is about to read is checked first. Pure, but for the hooks' threads."""

from interlock.guardrails.findings import VERDICTS, Finding, InputVerdict, Screening, worst
from interlock.guardrails.guard import Guard, Hooked, screen, screen_request
from interlock.guardrails.hooks import Hook, Request, ask
from interlock.guardrails.pieces import Piece, pieces, result
from interlock.guardrails.reading import normal, read
from interlock.guardrails.scope import Scope

__all__ = [
    "VERDICTS",
    "Finding",
    "Guard",
    "Hook",
    "Hooked",
    "InputVerdict",
    "Piece",
    "Request",
    "Scope",
    "Screening",
    "ask",
    "normal",
    "pieces",
    "read",
    "result",
    "screen",
    "screen_request",
    "worst",
]
