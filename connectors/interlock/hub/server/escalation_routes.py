"""The rows of the HTTP API about calls that wait for people."""

from typing import Annotated

from pydantic import Field

from interlock import ids
from interlock.hub.server import escalation_answers
from interlock.hub.server.escalation_pages import CURSOR
from interlock.hub.server.routing import WHO, Limit100, Param, Route

__all__ = ["ESCALATIONS"]

_ID = Param(
    "escalation",
    Annotated[str, Field(pattern=ids.ESCALATION_PREFIX)],
    "What waits, or waited, or a unique beginning of one of at least four digits.",
    "path",
)
_CURSOR = Annotated[str, Field(pattern=CURSOR)]
_STATE = Annotated[str, Field(pattern="^(waiting|approved|rejected|timed_out|void|used|decided)$")]
_UNKNOWN = ((404, "not_found"), (409, "ambiguous"))
_LATE = ((409, "decided"), (409, "digest"), (409, "expired"), (409, "killed"), (409, "void"))

ESCALATIONS: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/escalations",
        "escalations",
        "What waits for people: danger first, then the least time left. Or what was decided, the newest first.",
        escalation_answers.EscalationsAnswer,
        (
            Param("state", _STATE, "Only these; ``decided`` is all that wait no more.", default="waiting"),
            Param("after", _CURSOR, "``next`` of the page before."),
            Param("limit", Limit100, "How many at most.", default=50),
        ),
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/escalations/{escalation}",
        "escalation",
        "One call that waits, or waited, for people.",
        escalation_answers.EscalationAnswer,
        (_ID,),
        errors=_UNKNOWN,
        role="viewer",
    ),
    Route(
        "POST",
        "/v1/escalations/{escalation}/approve",
        "approve",
        "Approve exactly this, or an edit of it; answered once that is on disk, which is before the agent hears of it.",
        escalation_answers.DecidedAnswer,
        (_ID, WHO),
        escalation_answers.ApproveRequest,
        (
            (400, "arguments"),
            *_UNKNOWN,
            *_LATE,
            *((409, "self"), (409, "voted"), (409, "denied"), (409, "role"), (409, "unrecorded")),
        ),
        role="approver",
    ),
    Route(
        "POST",
        "/v1/escalations/{escalation}/reject",
        "reject",
        "Reject it. The agent is told at once, with the reason; answered once it is on disk.",
        escalation_answers.DecidedAnswer,
        (_ID, WHO),
        escalation_answers.RejectRequest,
        (*_UNKNOWN, *_LATE),
        role="approver",
    ),
)
