"""What the core asks of the world around it, and the moment it is told. Plain data, no I/O."""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

from interlock.model import Model
from interlock.wire import Opened

__all__ = [
    "IMAGE",
    "Append",
    "Check",
    "Deliver",
    "Effect",
    "Fact",
    "Hang",
    "Moment",
    "Moved",
    "Pushed",
    "Refusal",
    "Reply",
    "Revoked",
    "Send",
    "SendOpened",
    "Spread",
    "Tell",
    "Worded",
]

Json = dict[str, Any]
IMAGE = "image"
"""The kind of a fact that vouches for an image of the world: the number of an entry, and the digest of the image."""
Worded = dict[str, Any]
"""An order as plain JSON, as :func:`interlock.wire.commands` takes it."""


class Moment(NamedTuple):
    """Now: ``mono`` decides, in monotonic seconds; ``wall`` is decoration, in Unix seconds."""

    mono: float
    wall: float


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened, as the record keeps it. Folding all facts again gives the same world."""

    kind: str
    body: Json
    run: str = ""
    order: str = ""
    permit: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A request that was not carried out: ``code`` is stable, ``problem`` and ``fix`` are sentences."""

    code: str
    problem: str
    fix: str


@dataclass(frozen=True, slots=True)
class Send:
    """Write this frame to the connection, in order."""

    conn: int
    frame: Model


@dataclass(frozen=True, slots=True)
class Deliver:
    """Write a ``Command`` with this order to these connections, in order, ahead of whatever waits there.

    Each is told of the runs that are named beside it and of no others. ``order`` has the other fields of the order.
    """

    order: Worded
    to: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """Write this frame to each of these connections, in order and ahead of what waits for its turn: encoded once."""

    to: tuple[int, ...]
    frame: Model


@dataclass(frozen=True, slots=True)
class SendOpened:
    """Like :class:`Send`, once the last stored ``seq`` of the run and gate is filled in."""

    conn: int
    gate: str
    frame: Opened


@dataclass(frozen=True, slots=True)
class Hang:
    """Say ``bye`` with this code and sentence, and close the connection."""

    conn: int
    code: str
    problem: str


@dataclass(frozen=True, slots=True)
class Append:
    """Write these facts to the record in one transaction, then call ``Core.committed`` with the token.

    Appends are committed in the order they were asked for. Several may share one transaction; each token is
    reported all the same, in that order.
    """

    token: int
    facts: tuple[Fact, ...]
    keep: tuple[tuple[str, str], ...] = ()
    """Names and exact arguments that have to be on disk, among what is pending, before the facts are."""
    spend: tuple[str, ...] = ()
    """Names of pending arguments that are to go once the facts are on disk."""


@dataclass(frozen=True, slots=True)
class Tell:
    """Add this event of the hub to the run's trace."""

    run: str
    trace: str
    event: Model


@dataclass(frozen=True, slots=True)
class Pushed:
    """Everything before this effect is written to the sockets: call ``Core.pushed`` with the time, afterwards."""

    order: str


@dataclass(frozen=True, slots=True)
class Check:
    """Find out whether this process of the hub's own host still exists; call ``Core.process_gone`` if not."""

    gate: str
    pid: int
    started: int


@dataclass(frozen=True, slots=True)
class Moved:
    """The receipts of this order changed."""

    order: str


@dataclass(frozen=True, slots=True)
class Revoked:
    """Close whatever came in with one of these tokens, now: they open nothing any more."""

    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer the operator's request: a refusal, or the receipts of these pairs of order and run."""

    request: int
    refusal: Refusal | None = None
    receipts: tuple[tuple[str, str], ...] = field(default=())
    order: str = ""
    """The order that was given or lifted, or, where one of its kind holds already, that one."""
    refused: tuple[tuple[str, Refusal], ...] = field(default=())
    """Runs an order that allows it left out, and why."""


Effect = (
    Send | Deliver | Spread | SendOpened | Hang | Append | Tell | Pushed | Check | Moved | Reply | Revoked
)
