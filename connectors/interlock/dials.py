"""The dial: how far an agent may go by itself, turned from outside of its policy. Pure.

A dial lowers what the policy says and never raises it: the lowest of both is in force.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Protocol, Self, TypeVar

from pydantic import Field, model_validator

from interlock import model
from interlock.levels import LEVELS, Level, lowest
from interlock.model import Model, Name
from interlock.reserved import reserved

__all__ = ["LEVELS", "Dial", "DialScope", "Holding", "Level", "in_force", "lowest", "of_scope"]

Key = tuple[str, str]
"""Kind and name of a scope."""


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
    def key(self) -> Key:
        """Its kind and its name; the fleet has none."""
        for kind in ("agent", "role", "tool"):
            name = getattr(self, kind)
            if name is not None:
                return kind, name.raw
        return "fleet", ""


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
    meant = _meant(agent, role, tool)
    return _lowest(dial for dial in dials if dial.scope.key in meant)


def of_scope(dials: Mapping[Key, D], agent: str, role: str, tool: str) -> D | None:
    """Return the same of dials by the keys of their scopes, as quickly however many there are.

    The hub looks for each agent it knows at each turn of a dial, and no order goes out meanwhile.
    """
    return _lowest(dials[key] for key in _meant(agent, role, tool) if key in dials)


def _meant(agent: str, role: str, tool: str) -> tuple[Key, ...]:
    """Return the keys of the scopes that cover such a call. What is the hub's own is covered by none."""
    if reserved(agent) or reserved(role):
        return ()
    return ("agent", agent), ("role", role), ("tool", tool), ("fleet", "")


def _lowest(covering: Iterable[D]) -> D | None:
    return min(covering, key=lambda dial: LEVELS.index(dial.level), default=None)
