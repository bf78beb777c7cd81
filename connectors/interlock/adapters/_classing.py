"""The class of a recorded tool. Pure.

The recording decides where it lists the tools that write. Elsewhere a tool is a reader only when its name says so
or it is one of a known runtime's readers; a tool that nobody classified is ``danger``, as everywhere.
"""

import re
from typing import Literal

from interlock.adapters._recording import Recording

__all__ = ["class_of"]

_READS = re.compile(
    r"(?:get|list|read|search|find|lookup|check|view|show|calculate)_[a-z0-9_]+|GET [ -~]+|calculate|think"
)
_READERS = frozenset(("Read", "Glob", "Grep", "LS", "BashOutput"))
"""Claude Code's own tools that change nothing."""


def class_of(run: Recording, tool: str) -> Literal["read", "write", "danger"]:
    """Return the class a call of ``tool`` has in this run."""
    if run.declared is not None and tool not in run.declared | (run.writers or frozenset()):
        return "danger"
    if run.writers is not None:
        return "write" if tool in run.writers else "read"
    return "read" if tool in _READERS or _READS.fullmatch(tool) else "danger"
