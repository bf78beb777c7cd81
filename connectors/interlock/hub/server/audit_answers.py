"""The shapes of what the HTTP API takes and answers about the record."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field

from interlock import ids
from interlock.model import Model, Sha256

__all__ = [
    "AuditAnswer",
    "EntryAnswer",
    "EraseAnswer",
    "EraseRequest",
    "ExportAnswer",
    "HeadAnswer",
    "VerifyAnswer",
]


class _Shape(Model):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Entry(_Shape):
    """One entry of the record as a row. ``hash`` covers ``prev`` and the stored bytes of the entry."""

    n: int
    at: float
    kind: str
    who: str
    """Who did it: an operator, ``hub``, or an agent or gate by its name."""
    what: str
    why: str
    run: str
    """The run, order and permit it is about; empty where there is none."""
    order: str
    tool: str
    verdict: str
    permit: str
    digest: str
    outcome: str
    hash: Sha256
    prev: Sha256
    body: dict[str, Any]


class AuditAnswer(_Shape):
    """What one request found, in the order it looked."""

    entries: list[Entry]
    next: int | None
    """Give it as ``after``, or as ``before`` backwards, for the rest; null where all was looked at."""
    scanned: int
    last: int
    """The newest entry of the record."""


class Position(_Shape):
    """Where an entry stands."""

    n: int
    last: int


class Checkpoint(_Shape):
    """Entry ``n`` had this hash, signed."""

    origin: str
    epoch: int
    n: int
    hash: Sha256
    at: int
    key: Sha256
    sig: Annotated[str, Field(pattern="^[0-9a-f]{128}$")]


class EntryAnswer(_Shape):
    """One entry, and the first signed checkpoint that covers it."""

    entry: Entry
    position: Position
    checkpoint: Checkpoint | None


class Line(_Shape):
    """An entry exactly as it is stored."""

    n: int
    at: int
    """Microseconds."""
    kind: str
    run: str
    order: str
    permit: str
    digest: Sha256
    body: str
    prev: Sha256
    hash: Sha256


class ExportAnswer(_Shape):
    """A page of an export; checkpoints only where nothing was filtered."""

    lines: list[Line]
    checkpoints: list[Checkpoint]
    next: int | None
    """Give it as ``after`` for the page that follows."""


class HeadAnswer(_Shape):
    """The newest entry, signed now; null while the record does not name the key."""

    key: Sha256
    origin: str
    epoch: int
    head: Checkpoint | None


class VerifyAnswer(_Shape):
    """Whether the record is what was written, by its own chain and by the checkpoints outside of it."""

    ok: bool
    entries: int
    checkpoints: int
    first_bad: int | None
    problem: str


class EraseRequest(_Shape):
    """Which texts: a long one, all of a run, or the long ones nobody named for so many seconds."""

    body: Sha256 | None = None
    run: Annotated[str, Field(pattern=ids.RUN_PREFIX)] | None = None
    older_s: Annotated[float, Field(ge=0, le=10**9)] | None = None
    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class EraseAnswer(_Shape):
    """What was erased. ``shared``: pieces that stay because another text has them too."""

    erasure: str
    bodies: int
    pieces: int
    shared: int
    events: int = 0
    """Events of the run whose short texts went."""
    more: bool
