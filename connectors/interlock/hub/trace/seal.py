"""Seals: a checksum in each row, so that a bit that changed on the disk is refused and not shown as what a run said.

``quick_check`` sees a broken tree, not a changed text. A seal finds damage, never a forger: that is the record's work.
"""

from pathlib import Path
from zlib import crc32

from interlock.errors import StoreError

__all__ = ["check", "damaged", "intact", "seal"]


def seal(data: bytes, *place: object) -> int:
    """Return the checksum of a row: its bytes, and the other columns that say where they belong."""
    return crc32(data, crc32(repr(place).encode()))


def intact(sealed: object, data: object, *place: object) -> bool:
    """Return whether a row is what was sealed. One bit can make bytes a text, a number or nothing, too."""
    return isinstance(data, bytes) and seal(data, *place) == sealed


def check(path: Path, what: str, sealed: object, data: object, *place: object) -> None:
    """Raise StoreError if a row is not what was sealed; ``what`` names it."""
    if not intact(sealed, data, *place):
        raise damaged(path, what)


def damaged(path: Path, what: str) -> StoreError:
    """Return the error for something that is not as it was stored."""
    fix = "keep this copy as evidence, and restore it from a backup"
    return StoreError(f"{what} is damaged", path=str(path), fix=fix)
