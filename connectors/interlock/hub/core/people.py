"""Who may come in and what they may do, as the core knows it: operators, tokens and break-glass. Plain data."""

from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import inf

from interlock.rights import ROLES, includes

__all__ = ["GLASS_SECONDS", "Glass", "Operator", "People", "Token", "same_name"]

GLASS_SECONDS = 900.0
"""How long the rights of a break-glass last."""


def same_name(one: str, other: str) -> bool:
    """Return whether two names are one operator's: a name in other letter cases is no second person."""
    return one.casefold() == other.casefold()


@dataclass(slots=True)
class Operator:
    """A person with a name. ``role`` is empty once removed; ``coming`` is more, and not on disk yet."""

    name: str
    role: str
    by: str
    at: float
    coming: str = ""


@dataclass(slots=True)
class Token:
    """What opens the hub, known by the SHA-256 of it. One with an ``agent`` is for gates, else it is an operator's."""

    name: str
    operator: str
    """Whose it is; of an agent's, who owns the agent."""
    digest: str
    by: str
    at: float
    agent: str = ""
    """A glob of agents' names."""
    role: str = ""
    """The role of those agents."""
    expires: float | None = None
    """In Unix seconds."""
    revoked_at: float | None = None
    revoked_by: str = ""
    seen_at: float | None = None
    """When it last opened a console, to an hour."""
    live: bool = False
    """True once it is on disk: before that it opens nothing."""

    def misfit(self, agent: str, role: str) -> str:
        """Return why an agent of this name in this role has no use for the token, or nothing."""
        if fnmatchcase(agent, self.agent) and role == self.role:
            return ""
        return f"this token is for agents {self.agent!r} in role {self.role!r}, not for {agent!r} in {role!r}"


@dataclass(slots=True)
class Glass:
    """One break-glass. Its rights hold from the moment it is on disk until the first of two clocks says no."""

    name: str
    who: str
    role: str
    why: str
    at: float
    mono: float
    """Monotonic seconds of the boot of the machine in which it was broken."""
    boot: str
    ended_at: float | None = None
    ended_by: str = ""
    ended_why: str = ""
    reviewed_at: float | None = None
    reviewed_by: str = ""
    note: str = ""
    live: bool = False

    @property
    def until(self) -> float:
        """The Unix second after which it holds no more, whatever the monotonic clock says."""
        return self.at + GLASS_SECONDS

    def left(self, mono: float, wall: float, boot: str) -> float:
        """Return how many seconds it still holds. Another boot has another monotonic clock: there it is over."""
        if self.ended_at is not None or boot != self.boot:
            return 0.0
        return max(0.0, min(GLASS_SECONDS, self.mono + GLASS_SECONDS - mono, self.until - wall))


@dataclass(slots=True)
class People:
    """All of them, in the order of the record. ``root`` started the hub and is an admin for ever."""

    operators: dict[str, Operator] = field(default_factory=dict[str, Operator])
    """By the name in lower case."""
    tokens: dict[str, Token] = field(default_factory=dict[str, Token])
    glasses: dict[str, Glass] = field(default_factory=dict[str, Glass])
    open: dict[str, Glass] = field(default_factory=dict[str, Glass])
    """Break-glass that has not ended, by the operator's name in lower case."""
    signed: dict[str, float] = field(default_factory=dict[str, float])
    """When a token that is in no record (the one of the data folder) last opened a console, in Unix seconds."""
    root: str = ""
    boot: str = ""

    def own_role(self, name: str) -> str:
        """Return the role an operator has, without break-glass; nothing where there is no such operator."""
        if self.root and same_name(name, self.root):
            return ROLES[-1]
        found = self.operators.get(name.casefold())
        return found.role if found is not None else ""

    def role(self, name: str, mono: float, wall: float) -> str:
        """Return what an operator may act as now: its role, or what it broke the glass for."""
        own = self.own_role(name)
        glass = self.broken(name, mono, wall)
        return glass.role if own and glass is not None and not includes(own, glass.role) else own

    def broken(self, name: str, mono: float, wall: float) -> Glass | None:
        """Return the break-glass that holds for this operator now."""
        glass = self.open.get(name.casefold())
        return glass if glass is not None and glass.live and glass.left(mono, wall, self.boot) else None

    def good(self, token: Token, wall: float) -> bool:
        """Return whether a token opens anything: on disk, not revoked, not expired, and its operator still one."""
        fresh = (
            token.live
            and token.revoked_at is None
            and wall < (inf if token.expires is None else token.expires)
        )
        return fresh and (bool(token.agent) or bool(self.own_role(token.operator)))
