"""The frames that tell a gate what holds: a policy's text, once, and which one and what dials hold, at each change."""

from typing import Annotated, Literal

from pydantic import Field

from interlock.dials import Dial
from interlock.model import Model, Sha256

__all__ = ["Candidate", "InForce", "PolicyText", "Rules"]


class PolicyText(Model):
    """A policy as it was pushed: sent once on a connection, before the first :class:`Rules` that names it."""

    kind: Literal["policy"] = "policy"
    n: Annotated[int, Field(ge=1)]
    """Its version at this hub."""
    digest: Sha256
    """SHA-256 of ``text``, in UTF-8."""
    text: str
    """The policy's JSON normal form."""


class InForce(Model):
    """The policy that holds, by its digest."""

    n: Annotated[int, Field(ge=1)]
    digest: Sha256


class Candidate(InForce):
    """A policy that holds for a share of the runs."""

    share: Annotated[float, Field(ge=0, le=1)]
    """A run takes it where :func:`interlock.policy.staged` says so, of its id and this."""


class Rules(Model):
    """What holds now for the calls of every run of the gate: sent right after ``welcome``, and at each change.

    It takes the place of the one before in every part. Without a policy, calls are judged by their class alone.
    """

    kind: Literal["rules"] = "rules"
    active: InForce | None = None
    candidate: Candidate | None = None
    dials: tuple[Dial, ...] = ()
