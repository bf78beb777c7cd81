"""The trace: the bulk feed of every run, with each run's state and the rollups kept in the same transactions."""

from interlock.hub.trace.store import Item, Line, Trace

__all__ = ["Item", "Line", "Trace"]
