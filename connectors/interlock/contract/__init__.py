"""Failure contracts: what a tool promises when something goes wrong. Pure; the gate carries them out."""

from interlock.contract.action import Action, Unresolved, resolve
from interlock.contract.contract import Contract, ToolClass, stricter
from interlock.contract.reading import read
from interlock.contract.rules import Backoff, Breaking, Money, Overlay, Rate

__all__ = [
    "Action",
    "Backoff",
    "Breaking",
    "Contract",
    "Money",
    "Overlay",
    "Rate",
    "ToolClass",
    "Unresolved",
    "read",
    "resolve",
    "stricter",
]
