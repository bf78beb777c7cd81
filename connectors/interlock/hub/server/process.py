"""Whether a process of this host still exists: by its pid and the moment it was started, from /proc."""

import os
from pathlib import Path

__all__ = ["boot_id", "gone", "started_at"]


def boot_id() -> str:
    """Return the machine's boot id and its pid namespace after a slash, or nothing where there is no /proc.

    Two processes that say the same share one table of pids.
    """
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = Path("/proc/self/ns/pid").readlink()
    except OSError:
        return ""
    return f"{boot}/{space}"


def started_at(pid: int) -> int | None:
    """Return when a process was started (clock ticks after boot); None when there is none or it is a zombie."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:  # noqa: PTH123 - on the loop, as light as can be
            fields = file.read(4096).rpartition(b")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def gone(pid: int, started: int) -> bool:
    """Return whether the process with this pid that was started then does not exist any more.

    Only a proof counts: where /proc cannot be read, the process may be alive.
    """
    try:
        now = started_at(pid)
    except (OSError, ValueError, IndexError):
        return False
    if now is None:
        return os.path.isdir("/proc/self")  # noqa: PTH112
    return bool(started) and now != started
