"""Files of the console's own in the state folder: nobody else may read them, and none is ever overwritten by halves."""

import os
from collections.abc import Mapping
from pathlib import Path

from interlock.errors import ConfigError
from interlock_console.client import ready_file

__all__ = ["fresh", "home", "replaced", "state_folder"]


def state_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the console's state folder, made with mode 0700 where it is missing. Raises OSError where it cannot be."""
    folder = ready_file(environ).parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def home(path: Path, environ: Mapping[str, str] = os.environ) -> str:
    """Return a path as a person writes it: ``~`` for the home folder."""
    said, own = str(path), environ.get("HOME", "").rstrip("/")
    return f"~{said[len(own) :]}" if own and said.startswith(f"{own}/") else said


def replaced(path: Path, text: str) -> None:
    """Write a file of mode 0600 in the place of the one that is there, in one step. Raises OSError."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.unlink(missing_ok=True)
    try:
        _write(beside, text)
        beside.replace(path)
    except (OSError, UnicodeError):
        beside.unlink(missing_ok=True)
        raise


def fresh(folder: Path, stem: str, suffix: str, text: str) -> Path:
    """Write a new file of mode 0600, numbered where the name is taken, and return its path.

    Raises OSError, and ConfigError where a hundred names are taken.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for number in range(1, 101):
        path = folder / f"{stem}{'' if number == 1 else f'-{number}'}{suffix}"
        try:
            _write(path, text)
        except FileExistsError:
            continue
        except (OSError, UnicodeError):
            path.unlink(missing_ok=True)
            raise
        return path
    raise ConfigError("a hundred files have this name", value=str(folder / stem), fix="clear the folder")


def _write(path: Path, text: str) -> None:
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
