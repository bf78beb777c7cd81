"""The hub's log: one visible line for each record, in a private file of bounded size."""

import logging
import os
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from interlock.text import visible_line

__all__ = ["start"]

_SIZE = 4 * 1024 * 1024


class _Visible(logging.Formatter):
    """What is logged may quote what somebody else wrote: nothing in it reaches a terminal as it is."""

    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(visible_line(line, 2000) for line in super().format(record).split("\n"))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


class _Private(RotatingFileHandler):
    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding="utf-8", errors="replace", opener=_private)


def start(path: Path) -> None:
    """Log warnings of uvicorn and everything of the hub into this file."""
    handler = _Private(path, maxBytes=_SIZE, backupCount=2, encoding="utf-8")
    handler.setFormatter(_Visible("%(asctime)s %(levelname)s %(message)s"))
    for name, level in (("interlock.hub", logging.INFO), ("uvicorn.error", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.propagate = False
        logger.addHandler(handler)
