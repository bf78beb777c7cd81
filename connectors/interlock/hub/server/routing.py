"""What a row of the HTTP API's table is, and the kinds of its parameters."""

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, Field

from interlock import ids
from interlock.rights import OperatorRole

__all__ = [
    "KEY",
    "NO_ORDER",
    "NO_RUN",
    "ORDER",
    "RUN",
    "WHO",
    "Cursor",
    "Limit",
    "Limit100",
    "Limit1000",
    "Number",
    "Param",
    "Route",
    "Stage",
]

Limit = Annotated[int, Field(ge=1, le=500)]
Limit100 = Annotated[int, Field(ge=1, le=100)]
Limit1000 = Annotated[int, Field(ge=1, le=1000)]
Number = Annotated[int, Field(ge=0, le=2**53)]
Cursor = Annotated[str, Field(pattern="^[0-9]{1,18}$")]
RunName = Annotated[str, Field(pattern=ids.RUN_PREFIX)]
Stage = Annotated[
    str, Field(pattern="^(requested|pushed|recorded|acknowledged|drained|presumed|confirmed|ended)$")
]


class Param(NamedTuple):
    """A parameter in the path, the query or a header. ``default`` None: may be left out."""

    name: str
    kind: Any
    says: str
    place: str = "query"
    default: Any = None
    needed: bool = False


class Route(NamedTuple):
    """One row. ``errors`` are pairs of status and code; ``handler`` names the method that answers.

    ``role`` is the least an operator must be to ask it: whoever gives no role gives it to nobody but an admin, and a
    test refuses the table.
    """

    method: str
    path: str
    handler: str
    says: str
    answer: type[BaseModel] | None
    params: tuple[Param, ...] = ()
    body: type[BaseModel] | None = None
    errors: tuple[tuple[int, str], ...] = ()
    role: OperatorRole | Literal[""] = ""


RUN = Param("run", RunName, "A run, or a unique beginning of one of at least four digits.", "path")
WHO = Param(
    "interlock-who",
    Annotated[str, Field(pattern="^[ -~]{1,256}$")],
    "Who the person says to be, percent-encoded: kept beside the token's operator, at most 64 characters of it.",
    "header",
)
KEY = Param(
    "idempotency-key",
    Annotated[str, Field(min_length=1, max_length=128)],
    "A repeated request with the same key and body is one order.",
    "header",
)
ORDER = Param("order", Annotated[str, Field(pattern=ids.ORDER)], "The order.", "path")
NO_ORDER = ((404, "not_found"),)
NO_RUN = ((404, "not_found"), (409, "ambiguous"))
