"""An export made from nothing but the chain and a key: what a hub would have written, and what a forger would."""

import json
from hashlib import sha256
from typing import Any

from interlock.audit.chain import GENESIS, Row, link
from interlock.audit.export import encode, manifest, to_plain
from interlock.audit.note import Checkpoint, public_key, sign

Json = dict[str, Any]

SEED, OTHER = bytes(range(32)), bytes(range(1, 33))
PUB = public_key(SEED)
ORIGIN = "o-0123456789abcdef"


class Made:
    """Grows line by line. ``lines`` are objects; ``text`` is the export."""

    def __init__(self, seed: bytes = SEED) -> None:
        self.seed, self.head, self.n, self.epoch = seed, GENESIS, 0, 1
        self.lines: list[Json] = []
        self.entry("signing_key", {"key": public_key(seed), "origin": ORIGIN})

    def entry(self, kind: str, body: Json | list[Any], *, shown: bool = True) -> None:
        """Add an entry; one that is not ``shown`` is in the chain and not in the export."""
        data = json.dumps(body).encode()
        row = Row(
            self.n + 1, 1_795_000_000_000_000, kind.encode(), b"", b"", b"", sha256(data).digest(), data, b""
        )
        row = row._replace(hash=link(self.head, row))
        if shown:
            self.lines.append({"entry": to_plain(row, self.head)})
        self.n, self.head = row.n, row.hash
        if kind == "epoch" and isinstance(body, dict):
            self.epoch = body["epoch"]

    def point(self, seed: bytes | None = None, **other: Any) -> Checkpoint:
        """Return a checkpoint of the newest entry, signed by ``seed``, with some fields made other before that."""
        key = seed or self.seed
        made = Checkpoint(ORIGIN, self.epoch, self.n, self.head.hex(), 1_795_000_000, public_key(key))
        return sign(made._replace(**other), key)

    def checkpoint(self, seed: bytes | None = None, **other: Any) -> None:
        """Add one."""
        self.lines.append({"checkpoint": self.point(seed, **other)._asdict()})

    def end(self, filters: dict[str, str] | None = None, head: Checkpoint | None = None) -> list[Json]:
        """Add the manifest and return all lines."""
        numbers = [line["entry"]["n"] for line in self.lines if "entry" in line]
        ends = (numbers[0], numbers[-1]) if numbers else (0, 0)
        self.lines.append(manifest(len(numbers), ends, filters or {}, head or self.point()))
        return self.lines


def written(lines: list[Json]) -> list[str]:
    """Return the lines as they stand in a file."""
    return [encode(line) for line in lines]


def honest(count: int = 12) -> Made:
    """Return a record with some entries, one checkpoint among them and no end yet."""
    made = Made()
    for number in range(count):
        made.entry("order", {"verb": "kill", "reason": f"it loops\n{number}"})
        if number == count // 2:
            made.checkpoint()
    return made
