"""The rows of the table that are about the record: search, one entry, export, checkpoints, erasure."""

from typing import Annotated

from pydantic import Field

from interlock import ids
from interlock.hub.server import audit_answers as shapes
from interlock.hub.server.routing import WHO, Limit, Number, Param, Route

__all__ = ["AUDIT"]

_Name = Annotated[str, Field(min_length=1, max_length=200)]
_Time = Annotated[float, Field(ge=-1e10, le=1e11, allow_inf_nan=False)]
_Limit = Annotated[int, Field(ge=1, le=2000)]

_FILTERS = (
    Param("run", Annotated[str, Field(pattern=ids.RUN)], "Only entries about this run."),
    Param(
        "operator", _Name, "Only what this one did: an operator with what they say to be, ``hub``, an agent."
    ),
    Param("tool", _Name, "Only entries about this tool."),
    Param("kind", Annotated[str, Field(pattern="^[a-z_.]{1,40}$")], "Only entries of this kind."),
    Param("from", _Time, "Only entries of this Unix second or later, by the wall clock that wrote them."),
    Param("to", _Time, "Only entries of this Unix second or earlier."),
    Param("q", _Name, "Only entries with this text in them, whatever its case."),
)
_DAMAGED = ((409, "damaged"),)

AUDIT: tuple[Route, ...] = (
    Route(
        "GET",
        "/v1/audit",
        "audit",
        "Entries of the record, in order. Bounded work: go on with ``next``.",
        shapes.AuditAnswer,
        (
            Param("after", Number, "Only entries after this number."),
            Param("before", Number, "Only entries before this number, the newest first."),
            Param("limit", Limit, "How many at most.", default=100),
            Param("canary", bool, "Also what is about the hub's own canary.", default=True),
            *_FILTERS,
        ),
        errors=_DAMAGED,
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/audit/{n}",
        "audit_entry",
        "One entry in full.",
        shapes.EntryAnswer,
        (Param("n", Annotated[int, Field(ge=1, le=2**53)], "Its number.", "path"),),
        errors=((404, "not_found"), *_DAMAGED),
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/audit/export",
        "audit_export",
        "Entries exactly as they are stored, with the signed checkpoints among them.",
        shapes.ExportAnswer,
        (
            Param("after", Number, "Only entries after this number.", default=0),
            Param("limit", _Limit, "How many at most.", default=1000),
            Param("vouch", bool, "Sign each entry, for an export that has gaps.", default=False),
            *_FILTERS,
        ),
        errors=_DAMAGED,
        role="viewer",
    ),
    Route(
        "GET",
        "/v1/audit/head",
        "audit_head",
        "The newest entry, in a checkpoint that is signed now.",
        shapes.HeadAnswer,
        role="viewer",
    ),
    Route("GET", "/v1/audit/verify", "verify", "Check the whole record.", shapes.VerifyAnswer, role="viewer"),
    Route(
        "POST",
        "/v1/erase",
        "erase",
        "Erase texts from the trace: 200 long ones and 1,000 events at once; answered once recorded and done.",
        shapes.EraseAnswer,
        (WHO,),
        shapes.EraseRequest,
        ((404, "not_found"), (409, "ambiguous"), (409, "conflict"), (409, "unrecorded")),
        role="admin",
    ),
)
