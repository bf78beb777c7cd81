"""Whose request is being answered: the kind of token it came with, and the operator behind it."""

from contextvars import ContextVar
from typing import Literal, NamedTuple

__all__ = ["Asker", "Kind", "asker"]

Kind = Literal["operator", "agent", "canary-operator", "canary-agent"]
"""Whose token it is. The hub's own canary has two, made anew at each start: with the one it is the agent of its runs,
with the other it gives them orders, and nothing else."""


class Asker(NamedTuple):
    """Who asks. ``token`` is the id of a token of the record; empty for those of the data folder and the canary's."""

    kind: Kind
    operator: str = ""
    """For four eyes this counts: two tokens of one operator are one operator, whoever somebody says to be."""
    token: str = ""


_SHARED = Asker("operator")

asker: ContextVar[Asker] = ContextVar("interlock.asker", default=_SHARED)
"""Whose request is being answered in this context."""
