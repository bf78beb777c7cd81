"""The base of every message: a frozen pydantic model, and the text types its fields are made of."""

from collections.abc import Iterator
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field

from interlock import ids
from interlock.text import Untrusted

__all__ = [
    "BODY_INLINE",
    "Body",
    "BodyRef",
    "Escalation",
    "Gate",
    "Model",
    "Name",
    "Order",
    "Permit",
    "Plan",
    "Run",
    "Sha256",
    "refs",
]

BODY_INLINE = 64 * 1024
"""Bytes of UTF-8 up to which a body travels inside its event; a longer one is cut into chunks."""

Run = Annotated[str, Field(pattern=ids.RUN)]
Gate = Annotated[str, Field(pattern=ids.GATE)]
Order = Annotated[str, Field(pattern=ids.ORDER)]
Permit = Annotated[str, Field(pattern=ids.PERMIT)]
Plan = Annotated[str, Field(pattern=ids.PLAN)]
Escalation = Annotated[str, Field(pattern=ids.ESCALATION)]
Sha256 = Annotated[str, Field(pattern=ids.SHA256)]
Name = Annotated[Untrusted, Field(max_length=512)]
"""A short text somebody else wrote: an agent, a role, a tool, a model."""


class Model(BaseModel):
    """A frozen message. Fields a newer peer added are ignored when read, and kept in the stored bytes."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_inf_nan="null")


class BodyRef(Model):
    """A long text by its digest. Chunks that have not arrived yet make the body *late*, never empty."""

    sha256: Sha256
    size: Annotated[int, Field(ge=0)]
    """Bytes of UTF-8 of the whole text."""
    chunks: Annotated[tuple[Sha256, ...], Field(min_length=1, max_length=4096)]
    """Digests of its pieces in order; each is at most ``BODY_INLINE`` bytes and ends between characters."""
    head: Annotated[Untrusted, Field(max_length=512)] = Untrusted("")
    """The first characters, so that a list can show something before the body is fetched."""


Body = Untrusted | BodyRef
"""A text of any length: inline up to :data:`BODY_INLINE`, by reference beyond."""


def refs(event: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the body references among the fields of an event, given as decoded JSON."""
    for value in event.values():
        if isinstance(value, dict) and "sha256" in value and "chunks" in value:
            yield cast("dict[str, Any]", value)
