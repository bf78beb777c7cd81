"""The offline verifier: an export and the hub's public key, and nothing else, say whether it is what was recorded.

An export that was filtered has gaps, so what it shows can be checked and what it leaves out cannot: it says so.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple, cast

import orjson

from interlock.audit.chain import Row, Walk
from interlock.audit.export import FORMAT, from_plain
from interlock.audit.note import Checkpoint, flaw
from interlock.audit.note import read as read_note

__all__ = ["Checked", "verify_export"]

Json = dict[str, Any]

_MANIFEST = {"format", "entries", "first", "last", "filters", "head"}


class Checked(NamedTuple):
    """What the verifier found. ``first_bad`` is the number of the first bad entry, None where it is no entry's."""

    ok: bool
    entries: int
    checkpoints: int
    complete: bool
    """Every entry from the first one to the signed head was there."""
    epoch: int | None
    first_bad: int | None
    problem: str


class _Bad(Exception):
    """Something is wrong; ``n`` is the entry it is wrong with."""

    def __init__(self, problem: str, n: int | None = None) -> None:
        super().__init__(problem)
        self.problem, self.n = problem, n


def verify_export(lines: Iterable[str], key: str) -> Checked:
    """Check an export against the public key (hex) that its hub said before, not one that came with the export."""
    check = _Check(key.strip().lower())
    try:
        for line in lines:
            check.take(line)
        check.end()
    except _Bad as bad:
        return Checked(False, check.entries, check.points, False, check.epoch, bad.n, bad.problem)
    return Checked(True, check.entries, check.points, check.complete, check.epoch, None, "")


class _Check:
    def __init__(self, key: str) -> None:
        self._key = key
        self._announced = {key}
        self._walk = Walk()
        self._manifest: Json | None = None
        self._origin = ""
        self._gap = 0
        """The first entry that is missing."""
        self._waits = self._bare = 0
        """The entry that no signed checkpoint stands behind yet, and the first one that none stood behind."""
        self._foreign = 0
        """The first entry that a key other than the one given vouched for."""
        self._in_epoch = 1
        self.entries = self.points = self._first = self._last = 0
        self.epoch: int | None = None
        self.complete = False

    def take(self, line: str) -> None:
        if self._manifest is not None:
            raise _Bad("something follows the manifest: lines were added")
        name, value = _parsed(line, self._walk.n)
        if name == "entry":
            self._entry(value)
        elif name == "checkpoint":
            self._checkpoint(value)
        elif name == "manifest" and isinstance(value, dict):
            self._manifest = cast("Json", value)
        else:
            raise _Bad(f"a line after entry {self._walk.n} is none of an export", self._walk.n + 1)

    def _entry(self, value: Any) -> None:
        try:
            row, prev = from_plain(value)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _Bad("it is not written as an entry is", self._walk.n + 1) from None
        if row.n > self._walk.n + 1:
            # Only an export that says it was filtered may have a gap: the end decides.
            self._gap = self._gap or self._walk.n + 1
            self._walk = Walk(row.n - 1, prev)
        if prev != self._walk.head:
            raise _Bad("it names another hash before it than the entry before it has", row.n)
        if not self._walk.step(row):
            raise _Bad(self._walk.problem, row.n)
        self._bare = self._bare or self._waits
        self._waits = row.n
        self.entries += 1
        self._first, self._last = self._first or row.n, row.n
        self._learn(row)

    def _learn(self, row: Row) -> None:
        """Take from the chain itself which keys sign, and in which epoch it goes on."""
        if row.kind == b"signing_key":
            self._announced.add(str(_said(row).get("key")))
        elif row.kind == b"epoch":
            epoch = _said(row).get("epoch")
            if not isinstance(epoch, int) or epoch <= self._in_epoch:
                raise _Bad(f"epoch {epoch!r} does not come after epoch {self._in_epoch}", row.n)
            self._in_epoch = epoch

    def _checkpoint(self, value: Any) -> None:
        point = _point(value, self._walk.n)
        if point.n > self._walk.n:
            raise _Bad(f"it is missing: a signed checkpoint knows entry {point.n}", self._walk.n + 1)
        if point.n != self._walk.n or point.hash != self._walk.head.hex():
            raise _Bad(f"a signed checkpoint of entry {point.n} has another hash for it", point.n)
        if point.key not in self._announced:
            raise _Bad(f"the checkpoint of entry {point.n} is by a key that nobody announced", point.n)
        if self._origin not in ("", point.origin):
            raise _Bad(f"the checkpoint of entry {point.n} is of another record, {point.origin!r}", point.n)
        if not self._gap and point.epoch != self._in_epoch:
            raise _Bad(f"a checkpoint of it says epoch {point.epoch}, the record {self._in_epoch}", point.n)
        if point.key != self._key:
            self._foreign = self._foreign or point.n
        self._origin = point.origin
        self._waits = 0
        self.points += 1

    def end(self) -> None:
        manifest = self._sound_manifest()
        if self._gap and not manifest["filters"]:
            raise _Bad("it is missing, and the manifest does not say that it was left out", self._gap)
        if manifest["entries"] != self.entries:
            raise _Bad(f"the manifest says {manifest['entries']!r} entries, there are {self.entries}")
        head = _point(manifest["head"], self._walk.n)
        if head.key != self._key:
            raise _Bad("the head of the record is not signed by the key that was given")
        self._head(head, filtered=bool(manifest["filters"]))
        self._ends(manifest)
        self.epoch = head.epoch

    def _sound_manifest(self) -> Json:
        manifest = self._manifest
        if manifest is None:
            raise _Bad("the manifest is missing: the end of the export was cut off", self._walk.n + 1)
        if manifest.get("format") != FORMAT:
            raise _Bad(f"this is format {manifest.get('format')!r} of an export, not {FORMAT}")
        if manifest.keys() != _MANIFEST:
            raise _Bad("the manifest is not written as one is")
        return manifest

    def _ends(self, manifest: Json) -> None:
        for name, found in (("first", self._first), ("last", self._last)):
            if manifest[name] != found:
                raise _Bad(f"the manifest says {name} {manifest[name]!r}, and that entry is {found}")

    def _head(self, head: Checkpoint, *, filtered: bool) -> None:
        bare = self._bare or self._waits
        if filtered and bare:
            raise _Bad("nothing signed vouches for it, and the chain has gaps", bare)
        if filtered and self._foreign:
            raise _Bad("another key than the one given vouches for it, and the chain has gaps", self._foreign)
        if filtered and head.n > self._walk.n:
            # What the head says of its own entry cannot be compared: that entry was left out.
            if self._origin not in ("", head.origin):
                raise _Bad(f"the signed head is of another record, {head.origin!r}")
            return
        self._checkpoint(head._asdict())
        self.complete = not filtered


def _parsed(line: str, n: int) -> tuple[str, Any]:
    try:
        plain: Any = orjson.loads(line)
    except ValueError:
        raise _Bad(f"the line after entry {n} is no JSON", n + 1) from None
    if not isinstance(plain, dict) or len(cast("Json", plain)) != 1:
        raise _Bad(f"the line after entry {n} is none of an export", n + 1)
    return cast("tuple[str, Any]", plain.popitem())


def _said(row: Row) -> Json:
    try:
        body: Any = json.loads(row.body or b"{}")
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise _Bad("its body is no JSON object", row.n)
    return cast("Json", body)


def _point(value: Any, n: int) -> Checkpoint:
    point = read_note(value)
    if point is None:
        raise _Bad(f"a checkpoint after entry {n} is not written as one is")
    if wrong := flaw(point):
        raise _Bad(f"the checkpoint of entry {point.n}: {wrong}", point.n)
    return point
