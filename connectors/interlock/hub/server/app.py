"""The application: the guard in front, the routes of the table, and the two WebSockets."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import ceil
from typing import Any, cast

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, WebSocketRoute, request_response
from starlette.routing import Route as StarletteRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from interlock.hub.failpoints import passing
from interlock.hub.server.api import Api, where
from interlock.hub.server.asker import asker
from interlock.hub.server.consoles import Consoles
from interlock.hub.server.engine import Engine
from interlock.hub.server.guard import AGENT_PATH, Denial, Guard
from interlock.hub.server.herd import Turnstile
from interlock.hub.server.limits import excess
from interlock.hub.server.problem import Problem
from interlock.hub.server.requests import error_body
from interlock.hub.server.rights import Rights
from interlock.hub.server.routes import ROUTES, Param, Route, by_handler
from interlock.hub.server.sockets import SOCKET, Socket

__all__ = ["build"]

_JSON = "application/json"
_HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff"}


def build(guard: Guard, api: Api, engine: Engine, consoles: Consoles, rights: Rights) -> ASGIApp:
    """Return the application of a hub."""

    herd = Turnstile()

    async def agent(connection: WebSocket) -> None:
        asking, socket = asker.get(), _socket(connection)
        own = asking.kind == "canary-agent"
        if not own and (later := await herd.turn(lambda: socket.open)):
            await connection.send_denial_response(_busy(later))
            return
        if not socket.open:
            return
        await connection.accept()
        session = engine.join(socket, own=own, token=asking.token)
        if not rights.open(asking):
            session.hang("role", "this token was revoked")
        await session.socket.attach(session.take)
        engine.lost(session)

    async def console(connection: WebSocket) -> None:
        await connection.accept()
        asking = asker.get()
        session = consoles.join(_socket(connection), asking)
        if rights.role(asking):
            rights.signed_in(asking)
        else:
            session.hang("revoked", "this token was revoked")
        await session.socket.attach(session.take)
        consoles.lost(session)

    answers = _answers(api, rights)
    routes: list[BaseRoute] = _paths(answers)
    routes += [WebSocketRoute(AGENT_PATH, agent), WebSocketRoute("/v1/console", console)]
    handlers: dict[Any, Any] = {Problem: _problem, HTTPException: _http_problem, Exception: _failure}
    application = Starlette(routes=routes, exception_handlers=handlers)
    # A path with a slash too many is no route: every answer is JSON, and a redirect is none.
    application.router.redirect_slashes = False
    straight = {place: _straight(answer) for place, answer in answers.items() if "{" not in place[1]}
    return _Gate(application, guard, straight)


def _busy(later: float) -> Response:
    fix = "come again after Retry-After seconds"
    body = error_body("busy", "too many gates wait to be let in", fix)
    return _answer(503, body, {"retry-after": str(ceil(later)), "connection": "close"})


def _socket(connection: WebSocket) -> Socket:
    return cast("Socket", connection.scope["state"][SOCKET])


class _Gate:
    """Lets in what the guard lets in; the rest is answered before it is read."""

    def __init__(self, app: ASGIApp, guard: Guard, straight: Mapping[tuple[str, str], ASGIApp]) -> None:
        """``straight`` are the answers for a method and a path without parameters: an order is one of them.

        They are asked at once. The framework's way there, of a dozen steps, is for what is not found by its name.
        """
        self._app, self._guard, self._straight = app, guard, straight

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        denial = self._guard.judge(scope["path"], scope["headers"])
        if denial is None:
            answer = self._straight.get((scope.get("method", ""), scope["path"]), self._app)
            await answer(scope, receive, send)
            passing("after reply")
            return
        start = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
        body = error_body(denial.code, denial.problem, denial.fix)
        headers = [(b"content-type", _JSON.encode()), (b"content-length", str(len(body)).encode())]
        headers += [(b"connection", b"close"), *_challenge(denial)]
        await send({"type": f"{start}.start", "status": denial.status, "headers": headers})
        await send({"type": f"{start}.body", "body": body})


def _challenge(denial: Denial) -> list[tuple[bytes, bytes]]:
    return [(b"www-authenticate", b"Bearer")] if denial.status == 401 else []


class _Path:
    """All methods of one path. Others are refused here, so that none is answered by a path that only looks like it."""

    def __init__(self) -> None:
        self.methods: dict[str, ASGIApp] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self.methods.get(scope["method"])
        if found is None:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(self.methods))})
        await found(scope, receive, send)


Endpoint = Callable[[Request], Awaitable[Response]]


def _answers(api: Api, rights: Rights) -> dict[tuple[str, str], Endpoint]:
    """Return what answers each method of each path of the table."""
    adapters: dict[int, TypeAdapter[Any]] = {}
    found: dict[tuple[str, str], Endpoint] = {}
    for route in ROUTES:
        for param in route.params:
            if id(param.kind) not in adapters:
                adapters[id(param.kind)] = TypeAdapter(param.kind)
        kinds = [(param, adapters[id(param.kind)]) for param in route.params]
        found[route.method, route.path] = _http(route, kinds, by_handler(route, api), rights)
    return found


def _paths(answers: Mapping[tuple[str, str], Endpoint]) -> list[BaseRoute]:
    """Return a route for each path, those without parameters first: they are no name of anything."""
    found: dict[str, _Path] = {}
    for (method, path), answer in answers.items():
        found.setdefault(path, _Path()).methods[method] = request_response(answer)
    return [StarletteRoute(path, found[path]) for path in sorted(found, key=lambda path: path.count("{"))]


def _straight(endpoint: Endpoint) -> ASGIApp:
    """Return what asks this endpoint at once, and answers what it raises as the framework would."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        try:
            response = await endpoint(request)
        except Problem as problem:
            response = await _problem(request, problem)
        except Exception as error:
            await (await _failure(request, error))(scope, receive, send)
            raise
        await response(scope, receive, send)

    return answer


def _http(
    route: Route,
    kinds: Sequence[tuple[Param, TypeAdapter[Any]]],
    answer: Callable[..., Awaitable[Any]],
    rights: Rights,
) -> Endpoint:
    if route.body is not None:
        # Its validator is there before the first request is: one that takes a right away waits for nothing.
        route.body.model_rebuild()

    async def endpoint(request: Request) -> Response:
        rights.demand(asker.get(), route.role)
        given = [] if route.body is None else [await _body(request, route.body)]
        known = [_value(request, param, adapter) for param, adapter in kinds]
        if request.scope["query_string"]:
            _nothing_else(request, route)
        # Once more: a body may take half a minute, and a role is what it is when something is done.
        rights.demand(asker.get(), route.role)
        return _answer(200, orjson.dumps(await answer(*given, *known)))

    return endpoint


async def _body(request: Request, model: type[BaseModel]) -> BaseModel:
    sent = request.headers.getlist("content-type")
    if len(sent) != 1 or sent[0].partition(";")[0].strip().lower() != _JSON:
        raise Problem("malformed", "the body is not JSON", f"send Content-Type: {_JSON}", status=415)
    data = await _whole(request)
    try:
        problem = excess(orjson.loads(data))
        if problem:
            raise Problem("limit", f"the body is {problem}", "send less", status=413)
        return model.model_validate_json(data, strict=True)
    except orjson.JSONDecodeError as error:
        raise Problem("malformed", f"the body is not JSON ({error})", "send a JSON object") from None
    except ValidationError as error:
        raise _malformed(error, "body") from None


async def _whole(request: Request) -> bytes:
    """Return the body; nearly always it is there at once."""
    data = b""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        data += cast("bytes", message.get("body", b""))
        if not message.get("more_body", False):
            return data


def _value(request: Request, param: Param, adapter: TypeAdapter[Any]) -> Any:
    if param.place == "path":
        found = [str(request.path_params[param.name])]
    elif param.place == "header":
        found = request.headers.getlist(param.name)
    else:
        found = request.query_params.getlist(param.name)
    if not found and param.needed:
        raise Problem("malformed", f"{param.name!r} is not given", "give it; /openapi.json says what it is")
    if not found:
        return param.default
    if len(found) > 1:
        raise Problem("malformed", f"{param.name!r} is given more than once", "give it once")
    try:
        return adapter.validate_strings(found[0])
    except ValidationError as error:
        # A name that no run can have is the name of no run.
        if param.place == "path":
            raise Problem("not_found", f"no {param.name} {found[0][:80]!r} here", where(param.name)) from None
        raise _malformed(error, param.name) from None


def _nothing_else(request: Request, route: Route) -> None:
    known = {param.name for param in route.params if param.place == "query"}
    odd = [name for name in request.query_params if name not in known]
    if odd:
        fix = f"leave it out, or take one of: {', '.join(sorted(known)) or 'none'}"
        raise Problem("malformed", f"unknown parameter {odd[0]!r}", fix)


def _malformed(error: ValidationError, what: str) -> Problem:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = ".".join(map(str, (what, *first["loc"])))
    said = first["msg"]
    # Its first letter only: a pattern in it tells capitals from others.
    problem = f"{place}: {said[:1].lower()}{said[1:]}"
    return Problem("malformed", problem, f"change {place!r} so that it fits; /openapi.json has every bound")


def _answer(status: int, body: bytes, more: dict[str, str] | None = None) -> Response:
    return Response(body, status, _HEADERS | (more or {}), _JSON)


async def _problem(_: Request, error: Exception) -> Response:
    problem = cast("Problem", error)
    return _answer(problem.status, error_body(problem.code, problem.problem, problem.fix, problem.problems))


async def _http_problem(_: Request, error: Exception) -> Response:
    found = cast("HTTPException", error)
    code = {404: "not_found", 405: "method"}.get(found.status_code, "malformed")
    body = error_body(code, "there is no such route, or not with this method", "/openapi.json lists them")
    return _answer(found.status_code, body, dict(found.headers or {}))


async def _failure(_: Request, _error: Exception) -> Response:
    return _answer(
        500,
        error_body("failure", "the hub failed to answer this", "hub.log in its folder says why; ask again"),
    )
