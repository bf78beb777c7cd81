"""Whether somebody is there who could bring the console back from the background: a shell with job control.

A console that is the command of a terminal window itself, or of a script, would stand still for ever once stopped.
"""

import os
from pathlib import Path

__all__ = ["watched"]


def watched(pid: int | None = None) -> bool:
    """Return whether this process's group has a parent in its session but not in the group, as POSIX asks for a stop.

    Where there is no ``/proc`` only the direct parent is looked at.
    """
    here = os.getpid() if pid is None else pid
    group, session = os.getpgid(here), os.getsid(here)
    while (above := _parent(here)) > 1:
        try:
            if os.getsid(above) != session:
                return False
            if os.getpgid(above) != group:
                return True
        except OSError:
            return False
        here = above
    return False


def _parent(pid: int) -> int:
    try:
        # The name in brackets may hold anything, brackets and blanks too.
        return int(
            Path(f"/proc/{pid}/stat")
            .read_text(encoding="utf-8", errors="replace")
            .rpartition(")")[2]
            .split()[1]
        )
    except (OSError, ValueError, IndexError):
        return os.getppid() if pid == os.getpid() else 0
