"""Idempotency keys: which calls of a run are the same one, and what the second of two gets.

The rules are those of payment interfaces: the same key and the same arguments get the first answer, other arguments are
an error, and so is a call whose first is still in flight. What failed had no effect and may be made again; what is
unknown goes downstream again under the same key, and it is there that it has its effect once.
"""

import contextvars
import hashlib
import threading
from collections.abc import Generator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, Literal

from interlock import canonical
from interlock.errors import ArgumentsError, KeyConflict
from interlock.gate.outcomes import Outcome

__all__ = ["First", "Keyring", "derived", "handed", "kept", "taken_key"]

MOST = 4096
"""Keys that a run remembers. An older one is forgotten: its key is the same again, so it is known downstream."""

_DOMAIN = b"interlock.key.v1"

_handed: contextvars.ContextVar[str | None] = contextvars.ContextVar("interlock_key", default=None)


def derived(run: str, tool: str, names: tuple[str, ...], bound: dict[str, Any]) -> str:
    """Return the key of a call: the same for the same run, tool and values of these arguments, at every gate.

    Nothing of it is remembered, so a process that died in between, and is back in the run, makes the same one. Raises
    ArgumentsError where the tool takes no such argument.
    """
    missing = [name for name in names if name not in bound]
    if missing:
        problem = f"its contract knows it again by {missing[0]!r}, which it does not take"
        raise ArgumentsError(tool, problem)
    spelled = canonical.encode(tool, {name: bound[name] for name in names})
    found = hashlib.sha256()
    for field in (_DOMAIN, run.encode(), tool.encode("utf-8", "surrogatepass"), spelled.encode()):
        found.update(len(field).to_bytes(8, "big"))
        found.update(field)
    return f"i-{found.hexdigest()[:32]}"


@contextmanager
def handed(key: str) -> Generator[None]:
    """Have the first gated call in this block go downstream under ``key``, whatever its contract says."""
    token = _handed.set(key)
    try:
        yield
    finally:
        _handed.reset(token)


def taken_key() -> str | None:
    """Return the key that :func:`handed` has for this call, once."""
    key = _handed.get()
    if key is not None:
        _handed.set(None)
    return key


class First:
    """The newest call of a key that ran: its id, the digest of its arguments, and its answer once it is done."""

    __slots__ = ("call", "digest", "result", "state")

    def __init__(self, call: str, digest: str) -> None:
        self.call, self.digest = call, digest
        self.state: Literal["flying", "done", "failed", "unknown"] = "flying"
        self.result: Any = None


class Keyring:
    """The keys of one run at this gate."""

    def __init__(self) -> None:
        self._firsts: dict[str, First] = {}
        self._lock = threading.Lock()

    def enter(self, run: str, tool: str, key: str, call: str, digest: str) -> tuple[First, bool]:
        """Return the first call of this key, and whether it is this one. Raises KeyConflict."""
        with self._lock:
            first = self._firsts.get(key)
            if first is not None and first.state != "failed":
                if first.digest != digest:
                    raise KeyConflict(run, tool, first=first.call, in_flight=False)
                if first.state == "flying":
                    raise KeyConflict(run, tool, first=first.call, in_flight=True)
                if first.state == "done":
                    return first, False
            first = self._firsts[key] = First(call, digest)
            self._bound()
            return first, True

    def leave(self, first: First, outcome: Outcome, result: Any = None) -> None:
        """Say how the call ended: with an answer to keep, or so that it may be made again."""
        with self._lock:
            if outcome == "done":
                first.result = kept(result)
            first.state = outcome

    def _bound(self) -> None:
        while len(self._firsts) > MOST:
            oldest = next((key for key, first in self._firsts.items() if first.state != "flying"), None)
            if oldest is None:
                return
            del self._firsts[oldest]


def kept(result: Any) -> Any:
    """Return an answer as it is now: its caller may change what it got."""
    try:
        return deepcopy(result)
    except Exception:  # noqa: BLE001 - what cannot be copied is handed out as it is
        return result
