"""Interlock: gate a running agent's calls, report what it does, and stop it for real.

The names below are what an agent imports. They load on first use, so that commands which need none of them
start fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from interlock.errors import CallRefused, InterlockError, KillSignal, RunKilled
    from interlock.gate import Gate, ModelCall, Run, connect, current, current_call

__all__ = [
    "CallRefused",
    "Gate",
    "InterlockError",
    "KillSignal",
    "ModelCall",
    "Run",
    "RunKilled",
    "connect",
    "current",
    "current_call",
]

__version__ = "0.1.0"

_HOME = {
    "CallRefused": "interlock.errors",
    "InterlockError": "interlock.errors",
    "KillSignal": "interlock.errors",
    "RunKilled": "interlock.errors",
    "Gate": "interlock.gate",
    "ModelCall": "interlock.gate",
    "Run": "interlock.gate",
    "connect": "interlock.gate",
    "current": "interlock.gate",
    "current_call": "interlock.gate",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'interlock' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
