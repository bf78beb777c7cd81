"""What the record says of the effects of runs: each intent with its number, and the digest of its result."""

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from interlock.errors import ChainBroken
from interlock.hub.record.verify import FILE
from interlock.hub.sqlite import Reader

__all__ = ["Intent", "Intents"]

RUNS_AT_ONCE = 200
_ROWS = "SELECT n, at, CAST(kind AS BLOB), CAST(run AS BLOB), CAST(permit AS BLOB), digest, body FROM entry "


class Intent(NamedTuple):
    """One effect that was permitted. ``at`` is Unix seconds.

    ``result`` is the digest of its result: empty where the outcome has none, None where there is no outcome yet. One
    that the hub wrote itself, ``unknown``, is an outcome.
    """

    n: int
    at: float
    permit: str
    run: str
    call: str
    tool: str
    cls: str
    digest: str
    result: str | None


class Intents:
    """Reads from any thread. One look goes through the whole record: it is for a person who plans, not for a path."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._reader = Reader(self._path)

    def of(self, runs: Iterable[str]) -> list[Intent]:
        """Return the intents of these runs in the order of the record, void ones too.

        Raises ChainBroken for an entry that is not what its digest says.
        """
        names = list(dict.fromkeys(runs))
        rows: list[tuple[Any, ...]] = []
        for first in range(0, len(names), RUNS_AT_ONCE):
            some = names[first : first + RUNS_AT_ONCE]
            marks = ",".join("?" * len(some))
            where = f"WHERE run IN ({marks}) AND kind IN ('permit', 'outcome', 'outcome.unknown') ORDER BY n"
            rows += self._reader.rows(_ROWS + where, some)
        return self._made(rows)

    def _made(self, rows: Iterable[tuple[Any, ...]]) -> list[Intent]:
        found: dict[str, Intent] = {}
        for n, at, kind, run, permit, digest, body in sorted(rows):
            if body is None or sha256(body).digest() != digest:
                raise ChainBroken(n, "its body is not what its digest says", path=str(self._path))
            said, name = orjson.loads(body), str(permit, "utf-8")
            if kind == b"permit":
                call, tool, cls, bound = (said[each] for each in ("call", "tool", "cls", "digest"))
                found[name] = Intent(n, at / 1e6, name, str(run, "utf-8"), call, tool, cls, bound, None)
            elif name in found:
                found[name] = found[name]._replace(result=said.get("digest") or "")
        return sorted(found.values())

    def close(self) -> None:
        """Close the connection."""
        self._reader.close()
