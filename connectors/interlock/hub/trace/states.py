"""The states of runs between two writes: in memory for the runs that move, in the database for all."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import orjson

from interlock.runs import RunState
from interlock.text import Untrusted

__all__ = ["Known", "States", "dump", "load"]

KEPT = 20_000
"""Runs kept in memory; the ones that have not moved for longest are read again when they do."""


class Known:
    """One run in memory: its row's ``id``, its state, and the last ``seq`` of each of its sources."""

    __slots__ = ("id", "seqs", "state")

    def __init__(self, number: int, state: RunState, seqs: dict[str, int]) -> None:
        self.id, self.state, self.seqs = number, state, seqs


def dump(known: Known) -> bytes:
    """Return the state and the last ``seq`` of each source as JSON bytes."""
    return orjson.dumps([known.state, known.seqs], default=_raw)


def _raw(value: Any) -> str:
    if isinstance(value, Untrusted):
        return value.raw
    raise TypeError(f"{value!r} is no part of a state")


def load(number: int, data: bytes) -> Known:
    """Return what :func:`dump` wrote, as the run of this row."""
    state, seqs = orjson.loads(data)
    return Known(number, RunState.from_json(state), seqs)


class States:
    """A bounded memory of runs. Only the writing thread uses it."""

    def __init__(self, read: Callable[[str], Known | None]) -> None:
        """``read`` gets a run from the database."""
        self._read = read
        self._known: OrderedDict[str, Known] = OrderedDict()

    def get(self, name: str) -> Known | None:
        """Return a run that the trace has."""
        known = self._known.get(name)
        if known is None:
            known = self._read(name)
            if known is not None:
                self.put(name, known)
        else:
            self._known.move_to_end(name)
        return known

    def put(self, name: str, known: Known) -> None:
        """Remember a run."""
        self._known[name] = known
        if len(self._known) > KEPT:
            self._known.popitem(last=False)

    def drop(self, names: set[str]) -> None:
        """Forget runs whose write did not happen; they are read again."""
        for name in names:
            self._known.pop(name, None)
