"""``python -m interlock.hub.backup``: copy a data folder while its hub works, and bring a copy back as a new epoch.

A copy is made by readers alone: both databases are held at one moment and read page by page, so no order waits for it.
What opens a hub or signs for one is not in it: tokens and the signing key stay where they are.
"""

import argparse
import json
import os
import sys
import tarfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from hashlib import file_digest
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any

import apsw

from interlock.errors import ChainBroken, ConfigError, InterlockError, StoreError
from interlock.hub.core.effects import Fact
from interlock.hub.record import Record, verify

__all__ = ["make", "restore"]

Json = dict[str, Any]

FORMAT = 1
_DATABASES = ("record.db", "trace.db")
_BESIDE = ("reserve", "checkpoints.jsonl", "head", "redact.key")
_MANIFEST = "manifest.json"
_PAGES = 256
"""Pages copied at once. The hub's writers never wait for a reader; between two steps other processes get the disk."""
_EXTRA = 1 << 20


def make(folder: Path, file: Path) -> Json:
    """Copy a data folder into a new file (mode 0600); return what is in it. Raises StoreError and ConfigError."""
    if not (folder / "record.db").is_file():
        raise StoreError("there is no record", path=str(folder), fix="name a hub's data folder")
    if file.exists():
        raise ConfigError(
            "there is a file already", value=str(file), fix="name a new one: no backup is written over"
        )
    part = Path(mkdtemp(prefix=".backup-", dir=file.parent))
    try:
        _copy(folder, part)
        verdict = verify(part)
        if not verdict.ok:
            raise ChainBroken(verdict.first_bad or 0, verdict.problem, path=str(folder / "record.db"))
        names = [name for name in (*_DATABASES, *_BESIDE) if (part / name).is_file()]
        manifest = {
            "format": FORMAT,
            "at": int(time.time()),
            "entries": verdict.entries,
            "files": {name: _sha256(part / name) for name in names},
        }
        _pack(part, names, manifest, file)
    finally:
        rmtree(part, ignore_errors=True)
    return {**manifest, "file": str(file)}


def _copy(folder: Path, to: Path) -> None:
    # What stands beside the database first: the hub only adds to it meanwhile, and a start passes over what is behind.
    for name in _BESIDE:
        if (folder / name).is_file():
            (to / name).write_bytes((folder / name).read_bytes())
            (to / name).chmod(0o600)
    with ExitStack() as stack:
        held = [
            (stack.enter_context(_held(folder / name)), to / name)
            for name in _DATABASES
            if (folder / name).is_file()
        ]
        for source, target in held:
            _copy_pages(source, target)


class _held:  # noqa: N801 - a context manager
    """A reader that sees its database as it was at one moment, however long it reads."""

    def __init__(self, path: Path) -> None:
        self.connection: Any = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        self.connection.set_busy_timeout(5000)

    def __enter__(self) -> Any:
        self.connection.execute("BEGIN")
        self.connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        return self.connection

    def __exit__(self, *_: object) -> None:
        self.connection.execute("ROLLBACK")
        self.connection.close()


def _copy_pages(source: Any, path: Path) -> None:
    target: Any = apsw.Connection(str(path))
    try:
        with target.backup("main", source, "main") as copying:
            while not copying.done:
                copying.step(_PAGES)
        target.execute("PRAGMA journal_mode=DELETE").fetchall()
    finally:
        target.close()
    path.chmod(0o600)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _pack(part: Path, names: Sequence[str], manifest: Json, file: Path) -> None:
    whole = part / "whole.tar"
    made = os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(made, "wb") as out:
        with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
            said = json.dumps(manifest).encode()
            info = tarfile.TarInfo(_MANIFEST)
            info.size, info.mode = len(said), 0o600
            tar.addfile(info, BytesIO(said))
            for name in names:
                tar.add(part / name, arcname=name, recursive=False)
        out.flush()
        os.fsync(made)
    os.link(whole, file)


def restore(file: Path, folder: Path, *, by: str, reason: str) -> Json:
    """Bring a backup back into a new folder: verified, and as a new epoch. Raises StoreError and ConfigError."""
    if folder.exists() and any(folder.iterdir()):
        raise ConfigError("the folder is not empty", value=str(folder), fix="name a new one with --into")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    try:
        manifest = _unpack(file, folder)
        verdict = verify(folder)
        if not verdict.ok:
            raise ChainBroken(verdict.first_bad or 0, verdict.problem, path=str(file))
        return _begin(folder, manifest, by, reason)
    except (InterlockError, OSError, tarfile.TarError):
        _empty(folder)
        raise


def _empty(folder: Path) -> None:
    """Leave no half of a hub: what is not whole must not be started."""
    for path in folder.iterdir():
        path.unlink()


def _unpack(file: Path, folder: Path) -> Json:
    known = {*_DATABASES, *_BESIDE}
    with tarfile.open(file, mode="r:") as tar:
        members = {member.name: member for member in tar}
        first = members.pop(_MANIFEST, None)
        if first is None or first.size > _EXTRA:
            raise _no_backup(file, "it has no manifest")
        manifest = _manifest(file, tar, first)
        odd = members.keys() - known or members.keys() ^ manifest["files"].keys()
        if odd or not all(member.isreg() for member in members.values()):
            raise _no_backup(file, "other files are in it than its manifest says")
        for name, member in members.items():
            _extract(tar, member, folder / name)
            if _sha256(folder / name) != manifest["files"][name]:
                raise _no_backup(file, f"{name} is damaged")
    return manifest


def _manifest(file: Path, tar: tarfile.TarFile, member: tarfile.TarInfo) -> Json:
    stream = tar.extractfile(member)
    try:
        manifest: Any = json.loads(stream.read() if stream is not None else b"")
        if manifest["format"] != FORMAT or not isinstance(manifest["files"], dict):
            raise _no_backup(file, f"it is a backup of format {manifest['format']!r}, not {FORMAT}")
    except (ValueError, KeyError, TypeError):
        raise _no_backup(file, "its manifest cannot be read") from None
    return dict(manifest)


def _extract(tar: tarfile.TarFile, member: tarfile.TarInfo, path: Path) -> None:
    stream = tar.extractfile(member)
    made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(made, "wb") as out:
        while stream is not None and (piece := stream.read(_EXTRA)):
            out.write(piece)
        out.flush()
        os.fsync(made)


def _no_backup(file: Path, problem: str) -> StoreError:
    return StoreError(problem, path=str(file), fix="name a file that 'interlock backup' made")


def _begin(folder: Path, manifest: Json, by: str, reason: str) -> Json:
    """Write the entry that makes what follows another epoch, before any hub starts on it."""
    record = Record.open(folder)
    try:
        now, before = time.time(), record.epoch
        place, epoch = record.tip, max(before + 1, int(now))
        origin = {"n": place.n, "hash": place.head.hex(), "epoch": before, "backup_at": manifest["at"]}
        body = {"epoch": epoch, "from": origin, "by": by, "reason": reason, "cause": "person"}
        record.append([Fact("epoch", body)], now)
    finally:
        record.close()
    return {"folder": str(folder), "epoch": epoch, "entries": place.n + 1, "from": origin}


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m interlock.hub.backup")
    what = parser.add_subparsers(dest="what", required=True)
    making = what.add_parser("make")
    making.add_argument("folder", type=Path)
    making.add_argument("file", type=Path)
    bringing = what.add_parser("restore")
    bringing.add_argument("file", type=Path)
    bringing.add_argument("folder", type=Path)
    bringing.add_argument("--by", required=True)
    bringing.add_argument("--reason", required=True)
    return parser.parse_args(argv)


def _said(argv: Sequence[str]) -> Iterator[str]:
    args = _parsed(argv)
    folder, file = args.folder.absolute(), args.file.absolute()
    if args.what == "make":
        yield json.dumps(make(folder, file))
    else:
        yield json.dumps(restore(file, folder, by=args.by, reason=args.reason))


if __name__ == "__main__":
    try:
        for line in _said(sys.argv[1:]):
            print(line)  # noqa: T201
    except (InterlockError, OSError, tarfile.TarError, apsw.Error) as error:
        print(error, file=sys.stderr)  # noqa: T201
        sys.exit(1)
