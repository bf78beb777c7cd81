"""An export of the record: a JSON object a line, every entry as its bytes are stored, and a manifest at the end."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from interlock.audit.chain import Row
from interlock.audit.note import Checkpoint

__all__ = ["FORMAT", "encode", "from_plain", "lines", "manifest", "to_plain"]

Json = dict[str, Any]

FORMAT = 1
"""What an export is; a verifier refuses any other."""
_TEXTS = ("kind", "run", "order", "permit")


def to_plain(row: Row, prev: bytes) -> Json:
    """Return an entry as a line of an export has it: the stored texts, and the hashes in hex."""
    texts = zip(_TEXTS, (row.kind, row.run, row.order, row.permit), strict=True)
    return {
        "n": row.n,
        "at": row.at,
        **{name: str(text, "utf-8") for name, text in texts},
        "digest": row.digest.hex(),
        "body": str(row.body or b"", "utf-8"),
        "prev": prev.hex(),
        "hash": row.hash.hex(),
    }


def from_plain(plain: Mapping[str, Any]) -> tuple[Row, bytes]:
    """Return the entry that a line holds, and the hash it says was before. Raises ValueError, KeyError, TypeError."""
    n, at = plain["n"], plain["at"]
    if type(n) is not int or type(at) is not int:
        raise TypeError("numbers of an entry are whole")
    if not 0 < n < 2**63 or abs(at) >= 2**63:
        raise ValueError("a number of an entry is out of range")
    text, raw = str.encode, bytes.fromhex
    row = Row(
        n,
        at,
        text(plain["kind"]),
        text(plain["run"]),
        text(plain["order"]),
        text(plain["permit"]),
        raw(plain["digest"]),
        text(plain["body"]),
        raw(plain["hash"]),
    )
    return row, raw(plain["prev"])


def encode(plain: Json) -> str:
    """Return one line. JSON escapes line ends, so one entry is one line whatever is in it."""
    return json.dumps(plain, ensure_ascii=True, separators=(",", ":")) + "\n"


def manifest(entries: int, ends: tuple[int, int], filters: Mapping[str, str], head: Checkpoint) -> Json:
    """Return the last line: how much came before it, what was asked for, and the signed head of the record."""
    return {
        "manifest": {
            "format": FORMAT,
            "entries": entries,
            "first": ends[0],
            "last": ends[1],
            "filters": dict(filters),
            "head": head._asdict(),
        }
    }


def lines(entries: Iterable[Json], checkpoints: Iterable[Json]) -> Iterator[Json]:
    """Yield the lines of a page: each checkpoint right behind the entry it is about."""
    waiting = sorted(checkpoints, key=lambda point: int(point["n"]))
    for entry in entries:
        yield {"entry": entry}
        while waiting and waiting[0]["n"] <= entry["n"]:
            yield {"checkpoint": waiting.pop(0)}
