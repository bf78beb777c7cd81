"""Identifiers: one letter for the kind, then 64 random bits in hex; trace and span ids as W3C has them."""

import re
import secrets

__all__ = [
    "ESCALATION",
    "ESCALATION_PREFIX",
    "GATE",
    "JOB",
    "ORDER",
    "PERMIT",
    "PLAN",
    "RUN",
    "RUN_PREFIX",
    "SHA256",
    "SPAN",
    "TRACE",
    "new_erasure",
    "new_escalation",
    "new_gate",
    "new_job",
    "new_order",
    "new_permit",
    "new_plan",
    "new_run",
    "new_span",
    "new_trace",
    "shorten",
]

RUN = r"^r-[0-9a-f]{16}$"
GATE = r"^g-[0-9a-f]{16}$"
ORDER = r"^o-[0-9a-f]{16}$"
PERMIT = r"^p-[0-9a-f]{16}$"
PLAN = r"^m-[0-9a-f]{16}$"
JOB = r"^j-[0-9a-f]{16}$"
ESCALATION = r"^e-[0-9a-f]{16}$"
RUN_PREFIX = r"^r-[0-9a-f]{4,16}$"
"""A run, or the beginning of one that a person may type where it is unique."""
ESCALATION_PREFIX = r"^e-[0-9a-f]{4,16}$"
"""The same of an escalation."""
SHA256 = r"^[0-9a-f]{64}$"
TRACE = r"^[0-9a-f]{32}$"
SPAN = r"^[0-9a-f]{16}$"

_SHORT = re.compile(r"^([a-z]-)([0-9a-f]{6})[0-9a-f]+$")


def new_run() -> str:
    """Return a fresh run id, ``r-`` and 16 hex digits."""
    return "r-" + secrets.token_hex(8)


def new_gate() -> str:
    """Return a fresh gate id, one for each ``connect()`` of a process."""
    return "g-" + secrets.token_hex(8)


def new_order() -> str:
    """Return a fresh order id."""
    return "o-" + secrets.token_hex(8)


def new_permit() -> str:
    """Return a fresh permit id; it travels downstream as the idempotency key."""
    return "p-" + secrets.token_hex(8)


def new_escalation() -> str:
    """Return a fresh escalation id: one action that waits for a person."""
    return "e-" + secrets.token_hex(8)


def new_erasure() -> str:
    """Return a fresh id of an erasure: long texts that go out of the trace together."""
    return "x-" + secrets.token_hex(8)


def new_plan() -> str:
    """Return a fresh id of a plan that makes effects good."""
    return "m-" + secrets.token_hex(8)


def new_job() -> str:
    """Return a fresh id of a job for a process that offers a tool."""
    return "j-" + secrets.token_hex(8)


def new_trace() -> str:
    """Return a W3C trace id: 32 hex digits."""
    return secrets.token_hex(16)


def new_span() -> str:
    """Return a W3C span id: 16 hex digits."""
    return secrets.token_hex(8)


def shorten(name: str) -> str:
    """Return the first six digits of an id with its letter (``r-7f3a91``); other text as it is."""
    found = _SHORT.match(name)
    return found[1] + found[2] if found else name
