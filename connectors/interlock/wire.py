"""The frames between gate, hub and console, and their codec. No sockets here.

Each frame is one JSON object in one WebSocket text message. ``docs/protocol.md`` tells the conversation;
this file has the shapes. Agents connect to ``/v1/agent``, consoles to ``/v1/console``.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, cast

import orjson
from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from interlock import model
from interlock.breakers import Breakers
from interlock.errors import VersionError, WireError
from interlock.events import CallId, Envelope, InFlight, Millis, RunStarted, ToolClass
from interlock.heads import Head
from interlock.jobs import Did, Do, Doing, Offers
from interlock.model import Body, Escalation, Gate, Model, Name, Run, Sha256
from interlock.orders import Order
from interlock.rulings import Candidate, InForce, PolicyText, Rules
from interlock.text import Untrusted

__all__ = [
    "EXACT_MAX",
    "FRAME_MAX",
    "VERSION",
    "WINDOW_BYTES",
    "WINDOW_EVENTS",
    "Candidate",
    "InForce",
    "PolicyText",
    "Rules",
    "commands",
    "decode_down",
    "decode_up",
    "encode",
    "read_up",
]

VERSION = 1
FRAME_MAX = 256 * 1024
"""Bytes of one frame; a longer one closes the connection."""
WINDOW_EVENTS = 4096
WINDOW_BYTES = 2 * 1024 * 1024
"""How much telemetry a gate may have sent and not yet seen stored. Control frames are outside the window,
so they never queue behind it: the hub never has to stop reading a socket."""
LEASE_MS = 5000
BEAT_MS = 1000
PERMIT_MS = 2000
MARGIN_MS = 1000
"""Added to the last expiry before a run is presumed stopped."""
START_MS = 250
"""From the gate's check to the start of the call; a process that stood still longer starts nothing."""

EXACT_MAX = 64 * 1024
"""Bytes of exact arguments that a person can be asked about; a longer call cannot be approved."""

Req = Annotated[str, Field(min_length=1, max_length=64)]
Short = Annotated[Untrusted, Field(max_length=512)]


# from a gate to the hub


class Hello(Model):
    """The first frame of a gate: which process it lives in, so that its death can be told."""

    kind: Literal["hello"] = "hello"
    v: int = VERSION
    gate: Gate
    pid: Annotated[int, Field(ge=0, le=2**31)]
    started: Annotated[int, Field(ge=0, le=2**62)] = 0
    """Field 22 of /proc/PID/stat (clock ticks after boot); 0 where there is no such thing."""
    boot: Annotated[str, Field(max_length=128)] = ""
    """The machine's boot id, and its pid namespace after a slash: the hub trusts a pid only of its own."""
    host: Annotated[Untrusted, Field(max_length=256)] = Untrusted("")
    sdk: Annotated[str, Field(max_length=64)] = "python"
    seen: Head | None = None
    """The newest head of a record that this gate was told of at this address: the hub says where it disagrees."""


class Held(Model):
    """An order that a gate already obeys; a hub that died before its commit adopts it from here."""

    order: Order
    run: Run


def _begins(first: Envelope) -> Envelope:
    if first.seq != 1 or not isinstance(first.event, RunStarted):
        raise ValueError("a run begins with run.started, seq 1")
    return first


class Open(Model):
    """A gate opens a run, or names it again after a reconnect (``again``).

    ``first`` is the run's first event (``run.started``, ``seq`` 1), stored before any other of the run: the
    gate's own count goes on from 2.
    """

    kind: Literal["open"] = "open"
    req: Req
    run: Run
    first: Annotated[Envelope, AfterValidator(_begins)]
    again: bool = False
    held: tuple[Held, ...] = ()


class Join(Model):
    """A further gate joins a run that another one opened."""

    kind: Literal["join"] = "join"
    req: Req
    run: Run
    again: bool = False
    held: tuple[Held, ...] = ()


class Leave(Model):
    """The gate has no call of this run in flight and will start none: no answer of it is needed any more."""

    kind: Literal["leave"] = "leave"
    run: Run


class Events(Model):
    """A batch of telemetry, each run's events in the order of their ``seq``."""

    kind: Literal["events"] = "events"
    batch: Annotated[tuple[Envelope, ...], Field(min_length=1, max_length=1000)]


class Chunk(Model):
    """One piece of a long body. It may come after the event that names it: until then the body is late."""

    kind: Literal["chunk"] = "chunk"
    run: Run
    sha256: Sha256
    data: str


class Why(Model):
    """One rule that wants a person's decision: its path, its bound, and what in the call it is about."""

    rule: Annotated[str, Field(max_length=512)]
    bound: Short = Untrusted("")
    value: Short = Untrusted("")


class AskPermit(Model):
    """May this one call start? Bound to the digest of its exact arguments.

    With the verdict ``ask`` it asks for a person's decision first. The answer to that is ``approved``, which is no
    permit: the gate then asks once more, with a ``req`` of its own and the ``escalation`` that was approved.
    """

    kind: Literal["permit"] = "permit"
    req: Req
    run: Run
    call: CallId
    tool: Name
    cls: ToolClass
    digest: Sha256
    args: Body
    """Redacted canonical JSON; the record keeps its digest."""
    policy: Sha256 | None = None
    """The policy the gate decided by."""
    verdict: Literal["allow", "ask"] | None = None
    why: Annotated[tuple[Why, ...], Field(max_length=32)] | None = None
    definition: Sha256 | None = None
    """Of the tool as this process has it: its name, class, signature and docstring."""
    exact: Annotated[Untrusted, Field(max_length=EXACT_MAX)] | None = None
    """The exact canonical arguments, whose digest ``digest`` is; only where a person is to decide. Never in a store
    other than the pending table."""
    taint: Annotated[tuple[Short, ...], Field(max_length=32)] | None = None
    """Where what the run has read came from, if it came from outside."""
    says: Annotated[Untrusted, Field(max_length=4096)] | None = None
    """The agent's own words about it: the newest it said it was thinking."""
    needs: Annotated[int, Field(ge=1, le=9)] | None = None
    """Distinct people who have to approve."""
    wait_ms: Annotated[int, Field(ge=1, le=2**40)] | None = None
    """How long the tool's contract lets the call wait for a person."""
    escalation: Escalation | None = None
    """The approved escalation this permit is for; ``digest`` is then of what was approved."""


class Drop(Model):
    """Nobody waits for this request any more, because the caller went away, its wait ended, or the rules changed.

    An escalation that is not decided yet is void. Approved or not: nothing runs under this request.
    """

    kind: Literal["drop"] = "drop"
    run: Run
    req: Req
    why: Annotated[str, Field(max_length=200)] = ""


class Outcome(Model):
    """How a permitted call ended. Sent again after a reconnect until the hub has it on disk."""

    kind: Literal["outcome"] = "outcome"
    run: Run
    permit: model.Permit
    call: CallId
    outcome: Literal["done", "failed", "unknown"]
    digest: Sha256 | None = None
    """SHA-256 of the result's text."""
    late: bool = False
    ms: Millis = 0.0


class Answer(Model):
    """A gate's answer to an order: it is closed for that run, and this is what it still has in flight.

    Sent at once, and again each time a call ends, until ``in_flight`` is empty.
    """

    kind: Literal["answer"] = "answer"
    order: model.Order
    run: Run
    in_flight: tuple[InFlight, ...] = ()


class Beat(Model):
    """A heartbeat; the lease in its reply counts from the moment this was sent."""

    kind: Literal["beat"] = "beat"
    n: Annotated[int, Field(ge=0, le=2**53)]
    backlog: Annotated[int, Field(ge=0, le=2**53)] = 0
    """Events waiting at the gate."""


Up = Annotated[
    Hello
    | Open
    | Join
    | Leave
    | Events
    | Chunk
    | AskPermit
    | Drop
    | Outcome
    | Answer
    | Beat
    | Breakers
    | Offers
    | Doing
    | Did,
    Field(discriminator="kind"),
]


# from the hub to a gate


class Welcome(Model):
    """The hub's answer to ``hello``."""

    kind: Literal["welcome"] = "welcome"
    v: int = VERSION
    hub: str
    """The hub's name for itself; another one after each start."""
    redact_key: str
    """Hex key of the digests that stand for secrets, so that gate and hub give one secret one digest."""
    lease_ms: int = LEASE_MS
    beat_ms: int = BEAT_MS


class Opened(Model):
    """The hub knows the run. ``state`` is what holds for it now; ``order`` is why, unless it is running."""

    kind: Literal["opened"] = "opened"
    req: Req
    run: Run
    state: Literal["running", "paused", "killed"]
    order: Order | None = None
    cancel: Order | None = None
    """A cancel order that stands for this run."""
    seq: Annotated[int, Field(ge=0)] = 0
    """The last ``seq`` of this run and gate that is on disk: send what comes after."""
    agent: Name | None = None
    """Of a run that was joined: what its policy hangs on, as the run's first event said it."""
    role: Name | None = None
    goal: Annotated[Untrusted, Field(max_length=4096)] | None = None
    mode: Literal["live", "replay", "shadow"] | None = None


class Refused(Model):
    """A request got no: ``code`` is stable, ``problem`` a sentence."""

    kind: Literal["refused"] = "refused"
    req: Req
    code: Literal[
        "killed",
        "paused",
        "unknown_run",
        "unknown_parent",
        "finished",
        "unrecorded",
        "limit",
        "policy",
        "ask",
        "denied",
        "rejected",
        "timed_out",
        "void",
    ]
    """``ask``: the hub wants a person's decision where the gate saw no need; ask again with the verdict ``ask`` and
    the exact arguments. The last three end an escalation."""
    problem: str
    order: Order | None = None
    escalation: Escalation | None = None
    by: Short | None = None
    """Who rejected it."""
    reason: Annotated[Untrusted, Field(max_length=2000)] | None = None
    """What that person wants the agent to know."""


class Command(Model):
    """An order for those runs of this gate. To be obeyed first and answered at once."""

    kind: Literal["order"] = "order"
    order: Order
    runs: tuple[Run, ...]


class Waiting(Model):
    """A person decides. The gate holds the call for as long as that takes, lease or not."""

    kind: Literal["waiting"] = "waiting"
    req: Req
    escalation: Escalation
    wait_ms: Annotated[int, Field(ge=0, le=2**40)] = 0
    """How long the escalation is open; 0 without an end."""


class Approved(Model):
    """The escalation is approved, and that is on disk. No permit: see :class:`AskPermit`."""

    kind: Literal["approved"] = "approved"
    req: Req
    escalation: Escalation
    digest: Sha256
    """Of the exact arguments that were approved."""
    args: Annotated[Untrusted, Field(max_length=EXACT_MAX)] | None = None
    """Those arguments, where a person edited them: exact canonical JSON. What runs is this."""
    by: Short | None = None
    """Who edited them."""


class Granted(Model):
    """A permit: single use, ``ttl_ms`` counted from when the gate *sent* its request."""

    kind: Literal["granted"] = "granted"
    req: Req
    permit: model.Permit
    ttl_ms: int = PERMIT_MS


class Lease(Model):
    """Read calls may start until ``ttl_ms`` after beat ``n`` was sent."""

    kind: Literal["lease"] = "lease"
    n: int
    ttl_ms: int = LEASE_MS


class Stored(Model):
    """Events of these runs are on disk up to these ``seq``: the window opens again."""

    kind: Literal["stored"] = "stored"
    runs: dict[Run, int]


class Kept(Model):
    """Outcomes of these permits are on disk: no need to send them again."""

    kind: Literal["kept"] = "kept"
    permits: tuple[model.Permit, ...]


class Bye(Model):
    """The hub closes the connection and says why."""

    kind: Literal["bye"] = "bye"
    code: Literal["version", "malformed", "limit", "going", "role", "superseded"]
    problem: str


Down = Annotated[
    Welcome
    | Opened
    | Refused
    | Command
    | Waiting
    | Approved
    | Granted
    | Do
    | Lease
    | Stored
    | Kept
    | PolicyText
    | Rules
    | Head
    | Bye,
    Field(discriminator="kind"),
]


# codec

_up: TypeAdapter[Any] = TypeAdapter(Up)
_down: TypeAdapter[Any] = TypeAdapter(Down)


_COMMAND = Command.model_fields["kind"].default


def commands(order: Mapping[str, Any]) -> Callable[[tuple[str, ...]], bytes]:
    """Return what encodes a :class:`Command` with this order for the runs it is given, a thousand times over.

    ``order`` has the fields of the order as plain JSON. Whatever runs it names itself, a frame names the given ones
    only. Nothing is validated: this is for an order the hub worded.
    """
    spelled: dict[str, Any] = {**order}
    frame: dict[str, Any] = {"kind": _COMMAND, "order": spelled}

    def naming(runs: tuple[str, ...]) -> bytes:
        frame["runs"] = spelled["runs"] = runs
        return orjson.dumps(frame)

    return naming


def encode(frame: Model) -> str:
    """Return the frame as one line of JSON. Raises WireError when it is longer than FRAME_MAX."""
    text = frame.model_dump_json(exclude_none=True)
    if len(text) > FRAME_MAX // 4 and len(text.encode()) > FRAME_MAX:
        raise WireError(
            f"{len(text)} characters, at most {FRAME_MAX} bytes fit", place=frame.__class__.__name__
        )
    return text


def decode_up(data: str | bytes) -> Any:
    """Return the frame a gate sent. Raises WireError with the place of the first problem."""
    return _decode(_up, data)


def decode_down(data: str | bytes) -> Any:
    """Return the frame a hub sent. Raises WireError with the place of the first problem."""
    return _decode(_down, data)


def read_up(data: str | bytes) -> tuple[Any, dict[str, Any]]:
    """Return the frame a gate sent and the same as plain JSON, which keeps the fields a newer gate added.

    Nothing is coerced, so the plain form may be stored as it is: a number written as text is refused here
    and not only by whoever adds it up later. Raises WireError with the place of the first problem.
    """
    plain = _object(data)
    try:
        return _up.validate_json(data, strict=True), plain
    except ValidationError as error:
        raise _problem(error) from None


def _object(data: str | bytes) -> dict[str, Any]:
    try:
        value: Any = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise WireError(f"not JSON ({error})") from None
    if not isinstance(value, dict):
        raise WireError("not a JSON object")
    frame = cast("dict[str, Any]", value)
    if frame.get("kind") in ("hello", "welcome") and frame.get("v") != VERSION:
        raise VersionError(frame.get("v", 0), VERSION)
    return frame


def _decode(adapter: TypeAdapter[Any], data: str | bytes) -> Any:
    try:
        return adapter.validate_python(_object(data))
    except ValidationError as error:
        raise _problem(error) from None


def _problem(error: ValidationError) -> WireError:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(map(str, first["loc"])) or "frame"
    return WireError(first["msg"].lower(), place=place)
