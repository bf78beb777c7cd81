"""The rows of the table that are about access: operators, tokens and break-glass."""

from interlock.hub.server import access_answers as shapes
from interlock.hub.server.routing import WHO, Cursor, Limit100, Param, Route

__all__ = ["ACCESS"]

_NAME = Param("name", shapes.OperatorName, "The operator.", "path")
_TOKEN = Param("token", shapes.TokenName, "The token, by its id.", "path")
_GLASS = Param("glass", shapes.GlassName, "The break-glass.", "path")
_UNWRITTEN = (409, "unrecorded")
_MISSING = (404, "not_found")
_MADE = (_MISSING, (409, "break_glass"), (409, "limit"), _UNWRITTEN)

ACCESS: tuple[Route, ...] = (
    Route("GET", "/v1/operators", "operators", "Every operator.", shapes.OperatorsAnswer, role="viewer"),
    Route(
        "POST",
        "/v1/operators",
        "put_operator",
        "Make an operator, or give one another role; answered once it is on disk.",
        shapes.OperatorAnswer,
        (WHO,),
        shapes.OperatorRequest,
        ((409, "conflict"), (409, "break_glass"), (409, "limit"), _UNWRITTEN),
        role="admin",
    ),
    Route(
        "POST",
        "/v1/operators/{name}/remove",
        "remove_operator",
        "Take every right from an operator, and revoke their tokens; holds before it is answered.",
        shapes.OperatorAnswer,
        (_NAME, WHO),
        shapes.RevokeRequest,
        (_MISSING,),
        role="admin",
    ),
    Route(
        "POST",
        "/v1/operators/{name}/tokens",
        "new_token",
        "Make a token of an operator's. What opens the hub is in this answer and in no other.",
        shapes.MadeToken,
        (_NAME, WHO),
        shapes.TokenRequest,
        _MADE,
        role="admin",
    ),
    Route("GET", "/v1/tokens", "tokens", "Every token, the newest first.", shapes.TokensAnswer, role="admin"),
    Route(
        "POST",
        "/v1/tokens/{token}/revoke",
        "revoke_token",
        "Let a token open nothing any more, from now; another's takes an admin.",
        shapes.RevokeAnswer,
        (_TOKEN, WHO),
        shapes.RevokeRequest,
        (_MISSING, (409, "conflict")),
        role="viewer",
    ),
    Route(
        "POST",
        "/v1/agent-tokens",
        "new_agent_token",
        "Make a token for gates of one agent and role. What opens the hub is in this answer and in no other.",
        shapes.MadeToken,
        (WHO,),
        shapes.AgentTokenRequest,
        _MADE,
        role="admin",
    ),
    Route(
        "POST",
        "/v1/break-glass",
        "break_glass",
        "Take a role for 15 minutes, with a reason, seen on every console; answered once it is on disk.",
        shapes.GlassAnswer,
        (WHO,),
        shapes.GlassRequest,
        ((409, "conflict"), _UNWRITTEN),
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/break-glass",
        "glasses",
        "Every break-glass, the newest first.",
        shapes.GlassPage,
        (
            Param("after", Cursor, "``next`` of the page before."),
            Param("limit", Limit100, "How many at most.", default=20),
        ),
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/break-glass/{glass}",
        "glass",
        "One break-glass.",
        shapes.GlassAnswer,
        (_GLASS,),
        errors=(_MISSING,),
        role="viewer",
    ),
    Route(
        "POST",
        "/v1/break-glass/{glass}/end",
        "end_glass",
        "End it before its time; another's takes an admin.",
        shapes.GlassAnswer,
        (_GLASS, WHO),
        shapes.EndRequest,
        (_MISSING, (409, "conflict")),
        role="viewer",
    ),
    Route(
        "POST",
        "/v1/break-glass/{glass}/review",
        "review_glass",
        "Close one that has ended: somebody else than its operator looked at what was done.",
        shapes.GlassAnswer,
        (_GLASS, WHO),
        shapes.ReviewRequest,
        (_MISSING, (409, "conflict"), (409, "self"), (409, "break_glass"), _UNWRITTEN),
        role="admin",
    ),
)
