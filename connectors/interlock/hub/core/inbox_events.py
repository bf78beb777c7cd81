"""What a run's trace is told of calls that wait for people."""

from typing import Final, Literal

from interlock.events import EscalationDecided, EscalationOpened
from interlock.hub.core.inbox import Escalation, State
from interlock.text import Untrusted

__all__ = ["Verdict", "announced", "concluded", "decided"]

Verdict = Literal["approved", "rejected", "timed_out", "void"]
_VERDICTS: Final[dict[State, Verdict]] = {
    "approved": "approved",
    "used": "approved",
    "rejected": "rejected",
    "timed_out": "timed_out",
    "void": "void",
    "waiting": "void",
}


def announced(known: Escalation) -> EscalationOpened:
    """Return the event that says that a call waits."""
    return EscalationOpened(
        escalation=known.name,
        call=known.call,
        tool=Untrusted(known.tool),
        cls=known.cls,
        digest=known.digest,
        why=tuple(Untrusted(" ".join(each)[:1000]) for each in known.why[:16]),
        needs=known.needs,
        wait_ms=known.wait_s * 1000,
    )


def decided(known: Escalation, verdict: Verdict, by: str, reason: str, cause: str) -> EscalationDecided:
    """Return the event that says how it ended."""
    return EscalationDecided(
        escalation=known.name,
        verdict=verdict,
        by=Untrusted(by[:128]),
        reason=Untrusted(reason[:2000]),
        edited=bool(known.editors),
        cause=cause,
    )


def concluded(name: str, known: Escalation | None) -> EscalationDecided:
    """Return the same of one that is decided already, or of which nothing is kept any more."""
    if known is None:
        return EscalationDecided(escalation=name, verdict="void", by=Untrusted("hub"), cause="")
    return decided(known, _VERDICTS[known.state], known.decided_by, known.reason, known.cause)
