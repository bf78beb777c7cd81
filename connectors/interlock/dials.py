"""The dial: how far an agent may go by itself, turned from outside of its policy. Pure.

A dial lowers what the policy says and never raises it: the lowest of both is in force.
"""

from collections.abc import Iterable
from typing import Annotated, Protocol, Self, TypeVar

from pydantic import Field, model_validator

from interlock import model
from interlock.levels import LEVELS, Level, lowest
from interlock.model import Model, Name
from interlock.reserved import reserved

__all__ = ["LEVELS", "Dial", "DialScope", "Holding", "Level", "in_force", "lowest"]


class DialScope(Model):
    """What a dial is for: one of an agent, a role, a tool (by its exact name), or the fleet."""

    agent: Name | None = None
    role: Name | None = None
    tool: Name | None = None
    fleet: Annotated[bool, Field(strict=True)] | None = None

    @model_validator(mode="after")
    def _one(self) -> Self:
        given = [name for name in (self.agent, self.role, self.tool) if name is not None]
        if len(given) + (self.fleet is not None) != 1 or self.fleet is False:
            raise ValueError("name one of agent, role, tool, or fleet: true")
        return self

    @property
    def key(self) -> tuple[str, str]:
        """Its kind and its name; the fleet has none."""
        for kind in ("agent", "role", "tool"):
            name = getattr(self, kind)
            if name is not None:
                return kind, name.raw
        return "fleet", ""

    def covers(self, agent: str, role: str, tool: str) -> bool:
        """Return whether a call of this tool in a run of this agent and role is meant. The hub's own never is."""
        if reserved(agent) or reserved(role):
            return False
        kind, name = self.key
        return kind == "fleet" or name == {"agent": agent, "role": role, "tool": tool}[kind]


class Dial(Model):
    """A scope and the level it may not go beyond. One at ``auto`` holds nothing back, so there is none."""

    scope: DialScope
    level: Level
    order: model.Order
    """The order that turned it there."""


class Holding(Protocol):
    """Anything that holds a scope back at a level."""

    @property
    def scope(self) -> DialScope:
        """What it is for."""
        ...

    @property
    def level(self) -> Level:
        """How far that may go."""
        ...


D = TypeVar("D", bound=Holding)


def in_force(dials: Iterable[D], agent: str, role: str, tool: str) -> D | None:
    """Return the lowest dial that covers such a call, or None where nothing holds it back."""
    covering = (dial for dial in dials if dial.scope.covers(agent, role, tool))
    return min(covering, key=lambda dial: LEVELS.index(dial.level), default=None)
