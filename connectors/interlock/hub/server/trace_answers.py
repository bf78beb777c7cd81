"""The shapes of answers about a whole run, and of its long texts."""

from pydantic import ConfigDict, Field

from interlock.model import Model
from interlock.runs import RunState

__all__ = ["BodyAnswer", "MarksAnswer", "SearchAnswer", "TreeAnswer"]


class _Shape(Model):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class SearchHit(_Shape):
    """The first match in one event."""

    n: int
    kind: str
    at: float
    """Unix seconds at which the hub stored the event."""
    field: str
    offset: int
    """Characters of the field's text before the match."""
    excerpt: str
    from_: int = Field(alias="from")
    """Where in the excerpt the match begins, and where it ends."""
    to: int
    body: str | None
    """The digest of the long text it is in; null where it is in the event itself."""


class SearchAnswer(_Shape):
    """What one request found: a bounded piece of the run, from ``first`` to ``last``."""

    hits: list[SearchHit]
    first: int | None
    last: int | None
    scanned: int
    skipped: int
    """Long texts that could not be searched."""
    next: int | None
    """Give it as ``after``, or as ``before`` backwards, for the rest; null where the whole run was searched."""


class MarksAnswer(_Shape):
    """Numbers of events, ascending."""

    marks: list[int]
    next: int | None


class TreeNode(_Shape):
    """A run: ``depth`` is below zero for ancestors, zero for the run, above for descendants."""

    depth: int
    run: RunState


class TreeAnswer(_Shape):
    """Where a run stands. ``cut``: not all of ``total`` are here."""

    runs: list[TreeNode]
    total: int
    cut: bool


class BodyAnswer(_Shape):
    """A long text, or a slice of it; ``from`` and ``total`` are characters."""

    text: str
    from_: int = Field(alias="from")
    total: int
    checked: bool
    """Whether it was found to have its digest; false where the hub took a secret out of it."""
