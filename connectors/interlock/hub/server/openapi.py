"""The API document, made from the same table and the same models that answer."""

from collections.abc import Iterable
from functools import cache
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from interlock import __version__
from interlock.hub.server.answers import ErrorAnswer
from interlock.hub.server.routes import ROUTES, Param, Route

__all__ = ["COMMON", "document"]

Json = dict[str, Any]

COMMON: tuple[tuple[int, str], ...] = (
    (400, "malformed"),
    (401, "unauthorised"),
    (403, "host"),
    (403, "origin"),
    (403, "role"),
)
"""How every route can fail, before it is looked at."""
_UNKNOWN = {"$ref": "#/components/schemas/Unknown"}
_WITH_BODY = ((408, "limit"), (411, "malformed"), (413, "limit"), (415, "malformed"))


@cache
def document() -> Json:
    """Return the OpenAPI 3.1 document, made when it is asked for first: it takes a tenth of a second."""
    models: list[type[BaseModel]] = [ErrorAnswer]
    for route in ROUTES:
        models += [model for model in (route.answer, route.body) if model is not None]
    names, schemas = models_json_schema(
        [(model, "serialization") for model in dict.fromkeys(models)],
        ref_template="#/components/schemas/{model}",
    )
    refs: dict[Any, Json] = {model: schema for (model, _), schema in names.items()}
    paths: Json = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, refs)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Interlock hub",
            "version": __version__,
            "description": "The operator's side. Agents and the live feed speak WebSocket: docs/protocol.md.",
        },
        "paths": paths,
        "components": {
            "schemas": _open(schemas.get("$defs", {})),
            "securitySchemes": {"operator": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"operator": []}],
    }


def _operation(route: Route, refs: dict[Any, Json]) -> Json:
    answer: Json = {"type": "object"} if route.answer is None else refs[route.answer]
    operation: Json = {
        "operationId": route.handler,
        "summary": route.says,
        "x-interlock-role": route.role,
        "parameters": [_parameter(param) for param in route.params],
        "responses": {"200": {"description": "The answer.", "content": _json(answer)}},
    }
    if route.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(refs[route.body])}
    failures: dict[int, list[str]] = {}
    for status, code in (*COMMON, *route.errors, *(_WITH_BODY if route.body else ())):
        codes = failures.setdefault(status, [])
        if code not in codes:
            codes.append(code)
    for status, codes in sorted(failures.items()):
        said = "Code " + " or ".join(f"`{code}`" for code in codes) + "."
        operation["responses"][str(status)] = {"description": said, "content": _json(refs[ErrorAnswer])}
    return operation


def _open(schema: Any) -> Any:
    """Return a schema that says ``anyOf`` of events: one of a known kind fits the shape of an unknown one as well."""
    if isinstance(schema, dict):
        fields = cast("Json", schema)
        either = "anyOf" if _UNKNOWN in fields.get("oneOf", ()) else "oneOf"
        return {either if name == "oneOf" else name: _open(inner) for name, inner in fields.items()}
    if isinstance(schema, list):
        return [_open(inner) for inner in cast("Iterable[Any]", schema)]
    return schema


def _json(schema: Json) -> Json:
    return {"application/json": {"schema": schema}}


def _parameter(param: Param) -> Json:
    schema = TypeAdapter(param.kind).json_schema()
    if param.default is not None:
        schema["default"] = param.default
    return {
        "name": param.name,
        "in": param.place,
        "required": param.needed or param.place == "path",
        "description": param.says,
        "schema": schema,
    }
