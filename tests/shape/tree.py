"""The checkout as the shape tests see it."""

from __future__ import annotations

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PACKAGES = (ROOT / "connectors" / "interlock", ROOT / "console" / "interlock_console")


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file git keeps or would keep here, sorted, as absolute paths."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    paths = (ROOT / name for name in listing.decode().split("\0") if name)
    return tuple(sorted(path for path in paths if path.is_file()))


@cache
def texts() -> dict[str, str]:
    """Return the text of every tracked text file, by its path from the root."""
    found: dict[str, str] = {}
    for path in tracked():
        raw = path.read_bytes()
        if b"\0" not in raw:
            found[path.relative_to(ROOT).as_posix()] = raw.decode("utf-8", "replace")
    return found


def sources() -> list[Path]:
    """Return every Python file of the two packages."""
    return [path for path in tracked() if path.suffix == ".py" and any(p in path.parents for p in PACKAGES)]
