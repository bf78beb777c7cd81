"""Changes the file of contexts the way a careful person would: a line here, a line there, and nothing else lost.

The text is edited, not written anew, so comments and keys of other versions stay. Every edit is read again before it
replaces the file, and must say exactly what was meant: otherwise nothing is written. A broken file is never touched.
"""

import fcntl
import json
import os
import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any, cast

from interlock.errors import ConfigError
from interlock_console.contexts import Book, Context, parse, path_of, read

__all__ = ["changing", "drop", "put", "use"]

_HEAD = "# Written by 'interlock context'; yours to edit. Tokens are never in this file.\n"
_FIELDS = ("url", "production", "read_only", "theme", "token", "insecure_http")


@contextmanager
def changing(environ: Mapping[str, str] = os.environ) -> Generator[Book]:
    """Hold the file against other changes and give it as it is now. Raises ConfigError if it is broken."""
    path = path_of(environ)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(path.with_name(".contexts.lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _unwritten(path, error) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield read(environ)
    finally:
        os.close(lock)


def put(book: Book, context: Context) -> None:
    """Write one context, new or in place of the one of this name; keys it does not know stay."""
    wanted = deepcopy(book.table)
    values: dict[str, object] = {key: getattr(context, key) for key in _FIELDS}
    entry = wanted.setdefault("context", {}).setdefault(context.name, {})
    said = {key: value for key, value in values.items() if value or key in ("url", "token", "production")}
    for key in _FIELDS:
        entry.pop(key, None)
    entry.update(said)
    lines = book.text.splitlines(keepends=True) or [_HEAD]
    begin, end = _section(lines, context.name)
    if begin < 0:
        lines = [*_ended(lines), "\n", f"[context.{_key(context.name)}]\n", *_written(said)]
    else:
        kept = [line for line in lines[begin + 1 : end] if not _sets(line, _FIELDS)]
        lines[begin + 1 : end] = [*_written(said), *_ended(kept)]
    _write(book, "".join(lines), wanted)


def drop(book: Book, name: str) -> None:
    """Take one context out, and out of use if it is in use."""
    wanted = deepcopy(book.table)
    del wanted["context"][name]
    lines = book.text.splitlines(keepends=True)
    begin, end = _section(lines, name)
    del lines[max(begin, 0) : end]
    if not any(_header(line)[:1] == ["context"] for line in lines):
        del wanted["context"]
    if wanted.get("use") == name:
        del wanted["use"]
        lines = [
            line for place, line in enumerate(lines) if not (_sets(line, ("use",)) and _top(lines, place))
        ]
    _write(book, "".join(lines), wanted)


def use(book: Book, name: str) -> None:
    """Make this the context in use."""
    wanted = {**book.table, "use": name}
    lines = book.text.splitlines(keepends=True) or [_HEAD]
    places = [place for place, line in enumerate(lines) if _sets(line, ("use",)) and _top(lines, place)]
    fresh = f"use = {json.dumps(name)}\n"
    if places:
        lines[places[0]] = fresh
    else:
        first = next((place for place, line in enumerate(lines) if not line.startswith("#")), len(lines))
        lines = [*_ended(lines[:first]), fresh, *lines[first:]]
    _write(book, "".join(lines), wanted)


def _written(said: Mapping[str, object]) -> list[str]:
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in said.items()]


def _key(name: str) -> str:
    return json.dumps(name) if "." in name else name


def _ended(lines: list[str]) -> list[str]:
    """Return the lines, the last of them with its end."""
    return [*lines[:-1], lines[-1].rstrip("\n") + "\n"] if lines else []


def _sets(line: str, keys: tuple[str, ...]) -> bool:
    found = re.match(r"\s*([\"']?)([A-Za-z_]+)\1\s*=", line)
    return found is not None and found[2] in keys


def _top(lines: list[str], place: int) -> bool:
    return not any(line.lstrip().startswith("[") for line in lines[:place])


def _section(lines: list[str], name: str) -> tuple[int, int]:
    """Return the place of the header of a context and that of the next header; (-1, 0) where there is none.

    A table below the context, such as ``[context.prod.more]``, belongs to it.
    """
    begin = next((place for place, line in enumerate(lines) if _header(line) == ["context", name]), -1)
    if begin < 0:
        return -1, 0
    for place in range(begin + 1, len(lines)):
        if lines[place].lstrip().startswith("["):
            return begin, place
    return begin, len(lines)


def _header(line: str) -> list[str]:
    """Return the names in the header of a table, none if the line is not one."""
    import tomllib

    if not line.lstrip().startswith("["):
        return []
    try:
        table: dict[str, Any] = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return []
    names: list[str] = []
    while table:
        name, inside = next(iter(table.items()))
        names.append(name)
        table = cast("dict[str, Any]", inside) if isinstance(inside, dict) else {}
    return names


def _write(book: Book, text: str, wanted: dict[str, Any]) -> None:
    """Replace the file at once, or not at all. A link to it stays a link."""
    try:
        good = parse(book.path, text.encode()).table == wanted
    except ConfigError:
        good = False
    if not good:
        raise ConfigError(
            "the contexts are written in a way this command cannot change safely",
            value=str(book.path),
            fix="change it by hand; it was left as it is",
        )
    target = book.path.resolve()
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(handle, "wb") as file:  # noqa: PTH123 - made private before a byte is in it
            file.write(text.encode())
            file.flush()
            os.fsync(handle)
        fresh.replace(target)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise _unwritten(book.path, error) from None


def _unwritten(path: Path, error: OSError) -> ConfigError:
    return ConfigError(
        f"cannot write the contexts ({error.strerror}), they are as they were",
        value=str(path),
        fix="make room there, and a folder that is yours",
    )
