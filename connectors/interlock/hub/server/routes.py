"""The table of the HTTP API: each row is a route, what it takes, what it answers, and how it can fail.

The server is built from it, and so is the API document; nothing is routed that is not in it.
"""

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field

from interlock import ids
from interlock.hub.server import answers, hand_answers, order_answers, trace_answers
from interlock.hub.server.access_routes import ACCESS
from interlock.hub.server.audit_routes import AUDIT
from interlock.hub.server.escalation_routes import ESCALATIONS
from interlock.hub.server.making_routes import MAKING
from interlock.hub.server.policy_routes import POLICY
from interlock.hub.server.routing import (
    KEY,
    NO_ORDER,
    NO_RUN,
    ORDER,
    RUN,
    WHO,
    Cursor,
    Limit,
    Limit100,
    Limit1000,
    Number,
    Param,
    Route,
    Stage,
)

__all__ = ["ROUTES", "Param", "Route"]

ROUTES: tuple[Route, ...] = (
    Route(
        "POST",
        "/v1/orders",
        "give_order",
        "Give an order to all these runs or to none, or to a scope; answered once it is on disk.",
        order_answers.OrderedAnswer,
        (KEY, WHO),
        order_answers.OrderRequest,
        ((404, "not_found"), (409, "conflict"), (409, "unrecorded")),
        role="responder",
    ),
    Route(
        "GET",
        "/v1/orders",
        "orders",
        "Orders, newest first, each with its targets counted.",
        order_answers.SummariesAnswer,
        (
            Param("standing", bool, "Only those that hold for runs to come.", default=False),
            Param("after", Cursor, "``next`` of the page before."),
            Param("limit", Limit100, "How many at most.", default=20),
        ),
        role="viewer",
    ),
    Route(
        "POST",
        "/v1/orders/preview",
        "preview",
        "Whom an order would reach as of now. Nothing happens.",
        order_answers.PreviewAnswer,
        body=order_answers.PreviewRequest,
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/orders/{order}/summary",
        "summary",
        "The combined receipt of an order.",
        order_answers.Summary,
        (ORDER,),
        errors=NO_ORDER,
        role="viewer",
    ),
    Route(
        "POST",
        "/v1/orders/{order}/lift",
        "lift",
        "Take a standing order back; answered once that is on disk.",
        order_answers.LiftAnswer,
        (ORDER, KEY, WHO),
        order_answers.LiftRequest,
        ((404, "not_found"), (409, "conflict"), (409, "proof"), (409, "unrecorded")),
        role="responder",
    ),
    Route("GET", "/v1/status", "status", "The hub itself.", answers.StatusAnswer, role="viewer"),
    Route(
        "GET",
        "/v1/runs",
        "runs",
        "Runs, newest first.",
        answers.RunsAnswer,
        (
            Param("after", Cursor, "``next`` of the page before."),
            Param("limit", Limit, "How many at most.", default=100),
            Param("state", Annotated[str, Field(pattern="^(running|finished|lost)$")], "Only these."),
            Param("canary", bool, "Also the runs of the hub's own canary.", default=False),
        ),
        errors=((400, "malformed"),),
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/brake",
        "brake",
        "When the brake was last proven, and the newest stops with the times of their stages.",
        answers.BrakeAnswer,
        (
            Param("after", Cursor, "``next`` of the page before."),
            Param("limit", Limit, "How many stops at most.", default=100),
        ),
        errors=((400, "malformed"),),
        role="viewer",
    ),
    Route(
        "GET", "/v1/runs/{run}", "run", "One run.", answers.RunAnswer, (RUN,), errors=NO_RUN, role="viewer"
    ),
    Route(
        "GET",
        "/v1/runs/{run}/events",
        "events",
        "Events of a run by their number, in order. A page ends early at 1 MiB.",
        answers.EventsAnswer,
        (
            RUN,
            Param("after", Number, "Only events after this number."),
            Param("before", Number, "The page that ends just before this number."),
            Param("limit", Limit1000, "How many at most.", default=200),
        ),
        errors=NO_RUN,
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/runs/{run}/search",
        "search",
        "Find a text in a run's events, whatever its case. Bounded work: go on with ``next``.",
        trace_answers.SearchAnswer,
        (
            RUN,
            Param("q", Annotated[str, Field(min_length=1, max_length=200)], "The text.", needed=True),
            Param("after", Number, "Only events after this number."),
            Param("before", Number, "Only events before this number, the newest first."),
            Param("limit", Annotated[int, Field(ge=1, le=100)], "Stop after so many.", default=20),
        ),
        errors=NO_RUN,
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/runs/{run}/marks",
        "marks",
        "The numbers of a run's failed calls or model turns, ascending.",
        trace_answers.MarksAnswer,
        (
            RUN,
            Param("kind", Annotated[str, Field(pattern="^(error|model)$")], "Which.", needed=True),
            Param("after", Number, "Those after this number."),
            Param("before", Number, "Those just before this number."),
            Param("limit", Limit1000, "How many at most.", default=100),
        ),
        errors=NO_RUN,
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/runs/{run}/tree",
        "tree",
        "The ancestors of a run, the run, and its descendants.",
        trace_answers.TreeAnswer,
        (RUN,),
        errors=NO_RUN,
        role="viewer",
    ),
    Route(
        "POST",
        "/v1/runs/{run}/claim",
        "claim",
        "Take a run in hand, or let it go; answered once it is on disk.",
        hand_answers.HandAnswer,
        (RUN, WHO),
        hand_answers.ClaimRequest,
        (*NO_RUN, (409, "claimed"), (409, "conflict"), (409, "limit"), (409, "unrecorded")),
        role="responder",
    ),
    Route(
        "POST",
        "/v1/runs/{run}/notes",
        "note",
        "Write something down about a run; answered once it is on disk.",
        hand_answers.HandAnswer,
        (RUN, WHO),
        hand_answers.NoteRequest,
        (*NO_RUN, (409, "limit"), (409, "unrecorded")),
        role="responder",
    ),
    Route(
        "GET",
        "/v1/bodies/{sha256}",
        "body",
        "A long text by its digest.",
        trace_answers.BodyAnswer,
        (
            Param("sha256", Annotated[str, Field(pattern=ids.SHA256)], "The digest.", "path"),
            Param("from", Number, "Characters to leave out; with it or ``length`` a slice is given."),
            Param(
                "length", Annotated[int, Field(ge=1, le=2**20)], "Characters of a slice, 65,536 if not said."
            ),
        ),
        errors=((404, "late"), (404, "not_found"), (409, "ambiguous"), (410, "erased"), (413, "limit")),
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/orders/{order}",
        "order",
        "The receipts of an order; waits until all its targets as of now reached a stage, if asked.",
        order_answers.OrderedAnswer,
        (
            ORDER,
            Param("wait", Stage, "Wait until every receipt has this stage."),
            Param("timeout", Annotated[float, Field(ge=0, le=60)], "Seconds to wait at most.", default=10.0),
        ),
        errors=((404, "not_found"),),
        role="viewer",
    ),
    *AUDIT,
    *ACCESS,
    *MAKING,
    *ESCALATIONS,
    *POLICY,
    Route("GET", "/openapi.json", "document", "This document.", None, role="viewer"),
)


def by_handler(route: Route, owner: object) -> Callable[..., Any]:
    """Return the method of ``owner`` that answers this route."""
    found: Callable[..., Any] = getattr(owner, route.handler)
    return found
