"""Images of the folded world beside the record: files that a start may use instead of folding every entry.

An image counts only where the chain vouches for it: a later entry of the record names the number of the last entry it
holds and the SHA-256 of the whole file, and the file names the hash of that entry. Whoever changes an image has to
make the chain anew behind it, which the checkpoints show. One that is damaged, that nobody vouches for, that belongs to
another record or was made by other code is passed over: the older one is asked, and in the end every entry is folded.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from interlock.audit.chain import GENESIS
from interlock.hub.record.folders import sync_folder

__all__ = ["Image", "Place", "keep", "newest"]

_NAME = "world-{:020d}.image"
_ALL = "world-*.image"


class Place(NamedTuple):
    """A place in the chain: after entry ``n``, whose hash is ``head``."""

    n: int = 0
    head: bytes = GENESIS


class Image(NamedTuple):
    """The world as of ``place``: ``world`` is what the core made of it, ``digest`` the file's SHA-256 in hex."""

    place: Place
    world: bytes
    digest: str


def keep(folder: Path, place: Place, code: str, world: bytes, spare: Iterable[int] = ()) -> str:
    """Put an image beside the record, whole or not at all, and return its digest.

    ``code`` names the code that made it. Older images go, but for those of the entries in ``spare``. Raises OSError.
    """
    head = orjson.dumps({"entry": place.n, "hash": place.head.hex(), "code": code})
    data = b"%b\n%b" % (head, world)
    path, part = folder / _NAME.format(place.n), folder / f"world-{os.getpid()}.part"
    for left in folder.glob("world-*.part"):
        left.unlink(missing_ok=True)
    made = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with open(made, "wb", closefd=False) as file:
            file.write(data)
        os.fsync(made)
    finally:
        os.close(made)
    part.replace(path)
    sync_folder(folder)
    names = {path.name, *(_NAME.format(n) for n in spare)}
    for old in folder.glob(_ALL):
        if old.name not in names:
            old.unlink(missing_ok=True)
    return sha256(data).hexdigest()


def newest(
    folder: Path,
    code: str,
    hash_of: Callable[[int], bytes | None],
    vouched: Callable[[int], Iterable[dict[str, Any]]],
) -> tuple[Image | None, list[str]]:
    """Return the newest image that may be used, or None, and a sentence for each that was passed over.

    ``hash_of`` gives the hash of an entry, ``vouched`` the bodies of the entries after one that vouch for an image.
    """
    problems: list[str] = []
    for path in sorted(folder.glob(_ALL), reverse=True):
        found = _read(path)
        if found is None:
            problems.append(f"{path.name} is damaged")
            continue
        image, made_by = found
        for problem in _problems(image, made_by == code, hash_of, vouched):
            problems.append(f"{path.name} {problem}")
            break
        else:
            return image, problems
    return None, problems


def _read(path: Path) -> tuple[Image, str] | None:
    try:
        data = path.read_bytes()
        head, _, world = data.partition(b"\n")
        said = orjson.loads(head)
        place = Place(int(said["entry"]), bytes.fromhex(said["hash"]))
        return Image(place, world, sha256(data).hexdigest()), str(said["code"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _problems(
    image: Image,
    same_code: bool,
    hash_of: Callable[[int], bytes | None],
    vouched: Callable[[int], Iterable[dict[str, Any]]],
) -> Iterator[str]:
    n, head = image.place
    if not same_code:
        yield "was made by another version of the hub"
    if hash_of(n) != head:
        yield f"is not of this record: entry {n} has another hash"
    if {"entry": n, "sha256": image.digest} not in vouched(n):
        yield "is vouched for by no entry of the record: it was changed, or the hub ended before it was"
