"""The rows of the HTTP API about policy and dial."""

from typing import Annotated

from pydantic import Field

from interlock.hub.server import policy_answers as shapes
from interlock.hub.server.routing import WHO, Cursor, Limit100, Param, Route

__all__ = ["POLICY"]

_UNWRITTEN = ((409, "busy"), (409, "unrecorded"))
_STAGED = ((409, "conflict"), *_UNWRITTEN)
_N = Param("n", Annotated[int, Field(ge=1, le=2**53)], "The version.", "path")

POLICY: tuple[Route, ...] = (
    Route("GET", "/v1/policy", "policy", "What holds: policy and dials.", shapes.PolicyAnswer, role="viewer"),
    Route(
        "POST",
        "/v1/policy",
        "push_policy",
        "Let a policy hold, for all runs or for a share of them; answered once it is on disk.",
        shapes.PolicyAnswer,
        (WHO,),
        shapes.PushRequest,
        ((400, "policy"), (409, "secret"), (409, "unchanged"), (413, "limit"), *_STAGED),
        role="admin",
    ),
    Route(
        "GET",
        "/v1/policy/versions",
        "policy_versions",
        "Every policy that was pushed, newest first.",
        shapes.VersionsAnswer,
        (
            Param("after", Cursor, "``next`` of the page before."),
            Param("limit", Limit100, "How many at most.", default=20),
        ),
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/policy/versions/{n}",
        "policy_version",
        "One version, with its texts.",
        shapes.VersionAnswer,
        (_N,),
        errors=((404, "not_found"),),
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/policy/sides",
        "policy_sides",
        "What both sides of a staged rollout decided.",
        shapes.SidesAnswer,
        errors=((404, "not_found"),),
        role="viewer",
    ),
    Route(
        "POST",
        "/v1/policy/rollback",
        "rollback_policy",
        "Let a version of before hold again; answered once it is on disk.",
        shapes.PolicyAnswer,
        (WHO,),
        shapes.RollbackRequest,
        ((404, "not_found"), (409, "unchanged"), (409, "gone"), *_STAGED),
        role="admin",
    ),
    Route(
        "POST",
        "/v1/policy/promote",
        "promote_policy",
        "Let the candidate hold for all runs; answered once it is on disk.",
        shapes.PolicyAnswer,
        (WHO,),
        shapes.StageRequest,
        _STAGED,
        role="admin",
    ),
    Route(
        "POST",
        "/v1/policy/withdraw",
        "withdraw_policy",
        "Let the candidate hold for no run; answered once it is on disk.",
        shapes.PolicyAnswer,
        (WHO,),
        shapes.StageRequest,
        _STAGED,
        role="admin",
    ),
    Route(
        "GET", "/v1/dial", "dials", "Every dial that holds something back.", shapes.DialsAnswer, role="viewer"
    ),
    Route(
        "POST",
        "/v1/dial",
        "turn_dial",
        "Turn a dial. Down: the gates are told at once. Up: an approver, with proof, once it is on disk.",
        shapes.DialAnswer,
        (WHO,),
        shapes.DialRequest,
        ((409, "proof"), (409, "unchanged"), (409, "conflict"), (413, "limit"), *_UNWRITTEN),
        role="responder",
    ),
)
