"""The hub's signing key, and the checkpoints it signs: so that an export can be checked far away from the hub.

A signature says that this hub saw this hash at this entry. Who holds the data folder holds the key too: what a change
by that person meets is what consoles, gates and exports elsewhere remember.
"""

import os
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes

from interlock.audit.note import Checkpoint, public_key, sign
from interlock.errors import ConfigError
from interlock.hub.record.folders import sync_folder

__all__ = ["FILE", "Signer"]

FILE = "checkpoint.key"


class Signer:
    """Signs for one data folder. ``origin`` and ``epoch`` are the record's, set by whoever reads it."""

    def __init__(self, folder: Path, clock: Callable[[], float] = time.time) -> None:
        """Read the key, or make it (mode 0600). Raises ConfigError where others may read it, or it is no key."""
        self._seed, self.kept = _seed(folder / FILE)
        """``kept``: the key is on disk, so that there is a reason to say whose it is."""
        self._clock = clock
        self.key = public_key(self._seed)
        """The public key, in hex."""
        self.origin = "o-" + sha256(bytes.fromhex(self.key)).hexdigest()[:16]
        """The name of the record; a new one is called by its first key."""
        self.epoch = 1
        self.announced = False
        """Whether an entry of the record says that this key signs: before that, nothing is signed with it."""

    def sign(self, n: int, head: bytes) -> Checkpoint:
        """Return the signed checkpoint that entry ``n`` has this hash."""
        point = Checkpoint(self.origin, self.epoch, n, head.hex(), int(self._clock()), self.key)
        return sign(point, self._seed)


def _seed(path: Path) -> tuple[bytes, bool]:
    """Return the private key, and whether it is on disk."""
    if path.exists():
        return _read(path), True
    seed, part = token_bytes(32), path.with_suffix(".part")
    try:
        part.unlink(missing_ok=True)
        made = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(made, "w", encoding="ascii") as file:
            file.write(seed.hex() + "\n")
            file.flush()
            os.fsync(made)
        part.replace(path)
        sync_folder(path.parent)
    except OSError:
        # A full disk stops no hub: this start signs nothing, the next one makes a key.
        part.unlink(missing_ok=True)
        return seed, False
    return seed, True


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise ConfigError("others may use the signing key", value=str(path), fix="make it private: chmod 600")
    try:
        seed = bytes.fromhex(path.read_text(encoding="ascii", errors="replace").strip())
    except ValueError:
        seed = b""
    if len(seed) != 32:
        fix = "delete the file: the hub makes a new key, and the record says so"
        raise ConfigError("not a signing key in", value=str(path), fix=fix)
    return seed
