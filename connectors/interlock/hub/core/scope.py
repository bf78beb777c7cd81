"""Whom an order by scope is about: an agent, a role, or the fleet. Pure."""

from typing import Any, Literal, NamedTuple

from interlock.reserved import reserved

__all__ = ["Scope"]

Json = dict[str, Any]


class Scope(NamedTuple):
    """An agent or a role by its exact name, as agents wrote it; or the fleet, which has none."""

    kind: Literal["agent", "role", "fleet"]
    name: str = ""

    def covers(self, agent: str, role: str) -> bool:
        """Return whether a run of this agent and role is meant. One of the hub's own never is."""
        if reserved(agent) or reserved(role):
            return False
        return self.kind == "fleet" or self.name == (agent if self.kind == "agent" else role)

    def plain(self) -> Json:
        """Return it as the API and the record have it; the inverse of :meth:`read`."""
        return {self.kind: True if self.kind == "fleet" else self.name}

    @classmethod
    def read(cls, plain: Json | None) -> "Scope | None":
        """Return the scope that this is, or None for none."""
        if not plain:
            return None
        if "agent" in plain:
            return cls("agent", plain["agent"])
        return cls("role", plain["role"]) if "role" in plain else cls("fleet")
