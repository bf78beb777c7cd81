"""Names that only the hub's own agents carry: nobody else hides behind one. Pure."""

__all__ = ["CANARY", "INPUT", "PREFIX", "reserved"]

PREFIX = "interlock-"
"""Agents and roles whose name begins with this are the hub's own. A scope order never reaches them."""
CANARY = "interlock-canary"
"""The agent, the role and the operator of the run that proves the brake: :mod:`interlock.hub.canary`."""
INPUT = "interlock-input"
"""The tool that stands for a model's reading, where a guardrail wants a person's decision on it. It has no effect."""


def reserved(name: str) -> bool:
    """Return whether a name of an agent, a role or a tool is the hub's own, exactly as it is written."""
    return name.startswith(PREFIX)
