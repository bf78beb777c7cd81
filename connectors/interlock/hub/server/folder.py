"""The hub's data folder: private, locked by one hub at a time, with the files that say where the hub is."""

import fcntl
import json
import os
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from interlock.errors import ConfigError

__all__ = ["AGENT_TOKEN", "OPERATOR_TOKEN", "Folder", "default_folder", "write_ready"]

OPERATOR_TOKEN = "operator.token"  # noqa: S105 - the name of the file
AGENT_TOKEN = "agent.token"  # noqa: S105
_READY = "ready.json"


def default_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return where a hub keeps its files unless told: ``interlock`` in the user's state folder."""
    state = environ.get("XDG_STATE_HOME", "")
    home = Path(environ.get("HOME") or Path.home())
    base = Path(state) if state.startswith("/") else home / ".local" / "state"
    return base / "interlock"


class Folder:
    """An open data folder. It stays locked until closed, or until the process ends in any way."""

    def __init__(self, path: Path) -> None:
        """Make the folder if there is none (mode 0700) and lock it.

        Raises ConfigError if it cannot be used, others may use it, or another hub does.
        """
        self.path = path
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            _private(path, "data folder", "chmod 700")
            # The folder itself too: the file in it could be deleted, and a second hub would lock a new one.
            self._locks = [
                os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC),
                os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600),
            ]
        except OSError as error:
            raise ConfigError(
                f"cannot use the data folder ({error.strerror})", value=str(path), fix="name one with --data"
            ) from None
        # A lock of the kernel, not a file that says so: it cannot outlive the process that holds it.
        try:
            for lock in self._locks:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self.close()
            raise ConfigError(
                "another hub is using the data folder",
                value=str(path),
                fix="stop it first, or start this one with another --data",
            ) from None

    def secret(self, name: str) -> str:
        """Return the secret kept in this file, 256 random bits in hex; it is made (mode 0600) if there is none.

        Raises ConfigError if others may read it or it holds something else.
        """
        path = self.path / name
        try:
            created = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            _private(path, "secret", "chmod 600")
        else:
            with os.fdopen(created, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32) + "\n")
                file.flush()
                os.fsync(created)
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        if len(text) < 32 or not text.isascii() or not text.isprintable() or " " in text:
            raise ConfigError(
                "not a secret of a hub in", value=str(path), fix="delete the file, the hub makes a new one"
            )
        return text

    def ready(self, url: str) -> dict[str, object]:
        """Write ``ready.json``: the hub answers at ``url`` from now on. Return what it says."""
        said: dict[str, object] = {
            "url": url,
            "pid": os.getpid(),
            "operator_token_file": str(self.path / OPERATOR_TOKEN),
            "agent_token_file": str(self.path / AGENT_TOKEN),
        }
        write_ready(self.path / _READY, said)
        return said

    def unready(self) -> None:
        """Take ``ready.json`` away: this hub answers no more, or does not yet."""
        (self.path / _READY).unlink(missing_ok=True)

    def close(self) -> None:
        """Unlock the folder."""
        for lock in self._locks:
            os.close(lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def write_ready(path: Path, said: Mapping[str, object]) -> None:
    """Write a ready file (mode 0600) in one step: whoever reads it reads all of it."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    created = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(created, "w", encoding="utf-8") as file:
        json.dump(said, file)
    part.replace(path)


def _private(path: Path, what: str, how: str) -> None:
    found = path.stat()
    mode = stat.S_IMODE(found.st_mode)
    if mode & 0o077:
        raise ConfigError(
            f"others may use the {what} (mode {mode:04o})", value=str(path), fix=f"make it private: {how}"
        )
    if found.st_uid != os.geteuid():
        raise ConfigError(f"the {what} belongs to somebody else", value=str(path), fix="name one of your own")
