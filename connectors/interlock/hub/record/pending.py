"""The exact arguments of what waits for people: a private file for each, gone once they can run no more.

They may hold secrets, which no store has: so they lie beside the record, in a folder only the hub's user may enter, and
in files instead of a database, whose log would go on holding what was deleted.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from interlock.errors import StoreError

__all__ = ["FOLDER", "Pending"]

FOLDER = "pending"
_FIX = "free space on its disk, or make it writable for the hub"


class Pending:
    """Keeps texts by name. Used from one thread at a time."""

    def __init__(self, folder: Path) -> None:
        """Make the folder (mode 0700) in the hub's data folder. Raises StoreError."""
        self._path = folder / FOLDER
        try:
            self._path.mkdir(mode=0o700, exist_ok=True)
            self._path.chmod(0o700)
        except OSError as error:
            raise self._failed("made", error) from error

    def keep(self, texts: Iterable[tuple[str, str]]) -> None:
        """Have every text on disk, synced, before this returns. Raises StoreError; what was kept before stays."""
        kept = False
        for name, text in texts:
            self._write(name, text)
            kept = True
        if kept:
            self._sync()

    def _write(self, name: str, text: str) -> None:
        part = self._path / f".{name}.part"
        try:
            part.unlink(missing_ok=True)
            made = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            with os.fdopen(made, "w", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(made)
            part.replace(self._path / name)
        except OSError as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            raise self._failed("written", error) from error

    def _sync(self) -> None:
        try:
            folder = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            raise self._failed("synced", error) from error

    def drop(self, names: Iterable[str]) -> None:
        """Let texts go. One that is gone is gone; one that cannot be deleted now is at the next start."""
        for name in names:
            with suppress(OSError):
                (self._path / name).unlink(missing_ok=True)

    def load(self) -> dict[str, str]:
        """Return every text by its name. What cannot be read is left out: what waited for it is void then."""
        found: dict[str, str] = {}
        for path in sorted(self._path.iterdir()):
            if not path.name.startswith("."):
                with suppress(OSError, UnicodeDecodeError):
                    found[path.name] = path.read_text(encoding="utf-8")
        return found

    def only(self, names: Iterable[str]) -> None:
        """Let everything go but these, and what a crash left half written."""
        kept = set(names)
        self.drop([path.name for path in self._path.iterdir() if path.name not in kept])

    def _failed(self, what: str, error: OSError) -> StoreError:
        return StoreError(f"cannot be {what} ({error.strerror})", path=str(self._path), fix=_FIX)
