"""The shapes of claims and notes, as the HTTP API takes and answers them."""

from typing import Annotated

from pydantic import ConfigDict, Field

from interlock.model import Model, Run

__all__ = ["ClaimRequest", "HandAnswer", "NoteRequest"]


class _Shape(Model):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class ClaimRequest(_Shape):
    """Who asks takes the run in hand, or lets it go."""

    claim: bool
    take: bool = False
    """Take it over, or release it, where somebody else has it; that is recorded."""
    note: Annotated[str, Field(max_length=2000)] = ""


class NoteRequest(_Shape):
    """What a person has to say about the run."""

    text: Annotated[str, Field(min_length=1, max_length=2000)]


class HandAnswer(_Shape):
    """Who has the run in hand now, and how many notes it has."""

    run: Run
    claimed_by: str
    """Empty where nobody has."""
    claimed_at: float | None
    """Unix seconds."""
    notes: int
    unrecorded: bool
    """True where this acts and could not be written to disk yet."""
