"""The frame by which a gate says which of its circuit breakers hold calls back: the hub keeps that in memory only."""

from typing import Annotated, Literal

from pydantic import Field

from interlock.model import Model, Name
from interlock.text import Untrusted

__all__ = ["TRIPPED_MAX", "Breakers", "Tripped"]

TRIPPED_MAX = 200
"""Breakers that one frame names; a gate with more names those that left ``closed`` last."""

Span = Annotated[float, Field(ge=0, le=1e15)]


class Tripped(Model):
    """A breaker that is not closed."""

    tool: Name
    endpoint: Annotated[Untrusted, Field(max_length=512)] = Untrusted("")
    state: Literal["open", "half-open"]
    for_ms: Span = 0.0
    """How long an open one stays so from now; 0 where its time is up and nobody has probed."""
    since_ms: Span = 0.0
    """How long ago it left ``closed``."""


class Breakers(Model):
    """All breakers of this gate that are not closed, in place of whatever it said of them before.

    Said after a ``welcome``, by a gate that ever had one.
    """

    kind: Literal["breakers"] = "breakers"
    tripped: Annotated[tuple[Tripped, ...], Field(max_length=TRIPPED_MAX)] = ()
