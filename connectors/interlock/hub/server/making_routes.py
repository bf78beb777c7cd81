"""The rows of the table that are about making good, and about what is unknown."""

from typing import Annotated

from pydantic import Field

from interlock import ids
from interlock.hub.server import making_answers as shapes
from interlock.hub.server.routing import WHO, Cursor, Limit100, Param, Route

__all__ = ["MAKING"]

_PLAN = Param("plan", Annotated[str, Field(pattern=ids.PLAN)], "The plan.", "path")
_PERMIT = Param("permit", Annotated[str, Field(pattern=ids.PERMIT)], "The permit of the call.", "path")
_MISSING = (404, "not_found")
_UNWRITTEN = (409, "unrecorded")

MAKING: tuple[Route, ...] = (
    Route(
        "POST",
        "/v1/compensations/plan",
        "propose",
        "What would make effects good, the newest first. Nothing happens.",
        shapes.ProposedAnswer,
        body=shapes.PlanRequest,
        errors=(_MISSING, (409, "ambiguous")),
        role="viewer",
    ),
    Route(
        "POST",
        "/v1/compensations",
        "begin_plan",
        "Make effects good by the plan that was shown; answered once it is on disk, before its first step.",
        shapes.PlanAnswer,
        (WHO,),
        shapes.BeginRequest,
        (
            _MISSING,
            (409, "digest"),
            (409, "proof"),
            (409, "unknown_first"),
            (409, "running"),
            (409, "nothing"),
            _UNWRITTEN,
        ),
        role="approver",
    ),
    Route(
        "GET",
        "/v1/compensations",
        "plans",
        "Plans that were begun, newest first, each with the receipts of its steps.",
        shapes.PlansAnswer,
        (
            Param("after", Cursor, "``next`` of the page before."),
            Param("limit", Limit100, "How many at most.", default=20),
        ),
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/compensations/{plan}",
        "plan",
        "A plan that was begun.",
        shapes.PlanAnswer,
        (_PLAN,),
        errors=(_MISSING,),
        role="viewer",
    ),
    Route(
        "POST",
        "/v1/compensations/{plan}/stop",
        "stop_plan",
        "Send no further step of a plan.",
        shapes.PlanAnswer,
        (_PLAN, WHO),
        shapes.StopRequest,
        (_MISSING, (409, "conflict")),
        role="responder",
    ),
    Route(
        "GET",
        "/v1/unknowns",
        "unknowns",
        "Calls whose outcome is unknown, the oldest first.",
        shapes.UnknownsAnswer,
        role="viewer",
    ),
    Route(
        "POST",
        "/v1/unknowns/{permit}/probe",
        "probe",
        "Have a process that offers the probe find out whether a call happened.",
        shapes.ProbeAnswer,
        (
            _PERMIT,
            Param("timeout", Annotated[float, Field(ge=0, le=60)], "Seconds to wait at most.", default=10.0),
            WHO,
        ),
        errors=(_MISSING, (409, "no_probe"), (409, "no_host")),
        role="responder",
    ),
    Route(
        "POST",
        "/v1/unknowns/{permit}/mark",
        "mark",
        "Write down what a person found out about a call; answered once it is on disk.",
        shapes.MarkAnswer,
        (_PERMIT, WHO),
        shapes.MarkRequest,
        (_MISSING, _UNWRITTEN),
        role="approver",
    ),
)
