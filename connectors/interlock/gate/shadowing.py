"""What a shadowed run is told instead of effects: the virtual results of its writes, and how its reads show them."""

import json
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, cast

from interlock.contract import Unresolved, resolve
from interlock.contract.rules import Overlay

if TYPE_CHECKING:
    from interlock.contract import Contract

__all__ = ["Virtual"]

Json = dict[str, Any]

KEPT = 1000
"""Virtual writes of one run that its later reads may show; the oldest are forgotten first."""


class Virtual:
    """The virtual writes of one run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.writes: deque[tuple[str, Json, Any]] = deque(maxlen=KEPT)
        """Tool, arguments and virtual result of each."""

    def result(self, tool: str, args: Json, contract: "Contract | None") -> Any:
        """Return what the contract declares for a shadowed call of the tool, None without; and remember the write.

        A result that refers to an argument the call does not have is None too.
        """
        made = None
        if contract is not None and contract.virtual is not None:
            try:
                made = resolve(json.loads(contract.virtual), {"args": args})
            except Unresolved:
                made = None
        with self._lock:
            self.writes.append((tool, args, made))
        return made

    def over(self, args: Json, contract: "Contract | None", real: Any) -> Any:
        """Return a read's real answer with what this run wrote virtually over it, where the contract says how.

        Only an answer that is a mapping can show it. Later writes lie over earlier ones.
        """
        overlay = contract.reads_virtual if contract is not None else None
        if overlay is None or not isinstance(real, dict):
            return real
        with self._lock:
            writes = list(self.writes)
        shown: Json = dict(cast("Json", real))
        for tool, wrote, result in writes:
            if tool == overlay.of and _meant(overlay, args, wrote):
                shown |= _fields(overlay, wrote, result)
        return shown


def _meant(overlay: Overlay, args: Json, wrote: Json) -> bool:
    return all(
        read in args and write in wrote and args[read] == wrote[write] for read, write in overlay.where
    )


def _fields(overlay: Overlay, wrote: Json, result: Any) -> Json:
    try:
        fields: Json = resolve(json.loads(overlay.set), {"args": wrote, "result": result})
    except Unresolved:
        return {}
    return fields
