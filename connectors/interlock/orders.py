"""What operators command, and the receipt that says how far a command got. Frozen models, no I/O."""

from typing import Annotated, Literal, get_args

from pydantic import Field, TypeAdapter

from interlock import model
from interlock.events import InFlight
from interlock.model import Gate, Model, Run
from interlock.text import Untrusted

__all__ = [
    "CAUSES",
    "STAGES",
    "Cancel",
    "Cause",
    "GateAnswer",
    "Kill",
    "LateOutcome",
    "Order",
    "Pause",
    "Receipt",
    "Resume",
    "Stage",
    "order_adapter",
]


class _Order(Model):
    order: model.Order
    runs: Annotated[tuple[Run, ...], Field(min_length=1, max_length=10_000)]
    """The runs named by the operator; the hub adds their descendants, also those that register later."""
    by: Annotated[Untrusted, Field(max_length=128)]
    reason: Annotated[Untrusted, Field(max_length=2000)] = Untrusted("")
    at: float
    """Unix seconds by the hub's wall clock: decoration."""


class Cancel(_Order):
    """Ask the agent to end by itself. Nothing is stopped by force."""

    verb: Literal["cancel"] = "cancel"


class Pause(_Order):
    """Freeze-frame: hold the next tool or model call, with timeouts, budgets and clocks stopped."""

    verb: Literal["pause"] = "pause"


class Resume(_Order):
    """Let paused runs go on. Never lifts a kill."""

    verb: Literal["resume"] = "resume"


class Kill(_Order):
    """End the runs: nothing new starts, whatever the agent does. Final."""

    verb: Literal["kill"] = "kill"


Order = Annotated[Cancel | Pause | Resume | Kill, Field(discriminator="verb")]

Cause = Literal["person", "repeat", "guardrail", "policy"]
CAUSES: tuple[Cause, ...] = get_args(Cause)
"""What an operator may say made them give an order, so that it can be counted: no more than that they wanted it, that
the agent repeats itself, that something spoke to its model, or that it did or tried what its role must not."""

order_adapter: TypeAdapter[Cancel | Pause | Resume | Kill] = TypeAdapter(Order)

STAGES: dict[str, tuple[str, ...]] = {
    "kill": ("requested", "pushed", "recorded", "acknowledged", "presumed", "confirmed"),
    "pause": ("requested", "pushed", "recorded", "acknowledged", "drained"),
    "resume": ("requested", "recorded", "pushed", "acknowledged"),
    "cancel": ("requested", "pushed", "recorded", "acknowledged", "ended"),
}
"""The stages each verb can reach, in the order a person thinks of them. ``confirmed`` may come without
``presumed``."""


class Stage(Model):
    """One stage that was reached: ``ms`` since the hub received the order, ``at`` in Unix seconds."""

    stage: Literal[
        "requested", "pushed", "recorded", "acknowledged", "drained", "presumed", "confirmed", "ended"
    ]
    ms: float
    at: float
    note: str = ""


class GateAnswer(Model):
    """What one gate of the run has said about this order so far."""

    gate: Gate
    connected: bool
    answered: bool
    gone: bool = False
    """Its process is proven gone, or it left the run before the order: no answer is needed."""
    pid: int | None = None
    host: Untrusted = Untrusted("")
    in_flight: tuple[InFlight, ...] = ()


class LateOutcome(Model):
    """The end of a call that was in flight when the order came."""

    call: str
    tool: Untrusted
    permit: model.Permit | None = None
    outcome: Literal["done", "failed", "unknown"]
    ms: float
    """Since the hub received the order."""


class Receipt(Model):
    """How far one order got with one run: the stages with their times, and what was in flight."""

    order: model.Order
    run: Run
    verb: Literal["cancel", "pause", "resume", "kill"]
    by: Untrusted
    reason: Untrusted
    inherited_from: Run | None = None
    stages: tuple[Stage, ...]
    gates: tuple[GateAnswer, ...] = ()
    in_flight_at_stop: tuple[InFlight, ...] = ()
    """What the gates had in the air when each first answered."""
    late: tuple[LateOutcome, ...] = ()
    children: tuple[Run, ...] = ()
    unrecorded: bool = False
    """True while the order acts but could not be written to disk."""
    waits_for: tuple[str, ...] = ()
    """What stands between this receipt and its last stage, one plain sentence each; empty when complete."""
