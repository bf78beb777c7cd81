"""Exports of the record: page by page to a file or a pipe, so that a million entries need no room here."""

import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import Any, TextIO

from interlock.audit.cells import row as csv_row
from interlock.audit.export import encode, lines, manifest
from interlock.audit.note import read
from interlock.audit.rows import FIELDS, row
from interlock.errors import ConfigError, HubError
from interlock_console.client import Client
from interlock_console.commands._audit import filters
from interlock_console.commands._common import connect
from interlock_console.output import Exit, dump, line

__all__ = ["export"]

Json = dict[str, Any]
_EXPORT = "/v1/audit/export"


def export(args: Namespace) -> int:
    """Write what was asked for, up to the newest entry as of now."""
    if args.json and args.output is None:
        raise ConfigError("--json says what was written to a file", fix="add --output FILE")
    client = connect(args)
    asked = filters(args, client)
    if args.after:
        asked["after"] = args.after
    head = client.get("/v1/audit/head")
    point = read(head["head"])
    if point is None:
        raise HubError("the record names no key yet, so nothing of it is signed", code="unsigned")
    wrote = _Count()
    with _Output(args.output) as out:
        pages = (
            _csv(client, asked, point.n, wrote)
            if args.format == "csv"
            else _jsonl(client, asked, point.n, wrote)
        )
        for text in pages:
            out.write(text)
        if args.format == "jsonl":
            out.write(encode(manifest(wrote.entries, (wrote.first, wrote.last), given(asked), point)))
    if args.output is not None:
        _say(args, wrote, head)
    return Exit.OK


def given(asked: Json) -> dict[str, str]:
    """Return what was asked for, as texts."""
    return {name: str(value) for name, value in asked.items() if value is not None}


def _say(args: Namespace, wrote: "_Count", head: Json) -> None:
    if args.json:
        said = {"file": args.output, "entries": wrote.entries, "first": wrote.first, "last": wrote.last}
        dump(said | {"head": head["head"], "key": head["key"]})
        return
    print(f"{wrote.entries} entries in {line(args.output)}")
    if args.format == "jsonl":
        print(f"verify it anywhere: interlock audit verify --export {line(args.output)} --key KEY")


class _Count:
    """What was written so far."""

    def __init__(self) -> None:
        self.entries = self.first = self.last = 0

    def add(self, n: int) -> None:
        self.entries, self.first, self.last = self.entries + 1, self.first or n, n


def _pages(client: Client, path: str, asked: Json, top: int, limit: int) -> Iterator[Json]:
    place: int | None = asked.get("after", 0)
    rest = {name: value for name, value in asked.items() if name != "after"}
    if path == _EXPORT and given(asked):
        # With gaps the chain cannot be followed to the signed head: every entry needs a signature of its own.
        rest["vouch"] = "true"
    while place is not None and place < top:
        page = client.get(path, after=place, limit=limit, **rest)
        yield page
        place = page["next"]


def _jsonl(client: Client, asked: Json, top: int, wrote: _Count) -> Iterator[str]:
    for page in _pages(client, _EXPORT, asked, top, 2000):
        kept = [entry for entry in page["lines"] if entry["n"] <= top]
        points = [point for point in page["checkpoints"] if point["n"] <= top]
        for made in lines(kept, points):
            yield encode(made)
            if "entry" in made:
                wrote.add(made["entry"]["n"])


def _csv(client: Client, asked: Json, top: int, wrote: _Count) -> Iterator[str]:
    yield csv_row(FIELDS)
    for page in _pages(client, "/v1/audit", asked, top, 500):
        for entry in page["entries"]:
            if entry["n"] <= top:
                shown = row(entry)
                yield csv_row(str(shown[name]) for name in FIELDS)
                wrote.add(entry["n"])


class _Output:
    """Where it goes: a new file of mode 0600, or standard output."""

    def __init__(self, name: str | None) -> None:
        self._name, self._file = name, sys.stdout

    def __enter__(self) -> TextIO:
        if self._name is not None:
            try:
                made = os.open(self._name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            except OSError as error:
                fix = "name a file that is not there yet"
                raise ConfigError(f"cannot write ({error.strerror})", value=self._name, fix=fix) from None
            self._file = os.fdopen(made, "w", encoding="utf-8", newline="")
        return self._file

    def __exit__(self, *_: object) -> None:
        if self._name is not None:
            self._file.close()
