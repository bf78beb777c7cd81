"""How facts change what waits for people: the same live, and over the record after a restart."""

from collections.abc import Callable, Mapping
from typing import Any

from interlock.hub.core.effects import Fact
from interlock.hub.core.inbox import DECIDED_MAX, LIKES_MAX, Escalation, Inbox, Like, Vote

__all__ = ["KINDS", "fold_inbox", "note_outcome", "note_permit", "note_void", "opened"]

Json = Mapping[str, Any]

_OPENED = (
    *("gate", "call", "req", "tool", "cls", "agent", "role", "owner", "definition", "policy", "hub", "epoch"),
    *("needs", "wait_s", "asked", "digest", "args", "why", "taint", "says", "override", "boot"),
)


def fold_inbox(inbox: Inbox, fact: Fact) -> None:
    """Change the inbox by one fact of :data:`KINDS`. Those about what is not kept any more are passed over."""
    if fact.kind == "escalation":
        _opened(inbox, fact)
        return
    escalation = inbox.known.get(fact.body["escalation"])
    if escalation is not None:
        KINDS[fact.kind](inbox, escalation, fact.body)


def opened(run: str, body: Json) -> Escalation:
    """Return the escalation that a fact of kind ``escalation`` begins."""
    return Escalation(
        body["escalation"],
        run,
        **{name: body[name] for name in _OPENED},
        group=body["asked"],
        asked_at=body["at"],
        left=body["wait_s"],
        since=body["mono"],
    )


def _opened(inbox: Inbox, fact: Fact) -> None:
    escalation = opened(fact.run, fact.body)
    inbox.known[escalation.name] = inbox.open[escalation.name] = escalation
    inbox.calls[escalation.run, escalation.gate, escalation.call] = escalation.name


def _clock(_: Inbox, escalation: Escalation, body: Json) -> None:
    escalation.held, escalation.left = body["held"], body["left"]
    escalation.since, escalation.boot = body["mono"], body["boot"]


def _edited(_: Inbox, escalation: Escalation, body: Json) -> None:
    escalation.digest, escalation.group, escalation.args = body["digest"], body["group"], body["args"]
    if body["operator"] not in escalation.editors:
        escalation.editors.append(body["operator"])


def _vote(_: Inbox, escalation: Escalation, body: Json) -> None:
    vote = Vote(body["operator"], body["by"], body["at"], body["digest"], body["edited"])
    escalation.votes.append(vote)


def _decide(escalation: Escalation, body: Json) -> None:
    escalation.decided_by, escalation.decided_at = body["by"], body["at"]
    escalation.reason, escalation.cause = body["reason"], body["cause"]


def _approved(inbox: Inbox, escalation: Escalation, body: Json) -> None:
    _decide(escalation, body)
    escalation.state = "approved"
    _clock(inbox, escalation, body)
    key = escalation.role, escalation.tool
    inbox.likes.pop(key, None)
    inbox.likes[key] = Like(escalation.name, escalation.args, body["by"], body["at"])
    while len(inbox.likes) > LIKES_MAX:
        del inbox.likes[next(iter(inbox.likes))]


def _rejected(inbox: Inbox, escalation: Escalation, body: Json) -> None:
    _decide(escalation, body)
    escalation.state = "rejected"
    _close(inbox, escalation)


def _timed_out(inbox: Inbox, escalation: Escalation, body: Json) -> None:
    _decide(escalation, body)
    escalation.state = "timed_out"
    _close(inbox, escalation)


def _void(inbox: Inbox, escalation: Escalation, body: Json) -> None:
    if escalation.state == "approved":
        escalation.outcome = "too_late"
        escalation.reason, escalation.cause = body["reason"], body["cause"]
    else:
        _decide(escalation, body)
    escalation.state = "void"
    _close(inbox, escalation)


def _close(inbox: Inbox, escalation: Escalation) -> None:
    """Nothing more can become of it. Of those the newest are kept."""
    inbox.open.pop(escalation.name, None)
    inbox.decided.pop(escalation.name, None)
    inbox.decided[escalation.name] = None
    while len(inbox.decided) > DECIDED_MAX:
        old = inbox.known.pop(next(iter(inbox.decided)))
        del inbox.decided[old.name]
        inbox.permits.pop(old.permit, None)
        if inbox.calls.get((old.run, old.gate, old.call)) == old.name:
            del inbox.calls[old.run, old.gate, old.call]


def note_permit(inbox: Inbox, body: Json) -> None:
    """Use the approval a permit was given for: the fact of the permit is the use."""
    escalation = inbox.known.get(body.get("escalation", ""))
    if escalation is not None:
        escalation.state, escalation.permit = "used", body["permit"]
        inbox.permits[escalation.permit] = escalation.name
        _close(inbox, escalation)


def note_void(inbox: Inbox, body: Json) -> None:
    """A permit is void. One its gate never got leaves the approval as it was, to be used once; else it is too late."""
    escalation = inbox.known.get(inbox.permits.pop(body["permit"], ""))
    if escalation is None:
        return
    if body.get("given", True):
        escalation.outcome = "too_late"
        return
    escalation.state, escalation.permit = "approved", ""
    inbox.decided.pop(escalation.name, None)
    inbox.open[escalation.name] = escalation


def note_outcome(inbox: Inbox, body: Json) -> None:
    """Keep how the call that was approved ended; ``unknown`` may be followed by what is known later."""
    name = inbox.permits.get(body["permit"], "")
    escalation = inbox.known.get(name)
    if escalation is not None:
        escalation.outcome = body["outcome"]
        if body["outcome"] != "unknown":
            del inbox.permits[body["permit"]]


KINDS: dict[str, Callable[[Inbox, Escalation, Json], None]] = {
    "escalation.clock": _clock,
    "edited": _edited,
    "vote": _vote,
    "approved": _approved,
    "rejected": _rejected,
    "timed_out": _timed_out,
    "void": _void,
}
"""What a fact of each kind does, beside ``escalation``, which begins one."""
